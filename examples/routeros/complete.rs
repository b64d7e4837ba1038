//! Completion, help and colours for the line that is being typed.

use crate::console::{self, Action, Parameter};
use crate::items::Menu;
use crate::script;

/// The state of the shell that completion uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) menu: Vec<&'static str>,
    pub(crate) ports: Vec<String>,
    pub(crate) scripts: Vec<String>,
    /// The secret, which no file of typed lines may hold.
    pub(crate) secret: String,
}

/// A word that is possible at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The whole word.
    pub(crate) word: String,
    /// The text after a complete word.
    pub(crate) end: &'static str,
    /// The usage after the word.
    pub(crate) usage: String,
}

/// A command that is being typed: the places of its words.
#[derive(Debug, Clone, Default)]
struct Typed {
    /// The command around the brackets of this one.
    parent: Option<usize>,
    /// `true` in parentheses, which hold an expression.
    is_expression: bool,
    words: Vec<(usize, usize)>,
}

/// The commands of a line, and the one at its end.
struct Scan {
    commands: Vec<Typed>,
    current: usize,
    in_quotes: bool,
}

/// The meaning of the words of a command.
enum Meaning {
    /// The last word is part of the path, in this menu.
    Path(Vec<&'static str>),
    /// A command, with the menu it belongs to and the number of words of its path.
    Command(Action, Vec<&'static str>, usize),
    /// A command of the language, or a path that does not exist.
    Other,
}

impl Scan {
    fn new(line: &str) -> Self {
        let mut scan = Self { commands: vec![Typed::default()], current: 0, in_quotes: false };
        let mut start = None;
        let mut is_escaped = false;
        for (at, character) in line.char_indices() {
            if scan.in_quotes {
                if !is_escaped && character == '"' {
                    scan.in_quotes = false;
                }
                is_escaped = character == '\\' && !is_escaped;
                continue;
            }
            match character {
                ' ' | '\t' | '\n' | ';' | '[' | ']' | '{' | '}' | '(' | ')' => {
                    scan.end_word(&mut start, at);
                    scan.bracket(character);
                }
                '"' => {
                    scan.in_quotes = true;
                    start.get_or_insert(at);
                }
                _ => {
                    start.get_or_insert(at);
                }
            }
        }
        scan.end_word(&mut start, line.len());
        scan
    }

    fn end_word(&mut self, start: &mut Option<usize>, end: usize) {
        if let (Some(start), Some(command)) = (start.take(), self.commands.get_mut(self.current)) {
            command.words.push((start, end));
        }
    }

    fn bracket(&mut self, character: char) {
        let parent = self.commands.get(self.current).and_then(|command| command.parent);
        let next = match character {
            '[' | '{' | '(' => Some(self.current),
            ';' | '\n' => parent,
            ']' | '}' | ')' => {
                self.current = parent.unwrap_or(0);
                return;
            }
            _ => return,
        };
        let is_expression = character == '(';
        self.commands.push(Typed { parent: next, is_expression, words: Vec::new() });
        self.current = self.commands.len() - 1;
    }

    /// The meaning of the words of a command, without its last `skipped` ones.
    fn meaning(&self, known: &Known, line: &str, command: &Typed, skipped: usize) -> Meaning {
        let mut path = match command.parent.and_then(|parent| self.commands.get(parent)) {
            // The brackets of a command belong to its menu.
            Some(parent) => match self.meaning(known, line, parent, 0) {
                Meaning::Command(_, menu, _) => menu,
                _ => known.menu.clone(),
            },
            None => known.menu.clone(),
        };
        let count = command.words.len().saturating_sub(skipped);
        for (number, (start, end)) in command.words.iter().take(count).enumerate() {
            let word = line.get(*start..*end).unwrap_or_default();
            let mut rest = word;
            if number == 0 {
                if let Some(after) = word.strip_prefix(':') {
                    path.clear();
                    rest = after;
                } else if word.starts_with('/') || console::action(&[word]).is_some() {
                    path.clear();
                }
            }
            for name in rest.split('/').filter(|name| !name.is_empty()) {
                if console::enter(&mut path, name).is_err() {
                    return Meaning::Other;
                }
            }
            if let Some(action) = console::action(&path) {
                path.pop();
                return Meaning::Command(action, path, number + 1);
            }
        }
        Meaning::Path(path)
    }
}

/// The words that are possible at the end of `line`, and where the word there begins.
pub(crate) fn candidates(known: &Known, line: &str) -> (usize, Vec<Candidate>) {
    let scan = Scan::new(line);
    let nothing = (line.len(), Vec::new());
    let Some(command) = scan.commands.get(scan.current) else { return nothing };
    if command.is_expression || scan.in_quotes {
        return nothing;
    }
    let last = command.words.last().filter(|(_, end)| *end == line.len());
    let (start, partial) = match last {
        Some((start, end)) => (*start, line.get(*start..*end).unwrap_or_default()),
        None => (line.len(), ""),
    };
    let skipped = usize::from(last.is_some());
    match scan.meaning(known, line, command, skipped) {
        Meaning::Path(menu) => {
            let is_first = command.words.len() == skipped;
            path_candidates(menu, partial, start, is_first)
        }
        Meaning::Command(action, _, path) => {
            let words = command.words.iter().skip(path);
            let words = words.map(|(start, end)| line.get(*start..*end).unwrap_or_default());
            let words: Vec<_> = words.collect();
            let before = words.get(..words.len() - skipped).unwrap_or_default();
            (start, argument_candidates(known, action, before, partial))
        }
        Meaning::Other => nothing,
    }
}

fn path_candidates(
    mut menu: Vec<&'static str>,
    partial: &str,
    start: usize,
    is_first: bool,
) -> (usize, Vec<Candidate>) {
    let colon = is_first && partial.starts_with(':');
    if is_first && (colon || partial.starts_with('/')) {
        menu.clear();
    }
    let cut = partial.rfind(['/', ':']).map_or(0, |at| at + 1);
    let (before, beginning) = partial.split_at(cut);
    for name in before.split('/').filter(|name| !name.is_empty() && *name != ":") {
        if console::enter(&mut menu, name).is_err() {
            return (start, Vec::new());
        }
    }
    let mut found: Vec<Candidate> = Vec::new();
    for name in console::names(&menu).filter(|name| name.starts_with(beginning)) {
        if found.iter().any(|other| other.word == name) {
            continue;
        }
        let mut path = menu.clone();
        path.push(name);
        let usage = console::action(&path).map_or_else(|| String::from("..."), console::usage);
        found.push(Candidate { word: name.into(), end: " ", usage });
    }
    if colon || is_first && cut == 0 && !beginning.is_empty() {
        for usage in script::usages().filter(|usage| usage.starts_with(beginning)) {
            let (word, usage) = usage.split_once(' ').unwrap_or((usage, ""));
            if colon || !found.iter().any(|other| other.word == word) {
                found.push(Candidate { word: word.into(), end: " ", usage: usage.into() });
            }
        }
    }
    (start + cut, found)
}

fn argument_candidates(
    known: &Known,
    action: Action,
    before: &[&str],
    partial: &str,
) -> Vec<Candidate> {
    let is_condition = before.contains(&"where") || matches!(action, Action::Find(_));
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |word: &str, end: &'static str, usage: &str| {
        if word.starts_with(partial) {
            found.push(Candidate { word: word.into(), end, usage: usage.into() });
        }
    };
    if let (true, Some(menu)) = (is_condition, menu_of(action)) {
        menu.properties().iter().for_each(|name| add(&format!("{name}="), "", ""));
        if before.contains(&"where") {
            return found;
        }
    }
    let is_given = |name: &str| {
        before.iter().any(|word| word.split('=').next().is_some_and(|given| given == name))
    };
    for parameter in console::parameters(action) {
        match parameter {
            Parameter::Named(name, values) => match partial.split_once('=') {
                Some((given, _)) if given == name => {
                    for value in values_of(known, values) {
                        add(&format!("{name}={value}"), " ", "");
                    }
                }
                None if !is_given(name) => add(&format!("{name}="), "", values),
                _ => {}
            },
            Parameter::Flag(name) if !is_given(name) => add(name, " ", ""),
            Parameter::Flag(_) => {}
            Parameter::Value(kind) => {
                let values = values_of(known, kind);
                let is_given = before.iter().any(|word| values.iter().any(|value| value == word));
                if !is_given {
                    values.iter().for_each(|value| add(value, " ", ""));
                }
            }
        }
    }
    found
}

const fn menu_of(action: Action) -> Option<Menu> {
    match action {
        Action::Print(menu) | Action::Find(menu) => Some(menu),
        _ => None,
    }
}

/// The values that a usage such as `yes|no` or `PORT` stands for.
fn values_of(known: &Known, usage: &str) -> Vec<String> {
    match usage {
        "PORT" => known.ports.clone(),
        "SCRIPT" => known.scripts.iter().map(|name| word(name)).collect(),
        _ if usage.contains('|') => usage.split('|').map(String::from).collect(),
        _ => Vec::new(),
    }
}

/// A name as a word of a command.
fn word(name: &str) -> String {
    let is_plain = name.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter));
    if is_plain { name.into() } else { crate::items::quoted(name) }
}

