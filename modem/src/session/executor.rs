//! The one running job, and the commands of its procedure.

use at_proto::{Engine, Instant, Outcome, Request, RequestId};

#[cfg(feature = "erase")]
use super::job::EraseFor;
use super::job::Job;
use super::tickets::{Erased, TicketId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::event::Task;
use crate::journal::{Gate, Ledger, gate_deadline};
use crate::message::{Attempt, MessageId, PartOutcome, Stored};
use crate::procedure::{Answer, CommandLine, Context, Input, Procedure, Step};
#[cfg(feature = "erase")]
use crate::procedures::Erasure;
use crate::procedures::{Condition, Release, ReleaseSlot, Swept};
use crate::profile::ModemState;

/// Runs one job at a time.
#[derive(Debug, Default)]
pub(super) struct Executor {
    running: Option<Running>,
}

/// The running job.
#[derive(Debug)]
struct Running {
    job: Job,
    exchange: Exchange,
    /// The modem restarted meanwhile: the job ends, since the settings it relies on are lost.
    restarted: bool,
}

/// The command or the time that the running job waits for.
#[derive(Debug, Default)]
struct Exchange {
    command: Option<Command>,
    wait: Option<Instant>,
    held: Option<Held>,
}

/// An irreversible command that waits for its record to be durable.
#[derive(Debug)]
struct Held {
    request: Request,
    gate: u64,
    until: Instant,
}

/// The command of the running job.
#[derive(Debug)]
struct Command {
    id: RequestId,
    line: CommandLine,
    started: Instant,
}

/// The end of a job, with its result.
#[derive(Debug)]
pub(super) enum Ended {
    Initialised(Result<(), Error>),
    Woken,
    Checked(Result<Condition, Error>),
    Acknowledged(Result<(), Error>),
    Paused,
    Read(Task, Result<Option<Stored>, Error>),
    Swept(Result<Swept, Error>),
    #[cfg(feature = "erase")]
    Erased(EraseFor, Result<Erasure, Error>),
    Released(ReleaseSlot, Result<Release, Error>),
    Part(MessageId, PartOutcome),
    Application(TicketId, Result<Erased, Error>),
}

impl Ended {
    /// The failure, if it is reported, and whether the lines before it help to find its reason.
    pub(super) fn failure(&mut self) -> Option<(&mut Error, bool)> {
        let error = match self {
            Self::Part(_, PartOutcome::Unknown { error }) => return Some((error, true)),
            Self::Initialised(Err(error))
            | Self::Part(_, PartOutcome::Failed { error })
            | Self::Application(_, Err(error)) => error,
            #[cfg(feature = "erase")]
            Self::Erased(_, Err(error)) => error,
            _ => return None,
        };
        let trouble = error.is_trouble();
        Some((error, trouble))
    }
}

impl Ended {
    /// The end of a job between two commands of its own, such as after a restart of the modem.
    /// `None` for a message whose turn has not come.
    fn interrupted(job: Job, error: ErrorKind) -> Option<Self> {
        let error = Error::from(error);
        Some(match job {
            Job::Initialise(_) => Self::Initialised(Err(error)),
            Job::Wake(_) => Self::Woken,
            Job::Check(_) => Self::Checked(Err(error)),
            Job::Acknowledge(_) => Self::Acknowledged(Err(error)),
            Job::Pause(_) => Self::Paused,
            Job::Read(job) => Self::Read(job.task(), Err(error)),
            Job::Sweep(_) => Self::Swept(Err(error)),
            Job::Release(job) => Self::Released(job, Err(error)),
            #[cfg(feature = "erase")]
            Job::Erase(purpose, _) => Self::Erased(purpose, Err(error)),
            Job::Message(_) => return None,
            // Between two commands nothing was sent.
            Job::Part(id, _) => Self::Part(id, PartOutcome::Failed { error }),
            Job::Application(id, _) => Self::Application(id, Err(error)),
        })
    }
}

/// The outcome of a step.
#[derive(Debug, Default)]
pub(super) struct Stepped {
    /// The job claims the notification or refusal for itself.
    pub(super) claimed: bool,
    /// The job has ended.
    pub(super) ended: Option<Ended>,
}

impl Executor {
    pub(super) const fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    /// Starts a job; a step with [`Input::Start`] follows.
    pub(super) fn run(&mut self, job: Job) {
        self.running = Some(Running { job, exchange: Exchange::default(), restarted: false });
    }

    /// Notes a restart of the modem. Returns the end of the running job if no command of it is
    /// under way; otherwise the job ends with its command.
    pub(super) fn restarted(&mut self) -> Option<Ended> {
        let running = self.running.as_mut()?;
        running.restarted = true;
        if running.exchange.command.is_some() {
            return None;
        }
        let running = self.running.take();
        running.and_then(|running| Ended::interrupted(running.job, ErrorKind::Restarted))
    }

    /// The number of the record that the running job waits for.
    pub(super) fn gate(&self) -> Option<u64> {
        Some(self.running.as_ref()?.exchange.held.as_ref()?.gate)
    }

    /// Returns `true` if the PIN waits for its record to be durable.
    pub(super) fn holds_pin(&self) -> bool {
        let held = self.running.as_ref().and_then(|running| running.exchange.held.as_ref());
        held.is_some_and(|held| begins(held.request.line(), ENTER_PIN))
    }

    /// Writes a command whose record is durable now. Returns the end of the running job if the
    /// record does not become durable, or not in time.
    pub(super) fn pass_gate(
        &mut self,
        ledger: &Ledger,
        engine: &mut Engine,
        now: Instant,
    ) -> Option<Ended> {
        let exchange = &mut self.running.as_mut()?.exchange;
        let held = exchange.held.take()?;
        match ledger.gate_of(held.gate) {
            Gate::Open => {
                // The link has ended if the engine does not accept the command, and stops the job.
                exchange.submit(held.request, engine, now);
                return None;
            }
            Gate::Waiting(_) if now < held.until => {
                exchange.held = Some(held);
                return None;
            }
            Gate::Waiting(_) | Gate::Shut => {}
        }
        let running = self.running.take();
        running.and_then(|running| Ended::interrupted(running.job, ErrorKind::Journal))
    }

    /// Stops the running job.
    pub(super) fn stop(&mut self) -> Option<Job> {
        self.running.take().map(|running| running.job)
    }

    /// The time that the running job waits for, if it waits for a time.
    pub(super) fn wait(&self) -> Option<Instant> {
        let exchange = &self.running.as_ref()?.exchange;
        exchange.wait.or(exchange.held.as_ref().map(|held| held.until))
    }

    /// Returns `true` if the time that the running job waits for is reached.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let wait = self.running.as_ref().and_then(|running| running.exchange.wait);
        wait.is_some_and(|wait| wait <= now)
    }

    /// The attempt under way and its request, if the running job sends a part.
    pub(super) fn attempt(&self) -> Option<(RequestId, &Attempt)> {
        let Running { job, exchange, .. } = self.running.as_ref()?;
        match (job, &exchange.command) {
            (Job::Part(_, part), Some(command)) => Some((command.id, part.attempt())),
            _ => None,
        }
    }

    /// The answer to the running job's command, if the outcome belongs to this command.
    pub(super) fn answer(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        now: Instant,
    ) -> Option<Answer> {
        let exchange = &mut self.running.as_mut()?.exchange;
        let command = exchange.command.take_if(|command| command.id == id)?;
        Some(Answer {
            outcome,
            command: command.line,
            elapsed: now.saturating_duration_since(command.started),
        })
    }

    /// Passes an input to the running job.
    pub(super) fn step(
        &mut self,
        input: Input<'_>,
        config: &Config,
        modem: &mut ModemState,
        ledger: &mut Ledger,
        engine: &mut Engine,
        now: Instant,
    ) -> Stepped {
        let Some(running) = &mut self.running else {
            return Stepped::default();
        };
        if !matches!(input, Input::Notification(_) | Input::Refusal(_)) {
            running.exchange.wait = None;
        }
        let mut context = Context {
            now,
            config,
            profile: &mut modem.profile,
            settings: &mut modem.settings,
            ledger,
            at_ussd_prompt: engine.is_at_ussd_prompt(),
            claimed: false,
        };
        let next = Next::of(&mut running.job, input, &mut context);
        let claimed = context.claimed;
        let interruption = match next {
            Next::Listen => None,
            Next::End(ended) => {
                self.running = None;
                return Stepped { claimed, ended: Some(ended) };
            }
            _ if running.restarted => Some(ErrorKind::Restarted),
            Next::Wait(until) => {
                running.exchange.wait = Some(until);
                None
            }
            Next::Run(request) => running.exchange.run(request, config, ledger, engine, now),
        };
        let ended = interruption.and_then(|kind| Ended::interrupted(self.stop()?, kind));
        Stepped { claimed, ended }
    }
}

