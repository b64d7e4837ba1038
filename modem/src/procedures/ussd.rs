//! Talks with a USSD service, 3GPP TS 27.007, 7.15.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::general::ReadFunctionality;
use at_proto::ussd::{Reply, SendUssd, SetPresentation, Wanted};
use at_proto::{
    Command as _, Failure, FinalError, Instant, Notification, Outcome, Reason, Request, WireString,
};
use gsm7::charset::Charset;
use gsm7::{Alphabet, encode_to_vec, pack_ussd_to_vec, ucs2};
use pdu::{CbsDcs, UssdEncoding, UssdReader};

use super::initialise::is_radio_off;
use crate::error::{Error, ErrorKind};
use crate::procedure::{Answer, CommandLine, Context, Input, Procedure, Step};
use crate::ussd::UssdReply;

/// Sends a code or an answer, and waits for the reply of the network.
///
/// Modems want the string in different forms, which are tried in turn as long as the modem refuses
/// them:
///
/// 1. plain, in the character set of the modem, twice, and then without a data coding scheme;
/// 2. in UTF-16 units, and as packed septets, in hexadecimal digits; packed septets come first with
///    a Huawei modem, and with a modem whose earlier strings were packed;
/// 3. in UTF-16 units under the scheme of the default alphabet, and in bytes.
///
/// At the prompt of a question the answer is written alone, without a command line.
///
/// The form that a service has understood is kept for the session. It is not part of a
/// saved session, since the next modem may be another one.
/// [`Config::ussd_request`](crate::Config::ussd_request) forces an encoding. After an OK or a reply
/// the string is never sent again, since it may have been charged. A refusal that concerns the SIM
/// or the network ends the request.
#[doc(alias("balance", "credit"))]
#[derive(Debug)]
pub struct Ussd {
    text: String,
    /// The forms that are left, the next one last.
    left: Vec<UssdForm>,
    tried: Option<UssdForm>,
    reply: Option<UssdReply>,
    stage: Stage,
    sent: Option<(CommandLine, Instant)>,
    /// The error that the modem answered, if it does not prove that the request was refused.
    refusal: Option<Error>,
    /// The time until which a reply may belong to an earlier request.
    stale_until: Option<Instant>,
}

/// A form of USSD strings in requests: the encoding, and the data coding scheme that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UssdForm {
    encoding: UssdEncoding,
    dcs: Option<CbsDcs>,
}

impl UssdForm {
    const PLAIN: Self = Self { encoding: UssdEncoding::Plain, dcs: Some(CbsDcs::GSM7) };
    const PLAIN_ALONE: Self = Self { encoding: UssdEncoding::Plain, dcs: None };
    const PACKED: Self = Self { encoding: UssdEncoding::Packed, dcs: Some(CbsDcs::GSM7) };
    const UCS2: Self = Self { encoding: UssdEncoding::Ucs2, dcs: Some(CbsDcs::UCS2) };
    /// As in the character set UCS2, with a modem that has not selected it.
    const UCS2_AS_PLAIN: Self = Self { encoding: UssdEncoding::Ucs2, dcs: Some(CbsDcs::GSM7) };
    const BYTES: Self = Self { encoding: UssdEncoding::Bytes, dcs: Some(CbsDcs::GSM7) };

    /// The forms to try with a modem, the first one last.
    fn untried(context: &Context<'_>) -> Vec<Self> {
        let [first, second] = match prefers_packed(context) {
            true => [Self::PACKED, Self::UCS2],
            false => [Self::UCS2, Self::PACKED],
        };
        // Plain twice, since a string damaged in transit is refused too, and its packed form would
        // be another code.
        let forms = [
            Self::BYTES,
            Self::UCS2_AS_PLAIN,
            second,
            first,
            Self::PLAIN_ALONE,
            Self::PLAIN,
            Self::PLAIN,
        ];
        let forced = context.config.ussd_request;
        // In these character sets the plain form has been tried already.
        let is_repeated = |form: &Self| match charset(context) {
            Charset::Ucs2 => *form == Self::UCS2_AS_PLAIN,
            Charset::Hex => *form == Self::BYTES,
            _ => false,
        };
        forms
            .into_iter()
            .filter(|form| forced.map_or(!is_repeated(form), |forced| form.encoding == forced))
            .collect()
    }
}

