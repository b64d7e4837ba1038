//! The card: who it is, and its PIN (3GPP TS 27.007, 8.3 and 8.65).

use alloc::string::{String, ToString};

use crate::failure::Failure;

/// Wrong PINs until the PUK is asked for.
const PIN_TRIES: u8 = 3;
/// Wrong PUKs until the card is dead.
const PUK_TRIES: u8 = 10;

#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) imsi: String,
    pub(crate) iccid: String,
    pub(crate) number: String,
    /// The address of the service centre and its type; none while it is unknown.
    pub(crate) service_centre: Option<(String, u8)>,
    pin: String,
    puk: String,
    /// Whether the PIN is asked for at power-up.
    locked: bool,
    entered: bool,
    pin_tries: u8,
    puk_tries: u8,
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
            pin_tries: PIN_TRIES,
            puk_tries: PUK_TRIES,
        }
    }

    pub(crate) fn set_pin(&mut self, pin: Option<&str>) {
        self.locked = pin.is_some();
        self.entered = false;
        self.pin = pin.unwrap_or("1234").to_string();
    }

    /// Power went away: the PIN has to be given again.
    pub(crate) fn reset(&mut self) {
        self.entered = false;
    }

    /// The answer to `+CPIN?`.
    pub(crate) fn state(&self) -> &'static str {
        if self.puk_tries == 0 {
            "SIM FAILURE"
        } else if self.pin_tries == 0 {
            "SIM PUK"
        } else if self.locked && !self.entered {
            "SIM PIN"
        } else {
            "READY"
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state() == "READY"
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.pin_tries == 0
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.locked
    }

    pub(crate) fn tries(&self) -> (u8, u8) {
        (self.pin_tries, self.puk_tries)
    }

    /// `+CPIN=<pin>`, or `+CPIN=<puk>,<pin>` where the PUK is asked for.
    pub(crate) fn enter(&mut self, code: &str, new: Option<&str>) -> Result<(), Failure> {
        match self.state() {
            "SIM PIN" => {
                self.check_pin(code)?;
                self.entered = true;
                Ok(())
            }
            "SIM PUK" => {
                let new = new.filter(|new| is_pin(new)).ok_or(Failure::SIM_PUK_REQUIRED)?;
                if code != self.puk {
                    self.puk_tries -= 1; // not 0 here: the state would be SIM FAILURE
                    return Err(if self.puk_tries == 0 {
                        Failure::Cme(13)
                    } else {
                        Failure::INCORRECT_PASSWORD
                    });
                }
                self.pin = new.to_string();
                self.pin_tries = PIN_TRIES;
                self.puk_tries = PUK_TRIES;
                self.entered = true;
                Ok(())
            }
            "READY" => Err(Failure::OPERATION_NOT_ALLOWED),
            _ => Err(Failure::Cme(13)),
        }
    }

    /// `+CLCK="SC",<mode>,<pin>`.
    pub(crate) fn lock(&mut self, locked: bool, pin: &str) -> Result<(), Failure> {
        self.check_pin(pin)?;
        self.locked = locked;
        self.entered = true;
        Ok(())
    }

    /// `+CPWD="SC",<old>,<new>`.
    pub(crate) fn change(&mut self, old: &str, new: &str) -> Result<(), Failure> {
        self.check_pin(old)?;
        if !is_pin(new) {
            return Err(Failure::INCORRECT_PARAMETERS);
        }
        self.pin = new.to_string();
        Ok(())
    }

    fn check_pin(&mut self, pin: &str) -> Result<(), Failure> {
        if self.pin_tries == 0 {
            return Err(Failure::SIM_PUK_REQUIRED);
        }
        if pin != self.pin {
            self.pin_tries -= 1;
            return Err(if self.pin_tries == 0 {
                Failure::SIM_PUK_REQUIRED
            } else {
                Failure::INCORRECT_PASSWORD
            });
        }
        self.pin_tries = PIN_TRIES;
        Ok(())
    }
}

fn is_pin(pin: &str) -> bool {
    (4..=8).contains(&pin.len()) && pin.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wrong_pins_ask_for_the_puk_and_ten_wrong_puks_end_the_card() {
        let mut card = Card::new();
        card.set_pin(Some("0000"));
        assert_eq!(card.enter("1111", None), Err(Failure::INCORRECT_PASSWORD));
        assert_eq!(card.tries(), (2, 10));
        assert_eq!(card.enter("1111", None), Err(Failure::INCORRECT_PASSWORD));
        assert_eq!(card.enter("1111", None), Err(Failure::SIM_PUK_REQUIRED));
        assert_eq!(card.state(), "SIM PUK");
        assert_eq!(card.enter("0000", None), Err(Failure::SIM_PUK_REQUIRED));
        assert_eq!(card.enter("12345678", Some("2222")), Ok(()));
        assert!(card.is_open());
        card.reset();
        assert_eq!(card.enter("2222", None), Ok(()));
        (0..3).for_each(|_| assert!(card.lock(false, "9999").is_err()));
        (0..10).for_each(|_| assert!(card.enter("00000000", Some("2222")).is_err()));
        assert_eq!(card.state(), "SIM FAILURE");
        assert_eq!(card.enter("12345678", Some("2222")), Err(Failure::Cme(13)));
    }
}
