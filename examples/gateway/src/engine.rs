//! The engine: the pool, its modems and the store, in one task.
//!
//! The task waits for nobody. What must be durable first is a write with a message to the task at
//! its end: a part is confirmed after its claim and its record, a receipt is acknowledged after its
//! message is stored, a result is settled after it is stored.

mod outcomes;
mod recovery;
mod view;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use modem::at::Instant;
use modem::pool::{Action, Identity, MemberId, Pool, Route, Rules};
use modem::tokio::{Inbox, Modem};
use modem::{Attempt, Error, Event, MessageId, PartOutcome, Receipt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub(crate) use self::recovery::StartError;
use self::view::Facts;
use crate::api::{ModemView, UssdAnswer};
use crate::claims::{Arrow, Claims as _, PartKey};
use crate::clock;
use crate::config::{Config, ModemConfig};
use crate::links;
use crate::mask::Mask;
use crate::store::{Store, StoreError, Waiting};

/// The number of events of modems that wait for the engine.
const EVENTS: usize = 64;

/// The number of records after which a snapshot replaces the journal.
const MAX_RECORDS: u64 = 20_000;

/// The interval of the deletion of old events and keys.
const PRUNE_INTERVAL: Duration = Duration::from_secs(60);

/// The number of events that are kept for those who read them later.
const MAX_EVENTS: i64 = 100_000;

/// The time in which parts under way may end after a stop.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// A request to the engine.
#[derive(Debug)]
pub(crate) enum Command {
    /// A message was stored.
    Accept(Box<Waiting>),
    /// Cancel a message; the answer is `true` if nothing of it has left or will leave.
    Cancel(i64, oneshot::Sender<bool>),
    /// Run a USSD code.
    Ussd(String, String, oneshot::Sender<Result<UssdAnswer, UssdError>>),
    /// Show the modems.
    Modems(oneshot::Sender<Vec<ModemView>>),
}

/// The reason why a USSD code has no answer.
#[derive(Debug)]
pub(crate) enum UssdError {
    NoSuchModem,
    Failed(Error),
}

/// The way to the engine.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    waiting: Arc<AtomicUsize>,
}

impl Handle {
    /// Sends a command. The answer never comes if the engine has ended.
    pub(crate) fn send(&self, command: Command) {
        // Without an engine the sender of the answer is dropped, which the caller sees.
        let _ = self.commands.send(command);
    }

    /// The number of messages that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Something that happened to the engine.
enum Internal {
    /// A claim was written: `true` if it was won.
    Claimed(MemberId, Box<Attempt>, Result<bool, StoreError>),
    /// A part of a member has its outcome.
    Outcome(MemberId, Box<PartOutcome>),
    /// A write is durable.
    Durable(Result<After, StoreError>),
    /// The facts about a modem were read.
    Facts(MemberId, Box<Facts>),
}

/// A change that is written in the next transaction.
enum Change {
    One(PartKey, Arrow),
    All(i64, Arrow),
    Submitted(i64, u64),
    /// A status report about a part of a message, by its number in the pool.
    Reported(u64, i64, Arrow),
    /// A received message, whose receipt is acknowledged afterwards.
    Received(Box<crate::api::Incoming>),
    /// The state of a modem has changed.
    Modem(String, String),
}

/// The consequences of a write, once it is durable.
#[derive(Default)]
struct After {
    record: u64,
    receipts: Vec<(MemberId, Receipt)>,
    settled: Vec<MessageId>,
    cancelled: Vec<(oneshot::Sender<bool>, bool)>,
    messages: Vec<Waiting>,
    received: Vec<crate::api::Incoming>,
}

/// A message that the pool has.
#[derive(Debug, Clone)]
struct Known {
    seq: i64,
    id: String,
}

/// A member of the pool.
struct Member {
    name: String,
    modem: Modem,
    /// The part that the session has.
    part: Option<(MessageId, usize)>,
    /// The attempt that the session has announced.
    attempt: Option<Attempt>,
    facts: Facts,
    /// The state that was reported last.
    reported: &'static str,
    /// Asks for the facts at once.
    look: Arc<tokio::sync::Notify>,
}

/// The pool, its modems, and the store.
pub(crate) struct Engine {
    store: Store,
    config: Arc<Config>,
    pool: Pool,
    started: tokio::time::Instant,
    /// The name of this process in claims.
    boot: String,
    members: HashMap<MemberId, Member>,
    /// The messages that the pool has, with their numbers in the database.
    messages: HashMap<MessageId, Known>,
    scheduled: BTreeSet<(i64, i64)>,
    later: HashMap<i64, Waiting>,
    cancelling: HashMap<MessageId, Vec<oneshot::Sender<bool>>>,
    changes: Vec<Change>,
    after: After,
    compacted: u64,
    internal: mpsc::UnboundedSender<Internal>,
    waiting: Arc<AtomicUsize>,
    is_stopping: bool,
    mask: Mask,
    metrics: Arc<crate::metrics::Metrics>,
}

/// The channels by which an engine hears.
pub(crate) struct Ears {
    commands: mpsc::UnboundedReceiver<Command>,
    internal: mpsc::UnboundedReceiver<Internal>,
    events: mpsc::Receiver<(MemberId, Event)>,
}

impl Engine {
    fn now(&self) -> Instant {
        Instant::ZERO + self.started.elapsed()
    }

