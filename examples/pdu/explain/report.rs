//! The explanation of one PDU: its fields as a tree, and its values as JSON.

use core::ops::Range;

use faster_hex::hex_string_upper;
use pdu::Warnings;
use serde_json::{Map, Value, json};

/// A field: its octets, their meaning, and the fields inside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The position of its octets; `None` for a value that was worked out of other fields.
    pub(crate) octets: Option<Range<usize>>,
    pub(crate) meaning: String,
    /// The octets are neither text nor explained: they are shown as a hex dump.
    pub(crate) is_data: bool,
    pub(crate) inner: Vec<Self>,
}

impl Field {
    pub(crate) fn new(
        name: impl Into<String>,
        octets: Range<usize>,
        meaning: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), octets: Some(octets), meaning: meaning.into(), ..Self::default() }
    }

    /// A field without octets of its own.
    pub(crate) fn value(name: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), meaning: meaning.into(), ..Self::default() }
    }

    pub(crate) fn with_inner(mut self, inner: Vec<Self>) -> Self {
        self.inner = inner;
        self
    }

    pub(crate) fn with_dump(mut self) -> Self {
        self.is_data = true;
        self
    }

    fn to_json(&self, octets: &[u8]) -> Value {
        let own = self.octets.clone().and_then(|range| octets.get(range));
        json!({
            "name": self.name,
            "offset": self.octets.as_ref().map(|range| range.start),
            "octets": own.map(hex_string_upper),
            "meaning": self.meaning,
            "fields": self.inner.iter().map(|field| field.to_json(octets)).collect::<Vec<_>>(),
        })
    }
}

/// The explanation of one PDU.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) octets: Vec<u8>,
    /// The kind of PDU in a few words.
    pub(crate) title: String,
    /// The content in one line: who, when, what.
    pub(crate) summary: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) warnings: Warnings,
    /// Remarks on the reading of the PDU.
    pub(crate) hints: Vec<String>,
    pub(crate) values: Values,
}

impl Report {
    pub(crate) fn to_json(&self) -> Value {
        let mut values = self.values.0.clone();
        let fields: Vec<Value> =
            self.fields.iter().map(|field| field.to_json(&self.octets)).collect();
        let warnings: Vec<&str> = self.warnings.iter().map(pdu::Warning::name).collect();
        values.insert("warnings".into(), warnings.into());
        values.insert("hints".into(), self.hints.clone().into());
        values.insert("title".into(), self.title.clone().into());
        values.insert("summary".into(), self.summary.clone().into());
        values.insert("fields".into(), fields.into());
        Value::Object(values)
    }
}

/// The keys of every object.
const KEYS: [&str; 26] = [
    "type",
    "smsc",
    "number",
    "ton",
    "npi",
    "pid",
    "dcs",
    "character_set",
    "class",
    "text",
    "data",
    "application",
    "udh",
    "concatenation",
    "ports",
    "language",
    "timestamp",
    "message_reference",
    "status",
    "discharge",
    "validity",
    "failure_cause",
    "command",
    "message_number",
    "tpdu_length",
    "warnings",
];

/// The typed values of a PDU, with all keys; those that are not set are null.
#[derive(Debug)]
pub(crate) struct Values(Map<String, Value>);

impl Values {
    pub(crate) fn new(kind: &str) -> Self {
        let mut values = Self(KEYS.iter().map(|&key| (key.to_owned(), Value::Null)).collect());
        values.set("type", kind);
        values
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.0.get("text")?.as_str()
    }
}

/// The reason why a PDU cannot be read, its offset, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) offset: usize,
    pub(crate) advice: &'static str,
}

impl Failure {
    pub(crate) fn new(error: impl Into<String>, offset: usize, advice: &'static str) -> Self {
        Self { error: error.into(), offset, advice }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "error": self.error, "offset": self.offset, "advice": self.advice })
    }
}

impl From<pdu::DecodeError> for Failure {
    fn from(error: pdu::DecodeError) -> Self {
        use pdu::DecodeErrorKind as Kind;

        let advice = match error.kind() {
            Kind::Truncated { .. } => {
                "copy the whole PDU, or use --no-smsc if it begins with its TPDU"
            }
            Kind::AddressLength(_) => {
                "use --no-smsc if the PDU begins with its TPDU, or name its kind with --as"
            }
            Kind::HexDigit(_) | Kind::HalfOctet => "give whole octets of hexadecimal digits",
            _ => "name the kind of PDU with --as",
        };
        Self { offset: error.offset(), error: error.to_string(), advice }
    }
}
