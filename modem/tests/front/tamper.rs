//! A link that does harm to one byte: what arrives of the bytes on it, and when. The same for either front-end.

use core::future::Future as _;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use modem::at::Instant;
use modem::blocking::{Port, SimulatedPort};
use modem::tokio::SimulatedStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// What happens to one byte on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The link breaks before it.
    Cut,
    /// It is lost.
    Drop,
    /// It comes twice.
    Duplicate,
    /// One of its bits is turned over.
    Flip(u8),
    /// An unsolicited line comes before it.
    Insert,
    /// It comes late, and so does all that is behind it.
    Delay,
    /// From it on the modem accepts no bytes for a while.
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToHost,
    ToModem,
}

/// Damage to the byte `at`, counted since it was armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) way: Way,
    pub(crate) at: usize,
    pub(crate) damage: Damage,
}

/// Longer than any command may take.
pub(crate) const LONG: Duration = Duration::from_secs(300);

const NOISE: &[u8] = b"\r\n^RSSI:19\r\n";

/// What arrives of the bytes on a link, and when.
#[derive(Debug, Default)]
pub(crate) struct Tamper {
    fault: Option<Fault>,
    moved: [usize; 2],
    lanes: [Lane; 2],
    refuses_until: Option<Duration>,
    cut: bool,
    said: Vec<u8>,
    heard: Vec<u8>,
}

/// Bytes that have arrived, and bytes that are held up.
#[derive(Debug, Default)]
struct Lane {
    arrived: Vec<u8>,
    held: Vec<u8>,
    until: Option<Duration>,
}

impl Lane {
    fn extend(&mut self, bytes: &[u8]) {
        let end = if self.until.is_some() {
            &mut self.held
        } else {
            &mut self.arrived
        };
        end.extend(bytes);
    }
}

impl Tamper {
    /// The bytes are counted from here. What is held up already stays so.
    pub(crate) fn arm(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.moved = [0; 2];
        self.said.clear();
        self.heard.clear();
    }

    /// How many bytes have moved each way.
    pub(crate) fn moved(&self) -> [usize; 2] {
        self.moved
    }

    /// What the host has written, and what has arrived of it.
    pub(crate) fn exchanged(&self) -> (Vec<u8>, Vec<u8>) {
        (self.said.clone(), self.heard.clone())
    }

    /// The link is opened again.
    fn mend(&mut self) {
        *self = Self::default();
    }

    /// Bytes leave on their way: how many of them are taken.
    fn carry(&mut self, way: Way, bytes: &[u8], now: Duration) -> usize {
        self.refuses_until.take_if(|until| *until <= now);
        for (count, &byte) in bytes.iter().enumerate() {
            if way == Way::ToModem && self.refuses_until.is_some() {
                return count;
            }
            let here = (way, self.moved[way as usize]);
            let fault = self.fault.take_if(|fault| (fault.way, fault.at) == here);
            let lane = &mut self.lanes[way as usize];
            match fault.map(|fault| fault.damage) {
                None => lane.extend(&[byte]),
                Some(Damage::Cut) => {
                    self.cut = true;
                    return bytes.len();
                }
                Some(Damage::Drop) => {}
                Some(Damage::Duplicate) => lane.extend(&[byte, byte]),
                Some(Damage::Flip(bit)) => lane.extend(&[byte ^ (1 << bit)]),
                Some(Damage::Insert) => {
                    lane.extend(NOISE);
                    lane.extend(&[byte]);
                }
                Some(Damage::Delay) => {
                    lane.until = Some(now + LONG);
                    lane.extend(&[byte]);
                }
                Some(Damage::Refuse) => {
                    self.refuses_until = Some(now + LONG);
                    if way == Way::ToModem {
                        return count;
                    }
                    lane.extend(&[byte]);
                }
            }
            self.moved[way as usize] += 1;
            if way == Way::ToModem {
                self.said.push(byte);
            }
        }
        bytes.len()
    }

    /// What has arrived, `most` of it at a time.
    fn take(&mut self, way: Way, most: usize, now: Duration) -> Vec<u8> {
        let lane = &mut self.lanes[way as usize];
        if lane.until.take_if(|until| *until <= now).is_some() {
            lane.arrived.append(&mut lane.held);
        }
        let count = lane.arrived.len().min(most);
        let taken: Vec<u8> = lane.arrived.drain(..count).collect();
        if way == Way::ToModem {
            self.heard.extend(&taken);
        }
        taken
    }

    /// What the modem has not taken waits.
    fn put_back(&mut self, rest: &[u8]) {
        self.heard.truncate(self.heard.len().saturating_sub(rest.len()));
        let lane = &mut self.lanes[Way::ToModem as usize];
        lane.arrived.splice(..0, rest.iter().copied());
    }

    /// When something that is held up arrives, or the modem accepts bytes again.
    fn next(&self) -> Option<Duration> {
        let lanes = self.lanes.iter().filter_map(|lane| lane.until);
        lanes.chain(self.refuses_until).min()
    }
}

/// The simulated modem behind such a link, for the blocking front-end.
#[derive(Debug)]
pub(crate) struct TamperedPort {
    pub(crate) port: SimulatedPort,
    pub(crate) tamper: Tamper,
}

