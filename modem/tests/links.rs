//! Links that end in other ways than a closed port, and what wraps a link, through both front-ends.
#![cfg(all(feature = "simulator", feature = "tokio"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::{self, Port, SimulatedPort};
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Error, ErrorKind, WireLine, tokio as front};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// What a link does from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    Works,
    FailsToRead,
    FailsToFlush,
    TakesNothing,
}

type Shared = Arc<Mutex<Habit>>;

/// A link that works until its habit changes.
struct Odd<S>(S, Shared);

impl<S> Odd<S> {
    fn is(&self, habit: Habit) -> bool {
        *self.1.lock().unwrap() == habit
    }
}

fn failure() -> io::Error {
    io::Error::other("Input/output error")
}

impl<P: Port> Port for Odd<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        if self.is(Habit::FailsToRead) {
            return Err(failure());
        }
        self.0.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        if self.is(Habit::TakesNothing) {
            return Ok(0);
        }
        self.0.write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Odd<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is(Habit::FailsToRead) {
            return Poll::Ready(Err(failure()));
        }
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Odd<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match *self.1.lock().unwrap() {
            Habit::TakesNothing => return Poll::Ready(Ok(0)),
            // They are held until they are flushed.
            Habit::FailsToFlush => return Poll::Ready(Ok(bytes.len())),
            _ => {}
        }
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is(Habit::FailsToFlush) {
            return Poll::Ready(Err(failure()));
        }
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

fn check(front: &str, habit: Habit, error: &Error) {
    assert_eq!(error.kind(), &ErrorKind::Closed, "{front}: {habit:?}");
    let cause = error.link_error().map(ToString::to_string);
    let expected = (habit != Habit::TakesNothing).then_some("Input/output error");
    assert_eq!(cause.as_deref(), expected, "{front}: {habit:?}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn a_link_that_fails_to_read_to_take_bytes_or_to_pass_them_on_has_ended() {
    for habit in [Habit::FailsToRead, Habit::TakesNothing] {
        let shared = Arc::new(Mutex::new(Habit::Works));
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        let mut modem = blocking::Modem::open(Odd(port, Arc::clone(&shared)), Config::default()).unwrap();
        *shared.lock().unwrap() = habit;
        check("blocking", habit, &modem.raw("AT+CSQ").unwrap_err());
        assert!(modem.session().is_closed());
    }
    for habit in [Habit::FailsToRead, Habit::TakesNothing, Habit::FailsToFlush] {
        runtime().block_on(async {
            let shared = Arc::new(Mutex::new(Habit::Works));
            let (stream, _simulator) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
            let (modem, mut inbox) = front::Modem::open(Odd(stream, Arc::clone(&shared)), Config::default())
                .await
                .unwrap();
            *shared.lock().unwrap() = habit;
            check("tokio", habit, &modem.raw("AT+CSQ").await.unwrap_err());
            while inbox.next().await.is_some() {}
        });
    }
}

/// Keeps the lines that it is given.
fn keep(lines: &Arc<Mutex<Vec<String>>>) -> impl FnMut(WireLine) + use<> {
    let lines = Arc::clone(lines);
    move |line| lines.lock().unwrap().push(line.to_string())
}

const DIALOGUE: [&str; 4] = [r"> AT\r", r"< AT\r\r\n", r"< OK\r\n", "> AT+CPI"];

#[test]
fn a_log_shows_its_last_line_when_the_port_is_taken_back() {
    let lines = Arc::default();
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let mut trace = blocking::Trace::new(port, keep(&lines));
    trace.write(b"AT\r", Duration::ZERO).unwrap();
    let mut buffer = [0; 64];
    let count = trace.read(&mut buffer, Duration::ZERO).unwrap();
    assert_eq!(buffer[..count].escape_ascii().to_string(), r"AT\r\r\nOK\r\n");
    trace.write(b"AT+CPI", Duration::ZERO).unwrap();
    let mut port = trace.into_inner();
    assert_eq!(*lines.lock().unwrap(), DIALOGUE);
    // The port goes on where it was.
    port.write(b"N?\r", Duration::ZERO).unwrap();
    let mut simulator = port.into_inner();
    assert!(matches!(
        simulator.take_truth().last().unwrap().fact,
        Fact::Closed
    ));
}

#[test]
fn a_log_shows_its_last_line_when_the_stream_is_taken_back_and_passes_its_end_on() {
    runtime().block_on(async {
        let lines = Arc::default();
        let (stream, simulator) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let mut trace = front::Trace::new(stream, keep(&lines));
        trace.write_all(b"AT\r").await.unwrap();
        let mut answer = [0; 9];
        trace.read_exact(&mut answer).await.unwrap();
        trace.write_all(b"AT+CPI").await.unwrap();
        trace.shutdown().await.unwrap();
        drop(trace.into_inner());
        assert_eq!(*lines.lock().unwrap(), DIALOGUE);
        let last = simulator.with(|simulator, _| simulator.truth().last().unwrap().fact.clone());
        assert_eq!(last, Fact::Closed);
    });
}

#[test]
fn what_is_printed_of_a_modem_is_its_parts_and_no_dialogue() {
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let trace = blocking::Trace::new(port, |_: WireLine| {});
    assert!(format!("{trace:?}").starts_with("Trace { port: SimulatedPort"));
    let opener = blocking::Opener::new(|| -> io::Result<SimulatedPort> { Err(failure()) });
    let session = modem::Session::new(Config::default());
    let mut modem = blocking::Reconnecting::new(opener, session, modem::Backoff::default());
    let printed = format!("{modem:?}");
    assert!(
        printed.starts_with("Reconnecting { connector: Opener { .. }, "),
        "{printed}"
    );
    assert!(modem.modem().port().port().is_none());
    runtime().block_on(async {
        let (stream, _simulator) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let trace = front::Trace::new(stream, |_: WireLine| {});
        assert!(format!("{trace:?}").starts_with("Trace { stream: SimulatedStream"));
        let session = modem::Session::new(Config::default());
        let (modem, inbox, driver, _) = front::Modem::with_driver(trace, session);
        assert_eq!(
            format!("{modem:?}, {inbox:?}, {driver:?}"),
            "Modem { .. }, Inbox { modem: Modem { .. } }, Driver { .. }"
        );
    });
}
