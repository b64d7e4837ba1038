//! Identifies a modem and its capabilities, and sets it up step by step.
//!
//! The steps are two tables, `ESSENTIAL` and `REST`: each row has the question and the reading of
//! its answer.

mod pin;
mod steps;

pub(crate) use self::pin::SimCondition;
pub(super) use self::pin::is_radio_off;
use self::pin::try_pin;
pub(super) use self::steps::{RADIO_ON, announces, reports};

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::general::CharacterSet;
use at_proto::network::{Domain, ReadRegistration};
use at_proto::sim::{ReadIccid, ReadRetries};
use at_proto::sms::{Indications, Memory};
use at_proto::{CmeError, CmsError, FinalError, Instant, Outcome, Request};
use gsm7::charset::Charset;
use pdu::collections::Deque;

pub(super) use self::steps::readable;
use self::steps::{ESSENTIAL, REST};
use crate::config::Receive;
use crate::error::{Error, ErrorKind};
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::registration::Registrations;
use crate::retry::doubled;

/// The initialisation of an unknown modem.
///
/// Only three things must succeed: an answer to `AT`, an unlocked SIM, and PDU mode. All other
/// settings are made if the modem supports them, and its profile notes those that it does not
/// support.
#[derive(Debug, Default)]
pub(crate) struct Initialise {
    /// The steps are those of `REST`; the others were done.
    is_rest: bool,
    /// The current row of the table.
    at: usize,
    /// The number of times that the first `AT` was sent.
    attempts: u8,
    started: Option<Instant>,
    deadline: Option<Instant>,
    /// The index of the current command among the variants for the same question.
    variant: usize,
    /// The session itself has begun, on a link that was initialised before.
    at_run_time: bool,
    /// The PIN was entered once; it is not entered again.
    unlocked: bool,
    /// The number of delays in which the modem was busy.
    pauses: u32,
    /// The reason why the radio is asked for before the SIM is ready.
    missing: Option<SimCondition>,
    /// The refusal of PDU mode, whose reason is asked for.
    refusal: Option<Error>,
    /// The radio was switched on once; it is not switched on again.
    switched_on: bool,
    /// The memories of each list in the answer to `AT+CPMS=?`.
    lists: Vec<Vec<Memory>>,
    /// The settings of `+CNMI` that are left to try.
    candidates: Deque<Indications>,
    /// The best of them.
    wanted: Option<Indications>,
}

/// One question, and the reading of its answer.
struct StepRow {
    /// The label by which another step jumps to this one.
    label: Label,
    /// The command; `None` if there is nothing to ask.
    ask: fn(&Initialise, &Context<'_>) -> Option<Request>,
    read: fn(&mut Initialise, &Answer, &mut Context<'_>) -> Next,
}

/// The steps that another step jumps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// Reached only in the order of the table.
    None,
    Pin,
    Card,
    Attempts,
    Unlock,
    Radio,
    SwitchOn,
    Format,
}

/// The step that follows.
enum Next {
    /// The next row of the table.
    Go,
    /// The same row, after a pause.
    Pause,
    /// The row that asks for the state of the SIM, after a pause.
    PauseAndUnlock,
    /// The same row, at once.
    Again,
    /// The row with this label.
    To(Label),
    Fail(Error),
}

/// The commands for the remaining attempts of the PIN; a modem knows at most one of them.
pub(crate) const RETRIES: &[ReadRetries] = &[
    ReadRetries::Standard,
    ReadRetries::Huawei,
    ReadRetries::Simcom,
    ReadRetries::Telit,
    ReadRetries::MediaTek,
];

/// The commands for the number of the SIM card.
const ICCID: [ReadIccid; 5] =
    [ReadIccid::Ccid, ReadIccid::Iccid, ReadIccid::Quectel, ReadIccid::Huawei, ReadIccid::Telit];

/// The delay before a modem that is busy with its SIM is asked again; it doubles after every second
/// question.
const BUSY_DELAY: Duration = Duration::from_secs(1);

/// The longest of these delays.
const MAX_BUSY_DELAY: Duration = Duration::from_secs(8);

impl Procedure for Initialise {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        let next = match &input {
            Input::Start if self.is_rest => Next::Again,
            Input::Start => {
                self.started = Some(context.now);
                self.deadline = Some(context.now + context.config.ready_timeout);
                context.settings.registrations = Registrations::default();
                context.settings.five_g = None;
                (context.settings.echo_is_off, context.settings.echo_returned) = (false, false);
                context.settings.radio_off = false;
                // A line of another program may undo a step from now on.
                context.settings.unchecked = false;
                Next::Again
            }
            Input::Elapsed => Next::Again,
            Input::Answer(answer) => self.answered(answer, context),
            _ => return Step::Listen,
        };
        match next {
            Next::Fail(error) => return Step::Done(Err(error)),
            Next::Pause => return self.pause(context),
            Next::PauseAndUnlock => {
                self.go_to(Label::Pin);
                return self.pause(context);
            }
            Next::Again => {}
            Next::Go => self.advance(),
            Next::To(label) => self.go_to(label),
        }
        while let Some(row) = self.steps().get(self.at) {
            match (row.ask)(self, context) {
                Some(request) => {
                    if row.label == Label::Unlock {
                        try_pin(context);
                    }
                    return Step::Run(request);
                }
                None => self.advance(),
            }
        }
        Step::Done(Ok(()))
    }
}

