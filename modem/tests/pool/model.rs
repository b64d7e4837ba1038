//! A model of sessions and of the network, and a pool between them: what the network has accepted
//! is the truth that results and limits are compared with.

use core::time::Duration;
use std::collections::BTreeMap;

use modem::at::Instant;
use modem::journal::{History, Snapshot};
use modem::pool::{
    Action, Calendar, Ending, Identity, Limits, Pool, PoolEvent, PoolResult, Rules, Submission,
};
use modem::{ErrorKind, MessageId, PartOutcome};

use crate::bench::refusal;

/// Random numbers (splitmix64).
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn millis(&mut self, below: u64) -> Duration {
        Duration::from_millis(self.below(below))
    }
}

/// The local date at a time of a plan.
pub(crate) fn calendar(base: u64, now: Duration) -> Calendar {
    let second = base + now.as_secs();
    let day = u32::try_from(second / 86_400).unwrap();
    Calendar { month: day / 10, day, second: u32::try_from(second % 86_400).unwrap() }
}

/// A part that the network has accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted {
    pub(crate) at: Duration,
    pub(crate) sim: usize,
    pub(crate) message: u64,
    pub(crate) part: usize,
}

/// The faults that a plan has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) twice: usize,
    pub(crate) lost: usize,
    pub(crate) untrue: usize,
    pub(crate) limits: usize,
}

/// The part that a session has.
struct Job {
    message: u64,
    part: usize,
    stage: Stage,
}

enum Stage {
    /// The attempt is announced at this time, or the part fails before it.
    Before(Duration, Option<ErrorKind>),
    /// The confirmation is awaited.
    Announced,
    /// The network decides at the first time, and the modem answers at the second.
    Sending { decides: Option<(Duration, bool)>, answers: Duration, outcome: PartOutcome },
    /// The part is taken back by this time.
    Refused(Duration),
}

struct Modem {
    name: String,
    sim: usize,
    is_plugged: bool,
    job: Option<Job>,
}

pub(crate) struct World {
    pub(crate) pool: Pool,
    pub(crate) random: Random,
    pub(crate) now: Duration,
    rules: Rules,
    base: u64,
    /// The time at which the process began.
    started: Duration,
    modems: Vec<Modem>,
    has_credit: Vec<bool>,
    pub(crate) accepted: Vec<Accepted>,
    /// The messages with the numbers of their records.
    submitted: BTreeMap<u64, u64>,
    results: BTreeMap<u64, PoolResult>,
    log: Vec<u8>,
    /// The length of the log that is durable.
    synced: usize,
    reference: u8,
    pub(crate) crashes: usize,
    untrue: usize,
}

const TIME: Duration = Duration::from_secs(1_700_000_000);

impl World {
    /// A world with this many modems; the second of the first day is `base`.
    pub(crate) fn new(rules: Rules, modems: usize, base: u64, random: Random) -> Self {
        let mut log = Vec::new();
        Snapshot::default().encode(TIME, &mut log);
        let modem = |index: usize| Modem {
            name: format!("usb{index}"),
            sim: index,
            is_plugged: true,
            job: None,
        };
        let mut world = Self {
            pool: Pool::new(rules.clone()),
            random,
            now: Duration::ZERO,
            rules,
            base,
            started: Duration::ZERO,
            modems: (0..modems).map(modem).collect(),
            has_credit: vec![true; modems],
            accepted: Vec::new(),
            submitted: BTreeMap::new(),
            results: BTreeMap::new(),
            synced: log.len(),
            log,
            reference: 0,
            crashes: 0,
            untrue: 0,
        };
        world.begin();
        world
    }

    fn instant(&self) -> Instant {
        Instant::from(self.now - self.started)
    }

    /// Adds the members to a new pool.
    fn begin(&mut self) {
        for index in 0..self.modems.len() {
            let now = self.instant();
            let group = ["even", "odd"][index % 2];
            let name = self.modems[index].name.clone();
            self.pool.add(&name, &[group], now);
            if self.modems[index].is_plugged {
                self.ready(index);
            }
        }
        self.settle();
    }

    fn ready(&mut self, index: usize) {
        let modem = &self.modems[index];
        let id = self.pool.member(&modem.name).unwrap();
        let iccid = Some(format!("sim-{}", modem.sim));
        let now = self.instant();
        self.pool.handle_ready(id, Identity { iccid, ..Identity::default() }, now);
    }

    pub(crate) fn submit(&mut self, submission: Submission) {
        let now = self.instant();
        // A plan reuses its keys for one text only.
        let id = self.pool.submit(submission, now).unwrap().get();
        let record = self.pool.last_record();
        self.submitted.entry(id).or_insert(record);
        self.settle();
    }

