//! The state of the SIM, and its PIN, 3GPP TS 27.007, 8.3.

use alloc::string::ToString;

use at_proto::sim::{PinState, ReadPin};
use at_proto::{CmeError, CmsError, FinalError, Outcome};

use super::{Initialise, Label, Next, RETRIES, is_busy};
use crate::error::{Error, ErrorKind};
use crate::procedure::{Answer, Context};

impl Initialise {
    /// Reads the state of the SIM.
    pub(super) fn read_pin(&mut self, answer: Answer, context: &mut Context<'_>) -> Next {
        if is_busy(&answer) {
            return if self.is_in_time(context) {
                Next::Pause
            } else {
                Next::Fail(ErrorKind::NotReady.into())
            };
        }
        if let Outcome::Error(failure) = answer.outcome() {
            return match failure.error() {
                FinalError::Cme(Some(CmeError(10 | 13 | 15)))
                | FinalError::Cms(Some(CmsError(310 | 313 | 315))) => {
                    Next::Fail(ErrorKind::NoSim.into())
                }
                // A modem that does not know the command has no SIM to unlock.
                _ => Next::To(Label::Identity),
            };
        }
        match (answer.parse(&ReadPin), &context.config.pin) {
            (Ok(PinState::SimPin), _) if self.unlocked || context.settings.pin_refused => {
                Next::Fail(ErrorKind::PinRefused.into())
            }
            (Ok(PinState::SimPin), Some(_)) => {
                self.unlocked = true;
                Next::To(Label::Attempts)
            }
            (Ok(PinState::SimPin), None) => Next::Fail(ErrorKind::PinRequired.into()),
            (Ok(PinState::SimPuk), _) => {
                Next::Fail(ErrorKind::CodeRequired("SIM PUK".to_string()).into())
            }
            (Ok(PinState::Other(code)), _) => Next::Fail(ErrorKind::CodeRequired(code).into()),
            (Ok(PinState::Ready), _) => {
                context.settings.pin_refused = false;
                Next::To(Label::Identity)
            }
            // The second PIN does not protect messages, and an unreadable answer is not a reason to
            // give up.
            _ => Next::To(Label::Identity),
        }
    }

    /// Reads the remaining attempts: with the last one a wrong PIN would lock the SIM.
    pub(super) fn read_attempts(&mut self, answer: Answer, _: &mut Context<'_>) -> Next {
        let command = RETRIES.get(self.variant);
        match command.and_then(|command| answer.parse(command).ok()?.pin) {
            Some(left) if left <= 1 => Next::Fail(ErrorKind::LastPinRetry(left).into()),
            Some(_) => Next::Go,
            None => self.next_variant(),
        }
    }

    /// Reads the answer to the PIN.
    pub(super) fn read_unlock(&mut self, answer: Answer, context: &mut Context<'_>) -> Next {
        let is_busy = is_busy(&answer);
        match answer.response() {
            Ok(_) => Next::To(Label::Pin),
            Err(error) => {
                // Not all modems report the reason. Only a modem that was busy has not checked the
                // PIN.
                context.settings.pin_refused = !is_busy;
                Next::Fail(pin_refused(error))
            }
        }
    }
}

/// The refusal of a PIN: code 16 is "incorrect password".
fn pin_refused(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Refused(failure) if failure.error() == FinalError::Cme(Some(CmeError(16))) => {
            ErrorKind::PinRefused.into()
        }
        _ => error,
    }
}
