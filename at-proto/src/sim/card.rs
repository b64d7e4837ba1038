//! The content of the SIM: identities, numbers, files, 3GPP TS 27.007, 5.6, 7.1, 8.17 and 8.18.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::command::{Command, ParseError, ParseErrorKind, bare_text, line_of, lines_of, no_line};
use crate::event::Response;
use crate::parameters::{Parameter, Parameters};
use crate::request::{Refused, Request};

/// `AT+CIMI`: reads the IMSI, 6 to 15 digits.
#[doc(alias = "CIMI")]
#[doc(alias = "+CIMI")]
#[doc(alias = "IMSI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadImsi;

impl Command for ReadImsi {
    type Output = String;

    fn request(&self) -> Request {
        Request::built("AT+CIMI")
    }

    fn parse(&self, response: &Response) -> Result<String, ParseError> {
        digits(response, &["+CIMI"], "IMSI", 6)
    }
}

/// Reads the ICCID of the SIM, 18 to 20 digits, by the command of one vendor.
#[doc(alias = "CCID")]
#[doc(alias = "+CCID")]
#[doc(alias = "ICCID")]
#[doc(alias = "SIM serial number")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadIccid {
    /// `AT+CCID`.
    Ccid,
    /// `AT+ICCID`.
    Iccid,
    /// `AT^ICCID?`, Huawei.
    Huawei,
    /// `AT+QCCID`, Quectel.
    Quectel,
    /// `AT#CCID`, Telit.
    Telit,
}

impl Command for ReadIccid {
    type Output = String;

    fn request(&self) -> Request {
        Request::built(match self {
            Self::Ccid => "AT+CCID",
            Self::Iccid => "AT+ICCID",
            Self::Huawei => "AT^ICCID?",
            Self::Quectel => "AT+QCCID",
            Self::Telit => "AT#CCID",
        })
        .answer_name("+CCID")
        .answer_name("+ICCID")
    }

    fn parse(&self, response: &Response) -> Result<String, ParseError> {
        digits(response, &["+CCID", "+ICCID", "^ICCID", "+QCCID", "#CCID", "ICCID"], "ICCID", 18)
    }
}

/// The first run of at least so many digits; an F may pad an ICCID at its end.
fn digits(
    response: &Response,
    names: &[&str],
    field: &'static str,
    at_least: usize,
) -> Result<String, ParseError> {
    let text = bare_text(response, names);
    let found = text
        .split(|byte| !byte.is_ascii_digit())
        .find(|run| run.len() >= at_least)
        .ok_or_else(|| match response.lines().first() {
            None => no_line(response, field),
            Some(line) => Parameters::of_line(line).error(ParseErrorKind::Form(field)),
        })?;
    Ok(String::from_utf8_lossy(found).into_owned())
}

/// An own number of the SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnNumber {
    /// The name, in the modem's character set.
    pub name: Vec<u8>,
    /// The number, in the modem's character set.
    pub number: Vec<u8>,
    /// The type of address.
    pub kind: Option<u8>,
}

impl OwnNumber {
    /// An own number with these fields, for tests.
    pub const fn new(name: Vec<u8>, number: Vec<u8>, kind: Option<u8>) -> Self {
        Self { name, number, kind }
    }
}

/// `AT+CNUM`: reads the SIM's own numbers, if any were written to it.
#[doc(alias = "CNUM")]
#[doc(alias = "+CNUM")]
#[doc(alias = "MSISDN")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadNumbers;

impl Command for ReadNumbers {
    type Output = Vec<OwnNumber>;

    fn request(&self) -> Request {
        Request::built("AT+CNUM")
    }

    fn parse(&self, response: &Response) -> Result<Vec<OwnNumber>, ParseError> {
        let mut numbers = Vec::new();
        for mut parameters in lines_of(response, "+CNUM") {
            let name = parameters.optional_text().unwrap_or_default().to_vec();
            let number = parameters.optional_text().unwrap_or_default().to_vec();
            let kind = parameters.any_number();
            if !number.is_empty() {
                numbers.push(OwnNumber { name, number, kind });
            }
        }
        Ok(numbers)
    }
}

/// The SIM's answer to `+CRSM`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileAnswer {
    /// The status words, 3GPP TS 51.011, 9.4; 144 and 0 are success.
    pub status: (u8, u8),
    /// The content in hexadecimal.
    pub data: Vec<u8>,
}

