//! A pool without sessions, on a virtual clock: the test plays the modems.

use core::time::Duration;

use modem::at::{Dialect, Failure, Instant};
use modem::pool::{
    Action, Calendar, Ending, Identity, MemberId, Pool, PoolEvent, PoolResult, Rules, Submission,
};
use modem::{Error, ErrorKind, MessageId, OutgoingMessage, PartOutcome};

/// The subscriber that tests write to.
pub(crate) const TO: &str = "+491715550100";

/// A pool and its time.
pub(crate) struct Bench {
    pub(crate) pool: Pool,
    pub(crate) now: Duration,
    pub(crate) events: Vec<PoolEvent>,
    reference: u8,
}

/// A part as a test names it: the member, the message and the index of the part.
pub(crate) type Sent = (String, u64, usize);

impl Bench {
    /// A pool with these members, each with the SIM `sim-NAME` and without groups.
    pub(crate) fn new(rules: Rules, members: &[&str]) -> Self {
        let mut bench = Self::empty(rules);
        for name in members {
            bench.join(name, &[]);
        }
        bench
    }

    pub(crate) fn empty(rules: Rules) -> Self {
        let pool = Pool::new(rules);
        Self { pool, now: Duration::ZERO, events: Vec::new(), reference: 0 }
    }

    /// Adds a member that is ready.
    pub(crate) fn join(&mut self, name: &str, groups: &[&str]) {
        let now = self.instant();
        self.pool.add(name, groups, now);
        self.up(name, &format!("sim-{name}"));
    }

    /// The modem of a member is ready, with this SIM.
    pub(crate) fn up(&mut self, name: &str, iccid: &str) {
        let identity = Identity { iccid: Some(iccid.into()), ..Identity::default() };
        let (id, now) = (self.id(name), self.instant());
        self.pool.handle_ready(id, identity, now);
    }

    pub(crate) fn down(&mut self, name: &str) {
        let (id, now) = (self.id(name), self.instant());
        self.pool.handle_down(id, now);
    }

    pub(crate) fn id(&self, name: &str) -> MemberId {
        self.pool.member(name).unwrap()
    }

    pub(crate) fn instant(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Lets time pass until `seconds` after the beginning, with every timeout on the way.
    pub(crate) fn at(&mut self, seconds: u64) {
        let until = Duration::from_secs(seconds);
        while let Some(next) = self.pool.poll_timeout() {
            if next.since_epoch() > until {
                break;
            }
            self.now = self.now.max(next.since_epoch());
            self.pool.handle_timeout(self.instant());
        }
        self.now = until;
        self.pool.handle_timeout(self.instant());
    }

    /// Sets the date, with the second of the day.
    pub(crate) fn calendar(&mut self, month: u32, day: u32, second: u32) {
        self.pool.handle_calendar(Calendar { month, day, second }, Instant::from(self.now));
    }

    pub(crate) fn submit(&mut self, submission: impl Into<Submission>) -> u64 {
        self.pool.submit(submission, Instant::from(self.now)).unwrap().get()
    }

    /// Submits a short text.
    pub(crate) fn text(&mut self, text: &str) -> u64 {
        self.submit(message(text))
    }

    /// The parts that were assigned since the last call; their attempts are confirmed.
    pub(crate) fn sends(&mut self) -> Vec<Sent> {
        let assigned = self.assigned();
        for (name, ..) in &assigned {
            self.attempt(name);
        }
        assigned
    }

    /// The parts that were assigned since the last call.
    pub(crate) fn assigned(&mut self) -> Vec<Sent> {
        let mut sends = Vec::new();
        while let Some(action) = self.pool.poll_action() {
            let Action::Send(part) = action else { panic!("nothing was attempted: {action:?}") };
            let name = self.pool.members().find(|member| member.id == part.member).unwrap().name;
            sends.push((name.into(), part.message.get(), part.part));
        }
        sends
    }

    /// The session of a member announces its part, which the pool confirms.
    pub(crate) fn attempt(&mut self, name: &str) {
        let (id, now) = (self.id(name), self.instant());
        self.pool.handle_attempting(id, now);
        assert_eq!(self.pool.poll_action(), Some(Action::Confirm(id)));
    }

    /// The part of a member was sent.
    pub(crate) fn sent(&mut self, name: &str) {
        self.reference = self.reference.wrapping_add(1);
        let reference = self.reference;
        self.outcome(name, PartOutcome::Sent { reference });
    }

    /// The part of a member was refused with this `+CMS ERROR`.
    pub(crate) fn refused(&mut self, name: &str, code: u16) {
        self.outcome(name, PartOutcome::Failed { error: refusal(code) });
    }

    /// The part of a member failed.
    pub(crate) fn failed(&mut self, name: &str, kind: ErrorKind) {
        self.outcome(name, PartOutcome::Failed { error: kind.into() });
    }

    pub(crate) fn unknown(&mut self, name: &str) {
        self.outcome(name, PartOutcome::Unknown { error: ErrorKind::Timeout.into() });
    }

    pub(crate) fn outcome(&mut self, name: &str, outcome: PartOutcome) {
        let (id, now) = (self.id(name), self.instant());
        self.pool.handle_outcome(id, outcome, now);
    }

    /// Sends everything that can be sent now, and returns the messages in the order of their parts.
    pub(crate) fn drain(&mut self) -> Vec<u64> {
        let mut order = Vec::new();
        loop {
            let sends = self.sends();
            if sends.is_empty() {
                return order;
            }
            for (name, message, _) in sends {
                order.push(message);
                self.sent(&name);
            }
        }
    }

    /// The results since the last call.
    pub(crate) fn results(&mut self) -> Vec<PoolResult> {
        let mut results = Vec::new();
        while let Some(event) = self.pool.poll_event() {
            match event {
                PoolEvent::Finished(result) => results.push(result),
                event => self.events.push(event),
            }
        }
        results
    }

    /// The messages that ended since the last call, each with the reason.
    pub(crate) fn endings(&mut self) -> Vec<(u64, Ending)> {
        self.results().into_iter().map(|result| (result.message.get(), result.ending)).collect()
    }

    /// The events since the last call, other than results.
    pub(crate) fn events(&mut self) -> Vec<PoolEvent> {
        let results = self.results();
        assert!(results.is_empty(), "{results:?}");
        core::mem::take(&mut self.events)
    }

    pub(crate) fn why(&self, id: u64) -> modem::pool::Explanation {
        self.pool.why(MessageId::from(id)).unwrap()
    }
}

/// A message of one part.
pub(crate) fn message(text: &str) -> OutgoingMessage {
    OutgoingMessage::text(TO.parse().unwrap(), text)
}

/// A message of this many parts.
pub(crate) fn long(parts: usize) -> OutgoingMessage {
    let message = message(&"x".repeat(153 * parts));
    assert_eq!(message.plan().unwrap().parts, parts);
    message
}

pub(crate) fn refusal(code: u16) -> Error {
    let line = format!("+CMS ERROR: {code}");
    ErrorKind::Refused(Failure::parse(line.as_bytes(), &Dialect::default()).unwrap()).into()
}

/// A part in the form of [`Bench::sends`].
pub(crate) fn part(name: &str, message: u64, part: usize) -> Sent {
    (name.into(), message, part)
}
