//! Calls: ITU-T V.250, 6.3 and 3GPP TS 27.007, 6 and 7.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use crate::card::type_of;
use crate::command::{Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::network::{Subscriber, Subscribers};
use crate::terminal::{Flow, Outcome, Terminal, Then};
use crate::timer::Event;
use crate::truth::Fact;

/// The pause between two rings.
const RING_INTERVAL: Duration = Duration::from_secs(5);

/// A voice call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    number: String,
    incoming: bool,
    state: CallState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallState {
    Active,
    Dialling,
    Incoming,
}

/// The number after `ATD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialled {
    pub(crate) number: String,
    voice: bool,
}

impl Dialled {
    pub(crate) fn read(command: &Command) -> Result<Self, Failure> {
        let Operation::Set(arguments) = &command.operation else {
            return Err(Failure::Error);
        };
        let dialled =
            String::from_utf8_lossy(arguments.bytes(0).unwrap_or_default()).to_ascii_uppercase();
        let voice = dialled.ends_with(';');
        let number = dialled.trim_end_matches(';').trim_start_matches(['T', 'P']).to_string();
        let dialable = |character: char| character.is_ascii_digit() || "+*#ABC".contains(character);
        if number.is_empty() || !number.chars().all(dialable) {
            return Err(Failure::Cme(27));
        }
        Ok(Self { number, voice })
    }

    /// Returns `true` if the number is a USSD code.
    pub(crate) fn is_code(&self) -> bool {
        self.number.starts_with(['*', '#']) && self.number.ends_with('#')
    }
}

/// The calls of the modem: at most one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    call: Option<Call>,
}

impl Calls {
    /// Returns `true` if there is a call, in any state.
    pub(crate) fn is_busy(&self) -> bool {
        self.call.is_some()
    }

    /// Ends the call without a report to the host.
    pub(crate) fn drop_call(&mut self) {
        self.call = None;
    }

    /// Runs a call command other than `ATD`.
    pub(crate) fn command(
        &mut self,
        command: &Command,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match command.name.as_str() {
            "A" => self.answer(desk),
            "H" | "+CHUP" if command.operation != Operation::Test => {
                self.end(false, desk, terminal);
                Ok(Flow::Done)
            }
            "+CLCC" if command.operation != Operation::Test => self.list(desk, terminal),
            "+CLIP" => match command.operation {
                Operation::Test => terminal.prefixed("+CLIP", "(0,1)"),
                Operation::Read => {
                    let line = format!("{},1", u8::from(desk.settings.clip));
                    terminal.prefixed("+CLIP", &line)
                }
                _ => desk.number(
                    terminal,
                    command,
                    &[0, 1],
                    |s| u8::from(s.clip),
                    |s, value| s.clip = value == 1,
                ),
            },
            "+CRC" => desk.number(
                terminal,
                command,
                &[0, 1],
                |s| u8::from(s.crc),
                |s, value| s.crc = value == 1,
            ),
            _ => Ok(Flow::Done),
        }
    }

    /// Calls a number by `ATD`.
    pub(crate) fn dial(&mut self, dialled: Dialled, latency: Duration, desk: &mut Desk) -> Outcome {
        let Dialled { number, voice } = dialled;
        desk.log(Fact::Dialled { number: number.clone() });
        // There is no data service, and only one call at a time.
        if !voice || self.call.is_some() {
            return Ok(Flow::Result("NO CARRIER"));
        }
        self.call = Some(Call { number, incoming: false, state: CallState::Dialling });
        if desk.profile.dial_waits {
            return Ok(Flow::Wait(latency, Then::Connect));
        }
        desk.set_timer(latency, Event::Connected);
        Ok(Flow::Done)
    }

    /// Ends the dialling for a host that waits: the called subscriber answers or does not.
    pub(crate) fn connected(&mut self, subscribers: &Subscribers) -> Outcome {
        match self.take(subscribers) {
            "OK" => Ok(Flow::Done),
            other => Ok(Flow::Result(other)),
        }
    }

