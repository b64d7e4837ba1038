//! A client of SMPP in octets.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Site, WITHIN, free_address};
use crate::served::Served;

pub(super) const RECIPIENT: &str = "491715550100";

pub(super) const BIND_RECEIVER: u32 = 0x01;
pub(super) const BIND_TRANSMITTER: u32 = 0x02;
pub(super) const QUERY: u32 = 0x03;
pub(super) const SUBMIT: u32 = 0x04;
pub(super) const DELIVER: u32 = 0x05;
pub(super) const UNBIND: u32 = 0x06;
pub(super) const CANCEL: u32 = 0x08;
pub(super) const BIND_TRANSCEIVER: u32 = 0x09;
pub(super) const ENQUIRE: u32 = 0x15;
pub(super) const RESPONSE: u32 = 0x8000_0000;
pub(super) const NACK: u32 = 0x8000_0000;

/// A gateway's folder with an SMPP server, whose account is `shop` with the password `secret08`.
pub(super) struct SmppSite {
    pub(super) site: Site,
    pub(super) smpp: SocketAddr,
}

impl SmppSite {
    /// A site with these lines for the server, the account, and anything else.
    pub(super) fn new(server: &str, account: &str, rest: &str) -> Self {
        let smpp = free_address();
        // A test that is slow is not asked for a life sign, and keeps what it does not answer.
        let long = ["enquire_link", "answer_within"].map(|key| match server.contains(key) {
            true => String::new(),
            false => format!("{key} = 3600\n"),
        });
        let long = long.concat();
        let site = Site::new(&format!(
            "[smpp]\nlisten = \"{smpp}\"\n{long}{server}\n[[smpp.accounts]]\nsystem_id = \"shop\"\n\
             password = \"secret08\"\nrate = 100000\n{account}\n{rest}"
        ));
        Self { site, smpp }
    }

    /// A site with one modem that a test looks into.
    pub(super) fn with_modem(account: &str, modem: &Served) -> Self {
        let address = &modem.address;
        Self::new("", account, &format!("[[modems]]\nname = \"a\"\ntcp = \"{address}\""))
    }

    pub(super) fn connect(&self) -> Client {
        let begun = Instant::now();
        loop {
            if let Ok(stream) = TcpStream::connect(self.smpp) {
                return Client::new(stream);
            }
            assert!(begun.elapsed() < WITHIN, "nothing listens for SMPP in {WITHIN:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// A client that is bound.
    pub(super) fn bind(&self, kind: u32) -> Client {
        let mut client = self.connect();
        let answer = client.bind(kind, "shop", "secret08");
        assert_eq!(answer.status, 0, "{answer:?}");
        client
    }
}

/// A PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pdu {
    pub(super) id: u32,
    pub(super) status: u32,
    pub(super) sequence: u32,
    pub(super) body: Vec<u8>,
}

impl Pdu {
    pub(super) fn encode(&self) -> Vec<u8> {
        let length = 16 + u32::try_from(self.body.len()).unwrap();
        let head = [length, self.id, self.status, self.sequence].map(u32::to_be_bytes).concat();
        [head, self.body.clone()].concat()
    }

    /// The first string of the body.
    pub(super) fn string(&self) -> String {
        let end = self.body.iter().position(|octet| *octet == 0).unwrap();
        String::from_utf8(self.body[..end].to_vec()).unwrap()
    }
}

/// A deliver_sm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deliver {
    pub(super) source: (u8, u8, String),
    pub(super) destination: (u8, u8, String),
    pub(super) esm_class: u8,
    pub(super) data_coding: u8,
    pub(super) message: Vec<u8>,
    pub(super) tlvs: Vec<(u16, Vec<u8>)>,
}

impl Deliver {
    pub(super) fn of(pdu: &Pdu) -> Self {
        assert_eq!(pdu.id, DELIVER, "{pdu:?}");
        let mut rest = pdu.body.as_slice();
        let string = |rest: &mut &[u8]| {
            let end = rest.iter().position(|octet| *octet == 0).unwrap();
            let text = String::from_utf8(rest[..end].to_vec()).unwrap();
            *rest = &rest[end + 1..];
            text
        };
        let octet = |rest: &mut &[u8]| {
            let octet = rest[0];
            *rest = &rest[1..];
            octet
        };
        assert_eq!(string(&mut rest), "");
        let source = (octet(&mut rest), octet(&mut rest), string(&mut rest));
        let destination = (octet(&mut rest), octet(&mut rest), string(&mut rest));
        let esm_class = octet(&mut rest);
        assert_eq!((octet(&mut rest), octet(&mut rest)), (0, 0), "protocol and priority");
        assert_eq!((string(&mut rest), string(&mut rest)), (String::new(), String::new()));
        assert_eq!((octet(&mut rest), octet(&mut rest)), (0, 0), "registered and replace");
        let (data_coding, _, length) = (octet(&mut rest), octet(&mut rest), octet(&mut rest));
        let (message, mut rest) = rest.split_at(length.into());
        let mut tlvs = Vec::new();
        while let [a, b, c, d, value @ ..] = rest {
            let (value, after) = value.split_at(u16::from_be_bytes([*c, *d]).into());
            tlvs.push((u16::from_be_bytes([*a, *b]), value.to_vec()));
            rest = after;
        }
        assert!(rest.is_empty(), "{pdu:?}");
        Self { source, destination, esm_class, data_coding, message: message.to_vec(), tlvs }
    }

