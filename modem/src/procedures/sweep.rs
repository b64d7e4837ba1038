//! Reads all stored messages, 3GPP TS 27.005, 4.1 and 4.2.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use at_proto::Command as _;
use at_proto::sms::{ListMessages, Memory, MessageStatus, ReadMessage, StorageUse};

use super::select::reselect;
use super::stored::selected;
use crate::config::Listing;
use crate::error::{Error, ErrorKind};
use crate::message::{Slot, Stored};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Reads all memories, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    memories: VecDeque<Memory>,
    doing: Stage,
    /// The use of the current memory, if the modem reports it.
    usage: Option<StorageUse>,
    /// The number of memories or slots in a row without an answer.
    unanswered: u8,
    swept: Swept,
}

/// The result of a sweep.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) found: Vec<Stored>,
    /// The use of each memory, if the modem reports it.
    pub(crate) uses: Vec<StorageUse>,
    /// The reason why there may be more messages.
    pub(crate) error: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Selecting,
    Listing,
    /// Reading the slot `index`; `left` messages of the memory have not been found yet.
    Reading {
        index: u16,
        left: u32,
    },
}

/// The number of slots that are read in a memory whose size is unknown.
const DEFAULT_SLOTS: u32 = 50;

/// The maximum number of slots that are read in one memory.
const MAX_SLOTS: u32 = 1000;

/// After this number of slots in a row without an answer the sweep ends: each further one would
/// take its full timeout.
const MAX_UNANSWERED: u8 = 2;

impl Procedure for Sweep {
    type Output = Swept;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Swept> {
        match input {
            Input::Start => {
                self.memories = context.profile.memories.iter().copied().collect();
                self.select(context)
            }
            Input::Answer(answer) => match self.memories.front().copied() {
                Some(memory) => self.answered(memory, answer, context),
                None => self.select(context),
            },
            _ => Step::Listen,
        }
    }
}

impl Sweep {
    fn answered(
        &mut self,
        memory: Memory,
        answer: Answer,
        context: &mut Context<'_>,
    ) -> Step<Swept> {
        match self.doing {
            Stage::Selecting => match selected(memory, answer, context) {
                Ok(usage) => {
                    self.unanswered = 0;
                    self.usage = usage;
                    self.swept.uses.extend(usage);
                    self.read(context)
                }
                // A memory that the modem does not select has no messages to read.
                Err(error) => {
                    self.missed(error);
                    self.next_memory(context)
                }
            },
            Stage::Listing => match answer.parse(&ListMessages(MessageStatus::ALL)) {
                Ok(listed) => {
                    self.unanswered = 0;
                    let stored = |index, message| Stored::new(Slot::new(memory, index), &message);
                    self.swept.found.extend(
                        listed.into_iter().filter_map(|one| stored(one.index, one.message)),
                    );
                    self.next_memory(context)
                }
                // Some modems never answer, and a list can be longer than the buffer.
                Err(_) => self.read_slots(),
            },
            Stage::Reading { index, left } => {
                let message = match answer.parse(&ReadMessage { index }) {
                    Ok(message) => {
                        self.unanswered = 0;
                        message
                    }
                    Err(error) => {
                        self.missed(error);
                        None
                    }
                };
                if self.unanswered >= MAX_UNANSWERED {
                    return self.end();
                }
                let left = left - u32::from(message.is_some()).min(left);
                self.swept.found.extend(
                    message.and_then(|message| Stored::new(Slot::new(memory, index), &message)),
                );
                let slots = self.usage.map_or(DEFAULT_SLOTS, |usage| usage.total.min(MAX_SLOTS));
                if left == 0 || u32::from(index) >= slots {
                    return self.next_memory(context);
                }
                self.read_slot(index + 1, left)
            }
        }
    }

    /// Notes that a memory or a slot was not read. A refusal means that it does not exist.
    fn missed(&mut self, error: Error) {
        if *error.kind() == ErrorKind::Timeout {
            self.unanswered += 1;
            self.swept.error = Some(error);
        } else {
            self.unanswered = 0;
        }
    }

    fn end(&mut self) -> Step<Swept> {
        Step::Done(Ok(core::mem::take(&mut self.swept)))
    }

    fn next_memory(&mut self, context: &Context<'_>) -> Step<Swept> {
        self.memories.pop_front();
        self.select(context)
    }

    fn select(&mut self, context: &Context<'_>) -> Step<Swept> {
        let Some(memory) = self.memories.front() else {
            return self.end();
        };
        self.usage = None;
        self.doing = Stage::Selecting;
        // Selected even if it is selected already: the answer has the use of the memory.
        Step::Run(reselect(*memory, context))
    }

    fn read(&mut self, context: &Context<'_>) -> Step<Swept> {
        match context.config.listing {
            Listing::List => {
                self.doing = Stage::Listing;
                let list = ListMessages(MessageStatus::ALL);
                Step::Run(
                    self.usage.map_or_else(|| list.request(), |usage| list.request_for(usage.used)),
                )
            }
            Listing::ByIndex => self.read_slots(),
        }
    }

    /// Reads slot by slot, from 0, since some modems count from 0.
    fn read_slots(&mut self) -> Step<Swept> {
        self.read_slot(0, self.usage.map_or(u32::MAX, |usage| usage.used))
    }

    fn read_slot(&mut self, index: u16, left: u32) -> Step<Swept> {
        self.doing = Stage::Reading { index, left };
        Step::command(&ReadMessage { index })
    }
}
