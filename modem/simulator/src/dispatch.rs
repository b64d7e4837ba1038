//! The table of commands and the part that runs each: ITU-T V.250, 3GPP TS 27.005 and 27.007.

use alloc::format;

use crate::Simulator;
use crate::call::Dialled;
use crate::command::{Command, Operation};
use crate::failure::Failure;
use crate::sending::ask_for_body;
use crate::terminal::{Flow, Outcome};

/// The commands that `+CLAC` lists.
const COMMANDS: &[&str] = &[
    "&F", "A", "D", "E", "H", "I", "Q", "V", "Z", "+CBC", "+CCID", "+CCLK", "+CEREG", "+CESQ",
    "+CFUN", "+CGATT", "+CGMI", "+CGMM", "+CGMR", "+CGREG", "+CGSMS", "+CGSN", "+CHUP", "+CIMI",
    "+CIND", "+CLAC", "+CLCC", "+CLCK", "+CLIP", "+CMEE", "+CMER", "+CMGC", "+CMGD", "+CMGF",
    "+CMGL", "+CMGR", "+CMGS", "+CMGW", "+CMMS", "+CMSS", "+CMUX", "+CNMA", "+CNMI", "+CNUM",
    "+COPN", "+COPS", "+CPAS", "+CPBF", "+CPBR", "+CPBS", "+CPBW", "+CPIN", "+CPINR", "+CPMS",
    "+CPWD", "+CRC", "+CREG", "+CRES", "+CSAS", "+CSCA", "+CSCB", "+CSCS", "+CSDH", "+CSMP",
    "+CSMS", "+CSQ", "+CTZR", "+CTZU", "+CUSD", "+GCAP", "+GMI", "+GMM", "+GMR", "+GSN", "+IFC",
    "+IPR",
];

/// Commands that need an open card.
const WITH_CARD: &[&str] = &[
    "+CIMI", "+CNUM", "+CLCK", "+CPWD", "+CPBS", "+CPBR", "+CPBF", "+CPBW", "+COPS", "+CUSD", "D",
    "+CSCA", "+CPMS", "+CNMI", "+CMGL", "+CMGR", "+CMGD", "+CMGS", "+CMSS", "+CMGW", "+CMGC",
    "+CNMA", "+CSCB", "+CSMP", "+CSDH", "+CMMS", "+CSMS", "+CGSMS", "+CSAS", "+CRES",
];

