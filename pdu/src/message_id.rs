//! The message identifier of cell broadcast, 3GPP TS 23.041, 9.4.1.2.2.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The message identifier of a cell broadcast: its topic, by which mobiles select messages.
    ///
    /// Compares with a number, and displays as one. The names of other systems (EU-Alert, KPAS of
    /// Korea) stand beside the name of the standard: [`eu_alert`](Self::eu_alert),
    /// [`kpas`](Self::kpas). 3GPP TS 23.041, 9.4.1.2.2.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Certainty, MessageId, Severity, Topic, Urgency};
    ///
    /// let id = MessageId::from_raw(4384);
    /// assert_eq!(id.topic(), Topic::Extreme);
    /// assert_eq!(id.severity(), Some(Severity::Extreme));
    /// assert_eq!(id.urgency(), Some(Urgency::Immediate));
    /// assert_eq!(id.certainty(), Some(Certainty::Observed));
    /// assert!(id.is_additional_language());
    /// assert_eq!((id.eu_alert(), id.kpas()), (Some("EU-Alert level 2"), Some("class 1")));
    /// assert_eq!(id, 4384);
    /// ```
    MessageId(pub(crate) u16) {
        /// An earthquake warning (ETWS).
        EARTHQUAKE = 4352,
        /// A tsunami warning (ETWS).
        TSUNAMI = 4353,
        /// A warning of an earthquake and a tsunami (ETWS).
        EARTHQUAKE_AND_TSUNAMI = 4354,
        /// A test of ETWS.
        ETWS_TEST = 4355,
        /// Another emergency (ETWS).
        ETWS_OTHER = 4356,
        /// A presidential alert (CMAS), EU-Alert level 1.
        PRESIDENTIAL = 4370,
        /// A child abduction alert (CMAS).
        AMBER = 4379,
        /// A public safety message (CMAS).
        PUBLIC_SAFETY = 4396,
        /// The trigger of device-based geo-fencing, which carries no text.
        GEO_FENCING = 4400,
        /// An EU-Info message in the local language.
        EU_INFO = 6400,
    }
}

/// The identifiers of CMAS for the default language; as many follow for additional languages.
const CMAS_FIRST: u16 = 4370;
const CMAS_KINDS: u16 = 13;

impl MessageId {
    /// Returns the meaning of the number.
    #[must_use]
    pub const fn topic(self) -> Topic {
        match self.0 {
            0..=999 => Topic::Allocated,
            1000..=1003 => Topic::LocationService,
            4096..=4223 => Topic::SimData,
            4224..=4351 => Topic::SecuredSimData,
            4352 => Topic::Earthquake,
            4353 => Topic::Tsunami,
            4354 => Topic::EarthquakeAndTsunami,
            4355 => Topic::EtwsTest,
            4356 => Topic::EtwsOther,
            4370..=4395 => match self.cmas_kind() {
                Some(0) => Topic::Presidential,
                Some(1 | 2) => Topic::Extreme,
                Some(3..=8) => Topic::Severe,
                Some(9) => Topic::Amber,
                Some(10) => Topic::MonthlyTest,
                Some(11) => Topic::Exercise,
                _ => Topic::OperatorDefined,
            },
            4396 | 4397 => Topic::PublicSafety,
            4398 | 4399 => Topic::LocalTest,
            4400 => Topic::GeoFencing,
            6400 => Topic::EuInfo,
            4357..=4369 | 4401..=6399 => Topic::ReservedWarning,
            40_960..=45_055 | 61_440..=65_534 => Topic::Operator,
            _ => Topic::Reserved,
        }
    }

    /// Returns the public warning system to which the number belongs.
    #[must_use]
    pub const fn system(self) -> Option<WarningSystem> {
        Some(match self.0 {
            4352..=4359 => WarningSystem::Etws,
            4370..=4400 => WarningSystem::Cmas,
            6400 => WarningSystem::EuInfo,
            4360..=4369 | 4401..=6399 => WarningSystem::Reserved,
            _ => return None,
        })
    }

    /// Returns `true` if the number belongs to the Earthquake and Tsunami Warning System: 4352 to
    /// 4359.
    #[must_use]
    pub const fn is_etws(self) -> bool {
        matches!(self.0, 4352..=4359)
    }

