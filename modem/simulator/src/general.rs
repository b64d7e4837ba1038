//! General commands: ITU-T V.250, 3GPP TS 27.007, 5 and 8.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use gsm7::charset::Charset;

use crate::Simulator;
use crate::calendar::Date;
use crate::command::{Arguments, Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::truth::Fact;

/// What `+CLAC` lists.
const COMMANDS: &[&str] = &[
    "&F", "A", "D", "E", "H", "I", "Q", "V", "Z", "+CBC", "+CCID", "+CCLK", "+CEREG", "+CESQ", "+CFUN",
    "+CGATT", "+CGMI", "+CGMM", "+CGMR", "+CGREG", "+CGSMS", "+CGSN", "+CHUP", "+CIMI", "+CIND", "+CLAC",
    "+CLCC", "+CLCK", "+CLIP", "+CMEE", "+CMER", "+CMGC", "+CMGD", "+CMGF", "+CMGL", "+CMGR", "+CMGS",
    "+CMGW", "+CMMS", "+CMSS", "+CNMA", "+CNMI", "+CNUM", "+COPN", "+COPS", "+CPAS", "+CPBF", "+CPBR",
    "+CPBS", "+CPBW", "+CPIN", "+CPINR", "+CPMS", "+CPWD", "+CRC", "+CREG", "+CRES", "+CSAS", "+CSCA",
    "+CSCB", "+CSCS", "+CSDH", "+CSMP", "+CSMS", "+CSQ", "+CTZR", "+CTZU", "+CUSD", "+GCAP", "+GMI", "+GMM",
    "+GMR", "+GSN", "+IFC", "+IPR",
];

/// Commands that need an open card.
const WITH_CARD: &[&str] = &[
    "+CIMI", "+CNUM", "+CLCK", "+CPWD", "+CPBS", "+CPBR", "+CPBF", "+CPBW", "+COPS", "+CUSD", "D", "+CSCA",
    "+CPMS", "+CNMI", "+CMGL", "+CMGR", "+CMGD", "+CMGS", "+CMSS", "+CMGW", "+CMGC", "+CNMA", "+CSCB",
    "+CSMP", "+CSDH", "+CMMS", "+CSMS", "+CGSMS", "+CSAS", "+CRES",
];

impl Simulator {
    /// Runs one command.
    pub(crate) fn execute(&mut self, command: &Command) -> Outcome {
        let name = command.name.as_str();
        if WITH_CARD.contains(&name) && command.operation != Operation::Test {
            self.check_card(name)?;
        }
        // It needs no card, but no modem knows messages before it is ready for them.
        if name == "+CMGF" && self.is_starting(self.profile.sms_ready_after) {
            return Err(if self.profile.not_ready_is_bare {
                Failure::Error
            } else {
                Failure::SMS_SIM_BUSY
            });
        }
        if name == self.profile.pin_counter {
            return self.pin_counter();
        }
        match name {
            "E" | "V" | "Q" | "&F" | "Z" | "I" | "&C" | "&D" | "&K" | "&S" | "&W" | "X" | "L" | "M" => {
                self.basic(command)
            }
            "D" | "A" | "H" | "+CHUP" | "+CLCC" | "+CLIP" | "+CRC" | "+CVHU" => self.call_command(command),
            "+GMI" | "+CGMI" | "+GMM" | "+CGMM" | "+GMR" | "+CGMR" | "+GSN" | "+CGSN" | "+GCAP" | "+CCID"
            | "^ICCID" | "+ICCID" | "+CIMI" | "+CNUM" | "+CLAC" => self.identity(command),
            "+CREG" | "+CGREG" | "+CEREG" | "+COPS" | "+CSQ" | "+CESQ" | "+CIND" | "+CMER" | "+CGATT"
            | "+COPN" | "+CTZU" | "+CTZR" => self.registration_command(command),
            "+CPIN" => self.pin(command),
            "+CLCK" => self.lock(command),
            "+CPWD" => self.password(command),
            "+CMEE" => self.number(command, &[0, 1, 2], |s| s.cmee, |s, value| s.cmee = value),
            "+CSCS" => self.charset(command),
            "+CFUN" => self.functionality(command),
            "+CPAS" => {
                let state = if self.network.call.is_some() { 4 } else { 0 };
                self.answer(command, &format!("{state}"), "(0,2,3,4)")
            }
            "+CBC" => self.answer(command, "0,87", "(0-3),(0-100)"),
            "+CCLK" => self.clock(command),
            "+IPR" => self.ignored(command, "115200", "(),(9600,19200,38400,57600,115200)"),
            "+IFC" => self.ignored(command, "0,0", "(0-2),(0-2)"),
            "+ICF" => self.ignored(command, "3,3", "(3),(3)"),
            "^CURC" if self.profile.interrupts => {
                if let Operation::Set(arguments) = &command.operation {
                    self.settings.noise = arguments.small(0, 1).map_err(|()| Failure::Error)? == Some(1);
                }
                Ok(Flow::Done)
            }
            "+CUSD" => self.ussd_command(command),
            "+CPBS" | "+CPBR" | "+CPBF" | "+CPBW" => self.phonebook_command(command),
            _ if name.starts_with('S') => self.register_command(command),
            _ => self.sms_command(command),
        }
    }

    /// Whether the modem was switched on less than that long ago.
    fn is_starting(&self, takes: Duration) -> bool {
        self.now.saturating_sub(self.powered_at) < takes
    }

    fn check_card(&self, name: &str) -> Result<(), Failure> {
        let for_sms = matches!(name.get(..3), Some("+CM" | "+CN" | "+CS" | "+CG")) || name == "+CPMS";
        let (sim, sms) = (self.profile.sim_ready_after, self.profile.sms_ready_after);
        if self.is_starting(sim) || (for_sms && self.is_starting(sms)) {
            return Err(match (for_sms, self.profile.not_ready_is_bare) {
                (_, true) => Failure::Error,
                (true, _) => Failure::SMS_SIM_BUSY,
                (false, _) => Failure::SIM_BUSY,
            });
        }
        match (self.card.state(), for_sms) {
            ("READY", _) => Ok(()),
            ("SIM PIN", true) => Err(Failure::SMS_PIN_REQUIRED),
            ("SIM PIN", false) => Err(Failure::SIM_PIN_REQUIRED),
            ("SIM PUK", true) => Err(Failure::SMS_PUK_REQUIRED),
            ("SIM PUK", false) => Err(Failure::SIM_PUK_REQUIRED),
            (_, true) => Err(Failure::Cms(313)),
            (_, false) => Err(Failure::Cme(13)),
        }
    }

    fn basic(&mut self, command: &Command) -> Outcome {
        let value = match &command.operation {
            Operation::Set(arguments) => arguments.small(0, 255).map_err(|()| Failure::Error)?.unwrap_or(0),
            _ => 0,
        };
        match (command.name.as_str(), value) {
            ("E", 0 | 1) => self.settings.echo = value == 1,
            ("V", 0 | 1) => self.settings.verbose = value == 1,
            ("Q", 0 | 1) => self.settings.quiet = value == 1,
            ("&F" | "Z", 0 | 1) => self.restore(),
            ("I", 0) => {
                self.say(self.profile.manufacturer);
                self.say(self.profile.model);
                self.say(self.profile.revision);
            }
            // Speaker, carrier and flow control: taken, and of no consequence here.
            ("I" | "&C" | "&D" | "&K" | "&S" | "&W" | "X" | "L" | "M", _) => {}
            _ => return Err(Failure::Error),
        }
        Ok(Flow::Done)
    }

    /// The settings are those of the profile again; memories, service centre and calls stay.
    pub(crate) fn restore(&mut self) {
        self.settings = Settings::new(&self.profile);
    }

    fn register_command(&mut self, command: &Command) -> Outcome {
        let value = match command.name.as_str() {
            "S3" => &mut self.settings.terminator,
            "S4" => &mut self.settings.line_feed,
            "S5" => &mut self.settings.backspace,
            name if name.len() > 4 => return Err(Failure::Error),
            name => self.settings.registers.entry(name.to_string()).or_default(),
        };
        match &command.operation {
            Operation::Set(arguments) => {
                *value = arguments
                    .small(0, 127)
                    .map_err(|()| Failure::Error)?
                    .ok_or(Failure::Error)?;
            }
            _ => {
                let value = format!("{value:03}");
                self.say(value);
            }
        }
        Ok(Flow::Done)
    }

    fn identity(&mut self, command: &Command) -> Outcome {
        if command.operation == Operation::Test {
            return Ok(Flow::Done);
        }
        let name = command.name.as_str();
        let line = match name {
            "+GMI" | "+CGMI" => self.profile.manufacturer,
            "+GMM" | "+CGMM" => self.profile.model,
            "+GMR" | "+CGMR" => self.profile.revision,
            "+GSN" | "+CGSN" => {
                let bare = self.imei.clone();
                return match &command.operation {
                    Operation::Set(arguments) => match arguments.small(0, 3).map_err(|()| Failure::Error)? {
                        None | Some(0) => self.identity_line("+CGSN", &bare),
                        Some(1) => self.prefixed("+CGSN", &format!("\"{bare}\"")),
                        Some(_) => Err(Failure::INCORRECT_PARAMETERS),
                    },
                    _ => self.identity_line("+CGSN", &bare),
                };
            }
            "+GCAP" => return self.prefixed(name, "+CGSM,+FCLASS"),
            "+CCID" | "+ICCID" | "^ICCID" => return self.prefixed(name, &self.card.iccid.clone()),
            "+CIMI" => {
                let imsi = self.card.imsi.clone();
                self.say(imsi);
                return Ok(Flow::Done);
            }
            "+CNUM" => {
                let number = self.card.number.clone();
                let kind = type_of(&number);
                let (name, number) = (self.quoted("Own number"), self.quoted(&number));
                return self.say_parts(&[b"+CNUM: ", &name, b",", &number, format!(",{kind}").as_bytes()]);
            }
            _ => {
                COMMANDS.iter().for_each(|name| self.say(format!("AT{name}")));
                return Ok(Flow::Done);
            }
        };
        self.identity_line(name, line)
    }

    fn identity_line(&mut self, name: &str, line: &str) -> Outcome {
        if self.profile.identity_prefix {
            return self.prefixed(name, line);
        }
        self.say(line);
        Ok(Flow::Done)
    }

    fn pin(&mut self, command: &Command) -> Outcome {
        if self.is_starting(self.profile.sim_ready_after) && command.operation != Operation::Test {
            return Err(if self.profile.not_ready_is_bare {
                Failure::Error
            } else {
                Failure::SIM_BUSY
            });
        }
        match &command.operation {
            Operation::Test => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let code = arguments.word(0).ok_or(Failure::INCORRECT_PARAMETERS)?;
                let result = self.card.enter(code, arguments.word(1));
                self.log(Fact::PinGiven {
                    right: result.is_ok(),
                });
                result?;
                self.reach();
                Ok(Flow::Done)
            }
            _ => match self.card.state() {
                "SIM FAILURE" => Err(Failure::Cme(13)),
                state => {
                    self.prefixed("+CPIN", state)?;
                    Ok(if self.profile.pin_ok {
                        Flow::Done
                    } else {
                        Flow::NoResult
                    })
                }
            },
        }
    }

    /// How many tries are left, in the words of the vendor.
    fn pin_counter(&mut self) -> Outcome {
        let (pin, puk) = self.card.tries();
        let name = self.profile.pin_counter;
        match name {
            "^CPIN" => {
                let state = self.card.state();
                let tries = if self.card.is_blocked() { puk } else { pin };
                self.prefixed(name, &format!("{state},{tries},{puk},{pin},10,3"))
            }
            "+EPINC" => self.prefixed(name, &format!("{pin},3,{puk},10")),
            "+SPIC" => self.prefixed(name, &format!("{pin},{puk},3,10")),
            "#PCT" => self.prefixed(
                name,
                &format!("{}", if self.card.is_blocked() { puk } else { pin }),
            ),
            _ => {
                self.prefixed(name, &format!("SIM PIN,{pin},3"))?;
                self.prefixed(name, &format!("SIM PUK,{puk},10"))
            }
        }
    }

    fn lock(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return self.prefixed("+CLCK", "(\"SC\")");
        };
        if arguments.word(0) != Some("SC") {
            return Err(Failure::OPERATION_NOT_SUPPORTED);
        }
        let mode = arguments
            .small(1, 2)
            .map_err(|()| Failure::INCORRECT_PARAMETERS)?;
        match (mode, arguments.word(2)) {
            (Some(2), _) => self.prefixed("+CLCK", &format!("{}", u8::from(self.card.is_locked()))),
            (Some(mode), Some(pin)) => {
                let result = self.card.lock(mode == 1, pin);
                self.log(Fact::PinGiven {
                    right: result.is_ok(),
                });
                result.map(|()| Flow::Done)
            }
            (Some(_), None) => Err(Failure::SIM_PIN_REQUIRED),
            (None, _) => Err(Failure::INCORRECT_PARAMETERS),
        }
    }

    fn password(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return self.prefixed("+CPWD", "(\"SC\",8)");
        };
        match (arguments.word(0), arguments.word(1), arguments.word(2)) {
            (Some("SC"), Some(old), Some(new)) => {
                let result = self.card.change(old, new);
                self.log(Fact::PinGiven {
                    right: result.is_ok(),
                });
                result.map(|()| Flow::Done)
            }
            _ => Err(Failure::INCORRECT_PARAMETERS),
        }
    }

    fn charset(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => {
                let names: Vec<_> = self
                    .profile
                    .charsets
                    .iter()
                    .map(|name| format!("\"{name}\""))
                    .collect();
                let names = names.join(",");
                let list = if self.profile.charsets_in_parentheses {
                    format!("({names})")
                } else {
                    names
                };
                self.prefixed("+CSCS", &list)
            }
            Operation::Read => self.prefixed("+CSCS", &format!("\"{}\"", self.settings.charset.name())),
            Operation::Set(arguments) => {
                let name = arguments.word(0).unwrap_or_default().to_ascii_uppercase();
                let known = self.profile.charsets.contains(&name.as_str());
                match Charset::from_name(&name).filter(|_| known) {
                    Some(charset) => self.settings.charset = charset,
                    None => return Err(Failure::OPERATION_NOT_SUPPORTED),
                }
                Ok(Flow::Done)
            }
            Operation::Execute => Ok(Flow::Done),
        }
    }

    fn functionality(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed("+CFUN", "(0,1,4),(0,1)"),
            Operation::Read => self.prefixed("+CFUN", &format!("{}", self.functionality)),
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let value = arguments
                    .small(0, 4)
                    .map_err(|()| Failure::INCORRECT_PARAMETERS)?
                    .unwrap_or(1);
                let reset = arguments
                    .small(1, 1)
                    .map_err(|()| Failure::INCORRECT_PARAMETERS)?
                    == Some(1);
                if ![0, 1, 4].contains(&value) {
                    return Err(Failure::INCORRECT_PARAMETERS);
                }
                self.functionality = value;
                if reset {
                    self.reset_due = true;
                }
                self.registration_changed();
                self.reach();
                Ok(Flow::Done)
            }
        }
    }

    fn clock(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let date = arguments
                    .word(0)
                    .and_then(Date::parse)
                    .ok_or(Failure::INCORRECT_PARAMETERS)?;
                self.clock = (date, self.now);
                Ok(Flow::Done)
            }
            _ => {
                let (date, since) = self.clock;
                self.prefixed(
                    "+CCLK",
                    &format!("\"{}\"", date.after(self.now.saturating_sub(since))),
                )
            }
        }
    }

    /// A command that answers with one line and sets nothing.
    pub(crate) fn answer(&mut self, command: &Command, line: &str, test: &str) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, test),
            Operation::Set(_) => Err(Failure::INCORRECT_PARAMETERS),
            _ => self.prefixed(&command.name, line),
        }
    }

    /// A command that takes any value and keeps none.
    fn ignored(&mut self, command: &Command, value: &str, test: &str) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, test),
            Operation::Read => self.prefixed(&command.name, value),
            _ => Ok(Flow::Done),
        }
    }

    /// A command with one small number.
    pub(crate) fn number(
        &mut self,
        command: &Command,
        values: &[u8],
        get: fn(&Settings) -> u8,
        set: fn(&mut Settings, u8),
    ) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, &format!("({})", list(values))),
            Operation::Read => self.prefixed(&command.name, &format!("{}", get(&self.settings))),
            Operation::Execute => {
                set(&mut self.settings, values.first().copied().unwrap_or(0));
                Ok(Flow::Done)
            }
            Operation::Set(arguments) => {
                let value = one_of(arguments, values)?;
                set(&mut self.settings, value);
                Ok(Flow::Done)
            }
        }
    }

    /// An information line with its prefix.
    pub(crate) fn prefixed(&mut self, name: &str, line: &str) -> Outcome {
        self.say(format!("{name}: {line}"));
        Ok(Flow::Done)
    }

    /// An information line made of octets.
    pub(crate) fn say_parts(&mut self, parts: &[&[u8]]) -> Outcome {
        self.say(parts.concat());
        Ok(Flow::Done)
    }

    /// A text in the character set of `+CSCS`, with quotes.
    pub(crate) fn quoted(&self, text: &str) -> Vec<u8> {
        let mut octets = alloc::vec![b'"'];
        octets.extend(self.in_charset(text));
        octets.push(b'"');
        octets
    }

    /// A text in the character set of `+CSCS`; a question mark stands for what the set does not have.
    pub(crate) fn in_charset(&self, text: &str) -> Vec<u8> {
        let charset = self.settings.charset;
        charset.encode(text).unwrap_or_else(|_| {
            let mut buffer = [0; 4];
            let coded = |character: char| {
                charset
                    .encode(character.encode_utf8(&mut buffer))
                    .or_else(|_| charset.encode("?"))
                    .unwrap_or_default()
            };
            text.chars().flat_map(coded).collect()
        })
    }
}

/// The one number of a command, if it is among `values`.
fn one_of(arguments: &Arguments, values: &[u8]) -> Result<u8, Failure> {
    let value = arguments
        .small(0, 255)
        .map_err(|()| Failure::INCORRECT_PARAMETERS)?;
    let value = value.or(values.first().copied()).unwrap_or(0);
    if values.contains(&value) && arguments.len() == 1 {
        Ok(value)
    } else {
        Err(Failure::INCORRECT_PARAMETERS)
    }
}

/// `0,1,3`, and `0-3` for a run from the first to the last.
pub(crate) fn list(values: &[u8]) -> String {
    let run = values.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match values {
        [first, .., last] if run && values.len() > 2 => format!("{first}-{last}"),
        _ => values.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
    }
}

/// The type of an address as a decimal number: 145 for a plus, 129 for anything else.
pub(crate) fn type_of(number: &str) -> u8 {
    if number.starts_with('+') { 145 } else { 129 }
}