/// The next step of a job: a [`Step`] whose result is the end of the job.
enum Next {
    Run(Request),
    Wait(Instant),
    Listen,
    End(Ended),
}

impl Next {
    /// Passes an input to a job.
    fn of(job: &mut Job, input: Input<'_>, context: &mut Context<'_>) -> Self {
        match job {
            Job::Initialise(job) => Self::after(job.step(input, context), Ended::Initialised),
            Job::Wake(job) => Self::after(job.step(input, context), |_| Ended::Woken),
            Job::Check(job) => Self::after(job.step(input, context), Ended::Checked),
            Job::Acknowledge(job) => Self::after(job.step(input, context), Ended::Acknowledged),
            Job::Pause(job) => Self::after(job.step(input, context), |_| Ended::Paused),
            Job::Read(job) => {
                Self::after(job.step(input, context), |result| Ended::Read(job.task(), result))
            }
            Job::Sweep(job) => Self::after(job.step(input, context), Ended::Swept),
            Job::Release(job) => {
                Self::after(job.step(input, context), |result| Ended::Released(job.clone(), result))
            }
            #[cfg(feature = "erase")]
            Job::Erase(purpose, job) => Self::after(job.step(input, context), |result| {
                Ended::Erased(purpose.clone(), result)
            }),
            // A message becomes a part when its turn comes.
            Job::Message(_) => Self::Listen,
            // A part that cannot be submitted has not been sent.
            Job::Part(id, job) => Self::after(job.step(input, context), |result| {
                Ended::Part(*id, result.unwrap_or_else(|error| PartOutcome::Failed { error }))
            }),
            Job::Application(id, job) => {
                Self::after(job.step(input, context), |result| Ended::Application(*id, result))
            }
        }
    }

