//! The task of one member: it moves parts, attempts and events between the pool and its modem.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::{Inbox, Modem};
use super::Shared;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::message::{Attempt, PartOutcome, SendResult};
use crate::pool::{Action, Assignment, Identity, MemberId};

type Sending = Pin<Box<dyn Future<Output = Result<SendResult, Error>> + Send>>;

pub(super) struct Task {
    shared: Arc<Shared>,
    id: MemberId,
    modem: Modem,
    inbox: Inbox,
    sending: Option<Sending>,
    /// The attempt that the session has announced last.
    attempt: Option<Attempt>,
}

impl Task {
    pub(super) fn new(shared: Arc<Shared>, id: MemberId, modem: Modem, inbox: Inbox) -> Self {
        Self { shared, id, modem, inbox, sending: None, attempt: None }
    }

    fn send(&mut self, part: &Assignment) {
        let (modem, message) = (self.modem.clone(), part.outgoing());
        self.sending = Some(Box::pin(async move { modem.send(&message).await }));
    }

    fn ended(&mut self, result: Result<SendResult, Error>) {
        self.sending = None;
        self.attempt = None;
        let outcome = match result {
            Ok(result) => result.parts.into_iter().next().map(|part| part.outcome),
            // Nothing was tried.
            Err(error) => Some(PartOutcome::Failed { error }),
        };
        let outcome = outcome.unwrap_or(PartOutcome::NotAttempted);
        let is_down = matches!(
            &outcome,
            PartOutcome::Failed { error } | PartOutcome::Unknown { error }
                if *error.kind() == ErrorKind::Closed
        );
        let id = self.id;
        self.shared.lock().with(|pool, now| {
            // The event follows; until then no part is to be assigned.
            if is_down {
                pool.handle_down(id, now);
            }
            pool.handle_outcome(id, outcome, now);
        });
    }

    fn event(&mut self, event: Event) {
        let id = self.id;
        if let Event::Attempting(attempt) = &event {
            self.attempt = Some(attempt.clone());
        }
        let profile = matches!(event, Event::Ready).then(|| self.modem.profile());
        self.shared.lock().with(|pool, now| {
            if let Some(profile) = &profile {
                pool.handle_ready(id, Identity::from(profile), now);
            }
            pool.handle_event(id, event, now);
        });
    }

    fn act(&mut self, action: &Action) {
        match (action, &self.attempt) {
            (Action::Send(part), _) => self.send(part),
            (Action::Confirm(_), Some(attempt)) => self.modem.confirm(attempt),
            (Action::Refuse(_), Some(attempt)) => self.modem.refuse(attempt),
            // The part has ended meanwhile.
            (Action::Confirm(_) | Action::Refuse(_), None) => {}
        }
    }
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            // The outcome comes first: a status report that follows is about it.
            if let Some(sending) = &mut this.sending {
                if let Poll::Ready(result) = sending.as_mut().poll(context) {
                    this.ended(result);
                    continue;
                }
            }
            match this.inbox.poll(context) {
                Poll::Ready(Some(event)) => {
                    this.event(event);
                    continue;
                }
                Poll::Ready(None) => {
                    let id = this.id;
                    this.shared.lock().with(|pool, now| pool.handle_down(id, now));
                    return Poll::Ready(());
                }
                Poll::Pending => {}
            }
            let action = {
                let mut state = this.shared.lock();
                let Some(link) = state.members.get_mut(&this.id) else {
                    // The member has left; its modem is being closed.
                    return Poll::Ready(());
                };
                let action = link.actions.pop_front();
                if action.is_none() {
                    link.task = Some(context.waker().clone());
                }
                action
            };
            match action {
                Some(action) => this.act(&action),
                None => return Poll::Pending,
            }
        }
    }
}
