//! Several channels on one port, for blocking programs.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use at_proto::Instant;
use at_proto::mux::{Dlci, Event, InitiatorConfig};

use super::port::Port;
use super::pump::Pump;
use crate::machine::Machine;
use crate::mux::{CHANNEL_TIMEOUT, MuxError, Muxing};

/// The longest read of the port while several owners share it: a write of another owner waits for
/// it.
const SHARED_SLICE: Duration = Duration::from_millis(20);

/// The maximal number of turns that a write or a drop takes to bring its frames out.
const MAX_TURNS: usize = 64;

/// A port with several channels (`AT+CMUX`, 3GPP TS 27.010), each of which is a [`Port`].
///
/// The handle is cheap to clone. There is no hidden thread: the line makes progress inside the
/// calls of its owners, and the calls of one owner move the bytes of all. Owners may be in several
/// threads; while one reads, another's write waits for at most 20 ms.
///
/// A modem that restarts falls out of the multiplexer. Its channels end then, as ports that are
/// closed, and the multiplexer is opened again inside the following calls. A
/// [`Reconnecting`](super::Reconnecting) modem opens its channel again by itself.
///
/// ```
/// use core::time::Duration;
/// use modem::at::mux::{Dlci, InitiatorConfig};
/// use modem::blocking::{Modem, Mux, Port as _, SimulatedPort};
/// use modem::simulator::{Profile, Simulator};
///
/// // On hardware: modem::blocking::open_serial("/dev/ttyS1", 115_200)?
/// let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
/// let mux = Mux::open(port, InitiatorConfig::default())?;
/// let mut modem = Modem::open(mux.channel(Dlci::FIRST)?, modem::Config::default())?;
/// assert_eq!(modem.signal()?, Some(-73));
///
/// // Raw AT on another channel.
/// let mut other = mux.channel(Dlci::new(2).expect("a channel"))?;
/// other.write(b"ATE0\r", Duration::from_secs(1))?;
/// let mut buffer = [0; 64];
/// let count = other.read(&mut buffer, Duration::from_secs(1))?;
/// assert_eq!(&buffer[..count], b"ATE0\r\r\nOK\r\n");
///
/// drop((modem, other));
/// let port = mux.close()?; // a plain port again
/// # drop(port);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Mux<P> {
    shared: Arc<Shared<P>>,
}

/// A channel of a [`Mux`]: a [`Port`] that ends when the channel ends. Dropping it closes the
/// channel.
pub struct MuxChannel<P: Port> {
    shared: Arc<Shared<P>>,
    dlci: Dlci,
}

struct Shared<P> {
    /// The port, with whoever moves bytes now; `None` once it was returned.
    line: Mutex<Option<Line<P>>>,
    /// Never locked while the port is waited for.
    state: Mutex<Muxing>,
    /// The state has changed.
    news: Condvar,
    /// The time in milliseconds when the port was last free.
    clock: AtomicU64,
}

struct Line<P> {
    port: P,
    pump: Pump,
}

impl<P> Shared<P> {
    fn state(&self) -> MutexGuard<'_, Muxing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Port> Shared<P> {
    /// The line, if nobody moves bytes now.
    fn line(&self) -> Option<MutexGuard<'_, Option<Line<P>>>> {
        match self.line.try_lock() {
            Ok(line) => Some(line),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The time; while another owner waits for the port, the time when that wait began.
    fn now(&self) -> Instant {
        let line = self.line();
        if let Some(line) = line.as_deref().and_then(Option::as_ref) {
            self.clock.fetch_max(line.port.now().as_millis(), Ordering::Relaxed);
        }
        Instant::from_millis(self.clock.load(Ordering::Relaxed))
    }

    /// Moves bytes and time until `until` at the latest, or waits for the owner that does so.
    fn turn(&self, until: Instant) {
        let Some(mut line) = self.line() else {
            let state = self.state();
            let waited = self.news.wait_timeout(state, SHARED_SLICE);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            return;
        };
        let Some(Line { port, pump }) = line.as_mut() else { return };
        let is_shared = self.state().owners() > 1;
        let until = if is_shared { until.min(port.now() + SHARED_SLICE) } else { until };
        pump.turn(port, &mut Unlocked { state: &self.state, bytes: Vec::new() }, until);
        self.clock.fetch_max(port.now().as_millis(), Ordering::Relaxed);
        drop(line);
        self.news.notify_all();
    }

    /// Moves bytes without waiting, until there is nothing to write.
    fn flush(&self) {
        for _ in 0..MAX_TURNS {
            if !self.state().has_transmit() {
                return;
            }
            self.turn(self.now());
        }
    }
}

/// A machine that is locked for single calls, and free while the port is waited for.
struct Unlocked<'a> {
    state: &'a Mutex<Muxing>,
    /// A copy of the bytes to write.
    bytes: Vec<u8>,
}

impl Unlocked<'_> {
    fn with<R>(&self, act: impl FnOnce(&mut Muxing) -> R) -> R {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Machine for Unlocked<'_> {
    fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.with(|state| state.handle_input(bytes, now));
    }

    fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.with(|state| state.handle_transmitted(count, now));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.with(|state| state.handle_timeout(now));
    }

    fn handle_closed(&mut self, now: Instant) {
        self.with(|state| state.handle_closed(now));
    }

    fn handle_lost(&mut self, error: io::Error, now: Instant) {
        self.with(|state| state.handle_lost(error, now));
    }

    fn has_transmit(&self) -> bool {
        self.with(|state| state.has_transmit())
    }

    fn poll_transmit(&mut self) -> Option<&[u8]> {
        let mut bytes = core::mem::take(&mut self.bytes);
        bytes.clear();
        self.with(|state| bytes.extend(state.poll_transmit().unwrap_or_default()));
        self.bytes = bytes;
        (!self.bytes.is_empty()).then_some(self.bytes.as_slice())
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.with(|state| state.poll_timeout())
    }

    fn is_closed(&self) -> bool {
        self.with(|state| state.is_closed())
    }
}

