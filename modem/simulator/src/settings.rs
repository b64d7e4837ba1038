//! The settings that commands change and `ATZ` restores: ITU-T V.250, 3GPP TS 27.005 and 27.007.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gsm7::charset::Charset;

use crate::card::Card;
use crate::command::{Arguments, Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::profile::Profile;
use crate::terminal::{Flow, Outcome, Terminal};

/// The settings of the modem.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) echo: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    /// S3.
    pub(crate) terminator: u8,
    /// S4.
    pub(crate) line_feed: u8,
    /// S5.
    pub(crate) backspace: u8,
    /// The other S registers.
    pub(crate) registers: BTreeMap<String, u8>,
    pub(crate) cmee: u8,
    /// The character set of strings, 3GPP TS 27.007, 5.5.
    pub(crate) charset: Charset,
    pub(crate) text_mode: bool,
    /// Mode, mt, bm, ds, bfr.
    pub(crate) cnmi: [u8; 5],
    pub(crate) csms: u8,
    /// First octet, validity, protocol, coding.
    pub(crate) csmp: [u8; 4],
    pub(crate) csdh: bool,
    pub(crate) cmms: u8,
    pub(crate) cgsms: u8,
    /// All channels but the listed ones are accepted.
    pub(crate) cscb_except: bool,
    pub(crate) cscb_channels: String,
    pub(crate) cscb_codings: String,
    /// `+CREG`, `+CGREG`, `+CEREG`.
    pub(crate) registration: [u8; 3],
    pub(crate) cusd: u8,
    pub(crate) clip: bool,
    pub(crate) crc: bool,
    pub(crate) operator_format: u8,
    pub(crate) time_zone_report: u8,
    pub(crate) time_zone_update: u8,
    pub(crate) phonebook: &'static str,
    /// The noise of the vendor is switched on (`AT^CURC`).
    pub(crate) noise: bool,
}

impl Settings {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            echo: profile.echo,
            verbose: true,
            quiet: false,
            terminator: b'\r',
            line_feed: b'\n',
            backspace: 0x08,
            registers: BTreeMap::new(),
            cmee: 0,
            charset: profile
                .charsets
                .first()
                .and_then(|name| Charset::from_name(name))
                .unwrap_or(Charset::Gsm),
            text_mode: profile.text_mode,
            cnmi: profile.cnmi_default,
            csms: 0,
            csmp: [17, 167, 0, 0],
            csdh: false,
            cmms: 0,
            cgsms: 3,
            cscb_except: false,
            cscb_channels: String::new(),
            cscb_codings: String::new(),
            registration: [0; 3],
            cusd: 0,
            clip: false,
            crc: false,
            operator_format: 0,
            time_zone_report: 0,
            time_zone_update: 0,
            phonebook: "SM",
            noise: true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(&Profile::GENERIC)
    }
}

impl Desk {
    pub(crate) fn basic_command(&mut self, command: &Command, terminal: &mut Terminal) -> Outcome {
        let value = match &command.operation {
            Operation::Set(arguments) => {
                arguments.small(0, 255).map_err(|()| Failure::Error)?.unwrap_or(0)
            }
            _ => 0,
        };
        match (command.name.as_str(), value) {
            ("E", 0 | 1) => self.settings.echo = value == 1,
            ("V", 0 | 1) => self.settings.verbose = value == 1,
            ("Q", 0 | 1) => self.settings.quiet = value == 1,
            ("&F" | "Z", 0 | 1) => self.restore(),
            ("I", 0) => {
                terminal.say(self.profile.manufacturer);
                terminal.say(self.profile.model);
                terminal.say(self.profile.revision);
            }
            // Speaker, carrier and flow control: accepted without effect.
            ("I" | "&C" | "&D" | "&K" | "&S" | "&W" | "X" | "L" | "M", _) => {}
            _ => return Err(Failure::Error),
        }
        Ok(Flow::Done)
    }

    pub(crate) fn register_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Outcome {
        let value = match command.name.as_str() {
            "S3" => &mut self.settings.terminator,
            "S4" => &mut self.settings.line_feed,
            "S5" => &mut self.settings.backspace,
            name if name.len() > 4 => return Err(Failure::Error),
            name => self.settings.registers.entry(name.to_string()).or_default(),
        };
        match &command.operation {
            Operation::Set(arguments) => {
                *value =
                    arguments.small(0, 127).map_err(|()| Failure::Error)?.ok_or(Failure::Error)?;
            }
            _ => {
                let value = format!("{value:03}");
                terminal.say(value);
            }
        }
        Ok(Flow::Done)
    }

    pub(crate) fn charset_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test => {
                let names: Vec<_> =
                    self.profile.charsets.iter().map(|name| format!("\"{name}\"")).collect();
                let names = names.join(",");
                let list =
                    if self.profile.charsets_in_parentheses { format!("({names})") } else { names };
                terminal.prefixed("+CSCS", &list)
            }
            Operation::Read => {
                terminal.prefixed("+CSCS", &format!("\"{}\"", self.settings.charset.name()))
            }
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

