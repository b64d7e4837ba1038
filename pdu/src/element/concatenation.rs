//! The parts of one message, 3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8.

use super::{Element, ElementId};

/// The position of a part in a concatenated message. 3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8.
///
/// # Examples
///
/// ```
/// use pdu::{Concatenation, Reference};
///
/// let part = Concatenation::new(Reference::Eight(7), 3, 2).unwrap();
/// assert_eq!((part.total(), part.sequence()), (3, 2));
/// // Part 0 and part 4 of 3 do not exist: such an element is ignored.
/// assert_eq!(Concatenation::new(Reference::Eight(7), 3, 4), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "concatenated SMS")]
#[doc(alias = "multipart")]
pub struct Concatenation {
    reference: Reference,
    total: u8,
    sequence: u8,
}

impl Concatenation {
    /// Creates part `sequence` (from 1) of `total`, or `None` if there is no such part.
    #[must_use]
    pub const fn new(reference: Reference, total: u8, sequence: u8) -> Option<Self> {
        if sequence == 0 || sequence > total {
            None
        } else {
            Some(Self { reference, total, sequence })
        }
    }

    /// Decodes an element, if it is of this kind.
    pub(crate) fn of(element: &Element<'_>) -> Option<Self> {
        match (element.id, element.data) {
            (ElementId::CONCATENATION_8, &[reference, total, sequence]) => {
                Self::new(Reference::Eight(reference), total, sequence)
            }
            (ElementId::CONCATENATION_16, &[high, low, total, sequence]) => {
                Self::new(Reference::Sixteen(u16::from_be_bytes([high, low])), total, sequence)
            }
            _ => None,
        }
    }

    /// Writes the element by `put`.
    pub(super) fn write(&self, mut put: impl FnMut(ElementId, &[u8])) {
        match self.reference {
            Reference::Eight(reference) => {
                put(ElementId::CONCATENATION_8, &[reference, self.total, self.sequence]);
            }
            Reference::Sixteen(reference) => {
                let [high, low] = reference.to_be_bytes();
                put(ElementId::CONCATENATION_16, &[high, low, self.total, self.sequence]);
            }
        }
    }

    /// Returns the reference that the parts of one message share.
    #[must_use]
    pub const fn reference(&self) -> Reference {
        self.reference
    }

    /// Returns the number of parts of the message, from 1.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// Returns the number of this part, from 1 to [`total`](Self::total).
    #[must_use]
    pub const fn sequence(&self) -> u8 {
        self.sequence
    }
}

/// The number that the parts of one concatenated message share, of 8 or 16 bits.
///
/// With the feature `serde` it is `{"Eight": 7}` or `{"Sixteen": 7}`, as in saved states.
///
/// The sender increments it from message to message. Two references of different width are never
/// equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Reference {
    /// One octet.
    Eight(u8),
    /// Two octets: they take one or two characters of each part, but are not reused for long.
    Sixteen(u16),
}

impl Reference {
    /// Returns the number without its width.
    #[must_use]
    pub const fn value(self) -> u16 {
        match self {
            Self::Eight(value) => value as u16,
            Self::Sixteen(value) => value,
        }
    }
}
