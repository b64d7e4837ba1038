//! Several channels on one port, for async programs.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::time;
use at_proto::Instant;
use at_proto::mux::{Dlci, Event, InitiatorConfig};

use super::pump::Pump;
use crate::machine::Machine;
use crate::mux::{CHANNEL_TIMEOUT, MuxError, Muxing};

/// A port with several channels (`AT+CMUX`, 3GPP TS 27.010), each of which is a stream.
///
/// The handle is cheap to clone. A [`MuxDriver`] moves the bytes of all channels; the multiplexer
/// ends with it, and with the last handle and channel.
///
/// A modem that restarts falls out of the multiplexer. Its channels end then, as streams that are
/// closed, and the multiplexer is opened again. A modem from
/// [`Modem::reconnecting`](super::Modem::reconnecting) opens its channel again by itself.
///
/// ```
/// use modem::at::mux::{Dlci, InitiatorConfig};
/// use modem::simulator::{Profile, Simulator};
/// use modem::tokio::{Modem, Mux, SimulatedStream};
/// use modem::{Backoff, Config, Session};
/// use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // On hardware: modem::tokio::open_serial("/dev/ttyS1", 115_200)?
/// let (stream, _simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
/// let mux = Mux::open(stream, InitiatorConfig::default()).await?;
///
/// let lines = mux.clone();
/// let open = move || {
///     let mux = lines.clone();
///     async move { Ok(mux.channel(Dlci::FIRST).await?) }
/// };
/// let session = Session::new(Config::default());
/// let (modem, _inbox) = Modem::reconnecting(open, session, Backoff::default());
/// assert!(modem.ready(core::time::Duration::from_secs(30)).await);
/// assert_eq!(modem.signal().await?, Some(-73));
///
/// let mut other = mux.channel(Dlci::new(2).expect("a channel")).await?;
/// other.write_all(b"ATE0\r").await?;
/// let mut answer = [0; 11];
/// other.read_exact(&mut answer).await?;
/// assert_eq!(&answer, b"ATE0\r\r\nOK\r\n");
/// mux.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Mux {
    handle: Arc<Handle>,
}

/// A channel of a [`Mux`]: a stream that ends when the channel ends. Dropping it closes the
/// channel.
///
/// Flushing waits until the data of the channel is written to the port.
pub struct MuxChannel {
    handle: Arc<Handle>,
    dlci: Dlci,
}

/// Moves bytes and time between a stream and the channels. Spawn it, or poll it together with your
/// own work.
///
/// The driver ends after [`Mux::close`], when the last handle and channel is dropped, or when the
/// link ends, and returns the stream. After a close-down the stream is a plain port again. Dropping
/// the driver ends all channels.
#[must_use = "the channels make progress only while their driver is polled"]
pub struct MuxDriver<S> {
    shared: Arc<Shared>,
    stream: Option<S>,
    pump: Pump,
}

/// The owner of the multiplexer: all handles and channels, but not the driver.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A driver without handles would occupy the port indefinitely.
        self.shared.shut_down();
    }
}

struct Shared {
    state: Mutex<State>,
    started: time::Instant,
}

struct State {
    muxing: Muxing,
    driver: Option<Waker>,
    /// The tasks that wait for a change.
    waiters: Vec<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state as the last complete call left it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    fn shut_down(&self) {
        let now = self.now();
        let mut state = self.lock();
        state.muxing.initiator.shut_down(now);
        state.muxing.follow();
        state.wake_driver();
    }
}

impl State {
    fn wake_driver(&mut self) {
        if let Some(waker) = &self.driver {
            waker.wake_by_ref();
        }
    }

    fn wait(&mut self, waker: &Waker) {
        if !self.waiters.iter().any(|other| other.will_wake(waker)) {
            self.waiters.push(waker.clone());
        }
    }

    /// Wakes all tasks that may find something; each of them looks for itself.
    fn wake_waiters(&mut self) {
        self.waiters.drain(..).for_each(Waker::wake);
    }
}