impl FileAnswer {
    /// An answer with these fields, for tests.
    pub const fn new(status: (u8, u8), data: Vec<u8>) -> Self {
        Self { status, data }
    }
}

/// `AT+CRSM=176,<fileid>,<offset>,<length>`: reads bytes of a file of the SIM.
#[doc(alias = "CRSM")]
#[doc(alias = "+CRSM")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadFile {
    /// The file, such as 0x2FE2 for the ICCID.
    pub file: u16,
    /// The offset of the first byte.
    pub offset: u16,
    /// The number of bytes; 0 is 256.
    pub length: u8,
}

impl Command for ReadFile {
    type Output = FileAnswer;

    fn request(&self) -> Request {
        let [high, low] = self.offset.to_be_bytes();
        Request::built(format!("AT+CRSM=176,{},{high},{low},{}", self.file, self.length))
    }

    fn parse(&self, response: &Response) -> Result<FileAnswer, ParseError> {
        let mut parameters = line_of(response, "+CRSM")?;
        let status = (parameters.number("sw1")?, parameters.number("sw2")?);
        Ok(FileAnswer {
            status,
            data: parameters.next().unwrap_or(Parameter::Absent).as_bytes().to_vec(),
        })
    }
}

/// `AT+CSIM=<length>,"<command>"`: sends a command to the SIM.
#[doc(alias = "CSIM")]
#[doc(alias = "+CSIM")]
#[doc(alias = "APDU")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendToSim(Vec<u8>);

impl SendToSim {
    /// Takes a command in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a character that is not a hexadecimal digit.
    pub fn new(command: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let command = command.into();
        Refused::check(&command, |_, byte| byte.is_ascii_hexdigit())?;
        Ok(Self(command))
    }
}

impl Command for SendToSim {
    /// The answer in hexadecimal, status words included.
    type Output = Vec<u8>;

    fn request(&self) -> Request {
        let mut line = format!("AT+CSIM={},\"", self.0.len()).into_bytes();
        line.extend_from_slice(&self.0);
        line.push(b'"');
        Request::built(line)
    }

    fn parse(&self, response: &Response) -> Result<Vec<u8>, ParseError> {
        let mut parameters = line_of(response, "+CSIM")?;
        // The length only informs, and may be missing.
        let first = parameters.next();
        match (first, parameters.text("response")) {
            (_, Ok(answer)) | (Some(Parameter::Quoted(answer)), Err(_)) => Ok(answer.to_vec()),
            (_, Err(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_bare_and_named() {
        for line in ["240080000000001", "+CIMI: 240080000000001", "\"240080000000001\""] {
            assert_eq!(ReadImsi.parse(&Response::ok([line])).unwrap(), "240080000000001", "{line}");
        }
        for line in
            ["+CCID: \"8937100000000000001F\"", "8937100000000000001", "ICCID: 8937100000000000001"]
        {
            assert_eq!(
                ReadIccid::Ccid.parse(&Response::ok([line])).unwrap(),
                "8937100000000000001",
                "{line}"
            );
        }
        assert!(ReadImsi.parse(&Response::ok(["nothing"])).is_err());
    }

    #[test]
    fn malformed_own_numbers_are_read_as_far_as_they_go() {
        let found = ReadNumbers
            .parse(&Response::ok([
                "+CNUM: ,\"+3612345\",145",
                "+CNUM: \"Me\",\"0612345\",x",
                "+CNUM: \"\",\"\",129",
            ]))
            .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].number.as_slice(), found[0].kind), (&b"+3612345"[..], Some(145)));
        assert_eq!((found[1].name.as_slice(), found[1].kind), (&b"Me"[..], None));
    }

    #[test]
    fn a_file_is_read_by_its_decimal_number() {
        let read = ReadFile { file: 0x2FE2, offset: 0, length: 10 };
        assert_eq!(read.request().line(), b"AT+CRSM=176,12258,0,0,10");
        let answer = read.parse(&Response::ok(["+CRSM: 144,0,\"98731000\""])).unwrap();
        assert_eq!((answer.status, answer.data.as_slice()), ((144, 0), &b"98731000"[..]));
    }
}
