//! Message service errors, `+CMS ERROR`, 3GPP TS 27.005, 3.2.5.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The number of `+CMS ERROR`: a message service error.
    ///
    /// The number space has four parts:
    ///
    /// - 0 to 127, the network's reason for refusing a message: RP cause, 3GPP TS 24.011, Annex
    ///   E-2;
    /// - 128 to 255, the service centre's: TP-FCS, 3GPP TS 23.040, 9.2.3.22;
    /// - 256 to 511, the modem's: 3GPP TS 27.005, 3.2.5;
    /// - from 512, the vendor's, which mean nothing without knowing the vendor.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::CmsError;
    ///
    /// assert_eq!(CmsError(38).to_string(), "network out of order (+CMS ERROR 38)");
    /// assert!(CmsError(38).is_temporary());
    /// assert_eq!(CmsError::from_description("SIM busy"), Some(CmsError::SIM_BUSY));
    /// ```
    #[doc(alias = "CMS")]
    #[doc(alias = "+CMS ERROR")]
    CmsError(pub u16) {
        /// The network is out of order.
        NETWORK_OUT_OF_ORDER = 38,
        /// The modem failed.
        ME_FAILURE = 300,
        /// The SIM needs its PIN.
        SIM_PIN_REQUIRED = 311,
        /// The SIM is not ready yet; ask again.
        SIM_BUSY = 314,
        /// The SIM is blocked until its PUK is entered.
        SIM_PUK_REQUIRED = 316,
        /// There is no slot of this index, or the slot is empty.
        INVALID_MEMORY_INDEX = 321,
        /// The storage is full.
        MEMORY_FULL = 322,
        /// No service centre is set; see `+CSCA`.
        #[doc(alias = "SMSC")]
        SMSC_ADDRESS_UNKNOWN = 330,
        /// There is no network service.
        NO_NETWORK_SERVICE = 331,
        /// The network did not answer: the message may have been sent.
        NETWORK_TIMEOUT = 332,
        /// No message waits for an acknowledgement by `+CNMA`.
        NO_ACKNOWLEDGEMENT_EXPECTED = 340,
        /// Unknown error: the message may have been sent.
        UNKNOWN = 500,
    }
}

impl CmsError {
    /// The standard's words; `None` for a reserved number and for a vendor's.
    ///
    /// Without the feature `texts` only the numbers that a program acts on have words.
    pub fn description(self) -> Option<&'static str> {
        match self.0 {
            224..=254 => Some("application specific cause"),
            code => super::words_of(&[WORDS, FURTHER_WORDS], code),
        }
    }

    /// The code of a description, for modems that write words instead of numbers (`+CMEE=2`).
    pub fn from_description(words: &str) -> Option<Self> {
        Self::from_words(words.as_bytes())
    }

    /// The code of a description in octets as the modem sends them.
    pub(crate) fn from_words(words: &[u8]) -> Option<Self> {
        super::code_of(&[WORDS, FURTHER_WORDS, OTHER_WORDS], words).map(Self)
    }

    /// Returns `true` if the same command may succeed later without any change.
    pub const fn is_temporary(self) -> bool {
        matches!(
            self.0,
            17 | 22 | 27 | 38 | 41 | 42 | 47 | 192 | 194 | 208 | 211 | 212 | 301 | 314 | 331 | 332
        )
    }

    /// The part of the number space, which is the party that refused.
    pub const fn origin(self) -> CmsOrigin {
        match self.0 {
            0..=127 => CmsOrigin::Network,
            128..=255 => CmsOrigin::ServiceCentre,
            256..=511 => CmsOrigin::Modem,
            512.. => CmsOrigin::Vendor,
        }
    }
}

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.description().unwrap_or(match self.origin() {
            CmsOrigin::Vendor => "manufacturer specific error",
            _ => "reserved error number",
        });
        write!(f, "{words} (+CMS ERROR {})", self.0)
    }
}

