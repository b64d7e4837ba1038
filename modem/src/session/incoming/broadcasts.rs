//! Cell broadcasts: their pages, and the place in which some of them are new.

use at_proto::Instant;
use core::time::Duration;
use pdu::{Broadcast, Broadcasts, CellBroadcast, DecodeError};

use super::place::Place;
use crate::registration::Registrations;

/// The cell broadcasts that were received lately.
#[derive(Debug)]
pub(in crate::session) struct Received {
    pages: Broadcasts,
    place: Place,
}

impl Received {
    pub(super) fn new(max_age: Duration) -> Self {
        Self { pages: Broadcasts::default().with_max_age(max_age), place: Place::default() }
    }

    /// Takes in a cell broadcast, or a page of one. Returns the broadcast if it is complete and
    /// new.
    pub(in crate::session) fn take(
        &mut self,
        line: &[u8],
        now: Instant,
    ) -> Result<Option<Broadcast>, DecodeError> {
        let broadcast = CellBroadcast::from_hex(line)?;
        Ok(self.pages.insert(now.since_epoch(), broadcast.value))
    }

    /// Notes the place of the modem.
    pub(in crate::session) fn located(&mut self, registrations: &Registrations) {
        self.pages.locate(self.place.note(registrations));
    }
}
