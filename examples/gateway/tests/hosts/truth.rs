//! Comparison of what the hosts say with what the networks have taken.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::served::Served;

/// The figures of a run; the first three must be zero.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) twice: usize,
    pub(crate) lost: usize,
    pub(crate) wrong: usize,
    pub(crate) messages: usize,
    pub(crate) parts: usize,
    pub(crate) unknown: usize,
    pub(crate) unknown_left: usize,
    pub(crate) failed: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { twice, lost, wrong, messages, parts, unknown, unknown_left, failed } = self;
        write!(
            f,
            "{messages} messages, {parts} parts have left: sent twice {twice}, lost {lost}, false \
             {wrong}, each with an outcome; unknown {unknown} (of which {unknown_left} had left), \
             failed {failed}"
        )
    }
}

/// Compares the messages, by their names, with the facts of the networks.
pub(crate) fn compare<'a>(
    messages: &BTreeMap<String, Option<Value>>,
    modems: impl Iterator<Item = &'a Served>,
) -> Figures {
    let submitted: Vec<String> = modems.flat_map(Served::submitted).collect();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &submitted {
        // The second part of a message may begin in the middle of a word.
        let mut words = text.split(' ').filter(|word| word.starts_with('m'));
        let name = words.find(|word| text.matches(*word).count() > 1).unwrap();
        *left.entry(name).or_default() += 1;
    }
    let mut figures =
        Figures { messages: messages.len(), parts: submitted.len(), ..Figures::default() };
    for (name, message) in messages {
        let count = left.remove(name.as_str()).unwrap_or_default();
        let Some(message) = message else {
            eprintln!("{name} is lost, {count} parts have left");
            figures.lost += 1;
            continue;
        };
        let parts = message["parts"].as_array().unwrap();
        if count > parts.len() {
            eprintln!("{name}: {count} of {} parts have left: {message}", parts.len());
            figures.twice += 1;
        }
        let in_state = |states: &[&str]| {
            parts.iter().filter(|part| states.contains(&part["state"].as_str().unwrap())).count()
        };
        let (sent, unknown) =
            (in_state(&["sent", "delivered", "undelivered"]), in_state(&["unknown"]));
        let status = message["status"].as_str().unwrap();
        match status {
            "unknown" => {
                figures.unknown += 1;
                figures.unknown_left += usize::from(count > sent);
            }
            "failed" => figures.failed += 1,
            "sent" | "delivered" | "cancelled" | "expired" => {}
            _ => {
                eprintln!("{name} has no outcome: {message}");
                figures.lost += 1;
                continue;
            }
        }
        // A part is called sent if it has left, and one that has left is called sent or unknown.
        if sent > count || count.min(parts.len()) > sent + unknown {
            eprintln!("{name}: {count} parts have left: {message}");
            figures.wrong += 1;
        }
    }
    figures.wrong += left.len();
    figures
}
