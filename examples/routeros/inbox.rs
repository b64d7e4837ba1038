//! `/tool sms inbox`: the messages that are stored in the modem.

use faster_hex::hex_string_upper;
use modem::at::sms::{ReadStorage, StorageUse};
use modem::pdu::{Class, Timestamp};
use modem::{ListMessages, Receipt, Received, StoredContent, StoredMessage};

use crate::arguments::Arguments;
use crate::logging::printable;
use crate::receiver::Receiver;
use crate::shell::{STEP, Shell, sentence};

/// A line of the inbox.
#[derive(Debug)]
struct Entry {
    source: String,
    phone: String,
    timestamp: String,
    kind: &'static str,
    message: String,
    pdu: String,
}

/// The options of `print`.
#[derive(Debug, Default)]
struct View {
    detail: bool,
    conditions: Vec<(String, String)>,
}

/// The properties that `where` can select by.
const PROPERTIES: [&str; 4] = ["phone", "type", "message", "source"];

impl Shell {
    pub(crate) fn inbox_print(&mut self, mut arguments: Arguments) -> Result<(), String> {
        let mut view = View::default();
        if let Some(mut conditions) = arguments.after("where") {
            for property in PROPERTIES {
                if let Some(value) = conditions.named(property) {
                    view.conditions.push((property.into(), value.text));
                }
            }
            conditions.end()?;
            if view.conditions.is_empty() {
                return Err("where has no condition: add one, such as phone=+37120000000".into());
            }
        }
        view.detail = arguments.flag("detail");
        let follow = arguments.flag("follow");
        arguments.end()?;
        if follow && !matches!(self.receiver, Receiver::Running(_)) {
            return Err("receiving is off: /tool sms set receive-enabled=yes before follow".into());
        }
        let messages = self.list()?;
        self.listed = messages.iter().map(|message| message.receipt().clone()).collect();
        if !view.detail {
            let head = format!(
                "{:>2} {:<14} {:<27} {:<13} {}",
                "#", "PHONE", "TIMESTAMP", "TYPE", "MESSAGE"
            );
            self.output.line(&head);
        }
        for (number, message) in messages.iter().enumerate() {
            self.show(number, &Entry::stored(message), &view);
        }
        self.report_full()?;
        if follow {
            self.follow(&view);
        }
        Ok(())
    }

    pub(crate) fn inbox_remove(&mut self, mut arguments: Arguments) -> Result<(), String> {
        let numbers = arguments.positional("numbers")?;
        arguments.end()?;
        if self.listed.is_empty() {
            self.listed = self.list()?.iter().map(|message| message.receipt().clone()).collect();
        }
        let mut chosen: Vec<Receipt> = Vec::new();
        for number in numbers.text.split(',') {
            let found =
                number.trim().parse().ok().and_then(|number: usize| self.listed.get(number));
            chosen.push(found.cloned().ok_or_else(|| {
                numbers.refused(format_args!(
                    "the item {number:?} does not exist: print the inbox first"
                ))
            })?);
        }
        // The numbers are those of the last print, and are invalid after a removal.
        self.listed.clear();
        for receipt in chosen {
            let freed =
                self.on_port(|modem| modem.delete(&receipt).map_err(|error| sentence(&error)))?;
            if freed.len() < receipt.slots().count() {
                return Err("the inbox has changed since the last print: print it again".into());
            }
        }
        Ok(())
    }

    /// Lists the messages in the modem; the parts of a long one separately with `legacy-limits`.
    fn list(&mut self) -> Result<Vec<StoredMessage>, String> {
        let separate = self.settings().legacy_limits;
        self.on_port(|modem| {
            let list = if separate { ListMessages::separate() } else { ListMessages::merged() };
            modem.run(list).map_err(|error| sentence(&error))
        })
    }

    /// The use of the storage for received messages, if it is full.
    pub(crate) fn storage_full(&mut self) -> Result<Option<StorageUse>, String> {
        let usage =
            self.on_port(|modem| modem.command(ReadStorage).map_err(|error| sentence(&error)))?;
        // The last memory is the one for received messages.
        Ok(usage.last().copied().filter(|usage| usage.used >= usage.total))
    }

