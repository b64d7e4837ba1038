//! `/system logging` and `/log`: lines with topics, and rules with an action for them.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::clock::Clock;
use crate::common::printable::printable;
use crate::items::{Item, Menu};
use crate::output::Output;
use crate::script::Failure;
use crate::shell::Shell;

/// The number of lines that are kept in memory.
const MAX_LINES: usize = 1000;

/// The topics of lines.
const TOPICS: &[&str] = &[
    "async", "critical", "debug", "error", "event", "gsm", "info", "lte", "raw", "read", "script",
    "warning", "write",
];

/// A rule: the topics of lines, and the action for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    topics: String,
    action: Action,
    #[serde(default)]
    prefix: String,
}

/// The destination of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Memory,
    Echo,
}

/// The words for [`Action`].
const ACTIONS: [(&str, Action); 2] = [("memory", Action::Memory), ("echo", Action::Echo)];

impl Rule {
    /// A rule for lines that have all of the topics, and none of the topics after a `!`.
    fn new(topics: &str, action: Action, prefix: &str) -> Result<Self, String> {
        for topic in topics.split(',') {
            let name = topic.strip_prefix('!').unwrap_or(topic);
            if !TOPICS.contains(&name) {
                return Err(format!(
                    "the topic {name:?} does not exist: use {}",
                    TOPICS.join(", ")
                ));
            }
        }
        Ok(Self { topics: topics.into(), action, prefix: prefix.into() })
    }

    fn default_ones() -> [Self; 4] {
        [
            ("info", Action::Memory),
            ("error", Action::Memory),
            ("warning", Action::Memory),
            ("critical", Action::Echo),
        ]
        .map(|(topics, action)| Self {
            topics: topics.into(),
            action,
            prefix: String::new(),
        })
    }

    fn matches(&self, topics: &[&str]) -> bool {
        self.topics.split(',').all(|topic| match topic.strip_prefix('!') {
            Some(topic) => !topics.contains(&topic),
            None => topics.contains(&topic),
        })
    }
}

/// The number of default rules.
const DEFAULT_RULES: usize = 4;

/// The log, shared by all its writers.
#[derive(Debug, Clone)]
pub(crate) struct Log(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    clock: Clock,
    output: Output,
    rules: Vec<Rule>,
    secret: String,
    lines: VecDeque<Line>,
    /// The number of lines since the start.
    count: u32,
}

#[derive(Debug)]
struct Line {
    /// The number of the line since the start.
    number: u32,
    at: DateTime,
    topics: String,
    message: String,
}

impl Log {
    pub(crate) fn new(clock: Clock, output: Output) -> Self {
        Self(Rc::new(RefCell::new(State {
            clock,
            output,
            rules: Vec::new(),
            secret: String::new(),
            lines: VecDeque::new(),
            count: 0,
        })))
    }

    /// Sets the rules after the default ones, and the secret that is masked in every line.
    pub(crate) fn configure(&self, rules: &[Rule], secret: &str) {
        let mut state = self.0.borrow_mut();
        state.rules = Rule::default_ones().into_iter().chain(rules.iter().cloned()).collect();
        state.secret = secret.into();
    }

    /// The secret that is masked in every line.
    pub(crate) fn secret(&self) -> String {
        self.0.borrow().secret.clone()
    }

    /// Adds a line with its topics. Control characters are escaped, since the text may come from
    /// any sender.
    pub(crate) fn add(&self, topics: &[&str], message: &str) {
        let mut state = self.0.borrow_mut();
        let at = state.clock.date_time();
        let message = masked(&state.secret, &printable(message));
        let mut done: Vec<(Action, String)> = Vec::new();
        let rules: Vec<Rule> =
            state.rules.iter().filter(|rule| rule.matches(topics)).cloned().collect();
        for rule in rules {
            let prefix =
                if rule.prefix.is_empty() { String::new() } else { format!("{}: ", rule.prefix) };
            if done.contains(&(rule.action, prefix.clone())) {
                continue;
            }
            let (topics, message) = (topics.join(","), format!("{prefix}{message}"));
            match rule.action {
                Action::Echo => {
                    state.output.line(&format!("{} {topics} {message}", at.strftime("%H:%M:%S")));
                }
                Action::Memory => {
                    if state.lines.len() == MAX_LINES {
                        state.lines.pop_front();
                    }
                    state.count = state.count.wrapping_add(1);
                    let number = state.count;
                    state.lines.push_back(Line { number, at, topics, message });
                }
            }
            done.push((rule.action, prefix));
        }
    }

