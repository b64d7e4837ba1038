//! The shared helpers of the tests, fuzz targets and benchmarks of `modem`.
//!
//! ```text
//!   script      scenarios, line by line       ledger     results against the truth
//!        \                                   /      \
//!         front       one trait, one table of front-ends    truth    the simulator's log
//!        /     \
//!     line      world     faults on single bytes | one simulated modem over many links
//! ```
//!
//! - [`Front`] has the operations of a test on a modem; [`FRONTS`] and [`RECONNECTING`] list the
//!   front-ends. A test loops over a list, so a new front-end is one file in `front/` and one row
//!   in each list. [`MULTIPLEXED`] and [`MULTIPLEXED_RECONNECTING`] list them on a channel.
//! - [`mod@line`] damages single bytes. A [`Fault`](line::Fault) and the [`Tamper`](line::Tamper)
//!   that applies it are independent of the front-end; each front-end has one adapter.
//! - [`mod@apart`] measures the cost of a session without that of the simulator.
//! - `board` runs the embedded front-end, with an executor and a clock of its own.
//! - [`script`] plays scenarios through any [`Front`].
//! - [`Ledger`] compares the results of a session with the facts of its network.
//! - [`simulated`] is the blocking modem on a plain simulated port, for tests that need its own
//!   methods.
//!
//! Unit tests inside `modem/src` cannot use this crate: their `modem` is another crate than the one
//! built here.
#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

pub mod apart;
pub mod bench;
#[cfg(feature = "embedded")]
pub mod board;
pub mod faulty;
mod front;
mod ledger;
pub mod line;
pub mod script;
pub mod simulated;
pub mod truth;
mod world;

pub use front::{
    FRONTS, Front, MULTIPLEXED, MULTIPLEXED_RECONNECTING, Open, Phone, RECONNECTING, State,
};
pub use ledger::{Delivery, Ledger, Sending, hex, tpdu_of};
pub use world::World;

use core::time::Duration;

use modem::at::Dialect;
use modem::gsm7::charset::Charset;
use modem::simulator::Profile;
use modem::{Config, Event, Listing, OutgoingMessage};

/// The subscriber that tests write to and receive from.
pub const RECIPIENT: &str = "+491715550100";

/// A message to [`RECIPIENT`].
pub fn message(text: impl Into<String>) -> OutgoingMessage {
    OutgoingMessage::text(RECIPIENT.parse().unwrap(), text)
}

/// The messages that the status reports among the events are about.
pub fn reported(events: &[Event]) -> Vec<Option<u64>> {
    let about = events.iter().filter_map(|event| match event {
        Event::StatusReport(report) => Some(report.about.map(|(message, _)| message.get())),
        _ => None,
    });
    about.collect()
}

/// The configuration that a model needs and that cannot be queried from the modem.
pub fn config_for(profile: &Profile) -> Config {
    let mut config = Config::default();
    match profile.name {
        "altair" => config.dialect = Dialect::altair(),
        "calypso" => config.wake_after = Some(Duration::from_secs(4)),
        "samsung-b2100" => config.listing = Listing::ByIndex,
        // The modem takes the code in another encoding for another code, and an accepted code is
        // never sent again.
        "ussd-ucs2" => config.character_set = Some(Charset::Ucs2),
        _ => {}
    }
    config
}

/// A runtime whose paused clock jumps to the next timer as soon as nothing else is left to do.
#[cfg(feature = "tokio")]
pub fn paused_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}