    /// Restores the state, opens the modems, and returns the engine with its handle.
    ///
    /// # Errors
    /// Fails when the database fails or its journal is damaged.
    pub(crate) async fn start(
        store: Store,
        config: Arc<Config>,
        metrics: Arc<crate::metrics::Metrics>,
    ) -> Result<(Self, Ears, Handle), StartError> {
        let opened = config.modems.iter().enumerate();
        let links = opened.map(|(index, modem)| links::open(modem, index)).collect();
        Self::start_with(store, config, metrics, links).await
    }

    /// Starts like [`start`](Self::start), with these modems in the order of the configuration.
    ///
    /// # Errors
    /// Fails like [`start`](Self::start).
    pub(crate) async fn start_with(
        store: Store,
        config: Arc<Config>,
        metrics: Arc<crate::metrics::Metrics>,
        links: Vec<(Modem, Inbox)>,
    ) -> Result<(Self, Ears, Handle), StartError> {
        let (commands, command_ears) = mpsc::unbounded_channel();
        let (internal, internal_ears) = mpsc::unbounded_channel();
        let (events, event_ears) = mpsc::channel(EVENTS);
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut engine = Self {
            pool: Pool::new(rules(&config)),
            store,
            config: Arc::clone(&config),
            started: tokio::time::Instant::now(),
            boot: uuid::Uuid::now_v7().to_string(),
            members: HashMap::new(),
            messages: HashMap::new(),
            scheduled: BTreeSet::new(),
            later: HashMap::new(),
            cancelling: HashMap::new(),
            changes: Vec::new(),
            after: After::default(),
            compacted: 0,
            internal,
            waiting: Arc::clone(&waiting),
            is_stopping: false,
            mask: Mask(config.log.mask),
            metrics,
        };
        engine.recover().await?;
        for (modem, link) in config.modems.iter().zip(links) {
            engine.add(modem, link, events.clone());
        }
        engine.drain();
        let ears = Ears { commands: command_ears, internal: internal_ears, events: event_ears };
        Ok((engine, ears, Handle { commands, waiting }))
    }

    fn add(
        &mut self,
        config: &ModemConfig,
        (modem, mut inbox): (Modem, Inbox),
        events: mpsc::Sender<(MemberId, Event)>,
    ) {
        let now = self.now();
        let id = self.pool.add(&config.name, &[&config.name], now);
        let look = Arc::new(tokio::sync::Notify::new());
        tokio::spawn(async move {
            while let Some(event) = inbox.next().await {
                if events.send((id, event)).await.is_err() {
                    return;
                }
            }
        });
        let internal = self.internal.clone();
        tokio::spawn(view::look(modem.clone(), Arc::clone(&look), move |facts| {
            internal.send(Internal::Facts(id, Box::new(facts))).is_ok()
        }));
        let member = Member {
            name: config.name.clone(),
            modem,
            part: None,
            attempt: None,
            facts: Facts::default(),
            reported: "down",
            look,
        };
        self.members.insert(id, member);
    }

