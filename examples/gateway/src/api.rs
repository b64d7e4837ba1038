//! The bodies of requests and answers.

mod new_message;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use self::new_message::{
    Checked, Data, MAX_VALIDITY, NewMessage, Urgency, foreign, octets,
};

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
    /// The units that the last part still has room for: septets, or UTF-16 units. `null` for data.
    pub(crate) remaining: Option<usize>,
    /// The text with the nearest characters of the GSM 7-bit default alphabet, if the text needs
    /// UCS-2 and that one does not.
    pub(crate) plain: Option<String>,
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
    /// The SIM that had the part last.
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

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// The newest item is last.
    #[default]
    Oldest,
    /// The newest item is first.
    Newest,
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub(crate) next: Option<String>,
}

/// A route and its modems.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RouteView {
    /// The name in the configuration.
    pub(crate) name: String,
    /// The beginnings of the numbers that take the route.
    pub(crate) prefixes: Vec<String>,
    /// The modems.
    pub(crate) modems: Vec<String>,
    /// The modems that send when none of the others can.
    pub(crate) fallback: Vec<String>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
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
    /// The parts sent in each of the last minutes, at most 60, the current one last.
    pub(crate) sent_by_minute: Vec<u64>,
    /// The messages and reports received in each of the last minutes, at most 60, the current one last.
    pub(crate) received_by_minute: Vec<u64>,
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

/// The answer to the test of an endpoint that has accepted its webhook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Tested {
    /// The identifier of the webhook.
    pub(crate) webhook_id: String,
    /// The time until the answer of the endpoint.
    pub(crate) milliseconds: u64,
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
