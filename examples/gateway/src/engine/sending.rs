//! The way of a message to a modem: acceptance, claim, confirmation, cancelling.

use std::sync::Arc;
use std::time::Duration;

use modem::pool::{Action, Limits, MemberId};
use modem::{Attempt, PartOutcome};
use tokio::sync::oneshot;

use super::{Change, Engine, Internal, Known, view};
use crate::claims::{Answer, Arrow, PartKey};
use crate::clock;
use crate::store::Waiting;

impl Engine {
    /// Claims the part that a session has announced. The pool hears of the attempt once the claim
    /// is durable.
    pub(super) fn claim(&mut self, id: MemberId, attempt: Attempt) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let key = member.part.and_then(|(message, part)| {
            Some(PartKey {
                message: self.messages.get(&message)?.seq,
                part: i64::try_from(part).ok()?,
            })
        });
        let Some(key) = key.filter(|_| !self.is_stopping) else {
            member.modem.with(|session, now| session.refuse(&attempt, now));
            return;
        };
        member.attempt = Some(attempt.clone());
        let arrow = Arrow::Claim {
            holder: self.boot.clone(),
            member: member.name.clone(),
            sim: member.modem.profile().iccid,
        };
        let begun = std::time::Instant::now();
        let claimed = self.desk.claims.apply(key, arrow);
        let (internal, metrics) = (self.internal.clone(), Arc::clone(&self.metrics));
        tokio::spawn(async move {
            let result = claimed.await;
            metrics.claim.observe(begun.elapsed().as_secs_f64());
            let _ = internal.send(Internal::Claimed(id, Box::new(attempt), result));
        });
    }

    /// Goes on with an attempt whose claim was decided about.
    pub(super) fn on_claimed(&mut self, id: MemberId, attempt: &Attempt, answer: Answer) {
        let now = self.now();
        let Some(member) = self.members.get_mut(&id) else { return };
        if member.attempt.as_ref() != Some(attempt) {
            return;
        }
        if answer == Answer::Won && !self.is_stopping {
            self.pool.handle_attempting(id, now);
            return;
        }
        let sim = member.modem.profile().iccid;
        // A message whose first part has left stays here until the store of claims can be reached.
        let is_begun = member.part.is_some_and(|(_, part)| part > 0);
        let is_lost = answer == Answer::Lost || (answer != Answer::Won && !is_begun);
        if is_lost {
            tracing::warn!(modem = member.name, ?answer, "a claim was not won: nothing is sent");
            member.is_lost = true;
            if let Some((message, _)) = member.part
                && let Some(known) = self.messages.get_mut(&message)
            {
                known.is_elsewhere = true;
            }
        }
        member.modem.with(|session, now| session.refuse(attempt, now));
        if let (Answer::Spent, Some(sim)) = (answer, sim) {
            let mut limits = Limits::default();
            limits.per_day = Some(0);
            self.pool.set_limits(&sim, limits, now);
            self.spent.insert(sim, view::calendar().day);
        }
    }

    /// Gives the SIMs their limits back whose quota was used up on another day.
    pub(super) fn restore_limits(&mut self) {
        let (today, now) = (view::calendar().day, self.now());
        let over: Vec<String> =
            self.spent.extract_if(|_, day| *day != today).map(|(sim, _)| sim).collect();
        for sim in over {
            self.pool.set_limits(&sim, super::limits(&self.config), now);
        }
    }

    /// Gives a message back of which nothing was tried, if no modem has it.
    pub(super) fn give_back(&mut self, seq: i64) {
        let now = self.now();
        let found = self.messages.iter_mut().find(|(_, known)| known.seq == seq);
        let Some((id, known)) = found.map(|(id, known)| (*id, known)) else { return };
        let has = |member: &super::Member| member.part.is_some_and(|(other, _)| other == id);
        if !self.members.values().any(has) && self.pool.cancel(id, now) {
            known.is_elsewhere = true;
        }
    }

    /// Takes a stored message: it waits for its time, or for a modem.
    pub(super) fn accept(&mut self, message: Waiting) {
        if let Some(at) = message.send_at.filter(|at| *at > clock::now()) {
            self.scheduled.insert((at, message.seq));
            self.later.insert(message.seq, message);
            return;
        }
        self.submit(&message);
    }

    pub(super) fn submit_scheduled(&mut self) {
        let now = clock::now();
        while let Some((at, seq)) = self.scheduled.first().copied().filter(|(at, _)| *at <= now) {
            self.scheduled.remove(&(at, seq));
            if let Some(message) = self.later.remove(&seq) {
                self.submit(&message);
            }
        }
    }

    pub(super) fn submit(&mut self, message: &Waiting) {
        let Some(way) = self.way(message) else { return };
        let left = u64::try_from(message.expires_at.saturating_sub(clock::now())).unwrap_or(0);
        let now = self.now();
        let submission = message.request.submission(Duration::from_millis(left), way);
        let submitted = submission.and_then(|submission| {
            self.pool.submit(submission, now).map_err(|error| error.to_string())
        });
        match submitted {
            Ok(id) => {
                let (to, text) = (&message.request.to, message.request.text.as_deref());
                let (to, text) = (self.mask.number(to), self.mask.text(text));
                tracing::info!(id = message.id, to, text, "a message waits for a modem");
                let (id_here, bundle) = (message.id.clone(), message.bundle.clone());
                let known = Known { seq: message.seq, id: id_here, bundle, is_elsewhere: false };
                self.messages.insert(id, known);
                self.changes.push(Change::Submitted(message.seq, id.get()));
            }
            Err(reason) => {
                tracing::error!(id = message.id, reason, "a message cannot be sent");
                self.changes.push(Change::All(message.seq, Arrow::Abandon { reason }));
                self.end_part(message.bundle.as_deref(), message.seq);
            }
        }
    }

    pub(super) fn cancel(&mut self, seq: i64, answer: oneshot::Sender<bool>) {
        let now = self.now();
        if let Some(message) = self.later.remove(&seq) {
            self.scheduled.retain(|(_, other)| *other != seq);
            tracing::info!(id = message.id, "a scheduled message is cancelled");
            self.changes.push(Change::All(seq, Arrow::Cancel));
            self.after.cancelled.push((answer, true));
            return;
        }
        let found = self.messages.iter().find(|(_, other)| other.seq == seq).map(|(id, _)| *id);
        match found {
            Some(id) if self.pool.cancel(id, now) => {
                self.cancelling.entry(id).or_default().push(answer);
            }
            _ => {
                let _ = answer.send(false);
            }
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Send(assignment) => {
                let id = assignment.member;
                let Some(member) = self.members.get_mut(&id) else { return };
                if self.is_stopping {
                    // The part stays with the member and is assigned again after the next start.
                    return;
                }
                member.part = Some((assignment.message, assignment.part));
                let outgoing = assignment.outgoing();
                let ticket = member.modem.with(|session, now| session.send(&outgoing, now));
                let (modem, internal) = (member.modem.clone(), self.internal.clone());
                tokio::spawn(async move {
                    let outcome = match modem.wait(ticket).await {
                        Ok(result) => {
                            let part = result.parts.into_iter().next();
                            part.map_or(PartOutcome::NotAttempted, |part| part.outcome)
                        }
                        Err(error) => PartOutcome::Failed { error },
                    };
                    let _ = internal.send(Internal::Outcome(id, Box::new(outcome)));
                });
            }
            Action::Confirm(id) => {
                let Some(member) = self.members.get_mut(&id) else { return };
                let Some(attempt) = member.attempt.clone() else { return };
                if self.is_stopping {
                    member.modem.with(|session, now| session.refuse(&attempt, now));
                } else {
                    member.modem.confirm(&attempt);
                }
            }
            Action::Refuse(id) => {
                let Some(member) = self.members.get_mut(&id) else { return };
                let Some(attempt) = member.attempt.clone() else { return };
                member.modem.with(|session, now| session.refuse(&attempt, now));
            }
        }
    }
}
