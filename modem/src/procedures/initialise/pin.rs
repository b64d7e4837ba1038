//! The state of the SIM, and its PIN, 3GPP TS 27.007, 8.3.

use alloc::string::ToString;
use core::time::Duration;

use at_proto::general::ReadFunctionality;
use at_proto::sim::{PinState, ReadPin};
use at_proto::{CmeError, CmsError, FinalError, Outcome};

use super::{ICCID, Initialise, Label, Next, RETRIES, is_busy};
use crate::error::{Error, ErrorKind};
use crate::journal::Record;
use crate::procedure::{Answer, Context};

/// A condition of the SIM that modems report in place of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SimCondition {
    /// The SIM has not been read yet.
    NotReady,
    /// There is no SIM, or it cannot be read.
    Absent,
}

impl SimCondition {
    /// The condition that a state of the SIM means, if it asks for nothing.
    pub(crate) fn of(state: &PinState) -> Option<Self> {
        let PinState::Other(words) = state else {
            return None;
        };
        // SIMCom and Quectel modems answer so where the standard has error codes.
        match words.to_ascii_uppercase().as_str() {
            "NOT READY" | "SIM NOT READY" | "SIM BUSY" | "BUSY" => Some(Self::NotReady),
            "NOT INSERTED" | "SIM NOT INSERTED" | "SIM REMOVED" | "REMOVED" | "NO SIM"
            | "SIM FAILURE" | "SIM WRONG" => Some(Self::Absent),
            _ => None,
        }
    }
}

/// The time after which a modem that is still busy with its SIM is asked for its radio: some modems
/// start with the radio off.
const RADIO_DELAY: Duration = Duration::from_secs(5);

impl Initialise {
    /// Reads the state of the SIM.
    pub(super) fn read_pin(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        if is_busy(answer) {
            return self.wait_for_sim(context);
        }
        if let Outcome::Error(failure) = answer.outcome() {
            return match failure.error() {
                FinalError::Cme(Some(CmeError(10 | 13 | 15)))
                | FinalError::Cms(Some(CmsError(310 | 313 | 315))) => self.miss_sim(),
                // A modem that does not know the command has no SIM to unlock.
                _ => Next::To(Label::Format),
            };
        }
        match (answer.parse(&ReadPin), &context.config.pin) {
            (Ok(PinState::SimPin), _) if self.unlocked || context.settings.pin_refused => {
                Next::Fail(ErrorKind::PinRefused.into())
            }
            (Ok(PinState::SimPin), Some(_)) => {
                self.unlocked = true;
                context.settings.locked_iccid = None;
                // Another SIM must not lose an attempt, and neither must the same one after a
                // restart of the program.
                let is_first = context.settings.first_iccid.is_none();
                match is_first && !context.ledger.records() && context.settings.pin_tried.is_empty()
                {
                    true => Next::To(Label::Attempts),
                    false => Next::To(Label::Card),
                }
            }
            (Ok(PinState::SimPin), None) => Next::Fail(ErrorKind::PinRequired.into()),
            (Ok(PinState::SimPuk), _) => {
                Next::Fail(ErrorKind::CodeRequired("SIM PUK".to_string()).into())
            }
            (Ok(state @ PinState::Other(_)), _) => match (SimCondition::of(&state), state) {
                (Some(SimCondition::NotReady), _) => self.wait_for_sim(context),
                (Some(SimCondition::Absent), _) => self.miss_sim(),
                (None, PinState::Other(code)) => Next::Fail(ErrorKind::CodeRequired(code).into()),
                (None, _) => Next::To(Label::Format),
            },
            (Ok(PinState::Ready), _) => {
                context.settings.pin_refused = false;
                Next::To(Label::Format)
            }
            // The second PIN does not protect messages, and an unreadable answer is not a reason to
            // give up.
            _ => Next::To(Label::Format),
        }
    }

    /// Reads the identity of a locked SIM: only the SIM of the first opening gets the PIN.
    ///
    /// Some modems hide the identity of a locked SIM. At run time the PIN is not tried then; over a
    /// new link it is, once, as at the first opening.
    pub(super) fn read_locked_card(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let found = ICCID.get(self.variant).and_then(|command| answer.parse(command).ok());
        context.settings.locked_iccid.clone_from(&found);
        let is_first = context.settings.first_iccid.is_none();
        let first = context.settings.first_iccid.as_ref().and_then(Option::as_ref);
        match (found, first) {
            (Some(found), Some(first)) if found == *first => untried(context),
            (Some(_), Some(_)) => Next::Fail(ErrorKind::UnknownSim.into()),
            (None, Some(_)) if self.variant.saturating_add(1) < ICCID.len() => self.next_variant(),
            (None, None) if is_first && self.variant.saturating_add(1) < ICCID.len() => {
                self.next_variant()
            }
            _ if self.at_run_time && !is_first => Next::Fail(ErrorKind::UnknownSim.into()),
            _ => untried(context),
        }
    }

