//! The part that a status report is about, of several with its reference, 3GPP TS 23.040, 9.2.2.3.

use core::time::Duration;

use at_proto::Instant;
use pdu::StatusReport;

/// The time at which a part had left, and the reports about it.
///
/// A reference has 8 bits (TP-MR, 9.2.3.6): a SIM gives it again after 256 parts, also to a part
/// for the same recipient. The report of the earlier part may still come, or never come. A report
/// has the times at which the service centre received the part and dealt with it (TP-SCTS and
/// TP-DT). Both are by the clock of the service centre, so that only their order and their
/// difference count. They only choose between parts: the only part with the reference is the one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Departure {
    /// A time, and how long before it the part had left; `None` if that is unknown.
    left: Option<(Instant, Duration)>,
    /// TP-SCTS of the last report about the part, in seconds.
    submitted: Option<i64>,
    /// TP-SCTS of the first report about a later part with the reference, in seconds.
    before: Option<i64>,
    /// The final report has come.
    is_reported: bool,
}

/// The time by which a part may have left earlier than the modem has said so.
const SLACK: Duration = Duration::from_secs(180);

impl Departure {
    /// A part that has left `ago` before `now`.
    pub(crate) const fn new(now: Instant, ago: Duration) -> Self {
        Self { left: Some((now, ago)), submitted: None, before: None, is_reported: false }
    }

    /// The time since the part has left.
    pub(crate) fn age(&self, now: Instant) -> Option<Duration> {
        self.left.map(|(at, ago)| now.saturating_duration_since(at).saturating_add(ago))
    }

    /// Returns `true` if the final report has come.
    pub(crate) const fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// Returns `true` if the order of the parts and their reports allows this one.
    fn allows(&self, report: &StatusReport) -> bool {
        let Some(submitted) = submitted(report) else {
            return true;
        };
        match self.submitted.filter(|_| self.is_reported) {
            // It came again, or the first one was about an earlier part.
            Some(known) => known <= submitted,
            None => self.before.is_none_or(|before| submitted < before),
        }
    }

    /// Returns `true` if the part is as old as the report says.
    fn is_old_enough(&self, report: &StatusReport, now: Instant) -> bool {
        let discharged = report.discharge.date_time().map(|time| time.unix_seconds());
        let took = discharged.zip(submitted(report)).map(|(end, begin)| end.saturating_sub(begin));
        let took = took.and_then(|took| u64::try_from(took).ok()).map(Duration::from_secs);
        self.age(now).zip(took).is_none_or(|(age, took)| took <= age.saturating_add(SLACK))
    }

    /// Notes a report about the part.
    pub(crate) fn reported(&mut self, report: &StatusReport) {
        self.submitted = submitted(report);
        self.is_reported |= report.status.category().is_final();
    }

    /// Notes a report about a later part with the reference for the same recipient.
    pub(crate) fn passed(&mut self, report: &StatusReport) {
        self.before = self.before.into_iter().chain(submitted(report)).min();
    }
}

/// The part that a report is about, of those with its reference and recipient, the latest first.
///
/// A part whose earlier report has the same TP-SCTS comes first, then the latest one that is as old
/// as the report says, then the latest one.
pub(crate) fn departed<T>(
    latest_first: impl Iterator<Item = (T, Departure)> + Clone,
    report: &StatusReport,
    now: Instant,
) -> Option<T> {
    let known = |departure: &Departure| {
        departure.submitted.is_some() && departure.submitted == submitted(report)
    };
    let again = latest_first.clone().find(|(_, departure)| known(departure));
    let mut possible = latest_first.filter(|(_, departure)| departure.allows(report));
    let chosen = again.or_else(|| {
        let mut old = possible.clone();
        old.find(|(_, departure)| departure.is_old_enough(report, now)).or_else(|| possible.next())
    });
    chosen.map(|(part, _)| part)
}

