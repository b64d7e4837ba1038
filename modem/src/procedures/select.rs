//! Selects the memory to read and delete from, 3GPP TS 27.005, 3.2.2.

use alloc::vec::Vec;

use at_proto::Command as _;
use at_proto::Request;
use at_proto::sms::{Memory, SetStorage};

use crate::procedure::Context;

/// The command that selects `memory` to read and delete from; `None` if it is selected already.
pub(super) fn select(memory: Memory, context: &Context<'_>) -> Option<Request> {
    (context.settings.reading != Some(memory)).then(|| reselect(memory, context))
}

/// The command that selects `memory` to read and delete from.
///
/// Only the first memory is named, so that the memory for received messages stays as it is. A modem
/// that requires all memories (Brovi E3372-325) gets them in the order of the initialisation.
pub(super) fn reselect(memory: Memory, context: &Context<'_>) -> Request {
    let mut memories = Vec::from([memory]);
    memories.extend(context.settings.storage.iter().skip(1));
    SetStorage(memories).request()
}