    /// Waits for a SIM that is not ready.
    fn wait_for_sim(&mut self, context: &Context<'_>) -> Next {
        let waits = self.started.is_some_and(|started| started + RADIO_DELAY <= context.now);
        if self.missing.is_none() && (waits || !self.is_in_time(context)) {
            self.missing = Some(SimCondition::NotReady);
            return Next::To(Label::Radio);
        }
        if self.is_in_time(context) { Next::Pause } else { Next::Fail(ErrorKind::NotReady.into()) }
    }

    /// Handles a SIM that is not there: some modems do not read it while their radio is off.
    const fn miss_sim(&mut self) -> Next {
        self.missing = Some(SimCondition::Absent);
        Next::To(Label::Radio)
    }

    /// Reads the state of the radio of a modem that has no SIM.
    pub(super) fn read_radio(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        if is_radio_off(answer) {
            if context.config.switch_radio_on && !self.switched_on {
                self.switched_on = true;
                return Next::To(Label::SwitchOn);
            }
            return Next::Fail(ErrorKind::RadioOff.into());
        }
        match self.missing {
            Some(SimCondition::Absent) => Next::Fail(ErrorKind::NoSim.into()),
            _ if self.is_in_time(context) => Next::PauseAndUnlock,
            _ => Next::Fail(ErrorKind::NotReady.into()),
        }
    }

    /// Reads the answer to switching the radio on: the SIM is read again then.
    pub(super) fn read_switched_on(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        if let Err(error) = answer.result() {
            return Next::Fail(error);
        }
        self.missing = None;
        self.started = Some(context.now);
        self.deadline = Some(context.now + context.config.ready_timeout);
        Next::PauseAndUnlock
    }

    /// Reads the remaining attempts: with the last one a wrong PIN would lock the SIM.
    pub(super) fn read_attempts(&mut self, answer: &Answer, _: &mut Context<'_>) -> Next {
        let command = RETRIES.get(self.variant);
        match command.and_then(|command| answer.parse(command).ok()?.pin) {
            Some(left) if left <= 1 => Next::Fail(ErrorKind::LastPinRetry(left).into()),
            Some(_) => Next::Go,
            None => self.next_variant(),
        }
    }

    /// Reads the answer to the PIN.
    pub(super) fn read_unlock(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let is_busy = is_busy(answer);
        match answer.result() {
            Ok(_) => {
                clear_pin(context);
                Next::To(Label::Pin)
            }
            Err(error) => {
                if is_busy {
                    clear_pin(context);
                }
                // Not all modems report the reason. Only a modem that was busy has not checked the
                // PIN.
                context.settings.pin_refused = !is_busy;
                Next::Fail(pin_refused(error))
            }
        }
    }
}

/// Tries the PIN, unless it was tried before without a known answer, for this SIM or for one that
/// was hidden.
fn untried(context: &Context<'_>) -> Next {
    let tried = &context.settings.pin_tried;
    let locked = &context.settings.locked_iccid;
    if tried.contains(&None) || tried.contains(locked) || (locked.is_none() && !tried.is_empty()) {
        return Next::Fail(ErrorKind::PinRefused.into());
    }
    Next::To(Label::Attempts)
}

/// Notes and records that the PIN is given to the SIM: without another record it is not given
/// again.
pub(super) fn try_pin(context: &mut Context<'_>) {
    let iccid = context.settings.locked_iccid.clone();
    context.settings.pin_tried.insert(iccid.clone());
    context.ledger.emit(Record::PinTrying { iccid });
}

/// Notes and records that the SIM has accepted the PIN, or has not checked it.
fn clear_pin(context: &mut Context<'_>) {
    let iccid = context.settings.locked_iccid.clone();
    context.settings.pin_tried.remove(&iccid);
    context.ledger.emit(Record::PinCleared { iccid });
}

/// Returns `true` if the modem has switched its radio off: `+CFUN` 0 or 4, 3GPP TS 27.007, 8.2.
///
/// The other values are left alone, since vendors use them for states of their own.
pub(in crate::procedures) fn is_radio_off(answer: &Answer) -> bool {
    matches!(answer.parse(&ReadFunctionality), Ok(Some(0 | 4)))
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