/// Returns `true` if the modem is likelier to want packed septets than UTF-16 units.
fn prefers_packed(context: &Context<'_>) -> bool {
    match context.settings.ussd_read {
        Some(UssdEncoding::Packed) => true,
        Some(UssdEncoding::Ucs2) => false,
        _ => {
            let vendor = context.profile.manufacturer.as_deref().unwrap_or_default();
            // Without the search of `str`, which takes a kilobyte of flash.
            vendor.as_bytes().windows(6).any(|word| word.eq_ignore_ascii_case(b"huawei"))
        }
    }
}

fn charset(context: &Context<'_>) -> Charset {
    context.profile.character_set.unwrap_or(Charset::Ira)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The modem is asked whether its radio is still off.
    Radio,
    /// The command has not ended.
    Submitted,
    /// The modem has accepted the request.
    Accepted,
    /// There was no reply in time, and the dialogue is being cancelled.
    Cancelling,
    /// The dialogue is cancelled, and its reply may be on the way.
    Cancelled,
}

/// The timeout for the reply of a service.
const REPLY_TIMEOUT: Duration = Duration::from_secs(60);

/// The timeout for the reply after an error that does not belong to the request.
const DOUBTFUL_TIMEOUT: Duration = Duration::from_secs(20);

/// The time after a cancellation in which the reply of the cancelled request is awaited.
const LATE_TIMEOUT: Duration = Duration::from_secs(2);

/// The time after a cancellation in which a reply may belong to the cancelled request.
const STALE_TIMEOUT: Duration = Duration::from_secs(300);

