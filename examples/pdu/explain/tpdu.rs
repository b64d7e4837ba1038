//! The fields of a TPDU in their order. 3GPP TS 23.040, 9.2.2.

use core::ops::Range;

use pdu::{
    Address, Command, Dcs, Decoded, Deliver, DeliverReport, Envelope, Incoming, Outgoing,
    Parameters, StatusReport, Submit, SubmitReport, Timestamp, UserData, ValidityPeriod, Warnings,
};

use super::content;
use super::element;
use super::meaning;
use super::printable::{quoted, words};
use super::recognise::warning_oddity;
use super::report::{Failure, Field, Report, Values};

/// A TPDU of either direction.
pub(crate) enum Tpdu {
    Incoming(Incoming),
    Outgoing(Outgoing),
}

/// A TPDU with its octets.
pub(crate) struct Pdu {
    octets: Vec<u8>,
    /// The octets of the service centre; 0 if there is none.
    before: usize,
    smsc: Option<Address>,
    pub(crate) tpdu: Tpdu,
    warnings: Warnings,
}

impl Pdu {
    pub(crate) fn decode(octets: &[u8], has_smsc: bool, outgoing: bool) -> Result<Self, Failure> {
        let decoded = match (has_smsc, outgoing) {
            (false, false) => Incoming::decode(octets)?.map(|tpdu| (None, Tpdu::Incoming(tpdu))),
            (false, true) => Outgoing::decode(octets)?.map(|tpdu| (None, Tpdu::Outgoing(tpdu))),
            (true, false) => {
                Envelope::decode(octets)?.map(|pdu| (pdu.smsc, Tpdu::Incoming(pdu.tpdu)))
            }
            (true, true) => {
                Envelope::decode(octets)?.map(|pdu| (pdu.smsc, Tpdu::Outgoing(pdu.tpdu)))
            }
        };
        let Decoded { value: (smsc, tpdu), warnings, .. } = decoded;
        let before =
            if has_smsc { 1 + octets.first().map_or(0, |&len| usize::from(len)) } else { 0 };
        Ok(Self { octets: octets.to_vec(), before, smsc, tpdu, warnings })
    }

    /// Returns the weight of the warnings.
    pub(crate) fn oddity(&self) -> u32 {
        warning_oddity(self.warnings, &self.octets)
    }

    pub(crate) fn explain(self) -> Report {
        let mut walk = Walk {
            octets: &self.octets,
            at: 0,
            fields: Vec::new(),
            values: Values::new(self.tpdu.kind()),
        };
        walk.values.set("smsc", self.smsc.map(|smsc| smsc.to_string()));
        walk.values.set("tpdu_length", self.octets.len().saturating_sub(self.before));
        if self.before > 0 {
            let centre = self.smsc.map_or("the one stored in the modem".to_owned(), |smsc| {
                format!("{}, the service centre", meaning::address(&smsc))
            });
            walk.field(self.before, "smsc", centre);
        }
        match &self.tpdu {
            Tpdu::Incoming(Incoming::Deliver(deliver)) => walk.deliver(deliver),
            Tpdu::Incoming(Incoming::StatusReport(report)) => walk.status_report(report),
            Tpdu::Incoming(Incoming::SubmitReport(report)) => walk.submit_report(report),
            Tpdu::Outgoing(Outgoing::Submit(submit)) => walk.submit(submit),
            Tpdu::Outgoing(Outgoing::Command(command)) => walk.command(command),
            Tpdu::Outgoing(Outgoing::DeliverReport(report)) => walk.deliver_report(report),
        }
        let rest = walk.octets.len() - walk.at;
        if rest > 0 {
            walk.field(rest, "after", "not part of the TPDU");
        }
        let Walk { fields, values, .. } = walk;
        let summary = self.tpdu.summary(values.text(), content::summary(&fields));
        Report {
            title: self.title(),
            summary,
            fields,
            warnings: self.warnings,
            hints: Vec::new(),
            values,
            octets: self.octets,
        }
    }

