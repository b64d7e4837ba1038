//! The commands by their paths: `/tool sms send` and `/tool/sms/send` are the same command.

use crate::arguments::one_of;
use crate::device::Kind;
use crate::items::Menu;
use crate::script::{self, Failure, Target, Word};

/// A command of the menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Print(Menu),
    Find(Menu),
    Get(Menu),
    Remove(Menu),
    SmsSet,
    SmsPrint,
    SmsGet,
    SmsSend,
    SmsExport,
    ScriptAdd,
    ScriptSet,
    ScriptRun,
    LoggingAdd,
    LogAdd(&'static str),
    AtChat(Kind),
    IdentityGet,
    ClockGet,
    Reboot,
    EnvironmentPrint,
    SimulatorRun,
    SimulatorSet,
    SimulatorTruth,
    Delay,
    Execute,
    Program,
    Reply,
    Help,
    Quit,
}

use Action::{
    AtChat, ClockGet, Delay, EnvironmentPrint, Execute, Find, Get, Help, IdentityGet, LogAdd,
    LoggingAdd, Print, Program, Quit, Reboot, Remove, Reply, ScriptAdd, ScriptRun, ScriptSet,
    SimulatorRun, SimulatorSet, SimulatorTruth, SmsExport, SmsGet, SmsPrint, SmsSend, SmsSet,
};
use Menu::{Inbox, Log, Logging, Port, Scripts};

const PRINT: &str =
    "[detail] [terse] [count-only] [as-value] [without-paging] [proplist=] [where CONDITION]";
const FOLLOW: &str = "[detail] [terse] [count-only] [as-value] [without-paging] [follow] [follow-only] [proplist=] \
                      [where CONDITION]";
const FIND: &str = "[where CONDITION]";
const GET: &str = "ITEM [value-name=]";

/// The path, parameters and action of each command.
const COMMANDS: &[(&[&str], &str, Action)] = &[
    (&["port", "print"], PRINT, Print(Port)),
    (&["port", "find"], FIND, Find(Port)),
    (&["port", "get"], GET, Get(Port)),
    (&["tool", "sms", "print"], "", SmsPrint),
    (&["tool", "sms", "get"], "[value-name=]", SmsGet),
    (
        &["tool", "sms", "set"],
        "receive-enabled=yes|no port=PORT channel= secret= allowed-number= auto-erase=yes|no keep-max-sms= \
         sms-storage=modem|sim sim-pin= polling=yes|no remove-sent-sms-after-send=yes|no legacy-limits=yes|no",
        SmsSet,
    ),
    (
        &["tool", "sms", "send"],
        "PORT NUMBER message= [port=PORT] [phone-number=] [type=class-0|class-1|ussd] [smsc=] [channel=] \
         [status-report-request=yes|no] [sms-storage=modem|sim] [legacy-limits=yes|no]",
        SmsSend,
    ),
    (&["tool", "sms", "export"], "[terse]", SmsExport),
    (&["tool", "sms", "inbox", "print"], FOLLOW, Print(Inbox)),
    (&["tool", "sms", "inbox", "find"], FIND, Find(Inbox)),
    (&["tool", "sms", "inbox", "get"], GET, Get(Inbox)),
    (&["tool", "sms", "inbox", "remove"], "ITEM[,ITEM...]", Remove(Inbox)),
    (&["system", "script", "add"], "name= source=", ScriptAdd),
    (&["system", "script", "set"], "SCRIPT source=", ScriptSet),
    (&["system", "script", "print"], PRINT, Print(Scripts)),
    (&["system", "script", "find"], FIND, Find(Scripts)),
    (&["system", "script", "get"], GET, Get(Scripts)),
    (&["system", "script", "remove"], "SCRIPT", Remove(Scripts)),
    (&["system", "script", "run"], "SCRIPT [VAR=VALUE...]", ScriptRun),
    (
        &["system", "logging", "add"],
        "topics=TOPIC,!TOPIC... [action=memory|echo] [prefix=]",
        LoggingAdd,
    ),
    (&["system", "logging", "print"], PRINT, Print(Logging)),
    (&["system", "logging", "find"], FIND, Find(Logging)),
    (&["system", "logging", "get"], GET, Get(Logging)),
    (&["system", "logging", "remove"], "ITEM[,ITEM...]", Remove(Logging)),
    (&["system", "identity", "get"], "[value-name=name]", IdentityGet),
    (&["system", "clock", "get"], "[value-name=date|time]", ClockGet),
    (&["system", "reboot"], "", Reboot),
    (&["log", "print"], FOLLOW, Print(Log)),
    (&["log", "find"], FIND, Find(Log)),
    (&["log", "get"], GET, Get(Log)),
    (&["log", "debug"], "TEXT", LogAdd("debug")),
    (&["log", "info"], "TEXT", LogAdd("info")),
    (&["log", "warning"], "TEXT", LogAdd("warning")),
    (&["log", "error"], "TEXT", LogAdd("error")),
    (&["interface", "lte", "at-chat"], "PORT input= [wait=yes|no] [as-value]", AtChat(Kind::Lte)),
    (
        &["interface", "ppp-client", "at-chat"],
        "PORT input= [wait=yes|no] [as-value]",
        AtChat(Kind::Serial),
    ),
    (&["environment", "print"], "", EnvironmentPrint),
    (&["simulator", "run"], "PORT VERB", SimulatorRun),
    (&["simulator", "set"], "PORT lte-only=yes|no", SimulatorSet),
    (&["simulator", "truth"], "PORT", SimulatorTruth),
    (&["delay"], "TIME", Delay),
    (&["execute"], "{...}|SCRIPT", Execute),
    (&["program"], "PROGRAM [ARGUMENT...]", Program),
    (&["reply"], "TEXT", Reply),
    (&["help"], "", Help),
    (&["quit"], "", Quit),
];

