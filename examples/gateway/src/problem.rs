//! Problems (RFC 9457): one table of their kinds, each with a page of its own.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;

/// The kind of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    InProgress,
    HasLeft,
    NotUnknown,
    TooLarge,
    WrongMediaType,
    WrongHost,
    Invalid,
    NoRoute,
    KeyReused,
    TooManyRequests,
    ModemFailed,
    EndpointFailed,
    ModemDown,
    Unavailable,
}

/// A row of the table: the kind, its name in `type`, its status, its title, and what to do.
type Row = (Kind, &'static str, u16, &'static str, &'static str);

/// All kinds of problems.
const TABLE: [Row; 19] = [
    (
        Kind::BadRequest,
        "bad-request",
        400,
        "The request cannot be read",
        "Correct the JSON, the query or the header that the detail names.",
    ),
    (
        Kind::Unauthorized,
        "unauthorized",
        401,
        "The API key is missing or unknown",
        "Send the header Authorization: Bearer KEY with a key of the configuration.",
    ),
    (
        Kind::Forbidden,
        "forbidden",
        403,
        "The API key does not have the scope",
        "Use another key, or add the scope that the detail names to this one.",
    ),
    (
        Kind::NotFound,
        "not-found",
        404,
        "There is nothing with this address",
        "Check the path and the identifier.",
    ),
    (
        Kind::MethodNotAllowed,
        "method-not-allowed",
        405,
        "The address does not have this method",
        "See /openapi.json for the methods of each address.",
    ),
    (
        Kind::InProgress,
        "in-progress",
        409,
        "A request with the same Idempotency-Key is in progress",
        "Send the request again in a moment, with the same key.",
    ),
    (
        Kind::HasLeft,
        "has-left",
        409,
        "The message cannot be cancelled",
        "A part of it may have left, or it has ended: read its status.",
    ),
    (
        Kind::NotUnknown,
        "not-resendable",
        409,
        "The message is still under way",
        "Wait until it is unknown, failed, expired, cancelled or undelivered.",
    ),
    (
        Kind::TooLarge,
        "too-large",
        413,
        "The request is too large",
        "Send less, or raise limits.body in the configuration.",
    ),
    (
        Kind::WrongMediaType,
        "wrong-media-type",
        415,
        "The request is not JSON",
        "Send the header Content-Type: application/json.",
    ),
    (
        Kind::WrongHost,
        "wrong-host",
        421,
        "The request names another host",
        "Use localhost or the address in the URL, or give the gateway keys.",
    ),
    (Kind::Invalid, "invalid", 422, "A field is invalid", "Correct the fields that errors names."),
    (
        Kind::NoRoute,
        "no-route",
        422,
        "There is no modem for this message",
        "Name a route or a modem of the configuration, see /v1/modems.",
    ),
    (
        Kind::KeyReused,
        "key-reused",
        422,
        "The Idempotency-Key was used for another request",
        "Use a new key for a new message.",
    ),
    (
        Kind::TooManyRequests,
        "too-many-requests",
        429,
        "Too many requests",
        "Send the request again after the time in Retry-After.",
    ),
    (
        Kind::ModemFailed,
        "modem-failed",
        502,
        "The modem or the network has refused",
        "Read the detail. The code may be wrong, or the network busy.",
    ),
    (
        Kind::EndpointFailed,
        "endpoint-failed",
        502,
        "The endpoint of the webhook has failed",
        "Read the detail, correct the endpoint or its url in the configuration, and test it again.",
    ),
    (
        Kind::ModemDown,
        "modem-down",
        503,
        "The modem is not ready",
        "Look at /v1/modems, and send the request again after the time in Retry-After.",
    ),
    (
        Kind::Unavailable,
        "unavailable",
        503,
        "The gateway cannot accept the request now",
        "Send the request again after the time in Retry-After, with the same Idempotency-Key.",
    ),
];

impl Kind {
    fn row(self) -> Row {
        // A test says that each kind has a row.
        TABLE.into_iter().find(|row| row.0 == self).unwrap_or(TABLE[0])
    }

    /// The status of the answer.
    pub(crate) fn status(self) -> u16 {
        self.row().2
    }

    /// The kind in words.
    pub(crate) fn title(self) -> &'static str {
        self.row().3
    }
}

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Field {
    /// The JSON pointer of the field (RFC 6901).
    #[schema(example = "/to")]
    pub(crate) pointer: String,
    /// The reason in words.
    pub(crate) detail: String,
}

