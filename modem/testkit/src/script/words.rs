//! The words of a script for the events and results of a modem.

use core::fmt::Write as _;
use core::time::Duration;

use modem::at::sms::MessageStatus;
use modem::simulator::Simulator;
use modem::{
    Error, Event, MessageId, PartOutcome, Receipt, SendResult, Slot, StoredContent, StoredMessage,
};

use crate::{Front, truth};

/// The words for an event that a scenario is about, and its receipt.
pub(super) fn event(event: Event) -> Option<(String, Option<Receipt>)> {
    let words = match event {
        Event::Received(message) => {
            let missing = if message.missing.is_empty() {
                String::new()
            } else {
                format!(" without {:?}", message.missing)
            };
            let text = message.text.unwrap_or_default();
            let words = format!("received {}{missing}", abbreviated(&text));
            return Some((words, Some(message.receipt)));
        }
        Event::PartReceived(part) => {
            let words = format!("part {}/{}", part.sequence, part.total);
            return Some((words, Some(part.receipt)));
        }
        Event::StatusReport(report) => {
            let words = format!("report {}", report.tpdu.message_reference);
            return Some((words, Some(report.receipt)));
        }
        Event::StorageFull(None) => "full".into(),
        Event::StorageFull(Some(usage)) => format!("full {}/{}", usage.used, usage.total),
        Event::Erased(message) => format!("erased {}", message.text().unwrap_or_default()),
        Event::Broadcast(broadcast) => {
            format!("broadcast {}", broadcast.text().unwrap_or_default())
        }
        Event::Restarted(None) => "restarted".into(),
        Event::Restarted(Some(words)) => format!("restarted, it says {words}"),
        Event::Rearmed => "rearmed".into(),
        Event::SendFinished(report) => format!("{} {}", report.message, outcome(&report)),
        Event::Closed => "closed".into(),
        _ => return None,
    };
    Some((words, None))
}

/// A text, or the first and last character of a long one with its length.
fn abbreviated(text: &str) -> String {
    if text.len() <= 40 {
        return text.into();
    }
    let ends = [text.chars().next(), text.chars().last()];
    let ends: String = ends.into_iter().flatten().collect();
    format!("{ends} ({})", text.chars().count())
}

/// The words for the next message, report, release or loss; messages and reports are acknowledged.
pub(super) fn wait(modem: &mut dyn Front, within: Duration) -> Option<String> {
    let until = modem.now() + within;
    loop {
        match modem.event_until(until)? {
            Event::Received(message) => {
                modem.acknowledge(&message.receipt);
                let text = message.text.unwrap_or_default();
                return Some(format!("received {} {text}", message.sender));
            }
            Event::StatusReport(report) => {
                modem.acknowledge(&report.receipt);
                let about =
                    report.about.map_or("nothing".into(), |(_, part)| format!("part {part}"));
                let report = report.tpdu;
                return Some(format!(
                    "report {} of {about}: {}",
                    report.message_reference, report.status
                ));
            }
            Event::Released(slot) => {
                return Some(format!("released {} {}", slot.memory, slot.index));
            }
            Event::Closed => return Some("closed".into()),
            _ => {}
        }
    }
}

impl dyn Front + '_ {
    /// The words for the events of a link until there is none for 10 s; messages and reports are
    /// acknowledged.
    ///
    /// # Panics
    /// Panics if the events do not end.
    pub fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        while let Some(event) = self.event(Duration::from_secs(10)) {
            assert!(events.len() < 50, "{events:?}");
            events.push(match event {
                Event::Ready => "ready".into(),
                Event::Closed => "closed".into(),
                Event::Reconnecting { attempt, after, reason } => {
                    format!("attempt {attempt} in {after:?}: {reason}")
                }
                Event::Received(message) => {
                    self.acknowledge(&message.receipt);
                    format!("received {}", message.text.unwrap_or_default())
                }
                Event::StatusReport(report) => {
                    self.acknowledge(&report.receipt);
                    format!("report about {:?}", report.about.map(|(_, part)| part))
                }
                Event::Failed(error) => format!("failed: {}", error.kind()),
                _ => continue,
            });
        }
        events
    }
}

/// The words for a stored message: memory and index, `new` if it is unread, phone number, text.
pub(super) fn stored(message: &StoredMessage) -> String {
    let source = message.source().map_or(String::new(), |memory| memory.to_string());
    let index = message.index().unwrap_or_default();
    let text = match &message.content {
        StoredContent::Received(_) => message.text().unwrap_or_default(),
        StoredContent::StatusReport(report) => {
            format!("report {}", report.tpdu.message_reference)
        }
        StoredContent::Outgoing(_) => format!("to send {}", message.text().unwrap_or_default()),
        other => format!("{other:?}"),
    };
    let text = if text.len() > 40 { format!("({})", text.chars().count()) } else { text };
    let new = if message.status == MessageStatus::UNREAD { " new" } else { "" };
    let phone = message.address().map_or(String::new(), |phone| phone.to_string());
    format!("{source}{index}{new} {phone} {text}")
}

/// The words for a deletion: the slots that are free.
pub(super) fn free(slots: Result<Vec<Slot>, Error>) -> String {
    match slots {
        Ok(slots) => slots
            .iter()
            .fold("free".into(), |words, slot| format!("{words} {}{}", slot.memory, slot.index)),
        Err(error) => format!("failed: {}", error.kind()),
    }
}

/// The words for a message that was accepted or refused.
pub(super) fn enqueued(id: Result<MessageId, Error>) -> String {
    id.map_or_else(|error| error.to_string(), |id| id.to_string())
}

/// The words for a message that was sent or refused.
pub(super) fn sent(report: Result<SendResult, Error>) -> String {
    match report {
        Ok(report) => outcome(&report),
        Err(error) => format!("refused: {error}"),
    }
}

fn outcome(report: &SendResult) -> String {
    let mut outcome = String::from("sent");
    for part in &report.parts {
        match &part.outcome {
            PartOutcome::Sent { reference } => write!(outcome, " {reference}").unwrap(),
            PartOutcome::Failed { error } => {
                let temporary = if error.is_temporary() { ", temporary" } else { "" };
                let words = match error.kind() {
                    modem::ErrorKind::Refused(failure) => {
                        failure.error().description().unwrap_or_default().to_string()
                    }
                    kind => kind.to_string(),
                };
                return format!("failed{temporary}: {words}");
            }
            PartOutcome::Unknown { .. } => return "unknown".into(),
            _ => outcome.push_str(" -"),
        }
    }
    outcome
}

/// The validity periods of the sent parts, in seconds.
pub(super) fn validity(simulator: &Simulator) -> String {
    let submits = truth::submits(simulator).into_iter();
    let period = submits.map(|submit| {
        let duration = submit.validity.and_then(|validity| validity.duration());
        duration.map_or("unlimited".into(), |duration| duration.as_secs().to_string())
    });
    period.collect::<Vec<_>>().join(" | ")
}