/// A parameter of a command, as its usage shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// A value with this name, and the values that are possible.
    Named(&'static str, &'static str),
    /// A word that stands for itself.
    Flag(&'static str),
    /// A value without a name, of this kind.
    Value(&'static str),
}

impl Parameter {
    /// The name before the `=`.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Named(name, _) => Some(name),
            _ => None,
        }
    }

    /// The word that stands for itself.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Flag(word) => Some(word),
            _ => None,
        }
    }

    fn read(usage: &'static str) -> Self {
        let usage = usage.trim_matches(['[', ']']);
        match usage.split_once('=') {
            Some((name, values))
                if name.starts_with(|letter: char| letter.is_ascii_lowercase()) =>
            {
                Self::Named(name, values)
            }
            _ if usage.starts_with(|letter: char| letter.is_ascii_lowercase()) => Self::Flag(usage),
            _ => Self::Value(usage),
        }
    }
}

/// The usage of a command, after its path.
fn usage_of(action: Action) -> &'static str {
    COMMANDS.iter().find(|(.., other)| *other == action).map_or("", |(_, usage, _)| usage)
}

/// The usage of a command, after its path.
pub(crate) fn usage(action: Action) -> String {
    usage_of(action).into()
}

/// The parameters of a command.
pub(crate) fn parameters(action: Action) -> Vec<Parameter> {
    usage_of(action).split_whitespace().map(Parameter::read).collect()
}

/// Returns `true` if a command takes values with any names.
pub(crate) fn takes_any(action: Action) -> bool {
    matches!(action, ScriptRun | Program | Find(_))
}

/// The words that begin so; only the equal one if there is one.
pub(crate) fn abbreviated<'a>(
    beginning: &str,
    words: impl Iterator<Item = &'a str> + Clone,
) -> Vec<&'a str> {
    if let Some(same) = words.clone().find(|word| *word == beginning) {
        return vec![same];
    }
    let mut found: Vec<_> =
        words.filter(|word| !beginning.is_empty() && word.starts_with(beginning)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The names that are possible in a menu.
pub(crate) fn names(menu: &[&str]) -> impl Iterator<Item = &'static str> + Clone {
    let depth = menu.len();
    let menu: Vec<String> = menu.iter().map(|name| String::from(*name)).collect();
    COMMANDS.iter().filter_map(move |(path, ..)| {
        let is_inside = path.len() > depth && path.iter().zip(&menu).all(|(name, own)| name == own);
        if is_inside { path.get(depth).copied() } else { None }
    })
}

/// The command with this path.
pub(crate) fn action(path: &[&str]) -> Option<Action> {
    COMMANDS.iter().find(|(command, ..)| *command == path).map(|(.., action)| *action)
}

/// Enters the menu or command `name`, which may be abbreviated; the error is the reason.
pub(crate) fn enter(path: &mut Vec<&'static str>, name: &str) -> Result<(), String> {
    if name == ".." {
        path.pop();
        return Ok(());
    }
    match abbreviated(name, names(path)).as_slice() {
        [] => Err(format!("bad command name {name}")),
        [name] => {
            path.push(name);
            Ok(())
        }
        several => Err(format!("the name {name} is ambiguous: it may be {}", one_of(several))),
    }
}

/// Looks up the path at the start of `words`, relative to `menu`.
pub(crate) fn find(words: &[Word], menu: &[&'static str]) -> Result<Target<Action>, Failure> {
    let mut path: Vec<&'static str> = menu.to_vec();
    for (count, word) in words.iter().enumerate() {
        let Some(text) = word.name_of_command() else {
            return Err(Failure::new("expected the name of a command", word.at));
        };
        let mut text = text;
        if count == 0 {
            if let Some(rest) = text.strip_prefix(':') {
                path.clear();
                text = rest;
            } else if text.starts_with('/') {
                path.clear();
            } else if action(&[text]).is_some() && abbreviated(text, names(&path)).is_empty() {
                // The commands of no menu are possible in each one.
                path.clear();
            }
        }
        for name in text.split('/').filter(|name| !name.is_empty()) {
            enter(&mut path, name).map_err(|what| Failure::new(what, word.at))?;
        }
        if let Some(action) = action(&path) {
            path.pop();
            return Ok(Target::Action { action, menu: path, words: count + 1 });
        }
    }
    Ok(Target::Menu(path))
}

/// The lines of `/help`.
pub(crate) fn help() -> impl Iterator<Item = String> {
    let commands = COMMANDS.iter().map(|(path, parameters, _)| {
        let mark = if path.len() == 1 { ':' } else { '/' };
        format!("{mark}{} {parameters}", path.join("/")).trim_end().to_string()
    });
    commands.chain(script::usages().map(|usage| format!(":{usage}")))
}
