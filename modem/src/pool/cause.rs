//! The causes of failures: the decision about the message, and the quarantine of the SIM or modem.

use core::fmt;
use core::time::Duration;

use at_proto::{CmsError, FinalError, Instant};

use super::rules::Rules;
use crate::error::{Error, ErrorKind, Origin};

/// The cause of a failure, as far as it decides about failover and quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Cause {
    /// The recipient cannot be reached by any SIM.
    Recipient,
    /// The request is invalid, or came too late.
    Caller,
    /// The part was taken back before it was sent.
    TakenBack,
    /// The SIM may not send: barred by the operator.
    Barred,
    /// The operator refuses the SIM. There is no code for a SIM without credit: networks answer
    /// with one of these.
    NoCredit,
    /// The SIM is missing, locked, full or faulty, or has no service centre.
    Sim,
    /// The network has no room now.
    Congestion,
    /// Any other failure of the network.
    Network,
    /// A failure of the modem.
    Modem,
    /// The link to the modem ended.
    Link,
    /// The outcome is unknown. A SIM without credit may also have every outcome unknown.
    Unknown,
}

/// The owner of a failure, who is quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    Nobody,
    Sim,
    Member,
    Both,
}

/// The decision about the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// The message ends.
    Never,
    /// Another SIM may try at once, and the same SIM after this time, doubled by each attempt.
    After(Duration),
    /// Any SIM may try at once, and the attempt does not count.
    AtOnce,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    cause: Cause,
    pub(super) retry: Retry,
    pub(super) blame: Blame,
    /// The number of failures in a row that lead to a quarantine.
    strikes: u32,
}

/// The table of causes. A test holds the chapter `many_modems` to it.
pub(super) const TABLE: &[Row] = &[
    // The same would happen with any other SIM.
    row(Cause::Recipient, Retry::Never, Blame::Nobody, 0),
    row(Cause::Caller, Retry::Never, Blame::Nobody, 0),
    // Nobody has failed.
    row(Cause::TakenBack, Retry::AtOnce, Blame::Nobody, 0),
    // The operator says it of the SIM, and another attempt costs nothing but time.
    row(Cause::Barred, Retry::After(Duration::from_secs(600)), Blame::Sim, 1),
    // One such answer may concern one recipient: three in a row concern the SIM.
    row(Cause::NoCredit, Retry::After(Duration::from_secs(600)), Blame::Sim, 3),
    // A person must act.
    row(Cause::Sim, Retry::After(Duration::from_secs(300)), Blame::Sim, 1),
    // It passes by itself.
    row(Cause::Congestion, Retry::After(Duration::from_secs(30)), Blame::Sim, 5),
    row(Cause::Network, Retry::After(Duration::from_secs(60)), Blame::Sim, 3),
    row(Cause::Modem, Retry::After(Duration::from_secs(30)), Blame::Member, 3),
    // The member is down anyway; one whose link ends again and again is left alone for a while.
    row(Cause::Link, Retry::AtOnce, Blame::Member, 3),
    // Sending again might send twice.
    row(Cause::Unknown, Retry::Never, Blame::Both, 3),
];

const fn row(cause: Cause, retry: Retry, blame: Blame, strikes: u32) -> Row {
    Row { cause, retry, blame, strikes }
}

impl Cause {
    /// The cause of a certain failure.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Withdrawn | ErrorKind::Journal | ErrorKind::Full => Self::TakenBack,
            ErrorKind::Refused(failure) => match failure.error() {
                FinalError::Cms(Some(CmsError(code))) => Self::of_code(code),
                _ => Self::of_origin(error.origin()),
            },
            _ => Self::of_origin(error.origin()),
        }
    }

    /// RP causes of 3GPP TS 24.011, annex E-2, and errors of TS 27.005, 3.2.5.
    fn of_code(code: u16) -> Self {
        match code {
            8 | 10 => Self::Barred,
            // Call rejected, facility rejected, facility not subscribed, facility not implemented.
            21 | 29 | 50 | 69 => Self::NoCredit,
            // Congestion, no resources, the service centre is busy or has a full queue.
            22 | 42 | 47 | 192 | 194 => Self::Congestion,
            code => Self::of_origin(Origin::of_message_failure(CmsError(code))),
        }
    }

    const fn of_origin(origin: Origin) -> Self {
        match origin {
            Origin::Recipient => Self::Recipient,
            Origin::Sim => Self::Sim,
            Origin::Network => Self::Network,
            Origin::Modem => Self::Modem,
            Origin::Link => Self::Link,
            Origin::Caller => Self::Caller,
        }
    }

    pub(super) fn row(self) -> Row {
        let rows = TABLE.iter().find(|row| row.cause == self).copied();
        rows.unwrap_or(row(self, Retry::Never, Blame::Nobody, 0))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Recipient => "the recipient cannot be reached",
            Self::Caller => "the request is invalid or late",
            Self::TakenBack => "the part was taken back",
            Self::Barred => "the operator has barred the SIM",
            Self::NoCredit => "the operator refuses the SIM, perhaps for want of credit",
            Self::Sim => "the SIM cannot be used",
            Self::Congestion => "the network is congested",
            Self::Network => "the network has failed",
            Self::Modem => "the modem has failed",
            Self::Link => "the link to the modem has ended",
            Self::Unknown => "outcomes are unknown",
        })
    }
}

