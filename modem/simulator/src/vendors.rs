//! The profiles of modems in the field, each with its departures from the standard.

mod generic;
mod huawei;
mod modules;
mod phones;
mod quectel;
mod simcom;

use crate::profile::Profile;

impl Profile {
    /// All profiles.
    pub const ALL: &[Self] = &[
        Self::GENERIC,
        Self::HUAWEI_E173,
        Self::HUAWEI_E220,
        Self::HUAWEI_E3372_325,
        Self::SIM800,
        Self::SIM7600,
        Self::SIM7670G,
        Self::SIM7000,
        Self::SIM900,
        Self::A7670,
        Self::QUECTEL_EC25,
        Self::QUECTEL_EG12,
        Self::QUECTEL_BG96,
        Self::QUECTEL_M35,
        Self::TELTONIKA_TRM240,
        Self::TELIT_HE910,
        Self::UBLOX_SARA_R4,
        Self::ZTE_MF,
        Self::WAVECOM_Q2406,
        Self::CINTERION_MC75I,
        Self::SIEMENS_MC35I,
        Self::SIEMENS_AC75,
        Self::IWOW_TR800,
        Self::FIBOCOM_L850,
        Self::MTK,
        Self::MALFORMED,
        Self::NEOWAY_M590,
        Self::NOKIA_S60,
        Self::SAMSUNG_B2100,
        Self::SAMSUNG_Z810,
        Self::MOTOROLA_EZX,
        Self::QUALCOMM_GOBI,
        Self::NOVATEL,
        Self::IRIDIUM,
        Self::BLACKBERRY,
        Self::PANTECH,
        Self::THURAYA,
        Self::SIERRA_SL8084T,
        Self::OPTION_HSO,
        Self::ERICSSON_MBM,
        Self::ALTAIR,
        Self::CALYPSO,
        Self::BARE_CR,
        Self::VERBOSE_ERRORS,
        Self::EMPTY_LINE,
        Self::USSD_FIRST,
        Self::USSD_OCTETS,
        Self::USSD_UCS2,
        Self::EMPTY_ZEROS,
        Self::SLOW_START,
    ];
}
