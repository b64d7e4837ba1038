//! Registration, operator and signal, 3GPP TS 27.007, 7.2, 7.3, 8.5, 8.69 and 10.1.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::command::{Command, ParseError, ParseErrorKind, line_of, lines_of};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameter, Parameters};
use crate::request::Request;
use crate::wire::WireString;

/// Which network a registration is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Domain {
    /// `+CREG`: circuit switched, where calls and USSD are.
    Circuit,
    /// `+CGREG`: packet switched, GPRS and UMTS.
    Packet,
    /// `+CEREG`: LTE.
    Eps,
    /// `+C5GREG`: 5G.
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
    /// `<stat>`: how the modem is registered.
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
    /// Whether messages can be sent.
    pub const fn is_registered(self) -> bool {
        matches!(self.0, 1 | 5 | 6 | 7 | 9 | 10)
    }

    /// Whether the network is a foreign one.
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

/// Where the modem is registered, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationState {
    /// How.
    pub status: Registration,
    /// Location or tracking area, if reported.
    pub area: Option<u32>,
    /// Cell, if reported.
    pub cell: Option<u64>,
    /// `<AcT>`: access technology, 3GPP TS 27.007, 7.3; 0 GSM, 2 UTRAN, 7 E-UTRAN.
    pub technology: Option<u8>,
}

impl RegistrationState {
    /// Reads `<stat>[,<lac>,<ci>[,<AcT>]]`.
    ///
    /// Areas and cells are hexadecimal, in quotes or without, and some modems forget one of the quotes; since no value
    /// has a comma, the quotes say nothing.
    pub(crate) fn of(fields: &[&[u8]]) -> Option<Self> {
        let status = number(fields.first()?, 10).and_then(|status| u8::try_from(status).ok())?;
        let hex = |at: usize| fields.get(at).and_then(|field| number(field, 16));
        Some(Self {
            status: Registration(status),
            area: hex(1).and_then(|area| u32::try_from(area).ok()),
            cell: hex(2),
            technology: fields
                .get(3)
                .and_then(|field| number(field, 10))
                .and_then(|act| u8::try_from(act).ok()),
        })
    }
}

pub(crate) fn unquoted_fields(parameters: &[u8]) -> Vec<&[u8]> {
    parameters
        .split(|&octet| octet == b',')
        .map(|field| {
            let is_noise = |octet: &u8| matches!(octet, b'"' | b' ');
            let start = field.iter().position(|octet| !is_noise(octet)).unwrap_or(field.len());
            let end = field.iter().rposition(|octet| !is_noise(octet)).map_or(start, |end| end + 1);
            &field[start..end]
        })
        .collect()
}

fn number(field: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(core::str::from_utf8(field).ok()?, radix).ok()
}

/// `AT+CREG?` and its kin: how the modem is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRegistration(pub Domain);

impl Command for ReadRegistration {
    type Output = RegistrationState;

