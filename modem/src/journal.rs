//! A journal of a session: what must outlive the process, at a few hundred bytes a message.
//!
//! [`Session::save`](crate::Session::save) copies everything. A session with
//! [`Confirm::Records`](crate::Confirm::Records) emits a small record for each change instead, by
//! [`Session::poll_record`](crate::Session::poll_record). Append the records to a log, make the log
//! durable, and report that by [`Session::handle_durable`](crate::Session::handle_durable). What is
//! irreversible waits for its record:
//!
//! | Action | Record |
//! |---|---|
//! | Ctrl-Z of a part | the part is about to be sent |
//! | `+CMGD` | the part was acknowledged, or the part itself |
//! | `+CNMA` | the part itself |
//! | `+CPIN=` | the PIN is about to be given to this SIM |
//!
//! After a restart [`History::read`] reads the log and [`Session::replay`](crate::Session::replay)
//! applies it. An outcome is repeated until [`Session::settle`](crate::Session::settle), as a
//! message is until it is acknowledged. [`Session::compact`](crate::Session::compact) gives the
//! snapshot with which a new log begins.
//!
//! [`File`] is a ready store, and the front-ends drive any [`Store`]. A log is read strictly: a
//! tail that was lost when the power failed is cut off, and any other damage is refused with its
//! position.

#[cfg(feature = "std")]
mod file;
mod ledger;
mod log;
mod record;
#[cfg(feature = "tokio")]
mod recording;
#[cfg(feature = "std")]
mod store;
mod wire;

#[cfg(feature = "std")]
pub use self::file::{File, OpenJournalError};
pub(crate) use self::ledger::{Gate, Ledger, gate_deadline};
pub(crate) use self::log::Fact;
#[cfg(feature = "serde")]
pub(crate) use self::log::put_snapshot;
pub use self::log::{DamageReason, Damaged, Entry, History, Snapshot};
pub(crate) use self::record::{Outcome, Record};
#[cfg(feature = "tokio")]
pub(crate) use self::recording::Recording;
#[cfg(feature = "std")]
pub use self::store::Store;
#[cfg(feature = "std")]
pub(crate) use self::store::flush;
pub(crate) use self::wire::{Reader, put_bytes, put_number, put_text};
