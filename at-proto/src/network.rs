//! Registration, operators and signal, 3GPP TS 27.007, 7.2, 7.3, 8.5, 8.69 and 10.1.

mod operators;

use alloc::vec::Vec;

use crate::command::{Command, ParseError, ParseErrorKind, line_of};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameters};
use crate::request::Request;

pub use self::operators::{
    Operator, OperatorFormat, OperatorInUse, ReadOperator, ScanOperators, SelectOperator,
    SetOperatorFormat,
};

/// A domain of registration: each network generation has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Domain {
    /// `+CREG`: circuit switched, for calls and USSD.
    #[doc(alias = "CREG")]
    #[doc(alias = "+CREG")]
    Circuit,
    /// `+CGREG`: packet switched, GPRS and UMTS.
    #[doc(alias = "CGREG")]
    #[doc(alias = "+CGREG")]
    Packet,
    /// `+CEREG`: LTE.
    #[doc(alias = "CEREG")]
    #[doc(alias = "+CEREG")]
    Eps,
    /// `+C5GREG`: 5G.
    #[doc(alias = "C5GREG")]
    #[doc(alias = "+C5GREG")]
    FiveG,
}

impl Domain {
    const fn name(self) -> &'static str {
        match self {
            Self::Circuit => "+CREG",
            Self::Packet => "+CGREG",
            Self::Eps => "+CEREG",
            Self::FiveG => "+C5GREG",
        }
    }
}

number_space! {
    /// The registration status, `<stat>`.
    Registration(pub u8) {
        /// Not registered, and not searching.
        IDLE = 0,
        /// Registered at home.
        HOME = 1,
        /// Not registered, searching.
        SEARCHING = 2,
        /// Denied by the network.
        DENIED = 3,
        /// Unknown, out of coverage.
        UNKNOWN = 4,
        /// Registered while roaming.
        ROAMING = 5,
    }
}

impl Registration {
    /// Returns `true` if messages can be sent.
    pub const fn is_registered(self) -> bool {
        matches!(self.0, 1 | 5 | 6 | 7 | 9 | 10)
    }

    /// Returns `true` if the network is a foreign one.
    pub const fn is_roaming(self) -> bool {
        matches!(self.0, 5 | 7 | 10)
    }

    /// The standard's words.
    pub const fn description(self) -> &'static str {
        match self.0 {
            0 => "not registered",
            1 => "registered at home",
            2 => "searching",
            3 => "registration denied",
            4 => "unknown",
            5 => "registered, roaming",
            6 => "registered for SMS only, at home",
            7 => "registered for SMS only, roaming",
            8 => "emergency calls only",
            9 => "registered at home, CSFB not preferred",
            10 => "registered, roaming, CSFB not preferred",
            11 => "emergency calls only, restricted local operator services",
            _ => "reserved",
        }
    }
}

/// The registration of the modem: status, cell and access technology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RegistrationState {
    /// The status.
    pub status: Registration,
    /// The location or tracking area, if reported.
    pub area: Option<u32>,
    /// The cell, if reported.
    pub cell: Option<u64>,
    /// `<AcT>`: access technology, 3GPP TS 27.007, 7.3; 0 GSM, 2 UTRAN, 7 E-UTRAN.
    pub technology: Option<u8>,
}

impl RegistrationState {
    /// A registration with these fields, for tests.
    pub const fn new(
        status: Registration,
        area: Option<u32>,
        cell: Option<u64>,
        technology: Option<u8>,
    ) -> Self {
        Self { status, area, cell, technology }
    }

    /// Reads `<stat>[,<lac>,<ci>[,<AcT>]]`.
    ///
    /// Areas and cells are hexadecimal, in quotes or without, and some modems omit one of the
    /// quotes. No value has a comma, so the quotes do not matter. Some modems write the routing
    /// area, of two digits, between area and cell.
    pub(crate) fn of(fields: &[&[u8]]) -> Option<Self> {
        let status = number(fields.first()?, 10).and_then(|status| u8::try_from(status).ok())?;
        let hex = |at: usize| fields.get(at).and_then(|field| number(field, 16));
        let length = |at: usize| fields.get(at).map_or(0, |field| field.len());
        // An access technology has one or two digits, a cell beside a routing area at least four.
        let (cell, technology) = if length(2) <= 2 && length(3) >= 4 { (3, 4) } else { (2, 3) };
        Some(Self {
            status: Registration(status),
            area: hex(1).and_then(|area| u32::try_from(area).ok()),
            cell: hex(cell),
            technology: fields
                .get(technology)
                .and_then(|field| number(field, 10))
                .and_then(|act| u8::try_from(act).ok()),
        })
    }
}

