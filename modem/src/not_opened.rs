//! The failure to open a link for a session.

use alloc::boxed::Box;
use core::fmt;

use crate::error::Error;
use crate::session::Session;

/// The failure to open a link for a session, which is returned.
///
/// The session has the messages that it was given, and the outcome of those that left before the
/// failure. [Save](Session::save) it, or open another link for it. It converts to its [`Error`]
/// where the session is not needed.
#[non_exhaustive]
pub struct NotOpened {
    /// The reason.
    pub error: Error,
    /// The closed session.
    pub session: Box<Session>,
}

impl NotOpened {
    pub(crate) fn new(error: Error, session: Session) -> Self {
        Self { error, session: Box::new(session) }
    }
}

impl fmt::Debug for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotOpened").field("error", &self.error).finish_non_exhaustive()
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl core::error::Error for NotOpened {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<NotOpened> for Error {
    fn from(not_opened: NotOpened) -> Self {
        not_opened.error
    }
}
