//! The loop of the embedded front-end: turns move bytes and time between two halves of a line and
//! the session.

use core::cell::Cell;
use core::convert::Infallible;
use core::future::{Future, pending, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use core::time::Duration;

use at_proto::Instant;
use embedded_io_async::{Error as _, ErrorKind, Read, Write};

use super::shared::Shared;
use crate::line_error::ends_link;
use crate::retry::doubled;

/// The size of the read buffer.
const READ_SIZE: usize = 128;

/// The size of the write buffer.
const WRITE_SIZE: usize = 128;

/// The maximum number of reads before a write, so that a line that always has more does not stop
/// the writing. As many bytes as the other front-ends read at once.
const MAX_READS: usize = 4096 / READ_SIZE;

/// The number of turns that one poll takes: a line that always has more lets the other tasks go on.
const MAX_TURNS: usize = 16;

/// The longest pause after an error of the line.
const MAX_PAUSE: Duration = Duration::from_millis(128);

/// Moves bytes and time until the link ends. Neither a read nor a flush is dropped before its end,
/// except with the link.
pub(super) async fn pump<R: Read, W: Write>(shared: &Shared, reader: R, writer: W) {
    let lines = [Line::new(shared), Line::new(shared)];
    let [input, output] = &lines;
    let mut receiving = pin!(receive(input, reader));
    let mut transmitting = pin!(transmit(output, writer));
    poll_fn(|context| {
        shared.state().waiters.set_driver(context.waker());
        for _ in 0..MAX_TURNS {
            // Bytes received before a command line is written are not its answer.
            let has_read =
                (0..MAX_READS).take_while(|_| input.moves(&mut receiving, context)).count() > 0;
            shared.with(|session, now| session.handle_timeout(now));
            let has_written = output.moves(&mut transmitting, context);
            let deadline = {
                let mut state = shared.state();
                state.wake_waiters();
                if state.session.is_closed() {
                    return Poll::Ready(());
                }
                state.session.poll_timeout()
            };
            let deadlines = [deadline, input.pause.get(), output.pause.get()];
            let next = deadlines.into_iter().flatten().min();
            let is_over = next.is_some_and(|next| shared.poll_until(next, context).is_ready());
            if !(has_read || has_written || is_over) {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// One direction of the line.
struct Line<'a> {
    shared: &'a Shared,
    has_moved: Cell<bool>,
    /// The end of the pause after an error.
    pause: Cell<Option<Instant>>,
}

impl<'a> Line<'a> {
    const fn new(shared: &'a Shared) -> Self {
        Self { shared, has_moved: Cell::new(false), pause: Cell::new(None) }
    }

    /// Polls the loop of the direction. Returns `true` if bytes have moved, or may move again.
    fn moves<F>(&self, direction: &mut Pin<&mut F>, context: &mut Context<'_>) -> bool
    where
        F: Future<Output = Infallible>,
    {
        self.has_moved.set(false);
        let Poll::Pending = direction.as_mut().poll(context);
        self.has_moved.get()
    }

    /// Ends the step of the direction.
    async fn step(&self) {
        self.has_moved.set(true);
        let mut is_next = false;
        poll_fn(|_| {
            if core::mem::replace(&mut is_next, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Ends the link.
    async fn end(&self, kind: Option<ErrorKind>) -> Infallible {
        self.shared.lose(kind);
        pending().await
    }

    /// Waits after `errors` errors in a row. A damaged byte is not the end of the link, and a line
    /// that only has errors must not keep the processor busy.
    async fn recover(&self, errors: u32) {
        if let Some(doublings) = errors.checked_sub(2) {
            let pause = doubled(Duration::from_millis(1), doublings.min(7));
            let until = self.shared.state().now() + pause.min(MAX_PAUSE);
            self.pause.set(Some(until));
            poll_fn(|_| {
                if self.shared.state().now() >= until { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            self.pause.set(None);
        }
    }
}

/// Passes what is read to the session, one piece a step.
async fn receive<R: Read>(line: &Line<'_>, mut reader: R) -> Infallible {
    let mut buffer = [0; READ_SIZE];
    let mut errors = 0u32;
    loop {
        match reader.read(&mut buffer).await {
            Ok(0) => return line.end(None).await,
            Ok(count) => {
                errors = 0;
                let bytes = buffer.get(..count).unwrap_or_default();
                line.shared.with(|session, now| session.handle_input(bytes, now));
            }
            Err(error) if ends_link(error.kind()) => return line.end(Some(error.kind())).await,
            Err(_) => {
                errors = errors.saturating_add(1);
                line.recover(errors).await;
            }
        }
        line.step().await;
    }
}

/// Writes what the session has to transmit, one piece a step, and flushes after the last piece.
async fn transmit<W: Write>(line: &Line<'_>, mut writer: W) -> Infallible {
    let mut buffer = [0; WRITE_SIZE];
    let mut errors = 0u32;
    loop {
        let count = poll_fn(|_| offered(line.shared, &mut buffer)).await;
        let bytes = buffer.get(..count).unwrap_or_default();
        match write(line.shared, &mut writer, bytes).await {
            // The deadline has passed, and other bytes are to be written.
            None => {}
            Some(Ok(0)) => return line.end(Some(ErrorKind::WriteZero)).await,
            Some(Ok(count)) => {
                errors = 0;
                line.shared.with(|session, now| session.handle_transmitted(count, now));
            }
            Some(Err(error)) if ends_link(error.kind()) => {
                return line.end(Some(error.kind())).await;
            }
            Some(Err(_)) => {
                errors = errors.saturating_add(1);
                line.shared.with(|session, now| session.handle_transmitted(0, now));
                line.recover(errors).await;
            }
        }
        line.step().await;
        if let Err(error) = flush(line.shared, &mut writer).await {
            if ends_link(error.kind()) {
                return line.end(Some(error.kind())).await;
            }
        }
    }
}

/// Copies the bytes that the session has to transmit, and returns their number.
fn offered(shared: &Shared, buffer: &mut [u8]) -> Poll<usize> {
    let mut state = shared.state();
    let Some(bytes) = state.session.poll_transmit() else {
        return Poll::Pending;
    };
    let count = bytes.len().min(buffer.len());
    for (to, from) in buffer.iter_mut().zip(bytes) {
        *to = *from;
    }
    Poll::Ready(count)
}

/// Writes some of `bytes`. Returns `None` if the session does not offer them any more.
async fn write<W: Write>(
    shared: &Shared,
    writer: &mut W,
    bytes: &[u8],
) -> Option<Result<usize, W::Error>> {
    let mut writing = pin!(writer.write(bytes));
    poll_fn(|context| {
        let is_offered = |offer: Option<&[u8]>| offer.is_some_and(|offer| offer.starts_with(bytes));
        if !shared.with(|session, _| is_offered(session.poll_transmit())) {
            return Poll::Ready(None);
        }
        let result = writing.as_mut().poll(context);
        if result.is_pending() {
            // Bytes that are read before the line takes these are older.
            shared.with(|session, now| session.handle_transmitted(0, now));
        }
        result.map(Some)
    })
    .await
}

/// Flushes what a buffering writer still holds, unless there is more to write.
async fn flush<W: Write>(shared: &Shared, writer: &mut W) -> Result<(), W::Error> {
    let mut flushing = pin!(writer.flush());
    poll_fn(|context| {
        if shared.with(|session, _| session.has_transmit()) {
            return Poll::Ready(Ok(()));
        }
        flushing.as_mut().poll(context)
    })
    .await
}
