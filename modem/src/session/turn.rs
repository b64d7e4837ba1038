//! The turn of a session: the events of the engine, the reaction of the parts, and the choice of
//! the next job.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::{Failure, Instant};

use super::Session;
use super::counters::count;
use super::dialogue::Turn;
use super::executor::Ended;
use super::incoming::{Arrival, Incoming};
use super::job::Job;
use super::link::Finished;
use super::sim::SimRefusal;
use super::tickets::{TicketId, erased};
use crate::config::Confirm;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Task};
use crate::journal::Record;
use crate::log::masked_line;
use crate::message::{Slot, Stored};
use crate::procedure::Input;
use crate::procedures::{Check, Condition, Initialise, Wake};
use crate::retry::TaskFailure;

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
            self.collect();
            if !self.executor.is_idle() {
                return;
            }
            if self.desk.link.is_closed() {
                // A message that waits for a link expires without one.
                return self.outgoing.expire(&mut self.desk, now);
            }
            if !self.engine.is_idle() {
                return;
            }
            if self.engine.awaits_ussd_prompt() {
                return;
            }
            self.outgoing.expire(&mut self.desk, now);
            if self.desk.ledger.has_failed() {
                self.outgoing.fail_waiting(&ErrorKind::Journal, &mut self.desk);
            }
            let job = match self.turn_at_prompt(now) {
                Turn::Dialogue(job) => job,
                Turn::Any => self.next_job(now),
            };
            let Some(job) = job else {
                return;
            };
            self.leave_prompt(&job);
            #[cfg(feature = "erase")]
            self.secure(&job);
            self.executor.run(job);
            self.step(Input::Start, now);
        }
    }

    fn next_job(&mut self, now: Instant) -> Option<Job> {
        if self.desk.link.is_set_up() {
            if !self.desk.link.must_begin_again() {
                return Some(self.next_before_ready(now));
            }
            self.begin_initialisation(None);
        }
        let unfit = self.desk.link.unfit().map(|error| error.kind().clone());
        if let Some(reason) = unfit.as_ref().filter(|_| self.outgoing.outbox.is_sending()) {
            self.initialise_for_message(reason, now);
        }
        let ready = self.desk.link.runs_jobs();
        if ready && self.may_sleep(now) && self.desk.queue.has_next() {
            return Some(Job::Wake(Wake));
        }
        if ready && self.modem.settings.unchecked && self.desk.queue.needs_settings() {
            return Some(Job::Check(Check::default()));
        }
        let stopped = unfit.is_some() || self.desk.ledger.has_failed();
        let unregistered = self.modem.settings.registrations.is_registered() == Some(false);
        loop {
            let outbox = &self.outgoing.outbox;
            let may_go =
                |id| !stopped && (!unregistered || outbox.is_past_network_deadline(id, now));
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

    /// Initialises a modem again whose initialisation has failed, since a message waits. If that
    /// was tried just now, the messages fail that do not outlive the link. They are never sent: in
    /// text mode their digits would go to another number.
    fn initialise_for_message(&mut self, reason: &ErrorKind, now: Instant) {
        self.sim.require(now);
        self.initialise_for_sim(now);
        if self.desk.link.runs_jobs() {
            self.outgoing.fail_waiting(reason, &mut self.desk);
        }
    }

    /// The next job of a modem whose settings are made: the parts of one message, and then the rest
    /// of the initialisation.
    fn next_before_ready(&mut self, now: Instant) -> Job {
        let settings = &self.modem.settings;
        let unregistered = settings.registrations.is_registered() == Some(false);
        // A modem whose echo has returned may have lost its settings. An application that waits
        // for its modem cannot confirm an attempt.
        let lost = settings.echo_returned || settings.unchecked;
        let confirms = self.desk.config.confirm == Confirm::Attempts;
        let may_send = !lost && !confirms && !self.desk.ledger.has_failed();
        let outbox = &self.outgoing.outbox;
        let may_go = |id| may_send && (!unregistered || outbox.is_past_network_deadline(id, now));
        match self.desk.queue.earliest(may_go) {
            Some(id) => match self.outgoing.outbox.next_part(id, now) {
                Some(part) => Job::Part(id, part),
                // A message that has ended meanwhile has no part any more.
                None => self.next_before_ready(now),
            },
            None => Job::Initialise(Box::new(Initialise::rest())),
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
                let refusal = SimRefusal::of(&outcome);
                self.note_echo();
                if let Some(answer) = self.executor.answer(id, outcome, now) {
                    self.step(Input::Answer(answer), now);
                }
                if let Some(refusal) = refusal.filter(|_| self.desk.link.is_ready()) {
                    self.sim.refused(refusal, now);
                    if refusal == SimRefusal::Absent {
                        self.modem.profile.forget_sim();
                    }
                    self.initialise_for_sim(now);
                }
            }
            at_proto::Event::Urc(urc) => self.announced(urc, now),
            // The modem is not as it was initialised: the part goes after a check.
            at_proto::Event::ReadyToCommit { id }
                if self.note_echo() && self.outgoing.hold_back() =>
            {
                self.engine.cancel(id, now);
            }
            at_proto::Event::ReadyToCommit { id } => {
                if let Some((_, attempt)) = self.executor.attempt() {
                    self.outgoing.outbox.attempting(attempt.message, &mut self.desk.ledger);
                    self.desk.emit(Event::Attempting(attempt.clone()));
                }
                match self.desk.config.confirm {
                    Confirm::Nothing => self.commit(id, now),
                    Confirm::Attempts => {}
                    #[cfg(feature = "journal")]
                    Confirm::Records => {
                        self.attempt = Some((id, self.desk.ledger.emitted()));
                        self.pass_gates(now);
                    }
                }
            }
            at_proto::Event::UnknownLine(line) => {
                let failure = Failure::parse(line.as_bytes(), &self.desk.config.dialect);
                let claimed =
                    failure.is_some_and(|failure| self.step(Input::Refusal(&failure), now));
                if claimed {
                    return;
                }
                self.desk.emit(Event::UnknownLine(masked_line(&line)));
            }
            at_proto::Event::ForeignEcho(line) => {
                // Another program may change any setting.
                self.modem.settings.forget();
                self.desk.emit(Event::ForeignEcho(masked_line(&line)));
            }
            at_proto::Event::Resynchronised { answered } => {
                count(&mut self.desk.counters.resynchronisations);
                self.desk.link.resynchronised(answered);
                self.desk.emit(Event::Resynchronised { answered });
            }
            // Steps of an exchange that its completion includes.
            _ => {}
        }
    }

    /// Notes an echo of a command. Returns `true` if it shows that the modem has lost its settings,
    /// since its echo had been off; the settings are checked before the next command that needs
    /// them.
    fn note_echo(&mut self) -> bool {
        let echoed = self.engine.take_echo();
        let settings = &mut self.modem.settings;
        if !self.desk.link.runs_jobs() && !self.desk.link.is_set_up() {
            // The last command of the initialisation shows whether the modem has an echo.
            settings.echo_returned |= echoed && settings.echo_is_off;
            settings.echo_is_off = !echoed;
            return false;
        }
        let returned = echoed && settings.echo_is_off;
        if returned {
            settings.echo_is_off = false;
            settings.echo_returned = true;
            settings.forget();
        }
        returned
    }

    /// Reports a failure of the session's own work, unless the end of the link is its reason.
    fn task_failed(&mut self, task: Task, mut error: Error, retry_after: Option<Duration>) {
        if *error.kind() == ErrorKind::Closed {
            return;
        }
        if error.is_trouble() {
            error.set_recent(self.recent.lines());
        }
        self.desk.emit(Event::TaskFailed { task, error, retry_after });
    }

    /// Lets messages come again, once the application has acknowledged some.
    pub(super) fn resume(&mut self) {
        if self.modem.settings.paused && self.incoming.has_room(&self.desk.config) {
            self.modem.settings.paused = false;
            self.desk.queue.check(Job::Check(Check::default()));
        }
        self.incoming.sweep_if_there_is_room(&mut self.desk);
    }

    /// Runs the tasks whose delay is over.
    pub(super) fn retry(&mut self, now: Instant) {
        let mut memories = Vec::new();
        for task in self.modem.settings.retries.take_due(now) {
            match task {
                Task::SelectMemory(memory) | Task::ReadSlot(Slot { memory, .. }) => {
                    memories.push(memory);
                }
                Task::CheckSettings | Task::RearmIndications => {
                    self.desk.queue.check(Job::Check(Check::default()));
                }
                // Tried with the next sweep, the next delivery.
                _ => {}
            }
        }
        Incoming::sweep_memories(memories, &mut self.desk);
        self.incoming.retry(&mut self.desk, now);
    }

    /// Initialises the modem again if a change of the SIM needs it.
    pub(super) fn initialise_for_sim(&mut self, now: Instant) {
        if self.desk.link.runs_jobs() && self.sim.take_due(now) {
            self.desk.emit(Event::Restarted(None));
            self.begin_initialisation(None);
        }
    }

    /// Passes an input to the running job. Returns `true` if the job claims a notification or
    /// refusal for itself.
    pub(super) fn step(&mut self, input: Input<'_>, now: Instant) -> bool {
        let stepped = self.executor.step(
            input,
            &self.desk.config,
            &mut self.modem,
            &mut self.desk.ledger,
            &mut self.engine,
            now,
        );
        if let Some(ended) = stepped.ended {
            self.finished(ended, now);
        }
        stepped.claimed
    }

    pub(super) fn finished(&mut self, mut ended: Ended, now: Instant) {
        if let Some((error, trouble)) = ended.failure() {
            if trouble {
                error.set_recent(self.recent.lines());
            }
            self.desk.add_cause(error);
        }
        self.report_failures();
        self.ended(ended, now);
    }

    /// Reports the failures of the session's own tasks in the job that has ended.
    fn report_failures(&mut self) {
        for failure in core::mem::take(&mut self.modem.settings.failures) {
            let TaskFailure { task, error, retry_after } = failure;
            self.task_failed(task, error, retry_after);
        }
    }

    fn ended(&mut self, ended: Ended, now: Instant) {
        match ended {
            Ended::Initialised(result) => self.initialised(result, now),
            // A modem that has not accepted the acknowledgement delivers the message again.
            Ended::Acknowledged(Err(error)) => {
                match error.kind() {
                    // After its timeout the modem does not deliver directly any more, and is
                    // armed again, 3GPP TS 27.005, 3.4.4.
                    ErrorKind::Journal => self.desk.queue.check(Job::Check(Check::default())),
                    _ => self.modem.settings.withholds = false,
                }
                self.task_failed(Task::AcknowledgeDelivery, error, None);
            }
            Ended::Acknowledged(Ok(())) => self.modem.settings.withholds = true,
            Ended::Paused | Ended::Woken => {}
            Ended::Checked(result) => self.checked(&result, now),
            Ended::Read(_, Ok(Some(stored))) => {
                self.found(&stored, now);
                self.incoming.sweep_if_full(&mut self.desk);
            }
            // Quectel modems announce a report in SM that is in SR.
            Ended::Read(_, Ok(None)) => {
                self.incoming.sweep_for_missing(&mut self.desk, now);
            }
            Ended::Read(task, Err(error)) => {
                let mut delay = self.incoming.sweep_for_missing(&mut self.desk, now);
                if let Task::SelectMemory(_) = task {
                    delay = self.modem.settings.retries.failed(task, now);
                }
                self.task_failed(task, error, Some(delay));
            }
            Ended::Swept(result) => {
                let mut swept = result.unwrap_or_default();
                if swept.selected {
                    self.incoming.memories_are_named();
                }
                if !swept.fresh.iter().any(|stored| stored.in_text_mode) {
                    self.modem.settings.text_mode_tried = false;
                }
                // Nobody knows how long the first sweep's reports have been in the modem.
                self.outgoing.finds_old(self.incoming.is_first_sweep);
                for stored in &swept.fresh {
                    self.found(stored, now);
                }
                self.outgoing.finds_old(false);
                self.incoming.is_first_sweep &= !swept.is_whole;
                match swept.rest.take() {
                    Some(rest) => {
                        let max_deletions = self.desk.config.max_unacknowledged;
                        self.desk.queue.continue_sweep(rest, max_deletions);
                    }
                    None => {
                        let receiving = self.modem.profile.receiving;
                        let made_room =
                            self.incoming.handle_usage(swept, receiving, &mut self.desk);
                        self.arrived(made_room, now);
                    }
                }
            }
            #[cfg(feature = "erase")]
            Ended::Erased(purpose, result) => self.incoming.erased(purpose, result, &mut self.desk),
            Ended::Released(release, result) => {
                let slot = release.slot();
                let delay = self.incoming.release_ended(release, &result, &mut self.desk, now);
                if let (Some(delay), Err(error)) = (delay, result) {
                    self.task_failed(Task::DeleteSlot(slot), error, Some(delay));
                }
            }
            Ended::Part(id, outcome) => {
                self.outgoing.part_ended(id, outcome, &mut self.desk, now);
                self.identify_other_card(now);
            }
            Ended::Application(id, result) => self.desk.finish(id, result),
        }
        if self.modem.settings.text_mode_seen {
            self.seen_in_text_mode();
        }
    }

    fn checked(&mut self, result: &Result<Condition, Error>, now: Instant) {
        self.report_radio();
        match result {
            Ok(Condition::Lost) => {
                self.desk.emit(Event::Restarted(None));
                self.begin_initialisation(None);
            }
            Ok(Condition::Rearmed) => {
                self.desk.emit(Event::Rearmed);
                self.incoming.sweep(&mut self.desk);
            }
            // Its messages are found by the sweeps of a modem that announces nothing.
            Ok(Condition::Silent) => self.poll_soon(now),
            Ok(Condition::Good) => self.modem.settings.text_mode_tried = false,
            // Only the end of the link ends a check early, and the next link begins with another.
            Err(_) => {}
        }
        self.identify_other_card(now);
    }

    /// Identifies the SIM if another one was found than at the initialisation.
    fn identify_other_card(&mut self, now: Instant) {
        if core::mem::take(&mut self.modem.settings.other_card) {
            self.sim.require(now);
            self.initialise_for_sim(now);
        }
    }

    /// Reports a radio that is off, once, and ends the messages that cannot wait for it.
    fn report_radio(&mut self) {
        let off = self.modem.settings.is_radio_off();
        if off && !self.radio_reported {
            self.desk.emit(Event::RadioOff);
        }
        self.radio_reported = off;
        if off {
            self.outgoing.fail_waiting(&ErrorKind::RadioOff, &mut self.desk);
        }
    }

    fn initialised(&mut self, result: Result<(), Error>, now: Instant) {
        if self.desk.link.must_begin_again() {
            return self.begin_initialisation(None);
        }
        let is_rest = self.desk.link.is_set_up();
        if !is_rest {
            // The initialisation has armed direct deliveries.
            self.modem.settings.paused = false;
        }
        if !is_rest && result.is_ok() {
            return self.desk.link.note_set_up();
        }
        let Finished { waiter, result } = self.desk.link.initialised(result);
        if result.is_ok() {
            self.sim.identified();
            #[cfg(feature = "broadcasts")]
            self.incoming.broadcasts.located(&self.modem.settings.registrations);
            let iccid = &self.modem.profile.iccid;
            if self.modem.settings.first_iccid.is_none() {
                self.modem.settings.first_iccid = Some(iccid.clone());
                self.desk.ledger.emit(Record::Sim { iccid: iccid.clone() });
            }
            self.sim_is_unlocked();
            count(&mut self.desk.counters.initialised);
            self.desk.emit(Event::Ready);
            self.report_radio();
            self.desk.queue.message_first();
            self.incoming.sweep(&mut self.desk);
            let interval = self.modem.profile.poll_interval(&self.desk.config, 0);
            self.incoming.poll_again(interval, now);
        }
        match (waiter, result) {
            (Some(waiter), result) => self.desk.finish(waiter, result.map(erased)),
            // The session itself has started this initialisation, since the modem had restarted.
            (None, Err(error)) if error.concerns_lock() => {
                let task = Task::UnlockSim;
                self.desk.emit(Event::TaskFailed { task, error, retry_after: None });
            }
            (None, Err(error)) => {
                self.desk.emit(Event::Failed(error));
                self.sim.failed(now);
            }
            (None, Ok(())) => {}
        }
        if core::mem::take(&mut self.modem.settings.echo_returned) {
            // The modem has restarted in the middle of its initialisation.
            self.sim.require(now);
        }
        self.initialise_for_sim(now);
    }

    /// Queues an initialisation; `waiter` is the ticket that ends with it.
    pub(super) fn begin_initialisation(&mut self, waiter: Option<TicketId>) {
        self.desk.link.initialise(waiter);
        let initialise = match self.desk.link.has_waiter() {
            true => Initialise::default(),
            false => Initialise::at_run_time(),
        };
        self.desk.queue.initialise(Job::Initialise(Box::new(initialise)));
    }

    fn found(&mut self, stored: &Stored, now: Instant) {
        if !stored.in_text_mode {
            self.modem.settings.text_mode_tried = false;
        }
        let arrival = self.incoming.found(stored, &self.desk.config, now);
        if !matches!(arrival, Arrival::Nothing | Arrival::Acknowledged(_)) {
            self.poll_soon(now);
        }
        self.arrived(arrival, now);
    }

    /// Sweeps after the shortest interval, since one message may be followed by others.
    fn poll_soon(&mut self, now: Instant) {
        let interval = self.modem.profile.poll_interval(&self.desk.config, 0);
        self.incoming.poll_soon(interval, now);
    }

    /// Handles an arrival: the one point where a received status report meets the sent messages.
    pub(super) fn arrived(&mut self, arrival: Arrival, now: Instant) {
        let desk = &mut self.desk;
        match arrival {
            Arrival::Message(message, part) => {
                desk.emit(Event::Received(message));
                if let Some(part) = part {
                    desk.emit(Event::PartReceived(part));
                }
            }
            Arrival::Part(part) => desk.emit(Event::PartReceived(part)),
            Arrival::Report(received) => self.outgoing.report(received, desk, now),
            Arrival::Undecodable(undecodable) => desk.emit(Event::Undecodable(undecodable)),
            Arrival::Acknowledged(release) => desk.queue.release(Job::Release(release)),
            Arrival::Nothing => {}
        }
    }

    /// Ends a job that will not run any more.
    pub(super) fn unfinished(&mut self, job: &Job) {
        if let Job::Message(id) | Job::Part(id, _) = job {
            self.outgoing.end(*id, &mut self.desk);
        }
        // The session's own work begins again with the next link.
        if let Some(id) = job.ticket() {
            self.desk.finish(id, Err(ErrorKind::Closed.into()));
        }
    }
}
