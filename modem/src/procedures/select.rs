//! Selects the memory to read and delete from, 3GPP TS 27.005, 3.2.2.

use alloc::vec::Vec;

use at_proto::Command as _;
use at_proto::Request;
use at_proto::sms::{Memory, SetStorage};

use crate::event::Task;
use crate::procedure::Context;

/// The memory that is in use where the modem lets none be selected. It has a name of its own, since
/// nobody knows which one it is: its slots are never those of another memory.
pub(crate) fn current_memory() -> Memory {
    "_CUR".parse().unwrap_or(Memory::BOTH)
}

/// The command that selects `memory` to read and delete from; `None` if it is selected already.
///
/// After a refusal the memory selected before it is still in use.
pub(super) fn select(memory: Memory, context: &Context<'_>) -> Option<Request> {
    let settings = &context.settings;
    let refused = || !settings.retries.may_run(Task::SelectMemory(memory), context.now);
    let selected = memory == current_memory()
        || settings.reading == Some(memory)
        || (settings.last_selected == Some(memory) && refused());
    (!selected).then(|| reselect(memory, context))
}

/// Returns `true` if `memory` cannot be read now: the current memory has another name meanwhile.
pub(super) fn is_gone(memory: Memory, context: &Context<'_>) -> bool {
    memory == current_memory() && context.settings.reading.is_some()
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
