//! Parts of one concatenated message that came one by one, as clients of SMPP send them: all leave
//! by one SIM, since phones join parts by the sender's number.
//!
//! The first part goes by any SIM, and the others wait until it has left. The parts under way are
//! in memory only: after a start the SIM follows from the parts that were sent.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use modem::pool::Via;
use tokio::time::Instant;

use super::{Engine, Known};
use crate::store::{Waiting, smpp};

/// The time for which a SIM is remembered.
const AGE: Duration = Duration::from_millis(smpp::BUNDLE_AGE.unsigned_abs());

/// A concatenated message.
#[derive(Debug)]
struct Bundle {
    /// The part that goes first, until it has left.
    leader: Option<i64>,
    /// The SIM by which it has left.
    way: Option<Via>,
    /// The parts that wait for that.
    held: VecDeque<i64>,
    used_at: Instant,
}

/// The concatenated messages of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Bundles(HashMap<String, Bundle>);

/// The decision about a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// The part goes, by this SIM if it is known.
    Go(Option<Via>),
    /// The part waits for the first one.
    Hold,
}

impl Bundles {
    fn bundle(&mut self, name: &str) -> &mut Bundle {
        let used_at = Instant::now();
        let bundle = self.0.entry(name.into()).or_insert_with(|| Bundle {
            leader: None,
            way: None,
            held: VecDeque::new(),
            used_at,
        });
        bundle.used_at = used_at;
        bundle
    }

    /// Makes a part that is under way the first one.
    pub(super) fn lead(&mut self, name: &str, seq: i64) {
        self.bundle(name).leader.get_or_insert(seq);
    }

    /// Decides about a part. `way` is the SIM by which another part has left, if that is stored.
    fn admit(&mut self, name: &str, seq: i64, way: Option<Via>) -> Admission {
        let bundle = self.bundle(name);
        if bundle.way.is_none() {
            bundle.way = way;
        }
        if bundle.way.is_some() {
            return Admission::Go(bundle.way.clone());
        }
        match bundle.leader {
            Some(leader) if leader != seq => {
                bundle.held.push_back(seq);
                Admission::Hold
            }
            _ => {
                bundle.leader = Some(seq);
                Admission::Go(None)
            }
        }
    }

    /// Notes the SIM by which a part has left. Returns the parts that may follow.
    fn left(&mut self, name: &str, way: Via) -> VecDeque<i64> {
        let bundle = self.bundle(name);
        bundle.leader = None;
        bundle.way.get_or_insert(way);
        std::mem::take(&mut bundle.held)
    }

    /// Ends a part, which may not have left. Returns the parts of which the next one goes first.
    fn ended(&mut self, name: &str, seq: i64) -> VecDeque<i64> {
        let bundle = self.bundle(name);
        if bundle.leader != Some(seq) {
            return VecDeque::new();
        }
        bundle.leader = None;
        std::mem::take(&mut bundle.held)
    }

    /// Forgets what was not used for some minutes.
    pub(super) fn prune(&mut self, now: Instant) {
        self.0.retain(|_, bundle| {
            bundle.leader.is_some() || now.saturating_duration_since(bundle.used_at) < AGE
        });
    }
}

impl Engine {
    /// The SIM for a message, or `None` if it waits for another part of the same one.
    pub(super) fn way(&mut self, message: &Waiting) -> Option<Option<Via>> {
        let Some(bundle) = &message.bundle else { return Some(message.reply.clone()) };
        match self.bundles.admit(bundle, message.seq, message.reply.clone()) {
            Admission::Go(way) => Some(way),
            Admission::Hold => {
                self.later.insert(message.seq, message.clone());
                None
            }
        }
    }

    /// Submits the parts that follow one that has left by a SIM.
    pub(super) fn follow(&mut self, known: &Known, way: Via) {
        let Some(bundle) = &known.bundle else { return };
        let held = self.bundles.left(bundle, way);
        self.submit_held(held);
    }

    /// Submits the parts that have waited for one that has ended.
    pub(super) fn end_part(&mut self, bundle: Option<&str>, seq: i64) {
        let Some(bundle) = bundle else { return };
        let held = self.bundles.ended(bundle, seq);
        self.submit_held(held);
    }

    /// Submits messages in order; one that was cancelled meanwhile is missing.
    fn submit_held(&mut self, held: VecDeque<i64>) {
        for seq in held {
            if let Some(message) = self.later.remove(&seq) {
                self.submit(&message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_wait_for_the_first_one_and_follow_it() {
        let mut bundles = Bundles::default();
        let sim = Via::Sim("894902".into());
        assert_eq!(bundles.admit("a", 1, None), Admission::Go(None));
        assert_eq!(bundles.admit("a", 2, None), Admission::Hold);
        assert_eq!(bundles.admit("b", 3, None), Admission::Go(None), "another message");
        assert_eq!(bundles.admit("a", 1, None), Admission::Go(None), "the first one again");
        assert_eq!(bundles.left("a", sim.clone()), [2]);
        assert_eq!(bundles.admit("a", 4, None), Admission::Go(Some(sim)));
        assert!(bundles.ended("a", 1).is_empty(), "its followers have gone");
    }

    #[test]
    fn the_next_part_goes_first_if_the_first_one_does_not_leave() {
        let mut bundles = Bundles::default();
        bundles.lead("a", 1);
        assert_eq!(bundles.admit("a", 2, None), Admission::Hold);
        assert_eq!(bundles.admit("a", 3, None), Admission::Hold);
        assert!(bundles.ended("a", 2).is_empty(), "a part that was cancelled");
        assert_eq!(bundles.ended("a", 1), [2, 3]);
        assert_eq!(bundles.admit("a", 2, None), Admission::Go(None));
        assert_eq!(bundles.admit("a", 3, None), Admission::Hold);
    }

    #[test]
    fn a_stored_sim_is_taken_over() {
        let mut bundles = Bundles::default();
        let way = Some(Via::Member("usb0".into()));
        assert_eq!(bundles.admit("a", 7, way.clone()), Admission::Go(way.clone()));
        assert_eq!(bundles.admit("a", 8, None), Admission::Go(way));
    }

    #[test]
    fn bundles_are_forgotten_after_five_minutes_unless_a_part_is_under_way() {
        let mut bundles = Bundles::default();
        bundles.admit("open", 1, None);
        bundles.admit("sent", 2, Some(Via::Recipient));
        let now = Instant::now();
        bundles.prune(now + AGE - Duration::from_secs(1));
        assert_eq!(bundles.0.len(), 2);
        bundles.prune(now + AGE);
        assert_eq!(bundles.0.keys().collect::<Vec<_>>(), ["open"]);
    }
}