pub(crate) fn unquoted_fields(parameters: &[u8]) -> Vec<&[u8]> {
    parameters
        .split(|&byte| byte == b',')
        .map(|field| {
            let is_noise = |byte: &u8| matches!(byte, b'"' | b' ' | b'(' | b')');
            let before = field.iter().take_while(|byte| is_noise(byte)).count();
            let (_, field) = field.split_at(before);
            let after = field.iter().rev().take_while(|byte| is_noise(byte)).count();
            field.split_at(field.len().saturating_sub(after)).0
        })
        .collect()
}

pub(crate) fn number(field: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(core::str::from_utf8(field).ok()?, radix).ok()
}

/// `AT+CREG?`, `AT+CGREG?`, `AT+CEREG?` or `AT+C5GREG?`: reads the registration.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, network::{Domain, ReadRegistration, Registration}};
///
/// let response = Response::ok(["+CEREG: 2,5,\"1A2B\",\"01C3D4E5\",7"]);
/// let state = ReadRegistration(Domain::Eps).parse(&response)?;
/// assert_eq!((state.status, state.cell), (Registration::ROAMING, Some(0x01C3_D4E5)));
/// assert!(state.status.is_registered());
/// # Ok::<(), at_proto::ParseError>(())
/// ```
#[doc(alias = "CREG")]
#[doc(alias = "+CREG")]
#[doc(alias = "CGREG")]
#[doc(alias = "CEREG")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRegistration(pub Domain);

impl Command for ReadRegistration {
    type Output = RegistrationState;

    fn request(&self) -> Request {
        Request::pieces(&["AT", self.0.name(), "?"])
    }

    fn parse(&self, response: &Response) -> Result<RegistrationState, ParseError> {
        let parameters = line_of(response, self.0.name())?;
        let fields = unquoted_fields(parameters.rest());
        // <n>,<stat>,...
        fields
            .get(1..)
            .and_then(RegistrationState::of)
            .ok_or_else(|| parameters.error(ParseErrorKind::Number("stat")))
    }
}

/// `AT+CREG=<n>`, `AT+CGREG=<n>`, `AT+CEREG=<n>` or `AT+C5GREG=<n>`: sets the URCs for changes of
/// the registration.
#[doc(alias = "CREG")]
#[doc(alias = "+CREG")]
#[doc(alias = "CGREG")]
#[doc(alias = "CEREG")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetRegistrationReports {
    /// The domain.
    pub domain: Domain,
    /// The level: 0 off, 1 changes of the status, 2 with area and cell.
    pub n: u8,
}

