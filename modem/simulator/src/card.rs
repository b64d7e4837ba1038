//! The card: identity, PIN and service centre (3GPP TS 27.007, 8.3 and 8.65).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::command::{Command, Operation};
use crate::desk::Desk;
use crate::device::Device;
use crate::failure::Failure;
use crate::terminal::{Flow, Outcome, Terminal};
use crate::truth::Fact;

/// Wrong PINs before the PUK is required.
const PIN_ATTEMPTS: u8 = 3;
/// Wrong PUKs before the card is dead.
const PUK_ATTEMPTS: u8 = 10;

/// The code that the card requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    Pin,
    Puk,
    /// The card is dead.
    Failure,
    /// There is no card.
    Absent,
}

impl State {
    /// The answer to `+CPIN?`.
    fn description(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Pin => "SIM PIN",
            Self::Puk => "SIM PUK",
            Self::Failure => "SIM FAILURE",
            Self::Absent => "NOT INSERTED",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) imsi: String,
    pub(crate) iccid: String,
    pub(crate) number: String,
    /// The address of the service centre and its type; `None` while unknown.
    pub(crate) service_centre: Option<(String, u8)>,
    pin: String,
    puk: String,
    /// The PIN is required at power-up.
    locked: bool,
    entered: bool,
    pin_retries: u8,
    puk_retries: u8,
    pub(crate) is_present: bool,
    /// The identity of the card that is not inserted: IMSI, ICCID, number and service centre.
    other: (String, String, String, Option<(String, u8)>),
}

impl Card {
    pub(crate) fn new() -> Self {
        Self {
            imsi: String::from("001010123456789"),
            iccid: String::from("89490010123456789012"),
            number: String::from("+491700000001"),
            service_centre: Some((String::from("+491700000000"), 145)),
            pin: String::from("1234"),
            puk: String::from("12345678"),
            locked: false,
            entered: false,
            pin_retries: PIN_ATTEMPTS,
            puk_retries: PUK_ATTEMPTS,
            is_present: true,
            other: (
                String::from("001010987654321"),
                String::from("89490010987654321098"),
                String::from("+491700000009"),
                Some((String::from("+491700000008"), 145)),
            ),
        }
    }

    /// Exchanges the card for the other one.
    pub(crate) fn swap(&mut self) {
        let (imsi, iccid, number, centre) = &mut self.other;
        core::mem::swap(imsi, &mut self.imsi);
        core::mem::swap(iccid, &mut self.iccid);
        core::mem::swap(number, &mut self.number);
        core::mem::swap(centre, &mut self.service_centre);
    }

    /// Requires the PIN, from now on.
    pub(crate) fn lock_again(&mut self) {
        self.locked = true;
        self.entered = false;
    }

    /// Takes the PIN as entered, and all attempts as left.
    pub(crate) fn unlock(&mut self) {
        self.entered = true;
        self.pin_retries = PIN_ATTEMPTS;
        self.puk_retries = PUK_ATTEMPTS;
    }

    pub(crate) fn set_pin(&mut self, pin: Option<&str>) {
        self.locked = pin.is_some();
        self.entered = false;
        self.pin = pin.unwrap_or("1234").to_string();
    }

    /// Handles a loss of power: the PIN must be entered again.
    pub(crate) fn reset(&mut self) {
        self.entered = false;
    }