impl Ussd {
    /// Creates a procedure that sends `text`: a code such as `*100#`, or an answer to a question of
    /// the network.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            left: Vec::new(),
            tried: None,
            reply: None,
            stage: Stage::Submitted,
            sent: None,
            refusal: None,
            stale_until: None,
        }
    }

    fn start(&mut self, context: &mut Context<'_>) -> Step<UssdReply> {
        if context.at_ussd_prompt {
            return self.answer_at_prompt(context);
        }
        if context.settings.registrations.is_packet_only() {
            return Step::fail(ErrorKind::NoCircuitNetwork);
        }
        if context.settings.is_radio_off() && self.stage != Stage::Radio {
            self.stage = Stage::Radio;
            return Step::command(&ReadFunctionality);
        }
        self.stage = Stage::Submitted;
        let forced = context.config.ussd_request;
        let known = context.settings.ussd;
        let known = known.filter(|form| forced.is_none_or(|forced| form.encoding == forced));
        if known.is_none() {
            self.left = UssdForm::untried(context);
        }
        let Some(form) = known.or_else(|| self.left.pop()) else {
            let reason = "the USSD string cannot be written: its encoding is not known";
            return Step::fail(ErrorKind::Invalid(reason.into()));
        };
        match self.request(form, context) {
            Ok(request) => self.submit(request, context),
            Err(error) => Step::Done(Err(error)),
        }
    }

    /// Answers in the form in which the modem has taken the last string.
    fn answer_at_prompt(&mut self, context: &mut Context<'_>) -> Step<UssdReply> {
        let form = context.settings.ussd.unwrap_or(UssdForm::PLAIN);
        let answer = text_in(form, &self.text, charset(context))
            .and_then(|text| Ok(Request::ussd_answer(text)?));
        match answer {
            Ok(answer) => self.submit(answer, context),
            // The question stays open.
            Err(error) => Step::Done(Err(error)),
        }
    }

    fn submit(&mut self, request: Request, context: &mut Context<'_>) -> Step<UssdReply> {
        let pending = context.settings.ussd_stale.take();
        self.stale_until = pending.filter(|until| context.now < *until);
        // This stays if the request ends without a reply, for example with its link.
        context.settings.ussd_stale = Some(context.now + REPLY_TIMEOUT + STALE_TIMEOUT);
        Step::Run(request)
    }

    /// The request with the string in this form.
    fn request(&mut self, form: UssdForm, context: &Context<'_>) -> Result<Request, Error> {
        self.tried = Some(form);
        let request = match request(&self.text, form, charset(context)) {
            // A modem that takes packed septets takes octets.
            Err(_) if form == UssdForm::PACKED && context.settings.ussd == self.tried => {
                request(&self.text, UssdForm::UCS2, charset(context))?
            }
            request => request?,
        };
        self.sent = Some((CommandLine::new(request.line()), context.now));
        Ok(request)
    }

    /// Ends the procedure with the reply of the network, or with the network's refusal.
    fn replied(&self, mut reply: UssdReply, context: &mut Context<'_>) -> Step<UssdReply> {
        reply.possibly_stale = self.stale_until.is_some();
        context.settings.ussd_stale = self.stale_until;
        if is_refusal(&reply) {
            return Step::Done(Err(self.ended(&reply, context)));
        }
        // Only a service that has understood the string proves the encoding.
        let understood = matches!(reply.wanted, Wanted::NOTHING | Wanted::ANSWER);
        if understood && !reply.possibly_stale && self.tried.is_some() {
            context.settings.ussd = self.tried;
        }
        let cancelled = matches!(self.stage, Stage::Cancelling | Stage::Cancelled);
        if cancelled && reply.needs_answer() {
            // The dialogue is cancelled, so that an answer would be taken for another code.
            reply.wanted = Wanted::ENDED;
        }
        Step::Done(Ok(reply))
    }

    /// The error for a dialogue that the network ended without a reply.
    fn ended(&self, reply: &UssdReply, context: &Context<'_>) -> Error {
        let kind = ErrorKind::UssdEnded(reply.wanted);
        let Some((line, started)) = &self.sent else {
            return kind.into();
        };
        let text = reply.text.as_ref().map(|text| alloc::format!(",\"{text}\""));
        let last_line = alloc::format!("+CUSD: {}{}", reply.wanted.0, text.unwrap_or_default());
        let elapsed = context.now.saturating_duration_since(*started);
        Error::of_command(kind, line.as_bytes(), Some(last_line), elapsed)
    }

    fn refused(&mut self, answer: &Answer, context: &mut Context<'_>) -> Step<UssdReply> {
        let error = match answer.outcome() {
            Outcome::Error(failure) => Some(failure.error()),
            _ => None,
        };
        // A string whose encoding this modem has accepted before is refused for another reason.
        let known = context.settings.ussd == self.tried;
        if error.is_some_and(may_concern_string) && !known {
            while let Some(form) = self.left.pop() {
                if let Ok(request) = self.request(form, context) {
                    return Step::Run(request);
                }
            }
        }
        // After the Ctrl-Z of an answer a refusal does not prove that the network has not got it.
        let committed =
            matches!(answer.outcome(), Outcome::Error(failure) if failure.is_committed());
        if committed || error.is_some_and(is_of_message) {
            return self.doubt(answer.error(), context);
        }
        if error.is_some() {
            // A request that was refused has no reply.
            context.settings.ussd_stale = self.stale_until;
        }
        Step::Done(Err(answer.error()))
    }

    fn reply(&mut self, reply: &Reply, context: &mut Context<'_>) -> Step<UssdReply> {
        if self.stage == Stage::Radio {
            return Step::Listen;
        }
        context.claim();
        let (read, habit) = UssdReply::reading(reply, reader(context));
        context.settings.ussd_read = habit.or(context.settings.ussd_read);
        let is_end = is_refusal(&read) && read.text.is_none();
        match self.stage {
            Stage::Submitted if is_end && self.ends_cancelled(&read, context) => Step::Listen,
            // The end of a request that was cancelled is the end of no other.
            Stage::Submitted | Stage::Accepted if is_end && self.stale_until.is_some() => {
                self.stale_until = None;
                Step::Listen
            }
            // The modem confirms that the dialogue is cancelled.
            Stage::Cancelling | Stage::Cancelled if is_end && read.wanted == Wanted::ENDED => {
                context.settings.ussd_stale = self.stale_until;
                if self.stage == Stage::Cancelling {
                    self.reply = Some(read);
                    return Step::Listen;
                }
                Step::fail(ErrorKind::Timeout)
            }
            // Some modems report the reply before their own OK.
            Stage::Submitted | Stage::Cancelling => {
                self.reply = Some(read);
                Step::Listen
            }
            Stage::Accepted | Stage::Cancelled | Stage::Radio => self.replied(read, context),
        }
    }

    /// Returns `true` if the reply only ends a dialogue that was cancelled just now.
    fn ends_cancelled(&self, reply: &UssdReply, context: &mut Context<'_>) -> bool {
        let until = context.settings.ussd_cancelled.take();
        reply.wanted == Wanted::ENDED && until.is_some_and(|until| context.now < until)
    }

    /// Handles an error without a command: some modems accept a request with OK, and report the
    /// refusal of the network after that.
    fn refused_late(&mut self, failure: &Failure, context: &mut Context<'_>) -> Step<UssdReply> {
        if !matches!(self.stage, Stage::Accepted | Stage::Cancelled) {
            return Step::Listen;
        }
        context.claim();
        if self.stale_until.take().is_some() {
            return Step::Listen;
        }
        let kind = ErrorKind::Refused(failure.clone());
        let error = match &self.sent {
            Some((line, started)) => {
                let elapsed = context.now.saturating_duration_since(*started);
                Error::of_command(kind, line.as_bytes(), Some(failure.final_text()), elapsed)
            }
            None => kind.into(),
        };
        if self.stage == Stage::Accepted && is_of_message(failure.error()) {
            return self.doubt(error, context);
        }
        context.settings.ussd_stale = None;
        Step::Done(Err(error))
    }

    /// Waits for the reply in spite of an error that may be the result of a message command.
    fn doubt(&mut self, error: Error, context: &Context<'_>) -> Step<UssdReply> {
        self.stage = Stage::Accepted;
        self.refusal = Some(error);
        Step::Wait(context.now + DOUBTFUL_TIMEOUT)
    }

    fn answered(&mut self, answer: &Answer, context: &mut Context<'_>) -> Step<UssdReply> {
        match self.stage {
            Stage::Radio if answer.is_closed() => Step::Done(Err(answer.error())),
            Stage::Radio => {
                context.settings.radio_off = is_radio_off(answer);
                if context.settings.radio_off {
                    return Step::fail(ErrorKind::RadioOff);
                }
                self.start(context)
            }
            Stage::Submitted if answer.is_ok() => {
                self.stage = Stage::Accepted;
                match self.reply.take() {
                    Some(reply) => self.replied(reply, context),
                    None => Step::Wait(context.now + REPLY_TIMEOUT),
                }
            }
            // The network has answered, whatever the modem reports then.
            Stage::Submitted => match self.reply.take() {
                Some(mut reply) => {
                    if has_left_prompt(answer.outcome()) {
                        reply.wanted = Wanted::ENDED;
                    }
                    self.replied(reply, context)
                }
                None => self.refused(answer, context),
            },
            _ if answer.is_closed() => Step::Done(Err(answer.error())),
            _ => match self.reply.take() {
                Some(reply) if is_refusal(&reply) && reply.wanted == Wanted::ENDED => {
                    Step::fail(ErrorKind::Timeout)
                }
                Some(reply) => self.replied(reply, context),
                None => {
                    self.stage = Stage::Cancelled;
                    context.settings.ussd_stale = Some(context.now + STALE_TIMEOUT);
                    Step::Wait(context.now + LATE_TIMEOUT)
                }
            },
        }
    }
}

