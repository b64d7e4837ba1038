//! TP-FCS, 3GPP TS 23.040, 9.2.3.22.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The cause of a refusal, as a report on an RP-ERROR gives it.
    ///
    /// Any octet is kept as received; a reserved one counts as 0xFF, unspecified.
    /// [`Display`](fmt::Display) writes the standard's meaning in words. 3GPP TS 23.040, 9.2.3.22.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::FailureCause;
    ///
    /// assert_eq!(FailureCause::STORAGE_FULL.raw(), 0xD3);
    /// assert_eq!(FailureCause::from_raw(0xC0).to_string(), "service centre busy");
    /// assert!(FailureCause::from_raw(0x12).is_reserved());
    /// ```
    FailureCause(u8) {
        /// The SIM has no room for messages: 0xD0.
        SIM_STORAGE_FULL = 0xD0,
        /// The memory of the mobile is full: 0xD3.
        STORAGE_FULL = 0xD3,
        /// Unspecified: 0xFF.
        UNSPECIFIED = 0xFF,
    }
}

impl FailureCause {
    /// Returns `true` if the standard does not define this octet.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.description().is_none()
    }

    const fn description(self) -> Option<&'static str> {
        Some(match self.0 {
            0x80 => "telematic interworking not supported",
            0x81 => "short message type 0 not supported",
            0x82 => "cannot replace the message",
            0x8F => "unspecified protocol identifier error",
            0x90 => "alphabet not supported",
            0x91 => "message class not supported",
            0x9F => "unspecified data coding scheme error",
            0xA0 => "command cannot be actioned",
            0xA1 => "command not supported",
            0xAF => "unspecified command error",
            0xB0 => "tpdu not supported",
            0xC0 => "service centre busy",
            0xC1 => "no service centre subscription",
            0xC2 => "service centre system failure",
            0xC3 => "invalid address",
            0xC4 => "destination barred",
            0xC5 => "duplicate message rejected",
            0xC6 => "validity period format not supported",
            0xC7 => "validity period not supported",
            0xD0 => "sim storage full",
            0xD1 => "sim has no storage for messages",
            0xD2 => "error in the mobile",
            0xD3 => "memory capacity exceeded",
            0xD4 => "sim application toolkit busy",
            0xD5 => "sim data download error",
            0xE0..=0xFE => "specific to an application",
            0xFF => "unspecified error",
            _ => return None,
        })
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description().unwrap_or("reserved"))
    }
}
