//! The violations by their class.

use core::fmt;
use std::collections::BTreeMap;

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A call does not end, or nothing works again after the modem is back in order.
    Hang,
    /// A part is reported as sent that the network has not accepted.
    FalseSent,
    /// A part is reported as failed that the network has accepted.
    FalseFailed,
    /// A message in the modem is not delivered.
    Lost,
    /// A message is delivered that nobody has sent.
    Forged,
    /// A message is deleted that was not delivered and acknowledged.
    DeletedUnread,
    /// A message is delivered again as if it were new.
    Repeated,
    /// The network accepts a message, or the SIM a PIN, that nobody meant.
    Injected,
    /// A line is repeated without pause.
    Storm,
    /// A task of the session's own fails without an event.
    Silent,
}

impl Class {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Hang, "hangs"),
        (Self::FalseSent, "false sent"),
        (Self::FalseFailed, "false failed"),
        (Self::Lost, "lost"),
        (Self::Forged, "forged"),
        (Self::DeletedUnread, "deleted unread"),
        (Self::Repeated, "duplicated without notice"),
        (Self::Injected, "injected"),
        (Self::Storm, "storms"),
        (Self::Silent, "silent failures"),
    ];
}

#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) behaviours: usize,
    pub(crate) undetectable: usize,
    violations: BTreeMap<Class, usize>,
}

impl Figures {
    pub(crate) fn add(&mut self, class: Class) {
        *self.violations.entry(class).or_default() += 1;
    }

    pub(crate) fn is_good(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "behaviours {}, undetectable {}", self.behaviours, self.undetectable)?;
        for (class, name) in Class::ALL {
            write!(f, ", {name} {}", self.violations.get(&class).copied().unwrap_or_default())?;
        }
        Ok(())
    }
}
