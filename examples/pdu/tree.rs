//! A PDU as a tree: the position of each field, its octets, and their meaning.

use core::fmt::Write;

use faster_hex::hex_string_upper;
use pdu::{Address, Dcs, Incoming, Information, Outgoing, Parameters, Timestamp, UserData};

use crate::decode::{Pdu, Tpdu, name};

/// The tree, one line per field.
pub(crate) fn print(pdu: &Pdu) -> String {
    let mut tree = Tree { octets: &pdu.octets, at: 0, lines: String::new() };
    if pdu.before > 0 {
        tree.field(
            pdu.before,
            "smsc",
            &pdu.smsc.map_or("the default of the modem".to_owned(), |smsc| address(&smsc)),
        );
    }
    match &pdu.tpdu {
        Tpdu::Incoming(incoming) => tree.incoming(incoming),
        Tpdu::Outgoing(outgoing) => tree.outgoing(outgoing),
    }
    let rest = tree.octets.len() - tree.at;
    if rest > 0 {
        tree.field(rest, "after", "not part of the tpdu");
    }
    for warning in pdu.warnings.iter() {
        let _ = writeln!(tree.lines, "warning: {warning} ({})", warning.name());
    }
    tree.lines
}

struct Tree<'a> {
    octets: &'a [u8],
    at: usize,
    lines: String,
}