    pub(crate) fn cancel(&mut self) {
        if let Some((last, _)) = self.submitted.last_key_value() {
            let id = 1 + self.random.below(*last);
            let now = self.instant();
            self.pool.cancel(MessageId::from(id), now);
            self.settle();
        }
    }

    pub(crate) fn toggle_credit(&mut self) {
        let sim = self.any();
        self.has_credit[sim] = !self.has_credit[sim];
    }

    fn any(&mut self) -> usize {
        usize::try_from(self.random.below(self.modems.len() as u64)).unwrap()
    }

    /// Unplugs a modem.
    pub(crate) fn unplug(&mut self) {
        let index = self.any();
        if !core::mem::replace(&mut self.modems[index].is_plugged, false) {
            return;
        }
        let id = self.pool.member(&self.modems[index].name).unwrap();
        let now = self.instant();
        self.pool.handle_down(id, now);
        if let Some(job) = self.modems[index].job.take() {
            let outcome = self.cut(index, &job);
            let now = self.instant();
            self.pool.handle_outcome(id, outcome, now);
        }
        self.settle();
    }

    /// The outcome of a part whose link ends.
    fn cut(&mut self, index: usize, job: &Job) -> PartOutcome {
        match &job.stage {
            Stage::Sending { decides, .. } => {
                if let Some((_, true)) = decides {
                    if self.random.once_in(2) {
                        self.accept(index, job.message, job.part);
                    }
                }
                PartOutcome::Unknown { error: ErrorKind::Closed.into() }
            }
            _ => PartOutcome::Failed { error: ErrorKind::Closed.into() },
        }
    }

    /// Plugs modems in; two SIMs may be exchanged meanwhile.
    pub(crate) fn plug(&mut self, all: bool) {
        let out: Vec<usize> =
            (0..self.modems.len()).filter(|index| !self.modems[*index].is_plugged).collect();
        if let [first, second, ..] = out.as_slice() {
            if self.random.once_in(2) {
                let sim = self.modems[*first].sim;
                self.modems[*first].sim = self.modems[*second].sim;
                self.modems[*second].sim = sim;
            }
        }
        for index in out {
            if all || self.random.once_in(2) {
                self.modems[index].is_plugged = true;
                self.ready(index);
            }
        }
        self.settle();
    }

    /// No SIM sends anything from now on.
    pub(crate) fn rules_allow_nothing(&mut self) {
        let mut limits = self.rules.limits;
        limits.per_day = Some(0);
        for sim in 0..self.modems.len() {
            let now = self.instant();
            self.pool.set_limits(&format!("sim-{sim}"), limits, now);
        }
        self.settle();
    }

    /// All SIMs have credit.
    pub(crate) fn repair(&mut self) {
        self.has_credit.fill(true);
        self.plug(true);
    }

    fn accept(&mut self, index: usize, message: u64, part: usize) {
        let sim = self.modems[index].sim;
        self.accepted.push(Accepted { at: self.now, sim, message, part });
    }

    /// Ends the process and begins another one, with the durable records and some of the others.
    pub(crate) fn crash(&mut self) {
        if !self.rules.records {
            return;
        }
        self.crashes += 1;
        self.write();
        let left = self.log.len() - self.synced;
        let kept = usize::try_from(self.random.below(left as u64 + 1)).unwrap();
        self.log.truncate(self.synced + kept);
        for index in 0..self.modems.len() {
            if let Some(job) = self.modems[index].job.take() {
                self.cut(index, &job);
            }
        }
        self.now += self.random.millis(600_000);
        self.started = self.now;
        let history = History::read(&self.log, TIME + self.now).unwrap();
        self.log.truncate(history.valid_length());
        self.synced = self.log.len();
        let last = history.last_number();
        // Records that are not durable may be lost with the process.
        self.submitted.retain(|_, record| *record <= last);
        for record in self.submitted.values_mut() {
            *record = 0;
        }
        self.pool = Pool::new(self.rules.clone());
        self.pool.replay(history, Instant::ZERO).unwrap();
        self.begin();
        if self.random.once_in(2) {
            let now = self.instant();
            let snapshot = self.pool.compact(now).unwrap();
            self.log.clear();
            snapshot.encode(TIME + self.now, &mut self.log);
            self.synced = self.log.len();
            self.pool.handle_durable(snapshot.last_record(), now);
        }
        self.settle();
    }

    fn write(&mut self) {
        while let Some(entry) = self.pool.poll_record() {
            entry.encode(TIME + self.now, &mut self.log);
        }
    }

