//! PINs, attempts and locks, 3GPP TS 27.007, 7.4, 7.5, 8.3 and 8.65.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::command::{Command, ParseError, line_of, lines_of, no_line};
use crate::event::Response;
use crate::parameters::Parameters;
use crate::request::{Refused, Request};

/// The code that the SIM waits for, `<code>` of `+CPIN`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PinState {
    /// No code: the SIM is unlocked.
    Ready,
    /// The PIN.
    SimPin,
    /// The PUK and a new PIN: the PIN was wrong three times.
    SimPuk,
    /// The second PIN.
    SimPin2,
    /// The second PUK.
    SimPuk2,
    /// Another code or condition, in the modem's words.
    ///
    /// `PH-SIM PIN` locks the modem to one SIM; `NOT INSERTED` is a condition.
    Other(String),
}

impl PinState {
    pub(crate) fn of(code: &[u8]) -> Self {
        match code.trim_ascii() {
            b"READY" => Self::Ready,
            b"SIM PIN" => Self::SimPin,
            b"SIM PUK" => Self::SimPuk,
            b"SIM PIN2" => Self::SimPin2,
            b"SIM PUK2" => Self::SimPuk2,
            other => Self::Other(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

/// `AT+CPIN?`: reads the code that the SIM waits for.
///
/// Some modems send no OK: the answer is then complete after a timeout of 3 s,
/// [`Grace::ok`](crate::Grace::ok).
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, sim::{PinState, ReadPin}};
///
/// assert_eq!(ReadPin.request().line(), b"AT+CPIN?");
/// assert_eq!(ReadPin.parse(&Response::ok(["+CPIN: SIM PIN"])), Ok(PinState::SimPin));
/// ```
#[doc(alias = "CPIN")]
#[doc(alias = "+CPIN")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPin;

impl Command for ReadPin {
    type Output = PinState;

    fn request(&self) -> Request {
        Request::built("AT+CPIN?")
    }

    fn parse(&self, response: &Response) -> Result<PinState, ParseError> {
        let mut parameters = line_of(response, "+CPIN")?;
        parameters.text("code").map(PinState::of)
    }
}

/// A PIN or PUK: 4 to 8 digits.
///
/// `Debug` masks it, and no feature serialises it.
#[doc(alias = "PUK")]
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Vec<u8>);

impl Pin {
    /// Takes 4 to 8 digits.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a character that is not a digit, [`Refused::Digits`] for another
    /// length.
    pub fn new(digits: &str) -> Result<Self, Refused> {
        Refused::check(digits.as_bytes(), |_, byte| byte.is_ascii_digit())?;
        match digits.len() {
            4..=8 => Ok(Self(digits.as_bytes().to_vec())),
            length => Err(Refused::Digits { length }),
        }
    }

    fn append_to(&self, line: &mut Vec<u8>) {
        line.push(b'"');
        line.extend_from_slice(&self.0);
        line.push(b'"');
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(****)")
    }
}

/// `AT+CPIN="<pin>"[,"<newpin>"]`: unlocks the SIM.
///
/// A wrong code is `+CME ERROR: 16` and costs an attempt.
#[doc(alias = "CPIN")]
#[doc(alias = "+CPIN")]
#[doc(alias = "unlock")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnterPin {
    /// The PIN.
    Pin(Pin),
    /// The PUK, and the new PIN.
    Puk(Pin, Pin),
}

impl Command for EnterPin {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = b"AT+CPIN=".to_vec();
        match self {
            Self::Pin(pin) => pin.append_to(&mut line),
            Self::Puk(puk, pin) => {
                puk.append_to(&mut line);
                line.push(b',');
                pin.append_to(&mut line);
            }
        }
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// The remaining attempts for each code; `None` if the modem does not report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Retries {
    /// The attempts for the PIN.
    pub pin: Option<u8>,
    /// The attempts for the PUK.
    pub puk: Option<u8>,
    /// The attempts for the second PIN.
    pub pin2: Option<u8>,
    /// The attempts for the second PUK.
    pub puk2: Option<u8>,
}

/// Reads the remaining attempts, by the command of the standard or of a vendor.
///
/// A modem knows one of these commands.
#[doc(alias = "CPINR")]
#[doc(alias = "+CPINR")]
#[doc(alias = "PIN attempts")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadRetries {
    /// `AT+CPINR`, 3GPP TS 27.007, 8.65.
    Standard,
    /// `AT^CPIN?`, Huawei.
    Huawei,
    /// `AT+EPINC`, MediaTek.
    MediaTek,
    /// `AT#PCT`, Telit: the attempts for the code that the SIM waits for.
    Telit,
    /// `AT+SPIC`, SIMCom.
    Simcom,
}