/// The party that refused, by the number of a [`CmsError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CmsOrigin {
    /// The network: an RP cause, 0 to 127.
    Network,
    /// The service centre: a TP-FCS, 128 to 255.
    ServiceCentre,
    /// The modem: 256 to 511.
    Modem,
    /// The modem's vendor: 512 and above.
    Vendor,
}

/// The words of the codes that a program acts on.
const WORDS: &[(u16, &str)] = &[
    (38, "network out of order"),
    (310, "(U)SIM not inserted"),
    (311, "(U)SIM PIN required"),
    (313, "(U)SIM failure"),
    (314, "(U)SIM busy"),
    (315, "(U)SIM wrong"),
    (316, "(U)SIM PUK required"),
    (321, "invalid memory index"),
    (322, "memory full"),
    (330, "SMSC address unknown"),
    (331, "no network service"),
    (332, "network timeout"),
    (340, "no +CNMA acknowledgement expected"),
    (500, "unknown error"),
];

/// The words of the other codes.
#[cfg(feature = "texts")]
const FURTHER_WORDS: &[(u16, &str)] = &[
    (1, "unassigned (unallocated) number"),
    (8, "operator determined barring"),
    (10, "call barred"),
    (17, "network failure"),
    (21, "short message transfer rejected"),
    (22, "memory capacity exceeded"),
    (27, "destination out of service"),
    (28, "unidentified subscriber"),
    (29, "facility rejected"),
    (30, "unknown subscriber"),
    (41, "temporary failure"),
    (42, "congestion"),
    (47, "resources unavailable, unspecified"),
    (50, "requested facility not subscribed"),
    (69, "requested facility not implemented"),
    (81, "invalid short message transfer reference value"),
    (95, "invalid message, unspecified"),
    (96, "invalid mandatory information"),
    (97, "message type non-existent or not implemented"),
    (98, "message not compatible with short message protocol state"),
    (99, "information element non-existent or not implemented"),
    (111, "protocol error, unspecified"),
    (127, "interworking, unspecified"),
    (128, "telematic interworking not supported"),
    (129, "short message type 0 not supported"),
    (130, "cannot replace short message"),
    (143, "unspecified TP-PID error"),
    (144, "data coding scheme (alphabet) not supported"),
    (145, "message class not supported"),
    (159, "unspecified TP-DCS error"),
    (160, "command cannot be actioned"),
    (161, "command unsupported"),
    (175, "unspecified TP-Command error"),
    (176, "TPDU not supported"),
    (192, "SC busy"),
    (193, "no SC subscription"),
    (194, "SC system failure"),
    (195, "invalid SME address"),
    (196, "destination SME barred"),
    (197, "SM rejected, duplicate SM"),
    (198, "TP-VPF not supported"),
    (199, "TP-VP not supported"),
    (208, "(U)SIM SMS storage full"),
    (209, "no SMS storage capability in (U)SIM"),
    (210, "error in MS"),
    (211, "memory capacity exceeded"),
    (212, "(U)SIM application toolkit busy"),
    (213, "(U)SIM data download error"),
    (255, "unspecified error cause"),
    (300, "ME failure"),
    (301, "SMS service of ME reserved"),
    (302, "operation not allowed"),
    (303, "operation not supported"),
    (304, "invalid PDU mode parameter"),
    (305, "invalid text mode parameter"),
    (312, "PH-(U)SIM PIN required"),
    (317, "(U)SIM PIN2 required"),
    (318, "(U)SIM PUK2 required"),
    (319, "reserved"),
    (320, "memory failure"),
];

#[cfg(not(feature = "texts"))]
const FURTHER_WORDS: &[(u16, &str)] = &[];