/// The time at which the service centre received the part, in seconds.
fn submitted(report: &StatusReport) -> Option<i64> {
    report.timestamp.date_time().map(|time| time.unix_seconds())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use pdu::{DateTime, Status, Timestamp};

    use super::*;

    /// 14 November 2023, in minutes since 1970.
    const DAY: i64 = 1_699_920_000 / 60;

    /// A report about a part that the service centre received at this minute, and whose delivery
    /// took so many minutes.
    fn report(minute: i64, took: i64) -> StatusReport {
        let time = |minute: i64| {
            let time = DateTime::from_unix_seconds((DAY + minute) * 60, 4).unwrap();
            Timestamp::new(time).unwrap()
        };
        let recipient = "+491715550100".parse().unwrap();
        let (begin, end) = (time(minute), time(minute + took));
        StatusReport::new(7, recipient, begin, end, Status::DELIVERED)
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    /// The names of the parts that reports are about, of two parts that left at these minutes.
    fn about(
        parts: [(&'static str, u64); 2],
        reports: &[(u64, StatusReport)],
    ) -> Vec<&'static str> {
        let mut parts = parts.map(|(name, left)| {
            (name, Departure::new(Instant::from(minutes(left)), Duration::ZERO))
        });
        let mut names = Vec::new();
        for (at, report) in reports {
            let now = Instant::from(minutes(*at));
            let latest_first = (0..parts.len()).rev().map(|index| (index, parts[index].1));
            let Some(chosen) = departed(latest_first, report, now) else {
                names.push("none");
                continue;
            };
            parts[..chosen].iter_mut().for_each(|(_, earlier)| earlier.passed(report));
            parts[chosen].1.reported(report);
            names.push(parts[chosen].0);
        }
        names
    }

    #[test]
    fn a_report_is_about_the_latest_part_that_is_as_old_as_it_says() {
        let parts = [("old", 0), ("new", 200)];
        // The phone was off for three hours.
        assert_eq!(about(parts, &[(210, report(0, 208))]), ["old"]);
        assert_eq!(about(parts, &[(210, report(200, 9))]), ["new"]);
        assert_eq!(about(parts, &[(210, report(0, 208)), (210, report(200, 9))]), ["old", "new"]);
        assert_eq!(about(parts, &[(210, report(200, 9)), (210, report(0, 208))]), ["new", "old"]);
        // The service centre had it before the modem said so.
        assert_eq!(about(parts, &[(200, report(198, 2))]), ["new"]);
        assert_eq!(about(parts, &[(200, report(196, 4))]), ["old"]);
    }

    #[test]
    fn a_report_that_comes_again_is_about_the_same_part() {
        let parts = [("old", 0), ("new", 200)];
        let (old, new) = (report(0, 208), report(200, 1));
        assert_eq!(about(parts, &[(202, new), (220, new), (230, new)]), ["new", "new", "new"]);
        assert_eq!(about(parts, &[(210, old), (211, old), (212, new)]), ["old", "old", "new"]);
    }

    #[test]
    fn a_report_about_an_earlier_part_has_an_earlier_time_than_that_about_a_later_one() {
        let parts = [("old", 0), ("new", 200)];
        // Its own delivery was fast, and only its report was late.
        let late = (260, report(0, 1));
        assert_eq!(about(parts, &[(202, report(200, 1)), late]), ["new", "old"]);
        // Nothing tells it from the report of the new part until that one has come.
        assert_eq!(about(parts, &[late, (261, report(200, 1))]), ["new", "new"]);
        assert_eq!(about(parts, &[(202, report(200, 1)), (261, report(255, 1))]), ["new", "new"]);
    }

    #[test]
    fn a_time_that_cannot_be_read_decides_nothing() {
        let mut unreadable = report(0, 0);
        (unreadable.timestamp, unreadable.discharge) =
            (Timestamp::from_raw([0; 7]), Timestamp::from_raw([0xFF; 7]));
        let parts = [("old", 0), ("new", 200)];
        assert_eq!(about(parts, &[(201, unreadable), (202, unreadable)]), ["new", "new"]);
        let unknown = [((), Departure::default())];
        let now = Instant::from(minutes(1));
        assert!(departed(unknown.into_iter(), &report(0, 9_000), now).is_some());
    }

    #[test]
    fn an_age_counts_from_before_the_time_at_which_it_was_known() {
        let now = Instant::from(minutes(5));
        let departure = Departure::new(now, minutes(60));
        assert_eq!(departure.age(Instant::from(minutes(7))), Some(minutes(62)));
        assert_eq!(Departure::default().age(now), None);
    }
}
