//! The service centre of the network: the messages it has taken and those it sends.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::tpdu::{self, Mailbox};
use crate::verb::VerbError;

/// The maximal number of messages whose status reports can be sent later.
const SENT_LIMIT: usize = 256;

/// A message that requested a status report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentMessage {
    pub(crate) reference: u8,
    pub(crate) tpdu: Vec<u8>,
    pub(crate) at: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct ServiceCentre {
    /// The message reference of the next message.
    reference: u8,
    /// The reference of the last concatenated message to the modem.
    concatenation: u8,
    /// The serial number of the next cell broadcast.
    broadcast: u16,
    /// The delay of a status report after its message; `None` if reports are sent by verbs only.
    pub(crate) report_after: Option<Duration>,
    sent: VecDeque<SentMessage>,
    /// Concatenated messages with parts missing.
    pub(crate) mailbox: Mailbox,
}

impl ServiceCentre {
    pub(crate) fn new() -> Self {
        Self {
            reference: 0,
            concatenation: 0,
            broadcast: 0,
            report_after: Some(Duration::from_secs(2)),
            sent: VecDeque::new(),
            mailbox: Mailbox::default(),
        }
    }

    pub(crate) fn set_reference(&mut self, reference: u8) {
        self.reference = reference;
    }

    pub(crate) fn next_reference(&mut self) -> u8 {
        let reference = self.reference;
        self.reference = reference.wrapping_add(1);
        reference
    }

    pub(crate) fn next_concatenation(&mut self) -> u8 {
        self.concatenation = self.concatenation.wrapping_add(1);
        self.concatenation
    }

    /// Remembers a message for its status report.
    pub(crate) fn remember(&mut self, message: SentMessage) {
        if self.sent.len() == SENT_LIMIT {
            self.sent.pop_front();
        }
        self.sent.push_back(message);
    }

    /// The latest message with this reference, or the latest of all.
    pub(crate) fn sent_message(&self, reference: Option<u8>) -> Option<SentMessage> {
        let mut sent = self.sent.iter().rev();
        sent.find(|message| reference.is_none_or(|reference| reference == message.reference))
            .cloned()
    }

    /// The pages of the next cell broadcast.
    pub(crate) fn pages(&mut self, channel: u16, text: &str) -> Result<Vec<Vec<u8>>, VerbError> {
        let pages = tpdu::pages(channel, self.broadcast, text)?;
        self.broadcast = self.broadcast.wrapping_add(0x10); // the update number is below
        Ok(pages)
    }
}
