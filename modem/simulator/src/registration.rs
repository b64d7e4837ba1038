//! Network and signal: 3GPP TS 27.007, 7.2, 7.3, 8.5, 8.9, 8.41 and 10.1.

use alloc::format;
use alloc::string::{String, ToString};

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;

/// The registration commands, in the order of [`Settings::registration`](crate::settings::Settings::registration).
const COMMANDS: [&str; 3] = ["+CREG", "+CGREG", "+CEREG"];

impl Simulator {
    pub(crate) fn registration_command(&mut self, command: &Command) -> Outcome {
        match command.name.as_str() {
            "+COPS" => self.operator(command),
            "+CSQ" => {
                let signal = if self.functionality == 1 { self.network.signal } else { 99 };
                self.answer(command, &format!("{signal},99"), "(0-31,99),(0-7,99)")
            }
            "+CESQ" => {
                let level = u16::from(self.network.signal.min(31)) * 2;
                let line = match (self.profile.technology, self.network.signal) {
                    (_, 99..) => String::from("99,99,255,255,255,255"),
                    (7, _) => format!("99,99,255,255,20,{}", level + 20),
                    (2, _) => format!("99,99,{},40,255,255", level + 15),
                    _ => format!("{level},99,255,255,255,255"),
                };
                self.answer(command, &line, "(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)")
            }
            "+CIND" => match command.operation {
                Operation::Test => self.prefixed(
                    "+CIND",
                    "(\"battchg\",(0-5)),(\"signal\",(0-5)),(\"service\",(0,1)),(\"message\",(0,1)),(\"call\",(0,1)),\
                     (\"roam\",(0,1)),(\"smsfull\",(0,1))",
                ),
                _ => {
                    let network = &self.network;
                    let line = format!(
                        "4,{},{},0,{},{},{}",
                        network.signal.min(31) / 6,
                        u8::from(self.is_registered()),
                        u8::from(network.call.is_some()),
                        u8::from(network.registration == 5),
                        u8::from(network.full)
                    );
                    self.prefixed("+CIND", &line)
                }
            },
            "+CMER" => match command.operation {
                Operation::Test => self.prefixed("+CMER", "(0,3),(0),(0),(0,1),(0)"),
                Operation::Read => self.prefixed("+CMER", "0,0,0,0,0"),
                _ => Ok(Flow::Done),
            },
            "+CGATT" => match command.operation {
                Operation::Test => self.prefixed("+CGATT", "(0,1)"),
                Operation::Read => self.prefixed("+CGATT", &format!("{}", u8::from(self.is_registered()))),
                _ => Ok(Flow::Done),
            },
            "+COPN" => {
                let [long, _, number] = self.network.operator.clone();
                let (number, long) = (self.quoted(&number), self.quoted(&long));
                self.say_parts(&[b"+COPN: ", &number, b",", &long])
            }
            "+CTZU" => self.number(command, &[0, 1], |s| s.time_zone_update, |s, value| s.time_zone_update = value),
            "+CTZR" => self.number(command, &[0, 1, 2], |s| s.time_zone_report, |s, value| s.time_zone_report = value),
            _ => self.registration(command),
        }
    }

    fn registration(&mut self, command: &Command) -> Outcome {
        let Some(place) = COMMANDS.iter().position(|name| *name == command.name) else {
            return Err(Failure::Unknown);
        };
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, "(0-2)"),
            Operation::Read => {
                let mode = self.settings.registration[place];
                let line = match self.profile.registration_zeros {
                    true => format!("{mode:03},{:03}", self.registration_state(place)),
                    false => format!("{mode},{}", self.registration_fields(place)),
                };
                self.prefixed(&command.name, &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let mode = arguments
                    .small(0, 2)
                    .map_err(|()| Failure::INCORRECT_PARAMETERS)?
                    .unwrap_or(0);
                self.settings.registration[place] = mode;
                Ok(Flow::Done)
            }
        }
    }

    /// `<stat>`, and the cell where mode 2 asks for it.
    fn registration_fields(&self, place: usize) -> String {
        let state = self.registration_state(place);
        let network = &self.network;
        if self.settings.registration[place] < 2 || !self.is_registered() {
            return state.to_string();
        }
        let (area, cell) = (network.area, network.cell);
        let technology = self.profile.technology;
        // A GSM cell has two octets, others have four.
        let width = if technology == 0 { 4 } else { 8 };
        if self.profile.cell_quoted {
            format!("{state},\"{area:04X}\",\"{cell:0width$X}\",{technology}")
        } else {
            format!("{state},{area:X},{cell:X},{technology}")
        }
    }

    fn registration_state(&self, place: usize) -> u8 {
        match (self.functionality, place) {
            (1, 2) if self.profile.technology != 7 => 0, // +CEREG knows E-UTRAN only
            (1, 0) if !self.profile.circuit_switched => 0,
            (1, _) if self.card.is_open() => self.network.registration,
            _ => 0,
        }
    }

    /// Whether messages and calls pass.
    pub(crate) fn is_registered(&self) -> bool {
        self.powered && self.functionality == 1 && self.card.is_open() && self.network.is_registered()
    }

    /// Tells the host that the registration is another one.
    pub(crate) fn registration_changed(&mut self) {
        for (place, name) in COMMANDS.iter().enumerate() {
            if self.settings.registration[place] > 0 {
                let line = format!("{name}: {}", self.registration_fields(place));
                self.notify(line);
            }
        }
    }

    fn operator(&mut self, command: &Command) -> Outcome {
        let [long, short, number] = self.network.operator.clone();
        let technology = self.profile.technology;
        match &command.operation {
            Operation::Test => {
                let (long, short, number) =
                    (self.quoted(&long), self.quoted(&short), format!("\"{number}\""));
                let tail = format!(",{technology}),,(0,1,2,3,4),(0,1,2)");
                self.say_parts(&[
                    b"+COPS: (2,",
                    &long,
                    b",",
                    &short,
                    b",",
                    number.as_bytes(),
                    tail.as_bytes(),
                ])
            }
            Operation::Read if !self.is_registered() => self.prefixed("+COPS", "0"),
            Operation::Read => {
                let format = self.settings.operator_format;
                // The digits of the number are the same in all character sets but UCS2 and HEX, and stay as they are there.
                let name = match format {
                    0 => self.quoted(&long),
                    1 => self.quoted(&short),
                    _ => format!("\"{number}\"").into_bytes(),
                };
                let head = format!("+COPS: 0,{format},");
                self.say_parts(&[head.as_bytes(), &name, format!(",{technology}").as_bytes()])
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let mode = arguments
                    .small(0, 4)
                    .map_err(|()| Failure::INCORRECT_PARAMETERS)?
                    .unwrap_or(0);
                let format = arguments
                    .small(1, 2)
                    .map_err(|()| Failure::INCORRECT_PARAMETERS)?;
                self.settings.operator_format = format.unwrap_or(self.settings.operator_format);
                match mode {
                    1 if arguments.word(2) != Some(number.as_str()) => Err(Failure::NO_SERVICE),
                    _ => Ok(Flow::Done),
                }
            }
        }
    }
}
