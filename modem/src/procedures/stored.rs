//! Reads one slot of the modem's memories, 3GPP TS 27.005, 4.2.

use alloc::vec::Vec;

use at_proto::sms::{Memory, ReadMessage, SetStorage, StorageUse};

use super::select::select;
use crate::error::Error;
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
}

impl Procedure for ReadSlot {
    type Output = Option<Stored>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Option<Stored>> {
        let read = ReadMessage { index: self.slot.index };
        match input {
            Input::Start => match select(self.slot.memory, context) {
                Some(request) => {
                    self.selecting = true;
                    Step::Run(request)
                }
                None => Step::command(&read),
            },
            Input::Answer(answer) if self.selecting => {
                self.selecting = false;
                match selected(self.slot.memory, answer, context) {
                    Ok(_) => Step::command(&read),
                    Err(error) => Step::Done(Err(error)),
                }
            }
            Input::Answer(answer) => {
                let message = answer.parse(&read);
                Step::Done(message.map(|message| Stored::new(self.slot, &message?)))
            }
            _ => Step::Listen,
        }
    }
}

/// Notes that `memory` is selected if it is, and returns its use if the modem reports it.
pub(super) fn selected(
    memory: Memory,
    answer: Answer,
    context: &mut Context<'_>,
) -> Result<Option<StorageUse>, Error> {
    // After a failure the memory is selected again the next time.
    context.settings.reading = None;
    let uses = answer.parse(&SetStorage(Vec::from([memory])))?;
    context.settings.reading = Some(memory);
    Ok(uses.first().copied())
}
