//! The clock for the log and for pauses.

use core::time::Duration;
use std::rc::Rc;
use std::time::Instant;

use jiff::Zoned;
use jiff::civil::DateTime;

use crate::world::World;

/// The clock of this machine, or of the simulated world.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    System { started: Instant },
    World(Rc<World>),
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self::System { started: Instant::now() }
    }

    /// The local date and time.
    pub(crate) fn date_time(&self) -> DateTime {
        match self {
            Self::System { .. } => Zoned::now().datetime(),
            Self::World(world) => world.date_time(),
        }
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::System { started } => started.elapsed(),
            Self::World(world) => world.now(),
        }
    }

    /// Waits for this time.
    pub(crate) fn sleep(&self, time: Duration) {
        match self {
            Self::System { .. } => std::thread::sleep(time),
            Self::World(world) => world.elapse(time),
        }
    }
}
