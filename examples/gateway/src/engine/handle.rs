//! The way to the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use modem::Error;
use tokio::sync::{mpsc, oneshot};

use crate::api::{ModemView, UssdAnswer};
use crate::store::Waiting;

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
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) waiting: Arc<AtomicUsize>,
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