    /// Runs until `stop`, and then until the parts under way have ended, or 3 s have passed.
    ///
    /// # Errors
    /// Fails when the database fails. The state at the next start is that of its last commit.
    pub(crate) async fn run(
        mut self,
        mut ears: Ears,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        let mut prune = tokio::time::interval(PRUNE_INTERVAL);
        let mut deadline = None;
        loop {
            if self.is_stopping && self.members.values().all(|member| member.attempt.is_none()) {
                break;
            }
            let wake = self.next_wake();
            tokio::select! {
                biased;
                Some(internal) = ears.internal.recv() => self.on_internal(internal)?,
                Some((id, event)) = ears.events.recv() => self.on_event(id, event),
                Some(command) = ears.commands.recv() => self.on_command(command),
                () = tokio::time::sleep(wake) => {
                    let now = self.now();
                    self.pool.handle_timeout(now);
                    self.submit_scheduled();
                }
                _ = prune.tick() => {
                    let done = self.internal.clone();
                    self.store.write_then(|tx| tx.prune(MAX_EVENTS), move |result| {
                        if let Err(error) = result {
                            let _ = done.send(Internal::Durable(Err(error)));
                        }
                    });
                }
                () = stop.cancelled(), if !self.is_stopping => {
                    self.is_stopping = true;
                    deadline = Some(tokio::time::Instant::now() + STOP_WITHIN);
                }
                () = sleep_until(deadline), if self.is_stopping => break,
            }
            self.drain();
        }
        for member in self.members.values() {
            member.modem.close();
        }
        // Everything that was written before is durable afterwards.
        self.store.write(|_| Ok(())).await
    }

    /// The time until the next deadline of the pool or of a scheduled message.
    fn next_wake(&self) -> Duration {
        let pool = self.pool.poll_timeout();
        let pool = pool.map(|at| at.saturating_duration_since(self.now()));
        let scheduled = self.scheduled.first().map(|(at, _)| {
            Duration::from_millis(u64::try_from(at.saturating_sub(clock::now())).unwrap_or(0))
        });
        // The clock of the calendar may be set meanwhile.
        let wake = pool.into_iter().chain(scheduled).min().unwrap_or(Duration::MAX);
        wake.clamp(Duration::from_millis(1), Duration::from_secs(10))
    }

