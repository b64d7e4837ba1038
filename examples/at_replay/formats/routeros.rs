//! `/log print` of RouterOS: the topics `gsm,debug,write` and `gsm,debug,read`, or `lte,async` with
//! `sent` and `rcvd`.

use super::Entry;
use crate::log::{At, Clock, Dialogue};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut dialogue = Dialogue::default();
    let mut interface = "lte".to_owned();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((port, is_host, text)) = side(line) else { continue };
        let at = At { line: number, time: clock.read(line) };
        // A URC is logged without its interface.
        let port = if port.is_empty() { interface.clone() } else { port.to_owned() };
        if port != "gsm" {
            interface.clone_from(&port);
        }
        let port = Some(port);
        if is_host {
            dialogue.host(text.as_bytes(), at, port);
        } else {
            dialogue.modem(text.as_bytes(), at, port);
        }
    }
    dialogue.entries
}

/// Returns the port, the side and the text of a line.
fn side(line: &str) -> Option<(&str, bool, &str)> {
    let at = ["gsm,", "lte,"].iter().filter_map(|topic| line.find(topic)).min()?;
    let (topics, text) = line.get(at..)?.split_once(' ')?;
    let has = |wanted: &str| topics.split(',').any(|topic| topic == wanted);
    match (has("write"), has("read")) {
        (true, _) => return Some(("gsm", true, text)),
        (_, true) => return Some(("gsm", false, text)),
        _ => {}
    }
    if has("event") {
        // A URC, with or without the interface before it.
        let text = text.find(['+', '^']).and_then(|at| text.get(at..))?;
        return Some(("", false, text));
    }
    let (interface, text) = text.split_once(": ")?;
    match (text.strip_prefix("sent "), text.strip_prefix("rcvd ")) {
        (Some(text), _) => Some((interface, true, text)),
        (_, Some(text)) => Some((interface, false, text)),
        _ => None,
    }
}
