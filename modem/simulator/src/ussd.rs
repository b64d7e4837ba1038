//! USSD: 3GPP TS 27.007, 7.15 and 3GPP TS 22.090.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use gsm7::Alphabet;
use gsm7::charset::Charset;

use crate::command::{Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::network::Menu;
use crate::profile::{UssdAnswer, UssdRequest};
use crate::terminal::{Flow, Outcome, Terminal};
use crate::text::hex;
use crate::timer::Event;
use crate::truth::Fact;
use crate::verb::unhex;

/// The network's timeout for a reply.
const REPLY_TIMEOUT: Duration = Duration::from_secs(120);

/// The access of a modem to the network, and its latency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) registered: bool,
    pub(crate) latency: Duration,
}

/// The USSD services of the network, and the session with the modem.
#[derive(Debug, Clone)]
pub(crate) struct Ussd {
    services: Vec<(String, Menu)>,
    /// The menu to which the network waits for a reply.
    menu: Option<Menu>,
    /// The number of the session, by which a timer recognises its own.
    session: u64,
}

impl Ussd {
    pub(crate) fn new() -> Self {
        let balance = Menu::new("Balance: 12.34 EUR");
        let menu = Menu::new("1 Balance\n2 Tariff\n0 Quit")
            .with("1", balance.clone())
            .with(
                "2",
                Menu::new("1 Small\n2 Large")
                    .with("1", Menu::new("Small it is"))
                    .with("2", Menu::new("Large it is")),
            )
            .with("0", Menu::new("Good bye"));
        Self {
            services: alloc::vec![("*100#".to_string(), balance), ("*101#".to_string(), menu)],
            menu: None,
            session: 0,
        }
    }

    pub(crate) fn set_service(&mut self, code: &str, menu: Menu) {
        self.services.retain(|(of, _)| of != code);
        self.services.push((code.to_string(), menu));
    }

    fn service(&self, code: &str) -> Option<&Menu> {
        self.services.iter().find(|(of, _)| of == code).map(|(_, menu)| menu)
    }

    /// Ends the session without a report to the host.
    pub(crate) fn drop_session(&mut self) {
        self.menu = None;
    }

    /// `+CUSD`.
    pub(crate) fn command(
        &mut self,
        command: &Command,
        access: Access,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let arguments = match &command.operation {
            Operation::Test => return terminal.prefixed("+CUSD", "(0-2)"),
            Operation::Read => {
                let line = desk.settings.cusd.to_string();
                return terminal.prefixed("+CUSD", &line);
            }
            Operation::Execute => {
                desk.settings.cusd = 0;
                return Ok(Flow::Done);
            }
            Operation::Set(arguments) => arguments,
        };
        let mode = arguments.small(0, 2).map_err(|()| Failure::INCORRECT_PARAMETERS)?.unwrap_or(0);
        if mode == 2 {
            return self.cancel(desk);
        }
        desk.settings.cusd = mode;
        let Some(octets) = arguments.bytes(1) else {
            return Ok(Flow::Done);
        };
        if !desk.profile.circuit_switched {
            return Err(Failure::OPERATION_NOT_SUPPORTED);
        }
        if !access.registered {
            return Err(Failure::NO_SERVICE);
        }
        let Some(text) = ussd_string(desk, octets) else {
            return match desk.profile.ussd_request {
                UssdRequest::TextButNotHex => {
                    terminal.notify(desk, "+CUSD: 2");
                    Ok(Flow::Done)
                }
                _ => Err(Failure::Error),
            };
        };
        self.request(&text, access.latency, desk, terminal);
        Ok(Flow::Done)
    }

    /// Sends a string of the host: a code that begins a session, or a reply.
    pub(crate) fn request(
        &mut self,
        text: &str,
        latency: Duration,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) {
        desk.log(Fact::UssdRequested { text: text.to_string() });
        self.session = self.session.wrapping_add(1);
        let menu = match self.menu.take() {
            Some(menu) => {
                menu.choices.iter().find(|(reply, _)| reply == text).map(|(_, menu)| menu.clone())
            }
            None => self.service(text).cloned(),
        };
        // No menu: the network does not know the service.
        desk.set_timer(latency, Event::Ussd(menu));
        self.answer_early(latency, desk, terminal);
    }

    /// Writes the answer now if it comes before OK.
    fn answer_early(&mut self, latency: Duration, desk: &mut Desk, terminal: &mut Terminal) {
        if desk.profile.ussd_before_ok && latency.is_zero() {
            if let Some(menu) = desk.timers.take_ussd() {
                let line = self.line(menu, desk);
                terminal.say(line);
            }
        }
    }

