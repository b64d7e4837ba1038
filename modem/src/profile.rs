//! The properties of a modem, and its settings.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::sim::{ReadIccid, ReadImsi};
use at_proto::sms::{Indications, Memory};
use at_proto::{Command as _, Instant, Request};
use pdu::collections::SmallSet;
use pdu::{UssdEncoding, UssdReader};

use crate::config::{Config, Receive};
use crate::procedure::Answer;
use crate::procedures::UssdForm;
use crate::registration::Registrations;
use crate::retry::{Retries, TaskFailure, doubled};

/// The first interval between the sweeps of a modem that announces nothing; it doubles while they
/// find nothing.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(10);

/// The longest of these intervals: a few command lines a minute.
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(60);

/// The interval between the sweeps of a modem that announces its messages.
const ANNOUNCED_POLL_INTERVAL: Duration = Duration::from_secs(300);

/// The properties of a modem, as found and chosen by the initialisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Profile {
    /// The vendor (`+CGMI`).
    #[doc(alias = "vendor")]
    pub manufacturer: Option<String>,
    /// The model (`+CGMM`).
    pub model: Option<String>,
    /// The firmware (`+CGMR`).
    #[doc(alias = "firmware")]
    pub revision: Option<String>,
    /// The serial number of the modem, IMEI (`+CGSN`). Several ports of one device may show the
    /// same one.
    #[doc(alias = "serial number")]
    pub imei: Option<String>,
    /// The subscriber identity on the SIM, IMSI (`+CIMI`).
    #[doc(alias = "subscriber")]
    pub imsi: Option<String>,
    /// The serial number of the SIM card, ICCID (`+CCID`).
    #[doc(alias = "SIM number")]
    pub iccid: Option<String>,
    /// The service centre stored on the SIM (`+CSCA`), as the modem shows it.
    #[doc(alias("service centre", "SCA", "CSCA"))]
    pub smsc: Option<String>,
    /// The memories that messages are read from (`+CPMS`), without memories that repeat their
    /// slots.
    pub memories: Vec<Memory>,
    /// The memory for received messages.
    pub receiving: Option<Memory>,
    /// The mode in which the modem announces new messages (`+CNMI`); `None` if it does not announce
    /// them.
    pub indications: Option<Indications>,
    /// The character set of strings (`+CSCS`).
    pub character_set: Option<gsm7::charset::Charset>,
}

