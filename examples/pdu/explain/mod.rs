//! The explanation of PDUs to a person: shared by the examples `pdu` and `at_replay`.

mod broadcast;
mod content;
mod element;
pub(crate) mod input;
pub(crate) mod joined;
mod meaning;
mod packet;
pub(crate) mod printable;
pub(crate) mod recognise;
pub(crate) mod report;
mod tpdu;
pub(crate) mod ussd;
mod wap;

use input::{Header, Item};
use recognise::{Kind, Read, read_as, recognise, recognise_tpdu};
use report::Failure;
use ussd::Strings;

/// The facts about a PDU that are known before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// The kind; recognised if `None`.
    pub(crate) kind: Option<Kind>,
    /// There is no service centre before the TPDU.
    pub(crate) no_smsc: bool,
    /// The facts about the strings of `+CUSD`.
    pub(crate) strings: Strings,
}

/// Explains each PDU and string of lines that a person pasted, or that a log has.
pub(crate) fn pasted(text: &str, options: Options) -> Vec<Result<Read, Failure>> {
    match input::items(text) {
        Ok(items) => items.iter().map(|item| read(item, options)).collect(),
        Err(failure) => vec![Err(failure)],
    }
}

fn read(item: &Item, options: Options) -> Result<Read, Failure> {
    match item {
        Item::Ussd(line) => {
            let report = ussd::explain_line(line, options.strings).ok_or_else(|| {
                Failure::new("the line +CUSD cannot be parsed", 0, "give the whole line")
            })?;
            Ok(Read { kind: Kind::Ussd(None), has_smsc: false, report, oddity: 0 })
        }
        Item::Octets { octets, header } => match (options.kind, header) {
            (Some(kind), _) => read_as(kind, !options.no_smsc, octets),
            (None, Some(header)) => read_after(header, options.no_smsc, octets),
            (None, None) if options.no_smsc => recognise_tpdu(octets),
            (None, None) => recognise(octets),
        },
    }
}

/// Reads octets by the line before.
///
/// The line may be wrong: a PDU that does not fit it is recognised by its shape.
fn read_after(header: &Header, no_smsc: bool, octets: &[u8]) -> Result<Read, Failure> {
    let has_smsc = header.kind != Kind::Broadcast && !no_smsc;
    let mut read = match read_as(header.kind, has_smsc, octets) {
        Ok(read) => read,
        Err(failure) => recognise(octets).ok().ok_or(failure)?,
    };
    let before = match octets.first() {
        Some(&length) if read.has_smsc => 1 + usize::from(length),
        _ => 0,
    };
    let there = octets.len().saturating_sub(before);
    if let Some(length) = header.length.filter(|length| *length != there) {
        read.report.hints.push(format!(
            "the line before announces {length} octets, and {there} are there: part of the PDU may \
             be missing or masked"
        ));
    }
    Ok(read)
}
