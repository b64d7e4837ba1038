//! Deletes stored messages, after a check that each slot still holds the intended message.

use alloc::vec::Vec;

use at_proto::sms::MessageStatus;
use pdu::collections::Deque;

use super::release_slot::{Release, ReleaseSlot};
use super::sweep::Sweep;
use crate::error::Error;
use crate::message::{PduLine, Slot};
use crate::procedure::{Context, Input, Procedure, Step};

/// Deletes the messages in named slots, or the messages that a sweep of the memories finds.
///
/// `+CMGD` could delete all messages at once, and with them a new one that has not been delivered
/// yet.
#[derive(Debug)]
pub(crate) struct Erase {
    sweep: Option<(Sweep, Selection)>,
    slots: Deque<(Slot, PduLine)>,
    releasing: Option<ReleaseSlot>,
    done: Vec<Release>,
    /// The reason why some messages may not have been found.
    error: Option<Error>,
}

/// A selection of stored messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Received and read messages.
    Read,
    All,
}

/// The deleted slots, and the error if not all were deleted.
#[derive(Debug)]
pub(crate) struct Erasure {
    pub(crate) done: Vec<Release>,
    pub(crate) error: Option<Error>,
}

impl Erase {
    /// Deletes the slots that hold these PDUs.
    pub(crate) fn slots(slots: impl IntoIterator<Item = (Slot, PduLine)>) -> Self {
        Self {
            sweep: None,
            slots: slots.into_iter().collect(),
            releasing: None,
            done: Vec::new(),
            error: None,
        }
    }

    /// The slots to delete; `None` if a sweep finds them.
    pub(crate) fn known_slots(&self) -> Option<Vec<Slot>> {
        let slots = self.slots.iter().map(|(slot, _)| *slot);
        self.sweep.is_none().then(|| slots.collect())
    }

    /// Sweeps the memories, and deletes the selected messages.
    pub(crate) fn matching(selection: Selection) -> Self {
        Self { sweep: Some((Sweep::default(), selection)), ..Self::slots([]) }
    }

    fn release(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erasure> {
        let mut input = input;
        loop {
            if let Some(releasing) = &mut self.releasing {
                match releasing.step(input, context) {
                    Step::Done(Ok(release)) => self.done.push(release),
                    Step::Done(Err(error)) => return self.end(Some(error)),
                    // A step without a result has the same form for any result type.
                    other => return other.map(|_| self.end_of(None)),
                }
            }
            match self.slots.pop_front() {
                Some((slot, pdu)) => self.releasing = Some(ReleaseSlot::new(slot, pdu)),
                None => {
                    let error = self.error.take();
                    return self.end(error);
                }
            }
            input = Input::Start;
        }
    }

    fn end(&mut self, error: Option<Error>) -> Step<Erasure> {
        Step::Done(Ok(self.end_of(error)))
    }

    fn end_of(&mut self, error: Option<Error>) -> Erasure {
        Erasure { done: core::mem::take(&mut self.done), error }
    }
}

impl Procedure for Erase {
    type Output = Erasure;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erasure> {
        let Some((sweep, selection)) = &mut self.sweep else {
            return self.release(input, context);
        };
        let selection = *selection;
        match sweep.step(input, context) {
            Step::Done(Ok(swept)) => {
                let meant = swept.found.into_iter().filter(|stored| {
                    selection == Selection::All || stored.status == MessageStatus::READ
                });
                self.slots = meant.map(|stored| (stored.slot, stored.pdu)).collect();
                self.sweep = None;
                self.error = swept.error;
                self.release(Input::Start, context)
            }
            other => other.map(|_| self.end_of(None)),
        }
    }
}
