//! Text from outside on a terminal, names in words, and time spans.

pub(crate) use crate::common::printable::{printable, quoted};

/// Returns the name of a variant in lower-case words: `TimeOut` is `time out`.
pub(crate) fn words(value: &impl core::fmt::Debug) -> String {
    let mut words = String::new();
    for character in format!("{value:?}").chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

/// Returns a time span in its two largest units.
pub(crate) fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let count = rest / unit;
        rest %= unit;
        match (count, name) {
            (0, _) => {}
            (1, _) | (_, "h" | "min" | "s") => parts.push(format!("{count} {name}")),
            _ => parts.push(format!("{count} {name}s")),
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_names_two_units_at_most() {
        for (seconds, words) in [
            (0, "0 s"),
            (300, "5 min"),
            (86_400, "1 day"),
            (172_800, "2 days"),
            (90_061, "1 day 1 h"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }
}
