//! A pool of modems: several modems used as one, with routes, limits, priorities and failover, and
//! a truthful outcome for each message.
//!
//! A [`Pool`] is without I/O and without a clock, and it owns no [`Session`](crate::Session). It
//! accepts messages and assigns **one part at a time** to a member that may send it. A member is a
//! modem with its health; quotas, references and begun messages belong to the SIM, in whatever
//! modem it is. `modem::tokio::Pool` is the front-end; a blocking one would need threads.
//!
//! ```text
//! submit ──> Pool ──poll_action──> front-end ──send(one part)──> Session
//!             ^─── handle_attempting, handle_outcome, handle_event ───┘
//! ```
//!
//! The chapter [many modems](crate::documentation::many_modems) explains routes, limits and
//! failover.

mod cause;
mod dispatch;
mod event;
mod inbound;
mod journal;
mod keys;
mod member;
mod members;
mod outcome;
mod priority;
mod record;
mod replay;
mod reports;
mod route;
mod rules;
mod sim;
mod submission;
mod target;
mod why;

use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use at_proto::Instant;
use pdu::collections::{Map, Set};

pub use self::cause::Cause;
pub use self::event::{Action, Assignment, Ending, Inbound, PoolEvent, PoolResult};
use self::keys::Keys;
use self::member::Member;
pub use self::member::{Identity, MemberCounters, MemberId, MemberState, MemberView};
pub use self::priority::Priority;
use self::record::Record;
use self::reports::Reports;
use self::route::Prefixes;
pub use self::route::{Route, Via};
pub use self::rules::{Calendar, Limits, QuietHours, Rate, Rules};
use self::sim::{Sim, SimId, SimKey, Sims};
use self::submission::{Message, Part};
pub use self::submission::{PoolPart, Submission, SubmitError};
use self::target::{TargetKey, Targets};
pub use self::why::{Explanation, Place, WhyNot};
use crate::journal::{Gate, Ledger};
use crate::message::{MessageId, PartOutcome};

/// Several modems used as one.
///
/// The contract is that of the [session](crate::Session). There are four kinds of methods:
///
/// * `handle_*` take in what happened: a member is ready or down, a part is about to be sent or has
///   its outcome, the date, the time. Each takes the time.
/// * `poll_*` return what is to be done: actions, events, records, the time of the next
///   [`handle_timeout`](Self::handle_timeout).
/// * Verbs of the application ([`submit`](Self::submit), [`cancel`](Self::cancel),
///   [`add`](Self::add), ...) change the pool.
/// * The other methods only read the state.
///
/// After any `handle_*` call or verb: poll for actions, then for events, then for records, then for
/// the next timeout, and read the date if [`needs_calendar`](Self::needs_calendar) says so.
///
/// The sessions of the members are created with [`Confirm::Attempts`](crate::Confirm::Attempts):
/// each part waits until the pool has confirmed it.
///
/// ```
/// use modem::at::Instant;
/// use modem::pool::{Action, Identity, Pool, Rules};
/// use modem::{OutgoingMessage, PartOutcome};
///
/// let now = Instant::ZERO;
/// let mut pool = Pool::new(Rules::default());
/// let member = pool.add("usb0", &[], now);
/// pool.handle_ready(member, Identity::default(), now);
///
/// let message = OutgoingMessage::text("+491715550100".parse()?, "Hello");
/// let id = pool.submit(message, now)?;
/// let Some(Action::Send(part)) = pool.poll_action() else { panic!("the member is free") };
/// assert_eq!((part.member, part.message, part.parts), (member, id, 1));
///
/// // The session has announced the part, and is to send it.
/// pool.handle_attempting(member, now);
/// assert_eq!(pool.poll_action(), Some(Action::Confirm(member)));
/// pool.handle_outcome(member, PartOutcome::Sent { reference: 7 }, now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    rules: Rules,
    prefixes: Prefixes,
    /// The last reading of the calendar, and the time until which it holds.
    calendar: Option<(Calendar, Instant)>,
    members: Map<MemberId, Member>,
    names: Map<String, MemberId>,
    sims: Sims,
    targets: Targets,
    messages: Map<MessageId, Message>,
    keys: Keys,
    reports: Reports,
    timers: Set<(Instant, Timer)>,
    /// Results that the application does not have yet.
    unsettled: Map<MessageId, PoolResult>,
    ledger: Ledger,
    /// The numbers of records that parts wait for, with their members.
    gated: VecDeque<(u64, MemberId)>,
    /// The parts under way at a restart, with the month and the day for which they are counted. The
    /// network may have counted them on the day of the restart.
    unfinished: Vec<(SimId, Option<(u32, u32)>)>,
    random: u64,
    issued: u64,
    /// Numbers of messages below this one may have been given.
    reserved: u64,
    next_member: u32,
    now: Instant,
    actions: VecDeque<Action>,
    /// Received messages and status reports.
    events: VecDeque<PoolEvent>,
    /// The messages that have ended, with the numbers of their last records.
    finished: VecDeque<(u64, MessageId)>,
    /// The latest changes of states.
    history: VecDeque<PoolEvent>,
}

