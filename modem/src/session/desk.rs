//! The shared state of the parts of a session.

use super::counters::{Counters, count};
use super::events::Events;
use super::link::Link;
use super::queue::Queue;
use super::tickets::{Erased, TicketId, Tickets};
use crate::config::Config;
use crate::error::Error;
#[cfg(feature = "std")]
use crate::error::ErrorKind;
use crate::event::Event;
use crate::journal::Ledger;

/// The shared state of a session, separate from its parts, so that each part can borrow it mutably.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) link: Link,
    pub(super) queue: Queue,
    pub(super) tickets: Tickets,
    pub(super) counters: Counters,
    pub(super) events: Events,
    pub(super) ledger: Ledger,
}

impl Desk {
    pub(super) fn new(config: Config) -> Self {
        Self {
            ledger: Ledger::new(config.confirm.records()),
            config,
            link: Link::closed(),
            queue: Queue::default(),
            tickets: Tickets::default(),
            counters: Counters::default(),
            events: Events::default(),
        }
    }

    /// Counts, logs and keeps an event.
    pub(super) fn emit(&mut self, event: Event) {
        match &event {
            Event::Received(_) => count(&mut self.counters.received),
            Event::StatusReport(_) => count(&mut self.counters.status_reports),
            Event::Undecodable(_) => count(&mut self.counters.undecodable),
            _ => {}
        }
        crate::log::tracing::event(&event);
        self.events.push(event);
    }

    /// Keeps a result for its ticket; the result of an abandoned ticket becomes an event.
    pub(super) fn finish(&mut self, id: TicketId, mut result: Result<Erased, Error>) {
        if let Err(error) = &mut result {
            self.add_cause(error);
        }
        if let Some(result) = self.tickets.finish(id, result) {
            self.abandoned(result);
        }
    }

    /// Reports the outcome of an operation whose ticket was abandoned.
    pub(super) fn abandoned(&mut self, result: Result<Erased, Error>) {
        match result.map(|erased| erased.downcast()) {
            Ok(Ok(report)) => self.emit(Event::SendFinished(*report)),
            Ok(Err(_)) => {}
            Err(error) => self.emit(Event::Failed(error)),
        }
    }

    /// Adds the reason for the end of the link to an error that the end of the link caused.
    #[cfg(feature = "std")]
    pub(super) fn add_cause(&self, error: &mut Error) {
        if let (ErrorKind::Closed, Some(cause)) = (error.kind(), self.link.cause()) {
            error.set_cause(alloc::sync::Arc::clone(cause));
        }
    }

    #[cfg(not(feature = "std"))]
    #[expect(
        clippy::unused_self,
        reason = "without an operating system no link has a reason for its end"
    )]
    pub(super) const fn add_cause(&self, _: &mut Error) {}
}
