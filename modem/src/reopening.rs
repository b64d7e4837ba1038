//! The decision whether and when a link is opened again, for all front-ends that reconnect.

use core::time::Duration;

use at_proto::Instant;

use crate::backoff::Backoff;
use crate::event::{Event, LinkEnd};
use crate::session::{Session, Ticket};

/// Checks whether an initialisation has ended, whose ticket is present until then. Returns the
/// error as the end of the link if another link may help.
///
/// A permanent failure of the initialisation is an event of the session, and the link stays open.
pub(crate) fn initialised(
    session: &mut Session,
    backoff: &mut Backoff,
    ready: &mut Option<Ticket<()>>,
    now: Instant,
) -> Option<LinkEnd> {
    let Some(ticket) = ready else {
        return session.poll_reopen().map(LinkEnd::Modem);
    };
    let result = session.take(ticket)?;
    *ready = None;
    match result {
        Ok(()) => backoff.handle_up(now),
        Err(error) if error.may_pass() => return Some(LinkEnd::Modem(error)),
        Err(error) => session.emit(Event::Failed(error)),
    }
    None
}

/// Notes that a link has ended or could not be opened. Returns the time until the next attempt.
pub(crate) fn down(
    session: &mut Session,
    backoff: &mut Backoff,
    reason: LinkEnd,
    now: Instant,
) -> Duration {
    // A message that waits for a link may have expired meanwhile.
    session.handle_timeout(now);
    let after = backoff.handle_down(now);
    session.emit(Event::Reconnecting { attempt: backoff.attempt(), after, reason });
    after
}