/// A time at which something is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// A limit or a quarantine of a member ends.
    Member(MemberId),
    /// A message may be tried by the same SIM again.
    Retry(MessageId),
    /// A message expires or is stranded.
    Deadline(MessageId),
}

/// The maximum number of changes of states that are kept for an application that does not poll.
const MAX_HISTORY: usize = 1024;

/// The number of messages whose numbers are reserved by one record.
const RESERVED: u64 = 4096;

/// The highest number of a message that a sound journal can have.
const MAX_NUMBER: u64 = u64::MAX / 2;

impl Pool {
    /// Creates a pool without members.
    pub fn new(rules: Rules) -> Self {
        let mut pool = Self {
            prefixes: Prefixes::new(&rules.routes),
            calendar: None,
            members: Map::new(),
            names: Map::new(),
            sims: Sims::default(),
            targets: Targets::default(),
            messages: Map::new(),
            keys: Keys::default(),
            reports: Reports::default(),
            timers: Set::new(),
            unsettled: Map::new(),
            ledger: Ledger::new(rules.records),
            gated: VecDeque::new(),
            unfinished: Vec::new(),
            random: rules.seed,
            issued: 0,
            reserved: 1,
            next_member: 0,
            now: Instant::ZERO,
            actions: VecDeque::new(),
            events: VecDeque::new(),
            finished: VecDeque::new(),
            history: VecDeque::new(),
            rules,
        };
        pool.reserve();
        pool
    }

