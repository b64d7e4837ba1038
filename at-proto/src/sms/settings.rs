//! `+CMGF`, `+CSMS`, `+CSCA`, `+CMMS`, `+CGSMS`, `+CSDH`, `+CSMP`, `+CSCB`: 3GPP TS 27.005, 3.2 to
//! 3.5.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::parameters::{NumberSet, Parameter};
use crate::request::{Request, push_decimal};
use crate::wire::WireString;

/// `AT+CMGF=<mode>`: sets PDU mode (`0`) or text mode (`1`).
#[doc(alias = "CMGF")]
#[doc(alias = "+CMGF")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetFormat {
    /// `true` for text mode, `false` for PDU mode.
    pub text: bool,
}

impl Command for SetFormat {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CMGF=", &[self.text.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CMGF?`: returns `true` if the modem is in text mode.
#[doc(alias = "CMGF")]
#[doc(alias = "+CMGF")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadFormat;

impl Command for ReadFormat {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built("AT+CMGF?")
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CMGF")?.number::<u8>("mode")? != 0)
    }
}

/// `AT+CMGF=?`: reads the supported modes.
#[doc(alias = "CMGF")]
#[doc(alias = "+CMGF")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFormat;

impl Command for TestFormat {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CMGF=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CMGF")?.rest()))
    }
}

/// The message service and its support, `+CSMS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Service {
    /// The service: 0 of phase 2; 1 of phase 2+, in which `+CMT` and `+CDS` are acknowledged by
    /// `+CNMA`.
    pub service: u8,
    /// Support of messages from the network.
    pub terminated: bool,
    /// Support of messages to the network.
    pub originated: bool,
    /// Support of cell broadcasts.
    pub broadcast: bool,
}

impl Service {
    /// A message service with these fields, for tests.
    pub const fn new(service: u8, terminated: bool, originated: bool, broadcast: bool) -> Self {
        Self { service, terminated, originated, broadcast }
    }
}

/// `AT+CSMS=<service>`: sets the message service.
#[doc(alias = "CSMS")]
#[doc(alias = "+CSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetService(pub u8);

impl Command for SetService {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CSMS=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CSMS?`: reads the message service.
#[doc(alias = "CSMS")]
#[doc(alias = "+CSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadService;

impl Command for ReadService {
    type Output = Service;

    fn request(&self) -> Request {
        Request::built("AT+CSMS?")
    }

    fn parse(&self, response: &Response) -> Result<Service, ParseError> {
        let numbers: Vec<Option<u8>> = line_of(response, "+CSMS")?.map(Parameter::number).collect();
        // Huawei and Novatel omit the first field or write other text.
        let (service, rest) = match numbers.as_slice() {
            [service, rest @ ..] if rest.len() >= 3 => (service.unwrap_or(0), rest),
            rest => (0, rest),
        };
        let has = |at: usize| rest.get(at).is_some_and(|&field| field == Some(1));
        Ok(Service { service, terminated: has(0), originated: has(1), broadcast: has(2) })
    }
}

/// `AT+CSMS=?`: reads the supported services.
#[doc(alias = "CSMS")]
#[doc(alias = "+CSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestService;

impl Command for TestService {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CSMS=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CSMS")?.rest()))
    }
}

/// The address of the service centre, in the modem's character set.
#[doc(alias = "SMSC")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Centre {
    /// The number; empty if none is set.
    pub number: Vec<u8>,
    /// The type of address, 3GPP TS 24.008, 10.5.4.7: usually 145 with a leading `+`, 129 without.
    pub kind: Option<u8>,
}

impl Centre {
    /// A service centre with these fields, for tests.
    pub const fn new(number: Vec<u8>, kind: Option<u8>) -> Self {
        Self { number, kind }
    }
}

/// `AT+CSCA=<sca>[,<tosca>]`: sets the service centre.
#[doc(alias = "CSCA")]
#[doc(alias = "+CSCA")]
#[doc(alias = "SMSC")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCentre {
    /// The number.
    pub number: WireString,
    /// The type of address.
    pub kind: Option<u8>,
}

impl Command for SetCentre {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = b"AT+CSCA=\"".to_vec();
        line.extend_from_slice(self.number.as_bytes());
        line.push(b'"');
        if let Some(kind) = self.kind {
            line.push(b',');
            push_decimal(&mut line, kind.into());
        }
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CSCA?`: reads the service centre.
#[doc(alias = "CSCA")]
#[doc(alias = "+CSCA")]
#[doc(alias = "SMSC")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCentre;

impl Command for ReadCentre {
    type Output = Centre;