    fn on_internal(&mut self, internal: Internal) -> Result<(), StoreError> {
        match internal {
            Internal::Claimed(id, attempt, result) => {
                let is_won = result?;
                let now = self.now();
                let Some(member) = self.members.get_mut(&id) else { return Ok(()) };
                if member.attempt.as_ref() != Some(&attempt) {
                    return Ok(());
                }
                if is_won && self.is_stopping {
                    member.modem.with(|session, now| session.refuse(&attempt, now));
                } else if is_won {
                    self.pool.handle_attempting(id, now);
                } else {
                    // Another one has decided about the part: it must not leave from here.
                    tracing::error!(modem = member.name, "a claim was lost: the part is not sent");
                    member.modem.with(|session, now| session.refuse(&attempt, now));
                }
            }
            Internal::Outcome(id, outcome) => self.on_outcome(id, *outcome),
            Internal::Durable(after) => self.on_durable(after?),
            Internal::Facts(id, facts) => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.facts = *facts;
                }
            }
        }
        Ok(())
    }

    fn on_durable(&mut self, after: After) {
        let now = self.now();
        if after.record > 0 {
            self.pool.handle_durable(after.record, now);
        }
        for (id, receipt) in after.receipts {
            if let Some(member) = self.members.get(&id) {
                member.modem.acknowledge(&receipt);
            }
        }
        for message in after.settled {
            self.pool.settle(message);
        }
        for (answer, is_cancelled) in after.cancelled {
            // Nobody waits if the request was dropped.
            let _ = answer.send(is_cancelled);
        }
        for message in after.received {
            crate::rules::run_programs(&self.config, &message);
        }
        for message in after.messages {
            self.accept(message);
        }
    }

    fn on_event(&mut self, id: MemberId, event: Event) {
        let now = self.now();
        let Some(member) = self.members.get_mut(&id) else { return };
        match event {
            Event::Ready => {
                let identity = Identity::from(&member.modem.profile());
                member.look.notify_one();
                self.pool.handle_ready(id, identity, now);
            }
            Event::Attempting(attempt) => self.claim(id, attempt),
            event => {
                if let Event::Reconnecting { reason, .. } = &event {
                    member.facts.reason = Some(reason.clone());
                }
                self.pool.handle_event(id, event, now);
            }
        }
    }

    /// Claims the part that a session has announced. The pool hears of the attempt once the claim
    /// is durable.
    fn claim(&mut self, id: MemberId, attempt: Attempt) {
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
        let arrow = Arrow::Claim { holder: self.boot.clone(), member: member.name.clone() };
        let begun = std::time::Instant::now();
        let claimed = self.store.apply(key, arrow);
        let (internal, metrics) = (self.internal.clone(), Arc::clone(&self.metrics));
        tokio::spawn(async move {
            let result = claimed.await;
            metrics.claim.observe(begun.elapsed().as_secs_f64());
            let _ = internal.send(Internal::Claimed(id, Box::new(attempt), result));
        });
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Accept(message) => self.accept(*message),
            Command::Cancel(seq, answer) => self.cancel(seq, answer),
            Command::Ussd(name, code, answer) => {
                let member = self.members.values().find(|member| member.name == name);
                let Some(modem) = member.map(|member| member.modem.clone()) else {
                    let _ = answer.send(Err(UssdError::NoSuchModem));
                    return;
                };
                tokio::spawn(async move {
                    let reply = modem.ussd(&code).await.map_err(UssdError::Failed);
                    let _ = answer.send(reply.map(|reply| UssdAnswer {
                        needs_answer: reply.needs_answer(),
                        text: reply.text,
                    }));
                });
            }
            Command::Modems(answer) => {
                let _ = answer.send(self.views());
            }
        }
    }

    /// Takes a stored message: it waits for its time, or for a modem.
    fn accept(&mut self, message: Waiting) {
        if let Some(at) = message.send_at.filter(|at| *at > clock::now()) {
            self.scheduled.insert((at, message.seq));
            self.later.insert(message.seq, message);
            return;
        }
        self.submit(&message);
    }

    fn submit_scheduled(&mut self) {
        let now = clock::now();
        while let Some((at, seq)) = self.scheduled.first().copied().filter(|(at, _)| *at <= now) {
            self.scheduled.remove(&(at, seq));
            if let Some(message) = self.later.remove(&seq) {
                self.submit(&message);
            }
        }
    }

    fn submit(&mut self, message: &Waiting) {
        let left = u64::try_from(message.expires_at.saturating_sub(clock::now())).unwrap_or(0);
        let now = self.now();
        let submission =
            message.request.submission(Duration::from_millis(left), message.reply.clone());
        let submitted = submission.and_then(|submission| {
            self.pool.submit(submission, now).map_err(|error| error.to_string())
        });
        match submitted {
            Ok(id) => {
                let (to, text) = (&message.request.to, message.request.text.as_deref());
                let (to, text) = (self.mask.number(to), self.mask.text(text));
                tracing::info!(id = message.id, to, text, "a message waits for a modem");
                let known = Known { seq: message.seq, id: message.id.clone() };
                self.messages.insert(id, known);
                self.changes.push(Change::Submitted(message.seq, id.get()));
            }
            Err(reason) => {
                tracing::error!(id = message.id, reason, "a message cannot be sent");
                self.changes.push(Change::All(message.seq, Arrow::Abandon { reason }));
            }
        }
    }

    fn cancel(&mut self, seq: i64, answer: oneshot::Sender<bool>) {
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

    /// Carries out the actions of the pool, takes its events, and writes what has changed.
    fn drain(&mut self) {
        loop {
            if self.pool.needs_calendar() {
                let now = self.now();
                self.pool.handle_calendar(view::calendar(), now);
            }
            if let Some(action) = self.pool.poll_action() {
                self.act(action);
            } else if let Some(event) = self.pool.poll_event() {
                self.on_pool_event(event);
            } else if !self.pool.needs_calendar() {
                break;
            }
        }
        self.report_states();
        self.waiting.store(self.pool.waiting() + self.later.len(), Ordering::Relaxed);
        self.flush();
    }

    fn act(&mut self, action: Action) {
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

    /// Writes the records of the pool and the changes in one transaction.
    fn flush(&mut self) {
        let time = clock::since_epoch();
        let mut records = Vec::new();
        while let Some(record) = self.pool.poll_record() {
            record.encode(time, &mut records);
            self.after.record = record.number();
        }
        let after = std::mem::take(&mut self.after);
        let changes = std::mem::take(&mut self.changes);
        let is_idle = records.is_empty()
            && changes.is_empty()
            && after.receipts.is_empty()
            && after.cancelled.is_empty()
            && after.settled.is_empty();
        if is_idle {
            return;
        }
        let (config, internal) = (Arc::clone(&self.config), self.internal.clone());
        self.store.write_then(
            move |tx| {
                tx.append_journal(&records)?;
                let mut after = after;
                for change in changes {
                    change.write(tx, &config, &mut after)?;
                }
                Ok(after)
            },
            move |result| drop(internal.send(Internal::Durable(result))),
        );
        if self.pool.last_record().saturating_sub(self.compacted) >= MAX_RECORDS {
            self.compact();
        }
    }

    /// Replaces the journal of the pool by a snapshot.
    fn compact(&mut self) {
        let now = self.now();
        let snapshot = match self.pool.compact(now) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::error!(%error, "the journal cannot be made smaller");
                self.compacted = self.pool.last_record();
                return;
            }
        };
        let mut log = Vec::new();
        snapshot.encode(clock::since_epoch(), &mut log);
        self.compacted = snapshot.last_record();
        let after = After { record: snapshot.last_record(), ..After::default() };
        let internal = self.internal.clone();
        self.store.write_then(
            move |tx| tx.replace_journal(&log).map(|()| after),
            move |result| drop(internal.send(Internal::Durable(result))),
        );
    }
}

