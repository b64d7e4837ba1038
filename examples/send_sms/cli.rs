//! The command line of both examples, and the lines that they print.

use core::error::Error;

use clap::Parser;
use modem::at::mux::Dlci;
use modem::gsm7::Coding;
use modem::pdu::{Address, Class, StatusCategory};
use modem::simulator::{Fact, Simulator, Verb};
use modem::{
    Config, Event, OutgoingMessage, PartOutcome, Profile, Receipt, SendResult, Slot, StatusReport,
    WireLine,
};

use crate::common::output::{self, say};
use crate::common::status::{self, Failure, usage};
use crate::common::{Link, json, sentence};

/// The simulated modem follows the standards; other profiles imitate vendors.
pub(crate) const PROFILE: modem::simulator::Profile = modem::simulator::Profile::GENERIC;

/// The reply of the simulated recipient: two parts.
const REPLY: &str = "Thank you for your message! This reply is longer than a short message can be, so the network \
                     delivers it in two parts, the second one first. They are joined in the right order.";

/// A text of more than 160 septets: each of `€ { }` takes two septets.
const LONG: &str = "The quick brown fox {jumps} over the lazy dog for 5 €. The quick brown fox {jumps} over the lazy dog for \
                    10 €. The quick brown fox {jumps} over the lazy dog for 15 €.";

/// A text that needs UCS-2 because of one emoji: 70 units a part instead of 160 septets.
const EMOJI: &str = "The quick brown fox jumps over the lazy dog, and both have a good laugh about it afterwards \u{1F98A}";

/// Sends text messages and shows every step: the coding, the parts, the dialogue with the modem,
/// and the message references.
///
/// Without --port and --tcp the modem is simulated: the example sends two long messages, and
/// receives a reply in two parts.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// The number of the recipient; an international number begins with +
    #[arg(long, value_name = "NUMBER", default_value = "+491715550100")]
    pub(crate) to: String,
    /// The text to send, instead of the two texts of the example
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// The number of the service centre, instead of the one on the SIM
    #[arg(long, value_name = "NUMBER")]
    pub(crate) smsc: Option<String>,
    /// Request a status report for each part; with the simulated modem the example waits for it
    #[arg(long)]
    pub(crate) status_report: bool,
    /// Send a flash message (class 0), which the recipient's phone shows at once
    #[arg(long)]
    pub(crate) flash: bool,
    /// Multiplex (AT+CMUX), and send on this channel; other channels stay free for PPP or GNSS
    #[arg(long, value_name = "CHANNEL", num_args = 0..=1, default_missing_value = "1")]
    mux: Option<u8>,
    /// Print JSON: an object for each message that was sent, and for each that arrived
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) link: Link,
}

impl Cli {
    /// The channel of the multiplexer, if one is to be used.
    pub(crate) fn channel(&self) -> Result<Option<Dlci>, Failure> {
        let Some(number) = self.mux else { return Ok(None) };
        Dlci::new(number).map(Some).ok_or_else(|| usage("--mux: the channels are 1 to 61"))
    }
}

/// The checked messages, and the replies to expect.
#[derive(Debug)]
pub(crate) struct Story {
    /// The configuration of the session.
    pub(crate) config: Config,
    /// The messages to send.
    pub(crate) messages: Vec<OutgoingMessage>,
    to: Address,
    status_report: bool,
}

impl Story {
    /// Checks the options before anything is sent.
    pub(crate) fn new(cli: &Cli) -> Result<Self, Failure> {
        output::json_only(cli.json);
        let to: Address =
            cli.to.parse().map_err(|error| usage(format!("--to {:?}: {error}", cli.to)))?;
        let smsc: Option<Address> = match &cli.smsc {
            Some(number) => {
                Some(number.parse().map_err(|error| usage(format!("--smsc {number:?}: {error}")))?)
            }
            None => None,
        };
        let texts = match &cli.text {
            Some(text) => vec![text.as_str()],
            None => vec![LONG, EMOJI],
        };
        let mut messages = Vec::new();
        for text in texts {
            let mut message = OutgoingMessage::text(to, text);
            if cli.status_report {
                message = message.request_status_report();
            }
            if cli.flash {
                message = message.with_class(Class::Flash);
            }
            if let Some(smsc) = smsc {
                message = message.with_smsc(smsc);
            }
            message.plan().map_err(|error| usage(format!("--text: {error}")))?;
            messages.push(message);
        }
        Ok(Self { config: cli.link.config()?, messages, to, status_report: cli.status_report })
    }

    /// The recipient's reply, as the simulated network delivers it.
    pub(crate) fn reply(&self) -> Verb {
        Verb::Deliver { from: self.to.to_string(), text: REPLY.into(), reversed: true }
    }

    /// The messages and status reports that the simulated network will deliver.
    pub(crate) fn awaited(&self, results: &[SendResult]) -> Awaited {
        let parts: usize = results.iter().map(|result| result.parts.len()).sum();
        let status_reports = if self.status_report { parts } else { 0 };
        Awaited { reply: true, status_reports, slots: Vec::new() }
    }

