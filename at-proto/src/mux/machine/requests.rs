//! Our commands, until they are answered: 3GPP TS 27.010, 5.7.

use alloc::vec::Vec;
use core::time::Duration;

use super::super::config::Config;
use super::Mux;
use crate::time::Instant;

/// A command that is repeated until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// SABM.
    Open,
    /// DISC.
    Close,
    /// The modem status command with the signals of the channel.
    Status,
    /// The test command with the number of the last test.
    Test,
    PowerSaving,
    CloseDown,
    /// Releases the flow of all channels.
    FlowOn,
}

impl Request {
    pub(super) const fn timeout(self, config: &Config) -> Duration {
        match self {
            Self::Open | Self::Close => config.t1,
            _ => config.t2,
        }
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) dlci: u8,
    pub(super) request: Request,
    /// The repetitions that are left.
    pub(super) left: u8,
    pub(super) due: Instant,
    /// To be written.
    pub(super) queued: bool,
}

/// The requests under way, at most one of a kind for each channel.
#[derive(Debug, Default)]
pub(super) struct Requests(pub(super) Vec<Pending>);

impl Requests {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn find(&mut self, dlci: u8, request: Request) -> Option<&mut Pending> {
        self.0.iter_mut().find(|pending| pending.dlci == dlci && pending.request == request)
    }

    /// Removes an answered request; returns `true` if there was one.
    pub(super) fn take(&mut self, dlci: u8, request: Request) -> bool {
        let before = self.0.len();
        self.remove(Some(dlci), Some(request));
        self.0.len() != before
    }

    /// Removes the requests of a channel, those of a kind, or those of both.
    pub(super) fn remove(&mut self, dlci: Option<u8>, request: Option<Request>) {
        self.0.retain(|pending| {
            dlci.is_some_and(|dlci| dlci != pending.dlci)
                || request.is_some_and(|request| pending.request != request)
        });
    }

    /// A request whose timeout is over.
    pub(super) fn expired(&self, now: Instant) -> Option<(u8, Request)> {
        let pending = self.0.iter().find(|pending| pending.due <= now)?;
        Some((pending.dlci, pending.request))
    }
}

impl Mux {
    /// Begins a request, or begins it again.
    pub(super) fn request(&mut self, dlci: u8, request: Request) {
        let due = self.now + request.timeout(&self.config);
        self.requests.take(dlci, request);
        self.requests.0.push(Pending { dlci, request, left: self.config.n2, due, queued: true });
    }
}