    /// Prints a line if the storage for received messages is full.
    fn report_full(&mut self) -> Result<(), String> {
        if let Some(StorageUse { used, total, .. }) = self.storage_full()? {
            let next = if self.settings().auto_erase {
                "the next message erases the oldest one"
            } else {
                "remove a message to receive the next one"
            };
            self.output.line(&format!("the storage is full ({used} of {total}): {next}"));
        }
        Ok(())
    }

    /// Prints each new message, until the reader interrupts.
    fn follow(&mut self, view: &View) {
        self.follows = true;
        loop {
            let is_last = self.is_interrupted();
            self.run_for(STEP);
            for message in core::mem::take(&mut self.arrived) {
                let number = self.listed.len();
                self.show(number, &Entry::received(&message), view);
                self.listed.push(message.receipt);
            }
            if is_last {
                break;
            }
        }
        self.follows = false;
    }

    fn show(&self, number: usize, entry: &Entry, view: &View) {
        if !view.conditions.iter().all(|(property, value)| entry.is(property, value)) {
            return;
        }
        let Entry { source, phone, timestamp, kind, message, pdu } = entry;
        let line = if view.detail {
            format!(
                "{number:>2} source={source} phone={phone} timestamp={timestamp} type={kind} message={} pdu={pdu}",
                quoted(message)
            )
        } else {
            format!("{number:>2} {phone:<14} {timestamp:<27} {kind:<13} {}", printable(message))
        };
        self.output.line(line.trim_end());
    }
}

impl Entry {
    fn stored(message: &StoredMessage) -> Self {
        if let StoredContent::Received(received) = &message.content {
            return Self::received(received);
        }
        let kind = match &message.content {
            StoredContent::StatusReport(_) => "status-report",
            StoredContent::Outgoing(_) => "outgoing",
            _ => "unreadable",
        };
        let text = match &message.content {
            StoredContent::StatusReport(report) => report.tpdu.status.to_string(),
            _ => message.text().unwrap_or_default(),
        };
        Self::new(
            message.receipt(),
            message.address().map(|phone| phone.to_string()),
            message.timestamp(),
            kind,
            text,
        )
    }

    fn received(message: &Received) -> Self {
        let kind = match message.class.map(Class::raw) {
            _ if message.text.is_none() => "data",
            None => "text",
            Some(0) => "class-0",
            Some(1) => "class-1",
            Some(2) => "class-2",
            Some(_) => "class-3",
        };
        let mut text = match (&message.text, &message.data) {
            (Some(text), _) => text.clone(),
            (None, data) => hex_string_upper(data.as_deref().unwrap_or_default()),
        };
        if !message.missing.is_empty() {
            let missing: Vec<_> = message.missing.iter().map(u8::to_string).collect();
            text += &format!(" (missing parts {})", missing.join(", "));
        }
        Self::new(
            &message.receipt,
            Some(message.sender.to_string()),
            Some(message.timestamp),
            kind,
            text,
        )
    }

    fn new(
        receipt: &Receipt,
        phone: Option<String>,
        timestamp: Option<Timestamp>,
        kind: &'static str,
        message: String,
    ) -> Self {
        let sources: Vec<_> =
            receipt.slots().map(|slot| format!("{}:{}", slot.memory, slot.index)).collect();
        let pdus: Vec<_> = receipt.pdus().collect();
        let time = timestamp.and_then(Timestamp::date_time).map(|time| {
            // The service centre's time, with its offset.
            let time = time.to_string().replace('T', " ");
            let (time, offset) = time.split_at(time.len().saturating_sub("+00:00".len()));
            format!("{time} {offset}")
        });
        Self {
            source: sources.join(","),
            phone: printable(&phone.unwrap_or_default()),
            timestamp: time.unwrap_or_default(),
            kind,
            message,
            // An undecodable line may hold any characters.
            pdu: printable(&pdus.join(",")),
        }
    }

    fn is(&self, property: &str, value: &str) -> bool {
        let own = match property {
            "phone" => self.phone.as_str(),
            "type" => self.kind,
            "message" => self.message.as_str(),
            _ => self.source.as_str(),
        };
        own == value
    }
}

/// The text in quotes, as the console reads it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => {
                quoted.push('\\');
                quoted.push(character);
            }
            other => quoted += &printable(other.encode_utf8(&mut [0; 4])),
        }
    }
    quoted + "\""
}