    pub(super) fn tlv(&self, tag: u16) -> Option<&[u8]> {
        self.tlvs.iter().find(|(other, _)| *other == tag).map(|(_, value)| value.as_slice())
    }

    /// The short message, or the payload.
    pub(super) fn octets(&self) -> &[u8] {
        self.tlv(0x0424).unwrap_or(&self.message)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.message.clone()).unwrap()
    }
}

/// A submit_sm.
#[derive(Debug, Clone)]
pub(super) struct Submit {
    pub(super) service_type: Vec<u8>,
    pub(super) source: (u8, Vec<u8>),
    pub(super) destination: (u8, Vec<u8>),
    pub(super) esm_class: u8,
    pub(super) priority: u8,
    pub(super) schedule: Vec<u8>,
    pub(super) validity: Vec<u8>,
    pub(super) registered: u8,
    pub(super) replace: u8,
    pub(super) data_coding: u8,
    /// The octet sm_length, if it is not that of the message.
    pub(super) length: Option<u8>,
    pub(super) message: Vec<u8>,
    pub(super) tlvs: Vec<u8>,
}

impl Default for Submit {
    fn default() -> Self {
        Self {
            service_type: Vec::new(),
            source: (5, b"Shop".to_vec()),
            destination: (1, RECIPIENT.into()),
            esm_class: 0,
            priority: 1,
            schedule: Vec::new(),
            validity: Vec::new(),
            registered: 0,
            replace: 0,
            data_coding: 0,
            length: None,
            message: b"Hello".to_vec(),
            tlvs: Vec::new(),
        }
    }
}

impl Submit {
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = [self.service_type.as_slice(), &[0, self.source.0, 0]].concat();
        body.extend([self.source.1.as_slice(), &[0, self.destination.0, 1]].concat());
        body.extend(
            [self.destination.1.as_slice(), &[0, self.esm_class, 0, self.priority]].concat(),
        );
        body.extend([self.schedule.as_slice(), &[0], &self.validity, &[0]].concat());
        let length = self.length.unwrap_or(u8::try_from(self.message.len()).unwrap());
        body.extend([self.registered, self.replace, self.data_coding, 0, length]);
        body.extend([self.message.as_slice(), &self.tlvs].concat());
        body
    }

    pub(super) fn with_tlv(mut self, tag: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).unwrap();
        self.tlvs.extend([tag.to_be_bytes(), length.to_be_bytes()].concat());
        self.tlvs.extend(value);
        self
    }
}

