//! The numbers and times of a multiplexer: 3GPP TS 27.010, 5.7.

use core::fmt;
use core::time::Duration;

use super::frame::Framing;

/// The number of a channel for data, 1 to 61: its data link connection identifier (DLCI).
///
/// DLCI 0 is the control channel; 62 and 63 are reserved.
///
/// # Examples
///
/// ```
/// use at_proto::mux::Dlci;
///
/// assert_eq!(Dlci::new(3).map(Dlci::get), Some(3));
/// assert!(Dlci::new(0).is_none() && Dlci::new(62).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dlci(u8);

impl Dlci {
    /// The channel 1, on which every modem has an AT dialogue.
    pub const FIRST: Self = Self(1);

    /// The last channel, 61.
    pub const LAST: Self = Self(61);

    /// The channel of this number; `None` if it is not for data.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= Self::FIRST.0 && number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Dlci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A side of a multiplexed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The host, which opens the channels.
    Initiator,
    /// The modem, which accepts them. Feature `mux-responder`.
    #[cfg(feature = "mux-responder")]
    Responder,
}

impl Role {
    pub(super) const fn is_initiator(self) -> bool {
        matches!(self, Self::Initiator)
    }
}

/// The parameters of a [`Mux`](super::Mux).
///
/// # Examples
///
/// ```
/// use at_proto::mux::{Config, Framing};
///
/// let mut config = Config::default();
/// config.framing = Framing::Advanced;
/// config.max_information = 64;
/// assert_eq!((config.t1.as_millis(), config.t2.as_millis()), (300, 600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The form of frames.
    pub framing: Framing,
    /// N1: the maximal information in a frame that is sent; 31.
    pub max_information: usize,
    /// The maximal information in a frame that is accepted; 1,600. Some modems ignore N1.
    pub max_received: usize,
    /// Data is sent in UI frames, whose check covers the data (subset 1); no modem is known that
    /// offers them.
    pub checked: bool,
    /// T1: the timeout for the answer to an opening or a closing; 300 ms. The 100 ms of the
    /// standard are too short for many modems.
    pub t1: Duration,
    /// T2: the timeout for an answer on the control channel; 600 ms.
    pub t2: Duration,
    /// T3: the timeout for the answer to a wake-up; 10 s.
    pub t3: Duration,
    /// N2: the number of repetitions of a command; 3.
    pub n2: u8,
    /// The bytes that a channel queues in each direction; 4,096.
    ///
    /// The other side is stopped when a full frame no longer fits. A channel is closed when the
    /// other side goes on until four times as many wait.
    pub queue: usize,
    /// The time without a frame after which the other side is tested; 30 s, `None` for never.
    pub test_interval: Option<Duration>,
    /// The highest channel that a responder accepts; 61.
    pub max_channel: Dlci,
    /// The speed of the line that a responder states, in bits per second; 115,200.
    pub port_speed: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            framing: Framing::Basic,
            max_information: 31,
            max_received: 1_600,
            checked: false,
            t1: Duration::from_millis(300),
            t2: Duration::from_millis(600),
            t3: Duration::from_secs(10),
            n2: 3,
            queue: 4_096,
            test_interval: Some(Duration::from_secs(30)),
            max_channel: Dlci::LAST,
            port_speed: 115_200,
        }
    }
}
