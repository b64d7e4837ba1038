//! The output of the feature `tracing`: the lines of the dialogue and the state of the session.
//!
//! Without the feature these functions do nothing.

use super::line::RawLine;
use crate::event::Event;

/// Returns `true` if a subscriber listens to the lines of the dialogue.
#[cfg(feature = "tracing")]
pub(crate) fn is_wanted() -> bool {
    tracing::enabled!(target: "modem::write", tracing::Level::DEBUG)
        || tracing::enabled!(target: "modem::read", tracing::Level::DEBUG)
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn is_wanted() -> bool {
    false
}

/// Logs a line that was written or read.
#[cfg(feature = "tracing")]
pub(crate) fn line(raw: RawLine<'_>) {
    use super::line::{Direction, WireLine};

    // A line is masked only if a subscriber listens.
    match raw.direction {
        Direction::Written => {
            tracing::debug!(target: "modem::write", "{}", WireLine::new(raw).text());
        }
        Direction::Read => tracing::debug!(target: "modem::read", "{}", WireLine::new(raw).text()),
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn line(_: RawLine<'_>) {}

/// Logs that the link is open.
#[cfg(feature = "tracing")]
pub(crate) fn opened() {
    tracing::debug!(target: "modem::debug", "opened");
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn opened() {}

/// Logs a change of the state of the session. Received and sent messages are not logged.
#[cfg(feature = "tracing")]
pub(crate) fn event(event: &Event) {
    match event {
        Event::Ready => tracing::debug!(target: "modem::debug", "ready"),
        Event::Restarted(words) => tracing::debug!(target: "modem::debug", ?words, "restarted"),
        Event::Rearmed => tracing::debug!(target: "modem::debug", "announcements armed again"),
        Event::Closed => tracing::debug!(target: "modem::debug", "closed"),
        Event::Resynchronised { answered } => {
            tracing::debug!(target: "modem::debug", answered, "resynchronised");
        }
        Event::ForeignEcho(_) => {
            tracing::debug!(target: "modem::debug", "another program writes to the modem");
        }
        Event::Reconnecting { attempt, after, reason } => {
            tracing::debug!(target: "modem::debug", attempt, ?after, %reason, "reconnecting");
        }
        Event::TaskFailed { task, error, retry_after } => {
            tracing::debug!(target: "modem::debug", ?task, %error, ?retry_after, "task failed");
        }
        Event::JournalFailed(reason) => {
            tracing::debug!(target: "modem::debug", %reason, "the journal cannot be written");
        }
        Event::Failed(error) => tracing::debug!(target: "modem::debug", %error, "failed"),
        _ => {}
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn event(_: &Event) {}
