//! Message ids: decimal numbers below 2^63 that grow with time and are never used twice.
//!
//! Clients compare them as text or parse them as numbers, so that they have no leading zero. The
//! bits are, from the highest: 41 of milliseconds since 2020, 10 of the gateway's number, 12 that
//! count.

use std::sync::Mutex;

/// 2020-01-01T00:00:00Z in milliseconds since 1970.
const EPOCH: i64 = 1_577_836_800_000;

const COUNT_BITS: u32 = 12;
const NODE_BITS: u32 = 10;

/// The source of message ids of one gateway.
#[derive(Debug)]
pub(super) struct Ids {
    node: i64,
    /// The time and the count of the last id.
    last: Mutex<i64>,
}

impl Ids {
    /// The ids of a gateway after `last`, the highest one so far.
    pub(super) fn new(node: u64, last: Option<i64>) -> Self {
        let count = (1 << COUNT_BITS) - 1;
        let last =
            last.map_or(0, |id| ((id >> (NODE_BITS + COUNT_BITS)) << COUNT_BITS) | (id & count));
        Self { node: i64::try_from(node).unwrap_or(0), last: Mutex::new(last) }
    }

    /// The next id. A clock that was set back does not lead to an old one.
    pub(super) fn next(&self, now: i64) -> i64 {
        let time = now.saturating_sub(EPOCH).max(0) << COUNT_BITS;
        // A panic while the lock was held leaves a valid number.
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = time.max(last.saturating_add(1));
        let (time, count) = (*last >> COUNT_BITS, *last & ((1 << COUNT_BITS) - 1));
        (time << (NODE_BITS + COUNT_BITS)) | (self.node << COUNT_BITS) | count
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_grow_when_many_are_needed_the_clock_goes_back_or_the_program_starts_again() {
        let now = 1_795_000_000_000;
        let ids = Ids::new(7, None);
        let mut last = 0;
        for step in 0..10_000 {
            let id = ids.next(now - step % 3 * 1000);
            assert!(id > last, "{id} after {last}");
            last = id;
        }
        let again = Ids::new(7, Some(last));
        assert!(again.next(now - 3_600_000) > last);
    }

    #[test]
    fn ids_of_two_gateways_differ_and_have_at_most_19_digits_until_2089() {
        let now = 1_795_000_000_000;
        assert_ne!(Ids::new(0, None).next(now), Ids::new(1, None).next(now));
        let latest = Ids::new(1023, None).next(3_776_860_000_000);
        assert_eq!(latest.to_string().len(), 19);
        assert!(latest > 0);
    }
}
