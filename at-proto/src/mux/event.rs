//! The events of a multiplexer.

use super::config::Dlci;
use super::control::Signals;
use crate::final_result::FinalError;
use crate::line::Line;

/// An event of a [`Mux`](super::Mux).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The control channel is open: channels can be opened.
    Up,
    /// A channel is open.
    Opened(
        /// The channel.
        Dlci,
    ),
    /// A channel has data to read. The next such event follows when all of it was read.
    Readable(
        /// The channel.
        Dlci,
    ),
    /// A channel has room again, after a write that found too little.
    Writable(
        /// The channel.
        Dlci,
    ),
    /// The other side has changed its control signals, or has sent a break.
    Signals {
        /// The channel.
        dlci: Dlci,
        /// The signals.
        signals: Signals,
        /// The octet of a break, if there was one: its length in the upper four bits, in 200 ms.
        line_break: Option<u8>,
    },
    /// The other side has reported an error of its serial line.
    LineStatus {
        /// The channel.
        dlci: Dlci,
        /// The octet: bit 1 an error, bit 2 overrun, bit 3 parity, bit 4 framing.
        status: u8,
    },
    /// A channel is closed, or could not be opened. What was received before can still be read.
    Closed {
        /// The channel.
        dlci: Dlci,
        /// The reason.
        reason: ClosedReason,
    },
    /// At least one frame was dropped as invalid: any channel may lack data, and a command may have
    /// been lost.
    Damaged,
    /// A line of text outside frames: the boot message of a modem that restarted, or the rest of a
    /// damaged frame.
    Text(
        /// The line.
        Line,
    ),
    /// The modem did not begin to multiplex; only from an [`Initiator`](super::Initiator), which
    /// tries again later.
    Failed(
        /// The reason.
        StartError,
    ),
    /// The multiplexer has ended. All channels are closed, and each had its event.
    Down(
        /// The reason.
        DownReason,
    ),
}

/// A reason why a channel is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ClosedReason {
    /// The application closed it.
    #[error("the channel was closed")]
    Requested,
    /// The other side closed it.
    #[error("the modem closed the channel")]
    ByPeer,
    /// The other side does not open it.
    #[error("the modem refused the channel: use a channel that it has")]
    Refused,
    /// The other side does not answer the opening.
    #[error("the modem did not answer the opening of the channel: use a channel that it has")]
    NoAnswer,
    /// The other side opened it again: queued data is lost.
    #[error("the channel was opened again by the other side")]
    Reopened,
    /// More data came than the queue takes, although the other side was stopped.
    #[error("the modem ignored the flow control of the channel, and data was lost")]
    Overrun,
    /// The multiplexer has ended.
    #[error("the multiplexer has ended")]
    Down,
}

/// A reason why a multiplexer has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DownReason {
    /// The application closed it.
    #[error("the multiplexer was closed")]
    Requested,
    /// The other side closed it.
    #[error("the modem closed the multiplexer")]
    ByPeer,
    /// The other side refused the control channel.
    #[error("the modem refused the control channel")]
    Refused,
    /// The other side does not answer.
    #[error("the modem does not answer in the multiplexer")]
    NoAnswer,
    /// The other side is in AT mode: it returned our own command, or wrote lines outside frames and
    /// answered no test.
    #[error("the modem is in AT mode: it restarted or never began to multiplex")]
    AtMode,
    /// The link was closed or lost.
    #[error("the link was lost")]
    Lost,
}

/// A reason why a modem did not begin to multiplex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The modem does not answer, in AT mode or after a close-down.
    #[error("the modem does not answer: check the port and its speed")]
    NoAnswer,
    /// The modem refused `+CMUX` with every parameter.
    #[error("the modem refused to multiplex: use its main UART, or one channel")]
    Refused(
        /// The final result.
        FinalError,
    ),
}
