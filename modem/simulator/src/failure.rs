//! Final results that report a failure: 3GPP TS 27.007, 9.2 and 3GPP TS 27.005, 3.2.5.

use alloc::format;
use alloc::string::{String, ToString};

use crate::settings::Settings;

/// The failure of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A syntax error, or an unknown command.
    Unknown,
    /// `ERROR`, whatever `+CMEE` is set to.
    Error,
    /// `+CME ERROR`, by number.
    Cme(u16),
    /// `+CMS ERROR`, by number.
    Cms(u16),
    /// A final result in the words of the vendor.
    Words(String),
}

impl Failure {
    pub(crate) const OPERATION_NOT_ALLOWED: Self = Self::Cme(3);
    pub(crate) const OPERATION_NOT_SUPPORTED: Self = Self::Cme(4);
    pub(crate) const SIM_PIN_REQUIRED: Self = Self::Cme(11);
    pub(crate) const SIM_PUK_REQUIRED: Self = Self::Cme(12);
    pub(crate) const SIM_BUSY: Self = Self::Cme(14);
    pub(crate) const INCORRECT_PASSWORD: Self = Self::Cme(16);
    pub(crate) const NOT_FOUND: Self = Self::Cme(22);
    pub(crate) const INVALID_INDEX: Self = Self::Cme(21);
    pub(crate) const NO_SERVICE: Self = Self::Cme(30);
    pub(crate) const INCORRECT_PARAMETERS: Self = Self::Cme(50);

    pub(crate) const SMS_NOT_ALLOWED: Self = Self::Cms(302);
    pub(crate) const SMS_NOT_SUPPORTED: Self = Self::Cms(303);
    pub(crate) const INVALID_PDU_PARAMETER: Self = Self::Cms(304);
    pub(crate) const INVALID_TEXT_PARAMETER: Self = Self::Cms(305);
    pub(crate) const SMS_PIN_REQUIRED: Self = Self::Cms(311);
    pub(crate) const SMS_SIM_BUSY: Self = Self::Cms(314);
    pub(crate) const SMS_PUK_REQUIRED: Self = Self::Cms(316);
    pub(crate) const INVALID_MEMORY_INDEX: Self = Self::Cms(321);
    pub(crate) const MEMORY_FULL: Self = Self::Cms(322);
    pub(crate) const SMSC_UNKNOWN: Self = Self::Cms(330);
    pub(crate) const NO_NETWORK_SERVICE: Self = Self::Cms(331);
    pub(crate) const NO_ACKNOWLEDGEMENT_EXPECTED: Self = Self::Cms(340);

    /// The line that the modem prints, by `+CMEE` and the profile of the vendor.
    pub(crate) fn line(&self, settings: &Settings, profile: &crate::Profile) -> String {
        let verbose = settings.cmee == 2 || (settings.cmee == 1 && profile.always_verbose_errors);
        match self {
            Self::Unknown => profile.unknown_command.to_string(),
            Self::Error => profile.error.to_string(),
            Self::Words(words) => words.clone(),
            Self::Cme(number) | Self::Cms(number) if !profile.coded_error.is_empty() => {
                format!("{}{number}", profile.coded_error)
            }
            Self::Cme(_) if settings.cmee == 0 => profile.error.to_string(),
            Self::Cme(number) => match cme_words(*number) {
                Some(words) if verbose => format!("+CME ERROR: {words}"),
                _ => format!("+CME ERROR: {number}"),
            },
            Self::Cms(number) => match cms_words(*number) {
                Some(words) if verbose && profile.verbose_sms_errors => {
                    format!("+CMS ERROR: {words}")
                }
                _ => format!("+CMS ERROR:{}{number}", profile.sms_error_space),
            },
        }
    }
}

/// The words for the numbers that the simulated modem uses.
fn cme_words(number: u16) -> Option<&'static str> {
    Some(match number {
        3 => "operation not allowed",
        4 => "operation not supported",
        11 => "SIM PIN required",
        12 => "SIM PUK required",
        13 => "SIM failure",
        14 => "SIM busy",
        16 => "incorrect password",
        20 => "memory full",
        21 => "invalid index",
        22 => "not found",
        24 => "text string too long",
        26 => "dial string too long",
        27 => "invalid characters in dial string",
        30 => "no network service",
        50 => "incorrect parameters",
        _ => return None,
    })
}

fn cms_words(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "unassigned (unallocated) number",
        8 => "operator determined barring",
        10 => "call barred",
        21 => "short message transfer rejected",
        27 => "destination out of service",
        28 => "unidentified subscriber",
        29 => "facility rejected",
        30 => "unknown subscriber",
        38 => "network out of order",
        41 => "temporary failure",
        42 => "congestion",
        47 => "resources unavailable, unspecified",
        300 => "ME failure",
        301 => "SMS service of ME reserved",
        302 => "operation not allowed",
        303 => "operation not supported",
        304 => "invalid PDU mode parameter",
        305 => "invalid text mode parameter",
        310 => "SIM not inserted",
        311 => "SIM PIN required",
        312 => "PH-SIM PIN required",
        313 => "SIM failure",
        314 => "SIM busy",
        315 => "SIM wrong",
        316 => "SIM PUK required",
        317 => "SIM PIN2 required",
        318 => "SIM PUK2 required",
        320 => "memory failure",
        321 => "invalid memory index",
        322 => "memory full",
        330 => "SMSC address unknown",
        331 => "no network service",
        332 => "network timeout",
        340 => "no +CNMA acknowledgement expected",
        500 => "unknown error",
        _ => return None,
    })
}
