//! The way to the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use modem::pool::MemberId;
use modem::{Error, Receipt};
use tokio::sync::{mpsc, oneshot, watch};

use crate::api::{ModemView, UssdAnswer};
use crate::claims::Claims;
use crate::queue::Report;
use crate::store::{Store, Waiting};

/// A request to the engine.
#[derive(Debug)]
pub(crate) enum Command {
    /// A message was stored.
    Accept(Box<Waiting>),
    /// Cancel a message; the answer is `true` if nothing of it has left or will leave.
    Cancel(i64, oneshot::Sender<bool>),
    /// Give a message back of which nothing was tried yet: another host may have a modem for it.
    GiveBack(i64),
    /// Acknowledge a status report, which is on the server of the queue.
    Acknowledge(MemberId, Receipt),
    /// Run a USSD code.
    Ussd(String, String, oneshot::Sender<Result<UssdAnswer, UssdError>>),
    /// Show the modems.
    Modems(oneshot::Sender<Vec<ModemView>>),
}

/// The store of claims of an engine, and the queue that hears of it.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) claims: Arc<dyn Claims>,
    pub(crate) notes: Option<Notes>,
}

impl Desk {
    /// The desk of a host without a queue.
    pub(crate) fn local(store: &Store) -> Self {
        Self { claims: Arc::new(store.clone()), notes: None }
    }
}

/// The channels by which a queue hears of the engine.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    pub(crate) notes: mpsc::UnboundedSender<Note>,
    pub(crate) ready: watch::Sender<Ready>,
}

/// The modems that can send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    /// The names of the modems that wait for a part.
    pub(crate) idle: Vec<String>,
    /// The number of modems that wait for a part or send one.
    pub(crate) count: usize,
}

/// A fact for the queue, which is durable here.
#[derive(Debug)]
pub(crate) enum Note {
    /// States of parts have changed.
    Changed,
    /// The pool does not have the message any more.
    Ended(i64),
    /// A status report is about a part that this host has not sent.
    Report(Box<Report>),
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
