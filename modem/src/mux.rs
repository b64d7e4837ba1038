//! The multiplexer under the front-ends: the state that the channels share.

use alloc::collections::VecDeque;
use core::time::Duration;
use std::io;

use at_proto::Instant;
use at_proto::mux::{
    ClosedReason, Dlci, DownReason, Event, Initiator, InitiatorConfig, StartError,
};
use pdu::collections::Map;

use crate::machine::Machine;

/// The timeout for opening a channel, which covers a multiplexer that is being opened again.
pub(crate) const CHANNEL_TIMEOUT: Duration = Duration::from_secs(30);

/// The number of events that wait for the application; the oldest are dropped.
const MAX_EVENTS: usize = 64;

/// A reason why a multiplexer or a channel cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MuxError {
    /// The modem did not begin to multiplex.
    #[error("the multiplexer cannot be opened")]
    Start(#[source] StartError),
    /// The channel was refused or closed.
    #[error("the channel {0} cannot be opened")]
    Channel(Dlci, #[source] ClosedReason),
    /// The channel is open already: one owner at a time.
    #[error("the channel {0} is in use: drop its other owner first")]
    InUse(Dlci),
    /// The multiplexer has ended.
    #[error("the multiplexer has ended")]
    Down(#[source] DownReason),
    /// The channel was not opened in time.
    #[error("the channel {0} was not opened in time: the modem does not multiplex now")]
    Timeout(Dlci),
    /// The link was lost.
    #[error("the link was lost")]
    Link(#[source] io::Error),
}

impl From<MuxError> for io::Error {
    fn from(error: MuxError) -> Self {
        let kind = match &error {
            MuxError::Timeout(_) | MuxError::Start(StartError::NoAnswer) => io::ErrorKind::TimedOut,
            MuxError::InUse(_) => io::ErrorKind::AddrInUse,
            MuxError::Channel(..) => io::ErrorKind::ConnectionRefused,
            _ => io::ErrorKind::NotConnected,
        };
        Self::new(kind, error)
    }
}

/// The state of a channel that has an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelState {
    Opening,
    Open,
    Closed(ClosedReason),
}

/// A multiplexer and the owners of its channels.
#[derive(Debug)]
pub(crate) struct Muxing {
    pub(crate) initiator: Initiator,
    channels: Map<Dlci, ChannelState>,
    /// The end of the last attempt to multiplex, until the next one succeeds.
    pub(crate) outcome: Option<Result<(), MuxEnd>>,
    /// The error of the link, if it was lost.
    pub(crate) lost: Option<io::ErrorKind>,
    events: VecDeque<Event>,
}

/// The end of a multiplexer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MuxEnd {
    Start(StartError),
    Down(DownReason),
}

impl Muxing {
    pub(crate) fn new(config: InitiatorConfig) -> Self {
        Self {
            initiator: Initiator::new(config),
            channels: Map::new(),
            outcome: None,
            lost: None,
            events: VecDeque::new(),
        }
    }

    pub(crate) fn begin(&mut self, now: Instant) {
        self.initiator.handle_opened(now);
        self.follow();
    }

    /// Opens a channel for a new owner.
    pub(crate) fn open(&mut self, dlci: Dlci, now: Instant) -> Result<(), MuxError> {
        if self.channels.contains_key(&dlci) {
            return Err(MuxError::InUse(dlci));
        }
        if self.initiator.is_closed() {
            return Err(self.error());
        }
        self.channels.insert(dlci, ChannelState::Opening);
        // Bytes that an earlier owner has not read are not for this one.
        let mut rest = [0; 256];
        while self.initiator.read(dlci, &mut rest) > 0 {}
        self.initiator.open(dlci, now);
        self.follow();
        Ok(())
    }

    /// Closes a channel, whose owner is gone.
    pub(crate) fn release(&mut self, dlci: Dlci, now: Instant) {
        self.channels.remove(&dlci);
        self.initiator.close(dlci, now);
        self.follow();
    }

    /// The number of channels with an owner.
    pub(crate) fn owners(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn state(&self, dlci: Dlci) -> ChannelState {
        let state = self.channels.get(&dlci).copied();
        state.unwrap_or(ChannelState::Closed(ClosedReason::Down))
    }

    /// Returns `true` if the channel is open or is being opened.
    pub(crate) fn is_live(&self, dlci: Dlci) -> bool {
        !matches!(self.state(dlci), ChannelState::Closed(_))
    }

    /// The result of opening a channel; `None` while it is being opened.
    pub(crate) fn opened(&self, dlci: Dlci) -> Option<Result<(), MuxError>> {
        match self.state(dlci) {
            ChannelState::Opening => None,
            ChannelState::Open => Some(Ok(())),
            ChannelState::Closed(ClosedReason::Down) => Some(Err(self.error())),
            ChannelState::Closed(reason) => Some(Err(MuxError::Channel(dlci, reason))),
        }
    }

    /// The reason why the line does not multiplex.
    pub(crate) fn error(&self) -> MuxError {
        match (self.lost, self.outcome) {
            (Some(kind), _) => MuxError::Link(kind.into()),
            (None, Some(Err(MuxEnd::Start(error)))) => MuxError::Start(error),
            (None, Some(Err(MuxEnd::Down(reason)))) => MuxError::Down(reason),
            (None, _) => MuxError::Down(DownReason::Requested),
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Follows the events.
    pub(crate) fn follow(&mut self) {
        while let Some(event) = self.initiator.poll_event() {
            match &event {
                Event::Up => self.outcome = Some(Ok(())),
                Event::Failed(error) => self.outcome = Some(Err(MuxEnd::Start(*error))),
                Event::Down(reason) => self.outcome = Some(Err(MuxEnd::Down(*reason))),
                Event::Opened(dlci) => self.change(*dlci, ChannelState::Open),
                Event::Closed { dlci, reason } => {
                    self.change(*dlci, ChannelState::Closed(*reason));
                }
                // The channels look for themselves.
                Event::Readable(_) | Event::Writable(_) => continue,
                _ => {}
            }
            if self.events.len() == MAX_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back(event);
        }
    }

    fn change(&mut self, dlci: Dlci, state: ChannelState) {
        if let Some(known) = self.channels.get_mut(&dlci) {
            *known = state;
        }
    }
}

impl Machine for Muxing {
    fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.initiator.handle_input(bytes, now);
        self.follow();
    }

    fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.initiator.handle_transmitted(count, now);
        self.follow();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.initiator.handle_timeout(now);
        self.follow();
    }

    fn handle_closed(&mut self, now: Instant) {
        self.handle_lost(io::ErrorKind::UnexpectedEof.into(), now);
    }

    fn handle_lost(&mut self, error: io::Error, now: Instant) {
        self.lost = Some(error.kind());
        self.initiator.handle_closed(now);
        self.follow();
    }

    fn has_transmit(&self) -> bool {
        self.initiator.has_transmit()
    }

    fn poll_transmit(&mut self) -> Option<&[u8]> {
        self.initiator.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.initiator.poll_timeout()
    }

    fn is_closed(&self) -> bool {
        self.initiator.is_closed()
    }
}
