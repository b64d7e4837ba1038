//! The truth log: the facts of a simulation.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::time::Duration;

use crate::profile::Memory;

/// An entry of the truth log: a fact, and its time.
///
/// `Display` writes one line of JSON.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use modem_simulator::{Entry, Fact};
///
/// let fact = Fact::Dialled { number: "+49123".into() };
/// let entry = Entry { at: Duration::from_millis(1500), fact };
/// assert_eq!(entry.to_string(), r#"{"at":1.500,"fact":"dialled","number":"+49123"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The time on the caller's clock.
    pub at: Duration,
    /// The fact.
    pub fact: Fact,
}

/// An act of the modem, the network or its subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The modem was switched on, or reset.
    PoweredUp,
    /// The host opened the link.
    Opened,
    /// The link was closed or broke.
    Closed,
    /// A PIN or a PUK was entered.
    PinGiven {
        /// `true` for the right code.
        right: bool,
    },
    /// The network has taken a message of the host.
    Submitted {
        /// The message reference from the modem.
        reference: u8,
        /// The recipient as addressed.
        to: String,
        /// The SMS-SUBMIT as the host wrote it, its reference not yet set.
        tpdu: Vec<u8>,
    },
    /// The network has taken a command of the host.
    Commanded {
        /// The message reference from the modem.
        reference: u8,
        /// The SMS-COMMAND as the host wrote it.
        tpdu: Vec<u8>,
    },
    /// The network has refused a message of the host.
    Rejected {
        /// The recipient as addressed.
        to: String,
        /// The number of the `+CMS ERROR`.
        cause: u16,
        /// The TPDU as the host wrote it.
        tpdu: Vec<u8>,
    },
    /// A subscriber has read a message of the host, all of its parts.
    Received {
        /// The subscriber.
        by: String,
        /// The references of the parts, in the order of the parts.
        references: Vec<u8>,
        /// The text; `None` for a message of octets.
        text: Option<String>,
        /// The octets of a message that is not text.
        data: Vec<u8>,
    },
    /// The network has a message, a status report or a broadcast for the modem.
    Sent {
        /// The octets of the TPDU or of the page.
        tpdu: Vec<u8>,
    },
    /// The modem has stored a delivery of the network.
    Stored {
        /// The memory.
        memory: Memory,
        /// The slot, as the host counts.
        index: u16,
        /// The octets.
        tpdu: Vec<u8>,
    },
    /// The modem has delivered a message of the network directly to the host.
    Routed {
        /// The octets.
        tpdu: Vec<u8>,
    },
    /// The network's delivery was acknowledged.
    Acknowledged {
        /// The octets.
        tpdu: Vec<u8>,
    },
    /// The network's delivery was not acknowledged; the network retries, unless the host refused
    /// the delivery.
    Unacknowledged {
        /// The octets.
        tpdu: Vec<u8>,
        /// The reason.
        reason: Refusal,
    },
    /// The host has read a slot.
    Read {
        /// The memory.
        memory: Memory,
        /// The slot, as the host counts.
        index: u16,
    },
    /// The host has written a message to a slot.
    Written {
        /// The memory.
        memory: Memory,
        /// The slot, as the host counts.
        index: u16,
        /// The octets.
        tpdu: Vec<u8>,
    },
    /// The host has deleted a message.
    Deleted {
        /// The memory.
        memory: Memory,
        /// The slot, as the host counts.
        index: u16,
        /// The octets.
        tpdu: Vec<u8>,
    },
    /// The host has sent a USSD string.
    UssdRequested {
        /// The string.
        text: String,
    },
    /// The network has sent a USSD string.
    UssdAnswered {
        /// The string.
        text: String,
        /// `true` if the network waits for a reply.
        open: bool,
    },
    /// The host has ended a USSD session.
    UssdCancelled,
    /// The host has dialled.
    Dialled {
        /// The number as dialled.
        number: String,
    },
    /// A call came in.
    Called {
        /// The caller's number.
        number: String,
    },
    /// The host has answered a call.
    Answered,
    /// A call ended.
    HungUp,
}