    /// Returns the next action, if any.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Returns the next event, if any.
    ///
    /// Without a journal a result is settled by this call. With one, a result is reported once its
    /// record is durable, so that no restart takes it back.
    pub fn poll_event(&mut self) -> Option<PoolEvent> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        while let Some((number, id)) = self.finished.front().copied() {
            if matches!(self.ledger.gate_of(number), Gate::Waiting(_)) {
                break;
            }
            self.finished.pop_front();
            let result = match self.rules.records {
                true => self.unsettled.get(&id).cloned(),
                false => self.unsettled.remove(&id),
            };
            if let Some(result) = result {
                return Some(PoolEvent::Finished(result));
            }
        }
        self.history.pop_front()
    }

    /// Returns `true` if [`poll_event`](Self::poll_event) may have an event.
    pub fn has_event(&self) -> bool {
        !self.events.is_empty() || !self.history.is_empty() || self.has_finished()
    }

    /// Returns `true` if a result can be reported.
    fn has_finished(&self) -> bool {
        let first = self.finished.front();
        first.is_some_and(|(number, _)| !matches!(self.ledger.gate_of(*number), Gate::Waiting(_)))
    }

    /// The time by which [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timer = self.timers.first().map(|(at, _)| *at);
        let calendar = self.calendar.filter(|_| self.uses_calendar()).map(|(_, until)| until);
        timer.into_iter().chain(calendar.filter(|until| self.now < *until)).min()
    }

    /// Handles the passing of time. Call it when [`poll_timeout`](Self::poll_timeout) is reached;
    /// it is harmless at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.enter(now);
        while let Some((at, timer)) = self.timers.first().copied() {
            if now < at {
                break;
            }
            self.timers.pop_first();
            match timer {
                Timer::Member(id) => {
                    if let Some(member) = self.members.get_mut(&id) {
                        member.timer = None;
                    }
                    self.refresh(id);
                }
                Timer::Retry(id) => self.offer(id),
                Timer::Deadline(id) => self.deadline(id),
            }
        }
        self.keys.expire(self.rules.key_age, self.rules.max_keys, now);
    }

    /// Returns `true` if the pool needs to know the date, by
    /// [`handle_calendar`](Self::handle_calendar). SIMs with limits of the calendar send nothing
    /// meanwhile.
    pub fn needs_calendar(&self) -> bool {
        self.uses_calendar() && self.calendar_at(self.now).is_none()
    }

    /// Takes in the date and the time of the day.
    pub fn handle_calendar(&mut self, calendar: Calendar, now: Instant) {
        self.enter(now);
        let limits = self.rules.sims.values().chain([&self.rules.limits]);
        let bounds = limits.filter_map(|limits| limits.quiet);
        let lasts = calendar.lasts(bounds.flat_map(|quiet| [quiet.from, quiet.to]));
        let until = now + core::time::Duration::from_secs(lasts.into());
        self.calendar = Some((calendar, until));
        for (sim, counted) in core::mem::take(&mut self.unfinished) {
            self.count_again(sim, counted, calendar);
        }
        self.refresh_all();
    }

    /// Notes the time. A calendar that does not hold any more stops the SIMs that need one.
    fn enter(&mut self, now: Instant) {
        let was_known = self.calendar_at(self.now).is_some();
        self.now = self.now.max(now);
        if was_known && self.uses_calendar() && self.calendar_at(self.now).is_none() {
            self.refresh_all();
        }
    }

    fn uses_calendar(&self) -> bool {
        self.rules.limits.need_calendar() || self.rules.sims.values().any(Limits::need_calendar)
    }

    fn calendar_at(&self, now: Instant) -> Option<Calendar> {
        self.calendar.filter(|(_, until)| now < *until).map(|(calendar, _)| calendar)
    }

    /// A random number (splitmix64).
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn note(&mut self, event: PoolEvent) {
        if self.history.len() >= MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(event);
    }
}

/// The messages.
impl Pool {
    /// Accepts a message. Its result is reported by [`PoolEvent::Finished`].
    ///
    /// With an idempotency key that is remembered, the identifier of the first message with this
    /// key is returned, also if that message has ended.
    ///
    /// # Errors
    /// Fails when the message is invalid, its key was used for another message, it names an unknown
    /// route, or too many messages wait.
    pub fn submit(
        &mut self,
        submission: impl Into<Submission>,
        now: Instant,
    ) -> Result<MessageId, SubmitError> {
        self.enter(now);
        let Submission { message, via, priority, key } = submission.into();
        let (parts, _) = message.split(0).map_err(SubmitError::Invalid)?;
        let smsc = message.smsc();
        let octets = record::octets(smsc, &parts).map_err(SubmitError::Invalid)?;
        let digest = record::digest(&octets, &via);
        if let Some(key) = &key {
            self.keys.expire(self.rules.key_age, self.rules.max_keys, now);
            match self.keys.find(key) {
                Some((id, other)) if other == digest => return Ok(id),
                Some(_) => return Err(SubmitError::KeyReused),
                None => {}
            }
        }
        let waiting = self.messages.len().saturating_add(self.unsettled.len());
        if waiting >= self.rules.max_messages {
            return Err(SubmitError::Full);
        }
        if self.ledger.has_failed() {
            return Err(SubmitError::Journal);
        }
        let (target, prefix) = self.resolve(&via, message.recipient())?;
        self.issued = self.issued.saturating_add(1);
        self.reserve();
        let id = MessageId::from(self.issued);
        if let Some(key) = &key {
            self.keys.remember(key.clone(), id, digest, now);
        }
        let expires_in = message.expiry();
        if self.ledger.records() {
            self.emit(Record::Accepted {
                id: id.get(),
                via: via.clone(),
                priority,
                expires_in: expires_in.map(record::millis),
                key,
                parts: octets,
            });
        }
        let parts = parts.into_iter().map(|submit| Part {
            submit,
            outcome: PartOutcome::NotAttempted,
            member: None,
            sim: None,
        });
        let message = Message {
            parts: parts.collect(),
            smsc,
            via,
            target: self.targets.acquire(target),
            prefix,
            priority,
            expires: expires_in.map(|left| now + left),
            deadline: None,
            sim: None,
            reference: 0,
            sent: 0,
            stranded_at: None,
            attempts: 0,
            avoid: Vec::new(),
            is_returned: false,
            in_flight: None,
            is_cancelled: false,
            waits: false,
        };
        self.messages.insert(id, message);
        self.enqueue(id);
        self.offer(id);
        Ok(id)
    }

