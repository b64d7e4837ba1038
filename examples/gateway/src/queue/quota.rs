//! The parts of a SIM in a day, counted for all hosts: the count moves with the SIM.

use super::names::token;
use super::server::{Away, Bucket, Cas};

/// The attempts of a compare-and-set. One host has the SIM, so that others seldom count.
const ATTEMPTS: usize = 5;

/// The daily quota of each SIM.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    pub(super) bucket: Bucket,
    pub(super) per_day: Option<u32>,
}

/// The number of the day in UTC.
pub(crate) fn today() -> i32 {
    time::OffsetDateTime::now_utc().to_julian_day()
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
