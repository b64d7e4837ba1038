//! What commands set and `ATZ` restores.

use alloc::collections::BTreeMap;
use alloc::string::String;

use gsm7::charset::Charset;

use crate::profile::Profile;

/// The settings of the modem.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) echo: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    /// S3.
    pub(crate) terminator: u8,
    /// S4.
    pub(crate) line_feed: u8,
    /// S5.
    pub(crate) backspace: u8,
    /// The other S registers.
    pub(crate) registers: BTreeMap<String, u8>,
    pub(crate) cmee: u8,
    /// The character set of strings, 3GPP TS 27.007, 5.5.
    pub(crate) charset: Charset,
    pub(crate) text_mode: bool,
    /// Mode, mt, bm, ds, bfr.
    pub(crate) cnmi: [u8; 5],
    pub(crate) csms: u8,
    /// First octet, validity, protocol, coding.
    pub(crate) csmp: [u8; 4],
    pub(crate) csdh: bool,
    pub(crate) cmms: u8,
    pub(crate) cgsms: u8,
    /// Whether all channels but those listed are accepted.
    pub(crate) cscb_except: bool,
    pub(crate) cscb_channels: String,
    pub(crate) cscb_codings: String,
    /// `+CREG`, `+CGREG`, `+CEREG`.
    pub(crate) registration: [u8; 3],
    pub(crate) cusd: u8,
    pub(crate) clip: bool,
    pub(crate) crc: bool,
    pub(crate) operator_format: u8,
    pub(crate) time_zone_report: u8,
    pub(crate) time_zone_update: u8,
    pub(crate) phonebook: &'static str,
    /// Whether the noise of the vendor is switched on (`AT^CURC`).
    pub(crate) noise: bool,
}

impl Settings {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            echo: profile.echo,
            verbose: true,
            quiet: false,
            terminator: b'\r',
            line_feed: b'\n',
            backspace: 0x08,
            registers: BTreeMap::new(),
            cmee: 0,
            charset: profile
                .charsets
                .first()
                .and_then(|name| Charset::from_name(name))
                .unwrap_or(Charset::Gsm),
            text_mode: profile.text_mode,
            cnmi: profile.cnmi_default,
            csms: 0,
            csmp: [17, 167, 0, 0],
            csdh: false,
            cmms: 0,
            cgsms: 3,
            cscb_except: false,
            cscb_channels: String::new(),
            cscb_codings: String::new(),
            registration: [0; 3],
            cusd: 0,
            clip: false,
            crc: false,
            operator_format: 0,
            time_zone_report: 0,
            time_zone_update: 0,
            phonebook: "SM",
            noise: true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(&Profile::GENERIC)
    }
}