impl<P: Port> Mux<P> {
    /// Begins to multiplex on `port`, whose modem is in AT mode, and returns when channels can be
    /// opened.
    ///
    /// # Errors
    /// Fails when the modem does not answer or refuses to multiplex, or the link is lost.
    pub fn open(port: P, config: InitiatorConfig) -> Result<Self, MuxError> {
        let mut state = Muxing::new(config);
        state.begin(port.now());
        let clock = AtomicU64::new(port.now().as_millis());
        let line = Mutex::new(Some(Line { port, pump: Pump::new() }));
        let shared =
            Arc::new(Shared { line, state: Mutex::new(state), news: Condvar::new(), clock });
        loop {
            {
                let state = shared.state();
                match &state.outcome {
                    Some(Ok(())) => break,
                    Some(Err(_)) => return Err(state.error()),
                    None if state.is_closed() => return Err(state.error()),
                    None => {}
                }
            }
            shared.turn(shared.now() + CHANNEL_TIMEOUT);
        }
        Ok(Self { shared })
    }

    /// Opens a channel, and returns when it is open.
    ///
    /// # Errors
    /// Fails when the modem does not have the channel, the channel has another owner, or the line
    /// does not multiplex within 30 s.
    pub fn channel(&self, dlci: Dlci) -> Result<MuxChannel<P>, MuxError> {
        let now = self.shared.now();
        let until = now + CHANNEL_TIMEOUT;
        self.shared.state().open(dlci, now)?;
        // From here on, dropping the channel closes it.
        let channel = MuxChannel { shared: Arc::clone(&self.shared), dlci };
        loop {
            let opened = self.shared.state().opened(dlci);
            match opened {
                Some(Ok(())) => return Ok(channel),
                Some(Err(error)) => return Err(error),
                None if self.shared.now() >= until => return Err(MuxError::Timeout(dlci)),
                None => self.shared.turn(until),
            }
        }
    }

    /// Returns the next event of the line, or `None` when there was none `within` that time.
    ///
    /// The latest 64 events are kept.
    pub fn next_event(&self, within: Duration) -> Option<Event> {
        let until = self.shared.now() + within;
        loop {
            let (event, is_closed) = {
                let mut state = self.shared.state();
                (state.poll_event(), state.is_closed())
            };
            if event.is_some() || is_closed || self.shared.now() >= until {
                return event;
            }
            self.shared.turn(until);
        }
    }

    /// Returns `true` if the link was lost: only another [`open`](Self::open) helps.
    pub fn is_ended(&self) -> bool {
        self.shared.state().is_closed()
    }

    /// Calls `act` with the port, as a test does that looks at the other end.
    ///
    /// Returns `None` once the port was returned by [`close`](Self::close). Waits for an owner that
    /// is using the port.
    pub fn with_port<R>(&self, act: impl FnOnce(&mut P) -> R) -> Option<R> {
        let mut line = self.shared.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.as_mut().map(|line| act(&mut line.port))
    }

    /// Leaves the multiplexer, and returns the port, which is a plain port again. Its channels end.
    ///
    /// Without this call the modem goes on multiplexing.
    ///
    /// # Errors
    /// Fails when the link was lost, or another owner has closed the multiplexer.
    pub fn close(self) -> Result<P, MuxError> {
        let now = self.shared.now();
        self.shared.state().initiator.shut_down(now);
        loop {
            {
                let mut state = self.shared.state();
                state.follow();
                if state.is_closed() {
                    break;
                }
            }
            self.shared.turn(self.shared.now() + CHANNEL_TIMEOUT);
        }
        let mut line = self.shared.line.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.shared.state();
        match line.take() {
            Some(line) if state.lost.is_none() => Ok(line.port),
            _ => Err(state.error()),
        }
    }
}

impl<P> Clone for Mux<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<P: Port> MuxChannel<P> {
    /// The number of the channel.
    pub fn dlci(&self) -> Dlci {
        self.dlci
    }

    fn take(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let mut state = self.shared.state();
        match state.initiator.read(self.dlci, buffer) {
            0 if state.is_live(self.dlci) => None,
            count => Some(Ok(count)),
        }
    }
}

impl<P: Port> Port for MuxChannel<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let until = self.now() + within;
        loop {
            if let Some(read) = self.take(buffer) {
                return read;
            }
            if self.now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.shared.turn(until);
        }
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.shared.turn(self.now());
        self.take(buffer).unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let until = self.now() + within;
        loop {
            let count = {
                let mut state = self.shared.state();
                if !state.is_live(self.dlci) {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                state.initiator.write(self.dlci, bytes)
            };
            if count > 0 {
                self.shared.flush();
                return Ok(count);
            }
            if self.now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.shared.turn(until);
        }
    }

    fn now(&self) -> Instant {
        self.shared.now()
    }
}

impl<P: Port> Drop for MuxChannel<P> {
    fn drop(&mut self) {
        let now = self.shared.now();
        self.shared.state().release(self.dlci, now);
        self.shared.flush();
    }
}

impl<P> fmt::Debug for Mux<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mux").finish_non_exhaustive()
    }
}

impl<P: Port> fmt::Debug for MuxChannel<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuxChannel").field("dlci", &self.dlci).finish_non_exhaustive()
    }
}
