//! The entries of a phonebook, and the operators in reach, as text.

use alloc::string::String;

/// An entry of a phonebook, as [`Session::contacts`](crate::Session::contacts) lists it.
#[doc(alias("phonebook", "CPBR"))]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Contact {
    /// The index of its slot.
    pub index: u16,
    /// The number, with a leading `+` if it is international.
    pub number: String,
    /// The name, as stored: a SIM may shorten it.
    pub name: String,
}

impl Contact {
    /// A contact with these fields.
    pub const fn new(index: u16, number: String, name: String) -> Self {
        Self { index, number, name }
    }
}

/// An operator in reach, as [`Session::operators`](crate::Session::operators) finds it.
#[doc(alias("network scan", "PLMN", "COPS"))]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FoundOperator {
    /// The status: 0 unknown, 1 available, 2 in use, 3 forbidden.
    pub status: u8,
    /// The long name, or the short one if there is no long one; may be empty.
    pub name: String,
    /// Country and network code, such as 26201.
    #[doc(alias("MCC", "MNC"))]
    pub code: String,
    /// `<AcT>`, the access technology: 0 GSM, 2 UTRAN, 7 E-UTRAN; `None` if the modem does not
    /// report it. 3GPP TS 27.007, 7.3, lists the others.
    pub technology: Option<u8>,
}
