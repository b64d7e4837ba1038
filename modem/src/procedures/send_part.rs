//! Sends one part of a message, 3GPP TS 27.005, 3.5.1 and 4.3.

use alloc::string::{String, ToString};

use at_proto::sms::{SendMessage, SetCentre};
use at_proto::{CmsError, Command as _, FinalError, Outcome, WireString};
use pdu::{Address, Envelope, Submit};

use crate::error::{Error, ErrorKind};
use crate::message::{Attempt, MessageId, PartOutcome};
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// The sending of one TPDU. It ends with an outcome; an error means that the sending could not be
/// started.
#[derive(Debug)]
pub(crate) struct SendPart {
    attempt: Attempt,
    send: Result<SendMessage, Error>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    RestoreCentre,
    Second,
}

impl SendPart {
    pub(crate) fn new(
        message: MessageId,
        part: usize,
        parts: usize,
        submit: &Submit,
        smsc: Option<Address>,
    ) -> Self {
        let envelope = Envelope { smsc, tpdu: *submit };
        let (pdu, send) = match command(&envelope) {
            Ok((pdu, send)) => (pdu, Ok(send)),
            Err(error) => (String::new(), Err(error)),
        };
        Self { attempt: Attempt { message, part, parts, pdu }, send, stage: Stage::First }
    }

    pub(crate) const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    fn send(&self, context: &Context<'_>) -> Step<PartOutcome> {
        match &self.send {
            // The Ctrl-Z waits until the attempt is announced, and confirmed if the application
            // requires it.
            Ok(send) => Step::Run(send.request().timeout(context.config.send_timeout).hold()),
            Err(error) => Step::Done(Err(error.clone())),
        }
    }

    /// The outcome that an answer proves.
    fn outcome(&self, answer: Answer) -> PartOutcome {
        let proves_rejection = match answer.outcome() {
            Outcome::Response(_) | Outcome::Unknown { .. } => false,
            Outcome::Error(failure) if failure.is_committed() => rejects(failure.error()),
            // Before the Ctrl-Z nothing can have been sent.
            _ => true,
        };
        let result = self.send.as_ref().map_err(Clone::clone).and_then(|send| answer.parse(send));
        match result {
            Ok(sent) => PartOutcome::Sent { reference: sent.reference },
            Err(error) if proves_rejection => PartOutcome::Failed { error },
            Err(error) => PartOutcome::Unknown { error },
        }
    }
}

/// The PDU in hexadecimal digits, and the command that sends it.
fn command(envelope: &Envelope<Submit>) -> Result<(String, SendMessage), Error> {
    let invalid =
        |error: &dyn core::fmt::Display| Error::new(ErrorKind::Invalid(error.to_string()));
    let pdu = envelope.to_hex().map_err(|error| invalid(&error))?;
    let length = u16::try_from(envelope.length()).map_err(|error| invalid(&error))?;
    let send = SendMessage::new(length, pdu.as_bytes())?;
    Ok((pdu, send))
}

impl Procedure for SendPart {
    type Output = PartOutcome;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<PartOutcome> {
        let answer = match input {
            Input::Start => return self.send(context),
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        if self.stage == Stage::RestoreCentre {
            self.stage = Stage::Second;
            return self.send(context);
        }
        // A SIM that has lost its service centre gets it back. Nothing has been sent, so another
        // attempt is safe.
        if self.stage == Stage::First && is_code(&answer, CmsError(330)) {
            if let Some(centre) = restored(context) {
                self.stage = Stage::RestoreCentre;
                return Step::command(&centre);
            }
        }
        Step::Done(Ok(self.outcome(answer)))
    }
}

/// The command that restores the SIM's service centre from the initialisation.
fn restored(context: &Context<'_>) -> Option<SetCentre> {
    let (number, kind) = context.settings.centre.as_ref()?;
    Some(SetCentre { number: WireString::new(number.clone()).ok()?, kind: *kind })
}

fn is_code(answer: &Answer, code: CmsError) -> bool {
    matches!(answer.outcome(), Outcome::Error(failure) if failure.error() == FinalError::Cms(Some(code)))
}

/// Returns `true` if an error after the Ctrl-Z proves that the message was refused.
///
/// 332 (network timeout), 500 (unknown) and the vendors' own codes do not prove it: messages have
/// been delivered in spite of them.
fn rejects(error: FinalError) -> bool {
    match error {
        FinalError::Cms(Some(CmsError(code))) => code < 512 && !matches!(code, 332 | 500),
        _ => false,
    }
}
