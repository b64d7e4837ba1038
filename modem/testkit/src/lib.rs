//! What the tests, fuzz targets and benchmarks of `modem` share.
//!
//! ```text
//!   script      scenarios, line by line       ledger     reports against the truth
//!        \                                   /      \
//!         front       one trait, one table of front-ends    truth    questions to the simulator's log
//!        /     \
//!     line      world     faults on single bytes | one simulated modem over many links
//! ```
//!
//! - [`Front`] is what a test does with a modem; [`FRONTS`] and [`RECONNECTING`] list the front-ends. A test loops over
//!   a list, so a new front-end is one file in `front/` and one row in each list.
//! - [`line`] damages single bytes. A [`Fault`](line::Fault) and the [`Tamper`](line::Tamper) that applies it know no
//!   front-end; each front-end has one adapter.
//! - [`script`] plays scenarios through any [`Front`].
//! - [`Ledger`] compares the reports of a session with the facts of its network.
//! - [`simulated`] is the blocking modem on a plain simulated port, for tests that need its own methods.
//!
//! Unit tests inside `modem/src` cannot use this crate: their `modem` is another one than the one built here.
#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

pub mod faulty;
mod front;
mod ledger;
pub mod line;
pub mod script;
pub mod simulated;
pub mod truth;
mod world;

pub use front::{FRONTS, Front, Open, RECONNECTING, State};
pub use ledger::{Delivery, Ledger, Sending, hex, tpdu_of};
pub use world::World;

use core::time::Duration;

use modem::at::Dialect;
use modem::gsm7::charset::Charset;
use modem::simulator::Profile;
use modem::{Config, Listing, OutgoingMessage};

/// The subscriber that tests write to and receive from.
pub const RECIPIENT: &str = "+491715550100";

/// A message to [`RECIPIENT`].
pub fn message(text: impl Into<String>) -> OutgoingMessage {
    OutgoingMessage::text(RECIPIENT.parse().unwrap(), text)
}

/// The configuration that a model needs and that no modem can be asked for.
pub fn config_for(profile: &Profile) -> Config {
    let mut config = Config::default();
    match profile.name {
        "altair" => config.dialect = Dialect::altair(),
        "calypso" => config.wake_after = Some(Duration::from_secs(4)),
        "samsung-b2100" => config.listing = Listing::ByIndex,
        // It takes the code in another writing for another code, and no code goes out again once it was accepted.
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