    /// Forgets all lines.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().lines.clear();
    }

    /// The lines in memory; those of today show only their time.
    pub(crate) fn items(&self) -> Vec<Item> {
        let state = self.0.borrow();
        let today = state.clock.date_time().date();
        let lines = state.lines.iter().enumerate().map(|(number, line)| {
            let format = if line.at.date() == today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
            let properties = vec![
                ("time", line.at.strftime(format).to_string()),
                ("topics", line.topics.clone()),
                ("message", line.message.clone()),
            ];
            Item { id: line.number, number, properties }
        });
        lines.collect()
    }
}

impl Shell {
    /// The rules, first the default ones.
    pub(crate) fn rule_items(&mut self) -> Vec<Item> {
        let own = self.store.kept().logging.iter().cloned();
        let rules: Vec<Rule> = Rule::default_ones().into_iter().chain(own).collect();
        let mut keys: Vec<String> = Vec::new();
        for rule in &rules {
            let key = format!("{rule:?}");
            // Equal rules are told apart by their order.
            let same = keys.iter().filter(|other| other.starts_with(&key)).count();
            keys.push(format!("{key}{same}"));
        }
        let ids = self.ids.entry(Menu::Logging).or_default().assign(keys);
        let items = rules.iter().zip(ids).enumerate().map(|(number, (rule, id))| {
            let action = ACTIONS.iter().find(|(_, action)| *action == rule.action);
            let properties = vec![
                ("topics", rule.topics.clone()),
                ("action", action.map_or("", |(word, _)| word).into()),
                ("prefix", rule.prefix.clone()),
                ("default", String::from(if number < DEFAULT_RULES { "true" } else { "false" })),
            ];
            Item { id, number, properties }
        });
        items.collect()
    }

    pub(crate) fn remove_rules(&mut self, items: &[Item]) -> Result<(), String> {
        if items.iter().any(|item| item.number < DEFAULT_RULES) {
            return Err("a default rule cannot be removed".into());
        }
        let removed: Vec<usize> = items.iter().map(|item| item.number - DEFAULT_RULES).collect();
        self.store.change(|kept| {
            let mut number = 0..;
            kept.logging.retain(|_| !number.next().is_some_and(|number| removed.contains(&number)));
            Ok(())
        })?;
        self.configure_log();
        Ok(())
    }

    pub(crate) fn logging_add(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let topics = arguments.required("topics")?;
        let target = arguments.named("action").map(|value| value.one_of(&ACTIONS)).transpose()?;
        let prefix = arguments.named("prefix").map(|value| value.text()).unwrap_or_default();
        arguments.end()?;
        let rule = Rule::new(&topics.text(), target.unwrap_or(Action::Memory), &prefix)
            .map_err(|error| topics.refused(error))?;
        self.store.change(|kept| {
            kept.logging.push(rule);
            Ok(())
        })?;
        self.configure_log();
        Ok(())
    }
}

/// Returns `true` if the text of a message holds the secret of a command.
pub(crate) fn has_secret(text: &str, secret: &str) -> bool {
    text.starts_with(":cmd") || !secret.is_empty() && text.contains(secret)
}

/// The text with the secret masked wherever it is a whole word.
pub(crate) fn masked(secret: &str, text: &str) -> String {
    if secret.is_empty() {
        return text.into();
    }
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (head, tail) = rest.split_at(at);
        let tail = &tail[secret.len()..];
        shown += head;
        let before = shown.chars().next_back();
        let inside = is_letter(before) && is_letter(secret.chars().next())
            || is_letter(tail.chars().next()) && is_letter(secret.chars().next_back());
        shown += if inside { secret } else { "****" };
        rest = tail;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::{Action, Rule, masked};

    #[test]
    fn a_rule_matches_lines_with_all_its_topics_and_none_of_the_negated_ones() {
        for (rule, topics, matches) in [
            ("info", &["gsm", "info"][..], true),
            ("gsm,info", &["gsm", "info"], true),
            ("gsm,info", &["gsm", "debug", "read"], false),
            ("lte,!raw", &["lte", "async"], true),
            ("lte,!raw", &["lte", "raw"], false),
            ("lte,!raw", &["gsm", "info"], false),
            ("!debug", &["gsm", "info"], true),
        ] {
            let rule = Rule::new(rule, Action::Memory, "").unwrap();
            assert_eq!(rule.matches(topics), matches, "{rule:?} {topics:?}");
        }
        for topics in ["", "gms", "lte,", "!", "lte,!row"] {
            assert!(Rule::new(topics, Action::Memory, "").is_err(), "{topics}");
        }
    }

    #[test]
    fn no_line_shows_the_secret() {
        assert_eq!(masked("abc", "abc: 'abc' xabc abcd abc"), "****: '****' xabc abcd ****");
        assert_eq!(masked("", "abc"), "abc");
    }
}