/// Returns `true` if the end of `line` is in quotes.
pub(crate) fn is_in_quotes(line: &str) -> bool {
    Scan::new(line).in_quotes
}

/// The lines that say what is possible at the end of `line`.
pub(crate) fn help(known: &Known, line: &str) -> Vec<String> {
    let (_, found) = candidates(known, line);
    if found.is_empty() {
        let scan = Scan::new(line);
        let command = scan.commands.get(scan.current);
        let meaning = command.map(|command| scan.meaning(known, line, command, 0));
        return vec![match meaning {
            Some(Meaning::Command(action, ..)) => {
                let usage = console::usage(action);
                if usage.is_empty() { "Enter runs the command".into() } else { usage }
            }
            _ => "nothing is known here: /help lists the commands".into(),
        }];
    }
    let width = found.iter().map(|candidate| candidate.word.len()).max().unwrap_or_default();
    let line = |candidate: &Candidate| {
        format!("  {:<width$}  {}", candidate.word, candidate.usage).trim_end().to_string()
    };
    found.iter().map(line).collect()
}

/// The line in the colours of the console: menus, commands and parameters.
pub(crate) fn paint(known: &Known, line: &str) -> String {
    const MENU: &str = "36";
    const COMMAND: &str = "35";
    const PARAMETER: &str = "32";
    let scan = Scan::new(line);
    let mut styles: Vec<(usize, usize, &str)> = Vec::new();
    for command in scan.commands.iter().filter(|command| !command.is_expression) {
        // The last word may be the beginning of several names.
        let whole = scan.meaning(known, line, command, 0);
        let meaning = match whole {
            Meaning::Other => scan.meaning(known, line, command, 1),
            known => known,
        };
        let (path, is_menu) = match meaning {
            Meaning::Command(_, _, path) => (path, false),
            Meaning::Path(_) => (command.words.len(), true),
            Meaning::Other => {
                let first = command.words.first().and_then(|(start, end)| line.get(*start..*end));
                (usize::from(first.is_some_and(|word| word.starts_with(':'))), false)
            }
        };
        for (number, (start, end)) in command.words.iter().enumerate() {
            let word = line.get(*start..*end).unwrap_or_default();
            if number < path {
                let style = if is_menu || number + 1 < path { MENU } else { COMMAND };
                styles.push((*start, *end, style));
            } else if let Some(at) = word.find('=').filter(|at| !word[..*at].contains('"')) {
                styles.push((*start, start + at, PARAMETER));
            }
        }
    }
    styles.sort_unstable();
    let mut painted = String::new();
    let mut done = 0;
    for (start, end, style) in styles {
        painted += line.get(done..start).unwrap_or_default();
        painted += &format!("\x1b[{style}m{}\x1b[0m", line.get(start..end).unwrap_or_default());
        done = end;
    }
    painted + line.get(done..).unwrap_or_default()
}

