//! The probe of all ports of a stick, through both front-ends.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::{self, Port, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::{OpenError, WireLine, tokio as front};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const WITHIN: Duration = Duration::from_secs(3);

/// The ports of a stick, and their expected states.
const PORTS: [(&str, &str); 6] = [
    ("diagnosis", "no response"),
    ("positions", "sends data, but does not answer AT"),
    ("at", "speaks AT"),
    ("taken", "busy"),
    (
        "closed",
        "refused: you may not open the port closed: become a member of the group that owns it (often dialout)",
    ),
    ("gone", "lost: unexpected end of file"),
];

/// An end that does not speak AT, and sends a line every 200 ms.
struct Talker {
    line: &'static [u8],
    now: Duration,
    next: Duration,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

const PAUSE: Duration = Duration::from_millis(200);

impl Talker {
    fn new(line: &'static [u8]) -> Self {
        Self { line, now: Duration::ZERO, next: PAUSE, sleep: None }
    }
}

impl Port for Talker {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let until = self.now + within;
        if self.line.is_empty() || self.next > until {
            self.now = until;
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.now = self.next;
        self.next += PAUSE;
        buffer[..self.line.len()].copy_from_slice(self.line);
        Ok(self.line.len())
    }

    fn write(&mut self, bytes: &[u8], _: Duration) -> io::Result<usize> {
        assert_eq!(bytes, b"AT\r");
        Ok(bytes.len())
    }

    fn now(&self) -> Instant {
        Instant::from(self.now)
    }
}

impl AsyncRead for Talker {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.line.is_empty() {
            return Poll::Pending;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(PAUSE)));
        if sleep.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.sleep = None;
        buffer.put_slice(self.line);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Talker {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert_eq!(bytes, b"AT\r");
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The ports that do not open, and the lines of those that are not a modem's.
fn other(name: &str) -> Result<&'static [u8], OpenError> {
    match name {
        "diagnosis" => Ok(b""),
        "positions" => Ok(b"$GPGSV,3,1,11,10,63,137,17*70\r\n"),
        "taken" => Err(OpenError::Busy { path: name.into(), holder: None, modem_manager: false }),
        _ => Err(OpenError::Forbidden { path: name.into() }),
    }
}

fn simulator(name: &str) -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    if name == "gone" {
        simulator.handle_opened(Duration::ZERO);
        simulator.perform("fault disconnect 0".parse().unwrap(), Duration::ZERO).unwrap();
    }
    simulator
}

type Lines = Arc<Mutex<Vec<String>>>;

fn check(front: &str, probed: &[(String, modem::PortState)], written: &Lines, took: Duration) {
    let found: Vec<(&str, String)> =
        probed.iter().map(|(name, probed)| (name.as_str(), probed.to_string())).collect();
    let found: Vec<(&str, &str)> =
        found.iter().map(|(name, probed)| (*name, probed.as_str())).collect();
    assert_eq!(found, PORTS, "{front}");
    let written = written.lock().unwrap();
    assert!(!written.is_empty(), "{front}");
    assert!(written.iter().all(|line| line == r"> AT\r"), "{front}: {written:?}");
    assert!(took < 2 * WITHIN + Duration::from_secs(1), "{front}: {took:?}");
}

fn keep(lines: &Lines) -> impl FnMut(WireLine) + use<> {
    let lines = Arc::clone(lines);
    move |line| {
        if line.direction() == modem::Direction::Written {
            lines.lock().unwrap().push(line.to_string());
        }
    }
}

/// A port whose time is added to a sum when it is closed.
struct Timed(Box<dyn Port>, Arc<Mutex<Duration>>);

impl Port for Timed {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.0.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.0.write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        *self.1.lock().unwrap() += self.now().since_epoch();
    }
}

#[test]
fn each_port_of_a_stick_is_asked_for_a_bounded_time_and_with_at_alone() {
    let (written, took) = (Lines::default(), Arc::default());
    let open = |name: &str| -> Result<Timed, OpenError> {
        let port: Box<dyn Port> = match name {
            "at" | "gone" => {
                Box::new(blocking::Trace::new(SimulatedPort::new(simulator(name)), keep(&written)))
            }
            name => Box::new(Talker::new(other(name)?)),
        };
        Ok(Timed(port, Arc::clone(&took)))
    };
    let probed = blocking::probe_all(PORTS.map(|(name, _)| name), open, WITHIN);
    let took = *took.lock().unwrap();
    check("blocking", &probed, &written, took);
}

/// Any stream.
trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

#[tokio::test(start_paused = true)]
async fn each_stream_of_a_stick_is_asked_for_a_bounded_time_and_with_at_alone() {
    let written = Lines::default();
    let started = tokio::time::Instant::now();
    let open = |name: &str| -> Result<Box<dyn Stream>, OpenError> {
        Ok(match name {
            "at" | "gone" => {
                let (stream, _) = front::SimulatedStream::new(simulator(name));
                Box::new(front::Trace::new(stream, keep(&written)))
            }
            name => Box::new(Talker::new(other(name)?)),
        })
    };
    let probed = front::probe_all(PORTS.map(|(name, _)| name), open, WITHIN).await;
    check("tokio", &probed, &written, started.elapsed());
}
