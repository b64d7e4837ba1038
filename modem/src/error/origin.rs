//! The party at fault for a failure, from which a caller decides whether another SIM, modem or link
//! may do better.

use at_proto::{CmeError, CmsError, FinalError};

use super::ErrorKind;

/// The party at fault for a failure, from [`Error::origin`](super::Error::origin).
///
/// A failure of the recipient or of the caller would occur with any other modem as well. Any other
/// failure may be overcome by another SIM, modem or link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Origin {
    /// The recipient: a number that is not assigned, or a phone that does not accept messages.
    Recipient,
    /// The SIM or its subscription: no credit, barred, locked, full, without a service centre.
    Sim,
    /// The network or the service centre: no coverage, congestion, an internal failure.
    Network,
    /// The modem: it failed, does not support the command, or gives answers that cannot be read.
    Modem,
    /// The link to the modem: it ended, or there is no response at its other end.
    Link,
    /// The caller: the request is invalid, was withdrawn, or came too late.
    Caller,
}

impl Origin {
    /// The party at fault for a failure of this kind.
    pub(super) fn of(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::Refused(failure) => Self::of_refusal(failure.error()),
            ErrorKind::Timeout
            | ErrorKind::Ended
            | ErrorKind::Restarted
            | ErrorKind::Malformed(_)
            | ErrorKind::NotReady
            | ErrorKind::RadioOff
            | ErrorKind::NotDeleted
            | ErrorKind::NotAnnounced
            | ErrorKind::TextMode
            | ErrorKind::Unsupported(_) => Self::Modem,
            ErrorKind::NoResponse | ErrorKind::Closed | ErrorKind::Port(_) => Self::Link,
            ErrorKind::PinRequired
            | ErrorKind::PinRefused
            | ErrorKind::LastPinRetry(_)
            | ErrorKind::CodeRequired(_)
            | ErrorKind::UnknownSim
            | ErrorKind::NoSim => Self::Sim,
            ErrorKind::NoCircuitNetwork | ErrorKind::UssdEnded(_) => Self::Network,
            ErrorKind::Unsafe(_)
            | ErrorKind::Split(_)
            | ErrorKind::Encode(_)
            | ErrorKind::Text(_)
            | ErrorKind::Invalid(_)
            | ErrorKind::Expired
            | ErrorKind::Interrupted
            | ErrorKind::Withdrawn
            | ErrorKind::Journal
            | ErrorKind::Full => Self::Caller,
        }
    }

    const fn of_refusal(error: FinalError) -> Self {
        match error {
            FinalError::Cms(Some(code)) => Self::of_message_failure(code),
            FinalError::Cme(Some(code)) => Self::of_equipment_failure(code),
            FinalError::Busy | FinalError::NoAnswer => Self::Recipient,
            FinalError::NoCarrier | FinalError::NoDialtone => Self::Network,
            _ => Self::Modem,
        }
    }

    /// RP causes of 3GPP TS 24.011, Annex E-2, TP-FCS of TS 23.040, 9.2.3.22, errors of TS 27.005,
    /// 3.2.5.
    pub(crate) const fn of_message_failure(CmsError(code): CmsError) -> Self {
        match code {
            // 30 is a number without a subscriber, which may be either side's; another SIM would
            // not help a wrong recipient.
            1 | 27 | 30 | 195 | 196 => Self::Recipient,
            // 21 and 29 are the answers of many operators when there is no credit.
            8 | 10 | 21 | 28 | 29 | 50 | 69 | 193 | 208..=210 | 212 | 310..=319 | 322 | 330 => {
                Self::Sim
            }
            // A duplicate, a validity period that the service centre refuses, and requests that the
            // modem finds invalid.
            197..=199 | 304 | 305 | 321 => Self::Caller,
            0..=255 | 331 | 332 => Self::Network,
            256.. => Self::Modem,
        }
    }

    /// Errors of 3GPP TS 27.007, 9.2.
    const fn of_equipment_failure(CmeError(code): CmeError) -> Self {
        match code {
            5..=7 | 10..=18 | 20 | 40..=47 | 103 | 107 | 108 | 114 | 133 => Self::Sim,
            21..=27 | 50 => Self::Caller,
            30..=32 | 53..=59 | 102 | 104..=106 | 111..=118 | 122 | 126 | 132 | 134..=159 | 177 => {
                Self::Network
            }
            _ => Self::Modem,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use at_proto::{CmeError, CmsError, FinalError};

    use super::Origin;
    use crate::error::{Error, ErrorKind};

    #[test]
    fn a_failure_without_a_code_names_who_can_do_something_about_it() {
        for (kind, origin) in [
            (ErrorKind::Timeout, Origin::Modem),
            (ErrorKind::NoResponse, Origin::Link),
            (ErrorKind::Closed, Origin::Link),
            (ErrorKind::Port(String::from("busy")), Origin::Link),
            (ErrorKind::PinRequired, Origin::Sim),
            (ErrorKind::NoSim, Origin::Sim),
            (ErrorKind::NoCircuitNetwork, Origin::Network),
            (ErrorKind::Unsupported("PDU mode"), Origin::Modem),
            (ErrorKind::Invalid(String::from("too long")), Origin::Caller),
            (ErrorKind::Expired, Origin::Caller),
        ] {
            assert_eq!(Error::from(kind.clone()).origin(), origin, "{kind}");
        }
    }

    #[test]
    fn a_refusal_of_a_message_is_the_fault_of_the_party_that_its_cause_names() {
        for (code, origin) in [
            (1, Origin::Recipient),
            (8, Origin::Sim),
            (21, Origin::Sim),
            (27, Origin::Recipient),
            (38, Origin::Network),
            (42, Origin::Network),
            (111, Origin::Network),
            (192, Origin::Network),
            (193, Origin::Sim),
            (195, Origin::Recipient),
            (198, Origin::Caller),
            (208, Origin::Sim),
            (300, Origin::Modem),
            (304, Origin::Caller),
            (310, Origin::Sim),
            (314, Origin::Sim),
            (322, Origin::Sim),
            (330, Origin::Sim),
            (331, Origin::Network),
            (500, Origin::Modem),
            (513, Origin::Modem),
        ] {
            let error = FinalError::Cms(Some(CmsError(code)));
            assert_eq!(Origin::of_refusal(error), origin, "{code}");
        }
    }

    #[test]
    fn a_refusal_of_the_equipment_is_the_fault_of_the_party_that_its_code_names() {
        for (code, origin) in [
            (3, Origin::Modem),
            (5, Origin::Sim),
            (10, Origin::Sim),
            (16, Origin::Sim),
            (21, Origin::Caller),
            (30, Origin::Network),
            (100, Origin::Modem),
            (118, Origin::Network),
            (515, Origin::Modem),
        ] {
            let error = FinalError::Cme(Some(CmeError(code)));
            assert_eq!(Origin::of_refusal(error), origin, "{code}");
        }
        assert_eq!(Origin::of_refusal(FinalError::Error), Origin::Modem);
    }
}
