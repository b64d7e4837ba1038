//! Text from outside on a terminal: readable in every script, and without power over the screen.

/// Returns the text between double quotes, with what would move the cursor or reorder the line as
/// escapes.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            _ => push(character, &mut shown),
        }
    }
    shown.push('"');
    shown
}

/// Returns the text with what would move the cursor or reorder the line as escapes.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    text.chars().for_each(|character| push(character, &mut shown));
    shown
}

fn push(character: char, shown: &mut String) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if is_active(character) => shown.extend(character.escape_unicode()),
        _ => shown.push(character),
    }
}

/// Returns `true` for controls, separators of lines, and the marks that change the direction of a
/// line.
///
/// Combining marks and joiners stay: without them most scripts and emoji cannot be read.
fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

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
    use super::{quoted, span};

    #[test]
    fn every_script_stays_readable_and_nothing_drives_the_terminal() {
        for (text, shown) in [
            ("สวัสดีครับ", "\"สวัสดีครับ\""),
            ("नमस्ते", "\"नमस्ते\""),
            ("שָׁלוֹם", "\"שָׁלוֹם\""),
            ("👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\"👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿\""),
            ("a\u{1b}[2J\r\nb\u{7}", r#""a\u{1b}[2J\r\nb\u{7}""#),
            ("\u{9b}1A", r#""\u{9b}1A""#),
            ("abc\u{202e}fed", r#""abc\u{202e}fed""#),
            ("a\"b\\c", r#""a\"b\\c""#),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

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
