//! USSD: 3GPP TS 27.007, 7.15 and 3GPP TS 22.090.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use gsm7::Alphabet;
use gsm7::charset::Charset;

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::network::Menu;
use crate::profile::{UssdAnswer, UssdRequest};
use crate::sms::hex;
use crate::timer::Event;
use crate::truth::Fact;
use crate::verb::unhex;

/// How long the network waits for a reply.
const REPLY_TIMEOUT: Duration = Duration::from_secs(120);

impl Simulator {
    pub(crate) fn ussd_command(&mut self, command: &Command) -> Outcome {
        let arguments = match &command.operation {
            Operation::Test => return self.prefixed("+CUSD", "(0-2)"),
            Operation::Read => {
                let line = self.settings.cusd.to_string();
                return self.prefixed("+CUSD", &line);
            }
            Operation::Execute => {
                self.settings.cusd = 0;
                return Ok(Flow::Done);
            }
            Operation::Set(arguments) => arguments,
        };
        let mode = arguments
            .small(0, 2)
            .map_err(|()| Failure::INCORRECT_PARAMETERS)?
            .unwrap_or(0);
        if mode == 2 {
            return self.cancel_ussd();
        }
        self.settings.cusd = mode;
        let Some(octets) = arguments.octets(1) else {
            return Ok(Flow::Done);
        };
        if !self.profile.circuit_switched {
            return Err(Failure::OPERATION_NOT_SUPPORTED);
        }
        if !self.is_registered() {
            return Err(Failure::NO_SERVICE);
        }
        let Some(text) = self.ussd_string(octets) else {
            return match self.profile.ussd_request {
                UssdRequest::TextButNotHex => {
                    self.notify("+CUSD: 2");
                    Ok(Flow::Done)
                }
                _ => Err(Failure::Error),
            };
        };
        self.request_ussd(&text);
        Ok(Flow::Done)
    }

    /// The host sends a string: a code that begins a session, or a reply.
    pub(crate) fn request_ussd(&mut self, text: &str) {
        self.log(Fact::UssdRequested {
            text: text.to_string(),
        });
        self.ussd_session += 1;
        let menu = match self.network.menu.take() {
            Some(menu) => menu
                .choices
                .iter()
                .find(|(reply, _)| reply == text)
                .map(|(_, menu)| menu.clone()),
            None => self.network.service(text).cloned(),
        };
        let Some(menu) = menu else {
            self.timers
                .set(self.now.saturating_add(self.network.latency), Event::Ussd(None));
            return self.answer_early();
        };
        self.timers.set(
            self.now.saturating_add(self.network.latency),
            Event::Ussd(Some(menu)),
        );
        self.answer_early();
    }

    /// Where the answer comes before OK, it comes now.
    fn answer_early(&mut self) {
        if self.profile.ussd_before_ok && self.network.latency.is_zero() {
            if let Some(menu) = self.timers.take_ussd() {
                let line = self.ussd_line(menu);
                self.say(line);
            }
        }
    }

    /// The network sends a string.
    pub(crate) fn ussd_arrived(&mut self, menu: Option<Menu>) {
        let line = self.ussd_line(menu);
        if self.settings.cusd == 1 {
            self.notify(line);
        }
    }

    fn ussd_line(&mut self, menu: Option<Menu>) -> Vec<u8> {
        // 4: the network knows no such service.
        let Some(menu) = menu else {
            return Vec::from("+CUSD: 4");
        };
        let open = menu.is_open();
        self.log(Fact::UssdAnswered {
            text: menu.text.clone(),
            open,
        });
        let text = self.ussd_text(&menu.text);
        if open {
            self.timers
                .set(self.now + REPLY_TIMEOUT, Event::UssdTimeout(self.ussd_session));
            self.network.menu = Some(menu);
        }
        let mut line = format!("+CUSD: {},", u8::from(open)).into_bytes();
        line.extend(text);
        line
    }

    /// The host has not replied.
    pub(crate) fn ussd_timed_out(&mut self, session: u64) {
        if session == self.ussd_session && self.network.menu.take().is_some() {
            self.notify("+CUSD: 2");
        }
    }

    fn cancel_ussd(&mut self) -> Outcome {
        if !self.profile.ussd_cancel {
            return Err(Failure::Error);
        }
        if self.network.menu.take().is_some() {
            self.log(Fact::UssdCancelled);
        }
        self.ussd_session += 1;
        Ok(Flow::Done)
    }

    /// Reads the string of a request.
    fn ussd_string(&self, octets: &[u8]) -> Option<String> {
        let unhexed = || {
            unhex(core::str::from_utf8(octets).ok()?)
                .ok()
                .filter(|octets| !octets.is_empty())
        };
        match self.profile.ussd_request {
            UssdRequest::TextButNotHex if self.settings.charset == Charset::Hex => None,
            UssdRequest::Text | UssdRequest::TextButNotHex => Some(self.settings.charset.decode(octets)),
            UssdRequest::Packed => {
                let septets = gsm7::unpack_ussd_to_vec(&unhexed()?);
                Some(gsm7::decode_to_string(&septets, Alphabet::DEFAULT))
            }
            UssdRequest::Ucs2 => Some(gsm7::ucs2::decode_to_string(&unhexed()?)),
        }
    }

    /// A string of the network with its coding, as the modem prints it.
    fn ussd_text(&self, text: &str) -> Vec<u8> {
        let septets = gsm7::encode_to_vec(text, Alphabet::DEFAULT).ok();
        let coding = if septets.is_some() { 15 } else { 72 };
        let quoted = |string: String, coding: u8| format!("\"{string}\",{coding}").into_bytes();
        let ucs2 = || hex(&gsm7::ucs2::encode_to_vec(text));
        match (self.profile.ussd_answer, septets) {
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
                // "en" in two octets of septets, then the text, then what was in the buffer before.
                quoted(format!("6537{}0000FFFF60B16260", ucs2()), 17)
            }
            (UssdAnswer::TextAlone, Some(_)) => self.quoted(text),
            (UssdAnswer::Text | UssdAnswer::TextAlone, septets) => {
                // Without characters of its own for it, text mode or not, the modem prints the octets of UCS-2.
                let plain = septets.is_some() || self.settings.charset == Charset::Ucs2;
                let mut line = if plain {
                    self.quoted(text)
                } else {
                    format!("\"{}\"", ucs2()).into_bytes()
                };
                line.extend(format!(",{coding}").bytes());
                line
            }
        }
    }
}
