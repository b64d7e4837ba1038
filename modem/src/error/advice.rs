//! The remedy for a failure.

use at_proto::ussd::Wanted;
use at_proto::{CmeError, CmsError, CmsOrigin, FinalError};

use super::ErrorKind;

pub(crate) const NO_RESPONSE: &str =
    "check that the port is its AT port, and that no other program uses it";
pub(crate) const ENDED: &str = "try again";
pub(crate) const CLOSED: &str = "open it again";
pub(crate) const PIN_REQUIRED: &str = "set `Config::pin`";
pub(crate) const PIN_REFUSED: &str =
    "check the PIN before you try again, since few attempts are left";
pub(crate) const CODE_REQUIRED: &str = "unlock the SIM in a phone";
pub(crate) const UNKNOWN_SIM: &str = "insert the former SIM, or start a new session for this one";
pub(crate) const NO_SIM: &str = "insert a SIM, or check its contacts";
pub(crate) const NO_CIRCUIT: &str = "let the modem use 2G or 3G, or another network";
pub(crate) const NOT_READY: &str = "wait a minute and try again, or check the SIM in a phone";
pub(crate) const RADIO_OFF: &str = "switch it on by `AT+CFUN=1`, or set `Config::switch_radio_on`";
pub(crate) const FULL: &str = "take the events, and wait until some of them have ended";
pub(crate) const JOURNAL: &str =
    "write its records, or restart the program if they cannot be written";

const LATER: &str = "try again later";
const DELETE: &str = "delete messages from the SIM or the modem";
const COVERAGE: &str = "check the antenna, and that the SIM may use this network";
const RESTART: &str = "restart the modem if it happens again";
const NUMBER: &str = "check the number of the recipient";
const OPERATOR: &str = "check the credit, and ask the operator what the SIM may do";
const CENTRE: &str = "check the number of the service centre";
const MAYBE_SENT: &str =
    "ask the recipient before you send the message again, since it may have been sent";
const MODEM_LOCK: &str = "use the SIM for which the modem is locked, or have the lock removed";

/// The remedy for a failure of this kind.
pub(crate) fn on(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        // Before the Ctrl-Z, and without one, nothing was sent.
        ErrorKind::Refused(failure) => {
            let advice = on_refusal(failure.error());
            let may_be_sent = advice != Some(MAYBE_SENT) || failure.is_committed();
            return if may_be_sent { advice } else { Some(LATER) };
        }
        ErrorKind::Timeout => {
            "try again; if the modem still does not answer, check its cable and power supply, and restart it"
        }
        ErrorKind::Ended => ENDED,
        ErrorKind::NoResponse => NO_RESPONSE,
        ErrorKind::Closed => CLOSED,
        ErrorKind::PinRequired => PIN_REQUIRED,
        ErrorKind::PinRefused => PIN_REFUSED,
        ErrorKind::LastPinRetry(_) | ErrorKind::CodeRequired(_) => CODE_REQUIRED,
        ErrorKind::NoCircuitNetwork => NO_CIRCUIT,
        ErrorKind::UssdEnded(Wanted::NOT_SUPPORTED) => "check the code",
        ErrorKind::UssdEnded(_) => LATER,
        ErrorKind::UnknownSim => UNKNOWN_SIM,
        ErrorKind::RadioOff => RADIO_OFF,
        ErrorKind::NoSim => NO_SIM,
        ErrorKind::NotReady => NOT_READY,
        ErrorKind::Full => FULL,
        ErrorKind::Journal => JOURNAL,
        _ => return None,
    })
}

fn on_refusal(error: FinalError) -> Option<&'static str> {
    match error {
        FinalError::Cms(Some(code)) => on_message_failure(code),
        FinalError::Cme(Some(code)) => on_equipment_failure(code),
        FinalError::Busy | FinalError::NoAnswer => Some(LATER),
        _ => None,
    }
}