impl Command for ReadRetries {
    type Output = Retries;

    fn request(&self) -> Request {
        match self {
            Self::Standard => Request::built("AT+CPINR"),
            Self::Huawei => Request::built("AT^CPIN?"),
            Self::MediaTek => Request::built("AT+EPINC?"),
            Self::Telit => Request::built("AT#PCT"),
            Self::Simcom => Request::built("AT+SPIC"),
        }
    }

    fn parse(&self, response: &Response) -> Result<Retries, ParseError> {
        match self {
            Self::Standard => standard_retries(response),
            Self::Huawei => Ok(huawei_retries(line_of(response, "^CPIN")?)),
            Self::MediaTek => Ok(in_order(
                line_of(response, "+EPINC")?,
                &[Code::Pin, Code::Pin2, Code::Puk, Code::Puk2],
            )),
            Self::Telit => {
                let pin = line_of(response, "#PCT")?.any_number();
                Ok(Retries { pin, ..Retries::default() })
            }
            Self::Simcom => Ok(in_order(
                line_of(response, "+SPIC")?,
                &[Code::Pin, Code::Puk, Code::Pin2, Code::Puk2],
            )),
        }
    }
}

#[derive(Clone, Copy)]
enum Code {
    Pin,
    Puk,
    Pin2,
    Puk2,
}

impl Retries {
    /// The remaining attempts with these fields, for tests.
    pub const fn new(pin: Option<u8>, puk: Option<u8>, pin2: Option<u8>, puk2: Option<u8>) -> Self {
        Self { pin, puk, pin2, puk2 }
    }

    const fn set(&mut self, code: Code, attempts: Option<u8>) {
        match code {
            Code::Pin => self.pin = attempts,
            Code::Puk => self.puk = attempts,
            Code::Pin2 => self.pin2 = attempts,
            Code::Puk2 => self.puk2 = attempts,
        }
    }
}

fn in_order(mut parameters: Parameters<'_>, order: &[Code]) -> Retries {
    let mut retries = Retries::default();
    for &code in order {
        retries.set(code, parameters.any_number());
    }
    retries
}

/// Reads `+CPINR: <code>,<retries>[,<default_retries>]`, one line a code; Intel's modems write
/// `+CPINRE`.
fn standard_retries(response: &Response) -> Result<Retries, ParseError> {
    let mut retries = Retries::default();
    let mut found = false;
    for mut parameters in lines_of(response, "+CPINR").chain(lines_of(response, "+CPINRE")) {
        found = true;
        // A line that cannot be read does not hide the others.
        let code = match parameters.optional_text() {
            Some(b"SIM PIN") => Code::Pin,
            Some(b"SIM PUK") => Code::Puk,
            Some(b"SIM PIN2") => Code::Pin2,
            Some(b"SIM PUK2") => Code::Puk2,
            _ => continue,
        };
        retries.set(code, parameters.any_number());
    }
    if found { Ok(retries) } else { Err(no_line(response, "+CPINR")) }
}

/// Reads `^CPIN: <code>,[<times>],<puk>,<pin>,<puk2>,<pin2>`.
fn huawei_retries(mut parameters: Parameters<'_>) -> Retries {
    parameters.next();
    parameters.next();
    in_order(parameters, &[Code::Puk, Code::Pin, Code::Puk2, Code::Pin2])
}

/// `AT+CLCK="<fac>",2`: returns `true` if a lock such as `SC` (the SIM's PIN) is on.
#[doc(alias = "CLCK")]
#[doc(alias = "+CLCK")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLock(pub Facility);

/// A lock, `<fac>`: two capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facility([u8; 2]);

