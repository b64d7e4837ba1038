//! Lists what the modem holds, for an inbox that lives in its memories.

use alloc::vec::Vec;

use super::sweep::{Sweep, Swept};
use crate::message::{Stored, StoredMessage, merged, separate};
use crate::procedure::{Context, Input, Procedure, Step};

/// Reads all memories and gives what they hold, oldest first. Nothing is deleted, and nothing counts as handed over.
///
/// The modem marks as read what is listed; [`StoredMessage::status`] is the mark that it had before.
#[derive(Debug)]
pub struct ListMessages {
    sweep: Sweep,
    arrange: fn(Vec<Stored>) -> Vec<StoredMessage>,
}

impl ListMessages {
    /// The parts of a long message are one entry.
    pub fn merged() -> Self {
        Self { sweep: Sweep::default(), arrange: merged }
    }

    /// Each part is an entry of its own.
    pub fn separate() -> Self {
        Self { sweep: Sweep::default(), arrange: separate }
    }
}

impl Procedure for ListMessages {
    type Output = Vec<StoredMessage>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<StoredMessage>> {
        match self.sweep.step(input, context) {
            // A list that may lack something is none.
            Step::Done(Ok(Swept { error: Some(error), .. })) => Step::Done(Err(error)),
            step => step.map(|swept| (self.arrange)(swept.found)),
        }
    }
}
