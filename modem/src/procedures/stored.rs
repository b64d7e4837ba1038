//! Reads what the modem has stored, 3GPP TS 27.005, 4.1 and 4.2.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use at_proto::sms::{List, Memory, Message, Read, Status};

use super::select::select;
use crate::error::Error;
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::session::Slot;

/// A received message in the modem's store.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) slot: Slot,
    pub(crate) line: Vec<u8>,
}

impl Stored {
    /// `None` for what the host has written itself, to send it.
    fn new(slot: Slot, message: Message) -> Option<Self> {
        let received = !matches!(message.status, Status::UNSENT | Status::SENT);
        (received && !message.data.is_empty()).then_some(Self {
            slot,
            line: message.data,
        })
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
                    Ok(()) => Step::command(&read),
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

/// Notes that `memory` is selected if it is.
pub(super) fn selected(memory: Memory, answer: Answer, context: &mut Context<'_>) -> Result<(), Error> {
    // Whatever a failure has left selected, it is selected anew the next time.
    context.settings.reading = None;
    answer.response()?;
    context.settings.reading = Some(memory);
    Ok(())
}

/// Reads all memories, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    memories: VecDeque<Memory>,
    selecting: bool,
    found: Vec<Stored>,
}

impl Procedure for Sweep {
    type Output = Vec<Stored>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<Stored>> {
        let list = List(Status::ALL);
        match input {
            Input::Start => {
                self.memories = context.profile.memories.iter().copied().collect();
                self.next(context)
            }
            Input::Answer(answer) if self.selecting => {
                self.selecting = false;
                let Some(memory) = self.memories.front() else {
                    return self.next(context);
                };
                match selected(*memory, answer, context) {
                    Ok(()) => Step::command(&list),
                    // A memory that cannot be selected has nothing to read.
                    Err(_) => self.skip(context),
                }
            }
            Input::Answer(answer) => {
                let listed = answer.parse(&list).unwrap_or_default();
                if let Some(memory) = self.memories.front() {
                    self.found.extend(
                        listed
                            .into_iter()
                            .filter_map(|one| Stored::new(Slot::new(*memory, one.index), one.message)),
                    );
                }
                self.skip(context)
            }
            _ => Step::Listen,
        }
    }
}

impl Sweep {
    fn skip(&mut self, context: &Context<'_>) -> Step<Vec<Stored>> {
        self.memories.pop_front();
        self.next(context)
    }

    fn next(&mut self, context: &Context<'_>) -> Step<Vec<Stored>> {
        let Some(memory) = self.memories.front() else {
            return Step::Done(Ok(core::mem::take(&mut self.found)));
        };
        match select(*memory, context) {
            Some(request) => {
                self.selecting = true;
                Step::Run(request)
            }
            None => Step::command(&List(Status::ALL)),
        }
    }
}