    fn request(&self) -> Request {
        Request::built(format!("AT{}?", self.0.name()))
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

/// `AT+CREG=<n>` and its kin: 0 no word, 1 changes are announced, 2 with area and cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetRegistrationReports {
    /// Of which network.
    pub domain: Domain,
    /// How much.
    pub n: u8,
}

impl Command for SetRegistrationReports {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(format!("AT{}={}", self.domain.name(), self.n))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CREG=?` and its kin: what [`SetRegistrationReports`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestRegistrationReports(pub Domain);

impl Command for TestRegistrationReports {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built(format!("AT{}=?", self.0.name()))
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, self.0.name())?.rest()))
    }
}

/// `<format>` of an operator's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperatorFormat {
    /// Up to 16 characters.
    Long,
    /// Up to 8 characters.
    Short,
    /// Country and network code, such as 26201.
    Numeric,
}

impl OperatorFormat {
    const fn number(self) -> u8 {
        match self {
            Self::Long => 0,
            Self::Short => 1,
            Self::Numeric => 2,
        }
    }

    const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Long),
            1 => Some(Self::Short),
            2 => Some(Self::Numeric),
            _ => None,
        }
    }
}

/// The operator in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorInUse {
    /// `<mode>`: 0 automatic, 1 manual, 2 deregistered, 4 manual, then automatic.
    pub mode: u8,
    /// How the name is written.
    pub format: Option<OperatorFormat>,
    /// The name, in the modem's character set or not (Huawei's is ASCII even then); `None` if not registered.
    pub name: Option<Vec<u8>>,
    /// `<AcT>`: access technology.
    pub technology: Option<u8>,
}

/// `AT+COPS?`: the operator in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOperator;

impl Command for ReadOperator {
    type Output = OperatorInUse;

    fn request(&self) -> Request {
        Request::built("AT+COPS?").timeout(core::time::Duration::from_secs(45))
    }

    fn parse(&self, response: &Response) -> Result<OperatorInUse, ParseError> {
        let mut parameters = line_of(response, "+COPS")?;
        Ok(OperatorInUse {
            mode: parameters.number("mode")?,
            format: parameters.optional_number("format")?.and_then(OperatorFormat::of),
            name: parameters.optional_text().map(<[u8]>::to_vec),
            technology: parameters.optional_number("AcT")?,
        })
    }
}

/// `AT+COPS=3,<format>`: how [`ReadOperator`] writes the name; nothing else changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetOperatorFormat(pub OperatorFormat);

impl Command for SetOperatorFormat {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(format!("AT+COPS=3,{}", self.0.number()))
            .timeout(core::time::Duration::from_secs(20))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+COPS=<mode>[,<format>,<oper>]`: registers with an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectOperator {
    /// The modem chooses.
    Automatic,
    /// This one.
    Manual(OperatorFormat, WireString),
    /// None.
    Deregister,
}

impl Command for SelectOperator {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self {
            Self::Automatic => b"AT+COPS=0".to_vec(),
            Self::Deregister => b"AT+COPS=2".to_vec(),
            Self::Manual(format, name) => {
                let mut line = format!("AT+COPS=1,{},\"", format.number()).into_bytes();
                line.extend_from_slice(name.as_bytes());
                line.push(b'"');
                line
            }
        })
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// An operator that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// 0 unknown, 1 available, 2 in use, 3 forbidden.
    pub status: u8,
    /// Up to 16 characters.
    pub long: Vec<u8>,
    /// Up to 8 characters.
    pub short: Vec<u8>,
    /// Country and network code.
    pub numeric: String,
    /// `<AcT>`: access technology.
    pub technology: Option<u8>,
}

/// `AT+COPS=?`: which operators are in reach; takes minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOperators;

impl Command for ScanOperators {
    type Output = Vec<Operator>;

    fn request(&self) -> Request {
        Request::built("AT+COPS=?")
    }

    fn parse(&self, response: &Response) -> Result<Vec<Operator>, ParseError> {
        let mut found = Vec::new();
        // Some modems give each operator a line of its own. Behind an empty field come lists of modes and formats.
        for parameters in lines_of(response, "+COPS") {
            let operators = parameters.map_while(|parameter| match parameter {
                Parameter::List(inner) => Some(inner),
                _ => None,
            });
            for inner in operators {
                let mut fields = Parameters::of_line(inner);
                let Ok(status) = fields.number("stat") else {
                    continue;
                };
                let mut text = || fields.optional_text().unwrap_or_default().to_vec();
                let (long, short) = (text(), text());
                let numeric = String::from_utf8_lossy(&text()).to_string();
                found.push(Operator {
                    status,
                    long,
                    short,
                    numeric,
                    // What is odd about one operator does not hide the others.
                    technology: fields.optional_number("AcT").unwrap_or_default(),
                });
            }
        }
        Ok(found)
    }
}

/// Signal strength and quality, `+CSQ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal {
    /// `<rssi>`: 0 to 31, 99 unknown.
    pub rssi: u8,
    /// `<ber>`: 0 to 7, 99 unknown.
    pub ber: u8,
}

impl Signal {
    /// The strength in dBm, -113 to -51; `None` if unknown.
    pub fn dbm(self) -> Option<i16> {
        (self.rssi <= 31).then(|| 2 * i16::from(self.rssi) - 113)
    }
}

/// `AT+CSQ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadSignal;

impl Command for ReadSignal {
    type Output = Signal;

    fn request(&self) -> Request {
        Request::built("AT+CSQ")
    }

