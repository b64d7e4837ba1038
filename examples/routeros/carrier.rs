//! The verbs of a modem that commands use, over the receiving session or a session of their own.

use modem::at::sms::{MessageStatus, ReadStorage, StorageUse};
use modem::blocking::{Modem, Port};
use modem::{
    ListMessages, OutgoingMessage, Receipt, SendResult, StoredContent, StoredMessage, UssdReply,
};

use crate::shell::sentence;

/// A modem that carries commands, over any link.
pub(crate) trait Carrier {
    /// Sends a message.
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, String>;

    /// Deletes the copies of a message that the modem has kept after sending it.
    fn remove_sent(&mut self, result: &SendResult) -> Result<(), String>;

    /// Sends a USSD code.
    fn ussd(&mut self, code: &str) -> Result<UssdReply, String>;

    /// Lists the stored messages, the parts of long ones separately or merged.
    fn list(&mut self, separate: bool) -> Result<Vec<StoredMessage>, String>;

    /// Deletes a message, and returns the number of slots that are free now.
    fn remove(&mut self, receipt: &Receipt) -> Result<usize, String>;

    /// Reads the use of the memories.
    fn storage(&mut self) -> Result<Vec<StorageUse>, String>;

    /// The reference of the next long message.
    fn next_reference(&mut self) -> u16;
}

impl<P: Port> Carrier for Modem<P> {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, String> {
        Self::send(self, message).map_err(|error| sentence(&error))
    }

    fn remove_sent(&mut self, result: &SendResult) -> Result<(), String> {
        for message in self.messages().map_err(|error| sentence(&error))? {
            let StoredContent::Outgoing(kept) = &message.content else { continue };
            let is_copy = result.parts.iter().any(|part| {
                part.submit.destination == kept.submit.destination
                    && part.submit.user_data == kept.submit.user_data
            });
            if is_copy && message.status == MessageStatus::SENT {
                self.delete(&kept.receipt).map_err(|error| sentence(&error))?;
            }
        }
        Ok(())
    }

    fn ussd(&mut self, code: &str) -> Result<UssdReply, String> {
        Self::ussd(self, code).map_err(|error| sentence(&error))
    }

    fn list(&mut self, separate: bool) -> Result<Vec<StoredMessage>, String> {
        let list = if separate { ListMessages::separate() } else { ListMessages::merged() };
        self.run(list).map_err(|error| sentence(&error))
    }

    fn remove(&mut self, receipt: &Receipt) -> Result<usize, String> {
        self.delete(receipt).map(|freed| freed.len()).map_err(|error| sentence(&error))
    }

    fn storage(&mut self) -> Result<Vec<StorageUse>, String> {
        self.command(ReadStorage).map_err(|error| sentence(&error))
    }

    fn next_reference(&mut self) -> u16 {
        self.session().next_reference()
    }
}
