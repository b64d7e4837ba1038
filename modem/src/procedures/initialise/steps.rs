//! The steps of the initialisation in order: each question with the reading of its answer.
//!
//! A message that waits is sent between the two tables.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::general::{
    Attention, CharacterSet, ReadFunctionality, ReadIdentity, ReadImei, SetCharacterSet, SetEcho,
    SetErrorReports, SetFunctionality, SetVerbose, TestCharacterSet,
};
use at_proto::network::{Domain, ReadRegistration, SetRegistrationReports};
use at_proto::sim::{EnterPin, ReadImsi, ReadPin};
use at_proto::sms::{
    Centre, Indications, Memory, ReadCentre, ReadIndications, ReadStorage, SetFormat,
    SetIndications, SetService, SetStorage, TestFormat, TestIndications, TestStorage,
};
use at_proto::{Command, Outcome, Request};
use gsm7::charset::Charset;

use super::super::choose;
use super::{
    ICCID, Initialise, Label, Next, RETRIES, StepRow, is_busy, is_radio_off, note_five_g,
    note_registration, on_the_wire,
};
use crate::config::Receive;
use crate::error::ErrorKind;
use crate::event::Task;
use crate::procedure::{Answer, Context};
use crate::profile::{self, Card};

/// The steps that a message needs: a ready SIM, PDU mode, the memories and announcements for its
/// report, and the registration.
pub(super) const ESSENTIAL: &[StepRow] = &[
    step(|_, context| quick(&Attention, context), Initialise::read_attention),
    step(|_, context| quick(&SetEcho(false), context), ignore),
    step(|_, context| quick(&SetVerbose, context), ignore),
    step(|_, context| quick(&SetErrorReports(1), context), ignore),
    step(|_, _| slow(&ReadPin), Initialise::read_pin).labelled(Label::Pin),
    // Only the PIN leads to these three, and to the first one only after the first opening.
    step(|this, context| quick(ICCID.get(this.variant)?, context), Initialise::read_locked_card)
        .labelled(Label::Card),
    step(|this, context| quick(RETRIES.get(this.variant)?, context), Initialise::read_attempts)
        .labelled(Label::Attempts),
    step(|_, context| slow(&EnterPin::Pin(context.config.pin.clone()?)), Initialise::read_unlock)
        .labelled(Label::Unlock),
    // Only a SIM that is not ready leads to these two.
    step(|_, context| quick(&ReadFunctionality, context), Initialise::read_radio)
        .labelled(Label::Radio),
    step(|_, _| slow(&RADIO_ON), Initialise::read_switched_on).labelled(Label::SwitchOn),
    step(|_, _| slow(&SetFormat { text: false }), Initialise::read_format).labelled(Label::Format),
    // Only a modem that refuses PDU mode is asked whether it has one, or no other.
    step(|this, _| this.refusal.as_ref().and_then(|_| slow(&TestFormat)), Initialise::read_formats),
    step(|_, _| slow(&TestStorage), Initialise::read_storage_offered),
    step(|_, _| slow(&ReadStorage), Initialise::read_storage),
    step(
        |_, context| {
            let memories = &context.settings.storage;
            let wanted = receives(context) && !memories.is_empty();
            wanted.then(|| SetStorage(memories.clone()).request())
        },
        Initialise::read_storage_set,
    ),
    step(
        |this, context| slow(&SetService(u8::from(this.is_direct(context)))),
        |this, answer, context| {
            // Only phase 2+ of the service lets the host acknowledge direct deliveries.
            context.settings.acknowledges = answer.is_ok() && this.is_direct(context);
            Next::Go
        },
    ),
    step(
        |_, context| receives(context).then(|| TestIndications.request()),
        |this, answer, context| {
            let offered = answer.parse(&TestIndications).unwrap_or_default();
            this.candidates.extend(context.config.indications);
            if this.candidates.is_empty() {
                this.candidates = choose::indications(&offered, this.is_direct(context)).into();
            }
            this.wanted = this.candidates.front().copied();
            context.settings.refused_indications = None;
            Next::Go
        },
    ),
    step(
        |this, _| slow(&SetIndications(*this.candidates.front()?)),
        Initialise::read_indications_set,
    ),
    step(
        |_, context| receives(context).then(|| ReadIndications.request()),
        |this, answer, context| {
            // The setting reported by the modem counts; without a report the command is trusted.
            let accepted = this.candidates.front().copied();
            let now = answer.parse(&ReadIndications).ok().or(accepted);
            context.profile.indications = now.filter(announces);
            if accepted.is_some() && context.profile.indications.is_none() {
                context.settings.refused_indications = accepted;
                context.task_failed(Task::RearmIndications, &ErrorKind::NotAnnounced.into());
            }
            Next::Go
        },
    ),
    step(
        |_, context| quick(&ReadRegistration(Domain::Circuit), context),
        |_, answer, context| {
            note_registration(Domain::Circuit, answer, context);
            Next::Go
        },
    ),
    step(
        |_, context| quick(&ReadRegistration(Domain::Eps), context),
        |_, answer, context| {
            note_registration(Domain::Eps, answer, context);
            Next::Go
        },
    ),
    // Only a modem that is not registered elsewhere may be in 5G alone.
    step(
        |_, context| {
            let unregistered = context.settings.registrations.is_registered() == Some(false);
            unregistered.then(|| quick(&ReadRegistration(Domain::FiveG), context))?
        },
        |_, answer, context| {
            note_five_g(answer, context);
            Next::Go
        },
    ),
    // Only a modem that is not registered may have its radio off.
    step(
        |_, context| {
            let unregistered = context.settings.registrations.is_registered() == Some(false);
            unregistered.then(|| quick(&ReadFunctionality, context))?
        },
        |_, answer, context| {
            context.settings.radio_off = is_radio_off(answer);
            Next::Go
        },
    ),
    step(
        |_, context| {
            let wanted = context.settings.is_radio_off() && context.config.switch_radio_on;
            wanted.then(|| slow(&RADIO_ON))?
        },
        |_, answer, context| {
            context.settings.radio_off = !answer.is_ok();
            Next::Go
        },
    ),
];