    /// Carries out what the pool asks for.
    fn settle(&mut self) {
        loop {
            if self.pool.needs_calendar() {
                let now = self.instant();
                self.pool.handle_calendar(calendar(self.base, self.now), now);
            }
            while let Some(event) = self.pool.poll_event() {
                if let PoolEvent::Finished(result) = event {
                    self.finished(&result);
                }
            }
            let Some(action) = self.pool.poll_action() else {
                self.write();
                if !self.pool.needs_sync() && !self.random.once_in(4) {
                    return;
                }
                let (last, now) = (self.pool.last_record(), self.instant());
                self.synced = self.log.len();
                self.pool.handle_durable(last, now);
                if !self.pool.has_event() && !self.pool.needs_calendar() {
                    // The confirmations may have come now.
                    match self.pool.poll_action() {
                        Some(action) => self.act(action),
                        None => return,
                    }
                }
                continue;
            };
            self.act(action);
        }
    }

    fn finished(&mut self, result: &PoolResult) {
        let id = result.message.get();
        if self.random.once_in(2) {
            self.pool.settle(result.message);
        }
        if let Some(before) = self.results.insert(id, result.clone()) {
            self.untrue += usize::from(before.ending != result.ending);
        }
    }

    fn index(&self, id: modem::pool::MemberId) -> usize {
        let name = self.pool.members().find(|member| member.id == id).unwrap().name;
        self.modems.iter().position(|modem| modem.name == name).unwrap()
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send(part) => {
                let index = self.index(part.member);
                let wait = if self.random.once_in(10) { 70_000 } else { 3_000 };
                let fails = self.random.once_in(14).then(|| match self.random.below(3) {
                    0 => ErrorKind::Timeout,
                    1 => ErrorKind::NotReady,
                    _ => ErrorKind::Restarted,
                });
                let at = self.now + self.random.millis(wait);
                let stage = Stage::Before(at, fails);
                let message = part.message.get();
                assert!(self.modems[index].is_plugged && self.modems[index].job.is_none());
                self.modems[index].job = Some(Job { message, part: part.part, stage });
            }
            Action::Confirm(id) => {
                let index = self.index(id);
                let stage = self.transmission(index);
                let job = self.modems[index].job.as_mut().unwrap();
                assert!(matches!(job.stage, Stage::Announced));
                job.stage = stage;
            }
            Action::Refuse(id) => {
                let index = self.index(id);
                let at = self.now + self.random.millis(1_000);
                if let Some(job) = self.modems[index].job.as_mut() {
                    job.stage = Stage::Refused(at);
                }
            }
        }
    }

    /// The fate of a part whose Ctrl-Z is written now.
    fn transmission(&mut self, index: usize) -> Stage {
        let decides = self.now + self.random.millis(1_000);
        let answers = decides + self.random.millis(4_000);
        let has_credit = self.has_credit[self.modems[index].sim];
        self.reference = self.reference.wrapping_add(1);
        let sent = PartOutcome::Sent { reference: self.reference };
        let unknown = || PartOutcome::Unknown { error: ErrorKind::Timeout.into() };
        let failed = |code| PartOutcome::Failed { error: refusal(code) };
        let (accepts, outcome) = match self.random.below(40) {
            _ if !has_credit => (false, failed(21)),
            0 => (true, unknown()),
            1 => (false, unknown()),
            2..=4 => (false, failed(42)),
            5 => (false, failed(1)),
            6 => (false, failed(331)),
            7 => (false, failed(10)),
            _ => (true, sent),
        };
        Stage::Sending { decides: Some((decides, accepts)), answers, outcome }
    }

    /// Lets time pass until `until`, with everything that happens on the way.
    pub(crate) fn run(&mut self, until: Duration) {
        loop {
            let pool = self.pool.poll_timeout().map(|at| at.since_epoch() + self.started);
            let jobs = self.modems.iter().filter_map(|modem| modem.job.as_ref()?.next());
            let next = jobs.chain(pool).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            let now = self.instant();
            self.pool.handle_timeout(now);
            for index in 0..self.modems.len() {
                self.step(index);
            }
            self.settle();
        }
    }

    fn step(&mut self, index: usize) {
        let (now, instant) = (self.now, self.instant());
        let id = self.pool.member(&self.modems[index].name).unwrap();
        let Some(job) = self.modems[index].job.as_mut().filter(|job| job.is_due(now)) else {
            return;
        };
        let ended = match &mut job.stage {
            Stage::Before(_, Some(kind)) => PartOutcome::Failed { error: kind.clone().into() },
            Stage::Before(_, None) => {
                job.stage = Stage::Announced;
                return self.pool.handle_attempting(id, instant);
            }
            Stage::Announced => return,
            Stage::Sending { decides: decides @ Some(_), .. } => {
                let (message, part) = (job.message, job.part);
                if let Some((_, true)) = decides.take() {
                    self.accept(index, message, part);
                }
                return;
            }
            Stage::Sending { outcome, .. } => outcome.clone(),
            Stage::Refused(_) => PartOutcome::Failed { error: ErrorKind::Withdrawn.into() },
        };
        self.modems[index].job = None;
        self.pool.handle_outcome(id, ended, instant);
    }

    /// Compares the results with the network.
    pub(crate) fn wrong(&self) -> Wrong {
        let mut wrong = Wrong { untrue: self.untrue, ..Wrong::default() };
        let mut parts: BTreeMap<(u64, usize), Vec<usize>> = BTreeMap::new();
        for accepted in &self.accepted {
            parts.entry((accepted.message, accepted.part)).or_default().push(accepted.sim);
        }
        wrong.twice = parts.values().filter(|sims| sims.len() > 1).count();
        wrong.lost = self.submitted.keys().filter(|id| !self.results.contains_key(id)).count();
        for (id, result) in &self.results {
            let is_accepted = |part: usize| parts.contains_key(&(*id, part));
            let mut is_true = true;
            for (index, part) in result.parts.iter().enumerate() {
                is_true &= match part.outcome {
                    PartOutcome::Sent { .. } => is_accepted(index),
                    PartOutcome::Failed { .. } | PartOutcome::NotAttempted => !is_accepted(index),
                    _ => true,
                };
            }
            let all = (0..result.parts.len()).all(is_accepted);
            is_true &= result.ending != Ending::Sent || all;
            // The recipient joins the parts of one sender only.
            let sims = (0..result.parts.len()).filter_map(|part| parts.get(&(*id, part)));
            let mut sims: Vec<usize> = sims.flatten().copied().collect();
            sims.dedup();
            is_true &= sims.len() <= 1;
            wrong.untrue += usize::from(!is_true);
        }
        let sims = self.modems.len();
        wrong.limits = (0..sims).map(|sim| self.broken(sim)).sum();
        wrong
    }

    /// The number of times that a SIM has broken a limit.
    fn broken(&self, sim: usize) -> usize {
        let accepted = self.accepted.iter().filter(|accepted| accepted.sim == sim);
        let mut times: Vec<Duration> = accepted.map(|accepted| accepted.at).collect();
        times.sort_unstable();
        let limits = self.rules.sims.get(&format!("sim-{sim}")).unwrap_or(&self.rules.limits);
        broken(limits, &times, self.base)
    }
}