    /// Compares the printed lines with the truth log of the simulated network.
    pub(crate) fn check(
        &self,
        results: &[SendResult],
        simulator: &Simulator,
    ) -> Result<(), Box<dyn Error>> {
        let truth = simulator.truth();
        let submitted: Vec<u8> = truth
            .iter()
            .filter_map(|entry| match entry.fact {
                Fact::Submitted { reference, .. } => Some(reference),
                _ => None,
            })
            .collect();
        let shown: Vec<u8> = results.iter().flat_map(SendResult::references).collect();
        if submitted != shown {
            return Err(format!(
                "the message references differ: {submitted:?} in the network, {shown:?} from the modem"
            )
            .into());
        }
        let stored = truth.iter().filter(|entry| matches!(entry.fact, Fact::Stored { .. })).count();
        let deleted =
            truth.iter().filter(|entry| matches!(entry.fact, Fact::Deleted { .. })).count();
        if stored != deleted {
            return Err(format!("messages left on the SIM: {}", stored - deleted).into());
        }
        say!(
            "-- the simulated network agrees: parts sent: {}, received parts deleted from the SIM: {deleted}",
            shown.len()
        );
        Ok(())
    }
}

/// The events that the example still waits for.
#[derive(Debug)]
pub(crate) struct Awaited {
    reply: bool,
    status_reports: usize,
    slots: Vec<Slot>,
}

impl Awaited {
    /// Returns `true` if nothing is missing.
    pub(crate) fn is_over(&self) -> bool {
        !self.reply && self.status_reports == 0 && self.slots.is_empty()
    }

    /// Prints an event, and returns the receipt to acknowledge, if there is one.
    pub(crate) fn take<'a>(&mut self, event: &'a Event) -> Result<Option<&'a Receipt>, String> {
        match event {
            Event::Received(message) => {
                let when = message
                    .timestamp
                    .date_time()
                    .map_or_else(|| "an unknown time".into(), |time| time.to_string());
                output::object(&json::received(message));
                say!("received from {} at {when}:", message.sender);
                say!("  {}", message.text.as_deref().unwrap_or("(no text)"));
                if message.text.as_deref() != Some(REPLY) {
                    return Err("the reply is not the text that the recipient sent".into());
                }
                self.reply = false;
                self.slots.extend(message.receipt.slots());
                Ok(Some(&message.receipt))
            }
            Event::StatusReport(received @ StatusReport { tpdu: report, receipt, .. }) => {
                output::object(&json::status_report(received));
                say!("status report for reference {}: {}", report.message_reference, report.status);
                if report.status.category() != StatusCategory::Completed {
                    return Err("a part was not delivered".into());
                }
                self.status_reports = self.status_reports.saturating_sub(1);
                self.slots.extend(receipt.slots());
                Ok(Some(receipt))
            }
            Event::Released(slot) => {
                say!("deleted from the SIM: {} {}", slot.memory, slot.index);
                self.slots.retain(|other| other != slot);
                Ok(None)
            }
            Event::Closed => Err("the link to the modem has ended: run the example again".into()),
            _ => Ok(None),
        }
    }
}

/// Prints one line of the dialogue.
#[expect(clippy::needless_pass_by_value, reason = "a trace passes each line by value")]
pub(crate) fn show_line(line: WireLine) {
    say!("  {line}");
}

/// Prints the coding of a message and its number of parts.
pub(crate) fn show_plan(message: &OutgoingMessage) -> Result<(), Box<dyn Error>> {
    let plan = message.plan()?;
    let coding = match plan.coding {
        Some(Coding::Ucs2) => "UCS-2",
        _ => "GSM 7-bit",
    };
    let parts = if plan.parts == 1 { "one part".into() } else { format!("{} parts", plan.parts) };
    say!("-- sending to {}: coding {coding}, {parts}", message.recipient());
    Ok(())
}

/// Prints the result of a send; an error unless it is certain that all parts were sent.
pub(crate) fn show_result(to: &Address, result: &SendResult) -> Result<(), Failure> {
    output::object(&json::message(&to.to_string(), result));
    let count = result.parts.len();
    for (index, part) in result.parts.iter().enumerate() {
        let number = index + 1;
        match &part.outcome {
            PartOutcome::Sent { reference } => {
                say!("part {number} of {count}: sent, reference {reference}");
            }
            PartOutcome::Failed { error } => {
                say!("part {number} of {count}: not sent: {}", sentence(error));
            }
            PartOutcome::Unknown { error } => {
                say!("part {number} of {count}: may have been sent: {}", sentence(error));
            }
            _ => say!("part {number} of {count}: not tried"),
        }
    }
    status::of_message(result, "the message").map_or(Ok(()), Err)
}

/// The vendor, model, firmware and service centre of the modem.
pub(crate) fn identity(profile: &Profile) -> String {
    let words = [&profile.manufacturer, &profile.model, &profile.revision];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let smsc = profile.smsc.as_deref().unwrap_or("none");
    format!(
        "{}, service centre {smsc}",
        if words.is_empty() { "a modem".into() } else { words.join(" ") }
    )
}