/// The steps that a message does not need: the identity of modem and SIM, strings, reports.
pub(super) const REST: &[StepRow] = &[
    step(
        |_, context| quick(&ReadIdentity::Manufacturer, context),
        |_, answer, context| {
            context.profile.manufacturer = answer.parse(&ReadIdentity::Manufacturer).ok();
            Next::Go
        },
    ),
    step(
        |_, context| quick(&ReadIdentity::Model, context),
        |_, answer, context| {
            context.profile.model = answer.parse(&ReadIdentity::Model).ok();
            Next::Go
        },
    ),
    step(
        |_, context| quick(&ReadIdentity::Revision, context),
        |_, answer, context| {
            context.profile.revision = answer.parse(&ReadIdentity::Revision).ok();
            Next::Go
        },
    ),
    step(
        |_, context| quick(&ReadImei, context),
        |_, answer, context| {
            context.profile.imei = answer.parse(&ReadImei).ok();
            Next::Go
        },
    ),
    step(
        |_, _| slow(&ReadImsi),
        |_, answer, context| {
            context.profile.imsi = answer.parse(&ReadImsi).ok();
            // The ICCID replaces it if the modem shows one.
            context.settings.card = context.profile.imsi.clone().map(Card::Imsi);
            context.profile.iccid = None;
            Next::Go
        },
    ),
    step(|this, context| quick(ICCID.get(this.variant)?, context), Initialise::read_iccid),
    step(
        |_, context| match context.config.character_set {
            Some(_) => None,
            None => quick(&TestCharacterSet, context),
        },
        |_, answer, context| {
            let offered = answer.parse(&TestCharacterSet).unwrap_or_default();
            context.profile.character_set = character_set(&offered);
            Next::Go
        },
    ),
    step(
        |_, context| quick(&SetCharacterSet(on_the_wire(chosen_charset(context)?)), context),
        |_, answer, context| {
            context.profile.character_set = chosen_charset(context).filter(|_| answer.is_ok());
            Next::Go
        },
    ),
    step(|_, _| slow(&ReadCentre), Initialise::read_centre),
    step(|this, context| this.ask_reports(Domain::Circuit, context), Initialise::read_reports),
    step(
        |_, context| ask_place(Domain::Circuit, context),
        |_, answer, context| {
            note_registration(Domain::Circuit, answer, context);
            Next::Go
        },
    ),
    step(|this, context| this.ask_reports(Domain::Eps, context), Initialise::read_reports),
    step(
        |_, context| ask_place(Domain::Eps, context),
        |_, answer, context| {
            note_registration(Domain::Eps, answer, context);
            Next::Go
        },
    ),
    step(
        |this, context| {
            let has_five_g = context.settings.five_g == Some(true);
            has_five_g.then(|| this.ask_reports(Domain::FiveG, context))?
        },
        Initialise::read_reports,
    ),
];

