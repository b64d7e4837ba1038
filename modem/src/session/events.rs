//! The events that the application has not taken.

use crate::event::{Event, Kept};
use pdu::collections::Deque;

/// The maximum number of optional events: an application that takes no events would let the modem
/// fill the memory.
const MAX_OPTIONAL: usize = 4096;

/// The maximum number of attempts. All but the last one have their outcome, and an application that
/// takes no events does not need them.
const MAX_ATTEMPTS: usize = 256;

/// The maximum number of events that are history: of a state that has changed since.
const MAX_HISTORY: usize = 1024;

/// The maximum number of broadcasts, and of messages that were erased from a full memory.
const MAX_CONTENTS: usize = 1024;

/// The maximum number of parts in the results of messages; beyond it no message is enqueued.
const MAX_RESULT_PARTS: usize = 8192;

/// The queue of events, of which each kind is bounded.
#[derive(Debug, Default)]
pub(super) struct Events {
    queue: Deque<Event>,
    /// The numbers of events that are in the queue, by the bound that they have.
    attempts: usize,
    history: usize,
    contents: usize,
    optional: usize,
    result_parts: usize,
}

impl Events {
    /// Adds an event, and drops an older one of its kind if that has reached its bound.
    pub(super) fn push(&mut self, event: Event) {
        let kept = event.kept();
        let limit = match kept {
            Kept::Always | Kept::Result { .. } => usize::MAX,
            Kept::Attempt => MAX_ATTEMPTS,
            Kept::History => MAX_HISTORY,
            Kept::Content => MAX_CONTENTS,
            // The first ones show how a disturbance began.
            Kept::Optional if self.optional >= MAX_OPTIONAL => return,
            Kept::Optional => MAX_OPTIONAL,
        };
        if self.count(kept).is_some_and(|count| *count >= limit) {
            if let Some(oldest) = self.queue.iter().position(|event| event.kept() == kept) {
                self.queue.remove(oldest);
                self.note_removed(kept);
            }
        }
        let parts = parts_of(kept);
        if let Some(count) = self.count(kept) {
            *count = count.saturating_add(parts);
        }
        self.queue.push_back(event);
    }

    /// Takes the next event.
    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.queue.pop_front()?;
        self.note_removed(event.kept());
        Some(event)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Returns `true` if results of messages wait that have as many parts as may wait.
    pub(super) const fn is_full_of_results(&self) -> bool {
        self.result_parts >= MAX_RESULT_PARTS
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Event> {
        self.queue.iter()
    }

    fn note_removed(&mut self, kept: Kept) {
        if let Some(count) = self.count(kept) {
            *count = count.saturating_sub(parts_of(kept));
        }
    }

    const fn count(&mut self, kept: Kept) -> Option<&mut usize> {
        match kept {
            Kept::Always => None,
            Kept::Attempt => Some(&mut self.attempts),
            Kept::History => Some(&mut self.history),
            Kept::Content => Some(&mut self.contents),
            Kept::Optional => Some(&mut self.optional),
            Kept::Result { .. } => Some(&mut self.result_parts),
        }
    }
}

/// The weight of an event in the count of its kind.
const fn parts_of(kept: Kept) -> usize {
    match kept {
        Kept::Result { parts } => parts,
        _ => 1,
    }
}
