//! A message on the server.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::names::{Lane, Way};
use crate::api::{Change, Checked, Message, NewMessage, Part, Status};
use crate::claims::State;
use crate::clock;
use crate::config::Config;
use crate::store::{LATE, Request, status_of};

/// A message as it was accepted: the item of the stream, and the entry that look-ups read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) request: NewMessage,
    pub(crate) recipient: String,
    pub(crate) coding: String,
    pub(crate) parts: usize,
    pub(crate) created_at: i64,
    pub(crate) send_at: Option<i64>,
    pub(crate) expires_at: i64,
    pub(crate) resend_of: Option<String>,
    /// The modem that has received the message that this one answers.
    pub(crate) reply: Option<String>,
}

impl Record {
    /// The record of an accepted request.
    pub(crate) fn new(request: &Request, reply: Option<String>) -> Self {
        let Request { checked, id, resend_of, .. } = request;
        Self {
            id: id.clone(),
            request: checked.message.clone(),
            recipient: checked.recipient.clone(),
            coding: checked.coding.into(),
            parts: checked.parts,
            created_at: clock::now(),
            send_at: checked.send_at,
            expires_at: checked.expires_at,
            resend_of: resend_of.clone(),
            reply,
        }
    }

    /// The lane by which the message goes.
    pub(crate) fn lane(&self, config: &Config) -> Lane {
        let way = Way::of(&self.request, &self.recipient, self.reply.as_deref(), config);
        Lane::new(way, self.request.priority)
    }

    /// The request by which a host takes the message.
    pub(crate) fn request(&self) -> Request {
        let coding = match self.coding.as_str() {
            "gsm7" => "gsm7",
            "ucs2" => "ucs2",
            _ => "data",
        };
        let mut message = self.request.clone();
        if let Some(reply) = &self.reply {
            // The received message may be on another host.
            (message.reply_to, message.from) = (None, Some(reply.clone()));
        }
        let checked = Checked {
            message,
            recipient: self.recipient.clone(),
            coding,
            parts: self.parts,
            send_at: self.send_at,
            expires_at: self.expires_at,
        };
        Request { checked, id: self.id.clone(), resend_of: self.resend_of.clone(), key: None }
    }

    /// The message with the states of its parts.
    pub(crate) fn view(&self, entries: &[Entry], now: i64) -> Message {
        let states: Vec<State> = entries.iter().map(|entry| entry.state).collect();
        let is_scheduled = self.send_at.is_some_and(|at| at > now);
        let status = status_of(&states, is_scheduled);
        let last = entries.iter().filter_map(|entry| Some(entry.history.last()?.at)).max();
        let is_late = now >= self.expires_at.saturating_add(LATE);
        let decided = entries.iter().find(|entry| entry.state.name() == status.name());
        let accepted = Change {
            at: clock::format(self.created_at),
            status: if self.send_at.is_some() { Status::Scheduled } else { Status::Queued }
                .name()
                .into(),
            part: None,
            modem: None,
            reason: None,
        };
        let mut changes: Vec<(i64, Change)> = Vec::new();
        for (number, entry) in (1..).zip(entries) {
            changes.extend(entry.history.iter().map(|change| {
                let change_of_part = Change {
                    at: clock::format(change.at),
                    status: change.state.name().into(),
                    part: Some(number),
                    modem: change.member.clone(),
                    reason: change.reason.clone(),
                };
                (change.at, change_of_part)
            }));
        }
        changes.sort_by_key(|(at, _)| *at);
        let history =
            std::iter::once(accepted).chain(changes.into_iter().map(|(_, change)| change));
        let part = |(number, entry): (i64, &Entry)| Part {
            number,
            state: entry.state.name().into(),
            reference: entry.reference.map(i64::from),
            modem: entry.member.clone(),
            sim: entry.sim.clone(),
            reason: entry.reason.clone(),
        };
        Message {
            id: self.id.clone(),
            status,
            is_final: match status {
                Status::Scheduled | Status::Queued | Status::Sending => false,
                Status::Unknown => is_late,
                Status::Sent => !self.request.report || is_late,
                _ => true,
            },
            reason: decided.and_then(|entry| entry.reason.clone()),
            to: self.recipient.clone(),
            request: self.request.clone(),
            coding: self.coding.clone(),
            parts: (1..).zip(entries).map(part).collect(),
            created_at: clock::format(self.created_at),
            updated_at: clock::format(last.unwrap_or(self.created_at)),
            send_at: self.send_at.map(clock::format),
            expires_at: Some(clock::format(self.expires_at)),
            client_reference: self.request.client_reference.clone(),
            resend_of: self.resend_of.clone(),
            history: history.collect(),
        }
    }
}
