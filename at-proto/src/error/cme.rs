//! Equipment errors, `+CME ERROR`, 3GPP TS 27.007, 9.2.

use core::fmt;

use crate::number_space::number_space;

number_space! {
    /// The number of `+CME ERROR`: an equipment error.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::CmeError;
    ///
    /// assert_eq!(CmeError(10).to_string(), "SIM not inserted (+CME ERROR 10)");
    /// assert_eq!(CmeError::from_description("sim busy"), Some(CmeError::SIM_BUSY));
    /// assert!(CmeError::SIM_BUSY.is_temporary());
    /// ```
    #[doc(alias = "CME")]
    #[doc(alias = "+CME ERROR")]
    CmeError(pub u16) {
        /// The phone failed.
        PHONE_FAILURE = 0,
        /// Not allowed now, or not to this user.
        OPERATION_NOT_ALLOWED = 3,
        /// Not supported by this modem.
        OPERATION_NOT_SUPPORTED = 4,
        /// There is no SIM.
        SIM_NOT_INSERTED = 10,
        /// The SIM needs its PIN.
        SIM_PIN_REQUIRED = 11,
        /// The SIM is blocked until its PUK is entered.
        SIM_PUK_REQUIRED = 12,
        /// The SIM failed.
        SIM_FAILURE = 13,
        /// The SIM is not ready yet; ask again.
        SIM_BUSY = 14,
        /// The SIM is not the right one.
        SIM_WRONG = 15,
        /// The PIN or password is wrong; each attempt counts.
        INCORRECT_PASSWORD = 16,
        /// There is no network service.
        NO_NETWORK_SERVICE = 30,
        /// The network did not answer.
        NETWORK_TIMEOUT = 31,
        /// Unknown error.
        UNKNOWN = 100,
        /// Wavecom and others: the modem is still starting.
        STARTING = 515,
    }
}

impl CmeError {
    /// The standard's words, or a vendor's where they are known; otherwise `None`.
    ///
    /// Without the feature `texts` only the numbers that a program acts on have words.
    pub fn description(self) -> Option<&'static str> {
        super::words_of(&[WORDS, FURTHER_WORDS], self.0)
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
            2 | 14
                | 30
                | 31
                | 57
                | 116
                | 117
                | 122
                | 126
                | 134
                | 139
                | 157
                | 158
                | 159
                | 182
                | 195
                | 205
                | 207
                | 256
                | 258
                | 515
        )
    }
}

impl fmt::Display for CmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.description().unwrap_or(match self.0 {
            0..=255 => "reserved error number",
            256.. => "manufacturer specific error",
        });
        write!(f, "{words} (+CME ERROR {})", self.0)
    }
}

/// The words of the codes that a program acts on.
const WORDS: &[(u16, &str)] = &[
    (0, "phone failure"),
    (3, "operation not allowed"),
    (4, "operation not supported"),
    (10, "SIM not inserted"),
    (11, "SIM PIN required"),
    (12, "SIM PUK required"),
    (13, "SIM failure"),
    (14, "SIM busy"),
    (15, "SIM wrong"),
    (16, "incorrect password"),
    (17, "SIM PIN2 required"),
    (18, "SIM PUK2 required"),
    (20, "memory full"),
    (30, "no network service"),
    (31, "network timeout"),
    (100, "unknown"),
];

