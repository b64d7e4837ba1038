//! The marks of equal parts.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::sms::{Memory, MessageStatus};

use super::{Arrival, Inbox, SavedPart, State};
use crate::message::{PduLine, Received, Slot, Stored};

/// "Hello" from +371200000000, 3GPP TS 23.040, 9.2.2.1.
const PDU: &[u8] = b"00040C917321000000000000621152211000400548656C6C6F";

/// The first and the second part of a message in UCS-2, 3GPP TS 23.040, 9.2.3.24.1.
const FIRST: &[u8] = b"00440C91732100000000000862115221100040080500030702010041";
const SECOND: &[u8] = b"00440C91732100000000000862115221100040080500030702020042";

/// A damaged reading of the first part: a text of its own.
const DAMAGED: &[u8] = b"00040C91732100000000000862115221100040080500030702010041";

const fn slot(index: u16) -> Slot {
    Slot::new(Memory::SIM, index)
}

const fn mirrored(index: u16) -> Slot {
    Slot::new(Memory::MODEM, index)
}

fn inbox() -> Inbox {
    Inbox::new(Duration::from_secs(60), false, false)
}

/// Reads a slot, and returns the message that is complete with it.
fn message(inbox: &mut Inbox, slot: Slot, pdu: &[u8]) -> Option<Received> {
    let status = MessageStatus::UNREAD;
    let stored = Stored { slot, status, pdu: PduLine::new(pdu), in_text_mode: false };
    match inbox.stored(&stored, Instant::ZERO) {
        Arrival::Message(message, None) => Some(message),
        Arrival::Nothing => None,
        arrival => panic!("{arrival:?}"),
    }
}

/// Reads a slot, and returns the mark of the message that is complete with it.
fn read(inbox: &mut Inbox, slot: Slot, pdu: &[u8]) -> Option<bool> {
    message(inbox, slot, pdu).map(|message| message.possible_duplicate)
}

#[test]
fn of_two_equal_parts_of_a_saved_state_the_second_is_marked() {
    let mut state = State::default();
    for key in [3, 7] {
        let part = SavedPart { pdu: PduLine::new(PDU), age: Duration::ZERO };
        state.taken.insert(key, part);
    }
    let arrivals = inbox().restore(state, Instant::ZERO);
    let marks: Vec<bool> = arrivals
        .iter()
        .map(|arrival| match arrival {
            Arrival::Message(message, None) => message.possible_duplicate,
            arrival => panic!("{arrival:?}"),
        })
        .collect();
    assert_eq!(marks, [false, true]);
}

#[test]
fn a_part_keeps_the_mark_of_an_equal_part_from_a_slot_that_had_other_content() {
    // The second reading corrects the first one, whose content was delivered.
    for corrected in [slot(1), mirrored(1)] {
        let mut inbox = inbox();
        assert_eq!(read(&mut inbox, corrected, DAMAGED), Some(false), "{corrected:?}");
        assert_eq!(read(&mut inbox, slot(2), FIRST), None);
        assert_eq!(read(&mut inbox, corrected, FIRST), None);
        assert_eq!(read(&mut inbox, slot(3), SECOND), Some(true), "{corrected:?}");
    }
}

#[test]
fn a_part_keeps_the_mark_of_an_equal_part_from_a_slot_whose_deletion_did_nothing() {
    for undeleted in [slot(1), mirrored(1)] {
        let mut inbox = inbox();
        assert_eq!(read(&mut inbox, undeleted, FIRST), None);
        let message = message(&mut inbox, slot(4), SECOND).expect("a complete message");
        assert_eq!(inbox.acknowledge(&message.receipt).len(), 2);
        inbox.deleted(undeleted);
        inbox.deleted(slot(4));
        // The network repeats the message, and the first slot appears again.
        assert_eq!(read(&mut inbox, slot(2), FIRST), None);
        assert_eq!(read(&mut inbox, undeleted, FIRST), None);
        assert_eq!(read(&mut inbox, slot(3), SECOND), Some(true), "{undeleted:?}");
    }
}

#[test]
fn an_equal_part_leaves_no_mark_if_nothing_was_delivered() {
    let mut inbox = inbox();
    assert_eq!(read(&mut inbox, slot(1), FIRST), None);
    assert_eq!(read(&mut inbox, slot(2), FIRST), None);
    assert_eq!(read(&mut inbox, mirrored(1), FIRST), None);
    let direct = PduLine::new(FIRST);
    assert!(matches!(inbox.direct(direct, None, Instant::ZERO), (Arrival::Nothing, false)));
    assert_eq!(read(&mut inbox, slot(3), SECOND), Some(false));
}
