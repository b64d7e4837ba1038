//! The PDUs and USSD strings among the lines of a dialogue, decoded in place.

use crate::explain::input::Header;
use crate::explain::joined::Joiner;
use crate::explain::{Options, pasted};
use crate::found::{Decoded, Found, text};

/// Decodes the PDUs of all events. A message of several parts is joined where its last part stands.
pub(crate) fn decode(found: &mut [Found]) {
    let mut joiner = Joiner::default();
    for event in found {
        // The echo of a command is a header without its PDU.
        let is_echo = event.event == "unknown" && event.text.starts_with("AT");
        if matches!(event.event, "prompt" | "resync") || is_echo {
            continue;
        }
        let mut blocks = vec![event.lines.join("\n")];
        if let (Some(command), Some(payload)) = (&event.command, &event.payload) {
            blocks.insert(0, format!("{}\n{}", text(command), text(payload)));
        }
        for block in blocks {
            let has_pdu = block
                .lines()
                .any(|line| line.starts_with("+CUSD:") || Header::parse(line).is_some());
            for read in has_pdu.then(|| pasted(&block, Options::default())).into_iter().flatten() {
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