    fn state(&self) -> State {
        if !self.is_present {
            State::Absent
        } else if self.puk_retries == 0 {
            State::Failure
        } else if self.pin_retries == 0 {
            State::Puk
        } else if self.locked && !self.entered {
            State::Pin
        } else {
            State::Ready
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state() == State::Ready
    }

    fn is_blocked(&self) -> bool {
        self.pin_retries == 0
    }

    fn is_locked(&self) -> bool {
        self.locked
    }

    fn retries(&self) -> (u8, u8) {
        (self.pin_retries, self.puk_retries)
    }

    /// `+CPIN=<pin>`, or `+CPIN=<puk>,<pin>` if the PUK is required.
    fn enter(&mut self, code: &str, new: Option<&str>) -> Result<(), Failure> {
        match self.state() {
            State::Pin => {
                self.check_pin(code)?;
                self.entered = true;
                Ok(())
            }
            State::Puk => {
                let new = new.filter(|new| is_pin(new)).ok_or(Failure::SIM_PUK_REQUIRED)?;
                if code != self.puk {
                    self.puk_retries = self.puk_retries.saturating_sub(1);
                    return Err(if self.puk_retries == 0 {
                        Failure::Cme(13)
                    } else {
                        Failure::INCORRECT_PASSWORD
                    });
                }
                self.pin = new.to_string();
                self.pin_retries = PIN_ATTEMPTS;
                self.puk_retries = PUK_ATTEMPTS;
                self.entered = true;
                Ok(())
            }
            State::Ready => Err(Failure::OPERATION_NOT_ALLOWED),
            State::Failure => Err(Failure::Cme(13)),
            State::Absent => Err(Failure::Cme(10)),
        }
    }

    /// `+CLCK="SC",<mode>,<pin>`.
    fn lock(&mut self, locked: bool, pin: &str) -> Result<(), Failure> {
        self.check_pin(pin)?;
        self.locked = locked;
        self.entered = true;
        Ok(())
    }

    /// `+CPWD="SC",<old>,<new>`.
    fn change(&mut self, old: &str, new: &str) -> Result<(), Failure> {
        self.check_pin(old)?;
        if !is_pin(new) {
            return Err(Failure::INCORRECT_PARAMETERS);
        }
        self.pin = new.to_string();
        Ok(())
    }

    fn check_pin(&mut self, pin: &str) -> Result<(), Failure> {
        if self.pin_retries == 0 {
            return Err(Failure::SIM_PUK_REQUIRED);
        }
        if pin != self.pin {
            self.pin_retries = self.pin_retries.saturating_sub(1);
            return Err(if self.pin_retries == 0 {
                Failure::SIM_PUK_REQUIRED
            } else {
                Failure::INCORRECT_PASSWORD
            });
        }
        self.pin_retries = PIN_ATTEMPTS;
        Ok(())
    }

    /// Checks that the card, and the modem with it, is ready for a command.
    pub(crate) fn check(&self, name: &str, device: &Device, desk: &Desk) -> Result<(), Failure> {
        let for_sms =
            matches!(name.get(..3), Some("+CM" | "+CN" | "+CS" | "+CG")) || name == "+CPMS";
        let (sim, sms) = (desk.profile.sim_ready_after, desk.profile.sms_ready_after);
        if device.is_starting(desk.now, sim) || (for_sms && device.is_starting(desk.now, sms)) {
            return Err(match (for_sms, desk.profile.not_ready_is_bare) {
                (_, true) => Failure::Error,
                (true, _) => Failure::SMS_SIM_BUSY,
                (false, _) => Failure::SIM_BUSY,
            });
        }
        match (self.state(), for_sms) {
            (State::Ready, _) => Ok(()),
            (State::Pin, true) => Err(Failure::SMS_PIN_REQUIRED),
            (State::Pin, false) => Err(Failure::SIM_PIN_REQUIRED),
            (State::Puk, true) => Err(Failure::SMS_PUK_REQUIRED),
            (State::Puk, false) => Err(Failure::SIM_PUK_REQUIRED),
            (State::Failure, true) => Err(Failure::Cms(313)),
            (State::Failure, false) => Err(Failure::Cme(13)),
            (State::Absent, true) => Err(Failure::Cms(310)),
            (State::Absent, false) => Err(Failure::Cme(10)),
        }
    }

    /// The identity of the card: `+CIMI`, `+CNUM`, `+CCID` and its variants.
    pub(crate) fn identity_command(
        &self,
        command: &Command,
        desk: &Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match command.name.as_str() {
            "+CIMI" => terminal.say_parts(&[self.imsi.as_bytes()]),
            "+CNUM" => {
                let kind = type_of(&self.number);
                // The digits of the number are not converted, as in `+COPS`.
                let (name, number) = (desk.quoted("Own number"), format!("\"{}\"", self.number));
                terminal.say_parts(&[
                    b"+CNUM: ",
                    &name,
                    b",",
                    number.as_bytes(),
                    format!(",{kind}").as_bytes(),
                ])
            }
            name => terminal.prefixed(name, &self.iccid),
        }
    }

    /// The number of the service centre; empty while unknown.
    pub(crate) fn service_centre_number(&self) -> &str {
        self.service_centre.as_ref().map_or("", |(number, _)| number)
    }

    /// `+CPIN`.
    pub(crate) fn pin_command(
        &mut self,
        command: &Command,
        device: &Device,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        if device.is_starting(desk.now, desk.profile.sim_ready_after)
            && command.operation != Operation::Test
        {
            return Err(if desk.profile.not_ready_is_bare {
                Failure::Error
            } else {
                Failure::SIM_BUSY
            });
        }
        match &command.operation {
            Operation::Test => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let code = arguments.word(0).ok_or(Failure::INCORRECT_PARAMETERS)?;
                let result = self.enter(code, arguments.word(1));
                desk.log(Fact::PinGiven { right: result.is_ok() });
                result?;
                Ok(Flow::Done)
            }
            _ => match self.state() {
                State::Failure => Err(Failure::Cme(13)),
                State::Absent => Err(Failure::Cme(10)),
                state => {
                    terminal.prefixed("+CPIN", state.description())?;
                    Ok(if desk.profile.pin_ok { Flow::Done } else { Flow::NoResult })
                }
            },
        }
    }

