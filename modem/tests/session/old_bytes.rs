//! Nothing that was received before a command line was written becomes its result or its prompt,
//! through both pumps, for every split of the bytes and of the time.

use alloc::sync::Arc;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::Mutex;

use modem::at::Instant;
use modem::blocking::{Modem, Port, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::tokio::SimulatedStream;
use modem::{Config, PartOutcome, SendResult, tokio as front};
use proptest::prelude::*;
use testkit::message;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The size of the read buffer of both pumps: as much is read before a write.
const BUFFER: usize = 4096;

/// Late results, answers, prompts and boot messages of an earlier command.
const OLD: [&str; 9] = [
    "\r\nOK\r\n",
    "\r\nERROR\r\n",
    "\r\n+CMS ERROR: 500\r\n",
    "\r\n> ",
    "\r\n+CSQ: 1,1\r\n",
    "\r\n+CSQ: 1,1\r\n\r\nOK\r\n",
    "\r\n+CMGS: 99\r\n\r\nOK\r\n",
    "\r\n^RSSI:14\r\n",
    "\r\n+CME ERROR: 10\r\n",
];

/// Old bytes, and their way to the host.
#[derive(Debug, Clone)]
struct Case {
    old: Vec<u8>,
    /// The bytes of the command line that the link takes before the old bytes arrive; all of them
    /// wait already if it is `None`.
    taken: Option<usize>,
    /// The sizes of the pieces in which they are read, in turn.
    pieces: Vec<usize>,
    /// The times before the link takes a byte.
    refusals: usize,
}

prop_compose! {
    fn cases()(
        items in proptest::collection::vec(proptest::sample::select(&OLD[..]), 1..6),
        cut in any::<proptest::sample::Index>(),
        noise in 0..3_usize,
        taken in proptest::option::of(0..9_usize),
        pieces in proptest::collection::vec(1..40_usize, 1..5),
        refusals in 0..3_usize,
    ) -> Case {
        let mut old: Vec<u8> = b"\r\n^RSSI:19\r\n".repeat(noise * 50);
        let items = items.concat();
        // The last old line may be cut anywhere: its rest never comes.
        old.extend(&items.as_bytes()[..=cut.index(items.len())]);
        Case { old, taken, pieces, refusals }
    }
}

/// The state of a link on which old bytes lie.
#[derive(Debug, Default)]
struct Link {
    case: Option<Case>,
    /// The beginning of the command lines that the case is about.
    line: &'static [u8],
    waiting: Vec<u8>,
    pieces: Vec<usize>,
    turn: usize,
    refusals: usize,
    /// Bytes of the line that were taken, so that the rest goes on.
    is_due: bool,
}

impl Link {
    fn set(&mut self, case: &Case, line: &'static [u8]) {
        *self = Self { line, pieces: case.pieces.clone(), ..Self::default() };
        match case.taken {
            None => self.waiting.clone_from(&case.old),
            Some(_) => self.case = Some(case.clone()),
        }
        self.refusals = case.refusals;
    }

    /// The next old bytes.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        if self.waiting.is_empty() {
            return 0;
        }
        // Bytes that wait already are read at once, as a port does.
        let piece = match self.is_due {
            true => self.pieces[self.turn % self.pieces.len()],
            false => BUFFER,
        };
        self.turn += 1;
        let count = piece.min(self.waiting.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.waiting[..count]);
        self.waiting.drain(..count);
        count
    }

    /// The number of bytes that the link takes of these; `None` if all.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        if let Some(case) = self.case.take_if(|_| bytes.starts_with(self.line)) {
            self.waiting = case.old;
            self.is_due = true;
            let taken = case.taken.unwrap_or_default();
            return Some(taken.min(bytes.len() - 1));
        }
        // The rest of the line waits until the old bytes were read, since they came before it.
        if self.is_due && !self.waiting.is_empty() {
            return Some(0);
        }
        if self.is_due && self.refusals > 0 {
            self.refusals -= 1;
            return Some(0);
        }
        None
    }
}

struct OldPort {
    port: SimulatedPort,
    link: Link,
}

