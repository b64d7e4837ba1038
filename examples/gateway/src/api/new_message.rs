//! A message to send: its form, its check and its cost.

use modem::pdu::{Address, CharacterSet, Class, Ports, Reference, Submit, SubmitTemplate};
use modem::pool::{Priority, Submission, Via};
use modem::{OutgoingMessage, gsm7};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::config::Config;
use crate::problem::{Field, Kind, Problem};

/// The longest text, in characters: 255 parts of 153 septets.
const MAX_TEXT: usize = 39_015;

/// The longest client reference, in characters.
const MAX_REFERENCE: usize = 64;

/// The longest time that a message waits or is valid: 63 weeks, the longest TP-VP.
pub(crate) const MAX_VALIDITY: u64 = 63 * 7 * 24 * 3600;

/// A message to send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// The number of the recipient, such as `+491715550100`.
    #[schema(example = "+491715550100")]
    pub(crate) to: String,
    /// The text; a message has one of text, data and TPDU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Hello", nullable = false, max_length = 39_015)]
    pub(crate) text: Option<String>,
    /// The data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) data: Option<Data>,
    /// An encoded SMS-SUBMIT TPDU in hexadecimal digits, such as one part of a message that was
    /// split elsewhere. It is sent as it is, but for its recipient, validity period and report
    /// request, which are those of this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "01000B919471515500F0000002C834",
        nullable = false,
        pattern = "^([0-9A-Fa-f]{2})+$"
    )]
    pub(crate) tpdu: Option<String>,
    /// The name of the modem that is to send the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) from: Option<String>,
    /// The name of the route. Without one the recipient chooses the route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) route: Option<String>,
    /// The class of the message among those that wait.
    #[serde(default)]
    pub(crate) priority: Urgency,
    /// The time at which the message is sent (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time")]
    pub(crate) send_at: Option<String>,
    /// The time in seconds, from acceptance or `send_at`, after which the message is not sent and
    /// not delivered any more. Default: the setting `validity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 38_102_400)]
    pub(crate) expires_in: Option<u64>,
    /// Requests a status report.
    #[serde(default)]
    pub(crate) report: bool,
    /// The message class; 0 is shown at once and not stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 3)]
    pub(crate) class: Option<u8>,
    /// The received message that this one answers: it leaves by the SIM that has received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) reply_to: Option<String>,
    /// The sender's own reference, repeated in answers and webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub(crate) client_reference: Option<String>,
}

/// Binary data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// The octets in hexadecimal digits.
    #[schema(example = "48656C6C6F", pattern = "^([0-9A-Fa-f]{2})+$")]
    pub(crate) hex: String,
    /// The port of the application at the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) port: Option<u16>,
}

/// The class of a message among those that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Priority)]
pub(crate) enum Urgency {
    /// Before everything else.
    Alarm,
    /// The usual class.
    #[default]
    Normal,
    /// After everything else.
    Bulk,
}

/// A message that was checked, with its cost.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) message: NewMessage,
    pub(crate) recipient: String,
    pub(crate) coding: &'static str,
    pub(crate) parts: usize,
    /// The time to send, and the time of expiry, in milliseconds since 1970.
    pub(crate) send_at: Option<i64>,
    pub(crate) expires_at: i64,
}