    fn request(&self) -> Request {
        Request::built("AT+CSCA?")
    }

    fn parse(&self, response: &Response) -> Result<Centre, ParseError> {
        let mut parameters = line_of(response, "+CSCA")?;
        let number = parameters.optional_text().unwrap_or_default().to_vec();
        Ok(Centre { number, kind: parameters.any_number() })
    }
}

/// `AT+CMMS=<n>`: keeps the link to the network open between messages.
#[doc(alias = "CMMS")]
#[doc(alias = "+CMMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepLink {
    /// `0`: closes the link after each message.
    No,
    /// `1`: keeps the link until some seconds after the last message.
    ForNow,
    /// `2`: always keeps the link.
    Always,
}

impl Command for KeepLink {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self {
            Self::No => "AT+CMMS=0",
            Self::ForNow => "AT+CMMS=1",
            Self::Always => "AT+CMMS=2",
        })
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CMMS?`: reads the number of [`KeepLink`].
#[doc(alias = "CMMS")]
#[doc(alias = "+CMMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadKeepLink;

impl Command for ReadKeepLink {
    type Output = u8;

    fn request(&self) -> Request {
        Request::built("AT+CMMS?")
    }

    fn parse(&self, response: &Response) -> Result<u8, ParseError> {
        line_of(response, "+CMMS")?.number("n")
    }
}

/// `AT+CGSMS=<service>`: sets the domain for messages.
///
/// The values are 0 packet, 1 circuit, 2 packet preferred, 3 circuit preferred.
#[doc(alias = "CGSMS")]
#[doc(alias = "+CGSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTransport(pub u8);

impl Command for SetTransport {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CGSMS=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CGSMS?`: reads the number of [`SetTransport`].
#[doc(alias = "CGSMS")]
#[doc(alias = "+CGSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTransport;

impl Command for ReadTransport {
    type Output = u8;

    fn request(&self) -> Request {
        Request::built("AT+CGSMS?")
    }

    fn parse(&self, response: &Response) -> Result<u8, ParseError> {
        line_of(response, "+CGSMS")?.number("service")
    }
}

/// `AT+CGSMS=?`: reads the supported numbers of [`SetTransport`].
#[doc(alias = "CGSMS")]
#[doc(alias = "+CGSMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestTransport;

impl Command for TestTransport {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CGSMS=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CGSMS")?.rest()))
    }
}

/// `AT+CSDH=<show>`: turns all values in the headers of text mode on or off.
#[doc(alias = "CSDH")]
#[doc(alias = "+CSDH")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetShowHeaders(pub bool);