    /// Cancels a message if nothing of it has left. Returns `true` if the message will not be sent:
    /// it ends as [`Ending::Cancelled`].
    ///
    /// A part that a session has, and that was not confirmed, is taken back.
    pub fn cancel(&mut self, id: MessageId, now: Instant) -> bool {
        self.enter(now);
        let Some(message) = self.messages.get_mut(&id).filter(|message| message.sent == 0) else {
            return false;
        };
        let Some(member) = message.in_flight else {
            self.end(id, Ending::Cancelled);
            return true;
        };
        let in_flight = self.members.get(&member).and_then(|member| member.in_flight);
        let has_left = in_flight.is_some_and(|part| part.stage == member::Stage::Confirmed);
        message.is_cancelled = !has_left;
        !has_left
    }

    /// Settles the result of a message, which the application has made safe. With
    /// [`Rules::records`] a result that is not settled is reported again after a restart.
    pub fn settle(&mut self, id: MessageId) {
        if self.unsettled.remove(&id).is_some() {
            self.emit(Record::Settled { id: id.get() });
        }
    }

    /// The results that have not been settled.
    pub fn unsettled(&self) -> impl Iterator<Item = &PoolResult> {
        self.unsettled.values()
    }

    /// The number of messages that have not ended.
    pub fn waiting(&self) -> usize {
        self.messages.len()
    }

    /// Replaces the limits of a SIM.
    pub fn set_limits(&mut self, iccid: &str, limits: Limits, now: Instant) {
        self.enter(now);
        self.rules.sims.insert(iccid.to_string(), limits);
        let sim = self.sims.find(&SimKey::Iccid(iccid.into()));
        let sim = sim.and_then(|sim| self.sims.get_mut(sim));
        let member = sim.and_then(|sim| {
            sim.limits = limits;
            sim.member
        });
        if let Some(member) = member {
            self.refresh(member);
        }
    }

    /// The target of a wish, and the prefix that has chosen a route.
    fn resolve(
        &self,
        via: &Via,
        recipient: &pdu::Address,
    ) -> Result<(TargetKey, Option<String>), SubmitError> {
        Ok((
            match via {
                Via::Recipient => {
                    return Ok(match self.prefixes.find(recipient) {
                        Some((route, prefix)) => (TargetKey::Route(route), Some(prefix)),
                        None => (TargetKey::Any, None),
                    });
                }
                Via::Member(name) => TargetKey::Member(name.clone()),
                Via::Sim(iccid) => TargetKey::Sim(iccid.clone()),
                Via::Group(name) => TargetKey::Group(name.clone()),
                Via::Route(name) => {
                    let index = self.rules.routes.iter().position(|route| route.name() == name);
                    TargetKey::Route(index.ok_or_else(|| SubmitError::NoRoute(name.clone()))?)
                }
            },
            None,
        ))
    }

    /// Reserves the numbers of the messages to come.
    fn reserve(&mut self) {
        if self.issued.saturating_add(RESERVED / 2) >= self.reserved {
            self.reserved = self.issued.saturating_add(RESERVED);
            self.emit(Record::Ids { below: self.reserved });
        }
    }
}