impl Field {
    /// A field by its pointer.
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A problem (RFC 9457).
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    pub(crate) errors: Vec<Field>,
    /// The time in seconds after which the request may succeed.
    pub(crate) retry_after: Option<u64>,
}

/// The body of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// The kind, a path of this server with an explanation.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// The reason in this case.
    detail: String,
    /// The invalid fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Field>,
}

impl Problem {
    /// A problem with its reason.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = match kind {
            Kind::InProgress => Some(1),
            Kind::TooManyRequests | Kind::ModemDown | Kind::Unavailable => Some(5),
            _ => None,
        };
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after }
    }

    /// A problem with one field.
    pub(crate) fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::fields(vec![Field::new(pointer, detail)])
    }

    /// A problem with several fields.
    pub(crate) fn fields(errors: Vec<Field>) -> Self {
        let detail = errors.first().map_or_else(String::new, |field| field.detail.clone());
        Self { errors, ..Self::new(Kind::Invalid, detail) }
    }

    /// Adds a field.
    #[must_use]
    pub(crate) fn with_field(mut self, pointer: &str, detail: &str) -> Self {
        self.errors.push(Field::new(pointer, detail));
        self
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request has failed");
        Self::new(Kind::Unavailable, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, name, status, title, _) = self.kind.row();
        let body = ProblemBody {
            kind: format!("/problems/{name}"),
            title,
            status,
            detail: self.detail,
            errors: self.errors,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&body).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The reason of a parser, with its types in words.
pub(crate) fn plain(reason: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected usize", "expected a whole number from 0"),
        ("expected socket address", "expected an address with a port, such as 127.0.0.1:8025"),
        (
            "invalid socket address syntax",
            "expected an address with a port, such as 127.0.0.1:8025",
        ),
    ];
    let mut plain = reason.to_owned();
    for (word, words) in WORDS {
        if let Some(before) = plain.strip_suffix(word) {
            plain = format!("{before}{words}");
        }
    }
    // The types of this program mean nothing to its users.
    match plain.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected fields in braces"),
        None => plain,
    }
}

/// The page of a kind of problem, as plain text; `None` if there is no such kind.
pub(crate) fn page(name: &str) -> Option<String> {
    let (_, _, status, title, advice) = TABLE.into_iter().find(|row| row.1 == name)?;
    Some(format!("{title} (status {status}).\n\n{advice}\n"))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Problem, TABLE, page, plain};

    #[test]
    fn each_kind_has_one_row_and_one_page() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, index, "{}", row.1);
            assert!(page(row.1).unwrap().contains(row.4));
        }
        assert_eq!(Kind::Unavailable as usize + 1, TABLE.len());
    }

    #[test]
    fn the_types_of_the_program_are_put_into_words() {
        let table = [
            ("invalid value: integer `-1`, expected u16", "integer `-1`, expected a whole number"),
            ("invalid type: null, expected struct Data with 2", "null, expected fields in braces"),
            ("invalid type: null, expected a string", "null, expected a string"),
            ("invalid socket address syntax", "expected an address with a port, such as"),
        ];
        for (reason, expected) in table {
            assert!(plain(reason).contains(expected), "{}", plain(reason));
        }
    }

    #[test]
    fn the_readme_has_a_row_for_each_kind() {
        let readme = include_str!("../README.md");
        for (_, name, status, title, _) in TABLE {
            assert!(readme.contains(&format!("| `{name}` | {status} | {title} |")), "{name}");
        }
    }

    #[test]
    fn what_may_succeed_later_says_when() {
        for (kind, name, status, ..) in TABLE {
            let says = Problem::new(kind, "").retry_after.is_some();
            assert!(says || !matches!(status, 429 | 503), "{name}");
        }
    }
}
