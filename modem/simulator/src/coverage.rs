//! Network and signal: 3GPP TS 27.007, 7.2, 7.3, 8.5, 8.9, 8.41 and 10.1.

use alloc::format;
use alloc::string::{String, ToString};

use crate::card::Card;
use crate::command::{Command, Operation};
use crate::desk::Desk;
use crate::device::Device;
use crate::failure::Failure;
use crate::terminal::{Flow, Outcome, Terminal};

/// The registration commands, in the order of
/// [`Settings::registration`](crate::settings::Settings::registration).
const COMMANDS: [&str; 3] = ["+CREG", "+CGREG", "+CEREG"];

/// A second operator in reach, which does not take the card: long name, short name and number.
const FORBIDDEN: [&str; 3] = ["Other Network", "OtherNet", "00102"];

/// `<mode>` of `+COPS` that deregisters the modem.
const DEREGISTERED: u8 = 2;

/// The coverage of the network at the modem.
#[derive(Debug, Clone)]
pub(crate) struct Coverage {
    /// `<stat>` of `+CREG`.
    pub(crate) registration: u8,
    /// Long name, short name and number.
    operator: [String; 3],
    /// `<mode>` of `+COPS`: 0 automatic, 1 manual, 2 deregistered, 4 manual, then automatic.
    mode: u8,
    /// `<rssi>` of `+CSQ`.
    pub(crate) signal: u8,
    area: u16,
    cell: u32,
    /// The `<stat>` of each domain that was announced last, if it was.
    announced: [Option<u8>; 3],
}

impl Coverage {
    pub(crate) fn new() -> Self {
        Self {
            registration: 1,
            operator: ["Simulated Network".to_string(), "SimNet".to_string(), "00101".to_string()],
            mode: 0,
            signal: 20,
            area: 0x5e25,
            cell: 0x605f,
            announced: [None; 3],
        }
    }

    /// Runs a command of registration or signal.
    pub(crate) fn command(
        &mut self,
        command: &Command,
        device: &Device,
        card: &Card,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match command.name.as_str() {
            "+COPS" => self.operator_command(command, device, card, desk, terminal),
            "+CSQ" => {
                let signal = if device.has_radio() { self.signal } else { 99 };
                terminal.answer(command, &format!("{signal},99"), "(0-31,99),(0-7,99)")
            }
            "+CESQ" => {
                let level = u16::from(self.signal.min(31)).saturating_mul(2);
                let line = match (desk.profile.technology, self.signal) {
                    (_, 99..) => String::from("99,99,255,255,255,255"),
                    (7, _) => format!("99,99,255,255,20,{}", level.saturating_add(20)),
                    (2, _) => format!("99,99,{},40,255,255", level.saturating_add(15)),
                    _ => format!("{level},99,255,255,255,255"),
                };
                terminal.answer(
                    command,
                    &line,
                    "(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)",
                )
            }
            "+CMER" => match command.operation {
                Operation::Test => terminal.prefixed("+CMER", "(0,3),(0),(0),(0,1),(0)"),
                Operation::Read => terminal.prefixed("+CMER", "0,0,0,0,0"),
                _ => Ok(Flow::Done),
            },
            "+CGATT" => match command.operation {
                Operation::Test => terminal.prefixed("+CGATT", "(0,1)"),
                Operation::Read => {
                    terminal.prefixed("+CGATT", &format!("{}", u8::from(self.serves(device, card))))
                }
                _ => Ok(Flow::Done),
            },
            "+COPN" => {
                let [long, _, number] = self.operator.clone();
                let (number, long) = (desk.quoted(&number), desk.quoted(&long));
                terminal.say_parts(&[b"+COPN: ", &number, b",", &long])
            }
            "+CTZU" => desk.number(
                terminal,
                command,
                &[0, 1],
                |s| s.time_zone_update,
                |s, value| s.time_zone_update = value,
            ),
            "+CTZR" => desk.number(
                terminal,
                command,
                &[0, 1, 2],
                |s| s.time_zone_report,
                |s, value| s.time_zone_report = value,
            ),
            _ => self.registration_command(command, device, card, desk, terminal),
        }
    }

