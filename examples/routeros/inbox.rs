//! `/tool sms inbox`: the messages that are stored in the modem.

use faster_hex::hex_string_upper;
use modem::at::sms::StorageUse;
use modem::pdu::{Class, Timestamp};
use modem::{Receipt, Received, StoredContent, StoredMessage};

use crate::common::printable::printable;
use crate::items::{Item, Menu};
use crate::logging;
use crate::receiver::Receiver;
use crate::script::Failure;
use crate::shell::Shell;

impl Shell {
    /// The messages in the modem; the parts of a long one separately with `legacy-limits`.
    pub(crate) fn inbox_items(&mut self) -> Result<Vec<Item>, Failure> {
        let separate = self.settings().legacy_limits;
        let messages = self.on_port(|modem| modem.list(separate))?;
        let keys = messages.iter().map(|message| key(message.receipt())).collect();
        let ids = self.ids.entry(Menu::Inbox).or_default().assign(keys);
        let receipts = messages.iter().map(|message| message.receipt().clone());
        self.receipts = ids.iter().copied().zip(receipts).collect();
        let secret = self.settings().secret.clone();
        let items = messages.iter().zip(ids).enumerate();
        Ok(items
            .map(|(number, (message, id))| Item {
                id,
                number,
                properties: stored(message, &secret),
            })
            .collect())
    }

    /// The messages that have arrived during `print follow`; the first gets this number.
    pub(crate) fn arrived_items(&mut self, first: usize) -> Vec<Item> {
        let secret = self.settings().secret.clone();
        let messages = core::mem::take(&mut self.arrived);
        let items = messages.iter().enumerate().map(|(count, message)| {
            // The next listing numbers them; until then they need numbers that no item has.
            let id = u32::MAX - u32::try_from(first + count).unwrap_or_default();
            Item { id, number: first + count, properties: received(message, &secret) }
        });
        items.collect()
    }

    pub(crate) fn check_follow(&self, menu: Menu) -> Result<(), Failure> {
        if menu == Menu::Inbox && !matches!(self.receiver, Receiver::On(_)) {
            return Err("receiving is off: /tool sms set receive-enabled=yes before follow".into());
        }
        Ok(())
    }

    pub(crate) fn inbox_remove(&mut self, items: &[Item]) -> Result<(), Failure> {
        for item in items {
            let receipt = self.receipts.iter().find(|(id, _)| *id == item.id);
            let Some((_, receipt)) = receipt.cloned() else { continue };
            let freed = self.on_port(|modem| modem.remove(&receipt))?;
            if freed < receipt.slots().count() {
                return Err("the inbox has changed since the last print: print it again".into());
            }
        }
        Ok(())
    }

    /// The use of the storage for received messages, if it is full.
    pub(crate) fn storage_full(&mut self) -> Result<Option<StorageUse>, Failure> {
        let usage = self.on_port(|modem| modem.storage())?;
        // The last memory is the one for received messages.
        Ok(usage.last().copied().filter(|usage| usage.used >= usage.total))
    }

    /// Prints a line if the storage for received messages is full.
    pub(crate) fn report_full(&mut self) -> Result<(), Failure> {
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
}

/// The identity of a stored message: its slots, and what they hold.
fn key(receipt: &Receipt) -> String {
    let slots = receipt.slots().map(|slot| format!("{}:{}", slot.memory, slot.index));
    slots.chain(receipt.pdus().map(String::from)).collect::<Vec<_>>().join(",")
}

type Properties = Vec<(&'static str, String)>;

fn stored(message: &StoredMessage, secret: &str) -> Properties {
    if let StoredContent::Received(message) = &message.content {
        return received(message, secret);
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
    let phone = message.address().map(|phone| phone.to_string());
    properties(message.receipt(), phone, message.timestamp(), kind, text, secret)
}

fn received(message: &Received, secret: &str) -> Properties {
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
    let sender = Some(message.sender.to_string());
    properties(&message.receipt, sender, Some(message.timestamp), kind, text, secret)
}

fn properties(
    receipt: &Receipt,
    phone: Option<String>,
    timestamp: Option<Timestamp>,
    kind: &'static str,
    message: String,
    secret: &str,
) -> Properties {
    let sources: Vec<_> =
        receipt.slots().map(|slot| format!("{}:{}", slot.memory, slot.index)).collect();
    // The secret is masked in the text when it is shown, but its octets in a PDU are not a word.
    let pdus: Vec<_> = if logging::has_secret(&message, secret) {
        vec![String::from("****")]
    } else {
        receipt.pdus().map(String::from).collect()
    };
    let time = timestamp.and_then(Timestamp::date_time).map(|time| {
        // The service centre's time, with its offset.
        let time = time.to_string().replace('T', " ");
        let (time, offset) = time.split_at(time.len().saturating_sub("+00:00".len()));
        format!("{time} {offset}")
    });
    vec![
        ("source", sources.join(",")),
        ("phone", printable(&phone.unwrap_or_default())),
        ("timestamp", time.unwrap_or_default()),
        ("type", kind.into()),
        ("message", message),
        // An undecodable line may hold any characters.
        ("pdu", printable(&pdus.join(","))),
    ]
}
