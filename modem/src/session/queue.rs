//! The queue of jobs.

use alloc::boxed::Box;

use pdu::collections::{Deque, Set};

use super::job::Job;
use super::tickets::TicketId;
use crate::message::MessageId;
use crate::procedures::Sweep;

/// The waiting jobs, by urgency.
///
/// Acknowledgements of direct deliveries go first, since the modem waits only seconds for them.
/// Then the modem's stored messages and the application's requests take turns, so that neither a
/// flood of messages nor a flood of requests starves the other.
#[derive(Debug, Default)]
pub(super) struct Queue {
    initialise: Option<Job>,
    urgent: Deque<Job>,
    inbound: Deque<Job>,
    outbound: Deque<Job>,
    outbound_is_next: bool,
    /// The first message after the initialisation goes out with all its parts before anything else.
    message_is_first: bool,
    /// The message that goes out before the initialisation ends.
    earliest: Option<MessageId>,
}

/// The maximum number of queued reads; beyond it the memories are swept instead.
pub(super) const MAX_INBOUND: usize = 256;

/// The maximum number of queued acknowledgements of direct deliveries.
const MAX_URGENT: usize = 64;

/// The maximum number of requests of the application; further ones are refused.
pub(super) const MAX_OUTBOUND: usize = 1024;

impl Queue {
    pub(super) fn initialise(&mut self, job: Job) {
        self.initialise = Some(job);
        self.earliest = None;
    }

    /// Takes the message that goes out before the initialisation ends: one, with all its parts.
    pub(super) fn earliest(&mut self, may_go: impl Fn(MessageId) -> bool) -> Option<MessageId> {
        let mut messages = self.outbound.iter().enumerate().filter_map(|(at, job)| match job {
            Job::Message(id) if may_go(*id) => Some((at, *id)),
            _ => None,
        });
        let (at, id) = match self.earliest {
            None => messages.next()?,
            Some(earliest) => messages.find(|(_, id)| *id == earliest)?,
        };
        self.outbound.remove(at);
        self.earliest = Some(id);
        Some(id)
    }

    /// Queues an acknowledgement, or a job as urgent.
    ///
    /// A modem that waits for an acknowledgement delivers nothing else, 3GPP TS 27.005, 3.4.1, so
    /// that many waiting ones are of no use to it.
    pub(super) fn urgent(&mut self, job: Job) {
        if self.urgent.len() < MAX_URGENT || !matches!(job, Job::Acknowledge(_)) {
            self.urgent.push_back(job);
        }
    }

    /// Queues work on the modem's memories. Returns `false` if too much is queued already.
    pub(super) fn inbound(&mut self, job: Job) -> bool {
        let room = self.inbound.len() < MAX_INBOUND;
        if room {
            self.inbound.push_back(job);
        }
        room
    }

    /// Queues a deletion; there are no more deletions than delivered messages.
    pub(super) fn release(&mut self, job: Job) {
        self.inbound.push_back(job);
    }

    /// Queues a deletion that makes room.
    #[cfg(feature = "erase")]
    pub(super) fn make_room(&mut self, job: Job) {
        self.inbound.push_front(job);
    }

    /// Queues a sweep, unless one is queued already that reads the same.
    pub(super) fn sweep(&mut self, sweep: Sweep) {
        let queued = self.inbound.iter_mut().find_map(|job| match job {
            Job::Sweep(queued) if !queued.is_rest() => Some(queued),
            _ => None,
        });
        match queued {
            Some(queued) if queued.is_whole() => {}
            Some(queued) if sweep.is_whole() => **queued = sweep,
            _ => self.inbound.push_back(Job::Sweep(Box::new(sweep))),
        }
    }

    /// Queues the rest of a sweep, before other work on the memories. If `max_deletions` wait, it
    /// goes after them: each holds a message that the sweep has found.
    pub(super) fn continue_sweep(&mut self, rest: Box<Sweep>, max_deletions: usize) {
        let deletions = self.inbound.iter().filter(|job| matches!(job, Job::Release(_)));
        match deletions.count() < max_deletions.max(1) {
            true => self.inbound.push_front(Job::Sweep(rest)),
            false => self.inbound.push_back(Job::Sweep(rest)),
        }
    }

