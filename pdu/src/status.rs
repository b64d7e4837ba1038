//! TP-ST, 3GPP TS 23.040, 9.2.3.15.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The delivery status of a message, as a status report gives it.
    ///
    /// Any octet is kept as received; a reserved one counts as 0x63 (service rejected, given up),
    /// whatever its range. [`Display`](fmt::Display) writes the standard's meaning in words. 3GPP
    /// TS 23.040, 9.2.3.15.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Status, StatusCategory};
    ///
    /// assert_eq!(Status::DELIVERED.category(), StatusCategory::Completed);
    /// assert_eq!(Status::from_raw(0x46).category(), StatusCategory::Permanent);
    /// assert_eq!(Status::from_raw(0x46).to_string(), "validity period expired");
    /// assert_eq!(Status::from_raw(0x26).category(), StatusCategory::GivenUp); // reserved
    /// ```
    Status(u8) {
        /// The recipient received the message: 0x00.
        DELIVERED = 0x00,
        /// The service centre forwarded the message, but cannot confirm its delivery: 0x01.
        FORWARDED = 0x01,
        /// Another message replaced this one: 0x02.
        REPLACED = 0x02,
        /// The validity period expired: 0x46.
        EXPIRED = 0x46,
        /// The sender deleted the message: 0x47.
        DELETED = 0x47,
    }
}

impl Status {
    /// Returns `true` if the standard does not define this octet.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x03..=0x0F | 0x26..=0x2F | 0x4A..=0x4F | 0x66..=0x6F | 0x80..)
    }

    /// Returns the category of the status.
    #[must_use]
    pub const fn category(self) -> StatusCategory {
        if self.is_reserved() {
            return StatusCategory::GivenUp;
        }
        match self.0 >> 5 {
            0 => StatusCategory::Completed,
            1 => StatusCategory::Temporary,
            2 => StatusCategory::Permanent,
            _ => StatusCategory::GivenUp,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x00 => "received by the recipient",
            0x01 => "forwarded, delivery not confirmed",
            0x02 => "replaced by the service centre",
            0x20 | 0x60 => "congestion",
            0x21 | 0x61 => "recipient busy",
            0x22 | 0x62 => "no response from the recipient",
            0x23 | 0x63 => "service rejected",
            0x24 | 0x44 | 0x64 => "quality of service not available",
            0x25 | 0x65 => "error in the recipient",
            0x40 => "remote procedure error",
            0x41 => "incompatible destination",
            0x42 => "connection rejected by the recipient",
            0x43 => "not obtainable",
            0x45 => "no interworking available",
            0x46 => "validity period expired",
            0x47 => "deleted by the sender",
            0x48 => "deleted by the service centre",
            0x49 => "message does not exist",
            _ if self.is_reserved() => "reserved",
            _ => "specific to the service centre",
        })
    }
}

/// The category of a [`Status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(
    clippy::exhaustive_enums,
    reason = "the standard has these four and counts all else to the last"
)]
#[doc(alias = "delivery report")]
pub enum StatusCategory {
    /// The transaction is complete: delivered, forwarded or replaced.
    Completed,
    /// Not delivered yet; the service centre keeps trying.
    Temporary,
    /// Not delivered, and never will be.
    Permanent,
    /// Not delivered for a temporary reason, and the service centre has stopped trying.
    GivenUp,
}

impl StatusCategory {
    /// Returns `true` if no further report on the message follows.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Temporary)
    }
}