    fn title(&self) -> String {
        let tpdu = self.octets.len().saturating_sub(self.before);
        let centre = match self.before {
            0 => "no service centre",
            _ => "after the service centre",
        };
        let (name, words) = match &self.tpdu {
            Tpdu::Incoming(Incoming::Deliver(_)) => ("SMS-DELIVER", "a message from the network"),
            Tpdu::Incoming(Incoming::StatusReport(_)) => {
                ("SMS-STATUS-REPORT", "the fate of a message that was sent")
            }
            Tpdu::Incoming(Incoming::SubmitReport(_)) => {
                ("SMS-SUBMIT-REPORT", "the network's answer to a message")
            }
            Tpdu::Outgoing(Outgoing::Submit(_)) => ("SMS-SUBMIT", "a message to the network"),
            Tpdu::Outgoing(Outgoing::Command(_)) => {
                ("SMS-COMMAND", "a command about a message that was sent")
            }
            Tpdu::Outgoing(Outgoing::DeliverReport(_)) => {
                ("SMS-DELIVER-REPORT", "the mobile's answer to a message")
            }
        };
        format!("{name}, {words}: {tpdu} octets, {centre}")
    }
}

impl Tpdu {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Incoming(Incoming::Deliver(_)) => "deliver",
            Self::Incoming(Incoming::StatusReport(_)) => "status-report",
            Self::Incoming(Incoming::SubmitReport(_)) => "submit-report",
            Self::Outgoing(Outgoing::Submit(_)) => "submit",
            Self::Outgoing(Outgoing::Command(_)) => "command",
            Self::Outgoing(Outgoing::DeliverReport(_)) => "deliver-report",
        }
    }

    /// Returns who, when and what in one line.
    fn summary(&self, text: Option<&str>, application: Option<&str>) -> String {
        let content = || match (application, text) {
            (Some(application), _) => application.to_owned(),
            (None, Some(text)) => quoted(text),
            (None, None) => "data".to_owned(),
        };
        match self {
            Self::Incoming(Incoming::Deliver(deliver)) => format!(
                "a message from {}{}, {}: {}",
                meaning::name(&deliver.originator),
                meaning::part(deliver.concatenation()),
                meaning::time(deliver.timestamp),
                content()
            ),
            Self::Incoming(Incoming::StatusReport(report)) => format!(
                "a status report from {} for reference {}: {}",
                meaning::name(&report.recipient),
                report.message_reference,
                report.status
            ),
            Self::Incoming(Incoming::SubmitReport(report)) => match report.failure {
                Some(cause) => format!("the network refuses a message: {cause}"),
                None => "the network accepts a message".to_owned(),
            },
            Self::Outgoing(Outgoing::Submit(submit)) => format!(
                "a message to {}{}: {}",
                meaning::name(&submit.destination),
                meaning::part(submit.concatenation()),
                content()
            ),
            Self::Outgoing(Outgoing::Command(command)) => format!(
                "a command to {}: {} {}",
                meaning::name(&command.destination),
                meaning::command(command.command),
                command.message_number
            ),
            Self::Outgoing(Outgoing::DeliverReport(report)) => match report.failure {
                Some(cause) => format!("the mobile refuses a message: {cause}"),
                None => "the mobile accepts a message".to_owned(),
            },
        }
    }
}

/// A walk over the octets, which adds a field for each value.
struct Walk<'a> {
    octets: &'a [u8],
    at: usize,
    fields: Vec<Field>,
    values: Values,
}

