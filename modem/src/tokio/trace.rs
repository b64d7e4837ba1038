//! A stream that shows the dialogue.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::log::{Direction, WireLine, WireLog};

/// A stream that passes each line of the dialogue to a function, with secrets masked.
pub struct Trace<S, F> {
    stream: S,
    log: WireLog,
    show: F,
}

impl<S, F: FnMut(WireLine)> Trace<S, F> {
    /// Passes the dialogue over `stream` to `show`.
    pub fn new(stream: S, show: F) -> Self {
        Self { stream, log: WireLog::new(), show }
    }

    /// Shows the unfinished lines, and returns the stream.
    pub fn into_inner(mut self) -> S {
        self.log.flush(&mut self.show);
        self.stream
    }
}

impl<S: AsyncRead + Unpin, F: FnMut(WireLine) + Unpin> AsyncRead for Trace<S, F> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, log, show } = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(stream).poll_read(context, buffer))?;
        log.record(Direction::Read, buffer.filled().get(before..).unwrap_or_default(), show);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, F: FnMut(WireLine) + Unpin> AsyncWrite for Trace<S, F> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, log, show } = self.get_mut();
        let count = ready!(Pin::new(stream).poll_write(context, bytes))?;
        log.record(Direction::Written, bytes.get(..count).unwrap_or_default(), show);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: fmt::Debug, F> fmt::Debug for Trace<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("stream", &self.stream).finish_non_exhaustive()
    }
}
