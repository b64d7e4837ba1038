//! What commands set and `ATZ` restores.

use alloc::collections::BTreeMap;
use alloc::string::String;

use gsm7::charset::Charset;

use super::profile::Profile;

/// The settings of the modem.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    /// S3.
    pub(super) terminator: u8,
    /// S4.
    pub(super) line_feed: u8,
    /// S5.
    pub(super) backspace: u8,
    /// The other S registers.
    pub(super) registers: BTreeMap<String, u8>,
    pub(super) cmee: u8,
    /// The character set of strings, 3GPP TS 27.007, 5.5.
    pub(super) charset: Charset,
    pub(super) text_mode: bool,
    /// Mode, mt, bm, ds, bfr.
    pub(super) cnmi: [u8; 5],
    pub(super) csms: u8,
    /// First octet, validity, protocol, coding.
    pub(super) csmp: [u8; 4],
    pub(super) csdh: bool,
    pub(super) cmms: u8,
    pub(super) cgsms: u8,
    /// Whether all channels but those listed are accepted.
    pub(super) cscb_except: bool,
    pub(super) cscb_channels: String,
    pub(super) cscb_codings: String,
    /// `+CREG`, `+CGREG`, `+CEREG`.
    pub(super) registration: [u8; 3],
    pub(super) cusd: u8,
    pub(super) clip: bool,
    pub(super) crc: bool,
    pub(super) operator_format: u8,
    pub(super) time_zone_report: u8,
    pub(super) time_zone_update: u8,
    pub(super) phonebook: &'static str,
    /// Whether the noise of the maker is switched on (`AT^CURC`).
    pub(super) noise: bool,
}

impl Settings {
    pub(super) fn new(profile: &Profile) -> Self {
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
