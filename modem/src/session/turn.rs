//! The turn of a session: the events of the engine, the reaction of the parts, and the choice of
//! the next job.

use alloc::boxed::Box;

use at_proto::{BootStage, Instant, MessageContent, Notification, Urc, UrcKind};

use super::Session;
use super::executor::Ended;
use super::incoming::Arrival;
use super::job::{EraseFor, Job};
use super::link::Finished;
use super::tickets::{TicketId, erased};
use crate::config::Receive;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::log::masked_line;
use crate::message::{Slot, Stored};
use crate::procedure::Input;
use crate::procedures::{Acknowledge, Check, Condition, Wake};

impl Session {
    /// Handles the events of the engine and runs the next job, until nothing is left to do.
    ///
    /// The order is part of the contract: events of the engine, expiry of messages, waking,
    /// checking, the queue.
    pub(super) fn advance(&mut self, now: Instant) {
        loop {
            while let Some(event) = self.engine.poll_event() {
                self.react(event, now);
            }
            if !self.executor.is_idle() || self.desk.link.is_closed() || !self.engine.is_idle() {
                return;
            }
            self.outgoing.expire(&mut self.desk, now);
            let Some(job) = self.next_job(now) else {
                return;
            };
            self.executor.run(job);
            self.step(Input::Start, now);
        }
    }

    fn next_job(&mut self, now: Instant) -> Option<Job> {
        let ready = self.desk.link.runs_jobs();
        if ready && self.may_sleep(now) && self.desk.queue.has_next() {
            return Some(Job::Wake(Wake));
        }
        if ready && self.modem.settings.unchecked && self.desk.queue.needs_settings() {
            return Some(Job::Check(Check::default()));
        }
        let unregistered = self.modem.settings.registrations.is_registered() == Some(false);
        loop {
            let outbox = &self.outgoing.outbox;
            let may_go = |id| !unregistered || outbox.is_past_network_deadline(id, now);
            match self.desk.queue.next(ready, may_go)? {
                Job::Message(id) => {
                    // A message that has ended meanwhile has no part any more.
                    if let Some(part) = self.outgoing.outbox.next_part(id, now) {
                        return Some(Job::Part(id, part));
                    }
                }
                job => return Some(job),
            }
        }
    }

    /// Returns `true` if the modem has been idle long enough to be asleep.
    fn may_sleep(&self, now: Instant) -> bool {
        let last = self.desk.link.last_exchange();
        self.desk.config.wake_after.is_some_and(|pause| last.is_none_or(|last| last + pause <= now))
    }

    fn react(&mut self, event: at_proto::Event, now: Instant) {
        match event {
            at_proto::Event::Completed { id, outcome } => {
                self.desk.link.exchanged(now);
                if let Some(answer) = self.executor.answer(id, outcome, now) {
                    self.step(Input::Answer(answer), now);
                }
            }
            at_proto::Event::Urc(urc) => self.announced(urc, now),
            at_proto::Event::ReadyToCommit { id } => {
                if let Some((_, attempt)) = self.executor.attempt() {
                    self.outgoing.outbox.attempting(attempt.message);
                    self.desk.emit(Event::Attempting(attempt.clone()));
                }
                if !self.desk.config.confirm_attempts {
                    self.outgoing.commit(now);
                    self.engine.commit(id, now);
                }
            }
            at_proto::Event::UnknownLine(line) => {
                self.desk.emit(Event::UnknownLine(masked_line(&line)));
            }
            at_proto::Event::ForeignEcho(line) => {
                self.desk.emit(Event::ForeignEcho(masked_line(&line)));
            }
            at_proto::Event::Resynchronised { answered } => {
                self.desk.counters.resynchronisations += 1;
                self.desk.link.resynchronised(answered);
                self.desk.emit(Event::Resynchronised { answered });
            }
            // Steps of an exchange that its completion includes.
            _ => {}
        }
    }