impl Port for OldPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        match self.link.read(buffer) {
            0 => self.port.read(buffer, within),
            count => Ok(count),
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        match self.link.take(bytes) {
            None => self.port.write(bytes, within),
            Some(0) => {
                self.port.wait(Duration::from_millis(1));
                Err(io::ErrorKind::TimedOut.into())
            }
            Some(count) => self.port.write(&bytes[..count], within),
        }
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

struct OldStream {
    stream: SimulatedStream,
    link: Arc<Mutex<Link>>,
}

impl AsyncRead for OldStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = self.link.lock().unwrap().read(buffer.initialize_unfilled());
        if count == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for OldStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = self.link.lock().unwrap().take(bytes);
        match taken {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(0) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(count) => Pin::new(&mut self.stream).poll_write(context, &bytes[..count]),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The answer to `AT+CSQ`.
const OWN: &str = "+CSQ: 20,99";

fn check(case: &Case, lines: &[String], result: &SendResult) -> Result<(), TestCaseError> {
    prop_assert_eq!(lines, [OWN], "{:?}", case);
    let outcome = &result.parts[0].outcome;
    // The first message of a modem has the reference 0.
    let is_own = matches!(outcome, PartOutcome::Sent { reference: 0 });
    prop_assert!(is_own, "{:?} {:?}", outcome, case);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn old_bytes_are_neither_result_nor_prompt_through_the_blocking_pump(case in cases()) {
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        let port = OldPort { port, link: Link::default() };
        let mut modem = Modem::open(port, Config::default()).unwrap();
        while modem.next_event(Duration::from_secs(5)).is_some() {}
        modem.port().link.set(&case, b"AT+CSQ");
        let lines = modem.raw("AT+CSQ").unwrap();
        modem.port().link.set(&case, b"AT+CMGS");
        let result = modem.send(&message("Hello")).unwrap();
        check(&case, &lines, &result)?;
    }

    #[test]
    fn old_bytes_are_neither_result_nor_prompt_through_the_async_pump(case in cases()) {
        let (lines, result) = testkit::paused_runtime().block_on(async {
            let (stream, _simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
            let link = Arc::<Mutex<Link>>::default();
            let stream = OldStream { stream, link: Arc::clone(&link) };
            let (modem, _inbox) = front::Modem::open(stream, Config::default()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
            link.lock().unwrap().set(&case, b"AT+CSQ");
            let lines = modem.raw("AT+CSQ").await.unwrap();
            link.lock().unwrap().set(&case, b"AT+CMGS");
            (lines, modem.send(&message("Hello")).await.unwrap())
        });
        check(&case, &lines, &result)?;
    }
}

/// A link on which something always waits: the read before a write takes one buffer, and then the
/// line goes out.
#[test]
fn a_link_that_never_falls_silent_does_not_keep_a_command_back() {
    #[derive(Debug)]
    struct Noisy {
        port: SimulatedPort,
        is_noisy: bool,
        read: usize,
        most: usize,
    }
    impl Noisy {
        fn noise(&mut self, buffer: &mut [u8]) -> usize {
            for (at, byte) in buffer.iter_mut().enumerate() {
                *byte = b"\r\n^RSSI:14\r\n"[at % 12];
            }
            self.read += buffer.len();
            buffer.len()
        }
    }
    impl Port for Noisy {
        fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
            self.port.read(buffer, within)
        }

        fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.is_noisy { Ok(self.noise(buffer)) } else { self.port.read_waiting(buffer) }
        }

        fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
            self.most = self.most.max(core::mem::take(&mut self.read));
            self.port.write(bytes, within)
        }

        fn now(&self) -> Instant {
            self.port.now()
        }
    }
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let port = Noisy { port, is_noisy: false, read: 0, most: 0 };
    let mut modem = Modem::open(port, Config::default()).unwrap();
    modem.port().is_noisy = true;
    assert_eq!(modem.raw("AT+CSQ").unwrap(), [OWN]);
    let result = modem.send(&message("Hello")).unwrap();
    assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{result:?}");
    assert_eq!(modem.port().most, BUFFER, "one buffer before each write");
}

/// The same over a stream, which has a byte for every poll.
#[test]
fn a_stream_that_never_falls_silent_does_not_keep_a_command_back() {
    struct Noisy {
        stream: SimulatedStream,
        /// Every second read is noise, so that the answers of the modem come through.
        is_due: bool,
        is_noisy: Arc<AtomicBool>,
    }
    impl AsyncRead for Noisy {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.is_noisy.load(Ordering::Relaxed) {
                return Pin::new(&mut self.stream).poll_read(context, buffer);
            }
            self.is_due = !self.is_due;
            if self.is_due || Pin::new(&mut self.stream).poll_read(context, buffer).is_pending() {
                context.waker().wake_by_ref();
                buffer.put_slice(b"\r\n^RSSI:14\r\n");
            }
            Poll::Ready(Ok(()))
        }
    }
    impl AsyncWrite for Noisy {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.stream).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(context)
        }
    }
    let runtime = testkit::paused_runtime();
    runtime.block_on(async {
        let (stream, _simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let is_noisy = Arc::<AtomicBool>::default();
        let stream = Noisy { stream, is_due: false, is_noisy: Arc::clone(&is_noisy) };
        let (modem, _inbox) = front::Modem::open(stream, Config::default()).await.unwrap();
        is_noisy.store(true, Ordering::Relaxed);
        assert_eq!(modem.raw("AT+CSQ").await.unwrap(), [OWN]);
        let result = modem.send(&message("Hello")).await.unwrap();
        assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{result:?}");
    });
}
