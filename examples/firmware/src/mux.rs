//! Two channels on the one UART (`AT+CMUX`, 3GPP TS 27.010): the first is the line of the session,
//! the second takes AT commands of the firmware.
//!
//! A modem that restarts falls out of the multiplexer. Its channels end, the multiplexer is opened
//! again, and the session opens its channel again.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use core::time::Duration;

use cortex_m_semihosting::hprintln as show;
use embassy_executor::Spawner;
use embassy_futures::select::{Either3, select3};
use embassy_time::Timer;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use modem::at::Instant;
use modem::at::mux::{Dlci, Event, Initiator, InitiatorConfig};
use modem::embedded::Connector;

use crate::board::{Receiver, Transmitter};

const SESSION: Dlci = Dlci::FIRST;
const COMMANDS: Dlci = Dlci::new(2).expect("a channel for data");

/// The multiplexer, and the tasks that wait for it.
struct Shared {
    initiator: Initiator,
    open: Vec<Dlci>,
    waiting: Vec<Waker>,
}

/// A handle to the multiplexer.
#[derive(Clone)]
struct Mux(Rc<RefCell<Shared>>);

/// The multiplexer as the line of the session.
pub(crate) struct Line(Mux);

/// A half of a channel, which ends with its channel.
pub(crate) struct Channel {
    mux: Mux,
    dlci: Dlci,
}

/// Starts the multiplexer on the UART, and returns the line of the session.
pub(crate) fn line(spawner: Spawner, receiver: Receiver, transmitter: Transmitter) -> Line {
    let mut config = InitiatorConfig::default();
    config.mux.queue = 512;
    let mut initiator = Initiator::new(config);
    initiator.handle_opened(now());
    let shared = Shared { initiator, open: Vec::new(), waiting: Vec::new() };
    let mux = Mux(Rc::new(RefCell::new(shared)));
    spawner.spawn(drive(mux.clone(), receiver, transmitter).expect("spawned once"));
    spawner.spawn(command(mux.clone()).expect("spawned once"));
    Line(mux)
}

fn now() -> Instant {
    Instant::from(Duration::from_millis(embassy_time::Instant::now().as_millis()))
}

/// Moves bytes and time between the UART and the channels.
#[embassy_executor::task]
async fn drive(mux: Mux, mut receiver: Receiver, mut transmitter: Transmitter) {
    let (mut received, mut output) = ([0; 128], [0; 128]);
    loop {
        while let Some(count) = mux.output(&mut output) {
            let Ok(written) = transmitter.write(&output[..count]).await;
            mux.with(|initiator| initiator.handle_transmitted(written, now()));
        }
        // An earlier deadline follows only from what is handled here.
        match select3(receiver.read(&mut received), mux.deadline(), mux.has_output()).await {
            Either3::First(Ok(count)) => {
                mux.with(|initiator| initiator.handle_input(&received[..count], now()));
            }
            Either3::Second(()) => mux.with(|initiator| initiator.handle_timeout(now())),
            Either3::Third(()) => {}
        }
    }
}

/// Reads the signal on the second channel, whenever it is opened.
#[embassy_executor::task]
async fn command(mux: Mux) {
    loop {
        mux.opened(COMMANDS).await;
        let mut channel = Channel { mux: mux.clone(), dlci: COMMANDS };
        let mut answer = [0; 64];
        let mut length = 0;
        if channel.write(b"AT+CSQ\r").await.is_ok() {
            while !answer[..length].ends_with(b"OK\r\n") && length < answer.len() {
                match channel.read(&mut answer[length..]).await {
                    Ok(count) if count > 0 => length += count,
                    _ => break,
                }
            }
        }
        let lines = answer[..length].split(|byte| *byte == b'\n');
        for line in lines.filter_map(|line| core::str::from_utf8(line.trim_ascii()).ok()) {
            if line.starts_with("+CSQ:") {
                show!("channel 2: {}", line);
            }
        }
        mux.closed(COMMANDS).await;
    }
}

impl Mux {
    /// Changes the multiplexer, follows its events, and wakes the tasks that wait for a change.
    fn with<R>(&self, change: impl FnOnce(&mut Initiator) -> R) -> R {
        let mut shared = self.0.borrow_mut();
        let Shared { initiator, open, waiting } = &mut *shared;
        let result = change(initiator);
        while let Some(event) = initiator.poll_event() {
            match event {
                Event::Up => {
                    initiator.open(SESSION, now());
                    initiator.open(COMMANDS, now());
                }
                Event::Opened(dlci) => open.push(dlci),
                Event::Closed { dlci, .. } => open.retain(|other| *other != dlci),
                Event::Down(_) => open.clear(),
                _ => {}
            }
        }
        waiting.drain(..).for_each(Waker::wake);
        result
    }

    /// Waits until `look` finds something, and looks after each change.
    async fn until<R>(&self, mut look: impl FnMut(&mut Shared) -> Option<R>) -> R {
        poll_fn(|context| {
            let mut shared = self.0.borrow_mut();
            match look(&mut shared) {
                Some(result) => Poll::Ready(result),
                None => {
                    if !shared.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                        shared.waiting.push(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await
    }

    async fn opened(&self, dlci: Dlci) {
        self.until(|shared| shared.open.contains(&dlci).then_some(())).await;
    }

    async fn closed(&self, dlci: Dlci) {
        self.until(|shared| (!shared.open.contains(&dlci)).then_some(())).await;
    }

    async fn has_output(&self) {
        self.until(|shared| shared.initiator.has_transmit().then_some(())).await;
    }

    /// Waits for the next deadline of the multiplexer.
    async fn deadline(&self) {
        let deadline = self.0.borrow().initiator.poll_timeout();
        match deadline.map(|at| at.since_epoch().as_millis()).and_then(|at| u64::try_from(at).ok())
        {
            Some(at) => Timer::at(embassy_time::Instant::from_millis(at + 1)).await,
            None => core::future::pending().await,
        }
    }

    /// Copies the bytes to write, and returns their number.
    fn output(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut shared = self.0.borrow_mut();
        let bytes = shared.initiator.poll_transmit()?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        Some(count)
    }
}

impl Connector for Line {
    type Reader<'a> = Channel;
    type Writer<'a> = Channel;
    type Error = Infallible;

    async fn connect(&mut self) -> Result<(Channel, Channel), Infallible> {
        let Self(mux) = self;
        mux.opened(SESSION).await;
        let half = || Channel { mux: mux.clone(), dlci: SESSION };
        Ok((half(), half()))
    }
}

impl ErrorType for Channel {
    type Error = ErrorKind;
}

impl Read for Channel {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let dlci = self.dlci;
        let count = self.mux.until(|shared| match shared.initiator.read(dlci, buffer) {
            0 if shared.open.contains(&dlci) => None,
            count => Some(count),
        });
        let count = count.await;
        // The other side may be released.
        self.mux.with(|_| ());
        Ok(count)
    }
}

impl Write for Channel {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let dlci = self.dlci;
        let written = self.mux.until(|shared| {
            if !shared.open.contains(&dlci) {
                return Some(Err(ErrorKind::NotConnected));
            }
            Some(shared.initiator.write(dlci, bytes)).filter(|count| *count > 0).map(Ok)
        });
        let written = written.await;
        self.mux.with(|_| ());
        written
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