impl NewMessage {
    /// Checks a message against the standard and the settings, and counts its parts.
    ///
    /// # Errors
    /// Fails with all invalid fields.
    pub(crate) fn check(self, config: &Config, now: i64) -> Result<Checked, Problem> {
        let mut fields = Vec::new();
        let mut wrong = |pointer: &str, detail: String| fields.push(Field::new(pointer, detail));
        if let Err(error) = self.to.parse::<Address>() {
            wrong("/to", error.to_string());
        }
        if self.tpdu.is_some() && (self.text.is_some() || self.data.is_some()) {
            wrong("/tpdu", "the message has a TPDU and a text or data: give one of them".into());
        }
        if self.tpdu.is_some() && self.class.is_some() {
            wrong("/class", "the class is that of the TPDU: remove it".into());
        }
        match (&self.text, &self.data) {
            (None, None) => match self.tpdu.as_deref().map(submit) {
                Some(None) => {
                    let detail = "the TPDU is not an SMS-SUBMIT in hexadecimal digits: correct it";
                    wrong("/tpdu", detail.into());
                }
                Some(Some(_)) => {}
                None => wrong("/text", "the message has neither text nor data: give one".into()),
            },
            (Some(_), Some(_)) => {
                wrong("/data", "the message has both text and data: give one of them".into());
            }
            (Some(text), None) if text.chars().count() > MAX_TEXT => {
                wrong("/text", format!("the text has more than {MAX_TEXT} characters: shorten it"));
            }
            (None, Some(data)) if octets(&data.hex).is_none() => {
                wrong(
                    "/data/hex",
                    "the data are not pairs of hexadecimal digits: correct them".into(),
                );
            }
            _ => {}
        }
        if self.class.is_some_and(|class| class > 3) {
            wrong("/class", "the class is above 3: give 0 to 3".into());
        }
        if self.client_reference.as_ref().is_some_and(|text| text.chars().count() > MAX_REFERENCE) {
            let detail =
                format!("the reference has more than {MAX_REFERENCE} characters: shorten it");
            wrong("/client_reference", detail);
        }
        let validity = self.expires_in.unwrap_or(config.validity);
        if validity == 0 || validity > MAX_VALIDITY {
            wrong(
                "/expires_in",
                format!("the time is not 1 to {MAX_VALIDITY} seconds: correct it"),
            );
        }
        let send_at = match self.send_at.as_deref().map(clock::parse) {
            Some(None) => {
                wrong(
                    "/send_at",
                    "the time is not as 2026-12-24T18:00:00Z (RFC 3339): correct it".into(),
                );
                None
            }
            Some(Some(at)) if at > now + 366 * 24 * 3600 * 1000 => {
                wrong(
                    "/send_at",
                    "the time is more than a year ahead: choose an earlier one".into(),
                );
                None
            }
            Some(at) => at.filter(|at| *at > now),
            None => None,
        };
        let ways = [("/from", &self.from), ("/route", &self.route), ("/reply_to", &self.reply_to)];
        let mut named = ways.iter().filter(|(_, way)| way.is_some());
        if let (Some(_), Some((pointer, _))) = (named.next(), named.next()) {
            wrong(
                pointer,
                "only one of from, route and reply_to chooses the modem: give one".into(),
            );
        }
        if let Some(name) = self.from.as_ref().filter(|name| !config.may_have_modem(name)) {
            wrong("/from", format!("there is no modem {name}: list the modems at /v1/modems"));
        }
        if let Some(name) = self.route.as_ref().filter(|name| !config.has_route(name)) {
            let detail = format!("there is no route {name}: name one of the configuration");
            return Err(Problem::new(Kind::NoRoute, detail.as_str()).with_field("/route", &detail));
        }
        if !fields.is_empty() {
            return Err(Problem::fields(fields));
        }
        let message = self.outgoing(None).map_err(|detail| Problem::field("/to", detail))?;
        let plan = message.plan().map_err(|error| {
            let pointer = if self.text.is_some() { "/text" } else { "/data/hex" };
            Problem::field(pointer, error.to_string())
        })?;
        let coding = match self.tpdu.as_deref().and_then(submit) {
            Some(submit) => match submit.dcs.character_set() {
                CharacterSet::Gsm7 => "gsm7",
                CharacterSet::Ucs2 => "ucs2",
                _ => "data",
            },
            None => coding_name(plan.coding),
        };
        let validity = i64::try_from(validity.saturating_mul(1000)).unwrap_or(i64::MAX);
        Ok(Checked {
            recipient: message.recipient().to_string(),
            coding,
            parts: plan.parts,
            expires_at: send_at.unwrap_or(now).saturating_add(validity),
            send_at,
            message: self,
        })
    }

