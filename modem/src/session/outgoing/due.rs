//! The messages with a deadline, by time.

use core::ops::Bound;

use at_proto::Instant;
use pdu::collections::Set;

use crate::message::MessageId;

/// The deadlines of one kind, in order: each turn of a session asks for the next one.
#[derive(Debug, Default)]
pub(super) struct Due(Set<(Instant, MessageId)>);

impl Due {
    /// Adds the deadline of a message, if it has one.
    pub(super) fn insert(&mut self, at: Option<Instant>, id: MessageId) {
        if let Some(at) = at {
            self.0.insert((at, id));
        }
    }

    /// Removes the deadline of a message.
    pub(super) fn remove(&mut self, at: Option<Instant>, id: MessageId) {
        if let Some(at) = at {
            self.0.remove(&(at, id));
        }
    }

    /// The messages whose deadlines are reached.
    pub(super) fn reached(&self, now: Instant) -> impl Iterator<Item = MessageId> {
        self.0.iter().take_while(move |(at, _)| *at <= now).map(|(_, id)| *id)
    }

    /// The first deadline after `now`.
    pub(super) fn after(&self, now: Instant) -> Option<Instant> {
        let last = (now, MessageId::from(u64::MAX));
        let later = self.0.range((Bound::Excluded(last), Bound::Unbounded));
        later.map(|(at, _)| *at).next()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Due, Instant, MessageId};

    #[test]
    fn the_next_deadline_is_after_those_that_are_reached() {
        let at = Instant::from_millis;
        let mut due = Due::default();
        for (time, id) in [(7, 1), (5, 2), (7, 3), (9, u64::MAX)] {
            due.insert(Some(at(time)), id.into());
        }
        due.insert(None, 5.into());
        let reached = |due: &Due, now| due.reached(at(now)).map(MessageId::get).collect::<Vec<_>>();
        assert_eq!((reached(&due, 4), due.after(at(4))), ([].into(), Some(at(5))));
        assert_eq!((reached(&due, 7), due.after(at(7))), ([2, 1, 3].into(), Some(at(9))));
        due.remove(Some(at(7)), 1.into());
        due.remove(None, 3.into());
        assert_eq!((reached(&due, 9), due.after(at(9))), ([2, 3, u64::MAX].into(), None));
    }
}