impl Facility {
    /// `SC`: the SIM asks for its PIN.
    pub const SIM: Self = Self(*b"SC");
    /// `PN`: the modem is locked to a network.
    pub const NETWORK: Self = Self(*b"PN");
    /// `FD`: fixed dialling.
    pub const FIXED_DIALLING: Self = Self(*b"FD");

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Command for ReadLock {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built(format!("AT+CLCK=\"{}\",2", self.0.as_str()))
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CLCK")?.number::<u8>("status")? == 1)
    }
}

/// `AT+CLCK="<fac>",<mode>,"<passwd>"`: turns a lock on or off.
#[doc(alias = "CLCK")]
#[doc(alias = "+CLCK")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLock {
    /// The lock.
    pub facility: Facility,
    /// `true` to turn the lock on, `false` to turn it off.
    pub on: bool,
    /// The PIN of the lock.
    pub pin: Pin,
}

impl Command for SetLock {
    type Output = ();

    fn request(&self) -> Request {
        let mut line =
            format!("AT+CLCK=\"{}\",{},", self.facility.as_str(), u8::from(self.on)).into_bytes();
        self.pin.append_to(&mut line);
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CPWD="<fac>","<oldpwd>","<newpwd>"`: changes the PIN of a lock.
#[doc(alias = "CPWD")]
#[doc(alias = "+CPWD")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePin {
    /// The lock.
    pub facility: Facility,
    /// The present PIN.
    pub old: Pin,
    /// The new PIN.
    pub new: Pin,
}

impl Command for ChangePin {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = format!("AT+CPWD=\"{}\",", self.facility.as_str()).into_bytes();
        self.old.append_to(&mut line);
        line.push(b',');
        self.new.append_to(&mut line);
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_the_pin_is_read() {
        for (line, state) in [
            ("+CPIN: READY", PinState::Ready),
            ("+CPIN:SIM PIN", PinState::SimPin),
            ("+CPIN: \"SIM PUK\"", PinState::SimPuk),
            ("+CPIN: NOT INSERTED", PinState::Other("NOT INSERTED".into())),
        ] {
            assert_eq!(ReadPin.parse(&Response::ok([line])), Ok(state), "{line}");
        }
    }

    #[test]
    fn a_pin_is_digits_and_is_masked() {
        let request = EnterPin::Pin(Pin::new("1234").unwrap()).request();
        assert_eq!(request.line(), b"AT+CPIN=\"1234\"");
        assert!(!format!("{request:?}").contains("1234"));
        assert!(!format!("{:?}", Pin::new("1234")).contains("1234"));
        assert!(
            Pin::new("12\"4").is_err()
                && Pin::new("123").is_err()
                && Pin::new("123456789").is_err()
        );
        let puk = EnterPin::Puk(Pin::new("12345678").unwrap(), Pin::new("1234").unwrap());
        assert_eq!(puk.request().line(), b"AT+CPIN=\"12345678\",\"1234\"");
    }

    #[test]
    fn the_attempts_left_are_read_in_each_vendors_order() {
        let all = |pin, puk, pin2, puk2| Retries {
            pin: Some(pin),
            puk: Some(puk),
            pin2: Some(pin2),
            puk2: Some(puk2),
        };
        let parse =
            |command: ReadRetries, line: &str| command.parse(&Response::ok([line])).unwrap();
        assert_eq!(parse(ReadRetries::Huawei, "^CPIN: READY,,10,3,9,2"), all(3, 10, 2, 9));
        assert_eq!(parse(ReadRetries::MediaTek, "+EPINC: 3, 2, 10, 9"), all(3, 10, 2, 9));
        assert_eq!(parse(ReadRetries::Simcom, "+SPIC: 3,10,2,9"), all(3, 10, 2, 9));
        assert_eq!(parse(ReadRetries::Telit, "#PCT: 3").pin, Some(3));
        let lines = [
            "+CPINR: SIM PIN,3,3",
            "+CPINR: SIM PUK,10,10",
            "+CPINR: SIM PIN2,2",
            "+CPINR: SIM PUK2,9",
        ];
        assert_eq!(ReadRetries::Standard.parse(&Response::ok(lines)), Ok(all(3, 10, 2, 9)));
    }
}
