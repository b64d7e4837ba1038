//! Voice calls. The sound goes its own way: through the modem's audio pins or its sound card.

use core::error::Error;
use core::time::Duration;

use clap::Subcommand;
use modem::at::Notification;
use modem::at::call::Call;
use modem::blocking::Port;
use modem::{Event, Profile};
use serde_json::json;

use crate::common::interrupt;
use crate::common::output::{self, say, waiting};
use crate::common::status::{failed, has_changed, of_change, usage};
use crate::{Cli, Counted};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Dial a number, and show each state of the call until it ends; Ctrl-C hangs up
    Dial {
        /// The number
        number: String,
        /// Hang up after this time
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
    },
    /// Answer the ringing call, and show each state of it until it ends; Ctrl-C hangs up
    Answer {
        /// Hang up after this time
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
        /// Wait for a call for this time
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        wait: u64,
    },
    /// End all calls, or refuse a ringing one
    HangUp,
    /// List the calls
    List,
    /// Show the callers of calls that ring, until Ctrl-C
    Watch {
        /// End after this time
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
    },
}

/// The interval between two looks at the state of a call.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) fn run(cli: &Cli, task: &Task) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open()?;
    match task {
        Task::Dial { number, seconds } => {
            if !number.chars().all(|c| c.is_ascii_digit() || "+*#ABCD".contains(c)) {
                return Err(usage(format!("{number:?} cannot be dialled: use digits")).into());
            }
            waiting(&format!("dialling {number}"), || modem.dial(number))
                .map_err(|error| of_change(&error))?;
            follow(&mut modem, *seconds)
        }
        Task::Answer { seconds, wait } => {
            await_ring(&mut modem, Duration::from_secs(*wait))?;
            waiting("answering", || modem.answer()).map_err(|error| of_change(&error))?;
            follow(&mut modem, *seconds)
        }
        Task::HangUp => {
            modem.hang_up().map_err(|error| of_change(&error))?;
            output::object(&json!({ "type": "call_ended" }));
            say!("-- hung up");
            Ok(())
        }
        Task::List => {
            let calls = modem.calls()?;
            for call in &calls {
                show(call, modem.profile());
            }
            say!("-- calls: {}", calls.len());
            Ok(())
        }
        Task::Watch { seconds } => watch(&mut modem, *seconds),
    }
}

/// Shows each state of the calls until there is none, the time has passed, or Ctrl-C hangs up.
fn follow(modem: &mut Counted, seconds: Option<u64>) -> Result<(), Box<dyn Error>> {
    has_changed();
    interrupt::hold(true);
    let until = seconds.map(|seconds| modem.port().now() + Duration::from_secs(seconds));
    let mut shown: Vec<Call> = Vec::new();
    loop {
        let calls = modem.calls()?;
        for call in calls.iter().filter(|call| !shown.contains(call)) {
            show(call, modem.profile());
        }
        if calls.is_empty() {
            output::object(&json!({ "type": "call_ended" }));
            say!("-- the call has ended");
            return Ok(());
        }
        shown = calls;
        if interrupt::requested() || until.is_some_and(|until| modem.port().now() >= until) {
            modem.hang_up()?;
            output::object(&json!({ "type": "call_ended" }));
            say!("-- hung up");
            return Ok(());
        }
        let next = modem.port().now() + LOOK_INTERVAL;
        while modem.port().now() < next && !interrupt::requested() {
            let left = next.saturating_duration_since(modem.port().now());
            match modem.next_event(left) {
                Some(Event::Closed) => return Err(closed()),
                Some(Event::Notification(Notification::CallEnded(reason))) => {
                    say!("-- the modem reports {reason}");
                    break;
                }
                _ => {}
            }
        }
    }
}

/// Waits for a call that rings.
fn await_ring(modem: &mut Counted, within: Duration) -> Result<(), Box<dyn Error>> {
    let until = modem.port().now() + within;
    loop {
        if modem.calls()?.iter().any(|call| call.incoming && call.state == 4) {
            return Ok(());
        }
        let left = until.saturating_duration_since(modem.port().now());
        if left.is_zero() || interrupt::requested() {
            return Err(failed("no call is ringing").into());
        }
        if let Some(Event::Closed) = modem.next_event(left.min(LOOK_INTERVAL)) {
            return Err(closed());
        }
    }
}

fn watch(modem: &mut Counted, seconds: Option<u64>) -> Result<(), Box<dyn Error>> {
    modem.show_callers()?;
    interrupt::hold(true);
    let until = seconds.map(|seconds| modem.port().now() + Duration::from_secs(seconds));
    while !interrupt::requested() && until.is_none_or(|until| modem.port().now() < until) {
        match modem.next_event(LOOK_INTERVAL) {
            Some(Event::Notification(Notification::Ring(_))) => {
                output::object(&json!({ "type": "ring" }));
                say!("a call rings");
            }
            Some(Event::Notification(
                Notification::CallerId(caller) | Notification::CallWaiting(caller),
            )) => {
                let number = modem.profile().decode(&caller.number);
                output::object(&json!({ "type": "caller", "number": number }));
                let number = if number.is_empty() { "(withheld)" } else { &number };
                say!("the caller is {number}");
            }
            Some(Event::Notification(Notification::CallEnded(reason))) => {
                output::object(&json!({ "type": "call_ended" }));
                say!("the call has ended: {reason}");
            }
            Some(Event::Closed) => return Err(closed()),
            _ => {}
        }
    }
    Ok(())
}

fn closed() -> Box<dyn Error> {
    "the link to the modem has ended: check the cable, and run the command again".into()
}

fn show(call: &Call, profile: &Profile) {
    let state = match call.state {
        0 => "active",
        1 => "held",
        2 => "dialling",
        3 => "alerting",
        4 => "incoming",
        5 => "waiting",
        _ => "unknown",
    };
    let number = call.peer.as_ref().map(|peer| profile.decode(&peer.number));
    output::object(&json!({
        "type": "call",
        "id": call.id,
        "incoming": call.incoming,
        "state": state,
        "number": number,
    }));
    let direction = if call.incoming { "from" } else { "to" };
    say!("call {} {direction} {}: {state}", call.id, number.as_deref().unwrap_or("-"));
}