/// Switches the radio on, without a reset.
pub(in crate::procedures) const RADIO_ON: SetFunctionality =
    SetFunctionality { level: 1, reset: false };

const fn step(
    ask: fn(&Initialise, &Context<'_>) -> Option<Request>,
    read: fn(&mut Initialise, &Answer, &mut Context<'_>) -> Next,
) -> StepRow {
    StepRow { label: Label::None, ask, read }
}

impl StepRow {
    const fn labelled(self, label: Label) -> Self {
        Self { label, ..self }
    }
}

/// A command that needs neither the network nor the SIM.
#[expect(clippy::unnecessary_wraps, reason = "each question of the table may be absent")]
fn quick<C: Command>(command: &C, context: &Context<'_>) -> Option<Request> {
    Some(command.request().timeout(context.config.answer_timeout))
}

/// A command with its own timeout.
#[expect(clippy::unnecessary_wraps, reason = "each question of the table may be absent")]
fn slow<C: Command>(command: &C) -> Option<Request> {
    Some(command.request())
}

/// Ignores an answer.
fn ignore(_: &mut Initialise, _: &Answer, _: &mut Context<'_>) -> Next {
    Next::Go
}

/// Reads the place again once its reports name it, since broadcasts depend on it.
fn ask_place(domain: Domain, context: &Context<'_>) -> Option<Request> {
    locates(context).then(|| quick(&ReadRegistration(domain), context))?
}

/// Returns `true` if the modem delivers broadcasts, and the configuration wants them located.
fn locates(context: &Context<'_>) -> bool {
    let delivers = context.profile.indications.is_some_and(|indications| indications.bm > 0);
    delivers && context.config.locate_broadcasts
}

fn receives(context: &Context<'_>) -> bool {
    context.config.receive != Receive::Off
}

fn chosen_charset(context: &Context<'_>) -> Option<Charset> {
    context.config.character_set.or(context.profile.character_set)
}

/// Returns `true` if new messages are announced.
pub(in crate::procedures) const fn announces(indications: &Indications) -> bool {
    indications.mode > 0 && indications.mt > 0
}

/// The setting in which a modem reports changes of its registration, without the cell.
pub(in crate::procedures) const fn reports(domain: Domain) -> SetRegistrationReports {
    SetRegistrationReports { domain, n: 1 }
}

impl Initialise {
    /// Broadcasts are new in another cell, so that a modem that delivers them is to report its cell
    /// too, if the configuration wants that and the modem can.
    fn ask_reports(&self, domain: Domain, context: &Context<'_>) -> Option<Request> {
        let located = SetRegistrationReports { domain, n: 2 };
        let settings = match locates(context) {
            true => &[located, reports(domain)][..],
            false => &[reports(domain)],
        };
        quick(settings.get(self.variant)?, context)
    }

    fn read_reports(&mut self, answer: &Answer, _: &mut Context<'_>) -> Next {
        if answer.is_ok() { Next::Go } else { self.next_variant() }
    }

    fn read_attention(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        self.attempts = self.attempts.saturating_add(1);
        match answer.outcome() {
            // A modem that answers anything is present.
            Outcome::Response(_) | Outcome::Error(_) => Next::Go,
            _ if self.attempts < context.config.attention_attempts => Next::Again,
            _ => Next::Fail(ErrorKind::NoResponse.into()),
        }
    }

    fn read_iccid(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let command = ICCID.get(self.variant);
        let found = command.and_then(|command| Some((*command, answer.parse(command).ok()?)));
        match found {
            Some((command, iccid)) => {
                context.profile.iccid = Some(iccid.clone());
                context.settings.card = Some(Card::Iccid(command, iccid));
                Next::Go
            }
            None => self.next_variant(),
        }
    }

    /// Reads the answer to PDU mode. SMS commands answer ERROR until the modem has read its SIM.
    ///
    /// Earlier questions about the SIM have had no answer either: on SIMCom modems not even the
    /// question whether the SIM needs its PIN.
    fn read_format(&mut self, answer: &Answer, _: &mut Context<'_>) -> Next {
        match answer.outcome() {
            Outcome::Response(_) => Next::Go,
            Outcome::Error(_) => {
                self.refusal = Some(answer.error());
                Next::Go
            }
            _ => Next::Fail(answer.error()),
        }
    }

    /// Reads the modes of a modem that has refused PDU mode: a modem with that mode alone may
    /// refuse to set it.
    fn read_formats(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let refusal = self.refusal.take();
        match (answer.parse(&TestFormat), refusal) {
            (Ok(modes), _) if modes.contains(1) && !modes.contains(0) => {
                Next::Fail(ErrorKind::Unsupported("PDU mode").into())
            }
            (Ok(modes), _) if modes.contains(0) && !modes.contains(1) => Next::Go,
            (_, Some(refusal)) if !self.is_in_time(context) => Next::Fail(refusal),
            _ => Next::PauseAndUnlock,
        }
    }

    fn read_storage_offered(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        if is_busy(answer) && self.is_in_time(context) {
            return Next::Pause;
        }
        context.settings.memories_unknown = false;
        match answer.parse(&TestStorage) {
            Ok(offered) => {
                self.lists = offered.lists;
                context.profile.memories = readable(self.lists.first());
                let known = &context.profile.memories;
                context.settings.selectable.retain(|memory| known.contains(memory));
            }
            // A modem that does not list its memories may store on the SIM anyway; each sweep asks
            // again.
            Err(_) => {
                context.profile.memories = Vec::from([Memory::SIM]);
                context.settings.memories_unknown = true;
            }
        }
        Next::Go
    }

    fn read_storage(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let uses = answer.parse(&ReadStorage).unwrap_or_default();
        let now = uses.last().and_then(|last| last.memory);
        let wanted = context.config.memory;
        let chosen = choose::memories(&self.lists, wanted.as_ref(), now.as_ref(), &Memory::SIM);
        context.profile.receiving = chosen.last().copied();
        context.settings.storage = chosen;
        context.settings.reading = None;
        context.settings.last_selected = None;
        Next::Go
    }

    fn read_storage_set(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let storage = &mut context.settings.storage;
        if !answer.is_ok() {
            // Some modems accept fewer memories than they list.
            let memory = storage.pop();
            if let Some(memory) = memory.filter(|_| storage.is_empty()) {
                // The sweep after the initialisation selects it again.
                let task = Task::SelectMemory(memory);
                context.task_failed_at_first(task, answer.error(), Duration::ZERO);
            }
            return Next::Again;
        }
        let first = storage.first().copied();
        context.settings.reading = first;
        context.settings.last_selected = first;
        Next::Go
    }

    /// Reads the answer to the announcement of messages. Modems refuse settings that they have
    /// offered; the next best is tried.
    fn read_indications_set(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        if answer.is_ok() {
            context.settings.retries.succeeded(Task::RearmIndications);
            return Next::Go;
        }
        self.candidates.pop_front();
        if self.candidates.is_empty() {
            context.settings.refused_indications = self.wanted;
            context.task_failed(Task::RearmIndications, &answer.error());
        }
        Next::Again
    }

    fn read_centre(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let centre = answer.parse(&ReadCentre).ok();
        let centre = centre.filter(|centre| !centre.number.is_empty());
        let number = centre.as_ref().map(|centre| &centre.number);
        context.profile.smsc = number.map(|number| String::from_utf8_lossy(number).into_owned());
        let card = &context.settings.card;
        match centre {
            Some(Centre { number, kind, .. }) => {
                let card = card.clone();
                context.settings.centre = Some(profile::Centre { number, kind, card });
            }
            // A SIM that has lost its centre keeps what it had before.
            None => {
                let known = |centre: &mut profile::Centre| card.is_some() && centre.card == *card;
                if !context.settings.centre.as_mut().is_some_and(known) {
                    context.settings.centre = None;
                }
            }
        }
        Next::Go
    }
}

/// GSM preserves every text of the network; HEX and UCS2 stop USSD on some modems.
fn character_set(offered: &[CharacterSet]) -> Option<Charset> {
    [Charset::Gsm, Charset::Ira]
        .into_iter()
        .find(|charset| offered.contains(&on_the_wire(*charset)))
}

/// The memories to search for messages. MT is SM and ME together, and repeats their messages.
pub(in crate::procedures) fn readable(list: Option<&Vec<Memory>>) -> Vec<Memory> {
    let listed = |memory: &Memory| list.is_some_and(|list| list.contains(memory));
    let mut memories: Vec<Memory> =
        [Memory::SIM, Memory::MODEM].into_iter().filter(listed).collect();
    if memories.is_empty() {
        memories.extend(Some(Memory::BOTH).filter(listed));
    }
    memories.extend(Some(Memory::STATUS_REPORTS).filter(listed));
    memories
}