impl Walk<'_> {
    /// Returns the next `len` octets, or those that are left.
    fn take(&mut self, len: usize) -> Range<usize> {
        let start = self.at;
        self.at = (start + len).min(self.octets.len());
        start..self.at
    }

    fn field(&mut self, len: usize, name: &str, meaning: impl Into<String>) {
        let octets = self.take(len);
        self.fields.push(Field::new(name, octets, meaning));
    }

    fn octet(&self) -> u8 {
        self.octets.get(self.at).copied().unwrap_or(0)
    }

    fn first(&mut self, kind: &str, flags: &[(bool, &str)]) {
        let flags = flags.iter().filter(|(set, _)| *set).map(|(_, name)| format!(", {name}"));
        self.field(1, "first octet", kind.to_owned() + &flags.collect::<String>());
    }

    fn reference(&mut self, reference: u8) {
        self.values.set("message_reference", reference);
        self.field(1, "tp-mr", format!("message reference {reference}"));
    }

    fn address(&mut self, field: &str, role: &str, address: &Address) {
        self.values.set("number", address.to_string());
        self.values.set("ton", address.type_of_number() as u8);
        self.values.set("npi", address.numbering_plan().raw());
        let len = 2 + usize::from(self.octet()).div_ceil(2);
        self.field(len, field, format!("{role} {}", meaning::address(address)));
    }

    fn timestamp(&mut self, field: &str, key: &str, role: &str, timestamp: Timestamp) {
        self.values.set(key, timestamp.date_time().map(|time| time.to_string()));
        self.field(7, field, format!("{role} {}", meaning::time(timestamp)));
    }

    fn pid(&mut self, pid: pdu::Pid) {
        self.values.set("pid", pid.raw());
        self.field(1, "tp-pid", pid.to_string());
    }

    fn dcs(&mut self, dcs: Dcs) {
        self.values.set("dcs", dcs.raw());
        self.values.set("character_set", meaning::character_set(dcs.character_set()));
        self.values.set("class", dcs.class().map(pdu::Class::raw));
        self.field(1, "tp-dcs", meaning::dcs(dcs));
    }

    fn user_data<const N: usize>(
        &mut self,
        pid: Option<pdu::Pid>,
        dcs: Dcs,
        user_data: &UserData<N>,
        length_field: &str,
    ) {
        let unit = if dcs.counts_septets() { "septet" } else { "octet" };
        let plural = if self.octet() == 1 { "" } else { "s" };
        self.field(1, length_field, format!("{} {unit}{plural} of user data", self.octet()));
        element::set_values(user_data, &mut self.values);
        let mut ems = Vec::new();
        if !user_data.header_octets().is_empty() {
            let start = self.at;
            let octets = self.take(1);
            let mut head =
                Field::new("tp-udhl", octets, format!("{} octets of header", self.octets[start]));
            match user_data.header() {
                Some(header) => {
                    for element in header.elements() {
                        let octets = self.take(2 + element.data.len());
                        let meaning = element::meaning(&element);
                        head.inner.push(Field::new("element", octets, meaning));
                    }
                    ems.extend(
                        header.ems().filter_map(|ems| element::formatted(&ems, user_data, dcs)),
                    );
                }
                None => {
                    head.meaning.push_str(", whose lengths do not fit: ignored");
                    let octets = self.take(user_data.header_octets().len() - 1);
                    head.inner.push(Field::new("elements", octets, "ignored"));
                }
            }
            self.fields.push(head);
        }
        let text = user_data.to_text(dcs);
        let start = self.at;
        let octets = self.take(user_data.body_octets().len());
        let mut body = Field::new("tp-ud", octets, "");
        match &text {
            Some(text) => {
                body.meaning = quoted(text);
                body.inner = ems;
            }
            None => {
                self.values.set("data", faster_hex::hex_string_upper(user_data.body_octets()));
            }
        }
        if text.is_none() || content::is_packet(user_data.header()) {
            let application =
                content::explain(pid, user_data.header(), user_data.body_octets(), start);
            self.values.set("application", application.name.clone());
            body = body.with_dump().with_inner(application.fields);
            body.meaning = application.meaning;
        }
        self.values.set("text", text);
        self.fields.push(body);
    }

    fn parameters<const N: usize>(&mut self, parameters: &Parameters<N>) {
        if let Some(pid) = parameters.pid {
            self.pid(pid);
        }
        if let Some(dcs) = parameters.dcs {
            self.dcs(dcs);
        }
        if let Some(user_data) = &parameters.user_data {
            let dcs = parameters.dcs.unwrap_or_default();
            self.values.set("character_set", meaning::character_set(dcs.character_set()));
            self.user_data(parameters.pid, dcs, user_data, "tp-udl");
        }
    }

    fn indicator<const N: usize>(&mut self, parameters: &Parameters<N>) {
        let names = [
            (parameters.pid.is_some(), "tp-pid"),
            (parameters.dcs.is_some(), "tp-dcs"),
            (parameters.user_data.is_some(), "tp-udl"),
        ];
        let names: Vec<&str> =
            names.iter().filter(|(there, _)| *there).map(|(_, name)| *name).collect();
        let meaning = match names[..] {
            [] => "no other field follows".to_owned(),
            _ => format!("these fields follow: {}", names.join(", ")),
        };
        let mut last = self.octet();
        self.field(1, "tp-pi", meaning);
        while last & 0x80 != 0 && self.at < self.octets.len() {
            last = self.octet();
            self.field(1, "tp-pi", "extension");
        }
    }

    fn failure(&mut self, failure: Option<pdu::FailureCause>) {
        self.values.set("failure_cause", failure.map(|cause| cause.raw()));
        if let Some(cause) = failure {
            self.field(1, "tp-fcs", cause.to_string());
        }
    }

    fn deliver(&mut self, deliver: &Deliver) {
        self.first(
            "a DELIVER",
            &[
                (deliver.more_messages, "more messages wait"),
                (deliver.loop_prevention, "not to be forwarded"),
                (deliver.status_report, "the sender gets a status report"),
                (deliver.user_data.has_header(), "with a user data header"),
                (deliver.reply_path, "reply path"),
            ],
        );
        self.address("tp-oa", "from", &deliver.originator);
        self.pid(deliver.pid);
        self.dcs(deliver.dcs);
        self.timestamp("tp-scts", "timestamp", "at the service centre", deliver.timestamp);
        self.user_data(Some(deliver.pid), deliver.dcs, &deliver.user_data, "tp-udl");
    }

    fn status_report(&mut self, report: &StatusReport) {
        self.first(
            "a STATUS-REPORT",
            &[
                (report.more_messages, "more messages wait"),
                (report.loop_prevention, "not to be forwarded"),
                (report.on_command, "about a command"),
            ],
        );
        self.reference(report.message_reference);
        self.address("tp-ra", "sent to", &report.recipient);
        self.timestamp("tp-scts", "timestamp", "at the service centre", report.timestamp);
        self.timestamp("tp-dt", "discharge", "delivered or given up", report.discharge);
        self.values.set("status", report.status.raw());
        let category = words(&report.status.category());
        self.field(1, "tp-st", format!("{} ({category})", report.status));
        if let Some(parameters) = &report.parameters {
            self.indicator(parameters);
            self.parameters(parameters);
        }
    }

    fn submit_report(&mut self, report: &SubmitReport) {
        self.first("a SUBMIT-REPORT", &[]);
        self.failure(report.failure);
        self.indicator(&report.parameters);
        self.timestamp("tp-scts", "timestamp", "at the service centre", report.timestamp);
        self.parameters(&report.parameters);
    }

    fn submit(&mut self, submit: &Submit) {
        self.first(
            "a SUBMIT",
            &[
                (submit.reject_duplicates, "duplicates are rejected"),
                (submit.status_report, "a status report is requested"),
                (submit.user_data.has_header(), "with a user data header"),
                (submit.reply_path, "reply path"),
            ],
        );
        self.reference(submit.message_reference);
        self.address("tp-da", "to", &submit.destination);
        self.pid(submit.pid);
        self.dcs(submit.dcs);
        self.values.set("validity", submit.validity.as_ref().map(meaning::validity_value));
        if let Some(validity) = &submit.validity {
            let len = if matches!(validity, ValidityPeriod::Relative(_)) { 1 } else { 7 };
            self.field(len, "tp-vp", meaning::validity(validity));
        }
        self.user_data(Some(submit.pid), submit.dcs, &submit.user_data, "tp-udl");
    }

    fn command(&mut self, command: &Command) {
        self.first("a COMMAND", &[(command.status_report, "a status report is requested")]);
        self.reference(command.message_reference);
        self.pid(command.pid);
        self.values.set("command", command.command.raw());
        self.field(1, "tp-ct", meaning::command(command.command));
        self.values.set("message_number", command.message_number);
        self.field(1, "tp-mn", format!("message number {}", command.message_number));
        self.address("tp-da", "to", &command.destination);
        self.user_data(Some(command.pid), Dcs::DATA, &command.data, "tp-cdl");
    }

    fn deliver_report(&mut self, report: &DeliverReport) {
        self.first("a DELIVER-REPORT", &[]);
        self.failure(report.failure);
        self.indicator(&report.parameters);
        self.parameters(&report.parameters);
    }
}
