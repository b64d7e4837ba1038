//! The phonebooks of the SIM and the modem, 3GPP TS 27.007, 8.11 to 8.14.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::command::{Command, ParseError, ParseErrorKind, line_of, lines_of, whole};
use crate::event::Response;
use crate::parameters::{NumberSet, Parameter, Parameters};
use crate::request::{Refused, Request, push_decimal};
use crate::wire::WireString;

/// The name of a phonebook, `<storage>` of `+CPBS`: two capitals.
///
/// # Examples
///
/// ```
/// use at_proto::phonebook::Phonebook;
///
/// assert_eq!("SM".parse(), Ok(Phonebook::SIM));
/// assert_eq!(Phonebook::OWN_NUMBERS.as_str(), "ON");
/// assert!("\"".parse::<Phonebook>().is_err());
/// ```
#[doc(alias = "CPBS")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phonebook([u8; 2]);

impl Phonebook {
    /// `SM`: the contacts on the SIM.
    pub const SIM: Self = Self(*b"SM");
    /// `ME`: the contacts in the modem.
    pub const MODEM: Self = Self(*b"ME");
    /// `FD`: the numbers that the SIM allows, if fixed dialling is on.
    pub const FIXED_DIALLING: Self = Self(*b"FD");
    /// `EN`: the emergency numbers.
    pub const EMERGENCY: Self = Self(*b"EN");
    /// `ON`: the SIM's own numbers.
    pub const OWN_NUMBERS: Self = Self(*b"ON");
    /// `LD`: the numbers that were dialled last.
    pub const DIALLED: Self = Self(*b"LD");
    /// `MC`: the calls that were missed.
    pub const MISSED: Self = Self(*b"MC");
    /// `RC`: the calls that were received.
    pub const RECEIVED: Self = Self(*b"RC");

    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

impl FromStr for Phonebook {
    type Err = ParseErrorKind;

    /// Takes two capitals or digits.
    fn from_str(text: &str) -> Result<Self, ParseErrorKind> {
        match *text.as_bytes() {
            [first, second]
                if [first, second]
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) =>
            {
                Ok(Self([first, second]))
            }
            _ => Err(ParseErrorKind::Form("storage")),
        }
    }
}

impl fmt::Display for Phonebook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Phonebook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `AT+CPBS=?`: reads the phonebooks that the modem has.
#[doc(alias = "CPBS")]
#[doc(alias = "+CPBS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestPhonebooks;

impl Command for TestPhonebooks {
    type Output = Vec<Phonebook>;

    fn request(&self) -> Request {
        Request::built("AT+CPBS=?")
    }

    fn parse(&self, response: &Response) -> Result<Vec<Phonebook>, ParseError> {
        let parameters = line_of(response, "+CPBS")?;
        let mut found = Vec::new();
        // Some modems write the names without the parentheses of the list.
        for parameter in parameters {
            match parameter {
                Parameter::List(names) => found.extend(
                    Parameters::of_line(names).filter_map(|name| Phonebook::of(name.as_bytes())),
                ),
                other => found.extend(Phonebook::of(other.as_bytes())),
            }
        }
        Ok(found)
    }
}

/// The selected phonebook, and its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PhonebookUse {
    /// The phonebook.
    pub phonebook: Phonebook,
    /// The number of its entries, if the modem reports it.
    pub used: Option<u16>,
    /// The number of its slots, if the modem reports it.
    pub total: Option<u16>,
}

impl PhonebookUse {
    /// A phonebook and its use with these fields, for tests.
    pub const fn new(phonebook: Phonebook, used: Option<u16>, total: Option<u16>) -> Self {
        Self { phonebook, used, total }
    }
}

/// `AT+CPBS?`: reads the selected phonebook.
#[doc(alias = "CPBS")]
#[doc(alias = "+CPBS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPhonebook;

impl Command for ReadPhonebook {
    type Output = PhonebookUse;

    fn request(&self) -> Request {
        Request::built("AT+CPBS?")
    }

    fn parse(&self, response: &Response) -> Result<PhonebookUse, ParseError> {
        let mut parameters = line_of(response, "+CPBS")?;
        let phonebook = Phonebook::of(parameters.text("storage")?)
            .ok_or_else(|| parameters.error(ParseErrorKind::Form("storage")))?;
        let (used, total) = (parameters.any_number(), parameters.any_number());
        Ok(PhonebookUse { phonebook, used, total })
    }
}

/// `AT+CPBS="<storage>"`: selects the phonebook of the other commands.
#[doc(alias = "CPBS")]
#[doc(alias = "+CPBS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelectPhonebook(pub Phonebook);

impl Command for SelectPhonebook {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(format!("AT+CPBS=\"{}\"", self.0))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// The size of a phonebook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PhonebookSize {
    /// The indexes of its slots.
    pub indexes: NumberSet,
    /// The greatest number of characters of a number, if the modem reports it.
    pub number: Option<u16>,
    /// The greatest number of characters of a name, if the modem reports it.
    pub name: Option<u16>,
}