impl Mux {
    /// Starts a driver on the current tokio runtime, begins to multiplex on `stream`, whose modem
    /// is in AT mode, and returns when channels can be opened.
    ///
    /// # Errors
    /// Fails when the modem does not answer or refuses to multiplex, or the link is lost.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub async fn open<S>(stream: S, config: InitiatorConfig) -> Result<Self, MuxError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mux, driver) = Self::with_driver(stream, config);
        let driver = ::tokio::spawn(driver);
        let up = mux.up().await;
        if up.is_err() {
            driver.abort();
        }
        up.map(|()| mux)
    }

    /// Returns the parts of [`open`](Self::open), for callers that run the [`MuxDriver`] in a task
    /// of their own. Then wait for [`up`](Self::up).
    pub fn with_driver<S>(stream: S, config: InitiatorConfig) -> (Self, MuxDriver<S>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let started = time::Instant::now();
        let mut muxing = Muxing::new(config);
        muxing.begin(Instant::ZERO);
        let state = State { muxing, driver: None, waiters: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), started });
        let driver = MuxDriver {
            shared: Arc::clone(&shared),
            stream: Some(stream),
            pump: Pump::new(started),
        };
        (Self { handle: Arc::new(Handle { shared }) }, driver)
    }

    /// Waits until channels can be opened, or the present attempt has failed.
    ///
    /// # Errors
    /// Fails like [`open`](Self::open). The multiplexer tries again, unless the link is lost.
    pub async fn up(&self) -> Result<(), MuxError> {
        self.until(|state| match &state.muxing.outcome {
            Some(Ok(())) => Some(Ok(())),
            Some(Err(_)) => Some(Err(state.muxing.error())),
            None if state.muxing.is_closed() => Some(Err(state.muxing.error())),
            None => None,
        })
        .await
    }

    /// Opens a channel, and returns when it is open.
    ///
    /// # Errors
    /// Fails when the modem does not have the channel, the channel has another owner, or the line
    /// does not multiplex within 30 s.
    pub async fn channel(&self, dlci: Dlci) -> Result<MuxChannel, MuxError> {
        let now = self.handle.shared.now();
        {
            let mut state = self.handle.shared.lock();
            state.muxing.open(dlci, now)?;
            state.wake_driver();
        }
        // From here on, dropping the channel closes it.
        let channel = MuxChannel { handle: Arc::clone(&self.handle), dlci };
        let opened = self.until(|state| state.muxing.opened(dlci));
        match time::timeout(CHANNEL_TIMEOUT, opened).await {
            Ok(opened) => opened.map(|()| channel),
            Err(_) => Err(MuxError::Timeout(dlci)),
        }
    }

    /// The next event of the line; `None` when the link is lost or closed.
    ///
    /// The latest 64 events are kept. Dropping the future loses none.
    pub async fn next_event(&self) -> Option<Event> {
        self.until(|state| match state.muxing.poll_event() {
            None if state.muxing.is_closed() => Some(None),
            None => None,
            event => Some(event),
        })
        .await
    }

    /// Returns `true` if the link was lost or closed: only another [`open`](Self::open) helps.
    pub fn is_ended(&self) -> bool {
        self.handle.shared.lock().muxing.is_closed()
    }

    /// Leaves the multiplexer: its channels end, and the driver returns the stream.
    ///
    /// # Errors
    /// Fails when the link was lost.
    pub async fn close(&self) -> Result<(), MuxError> {
        self.handle.shared.shut_down();
        self.until(|state| match state.muxing.lost {
            Some(_) => Some(Err(state.muxing.error())),
            None => state.muxing.is_closed().then_some(Ok(())),
        })
        .await
    }

    async fn until<R>(&self, mut look: impl FnMut(&mut State) -> Option<R>) -> R {
        poll_fn(|context| {
            let mut state = self.handle.shared.lock();
            match look(&mut state) {
                Some(result) => Poll::Ready(result),
                None => {
                    state.wait(context.waker());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for MuxDriver<S> {
    type Output = Option<S>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S>> {
        let Self { shared, stream, pump } = self.get_mut();
        let Some(open) = stream else { return Poll::Ready(None) };
        let mut state = shared.lock();
        state.driver = Some(context.waker().clone());
        let closed = pump.poll(&mut state.muxing, open, context);
        state.wake_waiters();
        if closed { Poll::Ready(stream.take()) } else { Poll::Pending }
    }
}

impl<S> Drop for MuxDriver<S> {
    fn drop(&mut self) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        if !state.muxing.is_closed() {
            state.muxing.handle_closed(now);
        }
        state.wake_waiters();
    }
}

impl MuxChannel {
    /// The number of the channel.
    pub fn dlci(&self) -> Dlci {
        self.dlci
    }
}

impl AsyncRead for MuxChannel {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.handle.shared.lock();
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let count = state.muxing.initiator.read(self.dlci, buffer.initialize_unfilled());
        buffer.advance(count);
        if count > 0 {
            // The other side may be released.
            state.wake_driver();
        } else if state.muxing.is_live(self.dlci) {
            state.wait(context.waker());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for MuxChannel {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.handle.shared.lock();
        if !state.muxing.is_live(self.dlci) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        match state.muxing.initiator.write(self.dlci, bytes) {
            0 if !bytes.is_empty() => {
                state.wait(context.waker());
                Poll::Pending
            }
            count => {
                state.wake_driver();
                Poll::Ready(Ok(count))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.handle.shared.lock();
        if !state.muxing.is_live(self.dlci) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.muxing.initiator.mux().queued(self.dlci) == 0 {
            return Poll::Ready(Ok(()));
        }
        state.wait(context.waker());
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The queue is sent before the channel is closed.
        let now = self.handle.shared.now();
        let mut state = self.handle.shared.lock();
        state.muxing.initiator.close(self.dlci, now);
        state.muxing.follow();
        state.wake_driver();
        Poll::Ready(Ok(()))
    }
}

impl Drop for MuxChannel {
    fn drop(&mut self) {
        let now = self.handle.shared.now();
        let mut state = self.handle.shared.lock();
        state.muxing.release(self.dlci, now);
        state.wake_driver();
    }
}

impl fmt::Debug for Mux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mux").finish_non_exhaustive()
    }
}

impl fmt::Debug for MuxChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuxChannel").field("dlci", &self.dlci).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for MuxDriver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuxDriver").finish_non_exhaustive()
    }
}