    /// Ends the dialling after OK: the called subscriber answers or does not.
    pub(crate) fn connected_late(
        &mut self,
        subscribers: &Subscribers,
        desk: &Desk,
        terminal: &mut Terminal,
    ) {
        match self.take(subscribers) {
            "OK" => {
                let [begin, _] = desk.profile.voice;
                if !begin.is_empty() {
                    terminal.notify(desk, begin);
                }
            }
            other => terminal.notify(desk, other),
        }
    }

    fn take(&mut self, subscribers: &Subscribers) -> &'static str {
        let Some(call) = self.call.as_mut().filter(|call| call.state == CallState::Dialling) else {
            return "NO CARRIER";
        };
        let number = call.number.clone();
        match subscribers.get(&number) {
            Subscriber::Reachable | Subscriber::Echo | Subscriber::Unconfirmed => {
                self.call = Some(Call { number, incoming: false, state: CallState::Active });
                "OK"
            }
            Subscriber::Rejected(_) => {
                self.call = None;
                "BUSY"
            }
            _ => {
                self.call = None;
                "NO ANSWER"
            }
        }
    }

    fn answer(&mut self, desk: &mut Desk) -> Outcome {
        match &mut self.call {
            Some(call) if call.state == CallState::Incoming => {
                call.state = CallState::Active;
                desk.timers.cancel(&Event::Ring);
                desk.log(Fact::Answered);
                Ok(Flow::Done)
            }
            _ => Ok(Flow::Result("NO CARRIER")),
        }
    }

    /// Begins an incoming call.
    pub(crate) fn come(&mut self, from: &str, desk: &mut Desk, terminal: &mut Terminal) {
        if self.call.is_some() {
            return;
        }
        desk.log(Fact::Called { number: from.to_string() });
        let number = from.to_string();
        self.call = Some(Call { number, incoming: true, state: CallState::Incoming });
        self.ring(desk, terminal);
    }

    pub(crate) fn ring(&self, desk: &mut Desk, terminal: &mut Terminal) {
        let Some(call) = self.call.clone().filter(|call| call.state == CallState::Incoming) else {
            return;
        };
        let word = match (desk.settings.crc, desk.settings.verbose) {
            (true, _) => "+CRING: VOICE",
            (false, true) => "RING",
            (false, false) => "2",
        };
        terminal.notify(desk, word);
        if desk.settings.clip {
            let mut line = alloc::vec::Vec::from("+CLIP: ");
            line.extend(desk.quoted(&call.number));
            line.extend(format!(",{},,,,0", type_of(&call.number)).bytes());
            terminal.notify(desk, line);
        }
        desk.set_timer(RING_INTERVAL, Event::Ring);
    }

    /// Ends the call, on this side or on the other (`there`).
    pub(crate) fn end(&mut self, there: bool, desk: &mut Desk, terminal: &mut Terminal) {
        let Some(call) = self.call.take() else {
            return;
        };
        desk.timers.cancel(&Event::Ring);
        desk.timers.cancel(&Event::Connected);
        desk.log(Fact::HungUp);
        let [_, end] = desk.profile.voice;
        if !end.is_empty() && call.state == CallState::Active {
            terminal.notify(desk, end);
        } else if there && !end.is_empty() {
            let line = format!("MISSED_CALL: 11:01AM {}", call.number);
            terminal.notify(desk, line);
        }
        if there {
            terminal.notify_no_carrier(desk);
        }
    }

    fn list(&self, desk: &Desk, terminal: &mut Terminal) -> Outcome {
        let Some(call) = self.call.clone() else {
            return Ok(Flow::Done);
        };
        let direction = u8::from(call.incoming);
        let state = match call.state {
            CallState::Active => 0,
            CallState::Dialling => 2,
            CallState::Incoming => 4,
        };
        let number = desk.quoted(&call.number);
        let head = format!("+CLCC: 1,{direction},{state},0,0,");
        terminal.say_parts(&[
            head.as_bytes(),
            &number,
            format!(",{}", type_of(&call.number)).as_bytes(),
        ])
    }
}
