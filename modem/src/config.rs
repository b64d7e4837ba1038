//! The configuration of a session.

use core::time::Duration;

use at_proto::Dialect;
use at_proto::sim::Pin;
use at_proto::sms::{Indications, Memory};
use gsm7::charset::Charset;
use pdu::UssdEncoding;

/// The settings of a session. [`Default`] suits an unknown modem and an application that keeps its
/// own inbox.
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Config {
    /// The deviations of the modem from the standard. The default suits most modems.
    pub dialect: Dialect,
    /// The PIN of the SIM. It is tried once for each opened link, and only when the SIM asks for
    /// it.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub pin: Option<Pin>,
    /// The timeout of a command that needs no network. Default: 2 s.
    pub answer_timeout: Duration,
    /// The timeout for sending one part. Default: 120 s, since networks have been seen to need half
    /// a minute.
    pub send_timeout: Duration,
    /// The longest wait of a message for a modem that is not registered; the message is tried
    /// anyway after that. Default: 60 s.
    ///
    /// A message with an [expiry](crate::OutgoingMessage::with_expiry) waits until it expires.
    pub network_timeout: Duration,
    /// The timeout for the modem to become ready after it answers (SIM busy, boot). Default: 30 s.
    pub ready_timeout: Duration,
    /// The maximum number of attempts of the first `AT`. Default: 2.
    ///
    /// A modem that is asleep or still detects its baud rate misses the first attempt. Each
    /// unanswered attempt is followed by probes, for 8 s as a rule.
    pub attention_attempts: u8,
    /// Switches the radio of the modem on (`AT+CFUN=1`) when it is off. Default: `false`.
    ///
    /// Without this setting a radio that is off stays off, since a person may have wanted that. The
    /// session reports it by [`Event::RadioOff`](crate::Event::RadioOff), and messages fail with
    /// [`ErrorKind::RadioOff`](crate::ErrorKind::RadioOff).
    pub switch_radio_on: bool,
    /// The way in which messages are received.
    pub receive: Receive,
    /// The memory for received messages; `None` keeps the memory that the modem prefers.
    pub memory: Option<Memory>,
    /// The character set of strings (`+CSCS`); `None` chooses a set of the modem that loses
    /// nothing.
    pub character_set: Option<Charset>,
    /// The encoding of USSD strings that are sent; `None` tries each in turn, as described at
    /// [`Ussd`](crate::Ussd).
    pub ussd_request: Option<UssdEncoding>,
    /// The encoding of USSD strings that are received; `None` decides for each string, as described
    /// at [`UssdReader`](pdu::UssdReader).
    pub ussd_reply: Option<UssdEncoding>,
    /// The mode in which the modem announces new messages (`+CNMI`); `None` chooses from the modes
    /// that it offers.
    pub indications: Option<Indications>,
    /// The commands by which the memories are listed.
    pub listing: Listing,
    /// The idle time after which an `AT` wakes the modem before the next command; `None` for a
    /// modem that does not sleep.
    pub wake_after: Option<Duration>,
    /// The interval between unprompted sweeps of the memories, since an announcement can get lost.
    ///
    /// `None` sweeps every 5 minutes. A modem that announces nothing is swept after 10 s, and after
    /// up to 60 s while nothing is found.
    pub poll_interval: Option<Duration>,
    /// The maximum number of delivered messages without acknowledgement; further ones stay in the
    /// modem, or in the network with [`Receive::Direct`]. Default: 32.
    pub max_unacknowledged: usize,
    /// The reaction to a full memory for received messages.
    pub when_full: WhenFull,
    /// Delivers the parts of a long message one by one, as
    /// [`Event::PartReceived`](crate::Event::PartReceived). Default: `false`.
    ///
    /// Each part can then be acknowledged before the message is complete. Without this setting the
    /// parts stay in the modem until their message is acknowledged, and a message with more parts
    /// than the memory has slots is delivered incomplete.
    pub deliver_parts: bool,
    /// The longest time that a direct delivery may stay unacknowledged. Default: 10 s.
    ///
    /// A network repeats an unacknowledged message for about half a minute, and the modem then
    /// stops direct delivery.
    pub acknowledge_within: Duration,
    /// The time without a new part after which an incomplete message is delivered. Default: 24 h.
    pub incomplete_after: Duration,
    /// Asks a modem that delivers cell broadcasts for its cell (`+CREG=2`), so that a broadcast is
    /// new in another cell or area. Default: `false`.
    ///
    /// The modem then reports each change of the cell. Without this setting the cell counts only if
    /// the modem reports it anyway.
    pub locate_broadcasts: bool,
    /// The age at which a repeated cell broadcast counts as new. Default: 24 h.
    ///
    /// A broadcast is also new in another cell, area or network, as its scope says; see
    /// [`Broadcasts`](pdu::Broadcasts).
    pub broadcast_age: Duration,
    /// The irreversible actions that wait until the application has recorded them. Default: none.
    pub confirm: Confirm,
    /// The reference of the first long message; each further one counts up. Default: 0, which means
    /// that it is not set.
    ///
    /// An application that restarts passes the counter that it saved, so that parts of two messages
    /// never mix at the recipient. If it is not set, the front-ends begin at a random reference by
    /// [`Session::seed_reference`](crate::Session::seed_reference).
    pub first_reference: u16,
    /// The number of recent lines of the dialogue that are kept for
    /// [`Error::recent`](crate::Error::recent). Default: 32.
    ///
    /// Each line takes at most half a kilobyte; 0 keeps none. Without the feature `recent-lines`
    /// none is kept.
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
            switch_radio_on: false,
            receive: Receive::default(),
            memory: None,
            character_set: None,
            ussd_request: None,
            ussd_reply: None,
            indications: None,
            listing: Listing::default(),
            wake_after: None,
            poll_interval: None,
            max_unacknowledged: 32,
            when_full: WhenFull::default(),
            deliver_parts: false,
            acknowledge_within: Duration::from_secs(10),
            incomplete_after: Duration::from_secs(24 * 60 * 60),
            locate_broadcasts: false,
            broadcast_age: pdu::Broadcasts::DEFAULT_MAX_AGE,
            confirm: Confirm::default(),
            first_reference: 0,
            recent_lines: 32,
        }
    }
}

