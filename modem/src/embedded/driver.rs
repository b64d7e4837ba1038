//! The future that moves bytes between a line and the session.

use alloc::rc::Rc;
use core::fmt;

use embedded_io_async::{Read, Write};

use super::pump::pump;
use super::shared::Shared;

/// Moves bytes and time between a line and the session.
///
/// Dropping the driver, or the future of [`run`](Self::run), ends the session.
#[must_use = "the modem makes progress only while its driver runs"]
pub struct Driver<R, W> {
    shared: Rc<Shared>,
    reader: R,
    writer: W,
}

impl<R: Read, W: Write> Driver<R, W> {
    pub(super) const fn new(shared: Rc<Shared>, reader: R, writer: W) -> Self {
        Self { shared, reader, writer }
    }

    /// Runs until the link ends.
    ///
    /// Spawn the future, or poll it together with your own work. Futures of reads and flushes are
    /// dropped only with the link. The future of a write is dropped if the line takes no byte until
    /// the command times out; a half whose write is not side-effect-free on cancel may then have
    /// written some of its bytes.
    pub async fn run(mut self) {
        pump(&self.shared, &mut self.reader, &mut self.writer).await;
    }
}

impl<R, W> Drop for Driver<R, W> {
    fn drop(&mut self) {
        self.shared.state().close();
    }
}

impl<R, W> fmt::Debug for Driver<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}
