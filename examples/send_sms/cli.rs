//! The command line of both examples, and how they show what happened.

use core::error::Error;
use std::io::{self, Write};

use clap::Parser;
use modem::gsm7::Coding;
use modem::pdu::{Address, Class, StatusCategory};
use modem::simulator::{Fact, Simulator, Verb};
use modem::{
    Config, Event, OutgoingMessage, PartOutcome, Profile, Receipt, SendOutcome, SendResult, Slot,
    StatusReport, WireLine,
};

use crate::link::Link;

/// The simulated modem keeps to the standards; others imitate makers.
pub(crate) const PROFILE: modem::simulator::Profile = modem::simulator::Profile::GENERIC;

/// What the simulated recipient answers: two parts.
const REPLY: &str = "Thank you for your message! This reply is longer than one short message can be, so the network brings it in \
                     two parts, and the second one comes first; put together they read as they were written.";

/// A text of more than 160 septets: each of `€ { }` takes two of them.
const LONG: &str = "The quick brown fox {jumps} over the lazy dog for 5 €. The quick brown fox {jumps} over the lazy dog for \
                    10 €. The quick brown fox {jumps} over the lazy dog for 15 €.";

/// One emoji, and the whole text needs UCS-2: 70 units instead of 160 septets a part.
const EMOJI: &str = "The quick brown fox jumps over the lazy dog, and both have a good laugh about it afterwards \u{1F98A}";

/// Sends text messages and shows every step: the coding, the parts, the dialogue with the modem, the references.
///
/// Without --port and --tcp the modem is a simulated one: two long messages leave, and a reply in two parts comes back.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// Whom to send to; a leading + makes it an international number
    #[arg(long, value_name = "NUMBER", default_value = "+491715550100")]
    pub(crate) to: String,
    /// What to send, instead of the two texts that the example brings
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// The service centre to send by, instead of the one that the SIM names
    #[arg(long, value_name = "NUMBER")]
    pub(crate) smsc: Option<String>,
    /// Ask for a delivery report for each part; the simulated network sends it, and the example waits for it
    #[arg(long)]
    pub(crate) report: bool,
    /// Show the text at once on the recipient's screen (class 0)
    #[arg(long)]
    pub(crate) flash: bool,
    #[command(flatten)]
    pub(crate) link: Link,
}

/// What is to be sent, checked, and what is to come of it.
#[derive(Debug)]
pub(crate) struct Story {
    /// How the modem is used.
    pub(crate) config: Config,
    /// What to send.
    pub(crate) messages: Vec<OutgoingMessage>,
    to: Address,
    report: bool,
}

impl Story {
    /// Reads the options; nothing has been sent when one of them is wrong.
    pub(crate) fn new(cli: &Cli) -> Result<Self, String> {
        let to: Address = cli.to.parse().map_err(|error| format!("--to {:?}: {error}", cli.to))?;
        let smsc: Option<Address> = match &cli.smsc {
            Some(number) => {
                Some(number.parse().map_err(|error| format!("--smsc {number:?}: {error}"))?)
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
            if cli.report {
                message = message.request_status_report();
            }
            if cli.flash {
                message = message.with_class(Class::Flash);
            }
            if let Some(smsc) = smsc {
                message = message.with_smsc(smsc);
            }
            message.plan().map_err(|error| format!("--text: {error}"))?;
            messages.push(message);
        }
        Ok(Self { config: cli.link.config()?, messages, to, report: cli.report })
    }

    /// The recipient's reply, as the simulated network delivers it.
    pub(crate) fn reply(&self) -> Verb {
        Verb::Deliver { from: self.to.to_string(), text: REPLY.into(), reversed: true }
    }

    /// What the simulated network has for us.
    pub(crate) fn awaited(&self, reports: &[SendResult]) -> Awaited {
        let parts: usize = reports.iter().map(|report| report.parts.len()).sum();
        Awaited { reply: true, reports: if self.report { parts } else { 0 }, slots: Vec::new() }
    }

    /// Compares what was shown with what the simulated network knows.
    pub(crate) fn check(
        &self,
        reports: &[SendResult],
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
        let shown: Vec<u8> = reports.iter().flat_map(SendResult::references).collect();
        if submitted != shown {
            return Err(format!(
                "the network took the references {submitted:?}, the modem said {shown:?}"
            )
            .into());
        }
        let stored = truth.iter().filter(|entry| matches!(entry.fact, Fact::Stored { .. })).count();
        let deleted =
            truth.iter().filter(|entry| matches!(entry.fact, Fact::Deleted { .. })).count();
        if stored != deleted {
            return Err(format!("{} messages are left on the SIM", stored - deleted).into());
        }
        println!(
            "-- the network confirms: {} part(s) taken, {deleted} part(s) of the reply deleted from the SIM",
            shown.len()
        );
        Ok(())
    }
}

/// What has still to come before everything is confirmed.
#[derive(Debug)]
pub(crate) struct Awaited {
    reply: bool,
    reports: usize,
    slots: Vec<Slot>,
}

impl Awaited {
    /// Whether nothing is missing any more.
    pub(crate) fn is_over(&self) -> bool {
        !self.reply && self.reports == 0 && self.slots.is_empty()
    }

