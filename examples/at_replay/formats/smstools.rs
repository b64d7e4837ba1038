//! smstools with `loglevel = 7`: `-> ` before a command, `<- ` before a whole answer.
//!
//! The line ends of an answer are spaces.

use super::Entry;
use crate::log::{At, Clock, Dialogue};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut dialogue = Dialogue::default();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((port, is_host, text)) = side(line) else { continue };
        let at = At { line: number, time: clock.read(line) };
        let port = Some(port.to_owned());
        if is_host {
            dialogue.host(text.as_bytes(), at, port);
        } else {
            for line in lines(text) {
                dialogue.modem(line.as_bytes(), at, port.clone());
            }
        }
    }
    dialogue.entries
}

/// Returns the device, the side and the text of a line `2026-11-27 17:58:36,7, GSM1: -> AT`.
fn side(line: &str) -> Option<(&str, bool, &str)> {
    let (head, text) = line.split_once(": ")?;
    let device = head.rsplit_once(", ")?.1;
    match text.strip_prefix("-> ") {
        Some(text) => Some((device, true, text)),
        None => Some((device, false, text.strip_prefix("<- ")?)),
    }
}

/// Puts the line ends of an answer back: before a name, before a PDU and before a final result.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let is_name = word.starts_with(['+', '^', '*', '%', '#']) && word.ends_with(':');
        let is_final = matches!(word, "OK" | "ERROR" | "NO" | "BUSY" | ">");
        let is_pdu = word.len() >= 14 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_error = word == "+CMS" || word == "+CME";
        // `+CMS ERROR:` is one line.
        let follows_error =
            lines.last().is_some_and(|last| matches!(last.as_str(), "+CMS" | "+CME"));
        let begins = !quoted && !follows_error && (is_name || is_final || is_pdu || is_error);
        match lines.last_mut() {
            Some(last) if !begins => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
        quoted ^= word.matches('"').count() % 2 == 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn an_answer_in_one_line_is_cut_where_its_lines_began() {
        for (text, cut) in [
            ("AT OK", &["AT", "OK"][..]),
            ("+CPIN: SIM PIN OK", &["+CPIN: SIM PIN", "OK"]),
            ("+CMS ERROR: 500", &["+CMS ERROR: 500"]),
            (
                "+CMGR: 0,,41 0791947100000000040B OK",
                &["+CMGR: 0,,41", "0791947100000000040B", "OK"],
            ),
            ("+COPS: 0,0,\"My OK Net\" OK", &["+COPS: 0,0,\"My OK Net\"", "OK"]),
            ("^RSSI: 12 +CSQ: 20,99 OK", &["^RSSI: 12", "+CSQ: 20,99", "OK"]),
        ] {
            assert_eq!(lines(text), cut);
        }
    }
}