    /// Returns the severity of a CMAS alert. Severe alerts 4373 and 4374 are of extreme severity.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self.cmas_kind() {
            Some(1..=4) => Some(Severity::Extreme),
            Some(5..=8) => Some(Severity::Severe),
            _ => None,
        }
    }

    /// Returns the urgency of a CMAS alert.
    #[must_use]
    pub const fn urgency(self) -> Option<Urgency> {
        match self.cmas_kind() {
            Some(1 | 2 | 5 | 6) => Some(Urgency::Immediate),
            Some(3 | 4 | 7 | 8) => Some(Urgency::Expected),
            _ => None,
        }
    }

    /// Returns the certainty of a CMAS alert.
    #[must_use]
    pub const fn certainty(self) -> Option<Certainty> {
        match self.cmas_kind() {
            Some(1 | 3 | 5 | 7) => Some(Certainty::Observed),
            Some(2 | 4 | 6 | 8) => Some(Certainty::Likely),
            _ => None,
        }
    }

    /// Returns `true` if the number stands for an alert in an additional language.
    #[must_use]
    pub const fn is_additional_language(self) -> bool {
        matches!(self.0, 4383..=4395 | 4397 | 4399)
    }

    /// Returns the name of the alert in EU-Alert, ETSI TS 102 900.
    #[must_use]
    pub const fn eu_alert(self) -> Option<&'static str> {
        Some(match self.topic() {
            Topic::Presidential => "EU-Alert level 1",
            Topic::Extreme => "EU-Alert level 2",
            Topic::Severe => "EU-Alert level 3",
            Topic::Amber => "EU-Amber",
            Topic::PublicSafety => "EU-Alert level 4",
            Topic::LocalTest => "EU-Test",
            Topic::EuInfo => "EU-Info",
            _ => return None,
        })
    }

    /// Returns the class of the alert in the Korean Public Alert System (KPAS).
    #[must_use]
    pub const fn kpas(self) -> Option<&'static str> {
        Some(match self.topic() {
            Topic::Presidential => "class 0",
            Topic::Extreme | Topic::Severe | Topic::Amber => "class 1",
            _ => return None,
        })
    }

    /// Returns the position among the 13 kinds of CMAS alerts.
    const fn cmas_kind(self) -> Option<u16> {
        match self.0 {
            4370..=4395 => Some((self.0 - CMAS_FIRST) % CMAS_KINDS),
            _ => None,
        }
    }
}

impl From<u16> for MessageId {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<MessageId> for u16 {
    fn from(id: MessageId) -> Self {
        id.0
    }
}

impl PartialEq<u16> for MessageId {
    fn eq(&self, number: &u16) -> bool {
        self.0 == *number
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The meaning of a message identifier. 3GPP TS 23.041, 9.4.1.2.2.
///
/// Displays as a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Topic {
    /// Allocated by the GSM Association (AD.26); many of these numbers have national meanings.
    Allocated,
    /// Assistance data of a location service, not for the screen.
    LocationService,
    /// Data for the SIM, not for the screen.
    SimData,
    /// Data for the SIM in secured packets, not for the screen.
    SecuredSimData,
    /// An earthquake warning (ETWS).
    Earthquake,
    /// A tsunami warning (ETWS).
    Tsunami,
    /// A warning of an earthquake and a tsunami (ETWS).
    EarthquakeAndTsunami,
    /// A test of ETWS, which mobiles ignore unless they are set up for tests.
    EtwsTest,
    /// Another emergency (ETWS).
    EtwsOther,
    /// A presidential alert (CMAS), which users cannot switch off.
    Presidential,
    /// An extreme alert (CMAS).
    Extreme,
    /// A severe alert (CMAS).
    Severe,
    /// A child abduction alert (CMAS).
    Amber,
    /// A required monthly test (CMAS).
    MonthlyTest,
    /// An exercise (CMAS).
    Exercise,
    /// A CMAS alert that the operator defines.
    OperatorDefined,
    /// A public safety message (CMAS).
    PublicSafety,
    /// A state or local test (CMAS).
    LocalTest,
    /// The trigger of device-based geo-fencing, which carries no text.
    GeoFencing,
    /// An EU-Info message.
    EuInfo,
    /// Reserved for public warning systems.
    ReservedWarning,
    /// Specific to the operator.
    Operator,
    /// Reserved.
    Reserved,
}

impl Topic {
    /// Returns `true` if mobiles do not show messages of this topic to a person.
    #[must_use]
    pub const fn is_for_machines(self) -> bool {
        matches!(
            self,
            Self::LocationService | Self::SimData | Self::SecuredSimData | Self::GeoFencing
        )
    }

    /// Returns the meaning in a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allocated => "allocated by the GSM Association",
            Self::LocationService => "location service data",
            Self::SimData => "sim data download",
            Self::SecuredSimData => "secured sim data download",
            Self::Earthquake => "earthquake warning",
            Self::Tsunami => "tsunami warning",
            Self::EarthquakeAndTsunami => "earthquake and tsunami warning",
            Self::EtwsTest => "etws test",
            Self::EtwsOther => "other emergency",
            Self::Presidential => "presidential alert",
            Self::Extreme => "extreme alert",
            Self::Severe => "severe alert",
            Self::Amber => "child abduction alert",
            Self::MonthlyTest => "required monthly test",
            Self::Exercise => "exercise",
            Self::OperatorDefined => "operator defined alert",
            Self::PublicSafety => "public safety message",
            Self::LocalTest => "state or local test",
            Self::GeoFencing => "geo-fencing trigger",
            Self::EuInfo => "eu-info message",
            Self::ReservedWarning => "reserved for public warning",
            Self::Operator => "operator specific",
            Self::Reserved => "reserved",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A public warning system. 3GPP TS 23.041, 9.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WarningSystem {
    /// The Earthquake and Tsunami Warning System.
    Etws,
    /// The Commercial Mobile Alert System, whose numbers EU-Alert and KPAS share.
    Cmas,
    /// EU-Info.
    EuInfo,
    /// A system of a later version of the standard.
    Reserved,
}

/// The severity of a CMAS alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Severity {
    /// Extreme.
    Extreme,
    /// Severe.
    Severe,
}

/// The urgency of a CMAS alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Urgency {
    /// Act immediately.
    Immediate,
    /// Act soon.
    Expected,
}

/// The certainty of a CMAS alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Certainty {
    /// Observed.
    Observed,
    /// Likely.
    Likely,
}