    /// Runs a command with one small number.
    pub(crate) fn number(
        &mut self,
        terminal: &mut Terminal,
        command: &Command,
        values: &[u8],
        get: fn(&Settings) -> u8,
        set: fn(&mut Settings, u8),
    ) -> Outcome {
        match &command.operation {
            Operation::Test => terminal.prefixed(&command.name, &format!("({})", list(values))),
            Operation::Read => {
                terminal.prefixed(&command.name, &format!("{}", get(&self.settings)))
            }
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

    pub(crate) fn service_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test => {
                let services: Vec<u8> = (0..=self.profile.csms).collect();
                terminal.prefixed("+CSMS", &format!("({})", list(&services)))
            }
            Operation::Read => {
                let line = format!("{},1,1,1", self.settings.csms);
                terminal.prefixed("+CSMS", &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let most = self.profile.csms;
                match arguments.small(0, most) {
                    Ok(Some(service)) => self.settings.csms = service,
                    _ => return Err(Failure::SMS_NOT_SUPPORTED),
                }
                terminal.prefixed("+CSMS", "1,1,1")
            }
        }
    }

    pub(crate) fn channels_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test => terminal.prefixed("+CSCB", "(0,1)"),
            Operation::Read => {
                let settings = &self.settings;
                let (except, channels) = (u8::from(settings.cscb_except), &settings.cscb_channels);
                let line = format!("{except},\"{channels}\",\"{}\"", settings.cscb_codings);
                terminal.prefixed("+CSCB", &line)
            }
            Operation::Execute => {
                self.settings.cscb_except = false;
                self.settings.cscb_channels.clear();
                Ok(Flow::Done)
            }
            Operation::Set(arguments) => {
                let except = arguments.small(0, 1).map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                self.settings.cscb_except = except == Some(1);
                self.settings.cscb_channels = arguments.word(1).unwrap_or_default().to_string();
                self.settings.cscb_codings = arguments.word(2).unwrap_or_default().to_string();
                Ok(Flow::Done)
            }
        }
    }

    pub(crate) fn indications_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test if !self.profile.cnmi_test.is_empty() => {
                terminal.prefixed("+CNMI", self.profile.cnmi_test)
            }
            Operation::Test => {
                let lists: Vec<_> =
                    self.profile.cnmi.iter().map(|values| format!("({})", list(values))).collect();
                terminal.prefixed("+CNMI", &lists.join(","))
            }
            Operation::Read => {
                let [mode, mt, bm, ds, bfr] = self.settings.cnmi;
                terminal.prefixed("+CNMI", &format!("{mode},{mt},{bm},{ds},{bfr}"))
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let refused = Failure::Cms(self.profile.cnmi_error);
                let mut values = [0; 5];
                if arguments.len() > values.len() {
                    return Err(refused);
                }
                for ((at, value), allowed) in (0..).zip(&mut values).zip(self.profile.cnmi) {
                    let given = arguments.small(at, 255).map_err(|()| refused.clone())?;
                    // An omitted value is 0, or else the first allowed one.
                    *value = given.or(allowed.first().copied()).unwrap_or(0);
                    let advertised = self.profile.cnmi_refused.contains(&(at, *value));
                    if !allowed.contains(value) || advertised {
                        return Err(refused);
                    }
                }
                self.settings.cnmi = values;
                terminal.flush_buffered(self);
                Ok(Flow::Done)
            }
        }
    }

    pub(crate) fn text_parameters_command(
        &mut self,
        command: &Command,
        card: &mut Card,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let [first, validity, protocol, coding] = self.settings.csmp;
                terminal.prefixed("+CSMP", &format!("{first},{validity},{protocol},{coding}"))
            }
            Operation::Set(arguments) => {
                let mut parameters = self.settings.csmp;
                for (at, parameter) in parameters.iter_mut().enumerate() {
                    let value =
                        arguments.small(at, 255).map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                    *parameter = value.unwrap_or(*parameter);
                }
                self.settings.csmp = parameters;
                if self.profile.csmp_clears_smsc {
                    card.service_centre = None;
                }
                Ok(Flow::Done)
            }
        }
    }
}

/// The only number of a command, if it is among `values`.
fn one_of(arguments: &Arguments, values: &[u8]) -> Result<u8, Failure> {
    let value = arguments.small(0, 255).map_err(|()| Failure::INCORRECT_PARAMETERS)?;
    let value = value.or(values.first().copied()).unwrap_or(0);
    if values.contains(&value) && arguments.len() == 1 {
        Ok(value)
    } else {
        Err(Failure::INCORRECT_PARAMETERS)
    }
}

/// A list `0,1,3`, or `0-3` for a run from the first to the last.
pub(crate) fn list(values: &[u8]) -> String {
    let run = values
        .iter()
        .zip(values.iter().skip(1))
        .all(|(one, next)| one.checked_add(1) == Some(*next));
    match values {
        [first, .., last] if run && values.len() > 2 => format!("{first}-{last}"),
        _ => values.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
    }
}
