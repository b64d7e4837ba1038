//! Talks with a USSD service, 3GPP TS 27.007, 7.15.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::ussd::{SendUssd, SetPresentation, Wanted};
use at_proto::{Command as _, FinalError, Notification, Outcome, Request, WireString};
use gsm7::charset::Charset;
use gsm7::{Alphabet, encode_to_vec, pack_ussd_to_vec, ucs2};

use crate::error::{Error, ErrorKind};
use crate::procedure::{Answer, Context, Input, Procedure, Step};
use crate::ussd::{UssdEncoding, UssdReply};

/// Sends a code or an answer, and waits for the reply of the network.
///
/// The string is written in plain form first. If the modem refuses that twice, the string is
/// written as packed septets and then as UTF-16 units. After an OK or a reply the string is never
/// sent again, since it may have been charged.
#[doc(alias("balance", "credit"))]
#[derive(Debug)]
pub struct Ussd {
    text: String,
    left: Vec<UssdEncoding>,
    tried: Option<UssdEncoding>,
    reply: Option<UssdReply>,
    accepted: bool,
}

/// The timeout for the reply of a service.
const REPLY_TIMEOUT: Duration = Duration::from_secs(60);

impl Ussd {
    /// Creates a procedure that sends `text`: a code such as `*100#`, or an answer to a question of
    /// the network.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), left: Vec::new(), tried: None, reply: None, accepted: false }
    }

    /// The request with the string in this encoding.
    fn request(&mut self, encoding: UssdEncoding, context: &Context<'_>) -> Result<Request, Error> {
        self.tried = Some(encoding);
        let charset = context.profile.character_set.unwrap_or(Charset::Ira);
        request(&self.text, encoding, charset)
    }

    fn replied(&self, reply: UssdReply, context: &mut Context<'_>) -> Step<UssdReply> {
        // Only a service that has understood the string proves the encoding.
        if matches!(reply.wanted, Wanted::NOTHING | Wanted::ANSWER) {
            context.settings.ussd = self.tried;
        }
        Step::Done(Ok(reply))
    }

    fn refused(&mut self, answer: Answer, context: &Context<'_>) -> Step<UssdReply> {
        let plain_refusal = match answer.outcome() {
            Outcome::Error(failure) => {
                matches!(failure.error(), FinalError::Error | FinalError::Cme(_))
            }
            _ => false,
        };
        // A string whose encoding this modem has accepted before is refused for another reason.
        let known = context.settings.ussd == self.tried;
        if plain_refusal && !known {
            while let Some(encoding) = self.left.pop() {
                if let Ok(request) = self.request(encoding, context) {
                    return Step::Run(request);
                }
            }
        }
        Step::Done(Err(answer.into_error()))
    }
}

impl Procedure for Ussd {
    type Output = UssdReply;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<UssdReply> {
        match input {
            Input::Start if context.settings.registrations.is_packet_only() => {
                Step::fail(ErrorKind::NoCircuitNetwork)
            }
            Input::Start => {
                let known = context.settings.ussd;
                if known.is_none() {
                    // Plain twice, since a string damaged in transit is refused too, and its packed
                    // form would be another code.
                    self.left =
                        Vec::from([UssdEncoding::Ucs2, UssdEncoding::Packed, UssdEncoding::Plain]);
                }
                match self.request(known.unwrap_or(UssdEncoding::Plain), context) {
                    Ok(request) => Step::Run(request),
                    Err(error) => Step::Done(Err(error)),
                }
            }
            Input::Notification(Notification::Ussd(reply)) => {
                context.claim();
                let charset = context.profile.character_set.unwrap_or(Charset::Ira);
                let read = UssdReply::read(reply, charset, context.settings.ussd_read);
                context.settings.ussd_read = read.encoding.or(context.settings.ussd_read);
                if self.accepted {
                    return self.replied(read, context);
                }
                // Some modems report the reply before their own OK.
                self.reply = Some(read);
                Step::Listen
            }
            Input::Answer(answer) if answer.is_ok() && !self.accepted => {
                self.accepted = true;
                match self.reply.take() {
                    Some(reply) => self.replied(reply, context),
                    None => Step::Wait(context.now + REPLY_TIMEOUT),
                }
            }
            // The network has answered, whatever the modem reports then.
            Input::Answer(answer) if !self.accepted => match self.reply.take() {
                Some(reply) => Step::Done(Ok(reply)),
                None => self.refused(answer, context),
            },
            Input::Elapsed => Step::command(&SetPresentation::Cancel),
            // A dialogue without a reply is cancelled.
            Input::Answer(_) => Step::fail(ErrorKind::Timeout),
            _ => Step::Listen,
        }
    }
}

/// Ends the dialogue with a USSD service.
///
/// Some modems always refuse this command, and all of them without a dialogue. In either case no
/// dialogue is left.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing but its name")]
pub struct CancelUssd;

impl Procedure for CancelUssd {
    type Output = ();

    fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<()> {
        match input {
            Input::Start => Step::command(&SetPresentation::Cancel),
            Input::Answer(answer) => Step::Done(match answer.outcome() {
                Outcome::Response(_) | Outcome::Error(_) => Ok(()),
                _ => Err(answer.into_error()),
            }),
            _ => Step::Listen,
        }
    }
}

fn request(text: &str, encoding: UssdEncoding, charset: Charset) -> Result<Request, Error> {
    let invalid = |error: &dyn core::fmt::Display| {
        Error::new(ErrorKind::Invalid(alloc::format!("the USSD string cannot be written: {error}")))
    };
    let (bytes, coding) = match encoding {
        UssdEncoding::Packed => {
            let septets =
                encode_to_vec(text, Alphabet::DEFAULT).map_err(|error| invalid(&error))?;
            (hex(&pack_ussd_to_vec(&septets).map_err(|error| invalid(&error))?), 15)
        }
        UssdEncoding::Ucs2 => (hex(&ucs2::encode_to_vec(text)), 72),
        _ => (charset.encode(text).map_err(|error| invalid(&error))?, 15),
    };
    // In the default alphabet some letters have the codes of control characters, such as `ò`. The
    // modem takes plain strings, so a string in hexadecimal would be another code.
    let text = WireString::new(bytes).map_err(|error| invalid(&error))?;
    Ok(SendUssd { text, coding: Some(coding) }.request())
}

/// Bytes in upper-case hexadecimal digits, which some modems require.
fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut digits = vec![0; bytes.len() * 2];
    // The only error is a buffer that is too short, and this buffer is not.
    let _ = faster_hex::hex_encode_upper(bytes, &mut digits);
    digits
}