    /// Handles an unsolicited result code of the modem.
    fn announced(&mut self, urc: Urc, now: Instant) {
        // An unreadable URC is reported as it is.
        let Ok(Some(notification)) = Notification::parse(&urc) else {
            return self.desk.emit(Event::UnknownUrc(urc));
        };
        if self.step(Input::Notification(&notification), now) {
            return;
        }
        if let Notification::Registration(domain, state) = notification {
            self.modem.settings.registrations.note(domain, state);
        }
        if let Notification::Started(words) = &notification {
            let restarted = urc.kind() == Some(UrcKind::Boot(BootStage::Start));
            self.started(restarted, words);
            if restarted {
                if let Some(ended) = self.executor.restarted() {
                    self.finished(ended, now);
                }
            }
        }
        match notification {
            Notification::MessageStored(place) | Notification::StatusReportStored(place) => {
                match (place.memory, place.index) {
                    _ if self.desk.config.receive == Receive::Off => {}
                    (Some(memory), Some(index)) => {
                        self.incoming.read(Slot::new(memory, index), &mut self.desk);
                    }
                    // Some modems announce a message without its slot.
                    _ => self.incoming.sweep(&mut self.desk),
                }
            }
            Notification::Message(MessageContent { data: Some(line), .. })
            | Notification::StatusReport(MessageContent { data: Some(line), .. }) => {
                let acknowledged = self.modem.settings.acknowledges;
                let wait = acknowledged.then_some(self.desk.config.acknowledge_within);
                let (arrival, acknowledge) = self.incoming.direct(&line, wait, now);
                self.arrived(arrival);
                if acknowledge {
                    self.desk.queue.urgent(Job::Acknowledge(Acknowledge));
                }
            }
            Notification::Broadcast(MessageContent { data: Some(line), .. }) => {
                match self.incoming.broadcast(&line) {
                    Ok(Some(whole)) => self.desk.emit(Event::Broadcast(whole)),
                    Ok(None) => {}
                    Err(_) => self.desk.emit(Event::UnknownUrc(urc)),
                }
            }
            // A sweep of the memory shows its use, and the messages that can be deleted.
            Notification::StorageFull(_) => {
                self.incoming.storage_is_full(None, &mut self.desk);
                self.incoming.sweep(&mut self.desk);
            }
            notification => self.desk.emit(Event::Notification(notification)),
        }
    }

    /// Passes an input to the running job. Returns `true` if the job claims a notification for
    /// itself.
    pub(super) fn step(&mut self, input: Input<'_>, now: Instant) -> bool {
        let stepped =
            self.executor.step(input, &self.desk.config, &mut self.modem, &mut self.engine, now);
        if let Some(ended) = stepped.ended {
            self.finished(ended, now);
        }
        stepped.claimed
    }

    fn finished(&mut self, mut ended: Ended, now: Instant) {
        if let Some((error, trouble)) = ended.failure() {
            if trouble {
                error.set_recent(self.recent.lines());
            }
            self.desk.add_cause(error);
        }
        self.ended(ended, now);
    }

    fn ended(&mut self, ended: Ended, now: Instant) {
        match ended {
            Ended::Initialised(result) => self.initialised(result, now),
            // A modem that has not accepted the acknowledgement delivers the message again.
            Ended::Acknowledged | Ended::Woken => {}
            Ended::Checked(result) => self.checked(&result),
            Ended::Read(Ok(Some(stored))) => self.found(&stored, now),
            // Quectel modems announce a report in SM that is in SR.
            Ended::Read(Ok(None)) => self.incoming.sweep(&mut self.desk),
            Ended::Read(Err(_)) => self.incoming.sweep_later(),
            Ended::Swept(result) => {
                let swept = result.unwrap_or_default();
                for stored in &swept.found {
                    self.found(stored, now);
                }
                let receiving = self.modem.profile.receiving;
                let made_room = self.incoming.handle_usage(swept, receiving, &mut self.desk);
                self.arrived(made_room);
            }
            Ended::Erased(purpose, result) => self.incoming.erased(purpose, result, &mut self.desk),
            Ended::Released(result) => self.incoming.release_ended(&result, &mut self.desk),
            Ended::Part(id, outcome) => self.outgoing.part_ended(id, outcome, &mut self.desk, now),
            Ended::Application(id, result) => self.desk.finish(id, result),
        }
    }