impl Simulator {
    /// Runs a command.
    pub(crate) fn execute(&mut self, command: &Command) -> Outcome {
        let Self { desk, terminal, mux, device, card, phonebook, store, network } = self;
        let name = command.name.as_str();
        if WITH_CARD.contains(&name) && command.operation != Operation::Test {
            card.check(name, device, desk)?;
        }
        // `+CMGF` needs no card, but fails like the others until the modem is ready for messages.
        if name == "+CMGF" && device.is_starting(desk.now, desk.profile.sms_ready_after) {
            return Err(if desk.profile.not_ready_is_bare {
                Failure::Error
            } else {
                Failure::SMS_SIM_BUSY
            });
        }
        if name == desk.profile.pin_counter {
            return card.pin_counter(desk, terminal);
        }
        match name {
            "E" | "V" | "Q" | "&F" | "Z" | "I" | "&C" | "&D" | "&K" | "&S" | "&W" | "X" | "L"
            | "M" => desk.basic_command(command, terminal),
            "D" => self.dial(command),
            "A" | "H" | "+CHUP" | "+CLCC" | "+CLIP" | "+CRC" | "+CVHU" => {
                network.calls.command(command, desk, terminal)
            }
            "+GMI" | "+CGMI" | "+GMM" | "+CGMM" | "+GMR" | "+CGMR" | "+GSN" | "+CGSN" | "+GCAP"
            | "+CCID" | "^ICCID" | "+ICCID" | "+CIMI" | "+CNUM" | "+CLAC" => self.identity(command),
            "+CIND" => self.indicators(command),
            "+CREG" | "+CGREG" | "+CEREG" | "+COPS" | "+CSQ" | "+CESQ" | "+CMER" | "+CGATT"
            | "+COPN" | "+CTZU" | "+CTZR" => {
                network.coverage.command(command, device, card, desk, terminal)
            }
            "+CPIN" => {
                let outcome = card.pin_command(command, device, desk, terminal)?;
                if matches!(command.operation, Operation::Set(_)) {
                    self.reach();
                }
                Ok(outcome)
            }
            "+CLCK" => card.lock_command(command, desk, terminal),
            "+CPWD" => card.password_command(command, desk, terminal),
            "+CMEE" => {
                desk.number(terminal, command, &[0, 1, 2], |s| s.cmee, |s, value| s.cmee = value)
            }
            "+CSCS" => desk.charset_command(command, terminal),
            "+CFUN" => {
                if device.functionality_command(command, terminal)? {
                    self.registration_changed();
                }
                Ok(Flow::Done)
            }
            "+CPAS" => {
                let state = if network.calls.is_busy() { 4 } else { 0 };
                terminal.answer(command, &format!("{state}"), "(0,2,3,4)")
            }
            "+CBC" => terminal.answer(command, "0,87", "(0-3),(0-100)"),
            "+CCLK" => device.clock_command(command, desk.now, terminal),
            "+IPR" => terminal.ignored(command, "115200", "(),(9600,19200,38400,57600,115200)"),
            "+IFC" => terminal.ignored(command, "0,0", "(0-2),(0-2)"),
            "+ICF" => terminal.ignored(command, "3,3", "(3),(3)"),
            "^CURC" if desk.profile.interrupts => {
                if let Operation::Set(arguments) = &command.operation {
                    desk.settings.noise =
                        arguments.small(0, 1).map_err(|()| Failure::Error)? == Some(1);
                }
                Ok(Flow::Done)
            }
            "+CUSD" => {
                let access = network.access(device, card);
                network.ussd.command(command, access, desk, terminal)
            }
            "+CPBS" | "+CPBR" | "+CPBF" | "+CPBW" => phonebook.command(command, desk, terminal),
            _ if name.starts_with('S') => desk.register_command(command, terminal),
            "+CSMS" => desk.service_command(command, terminal),
            "+CPMS" => {
                let outcome = store.memories_command(command, desk, terminal)?;
                if matches!(command.operation, Operation::Set(_)) {
                    self.room_was_made();
                }
                Ok(outcome)
            }
            "+CMGF" => desk.number(
                terminal,
                command,
                &[0, 1],
                |s| u8::from(s.text_mode),
                |s, value| s.text_mode = value == 1,
            ),
            "+CSCA" => card.service_centre_command(command, device, desk, terminal),
            "+CSMP" => desk.text_parameters_command(command, card, terminal),
            "+CSDH" => desk.number(
                terminal,
                command,
                &[0, 1],
                |s| u8::from(s.csdh),
                |s, value| s.csdh = value == 1,
            ),
            "+CMMS" => {
                desk.number(terminal, command, &[0, 1, 2], |s| s.cmms, |s, value| s.cmms = value)
            }
            "+CGSMS" => desk.number(
                terminal,
                command,
                &[0, 1, 2, 3],
                |s| s.cgsms,
                |s, value| s.cgsms = value,
            ),
            "+CSCB" => desk.channels_command(command, terminal),
            "+CNMI" => {
                if matches!(command.operation, Operation::Set(_)) {
                    mux.ask_for_urcs();
                }
                desk.indications_command(command, terminal)
            }
            "+CMUX" => mux.command(command, &desk.profile.mux, terminal),
            "+CNMA" => self.acknowledge_command(command),
            "+CMGR" => store.read_command(command, card.service_centre_number(), desk, terminal),
            "+CMGL" => store.list_command(command, card.service_centre_number(), desk, terminal),
            "+CMGD" => {
                let outcome = store.delete_command(command, desk, terminal)?;
                if matches!(command.operation, Operation::Set(_)) {
                    self.room_was_made();
                }
                Ok(outcome)
            }
            "+CMGS" | "+CMGW" | "+CMGC" => ask_for_body(command, desk),
            "+CMSS" => self.send_stored(command),
            "+CSAS" | "+CRES" => Ok(Flow::Done),
            _ => Err(Failure::Unknown),
        }
    }

    fn identity(&mut self, command: &Command) -> Outcome {
        let Self { desk, terminal, device, card, .. } = self;
        if command.operation == Operation::Test {
            return Ok(Flow::Done);
        }
        let name = command.name.as_str();
        let line = match name {
            "+GMI" | "+CGMI" => desk.profile.manufacturer,
            "+GMM" | "+CGMM" => desk.profile.model,
            "+GMR" | "+CGMR" => desk.profile.revision,
            "+GSN" | "+CGSN" => return device.serial_number(command, desk, terminal),
            "+GCAP" => return terminal.prefixed(name, "+CGSM"),
            "+CLAC" => {
                COMMANDS.iter().for_each(|name| terminal.say(format!("AT{name}")));
                return Ok(Flow::Done);
            }
            _ => return card.identity_command(command, desk, terminal),
        };
        terminal.identity(desk, name, line)
    }

    /// `+CIND`: 3GPP TS 27.007, 8.9.
    fn indicators(&mut self, command: &Command) -> Outcome {
        if command.operation == Operation::Test {
            return self.terminal.prefixed(
                "+CIND",
                "(\"battchg\",(0-5)),(\"signal\",(0-5)),(\"service\",(0,1)),(\"message\",(0,1)),(\"call\",(0,1)),\
                 (\"roam\",(0,1)),(\"smsfull\",(0,1))",
            );
        }
        let network = &self.network;
        let line = format!(
            "4,{},{},0,{},{},{}",
            network.coverage.signal.min(31) / 6,
            u8::from(self.is_registered()),
            u8::from(network.calls.is_busy()),
            u8::from(network.coverage.is_roaming()),
            u8::from(network.delivery.is_full())
        );
        self.terminal.prefixed("+CIND", &line)
    }

    fn dial(&mut self, command: &Command) -> Outcome {
        let Self { desk, terminal, device, card, network, .. } = self;
        let dialled = Dialled::read(command)?;
        let access = network.access(device, card);
        if !desk.profile.circuit_switched || !access.registered {
            return Ok(Flow::Result("NO CARRIER"));
        }
        if dialled.is_code() {
            desk.settings.cusd = 1;
            network.ussd.request(&dialled.number, access.latency, desk, terminal);
            return Ok(Flow::Done);
        }
        network.calls.dial(dialled, access.latency, desk)
    }
}
