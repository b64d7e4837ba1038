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
    match (line.split_once("AT> "), line.split_once("AT< ")) {
        (Some((head, text)), _) => Some((head, true, text)),
        (_, Some((head, text))) => Some((head, false, text)),
        _ => None,
    }
}
