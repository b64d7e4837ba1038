//! The engine: the pool, its modems and the store, in one task.
//!
//! The task waits for nobody. What must be durable first is a write with a message to the task at
//! its end: a part is confirmed after its claim and its record, a receipt is acknowledged after its
//! message is stored, a result is settled after it is stored.

mod bundles;
mod change;
mod handle;
mod outcomes;
mod recovery;
mod sending;
mod view;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use modem::at::Instant;
use modem::pool::{Identity, Limits, MemberId, Pool, Route, Rules};
use modem::tokio::{Inbox, Modem};
use modem::{Attempt, Event, MessageId, PartOutcome};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::bundles::Bundles;
use self::change::{After, Change};
pub(crate) use self::handle::{Command, Desk, Handle, Note, Notes, Ready, UssdError};
pub(crate) use self::recovery::StartError;
use self::view::{Facts, Minutes};
use crate::api::UssdAnswer;
use crate::claims::{Answer, Arrow, PartKey};
use crate::clock;
use crate::config::{Config, ModemConfig};
use crate::links;
use crate::mask::Mask;
use crate::store::{Store, StoreError, Waiting};

/// The number of events of modems that wait for the engine.
const EVENTS: usize = 64;

/// The number of records after which a snapshot replaces the journal.
const MAX_RECORDS: u64 = 20_000;

/// The interval of the deletion of old events and keys, and of the counts of modems.
const PRUNE_INTERVAL: Duration = Duration::from_secs(60);

/// The number of events that are kept for those who read them later.
const MAX_EVENTS: i64 = 100_000;

/// The time in which parts under way may end after a stop.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// Something that happened to the engine.
enum Internal {
    /// A claim was decided about.
    Claimed(MemberId, Box<Attempt>, Result<Answer, StoreError>),
    /// A part of a member has its outcome.
    Outcome(MemberId, Box<PartOutcome>),
    /// A write is durable.
    Durable(Result<After, StoreError>),
    /// The facts about a modem were read.
    Facts(MemberId, Box<Facts>),
}

/// A message that the pool has.
#[derive(Debug, Clone)]
struct Known {
    seq: i64,
    id: String,
    /// Another host decides about the message.
    is_elsewhere: bool,
    bundle: Option<String>,
}

/// A member of the pool.
struct Member {
    name: String,
    modem: Modem,
    /// The part that the session has.
    part: Option<(MessageId, usize)>,
    /// The attempt that the session has announced.
    attempt: Option<Attempt>,
    /// The claim of the attempt was lost: the message is not tried here any more.
    is_lost: bool,
    facts: Facts,
    minutes: Minutes,
    /// The state that was reported last.
    reported: &'static str,
    /// Asks for the facts at once.
    look: Arc<tokio::sync::Notify>,
}

/// The pool, its modems, and the store.
pub(crate) struct Engine {
    store: Store,
    desk: Desk,
    config: Arc<Config>,
    pool: Pool,
    started: tokio::time::Instant,
    /// The name of this process in claims.
    boot: String,
    members: HashMap<MemberId, Member>,
    /// The messages that the pool has, with their numbers in the database.
    messages: HashMap<MessageId, Known>,
    scheduled: BTreeSet<(i64, i64)>,
    /// The messages that the pool does not have yet: scheduled ones, and parts waiting for another.
    later: HashMap<i64, Waiting>,
    bundles: Bundles,
    cancelling: HashMap<MessageId, Vec<oneshot::Sender<bool>>>,
    changes: Vec<Change>,
    after: After,
    compacted: u64,
    internal: mpsc::UnboundedSender<Internal>,
    waiting: Arc<AtomicUsize>,
    is_stopping: bool,
    /// The SIMs whose quota is used up on other hosts too, with the day.
    spent: HashMap<String, u32>,
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
        desk: Desk,
        config: Arc<Config>,
        metrics: Arc<crate::metrics::Metrics>,
    ) -> Result<(Self, Ears, Handle), StartError> {
        let opened = config.modems.iter().enumerate();
        let links = opened.map(|(index, modem)| links::open(modem, index)).collect();
        Self::start_with(store, desk, config, metrics, links).await
    }

    /// Starts like [`start`](Self::start), with these modems in the order of the configuration.
    ///
    /// # Errors
    /// Fails like [`start`](Self::start).
    pub(crate) async fn start_with(
        store: Store,
        desk: Desk,
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
            desk,
            config: Arc::clone(&config),
            started: tokio::time::Instant::now(),
            boot: uuid::Uuid::now_v7().to_string(),
            members: HashMap::new(),
            messages: HashMap::new(),
            scheduled: BTreeSet::new(),
            later: HashMap::new(),
            bundles: Bundles::default(),
            cancelling: HashMap::new(),
            changes: Vec::new(),
            after: After::default(),
            compacted: 0,
            internal,
            waiting: Arc::clone(&waiting),
            is_stopping: false,
            spent: HashMap::new(),
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
            is_lost: false,
            facts: Facts::default(),
            minutes: Minutes::default(),
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
                    self.restore_limits();
                    self.submit_scheduled();
                }
                _ = prune.tick() => {
                    self.bundles.prune(tokio::time::Instant::now());
                    self.end_minute();
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
            Internal::Claimed(id, attempt, answer) => self.on_claimed(id, &attempt, answer?),
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
        if let Some(notes) = &self.desk.notes {
            // The queue may have ended.
            let _ = notes.notes.send(Note::Changed);
            for message in after.ended {
                let _ = notes.notes.send(Note::Ended(message));
            }
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
                    member.facts.reason = Some(reason.to_string());
                }
                self.pool.handle_event(id, event, now);
            }
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Accept(message) => self.accept(*message),
            Command::Cancel(seq, answer) => self.cancel(seq, answer),
            Command::GiveBack(seq) => self.give_back(seq),
            Command::Acknowledge(id, receipt) => {
                if let Some(member) = self.members.get(&id) {
                    member.modem.acknowledge(&receipt);
                }
            }
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
        self.report_ready();
        self.waiting.store(self.pool.waiting() + self.later.len(), Ordering::Relaxed);
        self.flush();
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

/// Waits until a time; indefinitely without one.
async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The limits of a SIM by a configuration.
fn limits(config: &Config) -> Limits {
    let mut limits = Limits::default();
    limits.min_gap = Duration::from_millis(config.limits.gap);
    limits.per_day = config.limits.per_day;
    limits.per_month = config.limits.per_month;
    limits
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
    rules.limits = limits(config);
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