    /// The units that the last part of a text still has room for; `None` for data.
    pub(crate) fn remaining(&self) -> Option<usize> {
        let template = SubmitTemplate::new(self.to.parse().ok()?);
        let split = template.split(self.text.as_deref()?, Reference::Eight(0)).ok()?;
        let capacity = match (split.coding, split.parts.len() > 1) {
            (gsm7::Coding::Gsm7(_), false) => 160,
            (gsm7::Coding::Gsm7(_), true) => 153,
            (gsm7::Coding::Ucs2, false) => 70,
            (gsm7::Coding::Ucs2, true) => 67,
        };
        let last = split.parts.last()?.text().unwrap_or_default();
        let used: usize = last.chars().filter_map(|character| split.coding.cost(character)).sum();
        Some(usize::saturating_sub(capacity, used))
    }

    /// The message for a session. `left` is the time in which it must be sent.
    pub(crate) fn outgoing(
        &self,
        left: Option<core::time::Duration>,
    ) -> Result<OutgoingMessage, String> {
        let recipient: Address = self.to.parse().map_err(|error| format!("{error}"))?;
        let mut template = SubmitTemplate::new(recipient);
        template.class = self.class.map(Class::from_bits);
        let port = self.data.as_ref().and_then(|data| data.port);
        template.ports = port.map(|port| Ports::wide(port, 0));
        let message = match (&self.text, &self.data) {
            (Some(text), _) => OutgoingMessage::from_template(template, text.as_str()),
            (None, Some(data)) => {
                let octets = octets(&data.hex).ok_or("the data are not hexadecimal digits")?;
                OutgoingMessage::data_from_template(template, octets)
            }
            (None, None) => {
                let tpdu = self.tpdu.as_deref().ok_or("the message is empty")?;
                let mut submit = submit(tpdu).ok_or("the TPDU is not an SMS-SUBMIT")?;
                submit.destination = recipient;
                submit.status_report = self.report;
                submit.validity = None;
                OutgoingMessage::parts(recipient, vec![submit])
            }
        };
        let message = if self.report { message.request_status_report() } else { message };
        Ok(match left {
            Some(left) => message.with_expiry(left),
            None => message,
        })
    }

    /// The message for the pool. `reply` is the SIM or the modem that has received the message that
    /// this one answers.
    pub(crate) fn submission(
        &self,
        left: core::time::Duration,
        reply: Option<Via>,
    ) -> Result<Submission, String> {
        let via = match (reply, &self.from, &self.route) {
            (Some(via), ..) => via,
            (None, Some(name), _) => Via::Member(name.clone()),
            (None, None, Some(name)) => Via::Route(name.clone()),
            (None, None, None) => Via::Recipient,
        };
        let priority = match self.priority {
            Urgency::Alarm => Priority::Alarm,
            Urgency::Normal => Priority::Normal,
            Urgency::Bulk => Priority::Bulk,
        };
        Ok(Submission::new(self.outgoing(Some(left))?).via(via).priority(priority))
    }
}

/// The SMS-SUBMIT in hexadecimal digits; `None` for anything else.
fn submit(hex: &str) -> Option<Submit> {
    Some(Submit::decode(&octets(hex)?).ok()?.value)
}

/// The octets of pairs of hexadecimal digits; `None` for anything else.
pub(crate) fn octets(hex: &str) -> Option<Vec<u8>> {
    let mut octets = vec![0; hex.len() / 2];
    let is_whole = !hex.is_empty() && hex.len().is_multiple_of(2);
    is_whole.then(|| faster_hex::hex_decode(hex.as_bytes(), &mut octets).ok())??;
    Some(octets)
}

const fn coding_name(coding: Option<gsm7::Coding>) -> &'static str {
    match coding {
        Some(gsm7::Coding::Gsm7(_)) => "gsm7",
        Some(gsm7::Coding::Ucs2) => "ucs2",
        None => "data",
    }
}

/// The characters of a text that are not in the GSM 7-bit default alphabet, each once.
pub(crate) fn foreign(text: &str) -> Vec<char> {
    let default = gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT);
    let mut found: Vec<char> = Vec::new();
    for character in text.chars() {
        if default.cost(character).is_none() && !found.contains(&character) {
            found.push(character);
        }
    }
    found
}
