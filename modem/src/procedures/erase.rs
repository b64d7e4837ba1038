//! Deletes messages of the store, each after a look whether it is still what was meant.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use at_proto::sms::Status;

use super::release_slot::{Release, ReleaseSlot};
use super::sweep::Sweep;
use crate::error::Error;
use crate::message::{PduLine, Slot};
use crate::procedure::{Context, Input, Procedure, Step};

/// Deletes what is named, place by place, or what a look through the memories finds.
///
/// `+CMGD` could delete all at once, and with it a message that has come in between and that nobody has seen.
#[derive(Debug)]
pub(crate) struct Erase {
    sweep: Option<(Sweep, Which)>,
    places: VecDeque<(Slot, PduLine)>,
    releasing: Option<ReleaseSlot>,
    done: Vec<Release>,
    /// Why not all may have been found.
    error: Option<Error>,
}

/// Which messages of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Received and read before.
    Read,
    All,
}

/// What was deleted, and why not all of it if something failed.
#[derive(Debug)]
pub(crate) struct Erasure {
    pub(crate) done: Vec<Release>,
    pub(crate) error: Option<Error>,
}

impl Erase {
    /// Deletes these places as long as they hold these PDUs.
    pub(crate) fn places(places: impl IntoIterator<Item = (Slot, PduLine)>) -> Self {
        Self {
            sweep: None,
            places: places.into_iter().collect(),
            releasing: None,
            done: Vec::new(),
            error: None,
        }
    }

    /// Looks through the memories, and deletes those that are meant.
    pub(crate) fn matching(which: Which) -> Self {
        Self { sweep: Some((Sweep::default(), which)), ..Self::places([]) }
    }

    fn release(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Erasure> {
        let mut input = input;
        loop {
            if let Some(releasing) = &mut self.releasing {
                match releasing.step(input, context) {
                    Step::Done(Ok(release)) => self.done.push(release),
                    Step::Done(Err(error)) => return self.end(Some(error)),
                    // A step that gives no result has the same form whatever the result would be.
                    other => return other.map(|_| self.end_of(None)),
                }
            }
            match self.places.pop_front() {
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
        let Some((sweep, which)) = &mut self.sweep else {
            return self.release(input, context);
        };
        let which = *which;
        match sweep.step(input, context) {
            Step::Done(Ok(swept)) => {
                let meant = swept
                    .found
                    .into_iter()
                    .filter(|stored| which == Which::All || stored.status == Status::READ);
                self.places = meant.map(|stored| (stored.slot, stored.pdu)).collect();
                self.sweep = None;
                self.error = swept.error;
                self.release(Input::Start, context)
            }
            other => other.map(|_| self.end_of(None)),
        }
    }
}
