//! The names on the wire and their traits: 3GPP TS 27.005, 27.007, ITU-T V.250.

#[cfg(test)]
mod typed;

use alloc::borrow::Cow;

use crate::expect::Form;
use crate::parameters::decimal;
use crate::urc;

/// The traits of a command name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    seconds: u16,
    flags: u16,
}

/// Lines without a name are part of the answer.
const FREE: u16 = 1;
/// The answer has any number of lines, including none.
const MANY: u16 = 2;
/// A data line follows each line of the answer.
const DATA: u16 = 4;
/// The set form prompts for a payload.
const PROMPT: u16 = 8;
/// Call results end the command.
const CALL: u16 = 16;
/// The value is a PIN or password.
const SECRET: u16 = 32;
/// The set form has an answer.
const ANSWERS_SET: u16 = 64;
/// Lines of this name are also unsolicited. The table of URCs says so, not a row of this table.
const UNSOLICITED: u16 = 128;
/// Every line is part of the answer.
const ANY: u16 = 256;
/// The name has no row.
const UNKNOWN: u16 = 512;
/// The execute form has an answer.
const ANSWERS_EXECUTE: u16 = 1024;
/// The test form takes as long as the set form.
const SLOW_TEST: u16 = 2048;
/// The answer is a list, whose length decides how long it takes.
const LISTING: u16 = 1 << 14;
/// The command is one of 3GPP TS 27.005, which end with `+CMS ERROR` in case of failure.
const SMS: u16 = 1 << 15;

impl Traits {
    /// The traits of a command without a row.
    const UNKNOWN: Self = Self { seconds: 10, flags: UNKNOWN };

    pub(crate) const fn seconds(self, form: Form) -> u16 {
        match form {
            Form::Execute | Form::Set => self.seconds,
            Form::Test if self.has(SLOW_TEST) => self.seconds,
            Form::Read | Form::Test => 10,
        }
    }

    pub(crate) const fn is_free(self, form: Form) -> bool {
        self.has(FREE) && matches!(form, Form::Execute | Form::Set | Form::Read)
            || self.has(UNKNOWN)
    }

    pub(crate) const fn is_any(self) -> bool {
        self.has(ANY)
    }

    pub(crate) const fn is_many(self) -> bool {
        self.has(MANY)
    }

    pub(crate) const fn is_required(self, form: Form) -> bool {
        match form {
            _ if self.has(UNKNOWN) || self.has(MANY) => false,
            Form::Read | Form::Test => true,
            Form::Execute => self.has(ANSWERS_EXECUTE),
            Form::Set => self.has(ANSWERS_SET),
        }
    }

    pub(crate) const fn is_listing(self, form: Form) -> bool {
        self.has(LISTING) && matches!(form, Form::Execute | Form::Set)
    }

    pub(crate) const fn has_data(self) -> bool {
        self.has(DATA)
    }

    pub(crate) const fn prompts(self, form: Form) -> bool {
        self.has(PROMPT) && matches!(form, Form::Set)
    }

    /// Returns `true` if a `+CMS ERROR` may be the result, 3GPP TS 27.005, 3.2.5. Nobody knows the
    /// results of a command without a row.
    pub(crate) const fn may_fail_as_message(self) -> bool {
        self.has(SMS) || self.has(UNKNOWN)
    }

    pub(crate) const fn is_call(self) -> bool {
        self.has(CALL)
    }

    pub(crate) const fn is_secret(self) -> bool {
        self.has(SECRET)
    }

    pub(crate) const fn is_unsolicited(self) -> bool {
        self.has(UNSOLICITED)
    }

    #[cfg(test)]
    pub(crate) const fn is_known(self) -> bool {
        !self.has(UNKNOWN)
    }

