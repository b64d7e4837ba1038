//! TP-PID, 3GPP TS 23.040, 9.2.3.9.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The protocol that a message belongs to; 0 for plain messages.
    ///
    /// Any octet is kept as received; a reserved one counts as 0. [`Display`](fmt::Display) writes
    /// the standard's meaning in words. 3GPP TS 23.040, 9.2.3.9.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::Pid;
    ///
    /// assert_eq!(Pid::default(), Pid::PLAIN);
    /// assert_eq!(Pid::from_raw(0x43).replaces(), Some(3));
    /// assert_eq!(Pid::TYPE_0.to_string(), "short message type 0");
    /// ```
    #[derive(Default)]
    Pid(u8) {
        /// A plain message between two subscribers: 0x00.
        PLAIN = 0x00,
        /// To or from electronic mail: 0x32.
        EMAIL = 0x32,
        /// Acknowledged by the mobile and discarded unseen: 0x40.
        #[doc(alias = "silent SMS")]
        TYPE_0 = 0x40,
        /// A message that asks to be called back: 0x5F.
        RETURN_CALL = 0x5F,
        /// Data for the mobile equipment: 0x7D.
        ME_DATA_DOWNLOAD = 0x7D,
        /// Data for the SIM: 0x7F.
        SIM_DATA_DOWNLOAD = 0x7F,
    }
}

impl Pid {
    /// Returns the replace short message type, 1 to 7, if this is one.
    ///
    /// Such a message replaces an earlier one with the same type, sender and service centre.
    #[must_use]
    pub const fn replaces(self) -> Option<u8> {
        match self.0 {
            0x41..=0x47 => Some(self.0 & 0x07),
            _ => None,
        }
    }

    /// Returns `true` if the standard does not define this octet.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x2E | 0x2F | 0x33..=0x37 | 0x49..=0x5D | 0x60..=0x7B | 0x80..=0xBF)
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x00 => "plain",
            0x01..=0x1F => "protocol between the two ends",
            0x20 => "telematic device",
            0x21 => "telex",
            0x22 => "group 3 fax",
            0x23 => "group 4 fax",
            0x24 => "voice telephone",
            0x25 => "ermes paging",
            0x26 => "national paging",
            0x27 => "videotex",
            0x28 => "teletex",
            0x29 => "teletex in a packet network",
            0x2A => "teletex in a circuit network",
            0x2B => "teletex in the analogue telephone network",
            0x2C => "teletex in isdn",
            0x2D => "universal computer interface",
            0x30 => "message handling facility",
            0x31 => "x.400 message handling",
            0x32 => "electronic mail",
            0x3F => "mobile station",
            0x40 => "short message type 0",
            0x41 => "replace short message type 1",
            0x42 => "replace short message type 2",
            0x43 => "replace short message type 3",
            0x44 => "replace short message type 4",
            0x45 => "replace short message type 5",
            0x46 => "replace short message type 6",
            0x47 => "replace short message type 7",
            0x48 => "device triggering",
            0x5E => "enhanced message service",
            0x5F => "return call",
            0x7C => "ansi-136 r-data",
            0x7D => "me data download",
            0x7E => "me de-personalization",
            0x7F => "sim data download",
            _ if self.is_reserved() => "reserved",
            _ => "specific to the service centre",
        })
    }
}
