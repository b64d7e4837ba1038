//! How messages are handled: 3GPP TS 27.005, 3.2 to 3.4.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::Simulator;
use crate::command::{Arguments, Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::general::{list, type_of};

impl Simulator {
    pub(crate) fn sms_command(&mut self, command: &Command) -> Outcome {
        match command.name.as_str() {
            "+CSMS" => self.service(command),
            "+CPMS" => self.memories_command(command),
            "+CMGF" => self.number(
                command,
                &[0, 1],
                |s| u8::from(s.text_mode),
                |s, value| s.text_mode = value == 1,
            ),
            "+CSCA" => self.service_centre(command),
            "+CSMP" => self.text_parameters(command),
            "+CSDH" => self.number(
                command,
                &[0, 1],
                |s| u8::from(s.csdh),
                |s, value| s.csdh = value == 1,
            ),
            "+CMMS" => self.number(command, &[0, 1, 2], |s| s.cmms, |s, value| s.cmms = value),
            "+CGSMS" => self.number(command, &[0, 1, 2, 3], |s| s.cgsms, |s, value| s.cgsms = value),
            "+CSCB" => self.channels(command),
            "+CNMI" => self.indications(command),
            "+CNMA" => self.acknowledge_command(command),
            "+CMGR" => self.read(command),
            "+CMGL" => self.list(command),
            "+CMGD" => self.delete(command),
            "+CMGS" | "+CMGW" | "+CMGC" => self.ask_for_body(command),
            "+CMSS" => self.send_stored(command),
            "+CSAS" | "+CRES" => Ok(Flow::Done),
            _ => Err(Failure::Unknown),
        }
    }

    fn service(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => {
                let services: Vec<u8> = (0..=self.profile.csms).collect();
                self.prefixed("+CSMS", &format!("({})", list(&services)))
            }
            Operation::Read => {
                let line = format!("{},1,1,1", self.settings.csms);
                self.prefixed("+CSMS", &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let most = self.profile.csms;
                match arguments.small(0, most) {
                    Ok(Some(service)) => self.settings.csms = service,
                    _ => return Err(Failure::SMS_NOT_SUPPORTED),
                }
                self.prefixed("+CSMS", "1,1,1")
            }
        }
    }

    fn service_centre(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let (number, kind) = self.card.service_centre.clone().unwrap_or((String::new(), 129));
                let number = self.quoted(&number);
                self.say_parts(&[b"+CSCA: ", &number, format!(",{kind}").as_bytes()])
            }
            Operation::Set(arguments) => {
                let number = self.string(arguments, 0).ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                if number.parse::<pdu::Address>().is_err() {
                    return Err(Failure::INVALID_TEXT_PARAMETER);
                }
                let kind = arguments
                    .small(1, 255)
                    .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                let kind = kind.unwrap_or(type_of(&number));
                let plus = kind == 145 && !number.starts_with('+');
                let number = if plus { format!("+{number}") } else { number };
                self.card.service_centre = Some((number, kind));
                self.service_centre_written = true;
                Ok(Flow::Done)
            }
        }
    }

    fn text_parameters(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let [first, validity, protocol, coding] = self.settings.csmp;
                self.prefixed("+CSMP", &format!("{first},{validity},{protocol},{coding}"))
            }
            Operation::Set(arguments) => {
                let mut parameters = self.settings.csmp;
                for (place, parameter) in parameters.iter_mut().enumerate() {
                    let value = arguments
                        .small(place, 255)
                        .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                    *parameter = value.unwrap_or(*parameter);
                }
                self.settings.csmp = parameters;
                if self.profile.csmp_clears_smsc {
                    self.card.service_centre = None;
                }
                Ok(Flow::Done)
            }
        }
    }

    fn channels(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed("+CSCB", "(0,1)"),
            Operation::Read => {
                let settings = &self.settings;
                let (except, channels) = (u8::from(settings.cscb_except), &settings.cscb_channels);
                let line = format!("{except},\"{channels}\",\"{}\"", settings.cscb_codings);
                self.prefixed("+CSCB", &line)
            }
            Operation::Execute => {
                self.settings.cscb_except = false;
                self.settings.cscb_channels.clear();
                Ok(Flow::Done)
            }
            Operation::Set(arguments) => {
                let except = arguments
                    .small(0, 1)
                    .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                self.settings.cscb_except = except == Some(1);
                self.settings.cscb_channels = arguments.word(1).unwrap_or_default().to_string();
                self.settings.cscb_codings = arguments.word(2).unwrap_or_default().to_string();
                Ok(Flow::Done)
            }
        }
    }

    fn indications(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test if !self.profile.cnmi_test.is_empty() => {
                self.prefixed("+CNMI", self.profile.cnmi_test)
            }
            Operation::Test => {
                let places: Vec<_> = self
                    .profile
                    .cnmi
                    .iter()
                    .map(|values| format!("({})", list(values)))
                    .collect();
                self.prefixed("+CNMI", &places.join(","))
            }
            Operation::Read => {
                let [mode, mt, bm, ds, bfr] = self.settings.cnmi;
                self.prefixed("+CNMI", &format!("{mode},{mt},{bm},{ds},{bfr}"))
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let refused = Failure::Cms(self.profile.cnmi_error);
                let mut values = [0; 5];
                if arguments.len() > values.len() {
                    return Err(refused);
                }
                for (place, value) in values.iter_mut().enumerate() {
                    let allowed = self.profile.cnmi[place];
                    let given = arguments.small(place, 255).map_err(|()| refused.clone())?;
                    // What is left out is 0, or what comes next to it.
                    *value = given.or(allowed.first().copied()).unwrap_or(0);
                    let advertised = self.profile.cnmi_refused.contains(&(place, *value));
                    if !allowed.contains(value) || advertised {
                        return Err(refused);
                    }
                }
                self.settings.cnmi = values;
                self.flush_buffered();
                Ok(Flow::Done)
            }
        }
    }

    /// The address of the service centre as it stands before a TPDU.
    pub(crate) fn smsc_octets(&self) -> Vec<u8> {
        let Some((number, _)) = &self.card.service_centre else {
            return alloc::vec![0];
        };
        let digits: Vec<u8> = number
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|digit| digit - b'0')
            .collect();
        let mut octets = alloc::vec![0, type_of(number)];
        octets.extend(
            digits
                .chunks(2)
                .map(|pair| pair.get(1).copied().unwrap_or(0x0f) << 4 | pair[0]),
        );
        octets[0] = u8::try_from(octets.len() - 1).unwrap_or(0);
        octets
    }

    pub(crate) fn index(&self, arguments: &Arguments, place: usize) -> Result<u16, Failure> {
        let index = arguments
            .number(place, 0..=65_535)
            .ok()
            .flatten()
            .and_then(|index| u16::try_from(index).ok());
        index.ok_or(Failure::INVALID_MEMORY_INDEX)
    }

    /// A string parameter, from the character set of `+CSCS`.
    pub(crate) fn string(&self, arguments: &Arguments, place: usize) -> Option<String> {
        Some(self.settings.charset.decode(arguments.octets(place)?))
    }
}

/// Octets as pairs of hexadecimal digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
