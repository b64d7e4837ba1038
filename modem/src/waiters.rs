//! The tasks of an async front-end that wait for its session.

use alloc::vec::Vec;
use core::task::Waker;

use crate::session::{Session, TicketId};

/// The wakers of the driver and of the tasks that wait for events, tickets and a ready modem.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    driver: Option<Waker>,
    events: Option<Waker>,
    /// In the order of the tickets: a new ticket is the last one.
    tickets: Vec<(TicketId, Waker)>,
    ready: Vec<Waker>,
}

impl Waiters {
    pub(crate) fn set_driver(&mut self, waker: &Waker) {
        set(&mut self.driver, waker);
    }

    pub(crate) fn wake_driver(&self) {
        if let Some(waker) = &self.driver {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn wait_for_event(&mut self, waker: &Waker) {
        set(&mut self.events, waker);
    }

    pub(crate) fn wait_for_ticket(&mut self, id: TicketId, waker: &Waker) {
        match self.tickets.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(at) => {
                if let Some((_, held)) = self.tickets.get_mut(at) {
                    held.clone_from(waker);
                }
            }
            Err(at) => self.tickets.insert(at, (id, waker.clone())),
        }
    }

    pub(crate) fn forget_ticket(&mut self, id: TicketId) {
        if let Ok(at) = self.tickets.binary_search_by_key(&id, |(id, _)| *id) {
            self.tickets.remove(at);
        }
    }

    pub(crate) fn wait_for_ready(&mut self, waker: &Waker) {
        self.ready.retain(|other| !other.will_wake(waker));
        self.ready.push(waker.clone());
    }

    /// Wakes all tasks that may find something; each of them looks for itself. A session that
    /// `is_ended` has no further link.
    pub(crate) fn wake(&mut self, session: &Session, is_ended: bool) {
        if session.is_ready() || is_ended {
            self.ready.drain(..).for_each(Waker::wake);
        }
        if session.has_event() || is_ended {
            if let Some(waker) = self.events.take() {
                waker.wake();
            }
        }
        self.tickets.retain(|(id, waker)| {
            let finished = session.is_finished(*id);
            if finished {
                waker.wake_by_ref();
            }
            !finished
        });
    }
}

/// Keeps `waker`, and does not clone a waker that is kept already.
fn set(kept: &mut Option<Waker>, waker: &Waker) {
    match kept {
        Some(kept) => kept.clone_from(waker),
        None => *kept = Some(waker.clone()),
    }
}
