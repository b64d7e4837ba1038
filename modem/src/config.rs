//! What an application decides about a session.

use core::time::Duration;

use at_proto::Dialect;
use at_proto::sim::Pin;
use at_proto::sms::{Indications, Memory};
use gsm7::charset::Charset;

/// The choices of an application for one modem; [`Default`] suits an unknown modem and an application that keeps its own
/// inbox.
///
/// ```
/// use core::time::Duration;
/// use modem::Config;
/// use modem::at::sim::Pin;
///
/// let mut config = Config::default();
/// config.pin = Some(Pin::new("1234")?);
/// config.send_timeout = Duration::from_secs(90);
/// assert_eq!(format!("{:?}", config.pin), "Some(Pin(****))");
/// # Ok::<(), modem::at::Refused>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The oddities of the modem; the default suits most.
    pub dialect: Dialect,
    /// The PIN of the SIM, tried once for each opening and only when the SIM asks for it.
    pub pin: Option<Pin>,
    /// How long a command that needs no network may take; 2 s.
    pub answer_timeout: Duration,
    /// How long the sending of one part may take; 120 s. Networks have been seen to need half a minute.
    pub send_timeout: Duration,
    /// How long a message waits for a modem that is not registered before it is tried all the same; 60 s. One with an
    /// [expiry](crate::OutgoingMessage::with_expiry) waits until that.
    pub network_timeout: Duration,
    /// How long the modem may take in all to become ready after it answers (SIM busy, boot); 30 s.
    pub ready_timeout: Duration,
    /// How many times the first `AT` is tried; 2. A sleeping modem or one that still finds its speed misses the first one; each
    /// try that is not answered is followed by probes, for 8 s as a rule.
    pub attention_attempts: u8,
    /// Whether, and how, messages are received.
    pub receive: Receive,
    /// The memory for received messages; `None` keeps the one that the modem prefers.
    pub memory: Option<Memory>,
    /// The character set of strings (`+CSCS`); `None` chooses one that the modem has and that loses nothing.
    pub character_set: Option<Charset>,
    /// How the modem announces what it receives (`+CNMI`); `None` chooses from what it offers.
    pub indications: Option<Indications>,
    /// How the memories are looked through.
    pub listing: Listing,
    /// After what time without a command the modem is woken by an `AT` first; `None` for a modem that does not sleep.
    pub wake_after: Option<Duration>,
    /// How often the memories are looked through though nothing is announced, since an announcement can get lost; `None`
    /// for every 5 minutes, and every 10 s with a modem that announces nothing.
    pub poll_interval: Option<Duration>,
    /// How many messages may be handed out without acknowledgement; the rest wait in the modem. 32.
    pub max_unacknowledged: usize,
    /// What is done when the memory for received messages is full.
    pub when_full: WhenFull,
    /// Whether the parts of a long message are handed out one by one, as [`Event::PartReceived`](crate::Event::PartReceived), to be
    /// acknowledged before the message is complete; false. Without it the parts stay in the modem until their message is
    /// safe, and one with more parts than the memory has places is handed over incomplete.
    pub deliver_parts: bool,
    /// How long the modem is kept waiting for the acknowledgement of a direct delivery; 10 s. A network repeats what is not
    /// acknowledged for half a minute or so, and the modem then stops direct delivery.
    pub acknowledge_within: Duration,
    /// After what time without a new part a long message is handed over incomplete; 24 h.
    pub incomplete_after: Duration,
    /// Whether each part waits for [`Session::confirm`](crate::Session::confirm) before it goes out, so that the application can
    /// record the attempt first; false.
    pub confirm_attempts: bool,
    /// The reference of the first long message; each further one counts up. An application that restarts hands in the
    /// counter that it saved, so that parts of two messages never mix at the recipient.
    pub first_reference: u16,
    /// How many of the last lines of the dialogue are held back, to be told by [`Error::recent`](crate::Error::recent) when
    /// there is trouble; 32. Each takes half a kilobyte at most, and 0 holds nothing back.
    pub recent_lines: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            pin: None,
            answer_timeout: Duration::from_secs(2),
            send_timeout: Duration::from_secs(120),
            network_timeout: Duration::from_secs(60),
            ready_timeout: Duration::from_secs(30),
            attention_attempts: 2,
            receive: Receive::default(),
            memory: None,
            character_set: None,
            indications: None,
            listing: Listing::default(),
            wake_after: None,
            poll_interval: None,
            max_unacknowledged: 32,
            when_full: WhenFull::default(),
            deliver_parts: false,
            acknowledge_within: Duration::from_secs(10),
            incomplete_after: Duration::from_secs(24 * 60 * 60),
            confirm_attempts: false,
            first_reference: 0,
            recent_lines: 32,
        }
    }
}

/// How messages are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Receive {
    /// Not at all: what is stored in the modem is left alone.
    Off,
    /// The modem stores a message and announces it; it is deleted only after the application has acknowledged it.
    #[default]
    Stored,
    /// The modem stores a message and announces it; it stays there until it is deleted: an inbox that lives on the SIM.
    ///
    /// Each message is handed over once in a session. To acknowledge it deletes it; nothing waits for that.
    Kept,
    /// The modem hands a message over without storing it, and is told when the application has acknowledged it.
    ///
    /// With more than one thing waiting, or an application that takes longer than [`Config::acknowledge_within`], the network
    /// is told before the message is safe; [`Stored`](Self::Stored) has no such gap. What a modem stores all the same, such as
    /// messages for the SIM, is received as with `Stored`.
    Direct,
}

/// What is done when the memory for received messages is full, and the network keeps further ones back.
///
/// In any case [`Event::StorageFull`](crate::Event::StorageFull) says so once; and a memory that is full of parts of incomplete
/// messages gets room by handing over the oldest of them early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// Nothing is received until the application has acknowledged or deleted something.
    #[default]
    Stop,
    /// The oldest message is deleted, and given to the application as [`Event::Erased`](crate::Event::Erased).
    EraseOldest,
}

/// How the memories of the modem are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Listing {
    /// By one `+CMGL` for each memory, and place by place where that fails.
    #[default]
    List,
    /// Place by place, for modems that hang at `+CMGL` (Samsung B2100).
    ByIndex,
}
