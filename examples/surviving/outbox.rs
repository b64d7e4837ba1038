//! The part that loses nothing and sends nothing twice: its state, and the loop around the modem.

use core::error::Error;
use core::time::Duration;
use std::io;

use modem::blocking::{Modem, Port};
use modem::{Config, Event, OutgoingMessage, Received, SavedSession, SendOutcome, Session};
use serde::{Deserialize, Serialize};

/// A place for the state that survives the process, and a clock that goes on without it.
pub(crate) trait Disk {
    /// The text that was written last; `None` at the very first start.
    fn read(&mut self) -> io::Result<Option<String>>;

    /// Replaces the text, whole or not at all, and returns once the text cannot be lost any more.
    fn write(&mut self, text: &str) -> io::Result<()>;

    /// The time since 1970.
    fn time(&self) -> Duration;
}

/// Everything that must survive. It is always written as a whole, so that its parts agree.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// The time of the last write, in milliseconds since 1970.
    pub(crate) saved_at: u64,
    /// The session: messages to send, their attempts, parts of long messages received.
    session: Option<SavedSession>,
    /// The messages that have ended, by the number that `enqueue` returned.
    pub(crate) finished: Vec<(u64, Fate)>,
    /// The messages received.
    pub(crate) inbox: Vec<Incoming>,
}

/// The outcome of a message, as this program stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fate {
    Sent,
    Failed,
    Unknown,
}

/// A message received, as this program stores it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Incoming {
    pub(crate) sender: String,
    pub(crate) text: String,
    /// The PDUs, which tell the same message delivered twice from two messages.
    pdus: Vec<String>,
}

/// Sends `messages`, which are enqueued at the very first start only, and receives until nothing
/// has happened for a minute.
pub(crate) fn run<P: Port>(
    port: P,
    mut config: Config,
    disk: &mut impl Disk,
    messages: &[OutgoingMessage],
) -> Result<State, Box<dyn Error>> {
    config.confirm = modem::Confirm::Attempts; // no part leaves before the attempt is saved
    let mut session = Session::new(config);
    let now = port.now();
    let mut state = match disk.read()? {
        Some(text) => {
            let mut state: State = serde_json::from_str(&text)?;
            let since = disk.time().saturating_sub(Duration::from_millis(state.saved_at));
            if let Some(saved) = state.session.take() {
                session.restore(saved, since, now)?;
            }
            state
        }
        None => {
            for message in messages {
                session.enqueue(message, now)?;
            }
            State::default()
        }
    };
    // Before the link is opened: a message exists from here on, and nothing has left yet.
    save(&mut state, &session, now, disk)?;

    let mut modem = Modem::open_session(port, session)?;
    loop {
        let Some(event) = modem.next_event(Duration::from_secs(60)) else {
            if modem.session().waiting().next().is_none() {
                return Ok(state);
            }
            continue;
        };
        let (attempt, receipt) = match event {
            Event::Attempting(attempt) => (Some(attempt), None),
            Event::SendFinished(result) => {
                let fate = match result.outcome() {
                    SendOutcome::Sent => Fate::Sent,
                    SendOutcome::Failed => Fate::Failed,
                    SendOutcome::Unknown => Fate::Unknown, // a person decides
                };
                state.finished.push((result.message.get(), fate));
                (None, None)
            }
            Event::Received(message) => {
                state.receive(&message);
                (None, Some(message.receipt))
            }
            Event::StatusReport(report) => (None, Some(report.receipt)),
            Event::Closed => return Err("the link has ended: start the program again".into()),
            _ => continue,
        };
        // The order matters: what is saved first is true whatever happens next.
        let now = modem.port().now();
        save(&mut state, modem.session(), now, disk)?;
        if let Some(attempt) = attempt {
            modem.confirm(&attempt);
        }
        if let Some(receipt) = receipt {
            modem.acknowledge(&receipt);
        }
    }
}

fn save(
    state: &mut State,
    session: &Session,
    now: modem::at::Instant,
    disk: &mut impl Disk,
) -> Result<(), Box<dyn Error>> {
    state.session = Some(session.save(now)?);
    state.saved_at = u64::try_from(disk.time().as_millis())?;
    disk.write(&serde_json::to_string(state)?)?;
    Ok(())
}

impl State {
    /// Stores a message, once: after a restart the modem may deliver it again.
    fn receive(&mut self, message: &Received) {
        let pdus: Vec<String> = message.receipt.pdus().map(String::from).collect();
        if self.inbox.iter().all(|stored| stored.pdus != pdus) {
            let text = message.text.clone().unwrap_or_default();
            self.inbox.push(Incoming { sender: message.sender.to_string(), text, pdus });
        }
    }
}
