//! The known unsolicited result codes (URCs) and boot messages, one row each: 3GPP TS 27.005,
//! 3.4.1, TS 27.007, 6 to 8, and the field.

use crate::network::Domain;

/// The kind of an unsolicited result code (URC), which follows from its name.
///
/// [`Notification`](crate::Notification) has the parameters as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrcKind {
    /// A message was stored: `+CMTI`.
    MessageStored,
    /// A status report was stored: `+CDSI`.
    StatusReportStored,
    /// A cell broadcast was stored: `+CBMI`.
    BroadcastStored,
    /// A message: `+CMT`.
    Message,
    /// A status report: `+CDS`.
    StatusReport,
    /// A cell broadcast: `+CBM`.
    Broadcast,
    /// The message storage is full: `^SMMEMFULL`.
    StorageFull,
    /// A USSD string of the network: `+CUSD`.
    Ussd,
    /// A change of the registration in one domain: `+CREG`, `+CGREG`, `+CEREG`, `+C5GREG`.
    Registration(Domain),
    /// A change of the SIM's state: `+CPIN`.
    Pin,
    /// An incoming call: `RING`, `+CRING`.
    Ring,
    /// The caller's number: `+CLIP`.
    CallerId,
    /// A second incoming call: `+CCWA`.
    CallWaiting,
    /// The end of a call: `NO CARRIER`, `BUSY`.
    CallEnded,
    /// A change of the signal strength: `+CSQ`, `+CSQN`.
    Signal,
    /// A change of an indicator: `+CIEV`.
    Indicator,
    /// The network's time zone: `+CTZV`, `+CTZE`.
    TimeZone,
    /// A boot message: `RDY`, `^SYSSTART`, `SMS Ready`.
    Boot(BootStage),
    /// The modem goes down: `POWERED DOWN`, `^SHUTDOWN`.
    GoingDown,
    /// A URC without a [`Notification`](crate::Notification) of its own.
    Other,
}

/// The stage of the boot that a boot message reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BootStage {
    /// The start from the beginning, as after a reset: volatile settings are lost.
    Start,
    /// A later step, at which the SIM, the phone book or the message storage becomes ready.
    Ready,
}

/// One known URC.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    pub(super) kind: UrcKind,
    flags: u8,
}

/// A line of data follows.
const DATA: u8 = 1;
/// The quoted text may hold line ends.
const LINE_ENDS: u8 = 2;
/// The URC is never part of a listing, such as the answers to `AT&V` and `AT+CLAC`.
const NEVER_LISTED: u8 = 4;
/// A bare line: it has no name.
const BARE: u8 = 8;
/// A bare line: the words, a colon, and more.
const BEFORE_COLON: u8 = 16;
/// A bare line that begins with the words.
const BEGINNING: u8 = 32;

impl Row {
    /// Returns `true` if a line of data follows the URC.
    pub(crate) const fn has_data(&self) -> bool {
        self.has(DATA)
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Returns `true` for the name of a known URC; slow, for use at compile time.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the compiler runs it, over its own table"
)]
pub(crate) const fn is_known(name: &str) -> bool {
    let mut row = 0;
    while row < URCS.len() {
        let (known, name) = (URCS[row].name.as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < name.len() && at < known.len() && known[at] == name[at] {
            at += 1;
        }
        if at == name.len() && at == known.len() {
            return true;
        }
        row += 1;
    }
    false
}

/// Returns `true` for the name of a URC that a line of data follows.
pub(crate) fn has_data(name: &[u8]) -> bool {
    row(name).is_some_and(Row::has_data)
}

/// Returns `true` for the name of a URC whose quoted text may hold line ends.
pub(crate) fn has_line_ends(name: &[u8]) -> bool {
    row(name).is_some_and(|row| row.has(LINE_ENDS))
}

/// Returns `true` for the name of a URC that is never part of a listing.
pub(crate) fn is_never_listed(name: &[u8]) -> bool {
    row(name).is_some_and(|row| row.has(NEVER_LISTED))
}

/// Returns `true` for a known URC without a `+NAME`.
pub(crate) fn is_bare(line: &[u8]) -> bool {
    let Some(row) = last_up_to(line) else { return false };
    let rest = line.strip_prefix(row.name.as_bytes());
    rest.is_some_and(|rest| match rest {
        [] => row.has(BARE | BEGINNING),
        [first, ..] => row.has(BEGINNING) || *first == b':' && row.has(BEFORE_COLON),
    })
}

/// The row of the URC of this name.
pub(crate) fn row(name: &[u8]) -> Option<&'static Row> {
    last_up_to(name).filter(|row| {
        row.name.as_bytes() == name || row.has(BEGINNING) && name.starts_with(row.name.as_bytes())
    })
}

/// The last row that is not after `text`: its own, or that of a prefix, if there is one.
fn last_up_to(text: &[u8]) -> Option<&'static Row> {
    let key = key(text);
    let mut after = KEYS.partition_point(|&known| known <= key);
    // Of equal beginnings the rest decides.
    loop {
        let last = after.checked_sub(1)?;
        let row = URCS.get(last)?;
        if KEYS.get(last) != Some(&key) || row.name.as_bytes() <= text {
            return Some(row);
        }
        after = last;
    }
}

/// The first eight bytes as a number in their order, since every line is searched for.
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "below both lengths")]
const fn key(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut key = [0; 8];
    let mut at = 0;
    while at < key.len() && at < text.len() {
        key[at] = text[at];
        at += 1;
    }
    u64::from_be_bytes(key)
}

/// The keys of the rows.
#[expect(clippy::indexing_slicing, reason = "the compiler computes it, from a table as long")]
static KEYS: [u64; URCS.len()] = {
    let mut keys = [0; URCS.len()];
    let mut row = 0;
    while row < keys.len() {
        keys[row] = key(URCS[row].name.as_bytes());
        row += 1;
    }
    keys
};

