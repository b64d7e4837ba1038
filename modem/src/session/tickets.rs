//! The tickets for the results of operations.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;

use pdu::collections::{Map, Set};

use crate::error::Error;

/// The identifier of a [`Ticket`] within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(u64);

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A ticket for the result of an operation on a [`Session`](crate::Session).
///
/// [`Session::take`](crate::Session::take) redeems the ticket. Pass a ticket that is not needed any
/// more to [`Session::abandon`](crate::Session::abandon), so that its result is not kept
/// indefinitely.
#[derive(Debug)]
#[must_use = "the result waits in the session until it is taken or abandoned"]
pub struct Ticket<T> {
    id: TicketId,
    result: PhantomData<fn() -> T>,
}

impl<T> Ticket<T> {
    /// The identifier of the ticket.
    pub fn id(&self) -> TicketId {
        self.id
    }
}

/// A result with an erased type, which its ticket knows.
pub(super) type Erased = Box<dyn Any + Send>;

/// Erases the type of a result.
pub(super) fn erased<T: Send + 'static>(value: T) -> Erased {
    Box::new(value)
}

/// The issued tickets, and the results that wait for them.
#[derive(Default)]
pub(super) struct Tickets {
    issued: u64,
    finished: Map<TicketId, Result<Erased, Error>>,
    abandoned: Set<TicketId>,
}

impl Tickets {
    pub(super) fn issue<T>(&mut self) -> Ticket<T> {
        self.issued = self.issued.wrapping_add(1);
        Ticket { id: TicketId(self.issued), result: PhantomData }
    }

    /// Keeps a result for its ticket. Returns the result if the ticket was abandoned.
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
        // Only `issue::<T>` creates a `Ticket<T>`, and its operation finishes with a `T`.
        Some(
            result.map(|erased| {
                *erased.downcast::<T>().expect("a ticket has the type of its result")
            }),
        )
    }

    /// Forgets a ticket that will not have a result.
    pub(super) fn forget(&mut self, id: TicketId) {
        self.abandoned.remove(&id);
        self.finished.remove(&id);
    }

    /// Returns the result if it is there already; otherwise `finish` will return it.
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
            .field("issued", &self.issued)
            .field("finished", &self.finished.keys().collect::<Vec<_>>())
            .field("abandoned", &self.abandoned)
            .finish()
    }
}
