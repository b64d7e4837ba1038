//! The PDUs and USSD strings among the lines of a dialogue, decoded in place.

use gsm7::charset::Charset;

use crate::explain::input::Header;
use crate::explain::joined::Joiner;
use crate::explain::ussd::{Strings, explain_line};
use crate::explain::{Options, pasted};
use crate::found::{Decoded, Found, text};
use crate::words;

/// Decodes the PDUs of all events. A message of several parts is joined where its last part stands.
pub(crate) fn decode(found: &mut [Found]) {
    let mut joiner = Joiner::default();
    let mut strings = Strings::default();
    for event in found {
        // The echo of a command is a header without its PDU.
        let is_echo = event.event == "unknown" && event.text.starts_with("AT");
        if matches!(event.event, "prompt" | "resync") || is_echo {
            continue;
        }
        if let Some(charset) = charset(event) {
            strings.charset = Some(charset);
        }
        if event.name.as_deref() == Some("+CUSD") {
            let report = explain_line(&event.raw, strings);
            event.pdus.extend(report.map(|report| Decoded::Report(Box::new(report))));
            continue;
        }
        let mut blocks = vec![event.lines.join("\n")];
        let payload = event.payload.as_ref().filter(|payload| !payload.is_empty());
        if let (Some(command), Some(payload)) = (&event.command, payload) {
            blocks.insert(0, format!("{}\n{}", text(command), text(payload)));
        }
        for block in blocks {
            let has_pdu = block
                .lines()
                .any(|line| line.starts_with("+CUSD:") || Header::parse(line).is_some());
            let options = Options { strings, ..Options::default() };
            for read in has_pdu.then(|| pasted(&block, options)).into_iter().flatten() {
                match read {
                    Ok(read) => {
                        let joined = joiner.insert(&read);
                        event.pdus.push(Decoded::Report(Box::new(read.report)));
                        event.pdus.extend(joined.map(|report| Decoded::Report(Box::new(report))));
                    }
                    Err(failure) => event.pdus.push(Decoded::Failure(failure)),
                }
            }
        }
    }
}

/// Returns the character set that a successful `AT+CSCS` sets or reads.
fn charset(event: &Found) -> Option<Charset> {
    let command = event.command_text().filter(|_| event.event == "response")?;
    if words::name(&command) != "+CSCS" || command.ends_with("=?") {
        return None;
    }
    let line = event.lines.iter().find(|line| line.starts_with("+CSCS:"));
    Charset::from_name(line.unwrap_or(&command).split('"').nth(1)?)
}