/// The failures in a row of a SIM or a modem.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Strikes {
    count: u32,
    /// The number of quarantines in a row.
    rounds: u32,
    quarantine: Option<(Cause, Instant)>,
}

impl Strikes {
    /// Notes a failure. Returns the end of the quarantine that begins.
    pub(super) fn failed(&mut self, cause: Cause, rules: &Rules, now: Instant) -> Option<Instant> {
        self.count = self.count.saturating_add(1);
        // A probe that fails leads to the next quarantine, whatever its cause.
        if self.count < cause.row().strikes && self.rounds == 0 {
            return None;
        }
        let factor = 1_u32.checked_shl(self.rounds.min(20)).unwrap_or(u32::MAX);
        let until = now + rules.min_pause.saturating_mul(factor).min(rules.max_pause);
        self.rounds = self.rounds.saturating_add(1);
        self.quarantine = Some((cause, until));
        Some(until)
    }

    /// Notes that a part was sent, or could not be sent for a reason of its own. Returns `true` if
    /// that ends a series of quarantines.
    pub(super) fn succeeded(&mut self) -> bool {
        core::mem::take(self).rounds > 0
    }

    /// The quarantine at this time, with its end.
    pub(super) fn quarantine(&self, now: Instant) -> Option<(Cause, Instant)> {
        self.quarantine.filter(|(_, until)| now < *until)
    }
}

/// The time after which the same SIM may try a message again.
pub(super) fn back_off(delay: Duration, attempts: u32, rules: &Rules) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(u32::MAX);
    delay.saturating_mul(factor).min(rules.max_pause.max(delay))
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use at_proto::{Dialect, Failure};

    use super::*;

    #[test]
    fn the_chapter_has_the_row_of_each_cause() {
        let chapter = include_str!("../../docs/many_modems.md");
        for row in TABLE {
            let again = match row.retry {
                Retry::Never => String::from("never"),
                Retry::AtOnce => "at once".into(),
                Retry::After(delay) => format!("{} s", delay.as_secs()),
            };
            let quarantine = match row.blame {
                Blame::Nobody => String::from("none"),
                Blame::Sim => format!("SIM, {}", row.strikes),
                Blame::Member => format!("member, {}", row.strikes),
                Blame::Both => format!("both, {}", row.strikes),
            };
            let begins = format!("| {} |", row.cause);
            let line = chapter.lines().find(|line| line.starts_with(&begins));
            let line = line.unwrap_or_else(|| panic!("{begins} is missing"));
            assert!(line.ends_with(&format!("| {again} | {quarantine} |")), "{line}");
        }
    }

    fn refused(code: u16) -> Error {
        let line = format!("+CMS ERROR: {code}");
        ErrorKind::Refused(Failure::parse(line.as_bytes(), &Dialect::default()).unwrap()).into()
    }

    #[test]
    fn each_cause_has_one_row() {
        for row in TABLE {
            assert_eq!(TABLE.iter().filter(|other| other.cause == row.cause).count(), 1);
            // Each cause with a blame leads to a quarantine at some time.
            assert_eq!(row.blame == Blame::Nobody, row.strikes == 0, "{:?}", row.cause);
        }
    }

    #[test]
    fn a_failure_has_the_cause_that_its_code_names() {
        for (code, cause) in [
            (1, Cause::Recipient),
            (8, Cause::Barred),
            (10, Cause::Barred),
            (21, Cause::NoCredit),
            (29, Cause::NoCredit),
            (50, Cause::NoCredit),
            (38, Cause::Network),
            (42, Cause::Congestion),
            (198, Cause::Caller),
            (310, Cause::Sim),
            (330, Cause::Sim),
            (331, Cause::Network),
            (500, Cause::Modem),
        ] {
            assert_eq!(Cause::of(&refused(code)), cause, "{code}");
        }
        for (kind, cause) in [
            (ErrorKind::Closed, Cause::Link),
            (ErrorKind::Timeout, Cause::Modem),
            (ErrorKind::NoSim, Cause::Sim),
            (ErrorKind::Expired, Cause::Caller),
            (ErrorKind::Withdrawn, Cause::TakenBack),
        ] {
            assert_eq!(Cause::of(&kind.into()), cause);
        }
    }

    #[test]
    fn a_quarantine_lasts_longer_with_each_failed_probe_and_ends_with_a_success() {
        let rules = Rules::default();
        let mut strikes = Strikes::default();
        let at = |seconds| Instant::from(Duration::from_secs(seconds));
        assert_eq!(strikes.failed(Cause::NoCredit, &rules, at(0)), None);
        assert_eq!(strikes.failed(Cause::NoCredit, &rules, at(1)), None);
        assert_eq!(strikes.failed(Cause::NoCredit, &rules, at(2)), Some(at(62)));
        assert_eq!(strikes.quarantine(at(61)), Some((Cause::NoCredit, at(62))));
        assert_eq!(strikes.quarantine(at(62)), None);
        assert_eq!(strikes.failed(Cause::Network, &rules, at(62)), Some(at(182)));
        for _ in 0..100 {
            strikes.failed(Cause::Network, &rules, at(182));
        }
        assert_eq!(strikes.failed(Cause::Network, &rules, at(1000)), Some(at(4600)));
        assert!(strikes.succeeded() && !strikes.succeeded());
        assert_eq!(strikes.quarantine(at(1000)), None);
    }
}
