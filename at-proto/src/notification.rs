//! The meaning of URCs, 3GPP TS 27.005, 3.4.1 and 27.007, 6 to 8.

use alloc::string::String;
use alloc::vec::Vec;

use crate::call::Caller;
use crate::command::{ParseError, ParseErrorKind};
use crate::network::{Domain, RegistrationState, Signal, unquoted_fields};
use crate::parameters::Parameters;
use crate::sim::PinState;
use crate::sms::Memory;
use crate::urc::{Urc, UrcKind};
use crate::ussd::Reply;

/// A known unsolicited result code (URC), with its parameters.
#[doc(alias = "URC")]
#[doc(alias = "unsolicited result code")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notification {
    /// `+CMTI`: a message was stored.
    #[doc(alias = "CMTI")]
    #[doc(alias = "+CMTI")]
    MessageStored(AnnouncedSlot),
    /// `+CDSI`: a status report was stored.
    #[doc(alias = "CDSI")]
    #[doc(alias = "+CDSI")]
    #[doc(alias = "delivery report")]
    StatusReportStored(AnnouncedSlot),
    /// `+CBMI`: a cell broadcast was stored.
    #[doc(alias = "CBMI")]
    #[doc(alias = "+CBMI")]
    BroadcastStored(AnnouncedSlot),
    /// `+CMT`: a message, delivered directly.
    #[doc(alias = "CMT")]
    #[doc(alias = "+CMT")]
    Message(MessageContent),
    /// `+CDS`: a status report, delivered directly.
    #[doc(alias = "CDS")]
    #[doc(alias = "+CDS")]
    #[doc(alias = "delivery report")]
    StatusReport(MessageContent),
    /// `+CBM`: a cell broadcast, delivered directly.
    #[doc(alias = "CBM")]
    #[doc(alias = "+CBM")]
    Broadcast(MessageContent),
    /// `^SMMEMFULL` and similar: the storage is full.
    StorageFull(Option<Memory>),
    /// `+CUSD`: a USSD string of the network.
    #[doc(alias = "CUSD")]
    #[doc(alias = "+CUSD")]
    Ussd(Reply),
    /// `+CREG`, `+CGREG`, `+CEREG`, `+C5GREG`: the registration changed.
    #[doc(alias = "CREG")]
    #[doc(alias = "+CREG")]
    Registration(Domain, RegistrationState),
    /// `+CPIN`: the state of the SIM changed.
    #[doc(alias = "CPIN")]
    #[doc(alias = "+CPIN")]
    Pin(PinState),
    /// `RING` or `+CRING`: an incoming call, with its type if the modem reports it.
    #[doc(alias = "RING")]
    #[doc(alias = "CRING")]
    Ring(Option<String>),
    /// `+CLIP`: the caller of an incoming call.
    #[doc(alias = "CLIP")]
    #[doc(alias = "+CLIP")]
    CallerId(Caller),
    /// `+CCWA`: the caller of a second incoming call.
    #[doc(alias = "CCWA")]
    #[doc(alias = "+CCWA")]
    CallWaiting(Caller),
    /// `NO CARRIER`, `BUSY` and so on: a call ended.
    CallEnded(String),
    /// `+CSQ`, unsolicited: the signal changed.
    #[doc(alias = "CSQ")]
    #[doc(alias = "+CSQ")]
    Signal(Signal),
    /// `+CIEV`: an indicator changed.
    #[doc(alias = "CIEV")]
    #[doc(alias = "+CIEV")]
    Indicator {
        /// The indicator: by the standard a number; some modems write its name.
        indicator: String,
        /// The new value.
        value: String,
    },
    /// `+CTZV`, `+CTZE`, `+CTZEU`: the time zone, in quarters of an hour.
    #[doc(alias = "CTZV")]
    #[doc(alias = "+CTZV")]
    #[doc(alias = "NITZ")]
    TimeZone(i8),
    /// `RDY`, `SMS Ready`, `+SIM READY`, `^SYSSTART` and so on: the modem started. Holds its boot
    /// message.
    Started(String),
    /// `POWERED DOWN`, `^SHUTDOWN` and so on: the modem goes down. Holds its message.
    GoingDown(String),
}