/// The words of the other codes.
#[cfg(feature = "texts")]
const FURTHER_WORDS: &[(u16, &str)] = &[
    (1, "no connection to phone"),
    (2, "phone-adaptor link reserved"),
    (5, "PH-SIM PIN required"),
    (6, "PH-FSIM PIN required"),
    (7, "PH-FSIM PUK required"),
    (21, "invalid index"),
    (22, "not found"),
    (23, "memory failure"),
    (24, "text string too long"),
    (25, "invalid characters in text string"),
    (26, "dial string too long"),
    (27, "invalid characters in dial string"),
    (32, "network not allowed - emergency calls only"),
    (40, "network personalization PIN required"),
    (41, "network personalization PUK required"),
    (42, "network subset personalization PIN required"),
    (43, "network subset personalization PUK required"),
    (44, "service provider personalization PIN required"),
    (45, "service provider personalization PUK required"),
    (46, "corporate personalization PIN required"),
    (47, "corporate personalization PUK required"),
    (48, "hidden key required"),
    (49, "EAP method not supported"),
    (50, "incorrect parameters"),
    (51, "command implemented but currently disabled"),
    (52, "command aborted by user"),
    (53, "not attached to network due to MT functionality restrictions"),
    (54, "modem not allowed - MT restricted to emergency calls only"),
    (55, "operation not allowed because of MT functionality restrictions"),
    (56, "fixed dial number only allowed - called number is not a fixed dial number"),
    (57, "temporarily out of service due to other MT usage"),
    (58, "language/alphabet not supported"),
    (59, "unexpected data value"),
    (60, "system failure"),
    (61, "data missing"),
    (62, "call barred"),
    (63, "message waiting indication subscription failure"),
    (102, "IMSI unknown in HLR/HSS"),
    (103, "illegal MS/UE"),
    (104, "IMSI unknown in VLR"),
    (105, "IMEI not accepted"),
    (106, "illegal ME"),
    (107, "PS services not allowed"),
    (108, "PS and non-PS services not allowed"),
    (109, "UE identity not derived from network"),
    (110, "implicitly detached"),
    (111, "PLMN not allowed"),
    (112, "location/tracking area not allowed"),
    (113, "roaming not allowed in this location/tracking area"),
    (114, "PS services not allowed in PLMN"),
    (115, "no cells in location/tracking area"),
    (116, "MSC temporarily not reachable"),
    (117, "network failure (attach)"),
    (118, "CS domain unavailable"),
    (119, "ESM failure"),
    (122, "congestion"),
    (124, "MBMS bearer capabilities insufficient for service"),
    (125, "not authorized for CSG"),
    (126, "insufficient resources"),
    (127, "missing or unknown APN"),
    (128, "unknown PDP address or type"),
    (129, "user authentication failed"),
    (130, "activation rejected by GGSN or GW"),
    (131, "activation rejected (unspecified)"),
    (132, "service option not supported"),
    (133, "requested service option not subscribed"),
    (134, "service option temporarily out of order"),
    (135, "NSAPI/PTI already in use"),
    (136, "regular deactivation"),
    (137, "QoS not accepted"),
    (138, "call cannot be identified"),
    (139, "CS service temporarily unavailable"),
    (140, "feature not supported"),
    (141, "semantic error in TFT operation"),
    (142, "syntactical error in TFT operation"),
    (143, "unknown PDP context"),
    (144, "semantic error in packet filter"),
    (145, "syntactical error in packet filter"),
    (146, "PDP context without TFT already activated"),
    (147, "multicast group membership timeout"),
    (148, "unspecified GPRS error"),
    (149, "PDP authentication failure"),
    (150, "invalid mobile class"),
    (151, "VBS/VGCS not supported by the network"),
    (152, "no service subscription on SIM"),
    (153, "no subscription for group ID"),
    (154, "group ID not activated on SIM"),
    (155, "no matching notification"),
    (156, "VBS/VGCS call already present"),
    (157, "congestion"),
    (158, "network failure"),
    (159, "uplink busy"),
    (160, "no access rights for SIM file"),
    (161, "no subscription for priority"),
    (162, "operation not applicable or not possible"),
    (163, "group ID prefixes not supported"),
    (164, "group ID prefixes not usable for VBS"),
    (165, "group ID prefix value invalid"),
    (171, "last PDN disconnection not allowed"),
    (172, "semantically incorrect message"),
    (173, "invalid mandatory information"),
    (174, "message type not implemented"),
    (175, "conditional IE error"),
    (176, "unspecified protocol error"),
    (177, "operator determined barring"),
    (178, "maximum number of PDP/bearer contexts reached"),
    (179, "requested APN not supported"),
    (180, "rejected BCM violation"),
    (181, "unsupported QCI/5QI value"),
    (182, "user data via control plane congested"),
    (183, "SMS provided via GPRS in routing area"),
    (184, "invalid PTI value"),
    (185, "no bearer activated"),
    (186, "message not compatible with protocol state"),
    (187, "recovery on timer expiry"),
    (188, "invalid transaction ID value"),
    (189, "service option not authorized in PLMN"),
    (190, "network failure (activation)"),
    (191, "reactivation requested"),
    (192, "IPv4 only allowed"),
    (193, "IPv6 only allowed"),
    (194, "single address bearers only allowed"),
    (195, "collision with network initiated request"),
    (196, "IPv4v6 only allowed"),
    (197, "non-IP only allowed"),
    (198, "bearer handling unsupported"),
    (199, "APN restriction incompatible"),
    (200, "multiple access to PDN connection not allowed"),
    (201, "ESM information not received"),
    (202, "PDN connection nonexistent"),
    (203, "multiple PDN connection to same APN not allowed"),
    (204, "severe network failure"),
    (205, "insufficient resources for slice and DNN"),
    (206, "unsupported SSC mode"),
    (207, "insufficient resources for slice"),
    (208, "message type not compatible with protocol state"),
    (209, "IE not implemented"),
    (210, "N1 mode not allowed"),
    (211, "restricted service area"),
    (212, "LADN unavailable"),
    (213, "missing or unknown DNN in slice"),
    (214, "ngKSI already in use"),
    (215, "payload not forwarded"),
    (216, "non-3GPP access to 5GCN not allowed"),
    (217, "serving network not authorized"),
    (218, "DNN not supported in slice"),
    (219, "insufficient user plane resources for PDU session"),
    (220, "out of LADN service area"),
    (221, "PTI mismatch"),
    (222, "max data rate for user plane integrity too low"),
    (223, "semantic error in QoS operation"),
    (224, "syntactical error in QoS operation"),
    (225, "invalid mapped EPS bearer identity"),
    (226, "redirection to 5GCN required"),
    (227, "redirection to EPC required"),
    (228, "temporarily unauthorized for SNPN"),
    (229, "permanently unauthorized for SNPN"),
    (230, "ethernet only allowed"),
    (231, "unauthorized for CAG"),
    (232, "no network slices available"),
    (233, "wireline access area not allowed"),
    (256, "operation temporarily not allowed"),
    (257, "call barred"),
    (258, "phone is busy"),
    (259, "user abort"),
    (260, "invalid dial string"),
    (261, "SS not executed"),
    (262, "SIM blocked"),
    (263, "invalid block"),
    (515, "please wait, starting or busy with a command"),
    (772, "SIM powered down"),
];

