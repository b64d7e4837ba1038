//! A restored inbox.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;

use super::{Arrival, Inbox, SavedPart, State};
use crate::message::PduLine;

/// "Hello" from +371200000000, 3GPP TS 23.040, 9.2.2.1.
const PDU: &[u8] = b"00040C917321000000000000621152211000400548656C6C6F";

#[test]
fn of_two_equal_parts_of_a_saved_state_the_second_is_marked() {
    let mut state = State::default();
    for key in [3, 7] {
        let part = SavedPart { pdu: PduLine::new(PDU), age: Duration::ZERO };
        state.taken.insert(key, part);
    }
    let mut inbox = Inbox::new(Duration::from_secs(60), false, false);
    let arrivals = inbox.restore(state, Instant::ZERO);
    let marks: Vec<bool> = arrivals
        .iter()
        .map(|arrival| match arrival {
            Arrival::Message(message, None) => message.possible_duplicate,
            arrival => panic!("{arrival:?}"),
        })
        .collect();
    assert_eq!(marks, [false, true]);
}
