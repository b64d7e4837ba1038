//! The pending parts of a reassembler, in a form that survives a restart.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deliver::Deliver;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::message::Part;

/// The pending parts of a [`Reassembler`](crate::Reassembler), in a form that serde can write and
/// read.
///
/// Every part is saved as its PDU in hexadecimal digits; times are ages in milliseconds.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use pdu::{Reassembler, Saved};
///
/// let reassembler = Reassembler::<u32>::default();
/// let saved = serde_json::to_string(&reassembler.save(Duration::from_secs(1_000))?)?;
///
/// let saved: Saved<u32> = serde_json::from_str(&saved)?;
/// let mut reassembler = Reassembler::default();
/// assert!(reassembler.restore(Duration::ZERO, saved)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved<T> {
    pub(crate) messages: Vec<SavedMessage<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedMessage<T> {
    age_ms: u64,
    parts: Vec<SavedPart<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedPart<T> {
    pdu: String,
    tag: T,
}

impl<T> SavedMessage<T> {
    pub(crate) fn new(age: Duration, parts: &[Part<T>]) -> Result<Self, EncodeError>
    where
        T: Clone,
    {
        let parts = parts.iter().map(|part| {
            Ok(SavedPart { pdu: Envelope::new(part.deliver).to_hex()?, tag: part.tag.clone() })
        });
        Ok(Self {
            age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            parts: parts.collect::<Result<_, _>>()?,
        })
    }
}

impl<T> Saved<T> {
    /// The index and the age of the message of each part in milliseconds, its PDU and its tag.
    pub fn parts(&self) -> impl Iterator<Item = (usize, u64, &str, &T)> {
        self.messages.iter().enumerate().flat_map(|(index, message)| {
            let parts = message.parts.iter();
            parts.map(move |part| (index, message.age_ms, part.pdu.as_str(), &part.tag))
        })
    }

    /// Returns every part with the age of its message.
    pub(crate) fn into_parts(self) -> Result<Vec<(Duration, Deliver, T)>, RestoreError> {
        let parts = self.messages.into_iter().enumerate().flat_map(|(index, message)| {
            let age = Duration::from_millis(message.age_ms);
            message.parts.into_iter().map(move |part| {
                match Envelope::<Deliver>::from_hex(&part.pdu) {
                    Ok(decoded) => Ok((age, decoded.value.tpdu, part.tag)),
                    Err(source) => Err(RestoreError { message: index, source }),
                }
            })
        });
        parts.collect()
    }
}

/// An error of restoring a damaged [`Saved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the saved state is damaged: message {message} has a part that cannot be read")]
#[non_exhaustive]
pub struct RestoreError {
    /// The index of the message.
    pub message: usize,
    /// The reason why its part cannot be read.
    pub source: DecodeError,
}
