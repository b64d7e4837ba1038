//! Selects the memory to read and delete from, 3GPP TS 27.005, 3.2.2.

use alloc::vec::Vec;

use at_proto::Command as _;
use at_proto::Request;
use at_proto::sms::{Memory, SetStorage};

use crate::procedure::Context;

/// The command that makes `memory` the one to read and delete from; `None` if it is already.
pub(super) fn select(memory: Memory, context: &Context<'_>) -> Option<Request> {
    (context.settings.reading != Some(memory)).then(|| select_anew(memory, context))
}

/// The command that makes `memory` the one to read and delete from.
///
/// Only the first memory is named: the others, and with them the place where messages are received, stay as they are. A modem
/// that wants all of them named (Brovi E3372-325) gets them in the same order as at the initialisation.
pub(super) fn select_anew(memory: Memory, context: &Context<'_>) -> Request {
    let mut memories = Vec::from([memory]);
    memories.extend(context.settings.storage.iter().skip(1));
    SetStorage(memories).request()
}
