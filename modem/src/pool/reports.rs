//! The parts whose status reports are awaited, whichever member the reports come through.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use at_proto::Instant;
use pdu::{Address, StatusReport};

use super::member::MemberId;
use super::sim::SimId;
use crate::message::{Departure, MessageId, departed};

/// A part whose status report the network may still send.
#[derive(Debug, Clone)]
pub(super) struct Awaited {
    pub(super) sim: SimId,
    pub(super) reference: u8,
    pub(super) recipient: Address,
    pub(super) message: MessageId,
    pub(super) part: u8,
    /// The member and the link over which the part left; `None` before a restart.
    pub(super) link: Option<(MemberId, u32)>,
    pub(super) departure: Departure,
}

/// The awaited reports by reference, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Reports(Vec<VecDeque<Awaited>>);

/// The maximum number of parts of one SIM to one recipient with one reference.
const MAX_PER_RECIPIENT: usize = 4;

/// The maximum number of parts with one reference.
const MAX_PER_REFERENCE: usize = 1024;

impl Reports {
    pub(super) fn add(&mut self, awaited: Awaited) {
        let index = usize::from(awaited.reference);
        if self.0.len() <= index {
            self.0.resize_with(index.saturating_add(1), VecDeque::new);
        }
        let Some(bucket) = self.0.get_mut(index) else {
            return;
        };
        // The reference of a SIM repeats.
        let is_same = |other: &Awaited| {
            other.sim == awaited.sim && other.recipient.digits_match(&awaited.recipient)
        };
        if bucket.iter().filter(|other| is_same(other)).count() >= MAX_PER_RECIPIENT {
            if let Some(oldest) = bucket.iter().position(is_same) {
                bucket.remove(oldest);
            }
        }
        if bucket.len() >= MAX_PER_REFERENCE {
            bucket.pop_front();
        }
        bucket.push_back(awaited);
    }

    /// The part that a report is about. A report that the session of the member has not matched is
    /// about a part of another member or an earlier link, or none.
    ///
    /// The SIM of the member comes first; a report that another modem had stored is found by its
    /// recipient if only one part fits.
    pub(super) fn find(
        &mut self,
        report: &StatusReport,
        sim: Option<SimId>,
        this_link: Option<(MemberId, u32)>,
        now: Instant,
    ) -> Option<(MessageId, usize)> {
        let bucket = self.0.get_mut(usize::from(report.message_reference))?;
        let fits = |awaited: &Awaited| {
            awaited.recipient.digits_match(&report.recipient)
                && (this_link.is_none() || awaited.link != this_link)
        };
        let of_sim = |awaited: &Awaited| Some(awaited.sim) == sim && fits(awaited);
        let numbered = bucket.iter().enumerate().rev();
        let own = numbered.filter(|(_, awaited)| of_sim(awaited));
        let own = own.map(|(index, awaited)| (index, awaited.departure));
        let about = |awaited: &Awaited| (awaited.message, usize::from(awaited.part));
        if let Some(chosen) = departed(own, report, now) {
            for earlier in bucket.iter_mut().take(chosen).filter(|awaited| of_sim(awaited)) {
                earlier.departure.passed(report);
            }
            let awaited = bucket.get_mut(chosen)?;
            awaited.departure.reported(report);
            return Some(about(awaited));
        }
        let mut fitting = bucket.iter().filter(|awaited| fits(awaited));
        let first = fitting.next()?;
        fitting.next().is_none().then(|| about(first))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Awaited> {
        self.0.iter().flatten()
    }
}