const fn urc(name: &'static str, kind: UrcKind, flags: u8) -> Row {
    Row { name, kind, flags }
}

/// In the order of their bytes.
const URCS: &[Row] = &[
    urc("*ATREADY", UrcKind::Boot(BootStage::Start), 0),
    urc("+AT", UrcKind::Boot(BootStage::Start), 0),
    urc("+C5GREG", UrcKind::Registration(Domain::FiveG), 0),
    urc("+CBM", UrcKind::Broadcast, DATA | NEVER_LISTED),
    urc("+CBMI", UrcKind::BroadcastStored, NEVER_LISTED),
    urc("+CCWA", UrcKind::CallWaiting, 0),
    urc("+CDIP", UrcKind::Other, 0),
    urc("+CDS", UrcKind::StatusReport, DATA | NEVER_LISTED),
    urc("+CDSI", UrcKind::StatusReportStored, NEVER_LISTED),
    urc("+CEREG", UrcKind::Registration(Domain::Eps), 0),
    urc("+CESQ", UrcKind::Other, 0),
    urc("+CFUN", UrcKind::Other, 0),
    urc("+CGREG", UrcKind::Registration(Domain::Packet), 0),
    urc("+CIEV", UrcKind::Indicator, NEVER_LISTED),
    urc("+CLCC", UrcKind::Other, 0),
    urc("+CLIP", UrcKind::CallerId, 0),
    urc("+CMT", UrcKind::Message, DATA | NEVER_LISTED),
    urc("+CMTI", UrcKind::MessageStored, NEVER_LISTED),
    urc("+CNAP", UrcKind::Other, 0),
    urc("+COLP", UrcKind::Other, 0),
    urc("+CPIN", UrcKind::Pin, 0),
    urc("+CREG", UrcKind::Registration(Domain::Circuit), 0),
    urc("+CRING", UrcKind::Ring, NEVER_LISTED),
    urc("+CSQ", UrcKind::Signal, 0),
    urc("+CSQN", UrcKind::Signal, 0),
    urc("+CTZE", UrcKind::TimeZone, 0),
    urc("+CTZEU", UrcKind::TimeZone, 0),
    urc("+CTZV", UrcKind::TimeZone, 0),
    urc("+CUSD", UrcKind::Ussd, LINE_ENDS | NEVER_LISTED),
    urc("+PBREADY", UrcKind::Boot(BootStage::Ready), 0),
    urc("+SIM READY", UrcKind::Boot(BootStage::Ready), 0),
    urc("APP RDY", UrcKind::Boot(BootStage::Start), BARE),
    urc("BUSY", UrcKind::CallEnded, BARE),
    urc("Call Ready", UrcKind::Boot(BootStage::Ready), BARE),
    urc("MISSED_CALL", UrcKind::Other, BEFORE_COLON),
    urc("NO ANSWER", UrcKind::CallEnded, BARE),
    urc("NO CARRIER", UrcKind::CallEnded, BARE),
    urc("NO DIAL TONE", UrcKind::CallEnded, BARE),
    urc("NO DIALTONE", UrcKind::CallEnded, BARE),
    urc("NORMAL POWER DOWN", UrcKind::GoingDown, BARE),
    urc("OVER-VOLTAGE", UrcKind::Other, BEGINNING),
    urc("PB DONE", UrcKind::Boot(BootStage::Ready), BARE),
    urc("POWERED DOWN", UrcKind::GoingDown, BARE),
    urc("RDY", UrcKind::Boot(BootStage::Start), BARE),
    urc("RING", UrcKind::Ring, BARE),
    urc("SMS DONE", UrcKind::Boot(BootStage::Ready), BARE),
    urc("SMS Ready", UrcKind::Boot(BootStage::Ready), BARE),
    urc("UNDER-VOLTAGE", UrcKind::Other, BEGINNING),
    urc("VOICE CALL", UrcKind::Other, BEFORE_COLON),
    urc("^SHUTDOWN", UrcKind::GoingDown, 0),
    urc("^SMMEMFULL", UrcKind::StorageFull, 0),
    urc("^SYSSTART", UrcKind::Boot(BootStage::Start), 0),
];

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::vocabulary::named;
    use crate::{Dialect, Urc};

    #[test]
    fn the_table_is_in_order() {
        assert!(URCS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn each_row_is_found_by_the_line_that_a_modem_writes() {
        for row in URCS {
            let is_named = named(row.name.as_bytes()).is_some();
            assert_ne!(is_named, row.has(BARE | BEFORE_COLON | BEGINNING), "{row:?}");
            let line = match row.flags {
                flags if flags & BEGINNING != 0 => format!("{} WARNING", row.name),
                flags if flags & BARE != 0 => row.name.into(),
                _ => format!("{}: 1", row.name),
            };
            assert_eq!(Urc::new(&line, None).kind(), Some(row.kind), "{line}");
            assert_eq!(is_bare(line.as_bytes()), !is_named, "{line}");
        }
    }

    #[test]
    fn a_bare_line_is_the_whole_line() {
        for text in ["RDY?", "VOICE CALL", "VOICE CALLS: 1", "MISSED_CALL", "RINGS", "A", ""] {
            assert!(!is_bare(text.as_bytes()), "{text}");
        }
    }

    /// The dialect asks for a URC with line ends by its first bytes.
    #[test]
    fn the_short_way_to_line_ends_agrees_with_the_table() {
        let dialect = Dialect::default();
        for row in URCS {
            assert_eq!(
                dialect.may_have_line_ends(row.name.as_bytes()),
                row.has(LINE_ENDS),
                "{row:?}"
            );
        }
    }
}
