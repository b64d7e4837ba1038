//! `/tool sms send`: messages and USSD codes.

use modem::at::ussd::Wanted;
use modem::gsm7::Coding;
use modem::pdu::{Address, Class};
use modem::{OutgoingMessage, SendOutcome, SendResult, UssdReply};

use crate::arguments::{Arguments, Value};
use crate::settings::{STORAGES, Storage};

/// What is to be sent, and how.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) port: String,
    pub(crate) channel: Option<u8>,
    pub(crate) storage: Option<Storage>,
    pub(crate) body: Body,
}

/// What is to be sent.
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
    /// Reads the values of the command; what is wrong is found before the modem is touched.
    pub(crate) fn read(arguments: &mut Arguments, legacy_limits: bool) -> Result<Self, String> {
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
        let port = arguments.wanted("port")?.text;
        let recipient = arguments.wanted("phone-number")?;
        let message = arguments.named("message");
        arguments.end()?;
        if kind == Type::Ussd {
            if message.is_some() || smsc.is_some() || report.is_some() {
                return Err("type=ussd sends phone-number= alone: leave message=, smsc= and status-report-request= out".into());
            }
            if recipient.text.is_empty()
                || recipient
                    .text
                    .chars()
                    .any(|character| character.is_control() || character == '"')
            {
                return Err(recipient.refused("a USSD code or answer is wanted"));
            }
            return Ok(Self { port, channel, storage, body: Body::Ussd(recipient.text) });
        }
        let text = message.ok_or("missing value of message: give message=")?.text;
        let mut message = OutgoingMessage::text(number(&recipient)?, text);
        // RouterOS asks for a report unless it is told not to.
        if report.unwrap_or(true) {
            message = message.request_status_report();
        }
        if let Type::Class(class) = kind {
            message = message.with_class(class);
        }
        if let Some(smsc) = smsc {
            message = message.with_smsc(smsc);
        }
        let plan = message.plan().map_err(|error| error.to_string())?;
        if legacy_limits && plan.coding == Some(Coding::Ucs2) {
            return Err(
                "Body has characters beyond the GSM alphabet: legacy-limits=no sends them in UCS-2"
                    .into(),
            );
        }
        if legacy_limits && plan.parts > 1 {
            return Err("Body too long".into());
        }
        Ok(Self { port, channel, storage, body: Body::Message(Box::new(message)) })
    }
}

/// A number as RouterOS takes it: nothing but these characters, and a leading plus.
fn number(value: &Value) -> Result<Address, String> {
    let digits = value.text.strip_prefix('+').unwrap_or(&value.text);
    if let Some(wrong) = digits.chars().find(|digit| !"0123456789*#abc".contains(*digit)) {
        return Err(value.refused(format_args!(
            "{wrong:?} is not allowed in a number: use 0123456789*#abc and a leading +"
        )));
    }
    value.text.parse().map_err(|error| value.refused(error))
}

/// What became of a message, in one sentence; an error unless all of it was sent.
pub(crate) fn sentence(report: &SendResult) -> Result<String, String> {
    let sent: Vec<_> = report.references().map(|reference| reference.to_string()).collect();
    let parts = report.parts.len();
    let why = report.error().map(ToString::to_string).unwrap_or_default();
    let after = if sent.is_empty() {
        String::new()
    } else {
        format!(" after {} of {parts} parts", sent.len())
    };
    match report.outcome() {
        SendOutcome::Sent => {
            let unit = if report.coding == Some(Coding::Ucs2) { "octets" } else { "septets" };
            Ok(match report.parts.as_slice() {
                [part] => format!(
                    "sent in 1 part of {} {unit}, reference {}",
                    part.submit.user_data.length(),
                    sent.concat()
                ),
                _ => format!("sent in {parts} parts, references {}", sent.join(", ")),
            })
        }
        SendOutcome::Failed => Err(format!("not sent{after}: {why}")),
        SendOutcome::Unknown => Err(format!(
            "outcome unknown{after}: it may have been sent, and is not sent again by itself ({why})"
        )),
    }
}

/// What the network said, for a reader.
pub(crate) fn ussd_sentence(reply: &UssdReply) -> Result<String, String> {
    match (&reply.text, reply.wanted) {
        (Some(text), Wanted(1)) => {
            Ok(format!("{text}\n(the network waits for an answer: send it with type=ussd)"))
        }
        (Some(text), _) => Ok(text.clone()),
        (None, wanted) => Err(format!("the network gave no text: {}", wanted.description())),
    }
}
