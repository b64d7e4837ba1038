//! Calls: ITU-T V.250, 6.3 and 3GPP TS 27.007, 6 and 7.

use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::engine::{Flow, Outcome, Then};
use crate::failure::Failure;
use crate::general::type_of;
use crate::network::{Call, CallState, Subscriber};
use crate::timer::Event;
use crate::truth::Fact;

/// The pause between two rings.
const RING_EVERY: Duration = Duration::from_secs(5);

impl Simulator {
    pub(crate) fn call_command(&mut self, command: &Command) -> Outcome {
        match command.name.as_str() {
            "D" => self.dial(command),
            "A" => self.answer_call(),
            "H" | "+CHUP" if command.operation != Operation::Test => {
                self.end_call(false);
                Ok(Flow::Done)
            }
            "+CLCC" if command.operation != Operation::Test => self.list_calls(),
            "+CLIP" => match command.operation {
                Operation::Test => self.prefixed("+CLIP", "(0,1)"),
                Operation::Read => {
                    let line = format!("{},1", u8::from(self.settings.clip));
                    self.prefixed("+CLIP", &line)
                }
                _ => self.number(
                    command,
                    &[0, 1],
                    |s| u8::from(s.clip),
                    |s, value| s.clip = value == 1,
                ),
            },
            "+CRC" => self.number(
                command,
                &[0, 1],
                |s| u8::from(s.crc),
                |s, value| s.crc = value == 1,
            ),
            _ => Ok(Flow::Done),
        }
    }

    fn dial(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return Err(Failure::Error);
        };
        let dialled = String::from_utf8_lossy(arguments.octets(0).unwrap_or_default()).to_ascii_uppercase();
        let voice = dialled.ends_with(';');
        let number = dialled
            .trim_end_matches(';')
            .trim_start_matches(['T', 'P'])
            .to_string();
        let dialable = |character: char| character.is_ascii_digit() || "+*#ABC".contains(character);
        if number.is_empty() || !number.chars().all(dialable) {
            return Err(Failure::Cme(27));
        }
        if !self.profile.circuit_switched || !self.is_registered() {
            return Ok(Flow::Result("NO CARRIER"));
        }
        if number.starts_with(['*', '#']) && number.ends_with('#') {
            self.settings.cusd = 1;
            self.request_ussd(&number);
            return Ok(Flow::Done);
        }
        self.log(Fact::Dialled {
            number: number.clone(),
        });
        // There is no data service, and one call at a time.
        if !voice || self.network.call.is_some() {
            return Ok(Flow::Result("NO CARRIER"));
        }
        self.network.call = Some(Call {
            number,
            state: CallState::Dialling,
        });
        if self.profile.dial_waits {
            return Ok(Flow::Wait(self.network.latency, Then::Connect));
        }
        self.timers
            .set(self.now.saturating_add(self.network.latency), Event::Connected);
        Ok(Flow::Done)
    }

    /// The called subscriber answers or does not, and the host waits for it.
    pub(crate) fn connected(&mut self) -> Outcome {
        match self.take_call() {
            "OK" => Ok(Flow::Done),
            other => Ok(Flow::Result(other)),
        }
    }

    /// The called subscriber answers or does not, long after OK.
    pub(crate) fn call_connected(&mut self) {
        match self.take_call() {
            "OK" => {
                let [begin, _] = self.profile.voice;
                if !begin.is_empty() {
                    self.notify(begin);
                }
            }
            other => self.notify(other),
        }
    }

    fn take_call(&mut self) -> &'static str {
        let Some(call) = self
            .network
            .call
            .as_mut()
            .filter(|call| call.state == CallState::Dialling)
        else {
            return "NO CARRIER";
        };
        let number = call.number.clone();
        match self.network.subscriber(&number) {
            Subscriber::Reachable | Subscriber::Echo | Subscriber::Unconfirmed => {
                self.network.call = Some(Call {
                    number,
                    state: CallState::Active,
                });
                "OK"
            }
            Subscriber::Rejected(_) => {
                self.network.call = None;
                "BUSY"
            }
            _ => {
                self.network.call = None;
                "NO ANSWER"
            }
        }
    }

    fn answer_call(&mut self) -> Outcome {
        match &mut self.network.call {
            Some(call) if call.state == CallState::Incoming => {
                call.state = CallState::Active;
                self.timers.cancel(&Event::Ring);
                self.log(Fact::Answered);
                Ok(Flow::Done)
            }
            _ => Ok(Flow::Result("NO CARRIER")),
        }
    }

    /// A call comes in.
    pub(crate) fn call_comes(&mut self, from: &str) {
        if !self.is_registered() || !self.profile.circuit_switched || self.network.call.is_some() {
            return;
        }
        self.log(Fact::Called {
            number: from.to_string(),
        });
        self.network.call = Some(Call {
            number: from.to_string(),
            state: CallState::Incoming,
        });
        self.ring_once();
    }

    pub(crate) fn ring_once(&mut self) {
        let Some(call) = self
            .network
            .call
            .clone()
            .filter(|call| call.state == CallState::Incoming)
        else {
            return;
        };
        let word = match (self.settings.crc, self.settings.verbose) {
            (true, _) => "+CRING: VOICE",
            (false, true) => "RING",
            (false, false) => "2",
        };
        self.notify(word);
        if self.settings.clip {
            let mut line = alloc::vec::Vec::from("+CLIP: ");
            line.extend(self.quoted(&call.number));
            line.extend(format!(",{},,,,0", type_of(&call.number)).bytes());
            self.notify(line);
        }
        self.timers.set(self.now + RING_EVERY, Event::Ring);
    }

    /// The call ends, here or there.
    pub(crate) fn end_call(&mut self, there: bool) {
        let Some(call) = self.network.call.take() else {
            return;
        };
        self.timers.cancel(&Event::Ring);
        self.timers.cancel(&Event::Connected);
        self.log(Fact::HungUp);
        let [_, end] = self.profile.voice;
        if !end.is_empty() && call.state == CallState::Active {
            self.notify(end);
        } else if there && !end.is_empty() {
            let line = format!("MISSED_CALL: 11:01AM {}", call.number);
            self.notify(line);
        }
        if there {
            self.notify_no_carrier();
        }
    }

    fn list_calls(&mut self) -> Outcome {
        let Some(call) = self.network.call.clone() else {
            return Ok(Flow::Done);
        };
        let (direction, state) = match call.state {
            CallState::Active => (0, 0),
            CallState::Dialling => (0, 2),
            CallState::Incoming => (1, 4),
        };
        let number = self.quoted(&call.number);
        let head = format!("+CLCC: 1,{direction},{state},0,0,");
        self.say_parts(&[
            head.as_bytes(),
            &number,
            format!(",{}", type_of(&call.number)).as_bytes(),
        ])
    }
}
