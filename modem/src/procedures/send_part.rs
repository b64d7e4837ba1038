//! Sends one part of a message, 3GPP TS 27.005, 3.5.1 and 4.3.

use alloc::string::String;

use at_proto::sms::{SendMessage, SetCentre};
use at_proto::{CmsError, Command as _, FinalError, Outcome, WireString};
use pdu::{Address, Envelope, Submit};

use crate::error::{Error, ErrorKind};
use crate::message::{Attempt, MessageId, PartOutcome};
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::profile::{Card, Centre};

/// The sending of one TPDU. It ends with an outcome; an error means that the sending could not be
/// started.
#[derive(Debug)]
pub(crate) struct SendPart {
    attempt: Attempt,
    send: Result<SendMessage, Error>,
    stage: Stage,
    /// The refusal for want of a service centre.
    refusal: Option<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    /// The SIM is read, since the remembered service centre belongs to one SIM.
    ReadCard,
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
        Self {
            attempt: Attempt { message, part, parts, pdu },
            send,
            stage: Stage::First,
            refusal: None,
        }
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
    fn outcome(&self, answer: &Answer) -> PartOutcome {
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
    let pdu = envelope.to_hex().map_err(ErrorKind::Encode)?;
    // A TPDU has fewer octets.
    let length = u16::try_from(envelope.length()).unwrap_or(u16::MAX);
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
        match self.stage {
            Stage::RestoreCentre => {
                self.stage = Stage::Second;
                self.send(context)
            }
            // A SIM that has lost its service centre gets it back. Nothing has been sent, so
            // another attempt is safe.
            Stage::First if is_code(&answer, CmsError(330)) => match card(context) {
                Some(card) => {
                    self.stage = Stage::ReadCard;
                    self.refusal = Some(answer);
                    Step::Run(card.request().timeout(context.config.answer_timeout))
                }
                None => Step::Done(Ok(self.outcome(&answer))),
            },
            Stage::ReadCard => {
                let closed = answer.is_closed();
                let answered = answer.is_ok();
                let same = card(context).is_some_and(|card| card.is_in(&answer) == Some(true));
                match (restored(context), self.refusal.take()) {
                    (Some(centre), _) if same => {
                        self.stage = Stage::RestoreCentre;
                        Step::command(&centre)
                    }
                    (_, Some(refusal)) => {
                        context.settings.other_card |= answered && !same && !closed;
                        Step::Done(Ok(self.outcome(&refusal)))
                    }
                    (_, None) => Step::fail(ErrorKind::Closed),
                }
            }
            Stage::First | Stage::Second => Step::Done(Ok(self.outcome(&answer))),
        }
    }
}

/// The SIM that the remembered service centre belongs to.
fn card<'a>(context: &'a Context<'_>) -> Option<&'a Card> {
    context.settings.centre.as_ref()?.card.as_ref()
}

/// The command that restores the SIM's service centre from the initialisation.
fn restored(context: &Context<'_>) -> Option<SetCentre> {
    let Centre { number, kind, .. } = context.settings.centre.as_ref()?;
    Some(SetCentre { number: WireString::new(number.clone()).ok()?, kind: *kind })
}

fn is_code(answer: &Answer, code: CmsError) -> bool {
    matches!(answer.outcome(), Outcome::Error(failure) if failure.error() == FinalError::Cms(Some(code)))
}

/// Returns `true` if an error after the Ctrl-Z proves that the message was refused.
fn rejects(error: FinalError) -> bool {
    match error {
        FinalError::Cms(Some(code)) => proves_rejection(code),
        // An ERROR, a +CME ERROR or words may mean anything: a damaged line, another command, or a
        // failure after the message has left.
        _ => false,
    }
}

/// Returns `true` if a code after the Ctrl-Z proves that nothing was sent, 3GPP TS 27.005, 3.2.5.
///
/// A failure of the equipment (300) and a reserved service (301) say nothing about when they
/// happened. After 332 (network timeout) and 500 (unknown) messages have been delivered. 340
/// answers another command. Reserved codes and those of vendors have no known meaning.
const fn proves_rejection(CmsError(code): CmsError) -> bool {
    matches!(
        code,
        // An RP cause of TS 24.011, annex E-2: the network has refused the message.
        0..=127
            // A failure cause of TS 23.040, 9.2.3.22: the service centre has refused it.
            | 128..=255
            // Not allowed, not supported, invalid: the equipment has refused the command.
            | 302..=305
            // The SIM is absent, locked, faulty or busy: it is read before the submission.
            | 310..=318
            // A memory has failed or is full: it is used before the submission.
            | 320..=322
            // The service centre is unknown.
            | 330
            // The network is missing; one that is lost after that is 332.
            | 331
    )
}

#[cfg(test)]
mod tests {
    use at_proto::{CmeError, CmsError, FinalError};

    use super::rejects;

    #[test]
    fn only_a_code_that_precedes_the_submission_proves_that_nothing_was_sent() {
        let proving =
            |code: &u16| matches!(code, 0..=255 | 302..=305 | 310..=318 | 320..=322 | 330 | 331);
        for code in 0..=1000 {
            let error = FinalError::Cms(Some(CmsError(code)));
            assert_eq!(rejects(error), proving(&code), "+CMS ERROR: {code}");
        }
        for error in [
            FinalError::Error,
            FinalError::Cms(None),
            FinalError::Cme(None),
            FinalError::Cme(Some(CmeError(30))),
            FinalError::Vendor,
        ] {
            assert!(!rejects(error), "{error:?}");
        }
    }
}