    /// Writes the remaining attempts, in the vendor's form.
    pub(crate) fn pin_counter(&self, desk: &Desk, terminal: &mut Terminal) -> Outcome {
        let (pin, puk) = self.retries();
        let name = desk.profile.pin_counter;
        match name {
            "^CPIN" => {
                let state = self.state().description();
                let retries = if self.is_blocked() { puk } else { pin };
                terminal.prefixed(name, &format!("{state},{retries},{puk},{pin},10,3"))
            }
            "+EPINC" => terminal.prefixed(name, &format!("{pin},3,{puk},10")),
            "+SPIC" => terminal.prefixed(name, &format!("{pin},{puk},3,10")),
            "#PCT" => {
                terminal.prefixed(name, &format!("{}", if self.is_blocked() { puk } else { pin }))
            }
            _ => {
                terminal.prefixed(name, &format!("SIM PIN,{pin},3"))?;
                terminal.prefixed(name, &format!("SIM PUK,{puk},10"))
            }
        }
    }

    /// `+CLCK`.
    pub(crate) fn lock_command(
        &mut self,
        command: &Command,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return terminal.prefixed("+CLCK", "(\"SC\")");
        };
        if arguments.word(0) != Some("SC") {
            return Err(Failure::OPERATION_NOT_SUPPORTED);
        }
        let mode = arguments.small(1, 2).map_err(|()| Failure::INCORRECT_PARAMETERS)?;
        match (mode, arguments.word(2)) {
            (Some(2), _) => terminal.prefixed("+CLCK", &format!("{}", u8::from(self.is_locked()))),
            (Some(mode), Some(pin)) => {
                let result = self.lock(mode == 1, pin);
                desk.log(Fact::PinGiven { right: result.is_ok() });
                result.map(|()| Flow::Done)
            }
            (Some(_), None) => Err(Failure::SIM_PIN_REQUIRED),
            (None, _) => Err(Failure::INCORRECT_PARAMETERS),
        }
    }

    /// `+CPWD`.
    pub(crate) fn password_command(
        &mut self,
        command: &Command,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return terminal.prefixed("+CPWD", "(\"SC\",8)");
        };
        match (arguments.word(0), arguments.word(1), arguments.word(2)) {
            (Some("SC"), Some(old), Some(new)) => {
                let result = self.change(old, new);
                desk.log(Fact::PinGiven { right: result.is_ok() });
                result.map(|()| Flow::Done)
            }
            _ => Err(Failure::INCORRECT_PARAMETERS),
        }
    }

    /// `+CSCA`.
    pub(crate) fn service_centre_command(
        &mut self,
        command: &Command,
        device: &mut Device,
        desk: &Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let (number, kind) = self.service_centre.clone().unwrap_or((String::new(), 129));
                let number = desk.quoted(&number);
                terminal.say_parts(&[b"+CSCA: ", &number, format!(",{kind}").as_bytes()])
            }
            Operation::Set(arguments) => {
                let number = desk.string(arguments, 0).ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                if number.parse::<pdu::Address>().is_err() {
                    return Err(Failure::INVALID_TEXT_PARAMETER);
                }
                let kind = arguments.small(1, 255).map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                let kind = kind.unwrap_or(type_of(&number));
                let plus = kind == 145 && !number.starts_with('+');
                let number = if plus { format!("+{number}") } else { number };
                self.service_centre = Some((number, kind));
                device.service_centre_written = true;
                Ok(Flow::Done)
            }
        }
    }

    /// The address of the service centre in octets, as it precedes a TPDU.
    pub(crate) fn smsc_octets(&self) -> Vec<u8> {
        let Some((number, _)) = &self.service_centre else {
            return alloc::vec![0];
        };
        // The low half of a digit in ASCII is its value.
        let digits: Vec<u8> =
            number.bytes().filter(u8::is_ascii_digit).map(|digit| digit & 0x0f).collect();
        let address = digits.chunks(2).filter_map(|pair| {
            let (first, second) = pair.split_first()?;
            Some(second.first().copied().unwrap_or(0x0f) << 4 | first)
        });
        let address: Vec<u8> = core::iter::once(type_of(number)).chain(address).collect();
        let mut octets = alloc::vec![u8::try_from(address.len()).unwrap_or(0)];
        octets.extend(address);
        octets
    }
}

