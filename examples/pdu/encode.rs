//! `pdu encode`: from a number and a text to PDUs.

use core::error::Error;
use core::time::Duration;
use std::io;

use gsm7::{Coding, Codings, Language};
use pdu::{Class, Envelope, Reference, RelativeValidity, ReportRequest, SubmitTemplate};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{answer_lines, sentence};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number of the recipient.
    #[arg(long, required_unless_present = "json")]
    to: Option<String>,
    /// The text.
    #[arg(required_unless_present = "json")]
    text: Option<String>,
    /// The number of the service centre.
    #[arg(long)]
    smsc: Option<String>,
    /// The class, 0 to 3.
    #[arg(long)]
    class: Option<u8>,
    /// Asks for status reports.
    #[arg(long)]
    report: bool,
    /// What the text is written in.
    #[arg(long, value_enum, default_value_t)]
    coding: Writing,
    /// The reference of a long message.
    #[arg(long, default_value_t = 0)]
    reference: u16,
    /// Whether the reference has 16 bits.
    #[arg(long)]
    wide: bool,
    /// How long the service centre tries to deliver the message.
    #[arg(long)]
    validity_seconds: Option<u64>,
    /// Reads an object with these arguments a line from stdin, and prints one for each.
    #[arg(long)]
    json: bool,
}

/// What a text may be written in.
#[derive(Clone, Copy, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Writing {
    #[default]
    Auto,
    Gsm7,
    Ucs2,
    National,
}

/// One message to be written.
#[derive(Deserialize)]
struct Order {
    to: String,
    text: String,
    smsc: Option<String>,
    class: Option<u8>,
    report: Option<Report>,
    coding: Option<Writing>,
    reference: Option<u16>,
    wide: Option<bool>,
    validity_seconds: Option<u64>,
}

/// Whether status reports are to come: yes or no, or for which parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Report {
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

struct Written {
    coding: &'static str,
    /// The `<length>` of `+CMGS`, and the digits.
    parts: Vec<(usize, String)>,
}

/// Whether everything could be written.
pub(crate) fn run(arguments: &Arguments) -> io::Result<bool> {
    if arguments.json {
        return answer_lines(|line| {
            let written =
                serde_json::from_str(line).map_err(Into::into).and_then(|order| write(&order));
            written
                .map(|written| written.to_json())
                .map_err(|error| json!({ "error": sentence(&*error) }))
        });
    }
    match write(&Order::from(arguments)) {
        Ok(written) => {
            written.parts.iter().for_each(|(length, pdu)| println!("{length} {pdu}"));
            Ok(true)
        }
        Err(error) => {
            eprintln!("pdu: {}", sentence(&*error));
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
            report: Some(Report::Flag(arguments.report)),
            coding: Some(arguments.coding),
            reference: Some(arguments.reference),
            wide: Some(arguments.wide),
            validity_seconds: arguments.validity_seconds,
        }
    }
}

impl Written {
    fn to_json(&self) -> Value {
        let parts = self.parts.iter().map(|(length, pdu)| json!({ "length": length, "pdu": pdu }));
        json!({ "coding": self.coding, "parts": parts.collect::<Vec<_>>() })
    }
}

fn write(order: &Order) -> Result<Written, Box<dyn Error>> {
    let mut template = SubmitTemplate::new(order.to.parse()?);
    template.class = match order.class {
        None => None,
        Some(class @ 0..=3) => Some(Class::from_bits(class)),
        Some(class) => return Err(format!("there is no class {class}: use 0 to 3").into()),
    };
    template.status_report = match order.report {
        None | Some(Report::Flag(false) | Report::Parts(Parts::None)) => ReportRequest::None,
        Some(Report::Flag(true) | Report::Parts(Parts::All)) => ReportRequest::All,
        Some(Report::Parts(Parts::Last)) => ReportRequest::Last,
    };
    template.codings = match order.coding.unwrap_or_default() {
        Writing::Auto => Codings::DEFAULT,
        Writing::Gsm7 => Codings::GSM7,
        Writing::Ucs2 => Codings::UCS2,
        Writing::National => Language::ALL.into_iter().fold(Codings::GSM7, Codings::with_language),
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
            return Err(format!("reference {reference} does not fit 8 bits: use a wide one").into());
        }
    };

    let split = template.split(&order.text, reference)?;
    let parts = split.parts.into_iter().map(|tpdu| {
        let envelope = Envelope { smsc, tpdu };
        Ok((envelope.length(), envelope.to_hex()?))
    });
    Ok(Written {
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