    fn registration_command(
        &mut self,
        command: &Command,
        device: &Device,
        card: &Card,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let Some(domain) = COMMANDS.iter().position(|name| *name == command.name) else {
            return Err(Failure::Unknown);
        };
        match &command.operation {
            Operation::Test => terminal.prefixed(&command.name, "(0-2)"),
            Operation::Read => {
                let mode = mode_of(domain, desk);
                let line = match desk.profile.registration_zeros {
                    true => format!("{mode:03},{:03}", self.state(domain, device, card, desk)),
                    false => format!("{mode},{}", self.fields(domain, device, card, desk)),
                };
                terminal.prefixed(&command.name, &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let mode =
                    arguments.small(0, 2).map_err(|()| Failure::INCORRECT_PARAMETERS)?.unwrap_or(0);
                let state = self.state(domain, device, card, desk);
                if let Some(set) = desk.settings.registration.get_mut(domain) {
                    *set = mode;
                }
                if let Some(announced) = self.announced.get_mut(domain) {
                    *announced = Some(state);
                }
                Ok(Flow::Done)
            }
        }
    }

    /// `<stat>`, and the cell if mode 2 is set.
    fn fields(&self, domain: usize, device: &Device, card: &Card, desk: &Desk) -> String {
        let state = self.state(domain, device, card, desk);
        if mode_of(domain, desk) < 2 || !self.serves(device, card) {
            return state.to_string();
        }
        let (area, cell) = (self.area, self.cell);
        let technology = desk.profile.technology;
        // A GSM cell has two bytes, others have four.
        let width = if technology == 0 { 4 } else { 8 };
        if desk.profile.cell_quoted {
            format!("{state},\"{area:04X}\",\"{cell:0width$X}\",{technology}")
        } else {
            format!("{state},{area:X},{cell:X},{technology}")
        }
    }

    fn state(&self, domain: usize, device: &Device, card: &Card, desk: &Desk) -> u8 {
        let known = match domain {
            0 => desk.profile.circuit_switched,
            2 => desk.profile.technology == 7, // +CEREG knows E-UTRAN only
            _ => true,
        };
        let searches = device.has_radio() && card.is_open() && self.mode != DEREGISTERED;
        if known && searches { self.registration } else { 0 }
    }

    /// Returns `true` if the network takes messages and calls.
    pub(crate) fn serves(&self, device: &Device, card: &Card) -> bool {
        // 1 home, 5 roaming, 6 and 7 SMS only, 9 and 10 CSFB not preferred.
        let registered = matches!(self.registration, 1 | 5 | 6 | 7 | 9 | 10);
        let searches = device.is_on() && device.has_radio() && self.mode != DEREGISTERED;
        registered && searches && card.is_open()
    }

    /// Returns `true` if the modem is roaming.
    pub(crate) fn is_roaming(&self) -> bool {
        self.registration == 5
    }

    /// Reports the registration to the host where it has changed: 27.007, 7.2.
    pub(crate) fn report(
        &mut self,
        device: &Device,
        card: &Card,
        desk: &Desk,
        terminal: &mut Terminal,
    ) {
        for (domain, name) in COMMANDS.iter().enumerate() {
            let state = Some(self.state(domain, device, card, desk));
            let announced = self.announced.get_mut(domain);
            let has_changed =
                announced.is_some_and(|announced| core::mem::replace(announced, state) != state);
            if mode_of(domain, desk) > 0 && has_changed {
                let line = format!("{name}: {}", self.fields(domain, device, card, desk));
                terminal.notify(desk, line);
            }
        }
    }

    fn operator_command(
        &mut self,
        command: &Command,
        device: &Device,
        card: &Card,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let [long, short, number] = self.operator.clone();
        let technology = desk.profile.technology;
        match &command.operation {
            Operation::Test => {
                let (long, short, number) =
                    (desk.quoted(&long), desk.quoted(&short), format!("\"{number}\""));
                let [other_long, other_short, other_number] = FORBIDDEN;
                let (other_long, other_short) = (desk.quoted(other_long), desk.quoted(other_short));
                let tail = format!(",\"{other_number}\",{technology}),,(0,1,2,3,4),(0,1,2)");
                let status: &[u8] = if self.serves(device, card) { b"(2," } else { b"(1," };
                terminal.say_parts(&[
                    b"+COPS: ",
                    status,
                    &long,
                    b",",
                    &short,
                    b",",
                    number.as_bytes(),
                    format!(",{technology}),(3,").as_bytes(),
                    &other_long,
                    b",",
                    &other_short,
                    tail.as_bytes(),
                ])
            }
            Operation::Read if !self.serves(device, card) => {
                terminal.prefixed("+COPS", &self.mode.to_string())
            }
            Operation::Read => {
                let format = desk.settings.operator_format;
                // The digits of the number are the same in all character sets but UCS2 and HEX, and
                // are not converted there.
                let name = match format {
                    0 => desk.quoted(&long),
                    1 => desk.quoted(&short),
                    _ => format!("\"{number}\"").into_bytes(),
                };
                let head = format!("+COPS: {},{format},", self.mode);
                terminal.say_parts(&[head.as_bytes(), &name, format!(",{technology}").as_bytes()])
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let mode =
                    arguments.small(0, 4).map_err(|()| Failure::INCORRECT_PARAMETERS)?.unwrap_or(0);
                let format = arguments.small(1, 2).map_err(|()| Failure::INCORRECT_PARAMETERS)?;
                desk.settings.operator_format = format.unwrap_or(desk.settings.operator_format);
                match (mode, desk.string(arguments, 2)) {
                    // Network not allowed: emergency calls only.
                    (1 | 4, Some(wanted)) if wanted == FORBIDDEN[2] => {
                        return Err(Failure::Cme(32));
                    }
                    (1, wanted) if wanted.as_ref() != Some(&number) => {
                        return Err(Failure::NO_SERVICE);
                    }
                    // Sets the format only.
                    (3, _) => {}
                    _ => self.mode = mode,
                }
                Ok(Flow::Done)
            }
        }
    }
}

/// `<n>` of the registration command of a domain.
fn mode_of(domain: usize, desk: &Desk) -> u8 {
    desk.settings.registration.get(domain).copied().unwrap_or_default()
}
