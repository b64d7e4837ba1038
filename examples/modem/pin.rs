//! The PIN of the SIM. It is read from a prompt or standard input, and never shown.

use core::error::Error;

use clap::{Args, Subcommand};
use modem::at::Command;
use modem::at::sim::{ChangePin, EnterPin, Facility, PinState, ReadLock, SetLock};
use serde_json::json;

use crate::common::output::{self, say, waiting};
use crate::common::status::{Failure, failed, has_changed, of_change};
use crate::{Cli, Counted, secret};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Try a code even if it is the last attempt: after the last PUK the SIM is useless
    #[arg(long, global = true)]
    last_attempt: bool,
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Show the code that the SIM waits for, and the attempts left
    Status,
    /// Enter the PIN
    Enter,
    /// Enter the PUK and a new PIN, after three wrong PINs
    Unblock,
    /// Change the PIN
    Change,
    /// Have the SIM ask for its PIN at each start, or not
    Lock {
        #[arg(value_parser = ["on", "off"])]
        state: String,
    },
}

pub(crate) fn run(cli: &Cli, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let task = &arguments.task;
    // The secrets first: a SIM does not wait while somebody looks for a note.
    let job = match task {
        Task::Status => None,
        Task::Enter => Some(Job::Enter(EnterPin::Pin(secret::read("the PIN")?))),
        Task::Unblock => {
            Some(Job::Enter(EnterPin::Puk(secret::read("the PUK")?, secret::read_new()?)))
        }
        Task::Change => Some(Job::Change(ChangePin {
            facility: Facility::SIM,
            old: secret::read("the PIN")?,
            new: secret::read_new()?,
        })),
        Task::Lock { state } => Some(Job::Lock(SetLock {
            facility: Facility::SIM,
            on: state == "on",
            pin: secret::read("the PIN")?,
        })),
    };
    let mut modem = cli.open_locked()?;
    match job {
        None => show(&mut modem),
        Some(job) => carry_out(&mut modem, arguments, job),
    }
}

enum Job {
    Enter(EnterPin),
    Change(ChangePin),
    Lock(SetLock),
}

fn show(modem: &mut Counted) -> Result<(), Box<dyn Error>> {
    let state = modem.sim_state()?;
    // Few modems have all of these commands.
    let retries = modem.pin_retries().unwrap_or_default();
    let lock = modem.command(ReadLock(Facility::SIM)).ok();
    output::object(&json!({
        "type": "pin",
        "state": words(&state),
        "pin_attempts": retries.pin,
        "puk_attempts": retries.puk,
        "lock": lock,
    }));
    let number = |retries: Option<u8>| retries.map_or_else(|| "-".into(), |left| left.to_string());
    say!("state             {}", words(&state));
    say!("PIN attempts left {}", number(retries.pin));
    say!("PUK attempts left {}", number(retries.puk));
    say!("asks at the start {}", lock.map_or("-", |lock| if lock { "yes" } else { "no" }));
    Ok(())
}

fn words(state: &PinState) -> String {
    match state {
        PinState::Ready => "ready".into(),
        PinState::SimPin => "SIM PIN".into(),
        PinState::SimPuk => "SIM PUK".into(),
        PinState::SimPin2 => "SIM PIN2".into(),
        PinState::SimPuk2 => "SIM PUK2".into(),
        PinState::Other(other) => other.clone(),
        other => format!("{other:?}"),
    }
}

fn carry_out(
    modem: &mut Counted,
    Arguments { last_attempt, task }: &Arguments,
    job: Job,
) -> Result<(), Box<dyn Error>> {
    let state = modem.sim_state()?;
    let left = attempts(modem, task);
    match (task, &state) {
        (Task::Enter, PinState::SimPin)
        | (Task::Unblock, PinState::SimPuk)
        | (Task::Change | Task::Lock { .. }, PinState::Ready) => {}
        (Task::Enter, PinState::Ready) => {
            say!("-- the SIM is unlocked already");
            return Ok(());
        }
        (Task::Enter, PinState::SimPuk) => {
            return Err(failed("the SIM asks for its PUK: use `pin unblock`").into());
        }
        (Task::Unblock, _) => {
            return Err(wrong_state("the SIM does not ask for its PUK", &state));
        }
        _ => return Err(wrong_state("unlock the SIM first", &state)),
    }
    if let Some(left) = left.filter(|left| *left <= 1 && !last_attempt) {
        return Err(failed(format!(
            "only {left} attempt is left, and nothing was tried: make sure, and add --last-attempt"
        ))
        .into());
    }
    let result = match job {
        Job::Enter(enter) => ask(modem, enter),
        Job::Change(change) => ask(modem, change),
        Job::Lock(lock) => ask(modem, lock),
    };
    if let Err(failure) = result {
        let left = attempts(modem, task);
        let left = left.map(|left| format!("; attempts left: {left}")).unwrap_or_default();
        return Err(failure.and(&left).into());
    }
    has_changed();
    output::object(&json!({ "type": "pin", "done": true }));
    say!("-- done");
    Ok(())
}

fn wrong_state(sentence: &str, state: &PinState) -> Box<dyn Error> {
    failed(format!("{sentence}: its state is {}", words(state))).into()
}

fn ask<C>(modem: &mut Counted, command: C) -> Result<(), Failure>
where
    C: Command<Output = ()> + Send + 'static,
{
    waiting("asking the SIM", || modem.command(command)).map_err(|error| of_change(&error))
}

/// The attempts left for the code of the task, if the modem reports them.
fn attempts(modem: &mut Counted, task: &Task) -> Option<u8> {
    let retries = modem.pin_retries().ok()?;
    if matches!(task, Task::Unblock) { retries.puk } else { retries.pin }
}