/// RP causes of 3GPP TS 24.011, 8.2.5.4, failure causes of TS 23.040, 9.2.3.22, and errors of TS
/// 27.005, 3.2.5.
fn on_message_failure(CmsError(code): CmsError) -> Option<&'static str> {
    Some(match code {
        1 | 30 | 195 => NUMBER,
        // 21 is the answer of most networks when there is no credit.
        8 | 10 | 21 | 28 | 29 | 50 | 69 | 193 | 196 => OPERATOR,
        17 | 27 | 38 | 41 | 42 | 47 | 192 | 194 | 212 | 301 | 314 => LATER,
        22 | 208 | 211 | 322 => DELETE,
        // Seen with a recipient in a form that the network does not know, and with a wrong service
        // centre.
        95..=99 | 111 | 127 | 304 => "check the numbers of the recipient and of the service centre",
        197 => "do not send the message again, since it has been sent",
        198 | 199 => "leave the validity period out",
        300 | 320 => RESTART,
        310 => NO_SIM,
        311 => PIN_REQUIRED,
        312 => MODEM_LOCK,
        313 | 315 => "check the SIM in a phone",
        316..=318 => CODE_REQUIRED,
        330 => CENTRE,
        331 => COVERAGE,
        332 | 500 => MAYBE_SENT,
        _ if CmsError(code).origin() == CmsOrigin::Vendor => {
            "look the code up in the manual of the modem"
        }
        _ => return None,
    })
}

