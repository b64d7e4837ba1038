//! The bodies of requests and answers.

use modem::pdu::{Address, Class, Ports, SubmitTemplate};
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
const MAX_VALIDITY: u64 = 63 * 7 * 24 * 3600;

/// A message to send.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// The number of the recipient, such as `+491715550100`.
    #[schema(example = "+491715550100")]
    pub(crate) to: String,
    /// The text; a message has either a text or data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Hello", nullable = false, max_length = 39_015)]
    pub(crate) text: Option<String>,
    /// The data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) data: Option<Data>,
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
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
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
        match (&self.text, &self.data) {
            (None, None) => {
                wrong("/text", "the message has neither text nor data: give one".into())
            }
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
        if let Some(name) = self.from.as_ref().filter(|name| !config.has_modem(name)) {
            wrong("/from", format!("there is no modem {name}: list the modems at /v1/modems"));
        }
        if let Some(name) = self.route.as_ref().filter(|name| !config.has_route(name)) {
            let problem = Problem::new(Kind::NoRoute, format!("there is no route {name}"));
            return Err(problem.with_field("/route", "name a route of the configuration"));
        }
        if !fields.is_empty() {
            return Err(Problem::fields(fields));
        }
        let message = self.outgoing(None).map_err(|detail| Problem::field("/to", detail))?;
        let plan = message.plan().map_err(|error| {
            let pointer = if self.text.is_some() { "/text" } else { "/data/hex" };
            Problem::field(pointer, error.to_string())
        })?;
        let validity = i64::try_from(validity.saturating_mul(1000)).unwrap_or(i64::MAX);
        Ok(Checked {
            recipient: message.recipient().to_string(),
            coding: coding_name(plan.coding),
            parts: plan.parts,
            expires_at: send_at.unwrap_or(now).saturating_add(validity),
            send_at,
            message: self,
        })
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
            (None, None) => return Err("the message is empty".into()),
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

/// The answer to an accepted message.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Accepted {
    /// The identifier of the message.
    pub(crate) id: String,
    /// The number of parts.
    pub(crate) parts: usize,
    /// The coding.
    #[schema(schema_with = coding)]
    pub(crate) coding: String,
}

/// The cost of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The recipient as it is dialled.
    pub(crate) to: String,
    /// The number of parts.
    pub(crate) parts: usize,
    /// The coding.
    #[schema(schema_with = coding)]
    pub(crate) coding: String,
    /// The characters that are not in the GSM 7-bit default alphabet.
    pub(crate) foreign: Vec<String>,
}

fn coding() -> utoipa::openapi::schema::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(["gsm7", "ucs2", "data"]))
        .build()
}

/// The status of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The message waits for its time.
    Scheduled,
    /// The message waits for a modem.
    Queued,
    /// A part is with a modem, or a part was sent and others wait.
    Sending,
    /// The network has accepted all parts.
    Sent,
    /// A part was not sent, and no part is tried any more.
    Failed,
    /// Nobody knows whether a part has left. It is not sent again unless a person asks for it.
    Unknown,
    /// The recipient has all parts.
    Delivered,
    /// The network could not deliver a part.
    Undelivered,
    /// The message expired before it was sent.
    Expired,
    /// The message was cancelled before it was sent.
    Cancelled,
}

impl Status {
    /// All statuses.
    pub(crate) const ALL: [Self; 10] = [
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Unknown,
        Self::Delivered,
        Self::Undelivered,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The name in the database and in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A message with its status.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Message {
    /// The identifier.
    pub(crate) id: String,
    /// The status.
    pub(crate) status: Status,
    /// `true` if the status does not change any more.
    #[serde(rename = "final")]
    pub(crate) is_final: bool,
    /// The reason of the status in words.
    pub(crate) reason: Option<String>,
    /// The recipient as it is dialled.
    pub(crate) to: String,
    /// The message as it was posted.
    pub(crate) request: NewMessage,
    /// The coding.
    #[schema(schema_with = coding)]
    pub(crate) coding: String,
    /// The parts in order.
    pub(crate) parts: Vec<Part>,
    /// The time of acceptance (RFC 3339).
    pub(crate) created_at: String,
    /// The time of the last change (RFC 3339).
    pub(crate) updated_at: String,
    /// The time to send (RFC 3339), if it was given.
    pub(crate) send_at: Option<String>,
    /// The time after which the message is not sent (RFC 3339).
    pub(crate) expires_at: Option<String>,
    /// The sender's own reference.
    pub(crate) client_reference: Option<String>,
    /// The message that this one repeats.
    pub(crate) resend_of: Option<String>,
    /// The changes so far. Lists and webhooks omit them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) history: Vec<Change>,
}

/// A part of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Part {
    /// The number of the part, counted from 1.
    pub(crate) number: i64,
    /// The state: `waiting`, `claimed`, `released`, or one of the statuses of a message.
    pub(crate) state: String,
    /// The message reference (TP-MR) from the modem.
    pub(crate) reference: Option<i64>,
    /// The modem that had the part last.
    pub(crate) modem: Option<String>,
    /// The SIM that has sent the part.
    pub(crate) sim: Option<String>,
    /// The reason of the state in words.
    pub(crate) reason: Option<String>,
}

/// A change of a message or a part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Change {
    /// The time (RFC 3339).
    pub(crate) at: String,
    /// The status of the message, or the state of the part.
    pub(crate) status: String,
    /// The number of the part, counted from 1.
    pub(crate) part: Option<i64>,
    /// The modem.
    pub(crate) modem: Option<String>,
    /// The reason in words.
    pub(crate) reason: Option<String>,
}