/// Returns `true` for the errors of message commands, 3GPP TS 27.005, 3.2.5.
const fn is_of_message(error: FinalError) -> bool {
    matches!(error, FinalError::Cms(_))
}

/// Returns `true` if the escape that followed a question without a result has ended the dialogue.
const fn has_left_prompt(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Interrupted { reason: Reason::AtPrompt, .. })
}

/// Returns `true` if the network has ended the dialogue without a reply.
///
/// A network may end a dialogue together with its last text, which is a reply.
fn is_refusal(reply: &UssdReply) -> bool {
    match reply.wanted {
        Wanted::ENDED => reply.text.as_ref().is_none_or(String::is_empty),
        Wanted::OTHER_CLIENT | Wanted::NOT_SUPPORTED | Wanted::NETWORK_TIMEOUT => true,
        _ => false,
    }
}

impl Procedure for Ussd {
    type Output = UssdReply;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<UssdReply> {
        match input {
            Input::Start => self.start(context),
            Input::Notification(Notification::Ussd(reply)) => self.reply(reply, context),
            Input::Refusal(failure) => self.refused_late(failure, context),
            Input::Answer(answer) => self.answered(&answer, context),
            Input::Elapsed if self.stage == Stage::Accepted => match self.refusal.take() {
                Some(refusal) => Step::Done(Err(refusal)),
                // A dialogue without a reply is cancelled.
                None => {
                    self.stage = Stage::Cancelling;
                    Step::command(&SetPresentation::Cancel)
                }
            },
            Input::Elapsed => Step::fail(ErrorKind::Timeout),
            Input::Notification(_) => Step::Listen,
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

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        match input {
            Input::Start => Step::command(&SetPresentation::Cancel),
            // Some modems confirm the end of the dialogue, before their OK or after it.
            Input::Notification(Notification::Ussd(reply))
                if reply.wanted == Wanted::ENDED && reply.text.is_none() =>
            {
                context.claim();
                Step::Listen
            }
            Input::Answer(answer) => {
                context.settings.ussd_cancelled = Some(context.now + LATE_TIMEOUT);
                Step::Done(match answer.outcome() {
                    Outcome::Response(_) | Outcome::Error(_) => Ok(()),
                    _ => Err(answer.error()),
                })
            }
            _ => Step::Listen,
        }
    }
}

/// The reader for the strings of this modem.
fn reader(context: &Context<'_>) -> UssdReader {
    let reader = UssdReader::new(charset(context));
    match (context.config.ussd_reply, context.settings.ussd_read) {
        (Some(forced), _) => reader.force(forced),
        (None, Some(habit)) => reader.habit(habit),
        (None, None) => reader,
    }
}

/// Returns `true` if the modem may have refused the form of a string, and not the request.
const fn may_concern_string(error: FinalError) -> bool {
    match error {
        FinalError::Error | FinalError::Cme(None) => true,
        // The SIM, its locks, and the network, 3GPP TS 27.007, 9.2.
        FinalError::Cme(Some(code)) => !matches!(code.0, 5..=18 | 30..=32 | 40..=48 | 53..=57),
        _ => false,
    }
}

fn request(text: &str, form: UssdForm, charset: Charset) -> Result<Request, Error> {
    // In the default alphabet some letters have the codes of control characters, such as `ò`. The
    // modem takes plain strings, so a string in hexadecimal would be another code.
    let text = WireString::new(text_in(form, text, charset)?)?;
    Ok(SendUssd { text, coding: form.dcs.map(CbsDcs::raw) }.request())
}

/// The bytes of a text in this form.
fn text_in(form: UssdForm, text: &str, charset: Charset) -> Result<Vec<u8>, Error> {
    let septets = || encode_to_vec(text, Alphabet::DEFAULT).map_err(ErrorKind::Text);
    Ok(match form.encoding {
        // The only error is a septet above 127, and the alphabet has none.
        UssdEncoding::Packed => hex(&pack_ussd_to_vec(&septets()?).unwrap_or_default()),
        UssdEncoding::Ucs2 => hex(&ucs2::encode_to_vec(text)),
        UssdEncoding::Bytes => hex(&septets()?),
        _ => charset.encode(text).map_err(ErrorKind::Text)?,
    })
}

/// Bytes in upper-case hexadecimal digits, which some modems require.
fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut digits = vec![0; bytes.len().saturating_mul(2)];
    // The only error is a buffer that is too short, and this buffer is not.
    let _ = faster_hex::hex_encode_upper(bytes, &mut digits);
    digits
}
