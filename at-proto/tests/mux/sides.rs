//! One side, and its dialogue in octets.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{Config, Event, Mux, Role};

use super::frames::unhex;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A dialogue of one side: `<` for what it reads, `>` for what it writes, and the events.
pub(crate) fn dialogue(mux: &mut Mux, now: Instant, script: &[(&str, &str)]) -> Vec<Event> {
    for (direction, octets) in script {
        let octets = unhex(octets);
        if *direction == "<" {
            mux.handle_input(&octets, now);
        } else {
            let written = mux.poll_transmit().map(<[u8]>::to_vec).unwrap_or_default();
            assert_eq!(hex(&written), hex(&octets));
            mux.handle_transmitted(written.len(), now);
        }
    }
    core::iter::from_fn(|| mux.poll_event()).collect()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X} ")).collect()
}

pub(crate) fn side(role: Role) -> Mux {
    let mut mux = Mux::new(role, Config::default());
    mux.handle_opened(Instant::ZERO);
    mux
}