impl Profile {
    /// Decodes a string of the modem, such as a name in a
    /// [`Caller`](crate::at::call::Caller), by its character set.
    ///
    /// Some modems write some strings in ASCII or in UTF-16 units whatever the character set.
    ///
    /// ```
    /// let mut profile = modem::Profile::default();
    /// profile.character_set = Some(modem::gsm7::charset::Charset::Gsm);
    /// assert_eq!(profile.decode(b"J\x7Ergen"), "J\u{fc}rgen");
    /// ```
    pub fn decode(&self, bytes: &[u8]) -> String {
        let charset = self.character_set.unwrap_or(gsm7::charset::Charset::Ira);
        let reading = UssdReader::new(charset).read(bytes);
        if reading.encoding == UssdEncoding::Ucs2 {
            return reading.text;
        }
        charset.decode_strict(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Forgets what belongs to a SIM that was removed.
    pub(crate) fn forget_sim(&mut self) {
        (self.imsi, self.iccid, self.smsc) = (None, None, None);
    }

    /// The interval between unprompted sweeps of the memories, after `idle` of them in a row that
    /// have found nothing.
    pub(crate) fn poll_interval(&self, config: &Config, idle: u32) -> Option<Duration> {
        let by_itself = match (config.receive, self.indications) {
            (Receive::Off, _) => return None,
            (_, None) => doubled(MIN_POLL_INTERVAL, idle.min(8)).min(MAX_POLL_INTERVAL),
            (_, Some(_)) => ANNOUNCED_POLL_INTERVAL,
        };
        Some(config.poll_interval.unwrap_or(by_itself))
    }
}

/// The properties of the modem, and its settings.
#[derive(Debug, Default)]
pub(crate) struct ModemState {
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
}

/// The current settings of the modem, shared by all procedures.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The memory that is read and deleted from (mem1 of `+CPMS`); `None` if unknown.
    pub(crate) reading: Option<Memory>,
    /// The memory that was selected last, which is still in use if a selection was refused since.
    pub(crate) last_selected: Option<Memory>,
    /// The memories that the modem has let be selected.
    pub(crate) selectable: Vec<Memory>,
    /// The memories as named in `+CPMS`.
    pub(crate) storage: Vec<Memory>,
    /// The registration of the modem, as last reported.
    pub(crate) registrations: Registrations,
    /// The radio of the modem was off when it was last asked.
    pub(crate) radio_off: bool,
    /// The modem has the registration in 5G (`+C5GREG`); `None` if it was not asked.
    pub(crate) five_g: Option<bool>,
    /// The SIM has refused the PIN, or may have. It is not entered again, over this link or the
    /// next.
    pub(crate) pin_refused: bool,
    /// The SIMs whose PIN was tried without a known answer.
    pub(crate) pin_tried: SmallSet<Option<String>>,
    /// The ICCID of the locked SIM, if the modem has shown it.
    pub(crate) locked_iccid: Option<String>,
    /// A direct delivery needs `+CNMA` (`+CSMS` service 1).
    pub(crate) acknowledges: bool,
    /// The modem has accepted the last `+CNMA`: it does not acknowledge by itself.
    pub(crate) withholds: bool,
    /// A command of the application or of another program, or a restart, may have changed any
    /// setting.
    pub(crate) unchecked: bool,
    /// The initialisation has switched the echo off.
    pub(crate) echo_is_off: bool,
    /// A command was echoed since.
    pub(crate) echo_returned: bool,
    /// An answer has proved that the modem is in text mode, and the session does not know yet.
    pub(crate) text_mode_seen: bool,
    /// The session has initialised the modem since it was seen in text mode, and has not read
    /// anything in PDU mode yet.
    pub(crate) text_mode_tried: bool,
    /// The modem has not said which memories it has.
    pub(crate) memories_unknown: bool,
    /// Direct deliveries are stored by the modem, until the application has acknowledged some.
    pub(crate) paused: bool,
    /// The delays before the session's own tasks are tried again.
    pub(crate) retries: Retries,
    /// The failures of the session's own tasks that were not reported yet.
    pub(crate) failures: Vec<TaskFailure>,
    /// The announcements that the modem has refused, and that are tried again.
    pub(crate) refused_indications: Option<Indications>,
    /// The form in which the modem accepts USSD strings.
    pub(crate) ussd: Option<UssdForm>,
    /// The encoding of USSD strings of the modem, as the last string that proves one has it.
    pub(crate) ussd_read: Option<UssdEncoding>,
    /// The time until which a USSD reply may belong to a request that ended without one.
    pub(crate) ussd_stale: Option<Instant>,
    /// The time until which the modem may confirm the cancellation of a USSD dialogue.
    pub(crate) ussd_cancelled: Option<Instant>,
    /// The service centre, to restore it if the SIM loses it.
    pub(crate) centre: Option<Centre>,
    /// The SIM card, as identified by the initialisation.
    pub(crate) card: Option<Card>,
    /// The ICCID at the first opening of the session; `None` before it, and `Some(None)` if the
    /// modem did not show it.
    pub(crate) first_iccid: Option<Option<String>>,
    /// Another SIM was found than at the initialisation.
    pub(crate) other_card: bool,
}

/// A service centre as the modem reported it, and the SIM that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Centre {
    pub(crate) number: Vec<u8>,
    pub(crate) kind: Option<u8>,
    pub(crate) card: Option<Card>,
}

/// The identity of a SIM card, and the command that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Card {
    Iccid(ReadIccid, String),
    /// The IMSI, with a modem that has no command for the ICCID.
    Imsi(String),
}

impl Card {
    /// The command that reads the identity.
    pub(crate) fn request(&self) -> Request {
        match self {
            Self::Iccid(command, _) => command.request(),
            Self::Imsi(_) => ReadImsi.request(),
        }
    }

    /// Returns `true` if an answer shows that this card is still in the modem, `false` if it shows
    /// another one, and `None` if it shows neither.
    pub(crate) fn is_in(&self, answer: &Answer) -> Option<bool> {
        match self {
            Self::Iccid(command, iccid) => answer.parse(command).ok().map(|now| now == *iccid),
            Self::Imsi(imsi) => answer.parse(&ReadImsi).ok().map(|now| now == *imsi),
        }
    }
}

impl Settings {
    /// Returns `true` if the radio of the modem is off, which prevents a registration.
    pub(crate) fn is_radio_off(&self) -> bool {
        self.radio_off && self.registrations.is_registered() != Some(true)
    }

    /// Forgets the settings that an unknown command may have changed.
    pub(crate) fn forget(&mut self) {
        self.reading = None;
        self.last_selected = None;
        self.unchecked = true;
    }
}
