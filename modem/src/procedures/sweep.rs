//! Reads all that the modem has stored, 3GPP TS 27.005, 4.1 and 4.2.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use at_proto::sms::{ListMessages, Memory, ReadMessage, Status, StorageUse};

use super::select::select_anew;
use super::stored::selected;
use crate::config::Listing;
use crate::error::{Error, ErrorKind};
use crate::message::{Slot, Stored};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Reads all memories, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    memories: VecDeque<Memory>,
    doing: Doing,
    /// How full the memory is that is read, where the modem has said.
    fullness: Option<StorageUse>,
    /// How many memories or places in a row were not answered for.
    silent: u8,
    swept: Swept,
}

/// What a look through the memories has found.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) found: Vec<Stored>,
    /// How full the memories are, as far as the modem says.
    pub(crate) uses: Vec<StorageUse>,
    /// Why there may be more.
    pub(crate) error: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Doing {
    #[default]
    Selecting,
    Listing,
    /// Reading the place of this index, and so many messages of the memory are not found yet.
    Reading {
        index: u16,
        left: u32,
    },
}

/// How many places are looked at in a memory that does not say how many it has.
const PLACES: u32 = 50;

/// No memory has more places than this.
const MAX_PLACES: u32 = 1000;

/// A modem that has said nothing of so many places in a row is not asked for the others: each would take its time.
const MAX_SILENT: u8 = 2;

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
            Doing::Selecting => match selected(memory, answer, context) {
                Ok(fullness) => {
                    self.silent = 0;
                    self.fullness = fullness;
                    self.swept.uses.extend(fullness);
                    self.read(context)
                }
                // A memory that the modem does not select has nothing to read.
                Err(error) => {
                    self.missed(error);
                    self.next_memory(context)
                }
            },
            Doing::Listing => match answer.parse(&ListMessages(Status::ALL)) {
                Ok(listed) => {
                    self.silent = 0;
                    let stored = |index, message| Stored::new(Slot::new(memory, index), &message);
                    self.swept.found.extend(
                        listed.into_iter().filter_map(|one| stored(one.index, one.message)),
                    );
                    self.next_memory(context)
                }
                // Some modems never answer, and a list can be longer than is kept.
                Err(_) => self.read_places(),
            },
            Doing::Reading { index, left } => {
                let message = match answer.parse(&ReadMessage { index }) {
                    Ok(message) => {
                        self.silent = 0;
                        message
                    }
                    Err(error) => {
                        self.missed(error);
                        None
                    }
                };
                if self.silent >= MAX_SILENT {
                    return self.end();
                }
                let left = left - u32::from(message.is_some()).min(left);
                self.swept.found.extend(
                    message.and_then(|message| Stored::new(Slot::new(memory, index), &message)),
                );
                let places =
                    self.fullness.map_or(PLACES, |fullness| fullness.total.min(MAX_PLACES));
                if left == 0 || u32::from(index) >= places {
                    return self.next_memory(context);
                }
                self.read_place(index + 1, left)
            }
        }
    }

    /// Notes that a memory or a place was not read. What the modem refuses is not there.
    fn missed(&mut self, error: Error) {
        if *error.kind() == ErrorKind::Timeout {
            self.silent += 1;
            self.swept.error = Some(error);
        } else {
            self.silent = 0;
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
        self.fullness = None;
        self.doing = Doing::Selecting;
        // Selected anew even where it is already: the answer says how full it is.
        Step::Run(select_anew(*memory, context))
    }

    fn read(&mut self, context: &Context<'_>) -> Step<Swept> {
        match context.config.listing {
            Listing::List => {
                self.doing = Doing::Listing;
                Step::command(&ListMessages(Status::ALL))
            }
            Listing::ByIndex => self.read_places(),
        }
    }

    /// Reads place by place, from 0, as some modems count.
    fn read_places(&mut self) -> Step<Swept> {
        self.read_place(0, self.fullness.map_or(u32::MAX, |fullness| fullness.used))
    }

    fn read_place(&mut self, index: u16, left: u32) -> Step<Swept> {
        self.doing = Doing::Reading { index, left };
        Step::command(&ReadMessage { index })
    }
}