    /// Shows what happened; gives the receipt to acknowledge if there is one.
    pub(crate) fn take<'a>(&mut self, event: &'a Event) -> Result<Option<&'a Receipt>, String> {
        match event {
            Event::Received(message) => {
                let when = message
                    .timestamp
                    .date_time()
                    .map_or_else(|| "an unknown time".into(), |time| time.to_string());
                println!("received from {} at {when}:", message.sender);
                println!("  {}", message.text.as_deref().unwrap_or("(no text)"));
                if message.text.as_deref() != Some(REPLY) {
                    return Err("this is not what the recipient answered".into());
                }
                self.reply = false;
                self.slots.extend(message.receipt.slots());
                Ok(Some(&message.receipt))
            }
            Event::StatusReport(StatusReport { tpdu: report, receipt, .. }) => {
                println!(
                    "delivery report for reference {}: {}",
                    report.message_reference, report.status
                );
                if report.status.category() != StatusCategory::Completed {
                    return Err("a part was not delivered".into());
                }
                self.reports = self.reports.saturating_sub(1);
                self.slots.extend(receipt.slots());
                Ok(Some(receipt))
            }
            Event::Released(slot) => {
                println!("deleted from the SIM: {} {}", slot.memory, slot.index);
                self.slots.retain(|other| other != slot);
                Ok(None)
            }
            Event::Closed => Err("the link to the modem has ended".into()),
            _ => Ok(None),
        }
    }
}

/// Prints one line of the dialogue.
#[expect(clippy::needless_pass_by_value, reason = "a trace gives each line away")]
pub(crate) fn show_line(line: WireLine) {
    // Nobody reads it if standard output is closed, and the message goes out all the same.
    let _ = writeln!(io::stdout(), "  {line}");
}

/// Prints how a message will go.
pub(crate) fn show_plan(message: &OutgoingMessage) -> Result<(), Box<dyn Error>> {
    let plan = message.plan()?;
    let coding = match plan.coding {
        Some(Coding::Ucs2) => "UCS-2",
        _ => "GSM 7-bit",
    };
    let parts = if plan.parts == 1 { "one part".into() } else { format!("{} parts", plan.parts) };
    println!("-- sending to {}: coding {coding}, {parts}", message.recipient());
    Ok(())
}

/// Prints what became of a message; an error unless it is certain that all of it was sent.
pub(crate) fn show_report(report: &SendResult) -> Result<(), String> {
    let count = report.parts.len();
    for (index, part) in report.parts.iter().enumerate() {
        let number = index + 1;
        match &part.outcome {
            PartOutcome::Sent { reference } => {
                println!("part {number} of {count}: sent, reference {reference}");
            }
            PartOutcome::Failed { error } => {
                println!("part {number} of {count}: not sent: {error}")
            }
            PartOutcome::Unknown { error } => {
                println!("part {number} of {count}: may have been sent: {error}");
            }
            _ => println!("part {number} of {count}: not tried"),
        }
    }
    let why = report.error().map(|error| format!(": {error}")).unwrap_or_default();
    match report.outcome() {
        SendOutcome::Sent => Ok(()),
        SendOutcome::Failed => Err(format!("the message was not sent{why}")),
        SendOutcome::Unknown => Err(format!(
            "the message may have been sent{why}; sending it again may deliver it twice"
        )),
    }
}

/// What the modem says of itself.
pub(crate) fn identity(profile: &Profile) -> String {
    let words = [&profile.manufacturer, &profile.model, &profile.revision];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let smsc = profile.smsc.as_deref().unwrap_or("none");
    format!(
        "{}, service centre {smsc}",
        if words.is_empty() { "a modem".into() } else { words.join(" ") }
    )
}
