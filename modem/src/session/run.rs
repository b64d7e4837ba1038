//! One job at a time: what the engine says, what the running procedure makes of it, and what follows.

use alloc::boxed::Box;

use at_proto::{Content, Engine, Instant, Notification, RequestId, Urc};
use pdu::Page;

use super::event::Event;
use super::inbox::Arrival;
use super::job::{EraseFor, Job};
use super::outbox::{AfterPart, Attempt, MessageId};
use super::received::Slot;
use super::ticket::{Erased, TicketId};
use super::{MOST_EVENTS, Phase, Session};
use crate::config::Receive;
use crate::error::{Error, ErrorKind};
use crate::message::PartOutcome;
use crate::procedure::{Answer, CommandLine, Context, Input, Procedure, Step};
use crate::procedures::{Acknowledge, Check, Condition, Erasure, Release, Stored, Swept, Wake};
use crate::wire_log::told;

/// The job that has the modem.
#[derive(Debug)]
pub(super) struct Running {
    job: Job,
    exchange: Exchange,
}

/// What the running job waits for.
#[derive(Debug, Default)]
struct Exchange {
    command: Option<Command>,
    wait: Option<Instant>,
}

#[derive(Debug)]
struct Command {
    id: RequestId,
    line: CommandLine,
    started: Instant,
}

/// How the running job ended.
enum Ended {
    Initialised(Result<(), Error>),
    Woken,
    Checked(Result<Condition, Error>),
    Acknowledged,
    Read(Result<Option<Stored>, Error>),
    Swept(Result<Swept, Error>),
    Erased(EraseFor, Result<Erasure, Error>),
    Released(Result<Release, Error>),
    Part(MessageId, PartOutcome),
    Application(TicketId, Result<Erased, Error>),
}

/// After so many times without any answer a modem is taken for dead, where its link can be opened anew.
const MOST_SILENCES: u8 = 3;

impl Ended {
    /// Why it failed, if anyone is told, and whether the lines before it help to see why.
    fn failure(&mut self) -> Option<(&mut Error, bool)> {
        match self {
            Self::Part(_, PartOutcome::Unknown { error }) => Some((error, true)),
            Self::Initialised(Err(error))
            | Self::Erased(_, Err(error))
            | Self::Part(_, PartOutcome::Failed { error })
            | Self::Application(_, Err(error)) => {
                let trouble = error.is_trouble();
                Some((error, trouble))
            }
            _ => None,
        }
    }
}

impl Running {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.exchange.wait.is_some_and(|wait| wait <= now)
    }

    pub(super) fn wait(&self) -> Option<Instant> {
        self.exchange.wait
    }

    /// The attempt under way, if the job is one.
    pub(super) fn attempt(&self) -> Option<(RequestId, &Attempt)> {
        match (&self.job, &self.exchange.command) {
            (Job::Part(_, part), Some(command)) => Some((command.id, part.attempt())),
            _ => None,
        }
    }

    pub(super) fn into_job(self) -> Job {
        self.job
    }
}

impl Session {
    /// Takes what the engine has, and gives the modem to the next job, until there is nothing more to do.
    pub(super) fn advance(&mut self, now: Instant) {
        loop {
            while let Some(event) = self.engine.poll_event() {
                self.react(event, now);
            }
            if self.running.is_some() || self.phase == Phase::Closed || !self.engine.is_idle() {
                return;
            }
            self.expire_messages(now);
            let ready = self.phase == Phase::Ready;
            let job = match self.config.wake_after {
                Some(pause) if ready && self.last_exchange + pause <= now && self.queue.has_next() => {
                    Job::Wake(Wake)
                }
                _ if ready && self.settings.suspect && self.queue.needs_settings() => {
                    Job::Check(Check::default())
                }
                _ => match self.next_job(ready, now) {
                    Some(job) => job,
                    None => return,
                },
            };
            self.running = Some(Running {
                job,
                exchange: Exchange::default(),
            });
            self.step(Input::Start, now);
        }
    }

    fn next_job(&mut self, ready: bool, now: Instant) -> Option<Job> {
        let unregistered = self.settings.registrations.is_registered() == Some(false);
        loop {
            let outbox = &self.outbox;
            let may_go = |id| !unregistered || outbox.is_impatient(id, now);
            match self.queue.next(ready, may_go)? {
                Job::Message(id) => {
                    // A message that has ended meanwhile has no part any more.
                    if let Some(part) = self.outbox.next_part(id, now) {
                        return Some(Job::Part(id, part));
                    }
                }
                job => return Some(job),
            }
        }
    }

