//! The shared state of the parts of a session.

use alloc::collections::VecDeque;

use super::counters::{Counters, count};
use super::link::Link;
use super::queue::Queue;
use super::tickets::{Erased, TicketId, Tickets};
use crate::config::Config;
use crate::error::Error;
#[cfg(feature = "std")]
use crate::error::ErrorKind;
use crate::event::Event;

/// The maximum number of optional events: an application that takes no events would let the modem
/// fill the memory.
const MAX_EVENTS: usize = 4096;

/// The maximum number of attempts among the events. All but the last one have their outcome, and an
/// application that takes no events does not need them.
const MAX_ATTEMPTS: usize = 256;

/// The shared state of a session, separate from its parts, so that each part can borrow it mutably.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) link: Link,
    pub(super) queue: Queue,
    pub(super) tickets: Tickets,
    pub(super) counters: Counters,
    pub(super) events: VecDeque<Event>,
}

impl Desk {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            link: Link::closed(),
            queue: Queue::default(),
            tickets: Tickets::default(),
            counters: Counters::default(),
            events: VecDeque::new(),
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
        if matches!(event, Event::Attempting(_)) {
            self.drop_oldest_attempt();
        }
        if event.must_be_kept() || self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }

    /// Makes room for an attempt: of the parts before it the outcome is known.
    fn drop_oldest_attempt(&mut self) {
        let is_attempt = |event: &Event| matches!(event, Event::Attempting(_));
        if self.events.len() >= MAX_ATTEMPTS
            && self.events.iter().filter(|event| is_attempt(event)).count() >= MAX_ATTEMPTS
        {
            if let Some(oldest) = self.events.iter().position(is_attempt) {
                self.events.remove(oldest);
            }
        }
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
