//! `/tool sms send`: messages and USSD codes.

use modem::at::ussd::Wanted;
use modem::gsm7::Coding;
use modem::pdu::{Address, Class};
use modem::{OutgoingMessage, SendOutcome, SendResult, UssdReply};

use crate::arguments::{Argument, Arguments, missing};
use crate::script::Failure;
use crate::settings::{STORAGES, Storage};
use crate::shell::sentence;

/// A send command: the content, the port and the storage.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) port: String,
    pub(crate) channel: Option<u8>,
    pub(crate) storage: Option<Storage>,
    pub(crate) body: Body,
}

/// The content to send.
#[derive(Debug)]
pub(crate) enum Body {
    Message(Box<OutgoingMessage>),
    Ussd(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Plain,
    Class(Class),
    Ussd,
}

impl Order {
    /// Reads the values of the command, and checks them before the modem is used.
    pub(crate) fn read(arguments: &mut Arguments, legacy_limits: bool) -> Result<Self, Failure> {
        let legacy_limits = match arguments.named("legacy-limits") {
            Some(value) => value.yes_no()?,
            None => legacy_limits,
        };
        let channel = arguments.named("channel").map(|value| value.number()).transpose()?;
        let smsc = arguments.named("smsc").map(|value| number(&value)).transpose()?;
        let kind = match arguments.named("type") {
            Some(value) => value.one_of(&[
                ("class-0", Type::Class(Class::Flash)),
                ("class-1", Type::Class(Class::Mobile)),
                ("ussd", Type::Ussd),
            ])?,
            None => Type::Plain,
        };
        let report =
            arguments.named("status-report-request").map(|value| value.yes_no()).transpose()?;
        let storage =
            arguments.named("sms-storage").map(|value| value.one_of(&STORAGES)).transpose()?;
        let port = arguments.positional("port")?.text();
        let recipient = arguments.positional("phone-number")?;
        let message = arguments.named("message");
        arguments.end()?;
        if kind == Type::Ussd {
            if message.is_some() || smsc.is_some() || report.is_some() {
                return Err("type=ussd sends only phone-number=: leave message=, smsc= and status-report-request= out".into());
            }
            let code = recipient.text();
            let is_wrong = |character: char| character.is_control() || character == '"';
            if code.is_empty() || code.chars().any(is_wrong) {
                return Err(recipient.refused("phone-number= must be a USSD code or an answer"));
            }
            return Ok(Self { port, channel, storage, body: Body::Ussd(code) });
        }
        let text = message.ok_or_else(|| missing("message"))?.text();
        let mut message = OutgoingMessage::text(number(&recipient)?, text);
        // RouterOS requests a status report by default.
        if report.unwrap_or(true) {
            message = message.request_status_report();
        }
        if let Type::Class(class) = kind {
            message = message.with_class(class);
        }
        if let Some(smsc) = smsc {
            message = message.with_smsc(smsc);
        }
        let plan = message.plan().map_err(|error| sentence(&error))?;
        if legacy_limits && plan.coding == Some(Coding::Ucs2) {
            return Err(
                "Body has characters that are not in the GSM alphabet: legacy-limits=no sends them in UCS-2"
                    .into(),
            );
        }
        if legacy_limits && plan.parts > 1 {
            return Err("Body too long: legacy-limits=no sends it in several parts".into());
        }
        Ok(Self { port, channel, storage, body: Body::Message(Box::new(message)) })
    }
}

/// A number in the notation of RouterOS: only these characters, and a leading plus.
fn number(value: &Argument) -> Result<Address, Failure> {
    let text = value.text();
    let digits = text.strip_prefix('+').unwrap_or(&text);
    if let Some(wrong) = digits.chars().find(|digit| !"0123456789*#abc".contains(*digit)) {
        return Err(value.refused(format_args!(
            "{wrong:?} is not allowed in a number: use 0123456789*#abc and a leading +"
        )));
    }
    text.parse().map_err(|error| value.refused(error))
}

/// The sentence for the result of a send; an error unless all parts were sent.
pub(crate) fn result_sentence(result: &SendResult) -> Result<String, String> {
    let sent: Vec<_> = result.references().map(|reference| reference.to_string()).collect();
    let parts = result.parts.len();
    let why = result.error().map(|error| sentence(error)).unwrap_or_default();
    match result.outcome() {
        SendOutcome::Sent => {
            let unit = if result.coding == Some(Coding::Ucs2) { "bytes" } else { "septets" };
            Ok(match result.parts.as_slice() {
                [part] => format!(
                    "sent in 1 part of {} {unit}, reference {}",
                    part.submit.user_data.length(),
                    sent.concat()
                ),
                _ => format!("sent in {parts} parts, references {}", sent.join(", ")),
            })
        }
        SendOutcome::Failed if sent.is_empty() => Err(format!("the message was not sent: {why}")),
        SendOutcome::Failed => {
            Err(format!("only {} of {parts} parts of the message were sent: {why}", sent.len()))
        }
        SendOutcome::Unknown => Err(format!(
            "the message may have been sent: ask the recipient before you send it again ({why})"
        )),
    }
}

/// The sentence for a USSD reply of the network.
pub(crate) fn ussd_sentence(reply: &UssdReply) -> Result<String, String> {
    match (&reply.text, reply.wanted) {
        (Some(text), Wanted::ANSWER) => {
            Ok(format!("{text}\n(the network expects an answer: send it with type=ussd)"))
        }
        (Some(text), _) => Ok(text.clone()),
        (None, wanted) => Err(format!("the network sent no text: {}", wanted.description())),
    }
}
