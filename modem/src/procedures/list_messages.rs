//! Lists the messages in the modem's memories, for an inbox that lives there.

use alloc::vec::Vec;

use super::sweep::{Sweep, Swept};
use crate::message::{Stored, StoredMessage, merged, separate};
use crate::procedure::{Context, Input, Procedure, Step};

/// Lists the messages in all memories, oldest first. Nothing is deleted, and nothing counts as
/// delivered.
///
/// The modem marks the listed messages as read; [`StoredMessage::status`] is their previous status.
#[doc(alias = "inbox")]
#[derive(Debug)]
pub struct ListMessages {
    sweep: Sweep,
    arrange: fn(Vec<Stored>) -> Vec<StoredMessage>,
}

impl ListMessages {
    /// Lists a long message as one entry.
    pub fn merged() -> Self {
        Self { sweep: Sweep::default(), arrange: merged }
    }

    /// Lists each part as an entry of its own.
    pub fn separate() -> Self {
        Self { sweep: Sweep::default(), arrange: separate }
    }
}

impl Procedure for ListMessages {
    type Output = Vec<StoredMessage>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<StoredMessage>> {
        match self.sweep.step(input, context) {
            // An incomplete listing is an error.
            Step::Done(Ok(Swept { error: Some(error), .. })) => Step::Done(Err(error)),
            step => step.map(|swept| (self.arrange)(swept.found)),
        }
    }
}