impl Initialise {
    /// An initialisation that the session begins itself, after a restart of the modem or a change
    /// of its SIM.
    pub(crate) fn at_run_time() -> Self {
        Self { at_run_time: true, ..Self::default() }
    }

    /// The rest of an initialisation, after the steps that a message needs.
    pub(crate) fn rest() -> Self {
        Self { is_rest: true, ..Self::default() }
    }

    const fn steps(&self) -> &'static [StepRow] {
        if self.is_rest { REST } else { ESSENTIAL }
    }

    /// Waits before the modem is asked again: a few times a minute at most, and not beyond the time
    /// that it has to become ready.
    fn pause(&mut self, context: &Context<'_>) -> Step<()> {
        let doublings = (self.pauses / 2).min(8);
        self.pauses = self.pauses.saturating_add(1);
        let until = context.now + doubled(BUSY_DELAY, doublings).min(MAX_BUSY_DELAY);
        // The last question comes at the end of that time.
        let ends = self.deadline.filter(|deadline| *deadline > context.now);
        Step::Wait(ends.map_or(until, |ends| ends.min(until)))
    }

    const fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
        self.variant = 0;
    }

    fn go_to(&mut self, label: Label) {
        let row = self.steps().iter().position(|row| row.label == label);
        self.at = row.unwrap_or(self.steps().len());
        self.variant = 0;
    }

    fn answered(&mut self, answer: &Answer, context: &mut Context<'_>) -> Next {
        let Some(row) = self.steps().get(self.at) else {
            return Next::Go;
        };
        if answer.is_closed() {
            // It is unknown whether the SIM has checked the PIN. Another attempt over the next link
            // might be one too many.
            context.settings.pin_refused |= row.label == Label::Unlock;
            return Next::Fail(ErrorKind::Closed.into());
        }
        (row.read)(self, answer, context)
    }

    /// Tries the next command for the same question.
    const fn next_variant(&mut self) -> Next {
        self.variant = self.variant.saturating_add(1);
        Next::Again
    }

    /// Returns `true` if the modem may still take time to become ready.
    fn is_in_time(&self, context: &Context<'_>) -> bool {
        self.deadline.is_some_and(|deadline| context.now < deadline)
    }

    /// Returns `true` if messages are to be delivered without being stored: by configuration, or
    /// for lack of a memory.
    fn is_direct(&self, context: &Context<'_>) -> bool {
        let nowhere = !self.lists.is_empty() && self.lists.iter().all(Vec::is_empty);
        match context.config.receive {
            Receive::Direct => true,
            Receive::Stored | Receive::Kept => nowhere,
            Receive::Off => false,
        }
    }
}

/// Notes the registration that an answer reports.
pub(super) fn note_registration(domain: Domain, answer: &Answer, context: &mut Context<'_>) {
    if let Ok(state) = answer.parse(&ReadRegistration(domain)) {
        context.settings.registrations.note(domain, state);
    }
}

/// Notes the registration in 5G, and whether the modem has it.
pub(super) fn note_five_g(answer: &Answer, context: &mut Context<'_>) {
    match answer.outcome() {
        Outcome::Response(_) => context.settings.five_g = Some(true),
        Outcome::Error(_) => context.settings.five_g = Some(false),
        // Without an answer it is unknown.
        _ => {}
    }
    note_registration(Domain::FiveG, answer, context);
}

/// The name of a character set in `+CSCS`.
pub(super) fn on_the_wire(charset: Charset) -> CharacterSet {
    match charset {
        Charset::Gsm => CharacterSet::Gsm,
        Charset::Ucs2 => CharacterSet::Ucs2,
        Charset::Hex => CharacterSet::Hex,
        Charset::Iso8859_1 => CharacterSet::Latin1,
        _ => CharacterSet::Ira,
    }
}

/// Returns `true` if the modem is busy with its SIM.
fn is_busy(answer: &Answer) -> bool {
    let Outcome::Error(failure) = answer.outcome() else {
        return false;
    };
    matches!(
        failure.error(),
        FinalError::Cme(Some(CmeError(14 | 515))) | FinalError::Cms(Some(CmsError(314)))
    )
}