/// The number of limits that parts of one SIM at these times break.
pub(crate) fn broken(limits: &Limits, times: &[Duration], base: u64) -> usize {
    let mut broken = 0;
    let mut days: BTreeMap<u32, u32> = BTreeMap::new();
    let mut months: BTreeMap<u32, u32> = BTreeMap::new();
    for (index, at) in times.iter().enumerate() {
        let date = calendar(base, *at);
        *days.entry(date.day).or_default() += 1;
        *months.entry(date.month).or_default() += 1;
        broken += usize::from(limits.quiet.is_some_and(|quiet| quiet.contains(date.second)));
        let before = index.checked_sub(1).map(|before| times[before]);
        broken += usize::from(before.is_some_and(|before| *at - before < limits.min_gap));
        if let Some(rate) = limits.rate {
            // In a time of one period there are at most two buckets.
            let tokens = |window: Duration| {
                let interval = rate.period / rate.parts;
                u128::from(rate.parts) + window.as_nanos() / interval.as_nanos()
            };
            let mut starts = times[..index].iter().enumerate();
            let is_over = |(first, start): (usize, &Duration)| {
                (index - first) as u128 + 1 > tokens(*at - *start)
            };
            broken += usize::from(starts.any(is_over));
        }
    }
    let over = |limit: Option<u32>, counts: &BTreeMap<u32, u32>| {
        counts.values().filter(|count| limit.is_some_and(|limit| **count > limit)).count()
    };
    broken + over(limits.per_day, &days) + over(limits.per_month, &months)
}

impl Job {
    fn next(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Before(at, _) | Stage::Refused(at) => Some(*at),
            Stage::Announced => None,
            Stage::Sending { decides, answers, .. } => {
                Some(decides.map_or(*answers, |(decides, _)| decides))
            }
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        self.next().is_some_and(|next| next <= now)
    }
}
