//! Text from outside on a terminal: readable in every script, without power over the screen, and
//! never more than its own line.

#![allow(dead_code, reason = "an example uses the parts that it needs")]

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

/// Returns the text with what would move the cursor, end the line or reorder it as escapes.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    text.chars().for_each(|character| push(character, &mut shown));
    shown
}

/// Returns each line of the text as a printable line with an indent, by which no line of it looks
/// like one of the program's own.
pub(crate) fn indented(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| format!("  {}", printable(line)))
}

/// Returns the value as JSON in one line, with the same characters escaped as in a text; a reader
/// of JSON gets them unchanged.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|error| {
        // Only a map with keys that are not strings fails.
        format!("{{\"error\":{:?}}}", error.to_string())
    });
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // JSON has such characters in its strings only.
        match is_active(character) {
            true => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => shown.push(character),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::{indented, json, printable, quoted};

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
    fn a_text_cannot_forge_a_line() {
        assert_eq!(printable("Hi\npart 1 of 1: sent\u{2028}x"), r"Hi\npart 1 of 1: sent\u{2028}x");
        let lines: Vec<_> = indented("1 Balance\r\n2 Tariff\n-- done").collect();
        assert_eq!(lines, ["  1 Balance", "  2 Tariff", "  -- done"]);
    }

    #[test]
    fn json_has_no_active_character_and_the_same_content() {
        let text = "a\u{1b}[2J\u{9b}1A\u{202e}\n\u{FEFF}é👩‍👧";
        let shown = json(&text);
        assert_eq!(shown, "\"a\\u001b[2J\\u009b1A\\u202e\\n\\ufeffé👩‍👧\"");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