/// The slot of a stored message, as a URC announces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AnnouncedSlot {
    /// The memory; `None` if the modem does not say.
    pub memory: Option<Memory>,
    /// The index; `None` if the modem does not say (SIM7000 writes -1), or if the index is not
    /// readable: search the whole storage.
    pub index: Option<u16>,
}

impl AnnouncedSlot {
    /// A slot with these fields, for tests.
    pub const fn new(memory: Option<Memory>, index: Option<u16>) -> Self {
        Self { memory, index }
    }
}

/// A message, status report or cell broadcast that a URC delivers directly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MessageContent {
    /// The length of the TPDU in bytes, as announced in PDU mode; `None` in text mode.
    pub length: Option<u16>,
    /// The parameters of the header line.
    pub header: Vec<u8>,
    /// The PDU in hexadecimal, in text mode the text; `None` if the line never came.
    pub data: Option<Vec<u8>>,
}

impl MessageContent {
    /// A direct delivery with these fields, for tests.
    pub const fn new(length: Option<u16>, header: Vec<u8>, data: Option<Vec<u8>>) -> Self {
        Self { length, header, data }
    }
}

impl Notification {
    /// Reads a URC; `Ok(None)` if its name is not known.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the name is known and the parameters are not readable.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::{Notification, Urc, sms::Memory};
    ///
    /// let urc = Urc::new("+CMTI: \"SM\",3", None);
    /// let Some(Notification::MessageStored(slot)) = Notification::parse(&urc)? else { panic!() };
    /// assert_eq!((slot.memory, slot.index), (Some(Memory::SIM), Some(3)));
    /// # Ok::<(), at_proto::ParseError>(())
    /// ```
    pub fn parse(urc: &Urc) -> Result<Option<Self>, ParseError> {
        let mut parameters = Parameters::of_line(urc.line());
        let Some(kind) = urc.kind() else { return Ok(None) };
        Ok(Some(match kind {
            UrcKind::MessageStored => Self::MessageStored(slot(parameters)),
            UrcKind::StatusReportStored => Self::StatusReportStored(slot(parameters)),
            UrcKind::BroadcastStored => Self::BroadcastStored(slot(parameters)),
            UrcKind::Message => Self::Message(content(urc, parameters)),
            UrcKind::StatusReport => Self::StatusReport(content(urc, parameters)),
            UrcKind::Broadcast => Self::Broadcast(content(urc, parameters)),
            UrcKind::StorageFull => {
                Self::StorageFull(parameters.optional_text().and_then(Memory::of))
            }
            UrcKind::Ussd => Self::Ussd(Reply::of(parameters)?),
            UrcKind::Registration(domain) => registration(domain, &parameters)?,
            UrcKind::Pin => Self::Pin(PinState::of(parameters.text("code")?)),
            // `RING` has no parameters, `+CRING` has the type of the call.
            UrcKind::Ring => Self::Ring((urc.name() != "RING").then(|| words(parameters.rest()))),
            UrcKind::CallerId => Self::CallerId(Caller::of(parameters)),
            UrcKind::CallWaiting => Self::CallWaiting(Caller::of(parameters)),
            UrcKind::CallEnded => Self::CallEnded(urc.name().into()),
            UrcKind::Signal => Self::Signal(Signal::of(parameters)),
            UrcKind::Indicator => Self::Indicator {
                indicator: words(parameters.text("ind")?),
                value: words(parameters.rest()),
            },
            UrcKind::TimeZone => Self::TimeZone(parameters.number("tz")?),
            UrcKind::Boot(_) => Self::Started(urc.to_text()),
            UrcKind::GoingDown => Self::GoingDown(urc.to_text()),
            UrcKind::Other => return Ok(None),
        }))
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads `<mem>,<index>`; some modems add to it, such as `,"MMS PUSH",2,1`.
///
/// The announcement counts, whatever its parameters: a message was stored.
fn slot(mut parameters: Parameters<'_>) -> AnnouncedSlot {
    let memory = parameters.optional_text().and_then(Memory::of);
    AnnouncedSlot { memory, index: parameters.any_number() }
}

fn content(urc: &Urc, parameters: Parameters<'_>) -> MessageContent {
    let header = parameters.rest().to_vec();
    let fields: Vec<_> = parameters.collect();
    let length = match fields.as_slice() {
        [.., last] if fields.len() <= 2 => last.number(),
        _ => None,
    };
    MessageContent { length, header, data: urc.data().map(<[u8]>::to_vec) }
}

/// Reads `<stat>[,...]`; ZTE and others write `<n>,<stat>[,...]`, as in the read form: two small
/// numbers.
fn registration(domain: Domain, parameters: &Parameters<'_>) -> Result<Notification, ParseError> {
    let fields = unquoted_fields(parameters.rest());
    let is_pair = matches!(fields.as_slice(), [n, stat, ..]
        if n.len() == 1 && (fields.len() == 2 || fields.len() >= 4) && matches!(stat, [b'0'..=b'9'] | [b'1', b'0' | b'1'])
            && !parameters.rest().split(|&byte| byte == b',').nth(1).unwrap_or_default().contains(&b'"'));
    RegistrationState::of(fields.get(usize::from(is_pair)..).unwrap_or_default())
        .map(|state| Notification::Registration(domain, state))
        .ok_or_else(|| parameters.error(ParseErrorKind::Number("stat")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Registration;

    fn parse(line: &str, data: Option<&str>) -> Notification {
        Notification::parse(&Urc::new(line, data)).unwrap().unwrap()
    }

    #[test]
    fn a_slot_is_read_in_every_form() {
        for (line, memory, index) in [
            ("+CMTI: \"SM\",3", Some(Memory::SIM), Some(3)),
            ("+CMTI: \"ME\",0", Some(Memory::MODEM), Some(0)),
            ("+CMTI: \"SM\",1,\"MMS PUSH\",2,1", Some(Memory::SIM), Some(1)),
            ("+CMTI: ,-1", None, None),
            ("+CMTI: \"SM\"", Some(Memory::SIM), None),
            ("+CMTI: \"SM\",70000", Some(Memory::SIM), None),
            ("+CMTI: \"SM\",18446744073709551615", Some(Memory::SIM), None),
            ("+CMTI: \"SM\",x", Some(Memory::SIM), None),
            ("+CMTI: \"SM\",\"3\"", Some(Memory::SIM), Some(3)),
            ("+CMTI: \"sm\",3", None, Some(3)),
            ("+CMTI: ", None, None),
            ("+CMTI", None, None),
        ] {
            assert_eq!(
                parse(line, None),
                Notification::MessageStored(AnnouncedSlot { memory, index }),
                "{line}"
            );
        }
    }

    #[test]
    fn a_message_is_read_with_its_length() {
        for (line, length) in [
            ("+CMT: ,24", Some(24)),
            ("+CMT: 24", Some(24)),
            ("+CMT: \"Max\",24", Some(24)),
            ("+CMT: \"+123\",,\"24/01/01,00:00:00+04\"", None),
            // With +CSDH=1 the last field counts characters.
            ("+CMT: \"+123\",,\"24/01/01,00:00:00+04\",145,4,0,0,\"+431\",145,11", None),
        ] {
            let Notification::Message(content) = parse(line, Some("00")) else { panic!() };
            assert_eq!(
                (content.length, content.data.as_deref()),
                (length, Some(&b"00"[..])),
                "{line}"
            );
        }
        assert!(matches!(
            parse("+CDS: ,25", None),
            Notification::StatusReport(MessageContent { length: Some(25), data: None, .. })
        ));
    }

    #[test]
    fn a_ussd_reply_may_lack_text_and_coding() {
        for (line, m, text, coding) in [
            ("+CUSD: 2", 2, None, None),
            ("+CUSD: 0,\"EBB79B1E\", 15", 0, Some("EBB79B1E"), Some(15)),
            ("+CUSD: 0, 49B41C74", 0, Some("49B41C74"), None),
            ("+CUSD: 1,\"a\r\nb\",15", 1, Some("a\r\nb"), Some(15)),
            ("+CUSD: 0,\"799.55@ 2", 0, Some("799.55@ 2"), None),
            ("+CUSD: 1,\"say \"yes\", or no\",0", 1, Some("say \"yes\", or no"), Some(0)),
            ("+CUSD: 4", 4, None, None),
            ("+CUSD: 0,\"\",15", 0, Some(""), Some(15)),
            ("+CUSD: 0,\"say \"yes\" now", 0, Some("say \"yes\" now"), None),
            ("+CUSD: 0,\"a\",x", 0, Some("a\",x"), None),
        ] {
            let Notification::Ussd(reply) = parse(line, None) else { panic!() };
            assert_eq!((reply.wanted.0, reply.coding), (m, coding), "{line}");
            assert_eq!(reply.text.as_deref(), text.map(str::as_bytes), "{line}");
        }
    }

    #[test]
    fn a_registration_is_read_with_and_without_its_setting() {
        for (line, status, cell) in [
            ("+CREG: 1", 1, None),
            ("+CREG: 1,\"5E25\",\"605F\"", 1, Some(0x605F)),
            ("+CREG: 5,5E25,605F", 5, Some(0x605F)),
            ("+CREG: 2,1", 1, None),
            ("+CREG: 2,1,\"5E25\",\"605F\"", 1, Some(0x605F)),
            ("+CREG: 1,\"1\",\"605F\",2", 1, Some(0x605F)),
        ] {
            let Notification::Registration(Domain::Circuit, state) = parse(line, None) else {
                panic!()
            };
            assert_eq!((state.status, state.cell), (Registration(status), cell), "{line}");
        }
    }

    #[test]
    fn a_caller_may_be_unknown_and_a_start_has_many_words() {
        let Notification::CallerId(caller) = parse("+CLIP: \"+0123456789\",145,,,,0", None) else {
            panic!()
        };
        assert_eq!(caller.number, b"+0123456789");
        assert!(matches!(parse("SMS Ready", None), Notification::Started(_)));
        assert_eq!(parse("+CRING: VOICE", None), Notification::Ring(Some("VOICE".into())));
        assert_eq!(parse("+CTZV: \"+08\"", None), Notification::TimeZone(8));
        assert_eq!(parse("+CTZV: -20", None), Notification::TimeZone(-20));
        assert_eq!(Notification::parse(&Urc::new("^RSSI:14", None)), Ok(None));
    }

    #[test]
    fn every_name_has_its_meaning() {
        let place = AnnouncedSlot { memory: Some(Memory::SIM), index: Some(3) };
        let caller = || Caller { number: b"+123".to_vec(), kind: Some(145) };
        for (line, expected) in [
            ("+CDSI: \"SM\",3", Notification::StatusReportStored(place)),
            ("+CBMI: \"SM\",3", Notification::BroadcastStored(place)),
            ("^SMMEMFULL: \"SM\"", Notification::StorageFull(Some(Memory::SIM))),
            ("+CPIN: READY", Notification::Pin(PinState::of(b"READY"))),
            ("RING", Notification::Ring(None)),
            ("+CCWA: \"+123\",145,1", Notification::CallWaiting(caller())),
            ("+CLIP: \"+123\",145", Notification::CallerId(caller())),
            ("NO CARRIER", Notification::CallEnded("NO CARRIER".into())),
            ("BUSY", Notification::CallEnded("BUSY".into())),
            ("+CSQ: 20", Notification::Signal(Signal { rssi: 20, ber: 99 })),
            ("+CSQN: 20,3", Notification::Signal(Signal { rssi: 20, ber: 3 })),
            (
                "+CIEV: \"MESSAGE\",1",
                Notification::Indicator { indicator: "MESSAGE".into(), value: "1".into() },
            ),
            ("POWERED DOWN", Notification::GoingDown("POWERED DOWN".into())),
            ("NORMAL POWER DOWN", Notification::GoingDown("NORMAL POWER DOWN".into())),
        ] {
            assert_eq!(parse(line, None), expected, "{line}");
        }
        for (name, domain) in [
            ("+CREG", Domain::Circuit),
            ("+CGREG", Domain::Packet),
            ("+CEREG", Domain::Eps),
            ("+C5GREG", Domain::FiveG),
        ] {
            let line = alloc::format!("{name}: 5");
            assert!(
                matches!(parse(&line, None), Notification::Registration(found, state)
                    if found == domain && state.status == Registration::ROAMING),
                "{line}"
            );
        }
        assert!(matches!(
            parse("+CBM: 88", Some("00")),
            Notification::Broadcast(MessageContent { length: Some(88), .. })
        ));
    }
}