/// Returns `true` if a line holds a secret, so that it is kept nowhere.
pub(crate) fn is_secret(known: &Known, line: &str) -> bool {
    let names = line.split([' ', '\t']).filter_map(|word| word.split_once('='));
    let has_name = names.map(|(name, _)| name).any(|name| {
        name.len() > 1 && ["secret", "sim-pin"].iter().any(|secret| secret.starts_with(name))
    });
    has_name
        || line.contains(":cmd ")
        || line.to_ascii_uppercase().contains("+CPIN")
        || !known.secret.is_empty() && line.contains(&known.secret)
}

#[cfg(test)]
mod tests {
    use super::{Known, candidates, help, is_secret, paint};

    fn known() -> Known {
        Known {
            menu: Vec::new(),
            ports: vec!["usb3".into(), "lte1".into()],
            scripts: vec!["balance".into(), "two words".into()],
            secret: "slepens".into(),
        }
    }

    fn words(line: &str) -> String {
        let (start, found) = candidates(&known(), line);
        let words: Vec<_> = found.into_iter().map(|candidate| candidate.word).collect();
        format!("{start} {}", words.join(" "))
    }

    #[test]
    fn tab_completes_paths_parameters_and_values() {
        for (line, expected) in [
            ("/to", "1 tool"),
            ("/tool sms ", "10 print get set send export inbox"),
            ("/tool/sms/inbox/re", "16 remove"),
            ("/to sm se", "7 set send"),
            ("/tool sms send u", "15 usb3"),
            ("/tool sms send usb3 st", "20 status-report-request="),
            ("/tool sms send usb3 type=cl", "20 type=class-0 type=class-1"),
            ("/tool sms set port=", "14 port=usb3 port=lte1"),
            ("/tool sms set polling=yes po", "26 port="),
            ("/tool sms inbox remove [fi", "24 find"),
            ("/tool sms inbox print where ph", "28 phone="),
            ("/log print where ", "17 time= topics= message="),
            ("/system script run ", "19 balance \"two words\""),
            (":fore", "1 foreach"),
            ("/tool sms send usb3 message=\"a", "30 "),
            ("/nothing ", "9 "),
            (":put a; /port p", "14 print"),
            (":if (1=1) do={ /port p", "21 print"),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }

    #[test]
    fn help_says_what_follows() {
        assert_eq!(
            help(&known(), "/port print"),
            [
                "  print  [detail] [terse] [count-only] [as-value] [without-paging] [proplist=] [where CONDITION]"
            ]
        );
        assert_eq!(help(&known(), "/quit "), ["Enter runs the command"]);
        assert_eq!(
            help(&known(), "/nothing "),
            ["nothing is known here: /help lists the commands"]
        );
    }

    #[test]
    fn menus_commands_and_parameters_have_colours() {
        assert_eq!(
            paint(&known(), "/tool sms send usb3 message=\"a=b\""),
            "\x1b[36m/tool\x1b[0m \x1b[36msms\x1b[0m \x1b[35msend\x1b[0m usb3 \x1b[32mmessage\x1b[0m=\"a=b\""
        );
        for line in ["", "ü=ü \"", "[[[", ")]}", ":put [/port find name=\"é\"]; x"] {
            let painted = paint(&known(), line);
            let plain: String = painted
                .split("\x1b[")
                .map(|part| {
                    part.split_once('m').map_or(part, |(style, rest)| {
                        if style.chars().all(|digit| digit.is_ascii_digit()) { rest } else { part }
                    })
                })
                .collect();
            assert_eq!(plain, line);
        }
    }

    #[test]
    fn lines_with_secrets_are_recognised() {
        for line in [
            "/tool sms set secret=x",
            "/tool sms set sec=x",
            "set sim-pin=1234",
            "/interface lte at-chat lte1 input=\"at+cpin=\\\"1234\\\"\"",
            ":put slepens",
        ] {
            assert!(is_secret(&known(), line), "{line}");
        }
        assert!(!is_secret(&known(), "/tool sms send usb3 \"1\" message=\"s=1\""));
    }
}