impl Command for SetShowHeaders {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CSDH=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CSMP=<fo>,<vp>,<pid>,<dcs>`: sets the parameters of messages in text mode.
///
/// They apply to all further messages.
#[doc(alias = "CSMP")]
#[doc(alias = "+CSMP")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTextParameters {
    /// The first byte of the TPDU, `<fo>`; usually 17, 49 to request a status report.
    pub first_octet: u8,
    /// TP-VP: the validity period, relative.
    pub validity: u8,
    /// TP-PID: the protocol identifier.
    pub protocol: u8,
    /// TP-DCS: the data coding scheme.
    pub coding: u8,
}

impl Command for SetTextParameters {
    type Output = ();

    fn request(&self) -> Request {
        let Self { first_octet, validity, protocol, coding } = *self;
        Request::numbers("AT+CSMP=", &[first_octet, validity, protocol, coding].map(u32::from))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CSCB=<mode>[,<mids>,<dcss>]`: selects the cell broadcasts to receive.
#[doc(alias = "CSCB")]
#[doc(alias = "+CSCB")]
#[doc(alias = "cell broadcast")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBroadcast {
    /// `true` if the lists name the broadcasts to refuse, `false` if they name those to receive.
    pub except: bool,
    /// Message identifiers as ranges, both ends included; an empty list means all.
    pub identifiers: Vec<(u16, u16)>,
    /// Data coding schemes as ranges, both ends included; an empty list means all.
    pub codings: Vec<(u16, u16)>,
}

impl Command for SetBroadcast {
    type Output = ();

    fn request(&self) -> Request {
        let (mids, dcss) = (ranges(&self.identifiers), ranges(&self.codings));
        Request::built(format!("AT+CSCB={},\"{mids}\",\"{dcss}\"", u8::from(self.except)))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

fn ranges(ranges: &[(u16, u16)]) -> String {
    let parts: Vec<_> = ranges
        .iter()
        .map(|&(from, to)| if from == to { format!("{from}") } else { format!("{from}-{to}") })
        .collect();
    parts.join(",")
}

/// `AT+CSCB?`: reads the mode, the message identifiers and the data coding schemes.
#[doc(alias = "CSCB")]
#[doc(alias = "+CSCB")]
#[doc(alias = "cell broadcast")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBroadcast;

impl Command for ReadBroadcast {
    type Output = (u8, NumberSet, NumberSet);

    fn request(&self) -> Request {
        Request::built("AT+CSCB?")
    }

    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError> {
        let mut parameters = line_of(response, "+CSCB")?;
        Ok((parameters.number("mode")?, parameters.number_set(), parameters.number_set()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_read_where_its_number_is_missing_or_odd() {
        for (line, service) in [
            ("+CSMS: 1,1,1,1", 1),
            ("+CSMS: ,1,1,1", 0),
            ("+CSMS: 1,1,1", 0),
            ("+CSMS: \"x\",1,1,1", 0),
        ] {
            let read = ReadService.parse(&Response::ok([line])).unwrap();
            assert_eq!(
                read,
                Service { service, terminated: true, originated: true, broadcast: true },
                "{line}"
            );
        }
        let offered = TestService.parse(&Response::ok(["+CSMS: (0,128)"])).unwrap();
        assert!(offered.contains(128) && !offered.contains(1));
        assert!(TestService.parse(&Response::ok(["+CSMS: 0,128"])).unwrap().contains(128));
    }

    #[test]
    fn a_service_centre_may_be_missing() {
        assert_eq!(ReadCentre.parse(&Response::ok(["+CSCA: \"\",129"])).unwrap().number, b"");
        let centre = ReadCentre.parse(&Response::ok(["+CSCA: \"+491710760000\",145"])).unwrap();
        assert_eq!((centre.number.as_slice(), centre.kind), (&b"+491710760000"[..], Some(145)));
        assert_eq!(ReadCentre.parse(&Response::ok(["+CSCA: "])), Ok(Centre::default()));
    }

    #[test]
    fn broadcast_lists_are_quoted_ranges() {
        let set = SetBroadcast {
            except: false,
            identifiers: [(0, 0), (320, 478)].to_vec(),
            codings: Vec::new(),
        };
        assert_eq!(set.request().line(), b"AT+CSCB=0,\"0,320-478\",\"\"");
        let (mode, mids, _) =
            ReadBroadcast.parse(&Response::ok(["+CSCB: 0,\"0,1,320-478\",\"0-3\""])).unwrap();
        assert!(mode == 0 && mids.contains(400) && !mids.contains(2));
    }
}