impl TamperedPort {
    pub(crate) fn new(port: SimulatedPort) -> Self {
        Self {
            port,
            tamper: Tamper::default(),
        }
    }

    pub(crate) fn reopen(&mut self) {
        self.tamper.mend();
        self.port.with(|simulator, now| {
            simulator.handle_closed(now);
            simulator.handle_opened(now);
        });
    }

    fn clock(&self) -> Duration {
        self.port.now().saturating_duration_since(Instant::from_millis(0))
    }

    /// Hands the modem what has arrived for it.
    fn deliver(&mut self) {
        let bytes = self.tamper.take(Way::ToModem, usize::MAX, self.clock());
        let taken = self
            .port
            .with(|simulator, now| simulator.handle_input(&bytes, now));
        self.tamper.put_back(&bytes[taken..]);
    }

    /// Lets time pass until something arrives, `until` at the latest; whether the link still holds.
    fn pass(&mut self, until: Duration) -> io::Result<bool> {
        let now = self.clock();
        let until = self.tamper.next().map_or(until, |next| next.min(until));
        let mut bytes = [0; 256];
        match self.port.read(&mut bytes, until.saturating_sub(now)) {
            Ok(count) => {
                self.tamper.carry(Way::ToHost, &bytes[..count], self.clock());
                Ok(count > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(true),
            Err(error) => Err(error),
        }
    }
}

impl Port for TamperedPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let until = self.clock() + within;
        loop {
            self.deliver();
            let over = self.clock() >= until;
            let connected = !self.tamper.cut && self.pass(until)?;
            let bytes = self.tamper.take(Way::ToHost, buffer.len(), self.clock());
            if !bytes.is_empty() || !connected {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                return Ok(bytes.len());
            }
            if over {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let until = self.clock() + within;
        loop {
            if self.tamper.cut {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let over = self.clock() >= until;
            match self.tamper.carry(Way::ToModem, bytes, self.clock()) {
                0 if over => return Err(io::ErrorKind::TimedOut.into()),
                0 => drop(self.pass(until)?),
                count => {
                    self.deliver();
                    return Ok(count);
                }
            }
        }
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

/// The simulated modem behind such a link, for the async front-end.
///
/// One that is opened again is another stream on the same link.
#[derive(Debug)]
pub(crate) struct TamperedStream {
    link: Arc<Mutex<Link>>,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
}

#[derive(Debug)]
pub(crate) struct Link {
    stream: SimulatedStream,
    pub(crate) tamper: Tamper,
    started: tokio::time::Instant,
}

impl Link {
    pub(crate) fn new(stream: SimulatedStream) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            stream,
            tamper: Tamper::default(),
            started: tokio::time::Instant::now(),
        }))
    }

    fn deliver(&mut self, context: &mut Context<'_>) {
        let bytes = self.tamper.take(Way::ToModem, usize::MAX, self.started.elapsed());
        if !bytes.is_empty() {
            let taken = match Pin::new(&mut self.stream).poll_write(context, &bytes) {
                Poll::Ready(Ok(count)) => count,
                _ => 0,
            };
            self.tamper.put_back(&bytes[taken..]);
        }
    }
}

impl TamperedStream {
    pub(crate) fn new(link: Arc<Mutex<Link>>) -> Self {
        link.lock().unwrap().tamper.mend();
        Self {
            link,
            reading: Box::pin(tokio::time::sleep(Duration::ZERO)),
            writing: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }
}

fn is_over(sleep: &mut Pin<Box<Sleep>>, at: tokio::time::Instant, context: &mut Context<'_>) -> bool {
    sleep.as_mut().reset(at);
    sleep.as_mut().poll(context).is_ready()
}

impl AsyncRead for TamperedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { link, reading, .. } = self.get_mut();
        let mut link: MutexGuard<'_, Link> = link.lock().unwrap();
        let link = &mut *link;
        loop {
            link.deliver(context);
            let bytes = link
                .tamper
                .take(Way::ToHost, buffer.remaining(), link.started.elapsed());
            if !bytes.is_empty() || link.tamper.cut {
                buffer.put_slice(&bytes);
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; 256];
            let mut read = ReadBuf::new(&mut bytes);
            match Pin::new(&mut link.stream).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    link.tamper
                        .carry(Way::ToHost, read.filled(), link.started.elapsed());
                }
                Poll::Ready(result) => return Poll::Ready(result),
                Poll::Pending => match link.tamper.next() {
                    Some(next) if is_over(reading, link.started + next, context) => {}
                    _ => return Poll::Pending,
                },
            }
        }
    }
}

impl AsyncWrite for TamperedStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { link, writing, .. } = self.get_mut();
        let mut link: MutexGuard<'_, Link> = link.lock().unwrap();
        loop {
            if link.tamper.cut {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let now = link.started.elapsed();
            let count = link.tamper.carry(Way::ToModem, bytes, now);
            if count > 0 {
                link.deliver(context);
                return Poll::Ready(Ok(count));
            }
            let until = link.tamper.refuses_until.unwrap_or(now);
            if !is_over(writing, link.started + until, context) {
                return Poll::Pending;
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