impl PhonebookSize {
    /// A size with these fields, for tests.
    pub const fn new(indexes: NumberSet, number: Option<u16>, name: Option<u16>) -> Self {
        Self { indexes, number, name }
    }
}

/// `AT+CPBR=?`: reads the indexes of the selected phonebook, and the limits of an entry.
#[doc(alias = "CPBR")]
#[doc(alias = "+CPBR")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestContacts;

impl Command for TestContacts {
    type Output = PhonebookSize;

    fn request(&self) -> Request {
        Request::built("AT+CPBR=?")
    }

    fn parse(&self, response: &Response) -> Result<PhonebookSize, ParseError> {
        let mut parameters = line_of(response, "+CPBR")?;
        let indexes = match parameters.next().unwrap_or(Parameter::Absent) {
            Parameter::Absent => return Err(parameters.error(ParseErrorKind::Missing("index"))),
            // Some modems leave the parentheses out: `1-250`.
            list => NumberSet::parse(list.as_bytes()),
        };
        let (number, name) = (parameters.any_number(), parameters.any_number());
        Ok(PhonebookSize { indexes, number, name })
    }
}

/// An entry of a phonebook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Contact {
    /// The index of its slot.
    pub index: u16,
    /// The number, in the modem's character set or in plain digits: modems differ.
    pub number: Vec<u8>,
    /// The type of address; 145 with a leading `+`.
    pub kind: Option<u8>,
    /// The name, in the modem's character set.
    pub name: Vec<u8>,
}

impl Contact {
    /// An entry with these fields, for tests.
    pub const fn new(index: u16, number: Vec<u8>, kind: Option<u8>, name: Vec<u8>) -> Self {
        Self { index, number, kind, name }
    }
}

/// Reads `<index>,<number>,<type>,<name>` of each line.
fn contacts(response: &Response, command: &'static str) -> Result<Vec<Contact>, ParseError> {
    whole(response)?;
    // An entry that cannot be read does not hide the others.
    let contact = |mut parameters: Parameters<'_>| {
        let index = parameters.any_number()?;
        let number = parameters.optional_text().unwrap_or_default().to_vec();
        let kind = parameters.any_number();
        let name = parameters.optional_text().unwrap_or_default().to_vec();
        Some(Contact { index, number, kind, name })
    };
    Ok(lines_of(response, command).filter_map(contact).collect())
}

/// `AT+CPBR=<first>,<last>`: reads the entries in these slots of the selected phonebook.
///
/// Empty slots have no line. Some modems refuse a range without any entry by `+CME ERROR: 22`.
#[doc(alias = "CPBR")]
#[doc(alias = "+CPBR")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadContacts {
    /// The first index.
    pub first: u16,
    /// The last index, or `None` for the first slot alone.
    pub last: Option<u16>,
}

impl Command for ReadContacts {
    type Output = Vec<Contact>;

    fn request(&self) -> Request {
        Request::built(match self.last {
            Some(last) => format!("AT+CPBR={},{last}", self.first),
            None => format!("AT+CPBR={}", self.first),
        })
    }

    fn parse(&self, response: &Response) -> Result<Vec<Contact>, ParseError> {
        contacts(response, "+CPBR")
    }
}

/// `AT+CPBF="<findtext>"`: finds the entries of the selected phonebook whose name begins with a
/// text.
///
/// Some modems refuse a text without any entry by `+CME ERROR: 22`.
#[doc(alias = "CPBF")]
#[doc(alias = "+CPBF")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindContacts(
    /// The text, in the modem's character set.
    pub WireString,
);

impl Command for FindContacts {
    type Output = Vec<Contact>;

    fn request(&self) -> Request {
        Request::built([b"AT+CPBF=\"", self.0.as_bytes(), b"\""].concat())
    }

    fn parse(&self, response: &Response) -> Result<Vec<Contact>, ParseError> {
        contacts(response, "+CPBF")
    }
}

/// `AT+CPBW=[<index>],"<number>",<type>,"<name>"`: writes an entry of the selected phonebook.
///
/// # Examples
///
/// ```
/// use at_proto::phonebook::WriteContact;
/// use at_proto::{Command, WireString};
///
/// let write = WriteContact::new(None, "+37120000000", WireString::new("Anna")?)?;
/// assert_eq!(write.request().line(), b"AT+CPBW=,\"+37120000000\",145,\"Anna\"");
/// # Ok::<(), at_proto::Refused>(())
/// ```
#[doc(alias = "CPBW")]
#[doc(alias = "+CPBW")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteContact {
    index: Option<u16>,
    number: WireString,
    kind: u8,
    name: WireString,
}

impl WriteContact {
    /// Writes `number` and `name` to the slot `index`, or to the first free one.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] if the number has a character other than digits, `*`, `#`, `,`, `A` to
    /// `D` and a leading `+`.
    pub fn new(index: Option<u16>, number: &str, name: WireString) -> Result<Self, Refused> {
        Refused::check(number.as_bytes(), |at, byte| match byte {
            b'0'..=b'9' | b'*' | b'#' | b',' | b'A'..=b'D' => true,
            b'+' => at == 0,
            _ => false,
        })?;
        let kind = if number.starts_with('+') { 145 } else { 129 };
        Ok(Self { index, number: WireString::new(number)?, kind, name })
    }