fn is_pin(pin: &str) -> bool {
    (4..=8).contains(&pin.len()) && pin.bytes().all(|digit| digit.is_ascii_digit())
}

/// The type of an address as a decimal number: 145 for a plus, 129 for anything else.
pub(crate) fn type_of(number: &str) -> u8 {
    if number.starts_with('+') { 145 } else { 129 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wrong_pins_ask_for_the_puk_and_ten_wrong_puks_end_the_card() {
        let mut card = Card::new();
        card.set_pin(Some("0000"));
        assert_eq!(card.enter("1111", None), Err(Failure::INCORRECT_PASSWORD));
        assert_eq!(card.retries(), (2, 10));
        assert_eq!(card.enter("1111", None), Err(Failure::INCORRECT_PASSWORD));
        assert_eq!(card.enter("1111", None), Err(Failure::SIM_PUK_REQUIRED));
        assert_eq!(card.state(), State::Puk);
        assert_eq!(card.enter("0000", None), Err(Failure::SIM_PUK_REQUIRED));
        assert_eq!(card.enter("12345678", Some("2222")), Ok(()));
        assert!(card.is_open());
        card.reset();
        assert_eq!(card.enter("2222", None), Ok(()));
        (0..3).for_each(|_| assert!(card.lock(false, "9999").is_err()));
        (0..10).for_each(|_| assert!(card.enter("00000000", Some("2222")).is_err()));
        assert_eq!(card.state(), State::Failure);
        assert_eq!(card.enter("12345678", Some("2222")), Err(Failure::Cme(13)));
    }
}