/// A received message.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Incoming {
    /// The identifier, derived from the message: read again, the message has the same one.
    pub(crate) id: String,
    /// The number or the name of the sender, as the network gave it.
    pub(crate) from: String,
    /// The type of the number.
    pub(crate) number_type: String,
    /// The text; `null` for data and for a PDU that cannot be decoded.
    pub(crate) text: Option<String>,
    /// The data in hexadecimal digits.
    pub(crate) data: Option<String>,
    /// The port of the application.
    pub(crate) port: Option<u16>,
    /// The message class.
    pub(crate) class: Option<u8>,
    /// The modem that has received the message.
    pub(crate) modem: String,
    /// The ICCID of the SIM.
    pub(crate) sim: Option<String>,
    /// The time at which the service centre received the message (RFC 3339), on its own clock.
    pub(crate) sent_at: Option<String>,
    /// The time at which the gateway received the message (RFC 3339).
    pub(crate) received_at: String,
    /// The numbers of missing parts.
    pub(crate) missing: Vec<u8>,
    /// The PDUs of the parts, with the service centre.
    pub(crate) pdus: Vec<String>,
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub(crate) next: Option<String>,
}

/// A USSD code for a modem.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UssdRequest {
    /// The name of the modem.
    pub(crate) modem: String,
    /// The code, or the answer to a question of the network.
    #[schema(example = "*100#", max_length = 182)]
    pub(crate) code: String,
}

/// The reply of a USSD service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UssdAnswer {
    /// The text of the network.
    pub(crate) text: Option<String>,
    /// `true` if the network waits for an answer.
    pub(crate) needs_answer: bool,
}

/// A modem.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct ModemView {
    /// The name in the configuration.
    pub(crate) name: String,
    /// The state: `down`, `idle`, `sending` or `quarantined`.
    pub(crate) state: String,
    /// The reason of the state in words.
    pub(crate) reason: Option<String>,
    /// The vendor.
    pub(crate) manufacturer: Option<String>,
    /// The model.
    pub(crate) model: Option<String>,
    /// The serial number of the modem.
    pub(crate) imei: Option<String>,
    /// The serial number of the SIM.
    pub(crate) iccid: Option<String>,
    /// The name of the network.
    pub(crate) operator: Option<String>,
    /// `true` if the modem is registered in a network.
    pub(crate) registered: Option<bool>,
    /// The signal strength in dBm.
    pub(crate) signal: Option<i16>,
    /// The use of the memory for received messages.
    pub(crate) storage: Option<Storage>,
    /// The number of parts that were sent since the start.
    pub(crate) sent: u64,
    /// The number of parts that were refused.
    pub(crate) failed: u64,
    /// The number of parts whose outcome is unknown.
    pub(crate) unknown: u64,
    /// The number of messages and status reports that were received.
    pub(crate) received: u64,
}

/// The use of a memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Storage {
    /// The number of messages.
    pub(crate) used: u32,
    /// The capacity.
    pub(crate) total: u32,
}

/// A PDU to explain.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inspect {
    /// One or more PDUs in hexadecimal digits, or lines of a modem that hold some.
    #[schema(example = "07911356131313F311000B919471515500F00000FF05C8329BFD06")]
    pub(crate) pdu: String,
}

/// A webhook that could not be delivered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// The number of the delivery.
    pub(crate) id: i64,
    /// The name of the endpoint.
    pub(crate) endpoint: String,
    /// The identifier of the webhook, the same in each attempt.
    pub(crate) webhook_id: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The number of attempts.
    pub(crate) attempts: i64,
    /// The last failure in words.
    pub(crate) error: Option<String>,
    /// The time of the event (RFC 3339).
    pub(crate) created_at: String,
}