impl Command for SetRegistrationReports {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers(&["AT", self.domain.name(), "="].concat(), &[self.n.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CREG=?`, `AT+CGREG=?`, `AT+CEREG=?` or `AT+C5GREG=?`: reads the supported levels of
/// [`SetRegistrationReports`].
#[doc(alias = "CREG")]
#[doc(alias = "+CREG")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestRegistrationReports(pub Domain);

impl Command for TestRegistrationReports {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::pieces(&["AT", self.0.name(), "=?"])
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, self.0.name())?.rest()))
    }
}

/// Signal strength and quality, `+CSQ`.
#[doc(alias = "RSSI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Signal {
    /// `<rssi>`: 0 to 31, 99 unknown.
    pub rssi: u8,
    /// `<ber>`: 0 to 7, 99 unknown.
    pub ber: u8,
}

impl Signal {
    /// A signal with these fields, for tests.
    pub const fn new(rssi: u8, ber: u8) -> Self {
        Self { rssi, ber }
    }

    /// The signal strength in dBm, -113 to -51; `None` if unknown.
    #[doc(alias = "signal strength")]
    pub fn dbm(self) -> Option<i16> {
        (self.rssi <= 31).then(|| i16::from(self.rssi).saturating_mul(2).saturating_sub(113))
    }

    /// Reads `<rssi>,<ber>`; a value that is missing or unreadable is unknown.
    pub(crate) fn of(mut parameters: Parameters<'_>) -> Self {
        let mut value = || parameters.any_number().unwrap_or(99);
        Self { rssi: value(), ber: value() }
    }
}

/// `AT+CSQ`: reads signal strength and quality.
#[doc(alias = "CSQ")]
#[doc(alias = "+CSQ")]
#[doc(alias = "RSSI")]
#[doc(alias = "signal strength")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadSignal;

impl Command for ReadSignal {
    type Output = Signal;

    fn request(&self) -> Request {
        Request::built("AT+CSQ")
    }

    fn parse(&self, response: &Response) -> Result<Signal, ParseError> {
        line_of(response, "+CSQ").map(Signal::of)
    }
}

/// Signal strength and quality of each network, `+CESQ`; 99 or 255 is unknown in each field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ExtendedSignal {
    /// GSM signal level, 0 to 63: -111 dBm + n.
    pub rxlev: u8,
    /// GSM bit error rate class, 0 to 7.
    pub ber: u8,
    /// UTRAN signal code power, 0 to 96: -121 dBm + n.
    pub rscp: u8,
    /// UTRAN energy per chip to noise, 0 to 49: -24.5 dB + n / 2.
    pub ecno: u8,
    /// E-UTRAN reference signal quality, 0 to 34: -20 dB + n / 2.
    pub rsrq: u8,
    /// E-UTRAN reference signal power, 0 to 97: -141 dBm + n.
    pub rsrp: u8,
}

impl ExtendedSignal {
    /// A signal with these fields, for tests.
    pub const fn new(rxlev: u8, ber: u8, rscp: u8, ecno: u8, rsrq: u8, rsrp: u8) -> Self {
        Self { rxlev, ber, rscp, ecno, rsrq, rsrp }
    }

    /// The strength in dBm of the network in use; `None` if unknown.
    #[doc(alias = "signal strength")]
    pub fn dbm(self) -> Option<i16> {
        let (level, offset) = match self {
            Self { rsrp: level @ ..=97, .. } => (level, 141),
            Self { rscp: level @ ..=96, .. } => (level, 121),
            Self { rxlev: level @ ..=63, .. } => (level, 111),
            _ => return None,
        };
        Some(i16::from(level).saturating_sub(offset))
    }
}

/// `AT+CESQ`: reads the signal of each network.
#[doc(alias = "CESQ")]
#[doc(alias = "+CESQ")]
#[doc(alias = "RSRP")]
#[doc(alias = "RSRQ")]
#[doc(alias = "RSCP")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadExtendedSignal;

impl Command for ReadExtendedSignal {
    type Output = ExtendedSignal;

    fn request(&self) -> Request {
        Request::built("AT+CESQ")
    }

    fn parse(&self, response: &Response) -> Result<ExtendedSignal, ParseError> {
        let mut parameters = line_of(response, "+CESQ")?;
        let mut value = |unknown| parameters.any_number().unwrap_or(unknown);
        Ok(ExtendedSignal {
            rxlev: value(99),
            ber: value(99),
            rscp: value(255),
            ecno: value(255),
            rsrq: value(255),
            rsrp: value(255),
        })
    }
}

/// `AT+CGATT?`: returns `true` if the packet domain is attached.
#[doc(alias = "CGATT")]
#[doc(alias = "+CGATT")]
#[doc(alias = "GPRS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAttachment;

impl Command for ReadAttachment {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built("AT+CGATT?")
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CGATT")?.number::<u8>("state")? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_registration_is_read() {
        let read = ReadRegistration(Domain::Circuit);
        let state = |status, area, cell, technology| RegistrationState {
            status: Registration(status),
            area,
            cell,
            technology,
        };
        for (line, expected) in [
            ("+CREG: 0,1", state(1, None, None, None)),
            ("+CREG: 2,1,4CA,81DE445", state(1, Some(0x4CA), Some(0x81D_E445), None)),
            ("+CREG: 0,1,\"5E25\",\"605F\"", state(1, Some(0x5E25), Some(0x605F), None)),
            (
                "+CREG: 2,5,\"2AF5\",\"0B88E350\",2",
                state(5, Some(0x2AF5), Some(0x0B88_E350), Some(2)),
            ),
            ("+CREG: 2,1,\"\",\"605F\"", state(1, None, Some(0x605F), None)),
            ("+CREG: 2,1,\"0B,\"0100701\",7", state(1, Some(0x0B), Some(0x010_0701), Some(7))),
            ("+CREG: 2,1,\"5E25", state(1, Some(0x5E25), None, None)),
            ("+CREG: 002,001", state(1, None, None, None)),
            ("+CREG:2, 1, \"1F\" , \"2A\"", state(1, Some(0x1F), Some(0x2A), None)),
        ] {
            assert_eq!(read.parse(&Response::ok([line])), Ok(expected), "{line}");
        }
        assert_eq!(
            read.parse(&Response::ok::<&str>([])).unwrap_err().kind,
            ParseErrorKind::NoLine("+CREG")
        );
        assert!(read.parse(&Response::ok(["+CREG: 99999999999"])).is_err());
        assert!(read.parse(&Response::ok(["+CREG: 0,99999999999"])).is_err());
    }

    #[test]
    fn signal_is_in_dbm() {
        assert_eq!(Signal { rssi: 99, ber: 99 }.dbm(), None);
        assert_eq!(Signal { rssi: 0, ber: 0 }.dbm(), Some(-113));
        let read = ReadExtendedSignal.parse(&Response::ok(["+CESQ: 99,99,255,255,20,80"])).unwrap();
        assert_eq!(read.dbm(), Some(-61));
    }
}
