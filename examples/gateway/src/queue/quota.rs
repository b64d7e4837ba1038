//! The parts of a SIM in a day, counted for all hosts: the count moves with the SIM.

use super::names::token;
use super::server::{Away, Bucket, Cas};
use crate::clock;

/// The attempts of a compare-and-set. One host has the SIM, so that others seldom count.
const ATTEMPTS: usize = 5;

/// The daily quota of each SIM.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    pub(super) bucket: Bucket,
    pub(super) per_day: Option<u32>,
}

/// The longest time between the count of a part and its claim.
const COUNTED_WITHIN: i64 = 60_000;

/// The number of the day in UTC.
pub(crate) fn today() -> i32 {
    clock::utc().to_julian_day()
}

/// The day on which a part was counted that was claimed at a time in milliseconds since 1970;
/// `None` soon after midnight, when it may be the day before.
pub(crate) fn day_of_count(claimed_at: i64) -> Option<i32> {
    let day = |millis| clock::utc_at(millis).to_julian_day();
    let counted = day(claimed_at.saturating_sub(COUNTED_WITHIN));
    (counted == day(claimed_at)).then_some(counted)
}

impl Quota {
    /// Counts a part. Returns `false` if the quota of the day is used up.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub(super) async fn take(&self, sim: &str, day: i32) -> Result<bool, Away> {
        let Some(limit) = self.per_day else { return Ok(true) };
        self.change(sim, day, |count| (count < limit).then(|| count.saturating_add(1))).await
    }

    /// Takes a part out of the count that has certainly not left.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub(super) async fn give(&self, sim: &str, day: i32) -> Result<(), Away> {
        if self.per_day.is_some() {
            self.change(sim, day, |count| count.checked_sub(1)).await?;
        }
        Ok(())
    }

    async fn change(
        &self,
        sim: &str,
        day: i32,
        change: impl Fn(u32) -> Option<u32>,
    ) -> Result<bool, Away> {
        let key = format!("{}.{day}", token(sim));
        for _ in 0..ATTEMPTS {
            let found = self.bucket.read::<u32>(&key).await?;
            let (count, revision) = found.map_or((0, 0), |found| (found.value, found.revision));
            let Some(next) = change(count) else { return Ok(false) };
            match self.bucket.write(&key, &next, revision).await {
                Cas::Done(_) => return Ok(true),
                Cas::Changed => {}
                // The part is counted perhaps: one too many is within the quota.
                Cas::NoAnswer => return Err(Away),
            }
        }
        Err(Away)
    }
}

#[cfg(test)]
mod tests {
    use super::day_of_count;
    use crate::clock;

    #[test]
    fn a_part_is_taken_out_of_the_count_of_its_own_day_or_of_none() {
        let at = |text| day_of_count(clock::parse(text).unwrap());
        let day = at("2026-11-28T12:00:00Z").unwrap();
        assert_eq!(at("2026-11-28T23:59:59.999Z"), Some(day));
        assert_eq!(at("2026-11-28T00:01:00Z"), Some(day));
        assert_eq!(at("2026-11-29T00:01:00Z"), Some(day + 1));
        // It may have been counted the day before: one part too many is within the quota.
        assert_eq!(at("2026-11-29T00:00:59Z"), None);
    }
}