    /// Ends the messages whose time is over.
    fn expire_messages(&mut self, now: Instant) {
        for id in self.outbox.expired(now) {
            self.queue.withdraw_message(id);
            let after = self.outbox.end(id);
            self.after_part(id, after);
        }
    }

    fn react(&mut self, event: at_proto::Event, now: Instant) {
        match event {
            at_proto::Event::Completed { id, outcome } => {
                let command = self
                    .running
                    .as_mut()
                    .and_then(|running| running.exchange.command.take_if(|command| command.id == id));
                self.last_exchange = now;
                if let Some(command) = command {
                    let elapsed = now.saturating_duration_since(command.started);
                    self.step(
                        Input::Answer(Answer {
                            outcome,
                            command: command.line,
                            elapsed,
                        }),
                        now,
                    );
                }
            }
            at_proto::Event::Urc(urc) => self.announced(urc, now),
            at_proto::Event::ReadyToCommit { id } => {
                if let Some(attempt) = self
                    .running
                    .as_ref()
                    .and_then(Running::attempt)
                    .map(|(_, attempt)| attempt.clone())
                {
                    self.outbox.attempting(attempt.message);
                    self.emit(Event::Attempting(attempt));
                }
                if !self.config.confirm_attempts {
                    self.committed = Some(now);
                    self.engine.commit(id, now);
                }
            }
            at_proto::Event::Unknown(line) => self.emit(Event::Unrecognised(told(&line))),
            at_proto::Event::ForeignEcho(line) => self.emit(Event::ForeignEcho(told(&line))),
            at_proto::Event::Resynchronised { answered } => {
                self.counters.resynchronisations += 1;
                self.silences = if answered {
                    0
                } else {
                    self.silences.saturating_add(1)
                };
                if self.silences >= MOST_SILENCES && self.phase == Phase::Ready {
                    self.broken = Some(ErrorKind::Silent.into());
                }
                self.emit(Event::Resynchronised { answered });
            }
            // Steps of an exchange whose completion says all.
            _ => {}
        }
    }

    /// The modem has announced something by itself.
    fn announced(&mut self, urc: Urc, now: Instant) {
        // What cannot be read is handed on as it came.
        let Ok(Some(notification)) = Notification::parse(&urc) else {
            return self.emit(Event::Unknown(urc));
        };
        if self.step(Input::Notification(&notification), now) {
            return;
        }
        if let Notification::Registration(domain, state) = notification {
            self.settings.registrations.note(domain, state);
        }
        if let Notification::Started(words) = &notification {
            self.started(words);
        }
        match notification {
            Notification::MessageStored(place) | Notification::ReportStored(place) => {
                match (place.memory, place.index) {
                    _ if self.config.receive == Receive::Off => {}
                    (Some(memory), Some(index)) => self.read(Slot::new(memory, index)),
                    // Some modems announce that there is something, and not where.
                    _ => self.sweep(),
                }
            }
            Notification::Message(Content { data: Some(line), .. })
            | Notification::Report(Content { data: Some(line), .. }) => {
                let wait = self
                    .settings
                    .acknowledges
                    .then_some(self.config.acknowledge_within);
                let (arrival, acknowledge) = self.inbox.direct(&line, wait, now);
                self.arrived(arrival);
                if acknowledge {
                    self.queue.urgent(Job::Acknowledge(Acknowledge));
                }
            }
            Notification::Broadcast(Content { data: Some(line), .. }) => match Page::from_hex(&line) {
                Ok(page) => {
                    let broadcast = self.broadcasts.insert(&page.value);
                    broadcast
                        .into_iter()
                        .for_each(|whole| self.emit(Event::Broadcast(whole)));
                }
                Err(_) => self.emit(Event::Unknown(urc)),
            },
            // How full it is, and what can be done about it, a look through it shows.
            Notification::StorageFull(_) => {
                self.storage_is_full(None);
                self.sweep();
            }
            notification => self.emit(Event::Announced(notification)),
        }
    }

