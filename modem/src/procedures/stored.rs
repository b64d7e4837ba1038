//! Reads one place of the modem's store, 3GPP TS 27.005, 4.2.

use alloc::vec::Vec;

use at_proto::sms::{Memory, Message, Read, SetStorage, Status, StorageUse};

use super::select::select;
use crate::error::Error;
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::session::Slot;

/// What one place of the modem's store holds.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) slot: Slot,
    pub(crate) status: Status,
    pub(crate) line: Vec<u8>,
}

impl Stored {
    /// `None` for a place that is empty, which some modems list as a message without octets.
    pub(super) fn new(slot: Slot, message: Message) -> Option<Self> {
        (!message.data.is_empty()).then_some(Self {
            slot,
            status: message.status,
            line: message.data,
        })
    }

    /// Whether the host has written it itself, to send it.
    pub(crate) fn is_outgoing(&self) -> bool {
        matches!(self.status, Status::UNSENT | Status::SENT)
    }
}

/// Reads one place.
#[derive(Debug)]
pub(crate) struct ReadSlot {
    slot: Slot,
    selecting: bool,
}

impl ReadSlot {
    pub(crate) const fn new(slot: Slot) -> Self {
        Self {
            slot,
            selecting: false,
        }
    }
}

impl Procedure for ReadSlot {
    type Output = Option<Stored>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Option<Stored>> {
        let read = Read {
            index: self.slot.index,
        };
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
                Step::Done(message.map(|message| Stored::new(self.slot, message?)))
            }
            _ => Step::Listen,
        }
    }
}

/// Notes that `memory` is selected if it is, and gives how full it is where the modem says.
pub(super) fn selected(
    memory: Memory,
    answer: Answer,
    context: &mut Context<'_>,
) -> Result<Option<StorageUse>, Error> {
    // Whatever a failure has left selected, it is selected anew the next time.
    context.settings.reading = None;
    let uses = answer.parse(&SetStorage(Vec::from([memory])))?;
    context.settings.reading = Some(memory);
    Ok(uses.first().copied())
}