#[cfg(not(feature = "texts"))]
const FURTHER_WORDS: &[(u16, &str)] = &[];

/// Words seen in place of the standard's.
const OTHER_WORDS: &[(u16, &str)] = &[
    (0, "ME failure"),
    (5, "phone-SIM PIN required"),
    (10, "SIM not present"),
    (16, "incorrect PIN"),
    (30, "no network"),
    (48, "PH-SIM PUK required"),
    (50, "invalid parameters"),
    (100, "unknown error"),
    (107, "GPRS services not allowed"),
    (113, "roaming not allowed in this location area"),
    (112, "location area not allowed"),
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

    /// 3GPP TS 27.007, 9.2.1.
    #[test]
    fn the_general_numbers_mean_what_the_standard_says() {
        for (code, words) in [
            (0, "phone failure"),
            (1, "no connection to phone"),
            (3, "operation not allowed"),
            (4, "operation not supported"),
            (5, "PH-SIM PIN required"),
            (10, "SIM not inserted"),
            (11, "SIM PIN required"),
            (12, "SIM PUK required"),
            (13, "SIM failure"),
            (14, "SIM busy"),
            (15, "SIM wrong"),
            (16, "incorrect password"),
            (17, "SIM PIN2 required"),
            (18, "SIM PUK2 required"),
            (20, "memory full"),
            (21, "invalid index"),
            (22, "not found"),
            (23, "memory failure"),
            (24, "text string too long"),
            (26, "dial string too long"),
            (30, "no network service"),
            (31, "network timeout"),
            (32, "network not allowed - emergency calls only"),
            (40, "network personalization PIN required"),
            (48, "hidden key required"),
            (50, "incorrect parameters"),
            (100, "unknown"),
            (103, "illegal MS/UE"),
            (106, "illegal ME"),
            (111, "PLMN not allowed"),
            (132, "service option not supported"),
            (149, "PDP authentication failure"),
        ] {
            assert_eq!(CmeError(code).description(), Some(words), "{code}");
        }
    }

    #[test]
    fn a_number_without_words_is_still_shown() {
        use alloc::string::ToString;
        assert_eq!(CmeError(99).to_string(), "reserved error number (+CME ERROR 99)");
        assert_eq!(CmeError(999).to_string(), "manufacturer specific error (+CME ERROR 999)");
    }

    #[test]
    fn words_name_the_code_in_any_case() {
        for (words, code) in [
            ("SIM not inserted", 10),
            ("SIM PIN REQUIRED", 11),
            ("unknown error", 100),
            ("incorrect password", 16),
        ] {
            assert_eq!(CmeError::from_description(words), Some(CmeError(code)), "{words}");
        }
        assert_eq!(CmeError::from_description(""), None);
    }

    #[test]
    fn temporary_errors_are_distinguished_from_permanent_ones() {
        for code in [14, 30, 31, 515] {
            assert!(CmeError(code).is_temporary(), "{code}");
        }
        for code in [0, 3, 10, 16, 100] {
            assert!(!CmeError(code).is_temporary(), "{code}");
        }
    }
}
