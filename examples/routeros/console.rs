//! The commands by their paths: `/tool sms send` and `/tool/sms/send` are the same command.

use crate::device::Kind;
use crate::lexer::{Piece, Word};

/// A command of the menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    PortPrint,
    SmsSet,
    SmsPrint,
    SmsSend,
    InboxPrint,
    InboxRemove,
    ScriptAdd,
    ScriptSet,
    ScriptPrint,
    ScriptRemove,
    ScriptRun,
    LoggingAdd,
    LoggingPrint,
    LoggingRemove,
    LogPrint,
    AtChat(Kind),
    SimulatorRun,
    SimulatorSet,
    SimulatorTruth,
    Help,
    Quit,
}

use Action::{
    AtChat, Help, InboxPrint, InboxRemove, LogPrint, LoggingAdd, LoggingPrint, LoggingRemove,
    PortPrint, Quit, ScriptAdd, ScriptPrint, ScriptRemove, ScriptRun, ScriptSet, SimulatorRun,
    SimulatorSet, SimulatorTruth, SmsPrint, SmsSend, SmsSet,
};

/// The path, parameters and action of each command.
const COMMANDS: &[(&[&str], &str, Action)] = &[
    (&["port", "print"], "", PortPrint),
    (&["tool", "sms", "print"], "", SmsPrint),
    (
        &["tool", "sms", "set"],
        "receive-enabled= port= channel= secret= allowed-number= auto-erase= keep-max-sms= sms-storage=modem|sim \
         sim-pin= polling= legacy-limits=",
        SmsSet,
    ),
    (
        &["tool", "sms", "send"],
        "PORT NUMBER message= [type=class-0|class-1|ussd] [smsc=] [channel=] [status-report-request=] \
         [sms-storage=modem|sim] [legacy-limits=]",
        SmsSend,
    ),
    (
        &["tool", "sms", "inbox", "print"],
        "[detail] [follow] [where phone= type= message= source=]",
        InboxPrint,
    ),
    (&["tool", "sms", "inbox", "remove"], "NUMBER[,NUMBER...]", InboxRemove),
    (&["system", "script", "add"], "name= source=", ScriptAdd),
    (&["system", "script", "set"], "NAME source=", ScriptSet),
    (&["system", "script", "print"], "", ScriptPrint),
    (&["system", "script", "remove"], "NAME", ScriptRemove),
    (&["system", "script", "run"], "NAME [VAR=VALUE...]", ScriptRun),
    (
        &["system", "logging", "add"],
        "topics=TOPIC,!TOPIC... [action=memory|echo] [prefix=]",
        LoggingAdd,
    ),
    (&["system", "logging", "print"], "", LoggingPrint),
    (&["system", "logging", "remove"], "NUMBER", LoggingRemove),
    (&["log", "print"], "", LogPrint),
    (&["interface", "lte", "at-chat"], "INTERFACE input= [wait=yes] [as-value]", AtChat(Kind::Lte)),
    (
        &["interface", "ppp-client", "at-chat"],
        "PORT input= [wait=yes] [as-value]",
        AtChat(Kind::Serial),
    ),
    (&["simulator", "run"], "PORT VERB", SimulatorRun),
    (&["simulator", "set"], "lte1 lte-only=", SimulatorSet),
    (&["simulator", "truth"], "PORT", SimulatorTruth),
    (&["help"], "", Help),
    (&["quit"], "", Quit),
];

/// The target of a path at the start of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A command, and the number of words of its path.
    Action(Action, usize),
    /// A menu to enter.
    Menu(Vec<&'static str>),
}

/// Looks up the path at the start of `words`, relative to `menu`.
pub(crate) fn find(words: &[Word], menu: &[&'static str]) -> Result<Target, String> {
    let mut path: Vec<&'static str> = menu.to_vec();
    for (count, word) in words.iter().enumerate() {
        let (None, [Piece::Text(text)]) = (&word.name, word.pieces.as_slice()) else {
            return Err(format!("expected the name of a command {}", word.at));
        };
        if text.starts_with('/') && count == 0 {
            path.clear();
        }
        for name in text.split('/').filter(|name| !name.is_empty()) {
            if name == ".." {
                path.pop();
                continue;
            }
            let next = COMMANDS.iter().find_map(|(command, ..)| {
                let rest = command.strip_prefix(path.as_slice())?;
                rest.first().filter(|next| **next == name).copied()
            });
            path.push(next.ok_or_else(|| format!("bad command name {name} {}", word.at))?);
        }
        if let Some((.., action)) =
            COMMANDS.iter().find(|(command, ..)| *command == path.as_slice())
        {
            return Ok(Target::Action(*action, count + 1));
        }
    }
    Ok(Target::Menu(path))
}

/// The lines of `/help`.
pub(crate) fn help() -> impl Iterator<Item = String> {
    let commands = COMMANDS.iter().map(|(path, parameters, _)| {
        format!("/{} {parameters}", path.join("/")).trim_end().to_string()
    });
    commands.chain(BUILT_IN.iter().map(|(command, _)| String::from(*command)))
}

/// A command that belongs to no menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    Put,
    Global,
    Delay,
    Log,
    Reply,
    Execute,
}

const BUILT_IN: &[(&str, BuiltIn)] = &[
    (":put TEXT", BuiltIn::Put),
    (":global NAME TEXT", BuiltIn::Global),
    (":delay TIME", BuiltIn::Delay),
    (":log info|warning|error TEXT", BuiltIn::Log),
    (":reply TEXT", BuiltIn::Reply),
    (":execute PROGRAM [ARGUMENT...]", BuiltIn::Execute),
];

/// Looks up a word that starts with a colon.
pub(crate) fn built_in(word: &Word) -> Option<Result<BuiltIn, String>> {
    let (None, Some(Piece::Text(text))) = (&word.name, word.pieces.first()) else {
        return None;
    };
    text.starts_with(':').then(|| {
        let is_it = |(usage, _): &&(&str, BuiltIn)| usage.split(' ').next() == Some(text);
        let found = BUILT_IN.iter().find(is_it).map(|(_, command)| *command);
        found.ok_or_else(|| format!("bad command name {text} {}", word.at))
    })
}