    /// Gives the running job what came; true if it claims a notification for itself.
    pub(super) fn step(&mut self, input: Input<'_>, now: Instant) -> bool {
        let Some(Running {
            mut job,
            mut exchange,
        }) = self.running.take()
        else {
            return false;
        };
        let mut context = Context {
            now,
            config: &self.config,
            profile: &mut self.profile,
            settings: &mut self.settings,
            claimed: false,
        };
        let mut driver = Driver {
            context: &mut context,
            exchange: &mut exchange,
            engine: &mut self.engine,
        };
        let ended = match &mut job {
            Job::Initialise(job) => driver.drive(&mut **job, input).map(Ended::Initialised),
            Job::Wake(job) => driver.drive(job, input).map(|_| Ended::Woken),
            Job::Check(job) => driver.drive(job, input).map(Ended::Checked),
            Job::Acknowledge(job) => driver.drive(job, input).map(|_| Ended::Acknowledged),
            Job::Read(job) => driver.drive(job, input).map(Ended::Read),
            Job::Sweep(job) => driver.drive(job, input).map(Ended::Swept),
            Job::Release(job) => driver.drive(job, input).map(Ended::Released),
            Job::Erase(purpose, job) => {
                let purpose = purpose.clone();
                driver
                    .drive(&mut **job, input)
                    .map(|result| Ended::Erased(purpose, result))
            }
            // Its turn has not come: a part is made of it when it does.
            Job::Message(_) => None,
            Job::Part(id, job) => {
                let id = *id;
                // A part that cannot even be submitted has not gone out.
                driver.drive(&mut **job, input).map(|result| {
                    Ended::Part(id, result.unwrap_or_else(|error| PartOutcome::Failed { error }))
                })
            }
            Job::Application(id, job) => {
                let id = *id;
                driver
                    .drive(job, input)
                    .map(|result| Ended::Application(id, result))
            }
        };
        let claimed = context.claimed;
        match ended {
            None => self.running = Some(Running { job, exchange }),
            Some(mut ended) => {
                if let Some((error, trouble)) = ended.failure() {
                    self.explain(error, trouble);
                }
                self.ended(ended, now);
            }
        }
        claimed
    }

    fn ended(&mut self, ended: Ended, now: Instant) {
        match ended {
            Ended::Initialised(result) => self.initialised(result, now),
            // The modem has not taken the acknowledgement; it will deliver the message again.
            Ended::Acknowledged | Ended::Woken => {}
            Ended::Checked(result) => self.checked(&result),
            Ended::Read(Ok(Some(stored))) => self.found(&stored, now),
            // Some modems name a memory in which it is not: Quectel's announce a report in SM that lies in SR.
            Ended::Read(Ok(None)) => self.sweep(),
            Ended::Read(Err(_)) => self.look_later = true,
            Ended::Swept(result) => {
                let swept = result.unwrap_or_default();
                for stored in &swept.found {
                    self.found(stored, now);
                }
                self.judge_fullness(swept);
            }
            Ended::Erased(purpose, result) => self.erased(purpose, result),
            Ended::Released(result) => {
                match result {
                    Ok(release) => self.released(release),
                    Err(_) => self.look_later = true,
                }
                self.look_if_there_is_room();
            }
            Ended::Part(id, outcome) => {
                let committed = self.committed.take();
                let latency = committed.map(|committed| now.saturating_duration_since(committed));
                self.counters.part(&outcome, latency);
                let after = self.outbox.part_ended(id, outcome);
                self.after_part(id, after);
            }
            Ended::Application(id, result) => self.finish(id, result),
        }
    }

    fn checked(&mut self, result: &Result<Condition, Error>) {
        self.settings.suspect = false;
        match result {
            Ok(Condition::Lost) => {
                self.emit(Event::Restarted(None));
                self.begin_initialisation();
            }
            Ok(Condition::Rearmed) => {
                self.emit(Event::Rearmed);
                self.sweep();
            }
            // A modem that does not answer shows that soon enough elsewhere.
            Ok(Condition::Good) | Err(_) => {}
        }
    }

    /// The modem says that it has started, or got ready.
    fn started(&mut self, words: &str) {
        let from_the_beginning = ["RDY", "APP RDY", "^SYSSTART", "*ATREADY", "+AT"];
        let anew = from_the_beginning.iter().any(|first| words.starts_with(first));
        match self.phase {
            Phase::Ready if anew => {
                self.emit(Event::Restarted(Some(words.into())));
                self.begin_initialisation();
            }
            Phase::Initialising if anew => self.started_anew = true,
            // Only now it may show what it has stored.
            Phase::Ready => {
                self.queue.check(Job::Check(Check::default()));
                self.sweep();
            }
            _ => {}
        }
    }