    fn parse(&self, response: &Response) -> Result<Signal, ParseError> {
        let mut parameters = line_of(response, "+CSQ")?;
        Ok(Signal {
            rssi: parameters.number("rssi")?,
            ber: parameters.optional_number("ber")?.unwrap_or(99),
        })
    }
}

/// The fields of `+CESQ`; 99 or 255 is unknown in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtendedSignal {
    /// GSM signal level, -110 dBm + n.
    pub rxlev: u8,
    /// GSM bit error rate class.
    pub ber: u8,
    /// UTRAN signal code power, -120 dBm + n.
    pub rscp: u8,
    /// UTRAN energy per chip to noise, -24 dB + n / 2.
    pub ecno: u8,
    /// E-UTRAN reference signal quality, -19.5 dB + n / 2.
    pub rsrq: u8,
    /// E-UTRAN reference signal power, -140 dBm + n.
    pub rsrp: u8,
}

impl ExtendedSignal {
    /// The strength in dBm of the network in use; `None` if unknown.
    pub fn dbm(self) -> Option<i16> {
        if self.rsrp <= 97 {
            Some(i16::from(self.rsrp) - 141)
        } else if self.rscp <= 96 {
            Some(i16::from(self.rscp) - 121)
        } else {
            (self.rxlev <= 63).then(|| i16::from(self.rxlev) - 111)
        }
    }
}

/// `AT+CESQ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadExtendedSignal;

impl Command for ReadExtendedSignal {
    type Output = ExtendedSignal;

    fn request(&self) -> Request {
        Request::built("AT+CESQ")
    }

    fn parse(&self, response: &Response) -> Result<ExtendedSignal, ParseError> {
        let mut parameters = line_of(response, "+CESQ")?;
        Ok(ExtendedSignal {
            rxlev: parameters.number("rxlev")?,
            ber: parameters.number("ber")?,
            rscp: parameters.number("rscp")?,
            ecno: parameters.number("ecno")?,
            rsrq: parameters.number("rsrq")?,
            rsrp: parameters.number("rsrp")?,
        })
    }
}

/// `AT+CGATT?`: whether the packet domain is attached.
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
    fn operators_are_read_as_a_list_and_line_by_line() {
        let line = "+COPS: (2,\"Net One\",\"One\",\"24001\",7),(1,\"Net (Two)\",\"Two\",\"24002\"),,(0-4),(0-2)";
        let found = ScanOperators.parse(&Response::ok([line])).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].status, found[0].numeric.as_str(), found[0].technology),
            (2, "24001", Some(7))
        );
        assert_eq!(found[1].long, b"Net (Two)");
        let lines = ["+COPS: (2,\"A\",\"\",\"24001\")", "+COPS: (3,\"B\",\"\",\"24002\")"];
        assert_eq!(ScanOperators.parse(&Response::ok(lines)).unwrap().len(), 2);
    }

    #[test]
    fn an_operator_that_is_damaged_does_not_hide_the_others() {
        let line =
            "+COPS: (2,\"A\",\"\",\"24001\",x),(?,\"B\",\"\",\"24002\"),(1,\"C\",\"\",\"24003\",7)";
        let found = ScanOperators.parse(&Response::ok([line])).unwrap();
        let found: Vec<_> =
            found.iter().map(|operator| (operator.numeric.as_str(), operator.technology)).collect();
        assert_eq!(found, [("24001", None), ("24003", Some(7))]);
    }

    #[test]
    fn an_operator_in_use_may_have_no_name() {
        assert_eq!(ReadOperator.parse(&Response::ok(["+COPS: 0"])).unwrap().name, None);
        let found = ReadOperator.parse(&Response::ok(["+COPS: 0,2,\"24001\",2"])).unwrap();
        assert_eq!((found.name.as_deref(), found.technology), (Some(&b"24001"[..]), Some(2)));
        assert_eq!(found.format, Some(OperatorFormat::Numeric));
    }

    #[test]
    fn signal_is_in_dbm() {
        assert_eq!(Signal { rssi: 99, ber: 99 }.dbm(), None);
        assert_eq!(Signal { rssi: 0, ber: 0 }.dbm(), Some(-113));
        let read = ReadExtendedSignal.parse(&Response::ok(["+CESQ: 99,99,255,255,20,80"])).unwrap();
        assert_eq!(read.dbm(), Some(-61));
    }
}
