//! `pdu encode`: a number and a text to PDUs.

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write};

use gsm7::{Coding, Codings, Language};
use pdu::{Class, Envelope, Reference, RelativeValidity, ReportRequest, SubmitTemplate};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::output::complain;
use crate::{answer_lines, sentence};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number of the recipient
    #[arg(long, required_unless_present = "json")]
    to: Option<String>,
    /// The text to send
    #[arg(required_unless_present = "json")]
    text: Option<String>,
    /// The number of the service centre
    #[arg(long)]
    smsc: Option<String>,
    /// The message class, 0 to 3
    #[arg(long)]
    class: Option<u8>,
    /// Request a status report for each part
    #[arg(long)]
    status_report: bool,
    /// The codings to choose from
    #[arg(long, value_enum, default_value_t)]
    coding: CodingChoice,
    /// The reference of a concatenated message
    #[arg(long, default_value_t = 0)]
    reference: u16,
    /// Use a reference of 16 bits instead of 8
    #[arg(long)]
    wide: bool,
    /// The validity period: the time for which the service centre tries to deliver the message
    #[arg(long)]
    validity_seconds: Option<u64>,
    /// Read JSON objects with these arguments from standard input, one a line, and print one for
    /// each
    #[arg(long)]
    json: bool,
}

/// The codings that a text may use.
#[derive(Clone, Copy, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum CodingChoice {
    #[default]
    Auto,
    Gsm7,
    Ucs2,
    National,
}

/// The message to encode.
#[derive(Deserialize)]
struct Order {
    to: String,
    text: String,
    smsc: Option<String>,
    class: Option<u8>,
    status_report: Option<StatusReports>,
    coding: Option<CodingChoice>,
    reference: Option<u16>,
    wide: Option<bool>,
    validity_seconds: Option<u64>,
}

/// The parts that request a status report; `true` means all of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum StatusReports {
    Flag(bool),
    Parts(Parts),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Parts {
    None,
    All,
    Last,
}

struct Encoded {
    coding: &'static str,
    /// The `<length>` of `+CMGS`, and the digits.
    parts: Vec<(usize, String)>,
}

/// Encodes, and prints the result; `true` if every message was valid.
pub(crate) fn run(arguments: &Arguments) -> io::Result<bool> {
    if arguments.json {
        return answer_lines(|line| {
            let encoded =
                serde_json::from_str(line).map_err(Into::into).and_then(|order| encode(&order));
            encoded
                .map(|encoded| encoded.to_json())
                .map_err(|error| json!({ "error": sentence(&*error) }))
        });
    }
    match encode(&Order::from(arguments)) {
        Ok(encoded) => {
            let mut out = io::stdout().lock();
            for (length, pdu) in &encoded.parts {
                writeln!(out, "{length} {pdu}")?;
            }
            Ok(true)
        }
        Err(error) => {
            complain!("pdu: {}", sentence(&*error));
            Ok(false)
        }
    }
}

impl From<&Arguments> for Order {
    fn from(arguments: &Arguments) -> Self {
        Self {
            to: arguments.to.clone().unwrap_or_default(),
            text: arguments.text.clone().unwrap_or_default(),
            smsc: arguments.smsc.clone(),
            class: arguments.class,
            status_report: Some(StatusReports::Flag(arguments.status_report)),
            coding: Some(arguments.coding),
            reference: Some(arguments.reference),
            wide: Some(arguments.wide),
            validity_seconds: arguments.validity_seconds,
        }
    }
}

impl Encoded {
    fn to_json(&self) -> Value {
        let parts = self.parts.iter().map(|(length, pdu)| json!({ "length": length, "pdu": pdu }));
        json!({ "coding": self.coding, "parts": parts.collect::<Vec<_>>() })
    }
}

fn encode(order: &Order) -> Result<Encoded, Box<dyn Error>> {
    let mut template = SubmitTemplate::new(order.to.parse()?);
    template.class = match order.class {
        None => None,
        Some(class @ 0..=3) => Some(Class::from_bits(class)),
        Some(class) => return Err(format!("the class {class} is out of range: use 0 to 3").into()),
    };
    template.status_report = match order.status_report {
        None | Some(StatusReports::Flag(false) | StatusReports::Parts(Parts::None)) => {
            ReportRequest::None
        }
        Some(StatusReports::Flag(true) | StatusReports::Parts(Parts::All)) => ReportRequest::All,
        Some(StatusReports::Parts(Parts::Last)) => ReportRequest::Last,
    };
    template.codings = match order.coding.unwrap_or_default() {
        CodingChoice::Auto => Codings::DEFAULT,
        CodingChoice::Gsm7 => Codings::GSM7,
        CodingChoice::Ucs2 => Codings::UCS2,
        CodingChoice::National => {
            Language::ALL.into_iter().fold(Codings::GSM7, Codings::with_language)
        }
    };
    if let Some(seconds) = order.validity_seconds {
        template.validity = Some(RelativeValidity::at_least(Duration::from_secs(seconds))?.into());
    }
    let smsc = order.smsc.as_deref().filter(|smsc| !smsc.is_empty()).map(str::parse).transpose()?;
    let reference = order.reference.unwrap_or(0);
    let reference = match (order.wide.unwrap_or(false), u8::try_from(reference)) {
        (true, _) => Reference::Sixteen(reference),
        (false, Ok(reference)) => Reference::Eight(reference),
        (false, Err(_)) => {
            return Err(format!(
                "the reference {reference} does not fit 8 bits: use --wide, or 0 to 255"
            )
            .into());
        }
    };

    let split = template.split(&order.text, reference)?;
    let parts = split.parts.into_iter().map(|tpdu| {
        let envelope = Envelope { smsc, tpdu };
        Ok((envelope.length(), envelope.to_hex()?))
    });
    Ok(Encoded {
        coding: name(split.coding),
        parts: parts.collect::<Result<_, pdu::EncodeError>>()?,
    })
}

fn name(coding: Coding) -> &'static str {
    match coding {
        Coding::Gsm7(gsm7::Alphabet::DEFAULT) => "gsm7",
        Coding::Gsm7(_) => "national",
        _ => "ucs2",
    }
}