/// Errors of 3GPP TS 27.007, 9.2.
fn on_equipment_failure(CmeError(code): CmeError) -> Option<&'static str> {
    Some(match code {
        0 | 23 | 60 => RESTART,
        2 | 14 | 31 | 57 | 116 | 117 | 122 | 126 | 134 | 139 | 157..=159 | 515 => LATER,
        5..=7 | 40..=47 => MODEM_LOCK,
        10 => NO_SIM,
        11 => PIN_REQUIRED,
        12 | 17 | 18 => CODE_REQUIRED,
        13 | 15 => "check the SIM in a phone",
        16 => PIN_REFUSED,
        20 => DELETE,
        30 | 32 | 53 | 54 | 111..=113 | 115 => COVERAGE,
        62 | 102..=104 | 106..=108 | 114 | 133 | 152 | 177 => OPERATOR,
        105 => "ask the operator to admit this modem",
        118 => "let the modem use 2G or 3G, which USSD and calls need",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use at_proto::{CmeError, CmsError, FinalError};

    use super::ErrorKind;
    use super::{on, on_refusal};

    #[test]
    fn each_failure_that_a_person_can_do_something_about_says_what() {
        for (kind, advice) in [
            (
                ErrorKind::NoResponse,
                "check that the port is its AT port, and that no other program uses it",
            ),
            (ErrorKind::Closed, "open it again"),
            (ErrorKind::PinRequired, "set `Config::pin`"),
            (
                ErrorKind::PinRefused,
                "check the PIN before you try again, since few attempts are left",
            ),
            (ErrorKind::LastPinRetry(1), "unlock the SIM in a phone"),
            (ErrorKind::CodeRequired(String::from("SIM PUK")), "unlock the SIM in a phone"),
            (ErrorKind::NoSim, "insert a SIM, or check its contacts"),
            (ErrorKind::NotReady, "wait a minute and try again, or check the SIM in a phone"),
            (ErrorKind::NoCircuitNetwork, "let the modem use 2G or 3G, or another network"),
            (ErrorKind::Full, "take the events, and wait until some of them have ended"),
        ] {
            assert_eq!(on(&kind), Some(advice));
        }
        for kind in [ErrorKind::Expired, ErrorKind::Interrupted, ErrorKind::Withdrawn] {
            assert_eq!(on(&kind), None, "{kind}");
        }
    }

    #[test]
    fn only_a_message_whose_ctrl_z_may_have_left_may_have_been_sent() {
        use at_proto::{Dialect, Failure};

        let failure = Failure::parse(b"+CMS ERROR: 500", &Dialect::default()).unwrap();
        assert_eq!(on(&ErrorKind::Refused(failure)), Some("try again later"));
    }

    /// RP causes of 3GPP TS 24.011, 8.2.5.4, TP causes of TS 23.040, 9.2.3.22, and errors of TS
    /// 27.005, 3.2.5.
    #[test]
    fn a_refusal_of_a_message_is_advised_on_by_its_code() {
        for (code, advice) in [
            (1, "check the number of the recipient"),
            (8, "check the credit, and ask the operator what the SIM may do"),
            (38, "try again later"),
            (197, "do not send the message again, since it has been sent"),
            (198, "leave the validity period out"),
            (300, "restart the modem if it happens again"),
            (304, "check the numbers of the recipient and of the service centre"),
            (310, "insert a SIM, or check its contacts"),
            (311, "set `Config::pin`"),
            (312, "use the SIM for which the modem is locked, or have the lock removed"),
            (313, "check the SIM in a phone"),
            (316, "unlock the SIM in a phone"),
            (322, "delete messages from the SIM or the modem"),
            (330, "check the number of the service centre"),
            (331, "check the antenna, and that the SIM may use this network"),
            (
                332,
                "ask the recipient before you send the message again, since it may have been sent",
            ),
            (513, "look the code up in the manual of the modem"),
        ] {
            assert_eq!(on_refusal(FinalError::Cms(Some(CmsError(code)))), Some(advice), "{code}");
        }
        // An error of the host is not the user's business.
        assert_eq!(on_refusal(FinalError::Cms(Some(CmsError(302)))), None);
    }

    /// Errors of 3GPP TS 27.007, 9.2.
    #[test]
    fn a_refusal_of_the_equipment_is_advised_on_by_its_code() {
        for (code, advice) in [
            (0, "restart the modem if it happens again"),
            (5, "use the SIM for which the modem is locked, or have the lock removed"),
            (10, "insert a SIM, or check its contacts"),
            (11, "set `Config::pin`"),
            (12, "unlock the SIM in a phone"),
            (13, "check the SIM in a phone"),
            (14, "try again later"),
            (16, "check the PIN before you try again, since few attempts are left"),
            (20, "delete messages from the SIM or the modem"),
            (30, "check the antenna, and that the SIM may use this network"),
            (105, "ask the operator to admit this modem"),
            (107, "check the credit, and ask the operator what the SIM may do"),
            (118, "let the modem use 2G or 3G, which USSD and calls need"),
        ] {
            assert_eq!(on_refusal(FinalError::Cme(Some(CmeError(code)))), Some(advice), "{code}");
        }
        assert_eq!(on_refusal(FinalError::Busy), Some("try again later"));
        assert_eq!(on_refusal(FinalError::NoAnswer), Some("try again later"));
    }

    #[test]
    fn the_codes_that_users_ask_about_have_an_advice_that_continues_a_sentence() {
        for code in [10, 21, 38, 50, 69, 304, 310, 322, 330, 331, 332, 500, 512] {
            let advice = on_refusal(FinalError::Cms(Some(CmsError(code)))).unwrap();
            assert!(!advice.ends_with('.') && advice.starts_with(char::is_lowercase), "{advice}");
        }
        for code in [10, 11, 12, 13, 14, 16, 30, 515] {
            assert!(on_refusal(FinalError::Cme(Some(CmeError(code)))).is_some(), "CME {code}");
        }
        assert_eq!(on_refusal(FinalError::Error), None);
        assert_eq!(on_refusal(FinalError::Cme(Some(CmeError(4)))), None);
    }

    #[test]
    fn what_is_temporary_is_not_blamed_on_the_recipient_or_the_operator() {
        for code in 0..=600 {
            let (cms, cme) =
                (FinalError::Cms(Some(CmsError(code))), FinalError::Cme(Some(CmeError(code))));
            for error in [cms, cme].into_iter().filter(|error| error.is_temporary()) {
                let advice = on_refusal(error).unwrap_or_default();
                assert!(
                    advice != super::NUMBER && advice != super::OPERATOR,
                    "{error:?}: {advice}"
                );
            }
        }
    }
}
