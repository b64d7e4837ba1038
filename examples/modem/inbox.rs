//! The messages in the memories of the modem.

use core::error::Error;
use core::str::FromStr;

use clap::{Args, Subcommand};
use modem::at::sms::{Memory, MessageStatus};
use modem::{Slot, StoredContent, StoredMessage};
use serde_json::json;

use crate::Cli;
use crate::common::json;
use crate::common::output::{self, say, waiting};
use crate::common::status::{failed, has_changed, of_change};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// List the messages, oldest first; the modem marks them as read
    List {
        /// Only those that have not been read
        #[arg(long)]
        unread: bool,
    },
    /// Delete messages
    Delete(Which),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The messages in these slots, as `inbox list` shows them, with all their parts
    #[arg(value_name = "MEMORY:INDEX")]
    slots: Vec<Place>,
    /// All received messages that have been read
    #[arg(long)]
    read: bool,
    /// All messages
    #[arg(long)]
    all: bool,
}

/// A slot on the command line, such as `SM:3`.
#[derive(Debug, Clone, Copy)]
struct Place(Slot);

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let slot = text.split_once(':').and_then(|(memory, index)| {
            Some(Slot::new(memory.parse::<Memory>().ok()?, index.parse().ok()?))
        });
        slot.map(Self).ok_or_else(|| "a slot is written like SM:3".into())
    }
}

pub(crate) fn run(cli: &Cli, task: &Task) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open()?;
    match task {
        Task::List { unread } => {
            let messages = waiting("reading the messages", || modem.messages())?;
            let is_shown =
                |message: &&StoredMessage| !unread || message.status == MessageStatus::UNREAD;
            let mut count = 0;
            for message in messages.iter().filter(is_shown) {
                show(message);
                count += 1;
            }
            say!("-- messages: {count}");
            Ok(())
        }
        Task::Delete(which) => {
            let deleted = if which.all {
                waiting("deleting", || modem.delete_all())
            } else if which.read {
                waiting("deleting", || modem.delete_read())
            } else {
                let messages = waiting("reading the messages", || modem.messages())?;
                let mut deleted = Vec::new();
                for Place(slot) in &which.slots {
                    let holds =
                        |message: &&StoredMessage| message.receipt().slots().any(|one| one == slot);
                    let Some(message) = messages.iter().find(holds) else {
                        let place = json::slot(slot);
                        return Err(failed(format!(
                            "there is no message in {place}: list them with `inbox list`"
                        ))
                        .into());
                    };
                    // Two slots of one message delete it once.
                    if !deleted.contains(slot) {
                        let slots = modem.delete(message.receipt()).map_err(|e| of_change(&e))?;
                        has_changed();
                        deleted.extend(slots);
                    }
                }
                Ok(deleted)
            };
            let deleted = deleted.map_err(|error| of_change(&error))?;
            output::object(&json!({ "type": "deleted", "slots": json::slots(deleted.iter()) }));
            say!("-- slots freed in the modem: {}", deleted.len());
            Ok(())
        }
    }
}

fn show(message: &StoredMessage) {
    output::object(&json::stored(message));
    let slots = json::slots(message.receipt().slots()).join(",");
    let state = match message.status {
        MessageStatus::UNREAD => "unread",
        MessageStatus::READ => "read",
        MessageStatus::UNSENT => "unsent",
        MessageStatus::SENT => "sent",
        _ => "other",
    };
    let time = message.timestamp().and_then(json::time).unwrap_or_else(|| "-".into());
    let address = message.address().map_or_else(|| "-".into(), |address| address.to_string());
    let text = match &message.content {
        StoredContent::StatusReport(report) => format!("status report: {}", report.tpdu.status),
        StoredContent::Received(received) if !received.missing.is_empty() => format!(
            "(incomplete, missing parts {:?}) {}",
            received.missing,
            message.text().unwrap_or_default()
        ),
        _ => message.text().unwrap_or_else(|| "(no text)".into()),
    };
    say!("{slots}  {state}  {address}  {time}  {text}");
}