impl Change {
    fn write(
        self,
        tx: &crate::store::Tx<'_>,
        config: &Config,
        after: &mut After,
    ) -> rusqlite::Result<()> {
        match self {
            Self::One(key, arrow) => {
                let is_sent = matches!(arrow, Arrow::Sent { .. });
                if !tx.apply(key, &arrow)? && is_sent {
                    tracing::error!(message = key.message, "a part was sent without its claim");
                }
            }
            Self::All(message, arrow) => drop(tx.apply_all(message, &arrow)?),
            Self::Submitted(message, id) => tx.set_pool_id(message, id)?,
            Self::Reported(id, part, arrow) => match tx.by_pool_id(id)? {
                Some(message) => drop(tx.apply(PartKey { message, part }, &arrow)?),
                None => tracing::warn!("a status report is about no message of ours"),
            },
            Self::Received(incoming) => {
                let follows = crate::rules::follows(config, &incoming, tx.now);
                let arrived = tx.receive(&incoming, &follows)?;
                if arrived.is_new {
                    after.messages.extend(arrived.messages);
                    after.received.push(*incoming);
                }
            }
            Self::Modem(name, data) => {
                tx.emit(crate::config::EventKind::Modem, &name, None, &data)?;
            }
        }
        Ok(())
    }
}

/// Waits until a time; indefinitely without one.
async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The rules of the pool by a configuration.
fn rules(config: &Config) -> Rules {
    let mut rules = Rules::default();
    rules.records = true;
    rules.max_messages = usize::MAX;
    let mut seed = [0; 8];
    // Without random numbers the references begin at the same number.
    let _ = getrandom::fill(&mut seed);
    rules.seed = u64::from_le_bytes(seed);
    rules.limits.min_gap = Duration::from_millis(config.limits.gap);
    rules.limits.per_day = config.limits.per_day;
    rules.limits.per_month = config.limits.per_month;
    for route in &config.routes {
        let mut new = Route::new(&route.name);
        for prefix in &route.prefixes {
            new = new.prefix(prefix);
        }
        for modem in &route.modems {
            new = new.member(modem, 1);
        }
        for modem in &route.fallback {
            // The group of a modem has its name.
            new = new.fallback(modem);
        }
        rules.routes.push(new);
    }
    rules
}