/// The reason why a delivery was not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no room.
    Full,
    /// The host did not acknowledge in time.
    Late,
    /// The host refused the delivery.
    Host,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{\"at\":{}.{:03},\"fact\":", self.at.as_secs(), self.at.subsec_millis())?;
        let mut object = Object(f);
        match &self.fact {
            Fact::PoweredUp => object.fact("powered-up"),
            Fact::Opened => object.fact("opened"),
            Fact::Closed => object.fact("closed"),
            Fact::PinGiven { right } => object.fact("pin-given")?.raw("right", right),
            Fact::Submitted { reference, to, tpdu } => object
                .fact("submitted")?
                .raw("reference", reference)?
                .text("to", to)?
                .hex("tpdu", tpdu),
            Fact::Commanded { reference, tpdu } => {
                object.fact("commanded")?.raw("reference", reference)?.hex("tpdu", tpdu)
            }
            Fact::Rejected { to, cause, tpdu } => {
                object.fact("rejected")?.text("to", to)?.raw("cause", cause)?.hex("tpdu", tpdu)
            }
            Fact::Received { by, references, text, data } => {
                let object = object
                    .fact("received")?
                    .text("by", by)?
                    .raw("references", &format!("{references:?}"))?;
                match text {
                    Some(text) => object.text("text", text),
                    None => object.hex("data", data),
                }
            }
            Fact::Sent { tpdu } => object.fact("sent")?.hex("tpdu", tpdu),
            Fact::Stored { memory, index, tpdu } => object
                .fact("stored")?
                .text("memory", memory.name())?
                .raw("index", index)?
                .hex("tpdu", tpdu),
            Fact::Routed { tpdu } => object.fact("routed")?.hex("tpdu", tpdu),
            Fact::Acknowledged { tpdu } => object.fact("acknowledged")?.hex("tpdu", tpdu),
            Fact::Unacknowledged { tpdu, reason } => {
                let reason = match reason {
                    Refusal::Full => "full",
                    Refusal::Late => "late",
                    Refusal::Host => "host",
                };
                object.fact("unacknowledged")?.text("reason", reason)?.hex("tpdu", tpdu)
            }
            Fact::Read { memory, index } => {
                object.fact("read")?.text("memory", memory.name())?.raw("index", index)
            }
            Fact::Written { memory, index, tpdu } => object
                .fact("written")?
                .text("memory", memory.name())?
                .raw("index", index)?
                .hex("tpdu", tpdu),
            Fact::Deleted { memory, index, tpdu } => object
                .fact("deleted")?
                .text("memory", memory.name())?
                .raw("index", index)?
                .hex("tpdu", tpdu),
            Fact::UssdRequested { text } => object.fact("ussd-requested")?.text("text", text),
            Fact::UssdAnswered { text, open } => {
                object.fact("ussd-answered")?.text("text", text)?.raw("open", open)
            }
            Fact::UssdCancelled => object.fact("ussd-cancelled"),
            Fact::Dialled { number } => object.fact("dialled")?.text("number", number),
            Fact::Called { number } => object.fact("called")?.text("number", number),
            Fact::Answered => object.fact("answered"),
            Fact::HungUp => object.fact("hung-up"),
        }?;
        f.write_char('}')
    }
}

/// The fields of a JSON object.
struct Object<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Object<'_, '_> {
    fn fact(&mut self, name: &str) -> Result<&mut Self, fmt::Error> {
        write!(self.0, "\"{name}\"")?;
        Ok(self)
    }

    fn raw(&mut self, name: &str, value: &impl fmt::Display) -> Result<&mut Self, fmt::Error> {
        write!(self.0, ",\"{name}\":{value}")?;
        Ok(self)
    }

    fn text(&mut self, name: &str, value: &str) -> Result<&mut Self, fmt::Error> {
        write!(self.0, ",\"{name}\":\"")?;
        for character in value.chars() {
            match character {
                '"' | '\\' => write!(self.0, "\\{character}")?,
                control if control < ' ' => write!(self.0, "\\u{:04x}", u32::from(control))?,
                _ => self.0.write_char(character)?,
            }
        }
        self.0.write_char('"')?;
        Ok(self)
    }

    fn hex(&mut self, name: &str, value: &[u8]) -> Result<&mut Self, fmt::Error> {
        write!(self.0, ",\"{name}\":\"")?;
        value.iter().try_for_each(|octet| write!(self.0, "{octet:02X}"))?;
        self.0.write_char('"')?;
        Ok(self)
    }
}
