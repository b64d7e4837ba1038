//! Checks whether the modem still has its settings, 3GPP TS 27.005, 3.2.3 and 3.4.1, 27.007, 5.5.

use at_proto::Outcome;
use at_proto::general::{ReadCharacterSet, ReadErrorReports, ReadFunctionality, SetEcho};
use at_proto::network::{Domain, ReadRegistration};
use at_proto::sms::{Indications, ReadFormat, ReadIndications, SetIndications};

use super::initialise::{
    RADIO_ON, announces, is_radio_off, note_five_g, note_registration, on_the_wire, reports,
};
use crate::error::ErrorKind;
use crate::event::Task;
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::profile::Settings;

/// Reads the settings that everything else depends on.
///
/// Modems reset themselves without a report. Other programs and the command lines of the
/// application change settings too. Indications alone, which some modems drop, are armed again
/// here.
#[derive(Debug, Default)]
pub(crate) struct Check {
    stage: Stage,
    /// The SIM is identified too.
    identifies: bool,
    /// A question had no answer.
    is_incomplete: bool,
    /// The settings are read again, since they may have changed while they were read.
    is_repeated: bool,
    /// The indications were armed again.
    is_rearmed: bool,
}

/// The state of the modem's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// As configured.
    Good,
    /// The modem had stopped announcing new messages, and announces them again.
    Rearmed,
    /// The modem has stopped announcing new messages, and does not announce them again.
    Silent,
    /// Other settings are lost: the modem has to be initialised again.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Begin,
    Echo,
    Format,
    CharacterSet,
    Indications,
    ErrorNumbers,
    Rearming,
    /// The indications that were accepted are read.
    Rearmed,
    Card,
    Registration,
    PacketRegistration,
    FiveGRegistration,
    FiveGReports,
    Radio,
    RadioOn,
    /// The format is read last, since something happens during each reading of the settings.
    LastFormat,
}

impl Procedure for Check {
    type Output = Condition;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Condition> {
        match self.advance(&input, context) {
            Step::Done(Ok(condition)) => self.conclude(condition, context),
            step => step,
        }
    }
}

impl Check {
    /// A check that also notices another SIM.
    pub(crate) fn with_card() -> Self {
        Self { identifies: true, ..Self::default() }
    }

