//! Identity, character set, error codes and power, 3GPP TS 27.007, 5, 8.1, 8.2, 8.4 and 9.1, ITU-T
//! V.250, 6.

use alloc::string::String;
use alloc::vec::Vec;

use crate::command::{Command, ParseError, ParseErrorKind, bare_text, line_of, no_line};
use crate::event::Response;
use crate::parameters::{NumberSet, Parameter, Parameters};
use crate::request::Request;

/// `AT`: checks that the modem answers, within 2 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention;

impl Command for Attention {
    type Output = ();

    fn request(&self) -> Request {
        Request::built("AT").timeout(core::time::Duration::from_secs(2))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `ATE<n>`: turns the echo on or off; expect both, whatever the answer.
#[doc(alias = "ATE")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetEcho(pub bool);

impl Command for SetEcho {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("ATE", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `ATV1`: turns on results in words, the only form that this crate reads.
#[doc(alias = "ATV")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetVerbose;

impl Command for SetVerbose {
    type Output = ();

    fn request(&self) -> Request {
        Request::built("ATV1")
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// The identity of the modem.
///
/// Each request is the cellular command; the answer to the plain one (`+GMI`) is read as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadIdentity {
    /// `AT+CGMI`: the manufacturer.
    #[doc(alias = "CGMI")]
    #[doc(alias = "+CGMI")]
    #[doc(alias = "GMI")]
    Manufacturer,
    /// `AT+CGMM`: the model.
    #[doc(alias = "CGMM")]
    #[doc(alias = "+CGMM")]
    #[doc(alias = "GMM")]
    Model,
    /// `AT+CGMR`: the firmware revision.
    #[doc(alias = "CGMR")]
    #[doc(alias = "+CGMR")]
    #[doc(alias = "GMR")]
    #[doc(alias = "firmware")]
    Revision,
    /// `ATI`: all of these, in lines of any form.
    #[doc(alias = "ATI")]
    Information,
}

impl Command for ReadIdentity {
    /// The lines, joined by LF.
    type Output = String;

    fn request(&self) -> Request {
        match self {
            Self::Manufacturer => Request::built("AT+CGMI").answer_name("+GMI"),
            Self::Model => Request::built("AT+CGMM").answer_name("+GMM"),
            Self::Revision => Request::built("AT+CGMR").answer_name("+GMR"),
            Self::Information => Request::built("ATI"),
        }
    }

    fn parse(&self, response: &Response) -> Result<String, ParseError> {
        let names = ["+CGMI", "+CGMM", "+CGMR", "+GMI", "+GMM", "+GMR"];
        let text = bare_text(response, &names);
        if text.is_empty() {
            return Err(no_line(response, "identity"));
        }
        let mut names = Vec::new();
        for line in text.split(|&byte| byte == b'\n') {
            names.extend_from_slice(first_name(line));
            names.push(b'\n');
        }
        names.pop();
        Ok(String::from_utf8_lossy(&names).into_owned())
    }
}

/// The first of several quoted names: Fibocom writes `"L850 LTE Module","L850"`.
fn first_name(line: &[u8]) -> &[u8] {
    let first = line.windows(3).position(|between| between == b"\",\"").unwrap_or(line.len());
    let (first, _) = line.split_at(first);
    let is_quote = |byte: &u8| *byte == b'"';
    // One quote of a pair may be lost.
    match first.iter().filter(|byte| is_quote(byte)).count() {
        1 => first.strip_prefix(b"\"").or_else(|| first.strip_suffix(b"\"")).unwrap_or(first),
        _ => first,
    }
}

/// `AT+CGSN`: reads the IMEI, 14 to 16 digits.
#[doc(alias = "CGSN")]
#[doc(alias = "+CGSN")]
#[doc(alias = "GSN")]
#[doc(alias = "IMEI")]
#[doc(alias = "serial number")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadImei;

impl Command for ReadImei {
    type Output = String;

    fn request(&self) -> Request {
        Request::built("AT+CGSN").answer_name("+GSN")
    }

    fn parse(&self, response: &Response) -> Result<String, ParseError> {
        let text = bare_text(response, &["+CGSN", "+GSN"]);
        let digits = text.split(|byte| !byte.is_ascii_digit()).find(|run| run.len() >= 14);
        match (digits, response.lines().first()) {
            (Some(digits), _) => Ok(String::from_utf8_lossy(digits).into_owned()),
            (None, None) => Err(no_line(response, "IMEI")),
            (None, Some(line)) => Err(Parameters::of_line(line).error(ParseErrorKind::Form("sn"))),
        }
    }
}

/// `AT+GCAP`: reads the capabilities of the modem.
#[doc(alias = "GCAP")]
#[doc(alias = "+GCAP")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCapabilities;

impl Command for ReadCapabilities {
    /// The names, such as `+CGSM` for the commands of 3GPP TS 27.007.
    type Output = Vec<String>;

    fn request(&self) -> Request {
        Request::built("AT+GCAP")
    }

    fn parse(&self, response: &Response) -> Result<Vec<String>, ParseError> {
        let text = bare_text(response, &["+GCAP"]);
        let is_between = |byte: &u8| matches!(byte, b',' | b'\n' | b'"');
        let names = text.split(is_between).map(<[u8]>::trim_ascii);
        Ok(names
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }
}

/// `AT+CMEE=<n>`: sets the form of errors: without a reason (0), by number (1), in words (2).
#[doc(alias = "CMEE")]
#[doc(alias = "+CMEE")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetErrorReports(pub u8);

impl Command for SetErrorReports {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CMEE=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CMEE?`: reads the form of errors.
#[doc(alias = "CMEE")]
#[doc(alias = "+CMEE")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadErrorReports;

impl Command for ReadErrorReports {
    type Output = u8;

    fn request(&self) -> Request {
        Request::built("AT+CMEE?")
    }

    fn parse(&self, response: &Response) -> Result<u8, ParseError> {
        line_of(response, "+CMEE")?.number("n")
    }
}

/// `AT+CMEE=?`: reads the supported forms of errors.
#[doc(alias = "CMEE")]
#[doc(alias = "+CMEE")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestErrorReports;

impl Command for TestErrorReports {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CMEE=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CMEE")?.rest()))
    }
}

/// `AT+CEER`: reads the reason why the last call or command failed, in the modem's words.
#[doc(alias = "CEER")]
#[doc(alias = "+CEER")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLastFailure;

impl Command for ReadLastFailure {
    type Output = String;

    fn request(&self) -> Request {
        Request::built("AT+CEER")
    }

    fn parse(&self, response: &Response) -> Result<String, ParseError> {
        Ok(String::from_utf8_lossy(&bare_text(response, &["+CEER"])).into_owned())
    }
}

/// `AT+CSCS="<chset>"`: sets the character set of quoted strings, including numbers.
#[doc(alias = "CSCS")]
#[doc(alias = "+CSCS")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCharacterSet(pub CharacterSet);

/// The name of a character set, `<chset>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CharacterSet {
    /// `GSM`: the default alphabet of 3GPP TS 23.038, one byte a character.
    Gsm,
    /// `IRA`: ASCII.
    Ira,
    /// `UCS2`: four hexadecimal digits a character.
    Ucs2,
    /// `HEX`: two hexadecimal digits a character of the default alphabet.
    Hex,
    /// `8859-1`: Latin 1.
    Latin1,
    /// Any other name.
    Other(String),
}

impl CharacterSet {
    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Gsm => "GSM",
            Self::Ira => "IRA",
            Self::Ucs2 => "UCS2",
            Self::Hex => "HEX",
            Self::Latin1 => "8859-1",
            Self::Other(name) => name,
        }
    }

    fn of(name: &[u8]) -> Self {
        // One quote of a pair may be lost, and a single name may be in parentheses.
        let is_around = |byte: &&[u8]| !byte.is_empty();
        let name = name
            .split(|byte| matches!(byte, b'"' | b'(' | b')'))
            .map(<[u8]>::trim_ascii)
            .find(is_around)
            .unwrap_or_default();
        match name {
            b"GSM" => Self::Gsm,
            b"IRA" => Self::Ira,
            // A modem that uses UCS2 may write the name itself in UCS2.
            b"UCS2" | b"0055004300530032" => Self::Ucs2,
            b"HEX" => Self::Hex,
            b"8859-1" => Self::Latin1,
            other => Self::Other(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

impl Command for SetCharacterSet {
    type Output = ();

    fn request(&self) -> Request {
        // A name that came from a modem could hold any character.
        let name: String = self
            .0
            .as_str()
            .chars()
            .filter(|character| matches!(character, ' '..='~') && *character != '"')
            .collect();
        Request::pieces(&["AT+CSCS=\"", &name, "\""])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CSCS?`: reads the character set in use.
#[doc(alias = "CSCS")]
#[doc(alias = "+CSCS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCharacterSet;

impl Command for ReadCharacterSet {
    type Output = CharacterSet;

    fn request(&self) -> Request {
        Request::built("AT+CSCS?")
    }

    fn parse(&self, response: &Response) -> Result<CharacterSet, ParseError> {
        line_of(response, "+CSCS")?.text("chset").map(CharacterSet::of)
    }
}

/// `AT+CSCS=?`: reads the supported character sets.
#[doc(alias = "CSCS")]
#[doc(alias = "+CSCS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCharacterSet;

impl Command for TestCharacterSet {
    type Output = Vec<CharacterSet>;

    fn request(&self) -> Request {
        Request::built("AT+CSCS=?")
    }

    fn parse(&self, response: &Response) -> Result<Vec<CharacterSet>, ParseError> {
        let mut names = Vec::new();
        for parameter in line_of(response, "+CSCS")? {
            match parameter {
                Parameter::List(inner) => names.extend(Parameters::of_line(inner)),
                // Without parentheses, as in BlackBerry's answers.
                name => names.push(name),
            }
        }
        names.retain(|name| *name != Parameter::Absent);
        Ok(names.into_iter().map(|name| CharacterSet::of(name.as_bytes())).collect())
    }
}

/// `AT+CFUN=<fun>[,<rst>]`: sets the power level; 0 minimum, 1 full, 4 radio off.
///
/// A reset makes the port disappear.
#[doc(alias = "CFUN")]
#[doc(alias = "+CFUN")]
#[doc(alias = "reset")]
#[doc(alias = "airplane mode")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetFunctionality {
    /// The level: 0 minimum, 1 full, 4 radio off.
    pub level: u8,
    /// `true` to restart the modem first.
    pub reset: bool,
}

impl Command for SetFunctionality {
    type Output = ();

    fn request(&self) -> Request {
        let level = self.level.into();
        match self.reset {
            true => Request::numbers("AT+CFUN=", &[level, 1]),
            false => Request::numbers("AT+CFUN=", &[level]),
        }
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CFUN?`: reads the power level; `None` if the answer has no level, as that of a ZTE modem
/// that answers as to the test form.
#[doc(alias = "CFUN")]
#[doc(alias = "+CFUN")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadFunctionality;

impl Command for ReadFunctionality {
    type Output = Option<u8>;

    fn request(&self) -> Request {
        Request::built("AT+CFUN?")
    }

    fn parse(&self, response: &Response) -> Result<Option<u8>, ParseError> {
        Ok(line_of(response, "+CFUN")?.any_number())
    }
}

/// `AT+CFUN=?`: reads the supported levels.
#[doc(alias = "CFUN")]
#[doc(alias = "+CFUN")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFunctionality;

impl Command for TestFunctionality {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CFUN=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(line_of(response, "+CFUN")?.number_set())
    }
}

/// `AT+CPAS`: reads the activity; 0 ready, 2 unknown, 3 ringing, 4 in a call, 5 asleep.
#[doc(alias = "CPAS")]
#[doc(alias = "+CPAS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadActivity;

impl Command for ReadActivity {
    type Output = u8;

    fn request(&self) -> Request {
        Request::built("AT+CPAS")
    }

    fn parse(&self, response: &Response) -> Result<u8, ParseError> {
        line_of(response, "+CPAS")?.number("pas")
    }
}

/// The state of the battery, `+CBC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Battery {
    /// `<bcs>`: 0 on battery, 1 charging, 2 no battery, 3 fault.
    pub status: u8,
    /// `<bcl>`: 0 to 100 per cent; `None` if the modem does not report it.
    pub percent: Option<u8>,
    /// The voltage in millivolts; `None` if the modem does not report it.
    pub millivolts: Option<u16>,
}

impl Battery {
    /// A state of the battery with these fields, for tests.
    pub const fn new(status: u8, percent: Option<u8>, millivolts: Option<u16>) -> Self {
        Self { status, percent, millivolts }
    }
}

/// `AT+CBC`: reads the battery.
#[doc(alias = "CBC")]
#[doc(alias = "+CBC")]
#[doc(alias = "battery")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBattery;

impl Command for ReadBattery {
    type Output = Battery;

    fn request(&self) -> Request {
        Request::built("AT+CBC")
    }

    fn parse(&self, response: &Response) -> Result<Battery, ParseError> {
        let mut parameters = line_of(response, "+CBC")?;
        let first = parameters.clone().text("bcs")?;
        // SIM7600 reports the voltage alone: `+CBC: 3.802V`.
        if let Some(millivolts) = volts(first) {
            return Ok(Battery { status: 0, percent: None, millivolts: Some(millivolts) });
        }
        let status = parameters.number("bcs")?;
        let level = parameters.optional_text().unwrap_or_default();
        let voltage = parameters.optional_text().unwrap_or_default();
        let level_number = number(level);
        Ok(Battery {
            status,
            percent: level_number
                .and_then(|level| u8::try_from(level).ok())
                .filter(|level| *level <= 100),
            // Fibocom reports the voltage in place of the percentage.
            millivolts: volts(voltage)
                .or_else(|| number(voltage))
                .or_else(|| volts(level))
                .or_else(|| level_number.filter(|level| *level >= 1_000)),
        })
    }
}

fn number(field: &[u8]) -> Option<u16> {
    core::str::from_utf8(field).ok()?.trim().parse().ok()
}

/// The millivolts of a voltage with a point or a unit: `3.802V`, `3.8`.
fn volts(field: &[u8]) -> Option<u16> {
    let text = core::str::from_utf8(field).ok()?.trim();
    let number = text.strip_suffix(['V', 'v']);
    let (whole, fraction) = match (number, number.unwrap_or(text).split_once('.')) {
        (None, None) => return None,
        (Some(whole), None) => (whole, ""),
        (_, Some(parts)) => parts,
    };
    let thousandths = fraction.get(..3).unwrap_or(fraction);
    alloc::format!("{whole}{thousandths:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_bare_and_named() {
        for line in ["E173", "+CGMM: \"E173\"", "+CGMM: E173", "+GMM:E173"] {
            assert_eq!(ReadIdentity::Model.parse(&Response::ok([line])).unwrap(), "E173", "{line}");
        }
        for line in ["350000000000006", "+CGSN: 350000000000006", "\"350000000000006\""] {
            assert_eq!(ReadImei.parse(&Response::ok([line])).unwrap(), "350000000000006", "{line}");
        }
        assert!(ReadIdentity::Model.parse(&Response::ok::<&str>([])).is_err());
    }

    #[test]
    fn capabilities_may_have_spaces_after_the_commas() {
        let names = ReadCapabilities.parse(&Response::ok(["+GCAP: +FCLASS, +CGSM"])).unwrap();
        assert_eq!(names, ["+FCLASS", "+CGSM"]);
    }

    #[test]
    fn character_sets_are_read_with_and_without_parentheses() {
        let expected =
            [CharacterSet::Ira, CharacterSet::Gsm, CharacterSet::Other("PCCP437".into())];
        for line in ["+CSCS: (\"IRA\",\"GSM\",\"PCCP437\")", "+CSCS: \"IRA\",\"GSM\",\"PCCP437\""] {
            assert_eq!(TestCharacterSet.parse(&Response::ok([line])).unwrap(), expected, "{line}");
        }
        assert_eq!(
            ReadCharacterSet.parse(&Response::ok(["+CSCS: \"0055004300530032\""])),
            Ok(CharacterSet::Ucs2)
        );
        let smuggled = SetCharacterSet(CharacterSet::Other("X\"\r\nATH".into()));
        assert_eq!(smuggled.request().line(), b"AT+CSCS=\"XATH\"");
    }

    #[test]
    fn the_battery_is_read_in_each_form() {
        let read = |line: &str| ReadBattery.parse(&Response::ok([line])).unwrap();
        assert_eq!(read("+CBC: 0,80"), Battery { status: 0, percent: Some(80), millivolts: None });
        assert_eq!(
            read("+CBC: 0,80,4012"),
            Battery { status: 0, percent: Some(80), millivolts: Some(4012) }
        );
        assert_eq!(read("+CBC: 3.802V").millivolts, Some(3802));
    }

    #[test]
    fn functionality_may_be_answered_like_its_test_form() {
        assert_eq!(ReadFunctionality.parse(&Response::ok(["+CFUN: 1"])), Ok(Some(1)));
        assert_eq!(ReadFunctionality.parse(&Response::ok(["+CFUN: (0-1,4),(0-1)"])), Ok(None));
    }
}
