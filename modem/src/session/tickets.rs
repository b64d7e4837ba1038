//! The claim on the result of what was started.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;

use crate::error::Error;

/// The number by which a session names what was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(u64);

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The claim on the result of something that was started on a [`Session`](crate::Session).
///
/// [`Session::take`](crate::Session::take) redeems it. One that is not wanted any more goes to
/// [`Session::abandon`](crate::Session::abandon), so that the result is not kept for ever.
#[derive(Debug)]
#[must_use = "the result waits in the session until it is taken or abandoned"]
pub struct Ticket<T> {
    id: TicketId,
    result: PhantomData<fn() -> T>,
}

impl<T> Ticket<T> {
    /// The number of what was started.
    pub fn id(&self) -> TicketId {
        self.id
    }
}

/// A result whose type only its ticket knows.
pub(super) type Erased = Box<dyn Any + Send>;

/// Erases the type of a result.
pub(super) fn erased<T: Send + 'static>(value: T) -> Erased {
    Box::new(value)
}

/// The tickets that were given out, and the results that wait for them.
#[derive(Default)]
pub(super) struct Tickets {
    given: u64,
    finished: BTreeMap<TicketId, Result<Erased, Error>>,
    abandoned: BTreeSet<TicketId>,
}

impl Tickets {
    pub(super) fn issue<T>(&mut self) -> Ticket<T> {
        self.given += 1;
        Ticket { id: TicketId(self.given), result: PhantomData }
    }

    /// Keeps a result for its ticket; gives it back if the ticket was abandoned.
    pub(super) fn finish(
        &mut self,
        id: TicketId,
        result: Result<Erased, Error>,
    ) -> Option<Result<Erased, Error>> {
        if self.abandoned.remove(&id) {
            return Some(result);
        }
        self.finished.insert(id, result);
        None
    }

    pub(super) fn is_finished(&self, id: TicketId) -> bool {
        self.finished.contains_key(&id)
    }

    pub(super) fn take<T: 'static>(&mut self, ticket: &Ticket<T>) -> Option<Result<T, Error>> {
        let result = self.finished.remove(&ticket.id)?;
        // Only `issue::<T>` makes a `Ticket<T>`, and what it was issued for finishes with a `T`.
        Some(
            result.map(|erased| {
                *erased.downcast::<T>().expect("a ticket has the type of its result")
            }),
        )
    }

    /// Nothing will come of it any more.
    pub(super) fn forget(&mut self, id: TicketId) {
        self.abandoned.remove(&id);
        self.finished.remove(&id);
    }

    /// Gives the result back if it is there already; otherwise it will come from `finish`.
    pub(super) fn abandon(&mut self, id: TicketId) -> Option<Result<Erased, Error>> {
        let result = self.finished.remove(&id);
        if result.is_none() {
            self.abandoned.insert(id);
        }
        result
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets")
            .field("given", &self.given)
            .field("finished", &self.finished.keys())
            .field("abandoned", &self.abandoned)
            .finish()
    }
}
