//! Typed commands and notifications, with any answer.

use at_proto::{
    Command, Notification, Outcome, ParseError, Response, Urc, WireString, call, clock, general,
    network, phonebook, sim, sms, ussd,
};

use super::engine::answered;

/// Input: the lines of an answer, which each reading command parses.
pub fn commands(data: &[u8]) {
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').collect();
    let response = Response::ok(&lines);
    let ask = Ask { response: &response, data };
    ask.general();
    ask.network();
    ask.sim();
    ask.phonebook();
    ask.messages();
    notification(&lines);
    through_the_engine(&lines);
}

struct Ask<'a> {
    response: &'a Response,
    data: &'a [u8],
}

impl Ask<'_> {
    /// Parses the answer; an error must name a position in a line of the answer.
    fn check<C: Command>(&self, command: C) -> Option<C::Output> {
        let line = command.request().line().to_vec();
        assert!(line.starts_with(b"AT") && !line.iter().any(|byte| b"\r\n\x1a\x1b".contains(byte)));
        match command.parse(self.response) {
            Ok(output) => Some(output),
            Err(error) => {
                let (line, mut lines) = (error.line.as_bytes(), self.response.lines().iter());
                let is_answer = line.is_empty() || lines.any(|whole| *whole == *line);
                assert!(is_answer && error.at <= line.len(), "{error}");
                assert!(!error.to_string().ends_with('.'));
                None
            }
        }
    }

    fn general(&self) {
        use general::*;
        for identity in [ReadIdentity::Manufacturer, ReadIdentity::Information] {
            self.check(identity);
        }
        self.check(ReadImei);
        self.check(ReadCapabilities);
        self.check(ReadErrorReports);
        self.check(TestErrorReports);
        self.check(ReadLastFailure);
        self.check(ReadCharacterSet);
        self.check(TestCharacterSet);
        self.check(ReadFunctionality);
        self.check(TestFunctionality);
        self.check(ReadActivity);
        self.check(ReadBattery);
        self.check(call::ListCalls);
        if let Some(time) = self.check(clock::ReadClock) {
            self.check(clock::SetClock(time));
        }
        self.check(clock::ReadTimeUpdate);
        if let Ok(text) = core::str::from_utf8(self.data) {
            if let Ok(dial) = call::Dial::new(text) {
                self.check(dial);
            }
            if let Ok(pin) = sim::Pin::new(text) {
                assert!(!format!("{pin:?}").contains(text));
                self.check(sim::EnterPin::Pin(pin));
            }
        }
        if let Ok(string) = WireString::new(self.data) {
            self.check(ussd::SendUssd { text: string, coding: Some(15) });
        }
    }

    fn network(&self) {
        use network::*;
        for domain in [Domain::Circuit, Domain::Packet, Domain::Eps, Domain::FiveG] {
            self.check(ReadRegistration(domain));
            self.check(TestRegistrationReports(domain));
        }
        self.check(ReadOperator);
        self.check(ScanOperators);
        self.check(ReadSignal);
        self.check(ReadExtendedSignal);
        self.check(ReadAttachment);
        self.check(ussd::ReadPresentation);
        self.check(ussd::TestPresentation);
    }

    fn sim(&self) {
        use sim::*;
        self.check(ReadPin);
        for retries in [
            ReadRetries::Standard,
            ReadRetries::Huawei,
            ReadRetries::MediaTek,
            ReadRetries::Telit,
            ReadRetries::Simcom,
        ] {
            self.check(retries);
        }
        for iccid in [
            ReadIccid::Ccid,
            ReadIccid::Iccid,
            ReadIccid::Huawei,
            ReadIccid::Quectel,
            ReadIccid::Telit,
        ] {
            self.check(iccid);
        }
        self.check(ReadImsi);
        self.check(ReadNumbers);
        if let Some(answer) = self.check(ReadFile { file: 0x6FAD, offset: 0, length: 4 }) {
            assert!(answer.data.len() <= self.data.len());
        }
    }

    fn phonebook(&self) {
        use phonebook::*;
        self.check(TestPhonebooks);
        self.check(ReadPhonebook);
        self.check(TestContacts);
        self.check(FindContacts(WireString::default()));
        if let Some(found) = self.check(ReadContacts { first: 1, last: None }) {
            let bytes = |contact: &Contact| contact.number.len() + contact.name.len();
            assert!(found.iter().map(bytes).sum::<usize>() <= self.data.len());
        }
    }

    fn messages(&self) {
        use sms::*;
        if let Some(Some(message)) = self.check(ReadMessage { index: 1 }) {
            assert!(message.header.len() + message.data.len() <= self.data.len());
        }
        if let Some(listed) = self.check(ListMessages(MessageStatus::ALL)) {
            let bytes =
                |listed: &ListedMessage| listed.message.header.len() + listed.message.data.len();
            assert!(listed.iter().map(bytes).sum::<usize>() <= self.data.len());
        }
        self.check(TestDelete);
        self.check(ReadStorage);
        if let Some(offered) = self.check(TestStorage) {
            let memories: Vec<Memory> = offered.lists.into_iter().flatten().collect();
            assert!(memories.len() <= self.data.len());
            self.check(SetStorage(memories));
        }
        self.check(ReadFormat);
        self.check(TestFormat);
        self.check(ReadService);
        self.check(TestService);
        self.check(ReadCentre);
        self.check(ReadTransport);
        self.check(ReadBroadcast);
        self.check(ReadIndications);
        self.check(TestIndications);
    }
}

fn notification(lines: &[&[u8]]) {
    let second = lines.get(1).and_then(|line| core::str::from_utf8(line).ok());
    for data in [None, second] {
        let urc = Urc::new(lines[0], data);
        assert_eq!((urc.line(), urc.data()), (lines[0], data.map(str::as_bytes)));
        assert!(urc.to_text().starts_with(urc.name()));
        match Notification::parse(&urc) {
            Ok(Some(Notification::Message(content) | Notification::StatusReport(content))) => {
                assert_eq!(content.data.as_deref(), urc.data());
            }
            Ok(_) => {}
            Err(ParseError { line, at, .. }) => {
                assert!(line.as_bytes() == lines[0] && at <= lines[0].len())
            }
        }
    }
}

/// Checks that `AT+CSQ` reads a signal only if the lines contain one, through the engine.
fn through_the_engine(lines: &[&[u8]]) {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| [b"\r\n", *line, b"\r\n"].concat()).collect();
    let outcome = answered("AT+CSQ", &bytes);
    let signal = |outcome: &Outcome| match outcome {
        Outcome::Response(response) => network::ReadSignal.parse(response).ok(),
        _ => None,
    };
    if let Some(found) = signal(&outcome) {
        assert!(bytes.windows(4).any(|name| name == b"+CSQ"), "{found:?}");
    }
}
