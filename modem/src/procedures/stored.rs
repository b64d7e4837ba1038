//! Reads one slot of the modem's memories, 3GPP TS 27.005, 4.2.

use alloc::vec::Vec;

use at_proto::sms::{Memory, ReadMessage, SetStorage, StorageUse};

use super::select::{is_gone, select};
use crate::error::Error;
use crate::event::Task;
use crate::message::{Slot, Stored};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Reads one slot.
#[derive(Debug)]
pub(crate) struct ReadSlot {
    slot: Slot,
    selecting: bool,
}

impl ReadSlot {
    pub(crate) const fn new(slot: Slot) -> Self {
        Self { slot, selecting: false }
    }

    /// The task under way, which has failed if the procedure has.
    pub(crate) const fn task(&self) -> Task {
        match self.selecting {
            true => Task::SelectMemory(self.slot.memory),
            false => Task::ReadSlot(self.slot),
        }
    }
}

impl Procedure for ReadSlot {
    type Output = Option<Stored>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Option<Stored>> {
        let read = ReadMessage { index: self.slot.index };
        match &input {
            Input::Start if is_gone(self.slot.memory, context) => Step::Done(Ok(None)),
            Input::Start => match select(self.slot.memory, context) {
                // The memory was refused a moment ago: a sweep reads what can be read.
                Some(_) if !context.settings.retries.may_run(self.selection(), context.now) => {
                    Step::Done(Ok(None))
                }
                Some(request) => {
                    self.selecting = true;
                    Step::Run(request)
                }
                None => Step::command(&read),
            },
            Input::Answer(answer) if self.selecting => {
                match selected(self.slot.memory, answer, context) {
                    Ok(_) => {
                        self.selecting = false;
                        Step::command(&read)
                    }
                    Err(error) => Step::Done(Err(error)),
                }
            }
            Input::Answer(answer) => {
                let message = answer.parse(&read);
                let stored = message.map(|message| Stored::new(self.slot, &message?));
                match stored {
                    Ok(Some(stored))
                        if stored.in_text_mode && !context.settings.text_mode_tried =>
                    {
                        // Read after another initialisation.
                        context.settings.text_mode_seen = true;
                        Step::Done(Ok(None))
                    }
                    stored => Step::Done(stored),
                }
            }
            _ => Step::Listen,
        }
    }
}

impl ReadSlot {
    const fn selection(&self) -> Task {
        Task::SelectMemory(self.slot.memory)
    }
}

/// Notes that `memory` is selected if it is, and returns its use if the modem reports it.
///
/// `OK` means selected, whatever the counts before it look like. Impossible counts, such as those
/// of a line that has lost a comma, are ignored.
pub(super) fn selected(
    memory: Memory,
    answer: &Answer,
    context: &mut Context<'_>,
) -> Result<Option<StorageUse>, Error> {
    // After a failure the memory is selected again the next time.
    context.settings.reading = None;
    if !answer.is_ok() {
        return Err(answer.error());
    }
    context.settings.reading = Some(memory);
    context.settings.last_selected = Some(memory);
    if !context.settings.selectable.contains(&memory) {
        context.settings.selectable.push(memory);
    }
    context.settings.retries.succeeded(Task::SelectMemory(memory));
    let uses = answer.parse(&SetStorage(Vec::from([memory]))).unwrap_or_default();
    Ok(uses.first().copied().filter(|usage| usage.used <= usage.total))
}