    fn advance(&mut self, input: &Input<'_>, context: &mut Context<'_>) -> Step<Condition> {
        let answer = match input {
            Input::Start => return self.begin(context),
            Input::Answer(answer) if answer.is_closed() => {
                return Step::Done(Err(answer.error()));
            }
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        if matches!(answer.outcome(), Outcome::Timeout { .. }) {
            // A setting that is not reported is trusted, and asked for again.
            context.task_failed(Task::CheckSettings, &answer.error());
            self.is_incomplete = true;
        }
        match self.stage {
            Stage::Begin => self.format(),
            Stage::Echo => {
                context.settings.echo_is_off = answer.is_ok();
                self.format()
            }
            Stage::Format => match answer.parse(&ReadFormat) {
                Ok(true) => Step::Done(Ok(Condition::Lost)),
                // A modem that does not report its setting is trusted.
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
            // With numeric errors more than the indications is lost: the modem has restarted.
            Stage::ErrorNumbers => {
                match (answer.parse(&ReadErrorReports), context.profile.indications) {
                    (Ok(0), _) | (_, None) => Step::Done(Ok(Condition::Lost)),
                    (_, Some(wanted)) => self.rearm(wanted),
                }
            }
            Stage::Rearming => self.rearmed(answer, context),
            Stage::Rearmed => self.verified(answer, context),
            Stage::Card => {
                let card = context.settings.card.as_ref();
                context.settings.other_card =
                    card.is_some_and(|card| card.is_in(answer) == Some(false));
                self.registration(context)
            }
            Stage::Registration => {
                note_registration(Domain::Circuit, answer, context);
                self.stage = Stage::PacketRegistration;
                Step::command(&ReadRegistration(Domain::Eps))
            }
            Stage::PacketRegistration => {
                note_registration(Domain::Eps, answer, context);
                if is_unregistered(context) && context.settings.five_g != Some(false) {
                    self.stage = Stage::FiveGRegistration;
                    return Step::command(&ReadRegistration(Domain::FiveG));
                }
                self.radio(context)
            }
            Stage::FiveGRegistration => {
                let known = context.settings.five_g == Some(true);
                note_five_g(answer, context);
                if context.settings.five_g == Some(true) && !known {
                    self.stage = Stage::FiveGReports;
                    return Step::command(&reports(Domain::FiveG));
                }
                self.radio(context)
            }
            Stage::FiveGReports => self.radio(context),
            Stage::Radio => {
                context.settings.radio_off = is_radio_off(answer);
                if context.settings.radio_off && context.config.switch_radio_on {
                    self.stage = Stage::RadioOn;
                    return Step::command(&RADIO_ON);
                }
                Step::Done(Ok(Condition::Good))
            }
            Stage::RadioOn => {
                context.settings.radio_off = !answer.is_ok();
                Step::Done(Ok(Condition::Good))
            }
            Stage::LastFormat => {
                let text = answer.parse(&ReadFormat) == Ok(true);
                Step::Done(Ok(if text { Condition::Lost } else { Condition::Good }))
            }
        }
    }

    /// Reads the settings. What shows from now on that they may have changed makes this reading
    /// stale.
    fn begin(&mut self, context: &mut Context<'_>) -> Step<Condition> {
        context.settings.unchecked = false;
        if core::mem::take(&mut context.settings.echo_returned) {
            self.stage = Stage::Echo;
            return Step::command(&SetEcho(false));
        }
        self.format()
    }

    /// Ends the check, unless its reading is stale. A modem that echoes during the second reading
    /// too does so by habit: its echo proves nothing any more, and its format is read last.
    fn conclude(&mut self, condition: Condition, context: &mut Context<'_>) -> Step<Condition> {
        self.is_rearmed |= condition == Condition::Rearmed;
        let settings = &mut *context.settings;
        let is_stale = core::mem::take(&mut settings.unchecked)
            && condition != Condition::Lost
            && self.stage != Stage::LastFormat;
        if is_stale && !self.is_repeated {
            self.is_repeated = true;
            return self.begin(context);
        }
        if is_stale {
            settings.echo_returned = false;
            self.stage = Stage::LastFormat;
            return Step::command(&ReadFormat);
        }
        if !self.is_incomplete {
            settings.retries.succeeded(Task::CheckSettings);
        }
        Step::Done(Ok(match condition {
            Condition::Good if self.is_rearmed => Condition::Rearmed,
            condition => condition,
        }))
    }

    fn format(&mut self) -> Step<Condition> {
        self.stage = Stage::Format;
        Step::command(&ReadFormat)
    }

    fn character_set(&mut self, context: &Context<'_>) -> Step<Condition> {
        if context.profile.character_set.is_none() {
            return self.indications(context);
        }
        self.stage = Stage::CharacterSet;
        Step::command(&ReadCharacterSet)
    }

    fn indications(&mut self, context: &Context<'_>) -> Step<Condition> {
        let Settings { paused, refused_indications, retries, .. } = &*context.settings;
        match (context.profile.indications, *refused_indications) {
            (Some(_), _) if !paused => {
                self.stage = Stage::Indications;
                Step::command(&ReadIndications)
            }
            (None, Some(refused)) if retries.may_run(Task::RearmIndications, context.now) => {
                self.rearm(refused)
            }
            _ => self.good(context),
        }
    }

    fn rearm(&mut self, wanted: Indications) -> Step<Condition> {
        self.stage = Stage::Rearming;
        Step::command(&SetIndications(wanted))
    }

    /// Handles the answer to arming the indications. A modem that refuses what it had accepted
    /// before may accept another setting at its next initialisation.
    fn rearmed(&mut self, answer: &Answer, context: &mut Context<'_>) -> Step<Condition> {
        if answer.is_ok() {
            self.stage = Stage::Rearmed;
            return Step::command(&ReadIndications);
        }
        context.task_failed(Task::RearmIndications, &answer.error());
        match context.profile.indications {
            Some(_) => Step::Done(Ok(Condition::Lost)),
            None => self.good(context),
        }
    }

    /// Compares the indications with those that the modem has just accepted. A modem that does not
    /// report them is trusted.
    fn verified(&mut self, answer: &Answer, context: &mut Context<'_>) -> Step<Condition> {
        let settings = &mut *context.settings;
        let accepted = context.profile.indications.or(settings.refused_indications);
        if answer.parse(&ReadIndications).is_ok_and(|now| !announces(&now)) {
            settings.refused_indications = accepted;
            let was_announced = context.profile.indications.take().is_some();
            context.task_failed(Task::RearmIndications, &ErrorKind::NotAnnounced.into());
            return match was_announced {
                true => Step::Done(Ok(Condition::Silent)),
                false => self.good(context),
            };
        }
        settings.retries.succeeded(Task::RearmIndications);
        settings.refused_indications = None;
        context.profile.indications = accepted;
        Step::Done(Ok(Condition::Rearmed))
    }

    fn compare(&mut self, answer: &Answer, context: &Context<'_>) -> Step<Condition> {
        match (answer.parse(&ReadIndications), context.profile.indications) {
            (Ok(now), Some(wanted)) if !is_armed(now, wanted) => {
                self.stage = Stage::ErrorNumbers;
                Step::command(&ReadErrorReports)
            }
            _ => self.good(context),
        }
    }

    /// Asks for the SIM, which some modems exchange without a word.
    fn good(&mut self, context: &Context<'_>) -> Step<Condition> {
        match context.settings.card.as_ref().filter(|_| self.identifies) {
            Some(card) => {
                self.stage = Stage::Card;
                Step::Run(card.request().timeout(context.config.answer_timeout))
            }
            None => self.registration(context),
        }
    }

    /// Asks an unregistered modem again: its report may have been lost, and messages wait for its
    /// registration.
    fn registration(&mut self, context: &Context<'_>) -> Step<Condition> {
        if !is_unregistered(context) {
            return Step::Done(Ok(Condition::Good));
        }
        self.stage = Stage::Registration;
        Step::command(&ReadRegistration(Domain::Circuit))
    }

    /// Asks for the radio of a modem that is registered nowhere.
    fn radio(&mut self, context: &mut Context<'_>) -> Step<Condition> {
        if !is_unregistered(context) {
            context.settings.radio_off = false;
            return Step::Done(Ok(Condition::Good));
        }
        self.stage = Stage::Radio;
        Step::command(&ReadFunctionality)
    }
}

fn is_unregistered(context: &Context<'_>) -> bool {
    context.settings.registrations.is_registered() == Some(false)
}

/// Returns `true` if messages and reports are announced as configured. Some modems show the other
/// values as they like.
fn is_armed(now: Indications, wanted: Indications) -> bool {
    (now.mode > 0, now.mt, now.ds) == (wanted.mode > 0, wanted.mt, wanted.ds)
}
