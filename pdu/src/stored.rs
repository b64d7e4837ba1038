//! A message in the storage of a modem, whose direction follows from `<stat>`: 3GPP TS 27.005, 3.1.

use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::tpdu::{Incoming, Outgoing};
use crate::warning::Decoded;

/// A message from the storage of a modem, as `+CMGR` and `+CMGL` return it.
///
/// # Examples
///
/// ```
/// use pdu::{Outgoing, Stored};
///
/// // +CMGL: 1,2,,19
/// let stored = Stored::from_hex(2, "0031000B915155449499F90000A705E8329BFD06")?.value;
/// let Stored::Outgoing(envelope) = stored else { panic!("received") };
/// let Outgoing::Submit(submit) = envelope.tpdu else { panic!("not a message") };
/// assert_eq!(submit.text().as_deref(), Some("hello"));
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "a message goes one way or the other")]
pub enum Stored {
    /// Received: `<stat>` 0 (unread) or 1 (read).
    Incoming(Envelope<Incoming>),
    /// To be sent: `<stat>` 2 (unsent) or 3 (sent).
    Outgoing(Envelope<Outgoing>),
}

impl Stored {
    /// Reads the digits of a message with this `<stat>`; any but 2 and 3 counts as received.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a character is not a digit, or the parts of the PDU cannot be found.
    pub fn from_hex(stat: u8, hex: impl AsRef<[u8]>) -> Result<Decoded<Self>, DecodeError> {
        if matches!(stat, 2 | 3) {
            Ok(Envelope::from_hex(hex)?.map(Self::Outgoing))
        } else {
            Ok(Envelope::from_hex(hex)?.map(Self::Incoming))
        }
    }
}