    const fn has(self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Returns `true` if these parameters are an answer to the read form, for a name that is also
    /// unsolicited.
    pub(crate) fn reads(self, parameters: &[u8]) -> bool {
        let mut fields = parameters.split(|&byte| byte == b',');
        let first = fields.next().unwrap_or_default().trim_ascii();
        match self.flags & READS {
            // <n>,<stat>[,...]: the second field is a small number, never a location area.
            READS_PAIR => fields.next().is_some_and(|second| {
                let second = second.trim_ascii();
                second.len() <= 3
                    && second.iter().all(u8::is_ascii_digit)
                    && decimal(second).is_some_and(|stat| stat <= 11)
            }),
            // <n>[,<m>]: in a URC the first field is a number in quotes.
            READS_NUMBER => !first.starts_with(b"\""),
            // <n>: in a URC a text follows.
            READS_ONE => fields.next().is_none(),
            _ => true,
        }
    }
}

const READS: u16 = 0b11 << 12;
const READS_PAIR: u16 = 0b01 << 12;
const READS_NUMBER: u16 = 0b10 << 12;
const READS_ONE: u16 = 0b11 << 12;

/// The name of a command in capitals, and its traits; `name` may have small letters.
pub(crate) fn command(name: &[u8]) -> (Cow<'static, str>, Traits) {
    match row(name) {
        Some((name, traits)) => (Cow::Borrowed(name), traits),
        None => {
            let capitals = name.iter().map(|&byte| char::from(byte.to_ascii_uppercase()));
            (Cow::Owned(capitals.collect()), Traits::UNKNOWN)
        }
    }
}

/// The row of a name, which may have small letters.
///
/// Compared byte by byte: a copy in capitals would stall the processor when it is read at once.
fn row(name: &[u8]) -> Option<(&'static str, Traits)> {
    let in_order =
        |&(row, _, _): &(&str, u16, u16)| row.bytes().cmp(name.iter().map(u8::to_ascii_uppercase));
    let &(name, seconds, flags) = COMMANDS.get(COMMANDS.binary_search_by(in_order).ok()?)?;
    Some((name, Traits { seconds, flags }))
}

/// Returns `true` if a line of this name, which the command in flight did not ask for, is a lost
/// answer.
///
/// All other names count as unsolicited: the vendors have too many to list.
pub(crate) fn is_answer_only(name: &[u8]) -> bool {
    row(name).is_some_and(|(_, traits)| !traits.is_unsolicited())
}

/// Returns `true` for a setting whose URC has a number in quotes, which a listed setting never has.
pub(crate) fn is_setting_with_number(name: &[u8]) -> bool {
    row(name).is_some_and(|(_, traits)| traits.flags & READS == READS_NUMBER)
}

/// The rows, completed with the traits from the table of URCs.
#[expect(clippy::indexing_slicing, reason = "the compiler computes it, from a table as long")]
static COMMANDS: [(&str, u16, u16); ROWS.len()] = {
    let mut rows = [("", 0, 0); ROWS.len()];
    let mut at = 0;
    while at < ROWS.len() {
        let (name, seconds, flags) = ROWS[at];
        let unsolicited = if urc::is_known(name) { UNSOLICITED } else { 0 };
        rows[at] = (name, seconds, flags | unsolicited);
        at += 1;
    }
    rows
};

/// Name, seconds until the final result, and flags; in the order of their bytes.
const ROWS: &[(&str, u16, u16)] = &[
    ("#CCID", 10, FREE | ANSWERS_EXECUTE),
    ("#PCT", 10, FREE | MANY),
    ("&F", 10, 0),
    ("&V", 10, ANY | MANY),
    ("&W", 10, 0),
    ("+C5GREG", 10, READS_PAIR),
    ("+CBC", 10, ANSWERS_EXECUTE),
    ("+CCID", 10, FREE | ANSWERS_EXECUTE),
    ("+CCLK", 10, 0),
    ("+CCWA", 30, MANY | READS_NUMBER),
    ("+CDIP", 10, READS_NUMBER),
    ("+CEDRXS", 10, MANY),
    ("+CEER", 10, FREE | ANSWERS_EXECUTE),
    ("+CEREG", 10, READS_PAIR),
    ("+CESQ", 10, ANSWERS_EXECUTE),
    ("+CFUN", 30, 0),
    ("+CGATT", 75, 0),
    ("+CGDATA", 60, CALL),
    ("+CGMI", 10, FREE | ANSWERS_EXECUTE),
    ("+CGMM", 10, FREE | ANSWERS_EXECUTE),
    ("+CGMR", 10, FREE | ANSWERS_EXECUTE),
    ("+CGREG", 10, READS_PAIR),
    ("+CGSMS", 10, 0),
    ("+CGSN", 10, FREE | ANSWERS_EXECUTE | ANSWERS_SET),
    ("+CHUP", 30, 0),
    ("+CIMI", 10, FREE | ANSWERS_EXECUTE),
    ("+CIND", 10, 0),
    ("+CLAC", 30, ANY | MANY),
    ("+CLCC", 10, MANY),
    ("+CLCK", 30, MANY | SECRET),
    ("+CLIP", 20, READS_NUMBER),
    ("+CMEE", 10, 0),
    ("+CMER", 10, 0),
    ("+CMGC", 120, PROMPT | ANSWERS_SET | SMS),
    ("+CMGD", 30, SMS),
    ("+CMGF", 10, SMS),
    ("+CMGL", 60, FREE | MANY | DATA | LISTING | SMS),
    ("+CMGR", 20, FREE | MANY | DATA | SMS),
    ("+CMGS", 120, PROMPT | ANSWERS_SET | SMS),
    ("+CMGW", 30, PROMPT | ANSWERS_SET | SMS),
    ("+CMMS", 10, SMS),
    ("+CMSS", 120, ANSWERS_SET | SMS),
    ("+CMUX", 10, ANY),
    ("+CNAP", 10, READS_NUMBER),
    ("+CNMA", 10, PROMPT | SMS),
    ("+CNMI", 10, SMS),
    ("+CNUM", 15, MANY),
    ("+COLP", 10, READS_NUMBER),
    ("+COPN", 30, MANY | LISTING),
    ("+COPS", 180, SLOW_TEST),
    ("+CPAS", 10, ANSWERS_EXECUTE),
    ("+CPBF", 60, MANY | LISTING),
    ("+CPBR", 60, MANY | LISTING),
    ("+CPBS", 10, 0),
    ("+CPBW", 30, 0),
    ("+CPIN", 30, SECRET),
    ("+CPINR", 10, MANY),
    ("+CPMS", 15, ANSWERS_SET | SMS),
    ("+CPSMS", 10, 0),
    ("+CPWD", 30, SECRET),
    ("+CRC", 10, 0),
    ("+CREG", 10, READS_PAIR),
    ("+CRSM", 20, ANSWERS_SET),
    ("+CSAS", 10, SMS),
    ("+CSCA", 10, SMS),
    ("+CSCB", 10, SMS),
    ("+CSCS", 10, 0),
    ("+CSDH", 10, SMS),
    ("+CSIM", 20, ANSWERS_SET),
    ("+CSMP", 10, SMS),
    ("+CSMS", 10, ANSWERS_SET | SMS),
    ("+CSQ", 10, ANSWERS_EXECUTE),
    ("+CSSN", 10, 0),
    ("+CTZR", 10, 0),
    ("+CTZU", 10, 0),
    ("+CUSD", 60, READS_ONE),
    ("+EPINC", 10, FREE | MANY),
    ("+GCAP", 10, FREE | ANSWERS_EXECUTE),
    ("+GMI", 10, FREE | ANSWERS_EXECUTE),
    ("+GMM", 10, FREE | ANSWERS_EXECUTE),
    ("+GMR", 10, FREE | ANSWERS_EXECUTE),
    ("+GSN", 10, FREE | ANSWERS_EXECUTE),
    ("+ICCID", 10, FREE | ANSWERS_EXECUTE),
    ("+ICF", 10, 0),
    ("+IFC", 10, 0),
    ("+IPR", 10, 0),
    ("+QCCID", 10, FREE | ANSWERS_EXECUTE),
    ("+SPIC", 10, FREE | MANY),
    ("A", 120, CALL | FREE),
    ("D", 120, CALL | FREE),
    ("E", 10, 0),
    ("H", 30, 0),
    ("I", 10, FREE | ANY | MANY),
    ("O", 60, CALL | FREE),
    ("Q", 10, 0),
    ("S", 10, FREE),
    ("V", 10, 0),
    ("X", 10, 0),
    ("Z", 10, 0),
    ("^CPIN", 10, FREE | MANY | SECRET),
    ("^ICCID", 10, FREE),
];

/// The name of a line such as `+CSQ: 20,99` or `^RSSI:14`, and the text after its colon.
///
/// A name is one of `+ ^ * _ # % $ !`, a capital, and then capitals, digits, `_`, `-`, `/`, `.` or
/// spaces.
pub(crate) fn named(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let [
        b'+' | b'^' | b'*' | b'_' | b'#' | b'%' | b'$' | b'!',
        first @ (b'A'..=b'Z' | b'0'..=b'9'),
        ..,
    ] = line
    else {
        return None;
    };
    in_capitals(line).or_else(|| with_other_bytes(line, first.is_ascii_uppercase()))
}

/// The name and parameters of a line whose name has nothing but capitals before its colon, as most
/// have: the quickest to find.
fn in_capitals(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let capitals = line.iter().skip(1).take_while(|byte| byte.is_ascii_uppercase()).count();
    match line.split_at_checked(capitals.saturating_add(1))? {
        (name, [b':', parameters @ ..]) if capitals > 0 => Some((name, parameters)),
        _ => None,
    }
}

/// The name and parameters of any line; `is_word` if its second byte is a capital.
fn with_other_bytes(line: &[u8], is_word: bool) -> Option<(&[u8], &[u8])> {
    let is_of_name =
        |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'/' | b'.' | b' ');
    let end = line.iter().skip(1).position(|byte| !is_of_name(byte));
    let (name, tail) = line.split_at(end.map_or(line.len(), |end| end.saturating_add(1)));
    let has_capital = || is_word || name.iter().any(u8::is_ascii_uppercase);
    match tail {
        [b':', parameters @ ..] if has_capital() => Some((name.trim_ascii_end(), parameters)),
        // Names such as `+PBREADY` and `+ZEND`; a telephone number is not a name.
        [] if is_word => Some((name.trim_ascii_end(), &[])),
        _ => None,
    }
}