    /// Queues a request of the application. Returns `false` if too many are queued already.
    pub(super) fn outbound(&mut self, job: Job) -> bool {
        let room = self.outbound.len() < MAX_OUTBOUND;
        if room {
            self.outbound.push_back(job);
        }
        room
    }

    /// Lets a waiting message go out before the memories are swept, after an initialisation.
    pub(super) const fn message_first(&mut self) {
        self.message_is_first = self.earliest.is_none();
        self.outbound_is_next = self.message_is_first;
    }

    /// Queues a job that has waited before, over another link or in another process, without a
    /// limit.
    pub(super) fn outbound_again(&mut self, job: Job) {
        self.outbound.push_back(job);
    }

    /// Puts the next part of a message before all other requests, so that the parts stay together.
    pub(super) fn outbound_next(&mut self, job: Job) {
        self.outbound_is_next |= self.message_is_first;
        self.outbound.push_front(job);
    }

    /// Queues a check of the modem's settings, before everything that is not urgent.
    pub(super) fn check(&mut self, job: Job) {
        if !self.inbound.iter().any(|job| matches!(job, Job::Check(_))) {
            self.inbound.push_front(job);
        }
    }

    /// Returns `true` if a job is queued that depends on the modem's settings.
    pub(super) fn needs_settings(&self) -> bool {
        let mut jobs = self.urgent.iter().chain(&self.inbound).chain(&self.outbound);
        jobs.any(Job::needs_settings)
    }

    /// Returns `true` if a job is queued that needs a ready modem.
    pub(super) fn has_next(&self) -> bool {
        !self.urgent.is_empty() || !self.inbound.is_empty() || !self.outbound.is_empty()
    }

    /// Returns `true` if a job is queued that cannot wait for an answer of the application.
    pub(super) fn is_pressed(&self) -> bool {
        self.initialise.is_some() || !self.urgent.is_empty()
    }

    /// Takes the next job of a USSD dialogue.
    pub(super) fn next_ussd(&mut self) -> Option<Job> {
        let at = self.outbound.iter().position(Job::is_ussd)?;
        self.outbound.remove(at)
    }

    /// Takes the next job; before the modem is `ready` only its initialisation. A message waits
    /// unless it `may_go`.
    pub(super) fn next(&mut self, ready: bool, may_go: impl Fn(MessageId) -> bool) -> Option<Job> {
        if self.initialise.is_some() || !ready {
            return self.initialise.take();
        }
        if let Some(job) = self.urgent.pop_front() {
            return Some(job);
        }
        if self.outbound_is_next || self.inbound.is_empty() {
            let free = |job: &Job| !matches!(job, Job::Message(id) if !may_go(*id));
            if let Some(next) = self.outbound.iter().position(free) {
                self.outbound_is_next = false;
                return self.outbound.remove(next);
            }
        }
        self.outbound_is_next = true;
        self.message_is_first = false;
        self.inbound.pop_front()
    }

    /// Withdraws a procedure of the application. Returns `true` if it was still queued.
    pub(super) fn withdraw(&mut self, id: TicketId) -> bool {
        let before = self.outbound.len();
        self.outbound.retain(|job| job.ticket() != Some(id));
        self.outbound.len() < before
    }

    /// Withdraws a message. Returns `true` if it was still queued.
    pub(super) fn withdraw_message(&mut self, message: MessageId) -> bool {
        let before = self.outbound.len();
        self.outbound.retain(|job| !matches!(job, Job::Message(id) if *id == message));
        self.outbound.len() < before
    }

    /// Withdraws several messages.
    pub(super) fn withdraw_messages(&mut self, messages: &Set<MessageId>) {
        let is_withdrawn = |job: &Job| matches!(job, Job::Message(id) if messages.contains(id));
        self.outbound.retain(|job| !is_withdrawn(job));
    }

    /// Removes all jobs, and returns those that the application waits for.
    pub(super) fn clear(&mut self) -> impl Iterator<Item = Job> + use<> {
        self.initialise = None;
        self.urgent.clear();
        self.inbound.clear();
        core::mem::take(&mut self.outbound).into_iter()
    }
}