    /// Delivers a string of the network.
    pub(crate) fn arrived(&mut self, menu: Option<Menu>, desk: &mut Desk, terminal: &mut Terminal) {
        let prompts = desk.profile.ussd_prompt && menu.as_ref().is_some_and(Menu::is_open);
        let line = self.line(menu, desk);
        if desk.settings.cusd != 1 {
            return;
        }
        if prompts {
            terminal.notify_with_prompt(desk, line);
        } else {
            terminal.notify(desk, line);
        }
    }

    /// Takes the answer to a question at its prompt.
    pub(crate) fn answered(
        &mut self,
        text: &[u8],
        latency: Duration,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) {
        let text = desk.settings.charset.decode(text);
        self.request(&text, latency, desk, terminal);
    }

    /// Ends the dialogue at an ESC of the host.
    pub(crate) fn withdrawn(&mut self, desk: &mut Desk) {
        if self.menu.take().is_some() {
            desk.log(Fact::UssdCancelled);
        }
        self.session = self.session.wrapping_add(1);
    }

    fn line(&mut self, menu: Option<Menu>, desk: &mut Desk) -> Vec<u8> {
        // 4: the network does not know the service.
        let Some(menu) = menu else {
            return Vec::from("+CUSD: 4");
        };
        let open = menu.is_open();
        desk.log(Fact::UssdAnswered { text: menu.text.clone(), open });
        let text = ussd_text(desk, &menu.text);
        if open {
            desk.set_timer(REPLY_TIMEOUT, Event::UssdTimeout(self.session));
            self.menu = Some(menu);
        }
        let mut line = format!("+CUSD: {},", u8::from(open)).into_bytes();
        line.extend(text);
        line
    }

    /// Ends a session in which the host has not replied.
    pub(crate) fn timed_out(&mut self, session: u64, desk: &Desk, terminal: &mut Terminal) {
        if session == self.session && self.menu.take().is_some() {
            if terminal.is_at_prompt() {
                terminal.reader.reset();
            }
            terminal.notify(desk, "+CUSD: 2");
        }
    }

    fn cancel(&mut self, desk: &mut Desk) -> Outcome {
        if !desk.profile.ussd_cancel {
            return Err(Failure::Error);
        }
        self.withdrawn(desk);
        Ok(Flow::Done)
    }
}

/// The string of a request.
fn ussd_string(desk: &Desk, octets: &[u8]) -> Option<String> {
    let unhexed =
        || unhex(core::str::from_utf8(octets).ok()?).ok().filter(|octets| !octets.is_empty());
    match desk.profile.ussd_request {
        UssdRequest::TextButNotHex if desk.settings.charset == Charset::Hex => None,
        UssdRequest::Text | UssdRequest::TextButNotHex => {
            Some(desk.settings.charset.decode(octets))
        }
        UssdRequest::Packed => {
            let septets = gsm7::unpack_ussd_to_vec(&unhexed()?);
            Some(gsm7::decode_to_string(&septets, Alphabet::DEFAULT))
        }
        UssdRequest::Ucs2 => Some(gsm7::ucs2::decode_to_string(&unhexed()?)),
    }
}

/// A string of the network with its coding, in the form of the modem.
fn ussd_text(desk: &Desk, text: &str) -> Vec<u8> {
    let septets = gsm7::encode_to_vec(text, Alphabet::DEFAULT).ok();
    let coding = if septets.is_some() { 15 } else { 72 };
    let quoted = |string: String, coding: u8| format!("\"{string}\",{coding}").into_bytes();
    let ucs2 = || hex(&gsm7::ucs2::encode_to_vec(text));
    match (desk.profile.ussd_answer, septets) {
        (UssdAnswer::Packed, Some(septets)) => {
            quoted(hex(&gsm7::pack_ussd_to_vec(&septets).unwrap_or_default()), 15)
        }
        (UssdAnswer::PackedBare, Some(septets)) => {
            let packed = hex(&gsm7::pack_ussd_to_vec(&septets).unwrap_or_default());
            format!(" {packed}").into_bytes()
        }
        (UssdAnswer::Packed | UssdAnswer::PackedBare, None) => quoted(ucs2(), 72),
        (UssdAnswer::Ucs2(coding), _) => quoted(ucs2(), coding),
        (UssdAnswer::Octets, _) => quoted(hex(text.as_bytes()), 0),
        (UssdAnswer::LanguageAndTail, _) => {
            // "en" in two octets of septets, then the text, then the earlier content of the buffer.
            quoted(format!("6537{}0000FFFF60B16260", ucs2()), 17)
        }
        (UssdAnswer::TextAlone, Some(_)) => desk.quoted(text),
        (UssdAnswer::Text | UssdAnswer::TextAlone, septets) => {
            // If the character set lacks the characters, text mode or not, the modem prints the
            // octets of UCS-2.
            let plain = septets.is_some() || desk.settings.charset == Charset::Ucs2;
            let mut line =
                if plain { desk.quoted(text) } else { format!("\"{}\"", ucs2()).into_bytes() };
            line.extend(format!(",{coding}").bytes());
            line
        }
    }
}