/// The text after the colon of a line of this name; `None` for a line of another name.
#[inline]
pub(crate) fn parameters_of<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    match line.strip_prefix(name.as_bytes())? {
        // The usual form: a name has no colon, so that it ends here.
        [b':', parameters @ ..] => Some(parameters),
        _ => parameters_of_named(line, name),
    }
}

/// The naive twin of [`parameters_of`].
#[inline(never)]
fn parameters_of_named<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    named(line).filter(|&(found, _)| found == name.as_bytes()).map(|(_, parameters)| parameters)
}

/// Returns `true` if a line seems to be the PDU of a message, with a byte or two damaged.
///
/// The shortest TPDU, an SMS-SUBMIT without text, has eight bytes with the length of its service
/// centre: 3GPP TS 23.040, 9.2.2.2.
pub(crate) fn seems_pdu(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let damaged = line.iter().filter(|byte| !byte.is_ascii_hexdigit()).count();
    line.len() >= 16 && damaged <= line.len() / 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_table_is_in_order() {
        assert!(COMMANDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_lost_answer_is_distinguished_from_an_unsolicited_line() {
        for name in ["+CMGR", "+CPMS", "+CMEE", "+CGMI"] {
            assert!(is_answer_only(name.as_bytes()), "{name}");
        }
        for name in ["+CLCC", "+CSQ", "+CESQ", "+CFUN", "+CREG", "+CPIN", "+CMTI", "^RSSI"] {
            assert!(!is_answer_only(name.as_bytes()), "{name}");
        }
    }

    /// Every line of six of these bytes.
    #[test]
    fn a_name_of_capitals_is_found_as_any_other() {
        const BYTES: &[u8] = b"+A1 :a/";
        for index in 0..BYTES.len().pow(6) {
            let line =
                [0, 1, 2, 3, 4, 5].map(|at| BYTES[index / BYTES.len().pow(at) % BYTES.len()]);
            if let Some(found) = in_capitals(&line) {
                let is_word = line[1].is_ascii_uppercase();
                assert_eq!(with_other_bytes(&line, is_word), Some(found), "{line:?}");
            }
        }
    }

    #[test]
    fn the_parameters_are_those_after_the_name() {
        let names = COMMANDS.iter().map(|&(name, ..)| name);
        for name in names.filter(|name| named(name.as_bytes()).is_some()) {
            for tail in [": 1,2", ":", " : 1", "", " ", "X: 1", "x: 1", " X", "?: 1", "=1"] {
                let line = [name, tail].concat();
                let line = line.as_bytes();
                assert_eq!(parameters_of(line, name), parameters_of_named(line, name), "{line:?}");
            }
        }
        assert_eq!(parameters_of(b"+CS", "+CSQ"), None);
        assert_eq!(parameters_of(b"+CREG: 1", "+CSQ"), None);
    }

    #[test]
    fn a_name_is_distinguished_from_a_number_and_from_text() {
        assert_eq!(named(b"+CSQ: 20,99"), Some((&b"+CSQ"[..], &b" 20,99"[..])));
        assert_eq!(named(b"^RSSI:14"), Some((&b"^RSSI"[..], &b"14"[..])));
        assert_eq!(named(b"+PACSP1"), Some((&b"+PACSP1"[..], &b""[..])));
        assert_eq!(named(b"+SIM READY"), Some((&b"+SIM READY"[..], &b""[..])));
        assert_eq!(named(b"*ATREADY: 1"), Some((&b"*ATREADY"[..], &b" 1"[..])));
        assert_eq!(named(b"_OSIGQ: 3,0"), Some((&b"_OSIGQ"[..], &b" 3,0"[..])));
        for text in ["+4912345", "+49 123: call", "+Hello there", "*100#", "", "+", "# 1", "+A, b"]
        {
            assert_eq!(named(text.as_bytes()), None, "{text}");
        }
    }
}