/// Words seen in place of the standard's.
const OTHER_WORDS: &[(u16, &str)] = &[
    (38, "network out of service"),
    (310, "SIM not present"),
    (330, "SMSC address not known"),
    (330, "service center address unknown"),
    (331, "no network"),
    (340, "no CNMA acknowledgement expected"),
    (500, "unknown"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        for table in [WORDS, FURTHER_WORDS] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    /// 3GPP TS 27.005, 3.2.5.
    #[test]
    fn the_modems_own_numbers_mean_what_the_standard_says() {
        for (code, words) in [
            (300, "ME failure"),
            (301, "SMS service of ME reserved"),
            (302, "operation not allowed"),
            (303, "operation not supported"),
            (304, "invalid PDU mode parameter"),
            (305, "invalid text mode parameter"),
            (310, "(U)SIM not inserted"),
            (311, "(U)SIM PIN required"),
            (312, "PH-(U)SIM PIN required"),
            (313, "(U)SIM failure"),
            (314, "(U)SIM busy"),
            (315, "(U)SIM wrong"),
            (316, "(U)SIM PUK required"),
            (317, "(U)SIM PIN2 required"),
            (318, "(U)SIM PUK2 required"),
            (320, "memory failure"),
            (321, "invalid memory index"),
            (322, "memory full"),
            (330, "SMSC address unknown"),
            (331, "no network service"),
            (332, "network timeout"),
            (340, "no +CNMA acknowledgement expected"),
            (500, "unknown error"),
        ] {
            assert_eq!(CmsError(code).description(), Some(words), "{code}");
        }
    }

    /// 3GPP TS 24.011, Annex E-2, and 3GPP TS 23.040, 9.2.3.22.
    #[test]
    fn the_number_shows_who_refuses() {
        for (code, words, origin) in [
            (1, "unassigned (unallocated) number", CmsOrigin::Network),
            (21, "short message transfer rejected", CmsOrigin::Network),
            (50, "requested facility not subscribed", CmsOrigin::Network),
            (127, "interworking, unspecified", CmsOrigin::Network),
            (128, "telematic interworking not supported", CmsOrigin::ServiceCentre),
            (194, "SC system failure", CmsOrigin::ServiceCentre),
            (208, "(U)SIM SMS storage full", CmsOrigin::ServiceCentre),
            (255, "unspecified error cause", CmsOrigin::ServiceCentre),
            (300, "ME failure", CmsOrigin::Modem),
            (500, "unknown error", CmsOrigin::Modem),
        ] {
            assert_eq!(CmsError(code).description(), Some(words), "{code}");
            assert_eq!(CmsError(code).origin(), origin, "{code}");
        }
        assert_eq!(CmsError(511).origin(), CmsOrigin::Modem);
        assert_eq!(CmsError(512).origin(), CmsOrigin::Vendor);
    }

    #[test]
    fn words_name_the_code_in_any_case_with_and_without_the_u() {
        for (words, code) in [
            ("(U)SIM busy", 314),
            ("SIM BUSY", 314),
            ("Network timeout", 332),
            ("unknown error", 500),
            ("Invalid memory index", 321),
        ] {
            assert_eq!(CmsError::from_description(words), Some(CmsError(code)), "{words}");
        }
        assert_eq!(CmsError::from_description("bananas"), None);
        assert_eq!(CmsError::from_description(""), None);
        assert_eq!(CmsError::from_description("  : "), None);
    }

    #[test]
    fn a_number_without_words_is_still_shown() {
        use alloc::string::ToString;
        assert_eq!(CmsError(538).to_string(), "manufacturer specific error (+CMS ERROR 538)");
        assert_eq!(CmsError(400).to_string(), "reserved error number (+CMS ERROR 400)");
        assert_eq!(CmsError(230).description(), Some("application specific cause"));
    }

    #[test]
    fn temporary_errors_are_distinguished_from_permanent_ones() {
        for code in [38, 42, 314, 332] {
            assert!(CmsError(code).is_temporary(), "{code}");
        }
        for code in [1, 302, 310, 500] {
            assert!(!CmsError(code).is_temporary(), "{code}");
        }
    }
}