/// The way in which messages are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Receive {
    /// Nothing is received: the messages that the modem stores are left alone.
    Off,
    /// The modem stores and announces each message. A message is deleted only after the application
    /// has acknowledged it.
    #[default]
    Stored,
    /// The modem stores and announces each message, and the message stays there until it is
    /// deleted: an inbox on the SIM.
    ///
    /// Each message is delivered once in a session. Acknowledging deletes the message; it is
    /// optional.
    Kept,
    /// The modem delivers each message without storing it; the acknowledgement of the application
    /// goes to the network.
    ///
    /// The network is acknowledged before the message is safe in two cases: several deliveries are
    /// waiting, or the application takes longer than [`Config::acknowledge_within`].
    /// [`Stored`](Self::Stored) has no such gap. Messages that a modem stores anyway, such as
    /// messages for the SIM, are received as with `Stored`.
    Direct,
}

/// The irreversible actions that wait until the application has recorded them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Confirm {
    /// Nothing waits.
    #[default]
    Nothing,
    /// Each part waits for [`Session::confirm`](crate::Session::confirm), so that the application
    /// can [save](crate::Session::save) the session first.
    Attempts,
    /// The session emits records for a [journal](crate::journal). Sending, deleting, acknowledging
    /// to the network and entering the PIN wait for their records. Requires the feature `journal`.
    #[cfg(feature = "journal")]
    Records,
}

impl Confirm {
    /// Returns `true` if the session emits records.
    pub(crate) const fn records(self) -> bool {
        match self {
            #[cfg(feature = "journal")]
            Self::Records => true,
            _ => false,
        }
    }
}

/// The reaction to a full memory for received messages, for which the network holds back further
/// ones.
///
/// In any case [`Event::StorageFull`](crate::Event::StorageFull) reports a full memory once. A
/// memory full of parts of incomplete messages is freed by early delivery of the oldest of these
/// messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum WhenFull {
    /// Nothing is received until the application has acknowledged or deleted a message.
    #[default]
    Stop,
    /// The oldest message is deleted, and reported as [`Event::Erased`](crate::Event::Erased).
    /// Feature `erase`.
    #[cfg(feature = "erase")]
    EraseOldest,
}

impl WhenFull {
    /// Returns `true` if the oldest message is deleted.
    pub(crate) const fn erases(self) -> bool {
        !matches!(self, Self::Stop)
    }
}

/// The commands by which the memories of the modem are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Listing {
    /// One `+CMGL` for each memory, and slot by slot if `+CMGL` fails.
    #[default]
    List,
    /// Slot by slot, for modems that hang at `+CMGL` (Samsung B2100).
    ByIndex,
}
