//! Lines as the settings frame them, ITU-T V.250, 5.7 and 6.2.

use alloc::vec::Vec;

use crate::desk::Desk;
use crate::profile::Framing;

/// Information or unsolicited lines with their line ends.
pub(super) fn framed(desk: &Desk, lines: &[Vec<u8>], begins: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if begins && desk.settings.verbose {
        line_end(desk, &mut bytes);
    }
    for line in lines {
        bytes.extend(line);
        if desk.profile.framing == Framing::DoubledCr {
            bytes.push(desk.settings.terminator);
        }
        line_end(desk, &mut bytes);
    }
    bytes
}

pub(super) fn line_end(desk: &Desk, bytes: &mut Vec<u8>) {
    bytes.push(desk.settings.terminator);
    if desk.profile.framing != Framing::BareCr {
        bytes.push(desk.settings.line_feed);
    }
}

/// The number of a result code with `ATV0`.
pub(super) fn numeric(words: &str) -> Option<&'static str> {
    Some(match words {
        "OK" => "0",
        "CONNECT" => "1",
        "RING" => "2",
        "NO CARRIER" => "3",
        "ERROR" => "4",
        "NO DIALTONE" => "6",
        "BUSY" => "7",
        "NO ANSWER" => "8",
        _ => return None,
    })
}