    /// Writes the number as these bytes: its digits in the modem's character set.
    #[must_use]
    pub fn with_coded_number(mut self, number: WireString) -> Self {
        self.number = number;
        self
    }
}

impl Command for WriteContact {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = b"AT+CPBW=".to_vec();
        if let Some(index) = self.index {
            push_decimal(&mut line, index.into());
        }
        line.extend_from_slice(b",\"");
        line.extend_from_slice(self.number.as_bytes());
        line.extend_from_slice(b"\",");
        push_decimal(&mut line, self.kind.into());
        line.extend_from_slice(b",\"");
        line.extend_from_slice(self.name.as_bytes());
        line.push(b'"');
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CPBW=<index>`: deletes an entry of the selected phonebook.
#[doc(alias = "CPBW")]
#[doc(alias = "+CPBW")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteContact(
    /// The index of the slot.
    pub u16,
);

impl Command for DeleteContact {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(format!("AT+CPBW={}", self.0))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn phonebooks_are_listed_in_parentheses_or_without() {
        for line in ["+CPBS: (\"SM\",\"ME\",\"ON\")", "+CPBS: \"SM\",\"ME\",\"ON\""] {
            let found = TestPhonebooks.parse(&Response::ok([line]));
            let expected = vec![Phonebook::SIM, Phonebook::MODEM, Phonebook::OWN_NUMBERS];
            assert_eq!(found, Ok(expected), "{line}");
        }
    }

    #[test]
    fn the_use_of_a_phonebook_is_optional() {
        for (line, used, total) in
            [("+CPBS: \"SM\",3,250", Some(3), Some(250)), ("+CPBS: \"SM\"", None, None)]
        {
            let expected = PhonebookUse { phonebook: Phonebook::SIM, used, total };
            assert_eq!(ReadPhonebook.parse(&Response::ok([line])), Ok(expected), "{line}");
        }
        assert!(ReadPhonebook.parse(&Response::ok(["+CPBS: 1"])).is_err());
    }

    #[test]
    fn the_indexes_of_a_phonebook_are_read_in_every_form() {
        for line in ["+CPBR: (1-250),40,14", "+CPBR: 1-250,40,14"] {
            let size = TestContacts.parse(&Response::ok([line])).unwrap();
            assert!(size.indexes.contains(250) && !size.indexes.contains(251), "{line}");
            assert_eq!((size.number, size.name), (Some(40), Some(14)), "{line}");
        }
        assert!(TestContacts.parse(&Response::ok(["+CPBR:"])).is_err());
    }

    #[test]
    fn entries_are_read_as_far_as_they_go_and_a_damaged_one_does_not_hide_the_others() {
        let read = ReadContacts { first: 1, last: Some(250) };
        assert_eq!(read.request().line(), b"AT+CPBR=1,250");
        assert_eq!(ReadContacts { first: 7, last: None }.request().line(), b"AT+CPBR=7");
        let found = read
            .parse(&Response::ok([
                "+CPBR: 1,\"+4917000\",145,\"say \"hi\" twice\"",
                "+CPBR: x,\"1\",129,\"lost\"",
                "+CPBR: 3,\"0170\",,\"00410062\",\"group\",0",
                "+CPBR: 4,\"\",129",
            ]))
            .unwrap();
        let found: Vec<_> =
            found.iter().map(|one| (one.index, &*one.number, one.kind, &*one.name)).collect();
        assert_eq!(
            found,
            [
                (1, &b"+4917000"[..], Some(145), &b"say \"hi\" twice"[..]),
                (3, b"0170", None, b"00410062"),
                (4, b"", Some(129), b""),
            ]
        );
    }

    #[test]
    fn an_entry_is_written_with_the_type_of_its_number_and_cannot_become_another_command() {
        let name = || WireString::new("Bob").unwrap();
        let line = |index, number| {
            WriteContact::new(index, number, name()).map(|write| write.request().line().to_vec())
        };
        assert_eq!(line(Some(3), "0170").unwrap(), b"AT+CPBW=3,\"0170\",129,\"Bob\"");
        assert_eq!(line(None, "1\";+CMGD=1"), Err(Refused::Byte { at: 1, byte: b'"' }));
        assert_eq!(line(None, "1+2"), Err(Refused::Byte { at: 1, byte: b'+' }));
        let coded = WriteContact::new(None, "+1", name()).unwrap();
        let coded = coded.with_coded_number(WireString::new("002B0031").unwrap());
        assert_eq!(coded.request().line(), b"AT+CPBW=,\"002B0031\",145,\"Bob\"");
        assert_eq!(DeleteContact(3).request().line(), b"AT+CPBW=3");
        assert_eq!(FindContacts(name()).request().line(), b"AT+CPBF=\"Bob\"");
    }
}
