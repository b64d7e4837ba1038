//! Operators: the one in use, and those in reach, 3GPP TS 27.007, 7.3.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::parameters::{Parameter, Parameters};
use crate::request::Request;
use crate::vocabulary::named;
use crate::wire::WireString;

/// The format of an operator's name, `<format>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperatorFormat {
    /// Long: up to 16 characters.
    Long,
    /// Short: up to 8 characters.
    Short,
    /// Country and network code, such as 26201.
    #[doc(alias = "PLMN")]
    #[doc(alias = "MCC")]
    #[doc(alias = "MNC")]
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
#[non_exhaustive]
pub struct OperatorInUse {
    /// `<mode>`: 0 automatic, 1 manual, 2 deregistered, 4 manual, then automatic; `None` if the
    /// answer has no readable one.
    pub mode: Option<u8>,
    /// The format of the name.
    pub format: Option<OperatorFormat>,
    /// The name; `None` if not registered.
    ///
    /// The coding is the modem's character set, except with some modems: Huawei's is always ASCII.
    pub name: Option<Vec<u8>>,
    /// `<AcT>`: access technology.
    pub technology: Option<u8>,
}

impl OperatorInUse {
    /// An operator in use with these fields, for tests.
    pub const fn new(
        mode: Option<u8>,
        format: Option<OperatorFormat>,
        name: Option<Vec<u8>>,
        technology: Option<u8>,
    ) -> Self {
        Self { mode, format, name, technology }
    }
}

/// `AT+COPS?`: reads the operator in use.
#[doc(alias = "COPS")]
#[doc(alias = "+COPS")]
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
            mode: parameters.any_number(),
            format: parameters.any_number().and_then(OperatorFormat::of),
            name: parameters.optional_text().map(<[u8]>::to_vec),
            technology: parameters.any_number(),
        })
    }
}

/// `AT+COPS=3,<format>`: sets the format of the name in [`ReadOperator`]; nothing else changes.
#[doc(alias = "COPS")]
#[doc(alias = "+COPS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetOperatorFormat(pub OperatorFormat);

impl Command for SetOperatorFormat {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+COPS=", &[3, self.0.number().into()])
            .timeout(core::time::Duration::from_secs(20))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+COPS=<mode>[,<format>,<oper>]`: registers with an operator.
#[doc(alias = "COPS")]
#[doc(alias = "+COPS")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectOperator {
    /// Automatic: the modem chooses.
    Automatic,
    /// The named operator.
    Manual(OperatorFormat, WireString),
    /// No operator: deregisters.
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

/// An operator in reach, found by a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operator {
    /// The status: 0 unknown, 1 available, 2 in use, 3 forbidden.
    pub status: u8,
    /// The long name, up to 16 characters, in the character set of the modem.
    pub long: Vec<u8>,
    /// The short name, up to 8 characters, in the character set of the modem.
    pub short: Vec<u8>,
    /// Country and network code, such as 26201, in any character set.
    pub numeric: String,
    /// `<AcT>`: access technology.
    pub technology: Option<u8>,
}

impl Operator {
    /// Reads `<stat>,<long>,<short>,<numeric>[,<AcT>]`; `None` for anything else, such as the lists
    /// of modes and formats, which are numbers only.
    fn of(fields: &[u8]) -> Option<Self> {
        let mut fields = Parameters::of_line(fields);
        // An operator that is damaged does not hide the others.
        let status = fields.number("stat").ok()?;
        let mut is_operator = false;
        let mut text = || {
            let field = fields.next().unwrap_or(Parameter::Absent);
            let text = field.as_bytes();
            let is_number = text.len() < 5 && text.iter().all(u8::is_ascii_digit);
            is_operator |= matches!(field, Parameter::Quoted(_)) || !is_number;
            text.to_vec()
        };
        let (long, short, numeric) = (text(), text(), text());
        let numeric = String::from_utf8_lossy(&numeric_digits(&numeric)).to_string();
        let technology = fields.any_number();
        is_operator.then_some(Self { status, long, short, numeric, technology })
    }

    /// An operator with these fields, for tests.
    pub const fn new(
        status: u8,
        long: Vec<u8>,
        short: Vec<u8>,
        numeric: String,
        technology: Option<u8>,
    ) -> Self {
        Self { status, long, short, numeric, technology }
    }
}

/// Returns the digits of a number that is written in UTF-16 units, as in the character set UCS2.
fn numeric_digits(numeric: &[u8]) -> Cow<'_, [u8]> {
    let is_digit = |unit: &[u8]| matches!(unit, [b'0', b'0', b'3', b'0'..=b'9']);
    let units = numeric.chunks(4);
    if numeric.is_empty() || !units.clone().all(is_digit) {
        return Cow::Borrowed(numeric);
    }
    Cow::Owned(units.filter_map(|unit| unit.last().copied()).collect())
}

/// `AT+COPS=?`: scans for operators in reach; takes up to 3 minutes.
#[doc(alias = "COPS")]
#[doc(alias = "+COPS")]
#[doc(alias = "network scan")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOperators;

impl Command for ScanOperators {
    type Output = Vec<Operator>;

    fn request(&self) -> Request {
        Request::built("AT+COPS=?")
    }

    fn parse(&self, response: &Response) -> Result<Vec<Operator>, ParseError> {
        let mut found: Vec<Operator> = Vec::new();
        for line in response.lines().iter() {
            // Some modems give each operator a line of its own, with the name or without it.
            let is_named = named(line).is_some_and(|(name, _)| name == b"+COPS");
            if !is_named && !line.trim_ascii_start().starts_with(b"(") {
                continue;
            }
            for parameter in Parameters::of_line(line) {
                match (parameter, found.last_mut()) {
                    (Parameter::List(fields), _) => found.extend(Operator::of(fields)),
                    // Ericsson modems close the list before the technology: `"31026"),2)`.
                    (
                        Parameter::Bare([digit @ b'0'..=b'9', b')']),
                        Some(Operator { technology, .. }),
                    ) => {
                        technology.get_or_insert(digit & 0x0F);
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