    fn checked(&mut self, result: &Result<Condition, Error>) {
        self.modem.settings.unchecked = false;
        match result {
            Ok(Condition::Lost) => {
                self.desk.emit(Event::Restarted(None));
                self.begin_initialisation(None);
            }
            Ok(Condition::Rearmed) => {
                self.desk.emit(Event::Rearmed);
                self.incoming.sweep(&mut self.desk);
            }
            // A modem that does not answer is detected elsewhere soon enough.
            Ok(Condition::Good) | Err(_) => {}
        }
    }

    /// Handles a report of the modem that it has started or become ready.
    fn started(&mut self, restarted: bool, words: &str) {
        match (restarted, self.desk.link.runs_jobs()) {
            (true, true) => {
                self.desk.emit(Event::Restarted(Some(words.into())));
                self.begin_initialisation(None);
            }
            (true, false) => self.desk.link.restarted_meanwhile(),
            // Its stored messages may have become readable only now.
            (false, true) => {
                self.desk.queue.check(Job::Check(Check::default()));
                self.incoming.sweep(&mut self.desk);
            }
            (false, false) => {}
        }
    }

    fn initialised(&mut self, result: Result<(), Error>, now: Instant) {
        self.modem.settings.unchecked = false;
        if self.desk.link.must_begin_again() {
            return self.begin_initialisation(None);
        }
        let Finished { waiter, result } = self.desk.link.initialised(result);
        if result.is_ok() {
            self.desk.counters.initialised += 1;
            self.desk.emit(Event::Ready);
            self.incoming.sweep(&mut self.desk);
            let interval = self.modem.profile.poll_interval(&self.desk.config);
            self.incoming.poll_again(interval, now);
        }
        match (waiter, result) {
            (Some(waiter), result) => self.desk.finish(waiter, result.map(erased)),
            // The session itself has started this initialisation, since the modem had restarted.
            (None, Err(error)) => self.desk.emit(Event::Failed(error)),
            (None, Ok(())) => {}
        }
    }

    /// Queues an initialisation; `waiter` is the ticket that ends with it.
    pub(super) fn begin_initialisation(&mut self, waiter: Option<TicketId>) {
        self.desk.link.initialise(waiter);
        self.desk.queue.initialise(Job::Initialise(Box::default()));
    }

    fn found(&mut self, stored: &Stored, now: Instant) {
        let arrival = self.incoming.found(stored, &self.desk.config, now);
        self.arrived(arrival);
    }

    /// Handles an arrival: the one point where a received status report meets the sent messages.
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        let desk = &mut self.desk;
        match arrival {
            Arrival::Message(message, part) => {
                desk.emit(Event::Received(message));
                if let Some(part) = part {
                    desk.emit(Event::PartReceived(part));
                }
            }
            Arrival::Part(part) => desk.emit(Event::PartReceived(part)),
            Arrival::Report(received) => self.outgoing.report(received, desk),
            Arrival::Undecodable(undecodable) => desk.emit(Event::Undecodable(undecodable)),
            Arrival::Acknowledged(release) => desk.queue.release(Job::Release(release)),
            Arrival::Nothing => {}
        }
    }

    /// Ends a job that will not run any more.
    pub(super) fn unfinished(&mut self, job: &Job) {
        match job {
            Job::Message(id) | Job::Part(id, _) => self.outgoing.end(*id, &mut self.desk),
            Job::Application(id, _) | Job::Erase(EraseFor::Application(id), _) => {
                self.desk.finish(*id, Err(ErrorKind::Closed.into()));
            }
            // The session's own work begins again with the next link.
            _ => {}
        }
    }
}
