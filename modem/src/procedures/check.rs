//! Looks whether the modem is still set as it was left, 3GPP TS 27.005, 3.2.3 and 3.4.1, 27.007, 5.5.

use at_proto::general::{ReadCharacterSet, ReadErrorReports};
use at_proto::network::{Domain, ReadRegistration};
use at_proto::sms::{Indications, ReadFormat, ReadIndications, SetIndications};

use super::initialise::{note_registration, on_the_wire};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Reads the settings that everything else depends on.
///
/// Modems reset themselves without a word, and other programs and command lines of the application change settings. Indications
/// alone, which some modems drop, are armed again here.
#[derive(Debug, Default)]
pub(crate) struct Check {
    stage: Stage,
}

/// How a modem is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// As it was left.
    Good,
    /// It had stopped announcing what it receives, and does so again.
    Rearmed,
    /// Otherwise: it has to be initialised again.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Format,
    CharacterSet,
    Indications,
    ErrorNumbers,
    Rearming,
    Registration,
    PacketRegistration,
}

impl Procedure for Check {
    type Output = Condition;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Condition> {
        let answer = match input {
            Input::Start => return Step::command(&ReadFormat),
            Input::Answer(answer) if answer.is_closed() => {
                return Step::Done(Err(answer.into_error()));
            }
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        match self.stage {
            Stage::Format => match answer.parse(&ReadFormat) {
                Ok(true) => Step::Done(Ok(Condition::Lost)),
                // A modem that does not say is believed.
                _ => self.character_set(context),
            },
            Stage::CharacterSet => {
                match (answer.parse(&ReadCharacterSet), context.profile.character_set) {
                    (Ok(now), Some(wanted)) if now != on_the_wire(wanted) => {
                        Step::Done(Ok(Condition::Lost))
                    }
                    _ => self.indications(context),
                }
            }
            Stage::Indications => self.compare(answer, context),
            // With the errors in numbers more than the indications is lost: the modem has started anew.
            Stage::ErrorNumbers => {
                match (answer.parse(&ReadErrorReports), context.profile.indications) {
                    (Ok(0), _) | (_, None) => Step::Done(Ok(Condition::Lost)),
                    (_, Some(wanted)) => {
                        self.stage = Stage::Rearming;
                        Step::command(&SetIndications(wanted))
                    }
                }
            }
            Stage::Rearming if answer.is_ok() => Step::Done(Ok(Condition::Rearmed)),
            Stage::Rearming => Step::Done(Ok(Condition::Lost)),
            Stage::Registration => {
                note_registration(Domain::Circuit, answer, context);
                self.stage = Stage::PacketRegistration;
                Step::command(&ReadRegistration(Domain::Eps))
            }
            Stage::PacketRegistration => {
                note_registration(Domain::Eps, answer, context);
                Step::Done(Ok(Condition::Good))
            }
        }
    }
}

impl Check {
    fn character_set(&mut self, context: &Context<'_>) -> Step<Condition> {
        if context.profile.character_set.is_none() {
            return self.indications(context);
        }
        self.stage = Stage::CharacterSet;
        Step::command(&ReadCharacterSet)
    }

    fn indications(&mut self, context: &Context<'_>) -> Step<Condition> {
        if context.profile.indications.is_none() {
            return self.good(context);
        }
        self.stage = Stage::Indications;
        Step::command(&ReadIndications)
    }

    fn compare(&mut self, answer: Answer, context: &Context<'_>) -> Step<Condition> {
        match (answer.parse(&ReadIndications), context.profile.indications) {
            (Ok(now), Some(wanted)) if !is_armed(now, wanted) => {
                self.stage = Stage::ErrorNumbers;
                Step::command(&ReadErrorReports)
            }
            _ => self.good(context),
        }
    }

    /// Asks a modem that is not registered once more: what it announced may have been lost, and messages wait for it.
    fn good(&mut self, context: &Context<'_>) -> Step<Condition> {
        if context.settings.registrations.is_registered() != Some(false) {
            return Step::Done(Ok(Condition::Good));
        }
        self.stage = Stage::Registration;
        Step::command(&ReadRegistration(Domain::Circuit))
    }
}

/// Whether messages and reports are announced as they were to be. The other values some modems show as they like.
fn is_armed(now: Indications, wanted: Indications) -> bool {
    (now.mode > 0, now.mt, now.ds) == (wanted.mode > 0, wanted.mt, wanted.ds)
}
