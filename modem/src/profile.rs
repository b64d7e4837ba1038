//! What is known of a modem, and how it is set.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::sms::{Indications, Memory};

use crate::config::{Config, Receive};
use crate::registration::Registrations;
use crate::ussd::UssdEncoding;

/// What the initialisation found out about a modem, and what it chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The maker (`+CGMI`).
    pub manufacturer: Option<String>,
    /// The model (`+CGMM`).
    pub model: Option<String>,
    /// The firmware (`+CGMR`).
    pub revision: Option<String>,
    /// The serial number of the modem, IMEI (`+CGSN`). Several ports of one box may show the same one.
    pub imei: Option<String>,
    /// The subscriber identity on the SIM, IMSI (`+CIMI`).
    pub imsi: Option<String>,
    /// The number of the SIM card, ICCID (`+CCID`).
    pub iccid: Option<String>,
    /// The service centre that the SIM names (`+CSCA`), as the modem shows it.
    pub smsc: Option<String>,
    /// The memories that messages can be read from (`+CPMS`), without those that show the same places again.
    pub memories: Vec<Memory>,
    /// The memory that received messages are stored in.
    pub receiving: Option<Memory>,
    /// How the modem announces what it receives (`+CNMI`); `None` if it does not.
    pub indications: Option<Indications>,
    /// The character set of strings (`+CSCS`).
    pub character_set: Option<gsm7::charset::Charset>,
}

impl Profile {
    /// How often the memories are looked through though nothing is announced.
    pub(crate) fn poll_interval(&self, config: &Config) -> Option<Duration> {
        match (config.receive, self.indications) {
            (Receive::Off, _) => None,
            (_, None) => Some(config.poll_interval.unwrap_or(Duration::from_secs(10))),
            (_, Some(_)) => Some(config.poll_interval.unwrap_or(Duration::from_secs(300))),
        }
    }
}

/// The facts known of the modem, and its settings.
#[derive(Debug, Default)]
pub(crate) struct ModemState {
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
}

/// How the modem is set now; what a procedure changes, the next one finds here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The memory that is read and deleted from (mem1 of `+CPMS`); `None` if that is not known.
    pub(crate) reading: Option<Memory>,
    /// The memories as they are named in `+CPMS`.
    pub(crate) storage: Vec<Memory>,
    /// How the modem is registered, as far as it has said.
    pub(crate) registrations: Registrations,
    /// The SIM has refused the PIN, or nobody knows; it is not given again, over this link or the next.
    pub(crate) pin_refused: bool,
    /// Whether a direct delivery wants `+CNMA` (`+CSMS` service 1).
    pub(crate) acknowledges: bool,
    /// A command of the application may have changed any setting.
    pub(crate) suspect: bool,
    /// How the modem takes USSD strings.
    pub(crate) ussd: Option<UssdEncoding>,
    /// How the modem wrote the last USSD string.
    pub(crate) ussd_read: Option<UssdEncoding>,
    /// The service centre as the modem gave it, to restore it where the SIM loses it: number and type.
    pub(crate) centre: Option<(Vec<u8>, Option<u8>)>,
}

impl Settings {
    /// A command that is not known may have changed anything.
    pub(crate) fn forget(&mut self) {
        self.reading = None;
        self.suspect = true;
    }
}