/// A connection. Requests of the server are answered only when a test does so.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) stream: TcpStream,
    sequence: u32,
    /// PDUs that came while another one was expected.
    pub(super) early: Vec<Pdu>,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(WITHIN)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, sequence: 0, early: Vec::new() }
    }

    pub(super) fn write(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
    }

    /// Sends a request, and returns its sequence number.
    pub(super) fn send(&mut self, id: u32, body: Vec<u8>) -> u32 {
        self.sequence += 1;
        let pdu = Pdu { id, status: 0, sequence: self.sequence, body };
        self.write(&pdu.encode());
        self.sequence
    }

    /// The next PDU as it comes; `None` once the connection has ended.
    pub(super) fn read(&mut self) -> Option<Pdu> {
        let mut head = [0; 16];
        match self.stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ) =>
            {
                return None;
            }
            Err(error) => panic!("nothing has come: {error}"),
        }
        let field = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(field(0)).unwrap() - 16];
        self.stream.read_exact(&mut body).unwrap();
        Some(Pdu { id: field(4), status: field(8), sequence: field(12), body })
    }

    /// The next PDU that a condition holds for; others are kept.
    #[track_caller]
    pub(super) fn expect(&mut self, condition: impl Fn(&Pdu) -> bool) -> Pdu {
        if let Some(at) = self.early.iter().position(&condition) {
            return self.early.remove(at);
        }
        loop {
            let pdu = self.read().expect("the connection has ended");
            if condition(&pdu) {
                return pdu;
            }
            self.early.push(pdu);
        }
    }

    /// Sends a request, and waits for its answer.
    #[track_caller]
    pub(super) fn ask(&mut self, id: u32, body: Vec<u8>) -> Pdu {
        let sequence = self.send(id, body);
        self.expect(|pdu| pdu.id & RESPONSE != 0 && pdu.sequence == sequence)
    }

    pub(super) fn bind(&mut self, kind: u32, system_id: &str, password: &str) -> Pdu {
        let body = format!("{system_id}\0{password}\0\0\x34\0\0\0");
        self.ask(kind, body.into_bytes())
    }

    /// Submits a message, and returns its message id.
    #[track_caller]
    pub(super) fn submit(&mut self, submit: &Submit) -> String {
        let answer = self.ask(SUBMIT, submit.body());
        assert_eq!((answer.id, answer.status), (SUBMIT | RESPONSE, 0), "{answer:?}");
        answer.string()
    }

    /// The next deliver_sm, which is answered with a status.
    #[track_caller]
    pub(super) fn deliver(&mut self, status: u32) -> Deliver {
        let pdu = self.expect(|pdu| pdu.id == DELIVER);
        self.answer(&pdu, status);
        Deliver::of(&pdu)
    }

    /// Answers a deliver_sm.
    pub(super) fn answer(&mut self, pdu: &Pdu, status: u32) {
        let (id, sequence) = (pdu.id | RESPONSE, pdu.sequence);
        self.write(&Pdu { id, status, sequence, body: vec![0] }.encode());
    }

    /// Answers enquire_link, and expects the connection to be alive.
    #[track_caller]
    pub(super) fn assert_alive(&mut self) {
        let answer = self.ask(ENQUIRE, Vec::new());
        assert_eq!((answer.id, answer.status), (ENQUIRE | RESPONSE, 0));
    }

    /// Expects the end of the connection.
    #[track_caller]
    pub(super) fn assert_ended(&mut self) {
        let begun = Instant::now();
        while let Some(pdu) = self.read() {
            assert!(begun.elapsed() < WITHIN, "{pdu:?}");
        }
    }

    /// Expects silence for a moment.
    #[track_caller]
    pub(super) fn assert_silent(&mut self, moment: Duration) {
        assert!(!self.has_more(moment), "something has come: {:?}", self.read());
    }

    /// Returns `true` if something comes within a moment.
    pub(super) fn has_more(&mut self, moment: Duration) -> bool {
        self.stream.set_read_timeout(Some(moment)).unwrap();
        let mut octet = [0];
        let read = self.stream.peek(&mut octet);
        self.stream.set_read_timeout(Some(WITHIN)).unwrap();
        read.is_ok()
    }
}
