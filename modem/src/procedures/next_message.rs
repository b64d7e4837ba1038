//! Finds the next stored message, for an inbox that does not fit the memory of the program.

use alloc::vec::Vec;

use at_proto::sms::{Memory, ReadMessage};
use pdu::collections::Deque;

use super::select::reselect;
use super::stored::selected;
use super::sweep::{DEFAULT_SLOTS, MAX_SLOTS};
use crate::error::{Error, ErrorKind};
use crate::message::{Slot, Stored, StoredMessage, separate};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Finds the message in the first occupied slot after another one, in the order of the memories and
/// of their slots; `None` at the end. Nothing is deleted, and nothing counts as delivered.
///
/// A loop over all messages holds one of them at a time, where
/// [`ListMessages`](crate::ListMessages) holds all. Each part of a long message stands alone.
#[derive(Debug)]
pub struct NextMessage {
    after: Option<Slot>,
    memories: Deque<Memory>,
    reading: Option<Reading>,
}

/// The slot that is read, and the last slot of its memory.
#[derive(Debug, Clone, Copy)]
struct Reading {
    slot: Slot,
    last: u32,
}

impl NextMessage {
    /// Finds the message after a slot; without a slot the first message.
    pub const fn after(slot: Option<Slot>) -> Self {
        Self { after: slot, memories: Deque::new(), reading: None }
    }

    fn select(&self, context: &Context<'_>) -> Step<Option<StoredMessage>> {
        match self.memories.front() {
            Some(memory) => Step::Run(reselect(*memory, context)),
            None => Step::Done(Ok(None)),
        }
    }

    fn next_memory(&mut self, context: &Context<'_>) -> Step<Option<StoredMessage>> {
        self.memories.pop_front();
        self.reading = None;
        self.select(context)
    }

    fn selected(
        &mut self,
        memory: Memory,
        answer: &Answer,
        context: &mut Context<'_>,
    ) -> Step<Option<StoredMessage>> {
        match selected(memory, answer, context) {
            Ok(usage) => {
                let last = usage.map_or(DEFAULT_SLOTS, |usage| usage.total.min(MAX_SLOTS));
                let after = self.after.filter(|slot| slot.memory == memory);
                // From 0, since some modems count from 0.
                let index = after.map_or(0, |slot| slot.index.saturating_add(1));
                self.read(Reading { slot: Slot::new(memory, index), last }, context)
            }
            // Some modems list memories that they never let be selected.
            Err(error) if matches!(error.kind(), ErrorKind::Refused(_)) => {
                self.next_memory(context)
            }
            Err(error) => Step::Done(Err(error)),
        }
    }

    fn read(&mut self, reading: Reading, context: &Context<'_>) -> Step<Option<StoredMessage>> {
        if u32::from(reading.slot.index) > reading.last {
            return self.next_memory(context);
        }
        self.reading = Some(reading);
        Step::command(&ReadMessage { index: reading.slot.index })
    }

    fn answered(
        &mut self,
        Reading { slot, last }: Reading,
        answer: &Answer,
        context: &Context<'_>,
    ) -> Step<Option<StoredMessage>> {
        let stored = match answer.parse(&ReadMessage { index: slot.index }) {
            Ok(message) => message.and_then(|message| Stored::new(slot, &message)),
            // An empty slot, or one that the modem does not have.
            Err(error) if matches!(error.kind(), ErrorKind::Refused(_)) => None,
            Err(error) => return Step::Done(Err(error)),
        };
        match stored {
            Some(stored) if stored.in_text_mode => {
                Step::Done(Err(Error::from(ErrorKind::TextMode)))
            }
            Some(stored) => Step::Done(Ok(separate(Vec::from([stored])).pop())),
            None => {
                let slot = Slot::new(slot.memory, slot.index.saturating_add(1));
                self.read(Reading { slot, last }, context)
            }
        }
    }
}

impl Procedure for NextMessage {
    type Output = Option<StoredMessage>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Option<StoredMessage>> {
        match input {
            Input::Start => {
                let after = self.after.map(|slot| slot.memory);
                let known = context.profile.memories.iter().copied();
                self.memories =
                    known.skip_while(|&known| after.is_some_and(|after| known != after)).collect();
                self.select(context)
            }
            Input::Answer(answer) => match (self.reading, self.memories.front().copied()) {
                (Some(reading), _) => self.answered(reading, &answer, context),
                (None, Some(memory)) => self.selected(memory, &answer, context),
                (None, None) => Step::Done(Ok(None)),
            },
            _ => Step::Listen,
        }
    }
}