    fn initialised(&mut self, result: Result<(), Error>, now: Instant) {
        self.settings.suspect = false;
        if self.started_anew && self.phase == Phase::Initialising {
            return self.begin_initialisation();
        }
        // After a failure the application can still run procedures, to unlock the SIM or to find out more.
        if self.phase != Phase::Closed {
            self.phase = Phase::Ready;
        }
        if result.is_ok() {
            self.counters.initialised += 1;
            self.initialised = true;
            self.emit(Event::Ready);
            self.sweep();
            self.next_poll = self
                .profile
                .poll_interval(&self.config)
                .map(|interval| now + interval);
        }
        match (self.ready.take(), result) {
            (Some(ready), result) => self.finish(ready, result.map(erase)),
            // The session has begun it by itself, since the modem had started anew.
            (None, Err(error)) => {
                self.broken = Some(error.clone());
                self.emit(Event::Failed(error));
            }
            (None, Ok(())) => {}
        }
    }

    pub(super) fn after_part(&mut self, id: MessageId, after: AfterPart) {
        let early = core::mem::take(&mut self.early);
        match after {
            AfterPart::Next => self.queue.outbound_next(Job::Message(id)),
            AfterPart::Ended(ticket, report) => self.finish(ticket, Ok(erase(report))),
            AfterPart::Nothing => {}
        }
        for report in early {
            self.arrived(Arrival::Report(report));
        }
    }

    /// Ends a job that will not run any more.
    pub(super) fn unfinished(&mut self, job: &Job) {
        match job {
            Job::Message(id) | Job::Part(id, _) => {
                let after = self.outbox.end(*id);
                self.after_part(*id, after);
            }
            Job::Application(id, _) | Job::Erase(EraseFor::Application(id), _) => {
                self.finish(*id, Err(ErrorKind::Closed.into()));
            }
            // The session's own work begins anew with the next link.
            _ => {}
        }
    }

    /// Tells an error what led to it.
    fn explain(&self, error: &mut Error, trouble: bool) {
        if trouble {
            error.set_recent(self.journal.recent());
        }
        #[cfg(feature = "std")]
        if let (ErrorKind::Closed, Some(cause)) = (error.kind(), &self.lost) {
            error.set_cause(alloc::sync::Arc::clone(cause));
        }
    }

    pub(super) fn finish(&mut self, id: TicketId, mut result: Result<Erased, Error>) {
        if let Err(error) = &mut result {
            self.explain(error, false);
        }
        if let Some(result) = self.tickets.finish(id, result) {
            self.abandoned(result);
        }
    }

    /// The outcome of something that nobody waits for any more.
    pub(super) fn abandoned(&mut self, result: Result<Erased, Error>) {
        match result.map(|erased| erased.downcast()) {
            Ok(Ok(report)) => self.emit(Event::Sent(*report)),
            Ok(Err(_)) => {}
            Err(error) => self.emit(Event::Failed(error)),
        }
    }

    pub(super) fn emit(&mut self, event: Event) {
        match &event {
            Event::Received(_) => self.counters.received += 1,
            Event::Report(_) => self.counters.reports += 1,
            Event::Undecodable(_) => self.counters.undecodable += 1,
            _ => {}
        }
        crate::tell::event(&event);
        if event.must_be_kept() || self.events.len() < MOST_EVENTS {
            self.events.push_back(event);
        }
    }
}

pub(super) fn erase<T: Send + 'static>(value: T) -> Erased {
    Box::new(value)
}

/// Puts one step of a procedure into effect.
struct Driver<'a, 'b> {
    context: &'a mut Context<'b>,
    exchange: &'a mut Exchange,
    engine: &'a mut Engine,
}

impl Driver<'_, '_> {
    /// One step; the result if it was the last one.
    fn drive<P: Procedure>(
        &mut self,
        procedure: &mut P,
        input: Input<'_>,
    ) -> Option<Result<P::Output, Error>> {
        if !matches!(input, Input::Notification(_)) {
            self.exchange.wait = None;
        }
        match procedure.step(input, self.context) {
            Step::Run(request) => {
                let line = CommandLine(request.line().to_vec());
                match self.engine.submit(request, self.context.now) {
                    Ok(id) => {
                        self.exchange.command = Some(Command {
                            id,
                            line,
                            started: self.context.now,
                        });
                    }
                    // The engine takes a command whenever the last one has ended, unless the link has.
                    Err(_) => return Some(Err(ErrorKind::Closed.into())),
                }
                None
            }
            Step::Wait(until) => {
                self.exchange.wait = Some(until);
                None
            }
            Step::Listen => None,
            Step::Done(result) => Some(result),
        }
    }
}
