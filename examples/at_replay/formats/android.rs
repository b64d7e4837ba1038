//! The radio log of Android (`logcat -b radio`): the lines `AT> ` and `AT< ` of a radio interface
//! layer (RIL) that speaks AT.
//!
//! The requests of `RILJ` are not AT commands, and are left out.

use super::Entry;
use crate::log::{At, Clock, Dialogue};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut dialogue = Dialogue::default();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((head, is_host, text)) = side(line) else { continue };
        let at = At { line: number, time: clock.read(head) };
        if is_host {
            dialogue.host(text.as_bytes(), at, None);
        } else {
            dialogue.modem(text.as_bytes(), at, None);
        }
    }
    dialogue.entries
}

fn side(line: &str) -> Option<(&str, bool, &str)> {
    let (head, is_host, text) = match (line.split_once("AT> "), line.split_once("AT< ")) {
        (Some((head, text)), _) => (head, true, text),
        (_, Some((head, text))) => (head, false, text),
        _ => return None,
    };
    // The tag of the program and its colon precede.
    let is_tagged = head.is_empty() || head.trim_end().ends_with(':');
    is_tagged.then_some((head, is_host, text))
}