    /// The same step, with the end that `end` makes of the result.
    fn after<T>(step: Step<T>, end: impl FnOnce(Result<T, Error>) -> Ended) -> Self {
        match step {
            Step::Run(request) => Self::Run(request),
            Step::Wait(until) => Self::Wait(until),
            Step::Listen => Self::Listen,
            Step::Done(result) => Self::End(end(result)),
        }
    }
}

impl Exchange {
    /// Writes a command, or holds it until the records so far are durable if it is irreversible.
    /// Returns the reason if the procedure ends instead.
    fn run(
        &mut self,
        request: Request,
        config: &Config,
        ledger: &Ledger,
        engine: &mut Engine,
        now: Instant,
    ) -> Option<ErrorKind> {
        match irreversible(request.line()).map(|action| (action, ledger.gate())) {
            None | Some((_, Gate::Open)) => {}
            Some((action, Gate::Waiting(gate))) => {
                let until = match action {
                    // Later the modem has told the network that the message was not taken, and
                    // stores the messages that follow, 3GPP TS 27.005, 3.4.4.
                    Irreversible::Acknowledge => now + config.acknowledge_within,
                    Irreversible::Other => gate_deadline(now),
                };
                self.held = Some(Held { request, gate, until });
                return None;
            }
            Some((_, Gate::Shut)) => return Some(ErrorKind::Journal),
        }
        (!self.submit(request, engine, now)).then_some(ErrorKind::Closed)
    }

    /// Writes a command. Returns `false` if the link has ended: the engine accepts a command
    /// whenever the last one has ended otherwise.
    fn submit(&mut self, request: Request, engine: &mut Engine, now: Instant) -> bool {
        let line = CommandLine::new(request.line());
        let submitted = engine.submit(request, now);
        self.command = submitted.ok().map(|id| Command { id, line, started: now });
        self.command.is_some()
    }
}

/// A command whose effect cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Irreversible {
    Acknowledge,
    Other,
}

/// The irreversible effect of a command line. Sending waits at its Ctrl-Z instead.
fn irreversible(line: &[u8]) -> Option<Irreversible> {
    if begins(line, "AT+CNMA") {
        return Some(Irreversible::Acknowledge);
    }
    (begins(line, "AT+CMGD=") || begins(line, ENTER_PIN)).then_some(Irreversible::Other)
}

/// The beginning of a command line that gives the PIN.
const ENTER_PIN: &str = "AT+CPIN=";

fn begins(line: &[u8], command: &str) -> bool {
    line.get(..command.len()).is_some_and(|start| start.eq_ignore_ascii_case(command.as_bytes()))
}