impl Tree<'_> {
    /// Adds a line for the next `len` octets, or for those that are left.
    fn field(&mut self, len: usize, field: &str, meaning: &str) {
        let end = (self.at + len).min(self.octets.len());
        let octets = hex_string_upper(&self.octets[self.at..end]);
        let range = match end - self.at {
            0 => "-".to_owned(),
            1 => format!("{}", self.at),
            _ => format!("{}-{}", self.at, end - 1),
        };
        let octets = if octets.len() > 24 { format!("{}...", &octets[..24]) } else { octets };
        // Writing to a string never fails.
        let _ = writeln!(self.lines, "{range:>8}  {octets:<27}  {field:<12}  {meaning}");
        self.at = end;
    }

    fn octet(&self) -> u8 {
        self.octets.get(self.at).copied().unwrap_or(0)
    }

    fn first(&mut self, kind: &str, flags: &[(bool, &str)]) {
        let flags = flags.iter().filter(|(set, _)| *set).map(|(_, name)| format!(", {name}"));
        let meaning = kind.to_owned() + &flags.collect::<String>();
        self.field(1, "first octet", &meaning);
    }

    fn address(&mut self, field: &str, value: &Address) {
        let len = 2 + usize::from(self.octet()).div_ceil(2);
        self.field(len, field, &address(value));
    }

    fn timestamp(&mut self, field: &str, timestamp: Timestamp) {
        let meaning =
            timestamp.date_time().map_or("not a date".to_owned(), |time| time.to_string());
        self.field(7, field, &meaning);
    }

    fn dcs(&mut self, dcs: Dcs) {
        let mut meaning = name(dcs.character_set()).to_owned();
        if let Some(class) = dcs.class() {
            let _ = write!(meaning, ", class {}", class.raw());
        }
        for (set, word) in
            [(dcs.is_compressed(), "compressed"), (dcs.is_auto_deleted(), "deleted when read")]
        {
            if set {
                let _ = write!(meaning, ", {word}");
            }
        }
        if let Some(waiting) = dcs.waiting() {
            let _ = write!(
                meaning,
                ", {:?} waiting: {}",
                waiting.kind,
                if waiting.active { "yes" } else { "no" }
            );
        }
        self.field(1, "tp-dcs", &meaning);
    }

    fn user_data<const N: usize>(&mut self, dcs: Dcs, user_data: &UserData<N>) {
        let unit = if dcs.counts_septets() { "septets" } else { "octets" };
        self.field(1, "tp-udl", &format!("{} {unit}", self.octet()));
        if !user_data.header_octets().is_empty() {
            let header = user_data.header();
            let meaning = if header.is_some() { "" } else { ", invalid lengths" };
            self.field(1, "tp-udhl", &format!("{} octets{meaning}", self.octet()));
            match header {
                Some(header) => header.elements().for_each(|element| {
                    let meaning = format!("{}{}", element.id, details(element.information()));
                    self.field(2 + element.data.len(), "  element", &meaning);
                }),
                None => self.field(user_data.header_octets().len() - 1, "  elements", "ignored"),
            }
        }
        let meaning = user_data.to_text(dcs).map_or("data".to_owned(), |text| format!("{text:?}"));
        self.field(user_data.body_octets().len(), "tp-ud", &meaning);
    }

    fn parameters<const N: usize>(&mut self, parameters: &Parameters<N>) {
        if let Some(pid) = parameters.pid {
            self.field(1, "tp-pid", &pid.to_string());
        }
        if let Some(dcs) = parameters.dcs {
            self.dcs(dcs);
        }
        if let Some(user_data) = &parameters.user_data {
            self.user_data(parameters.dcs.unwrap_or_default(), user_data);
        }
    }

    fn indicator(&mut self) {
        self.field(1, "tp-pi", "parameter indicator");
        while self.at < self.octets.len() && self.octets[self.at - 1] & 0x80 != 0 {
            self.field(1, "tp-pi", "extension");
        }
    }

    fn incoming(&mut self, incoming: &Incoming) {
        match incoming {
            Incoming::Deliver(deliver) => {
                self.first(
                    "deliver",
                    &[
                        (deliver.more_messages, "more messages to send"),
                        (deliver.loop_prevention, "loop prevention"),
                        (deliver.status_report, "status report"),
                        (deliver.user_data.has_header(), "header"),
                        (deliver.reply_path, "reply path"),
                    ],
                );
                self.address("tp-oa", &deliver.originator);
                self.field(1, "tp-pid", &deliver.pid.to_string());
                self.dcs(deliver.dcs);
                self.timestamp("tp-scts", deliver.timestamp);
                self.user_data(deliver.dcs, &deliver.user_data);
            }
            Incoming::StatusReport(report) => {
                self.first(
                    "status report",
                    &[
                        (report.more_messages, "more messages to send"),
                        (report.on_command, "for a command"),
                    ],
                );
                self.field(1, "tp-mr", &report.message_reference.to_string());
                self.address("tp-ra", &report.recipient);
                self.timestamp("tp-scts", report.timestamp);
                self.timestamp("tp-dt", report.discharge);
                self.field(
                    1,
                    "tp-st",
                    &format!("{} ({:?})", report.status, report.status.category()),
                );
                if let Some(parameters) = &report.parameters {
                    self.indicator();
                    self.parameters(parameters);
                }
            }
            Incoming::SubmitReport(report) => {
                self.first("submit report", &[]);
                if let Some(cause) = report.failure {
                    self.field(1, "tp-fcs", &cause.to_string());
                }
                self.indicator();
                self.timestamp("tp-scts", report.timestamp);
                self.parameters(&report.parameters);
            }
        }
    }

    fn outgoing(&mut self, outgoing: &Outgoing) {
        match outgoing {
            Outgoing::Submit(submit) => {
                self.first(
                    "submit",
                    &[
                        (submit.reject_duplicates, "reject duplicates"),
                        (submit.status_report, "status report"),
                        (submit.user_data.has_header(), "header"),
                        (submit.reply_path, "reply path"),
                    ],
                );
                self.field(1, "tp-mr", &submit.message_reference.to_string());
                self.address("tp-da", &submit.destination);
                self.field(1, "tp-pid", &submit.pid.to_string());
                self.dcs(submit.dcs);
                match submit.validity {
                    None => {}
                    Some(pdu::ValidityPeriod::Absolute(until)) => self.timestamp("tp-vp", until),
                    Some(validity) => {
                        let len = if matches!(validity, pdu::ValidityPeriod::Relative(_)) {
                            1
                        } else {
                            7
                        };
                        let meaning = validity
                            .duration()
                            .map_or("not set".to_owned(), |time| format!("{time:?}"));
                        self.field(len, "tp-vp", &meaning);
                    }
                }
                self.user_data(submit.dcs, &submit.user_data);
            }
            Outgoing::Command(command) => {
                self.first("command", &[(command.status_report, "status report")]);
                self.field(1, "tp-mr", &command.message_reference.to_string());
                self.field(1, "tp-pid", &command.pid.to_string());
                self.field(1, "tp-ct", &format!("{:?}", command.command));
                self.field(1, "tp-mn", &command.message_number.to_string());
                self.address("tp-da", &command.destination);
                self.user_data(Dcs::DATA, &command.data);
            }
            Outgoing::DeliverReport(report) => {
                self.first("deliver report", &[]);
                if let Some(cause) = report.failure {
                    self.field(1, "tp-fcs", &cause.to_string());
                }
                self.indicator();
                self.parameters(&report.parameters);
            }
        }
    }
}

fn address(address: &Address) -> String {
    format!("{address} ({:?}, plan {})", address.type_of_number(), address.numbering_plan().raw())
}

/// The content of an information element, shown after its name.
fn details(information: Information<'_>) -> String {
    match information {
        Information::Concatenation(part) => {
            format!(
                ": part {} of {}, reference {}",
                part.sequence(),
                part.total(),
                part.reference().value()
            )
        }
        Information::Ports(ports) => {
            let push = if ports.is_wap_push() { ", wap push" } else { "" };
            format!(": to {} from {}{push}", ports.destination(), ports.source())
        }
        Information::SpecialMessage(special) => {
            format!(": {} of {:?} waiting", special.count, special.kind())
        }
        Information::SingleShift(language) | Information::LockingShift(language) => {
            format!(": {}", language.name().unwrap_or("unknown"))
        }
        Information::ReplyAddress(address) => format!(": {address}"),
        Information::EnhancedVoiceMail(mail) => {
            format!(": {} waiting, call {}", mail.waiting(), mail.mailbox())
        }
        Information::ServiceCentreControl(octet) | Information::Source(octet) => {
            format!(": {octet:#04x}")
        }
        _ => String::new(),
    }
}
