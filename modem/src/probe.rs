//! Finds out whether a modem at the other end of a link answers `AT`.

use core::time::Duration;

use at_proto::general::Attention;
use at_proto::{Command as _, Dialect, Engine, Event, Instant, Outcome};

/// The result of a [`Probe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProbeResult {
    /// The other end answered `AT`.
    At,
    /// The other end sends data, but does not answer `AT`: a port for positions or diagnosis, or
    /// another baud rate.
    Other,
    /// The other end sends nothing: another kind of port, or a modem that is asleep or switched
    /// off.
    NoResponse,
}

/// A test whether a modem at the other end of a link answers `AT`, without I/O and without a clock.
///
/// `AT` is written once a second until it is answered. Nothing else is written, so that nothing
/// changes at the other end. The methods are those of a [`Session`](crate::Session), and
/// [`result`](Self::result) has the result. The result is known within the time given to
/// [`new`](Self::new), whatever arrives.
///
/// ```
/// use core::time::Duration;
/// use modem::at::Instant;
/// use modem::{Probe, ProbeResult};
///
/// let now = Instant::ZERO;
/// let mut probe = Probe::new(Duration::from_secs(3), now);
/// assert_eq!(probe.poll_transmit(), Some(&b"AT\r"[..]));
/// probe.handle_transmitted(3, now);
/// probe.handle_input(b"AT\r\r\nOK\r\n", now);
/// assert_eq!(probe.result(), Some(ProbeResult::At));
/// ```
#[derive(Debug)]
pub struct Probe {
    engine: Engine,
    /// The unwritten rest of a further `AT`.
    unwritten: &'static [u8],
    next: Instant,
    until: Instant,
    /// Data other than an echo has arrived.
    has_data: bool,
    result: Option<ProbeResult>,
}

/// The interval between two `AT`: a modem that wakes up or detects its baud rate misses the first.
const AT_INTERVAL: Duration = Duration::from_secs(1);

const AT_LINE: &[u8] = b"AT\r";

impl Probe {
    /// Starts a probe that ends within `within`.
    pub fn new(within: Duration, now: Instant) -> Self {
        let mut engine = Engine::new(Dialect::default());
        engine.handle_opened(now);
        // The engine must not time out by itself: its recovery writes more than `AT`.
        let request =
            Attention.request().timeout(within.saturating_mul(2).saturating_add(AT_INTERVAL));
        // An engine that has just been opened accepts a command.
        let submitted = engine.submit(request, now);
        Self {
            engine,
            unwritten: b"",
            next: now + AT_INTERVAL,
            until: now + within,
            has_data: false,
            result: submitted.is_err().then_some(ProbeResult::NoResponse),
        }
    }

    /// Takes bytes that were read.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        if self.result.is_some() {
            return;
        }
        self.has_data |= bytes.iter().any(|byte| !b"AaTt\r\n".contains(byte));
        self.engine.handle_input(bytes, now);
        while let Some(event) = self.engine.poll_event() {
            // An error is an answer too.
            if let Event::Completed { outcome: Outcome::Response(_) | Outcome::Error(_), .. } =
                event
            {
                self.result = Some(ProbeResult::At);
            }
        }
    }

    /// Records that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were written.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        if self.unwritten.is_empty() {
            self.engine.handle_transmitted(count, now);
        } else {
            self.unwritten = self.unwritten.get(count..).unwrap_or_default();
        }
    }

    /// Handles the passing of time. Call it when [`poll_timeout`](Self::poll_timeout) is reached;
    /// it is harmless at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.result.is_none() && now >= self.until {
            self.result =
                Some(if self.has_data { ProbeResult::Other } else { ProbeResult::NoResponse });
        } else if now >= self.next {
            self.next = now + AT_INTERVAL;
            // A port that has not accepted the last `AT` gets no further one.
            if !self.has_transmit() {
                self.unwritten = AT_LINE;
            }
        }
    }

    /// Returns `true` if [`poll_transmit`](Self::poll_transmit) has bytes to write.
    pub fn has_transmit(&self) -> bool {
        self.result.is_none() && (!self.unwritten.is_empty() || self.engine.has_transmit())
    }

    /// The bytes to write now, if any.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        if self.result.is_some() {
            None
        } else if self.unwritten.is_empty() {
            self.engine.poll_transmit()
        } else {
            Some(self.unwritten)
        }
    }

    /// The time by which [`handle_timeout`](Self::handle_timeout) is to be called; `None` once the
    /// result is known.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.result.is_none().then(|| self.next.min(self.until))
    }

    /// The result, as soon as it is known.
    pub fn result(&self) -> Option<ProbeResult> {
        self.result
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::time::Duration;

    use at_proto::Instant;

    use super::{Probe, ProbeResult};

    /// Probes an end that sends `words` every 100 ms, and `answer` 30 ms after each written line
    /// from the `first` on. Returns the written bytes, the result, and the time in milliseconds.
    fn probe(
        words: &[u8],
        answer: &[u8],
        first: usize,
        step: usize,
    ) -> (Vec<u8>, ProbeResult, u64) {
        let mut probe = Probe::new(Duration::from_secs(3), Instant::ZERO);
        let (mut written, mut due) = (Vec::new(), None);
        for time in 0.. {
            let now = Instant::from_millis(time);
            if let Some(result) = probe.result() {
                return (written, result, time);
            }
            while let Some(bytes) = probe.poll_transmit() {
                let count = bytes.len().min(step);
                written.extend_from_slice(&bytes[..count]);
                probe.handle_transmitted(count, now);
                if written.ends_with(b"\r")
                    && written.iter().filter(|byte| **byte == b'\r').count() >= first
                {
                    due = Some(time + 30);
                }
            }
            if due == Some(time) {
                answer.chunks(step).for_each(|piece| probe.handle_input(piece, now));
            }
            if time % 100 == 0 {
                words.chunks(step).for_each(|piece| probe.handle_input(piece, now));
            }
            if probe.poll_timeout().is_some_and(|timeout| timeout <= now) {
                probe.handle_timeout(now);
            }
        }
        unreachable!("a probe ends")
    }

    #[test]
    fn only_an_answer_to_at_is_speech_and_nothing_but_at_is_written() {
        const NMEA: &[u8] = b"$GPGSV,3,1,11,10,63,137,17*70\r\n";
        for (case, words, answer, first, result, time) in [
            ("an answer", &b""[..], &b"\r\nOK\r\n"[..], 1, ProbeResult::At, 31),
            ("an answer with echo", b"", b"AT\r\r\nOK\r\n", 1, ProbeResult::At, 31),
            ("a refusal", b"", b"\r\nERROR\r\n", 1, ProbeResult::At, 31),
            (
                "announcements, and an answer",
                b"\r\n^RSSI:19\r\n",
                b"\r\nOK\r\n",
                1,
                ProbeResult::At,
                31,
            ),
            ("a modem that wakes up late", b"", b"\r\nOK\r\n", 3, ProbeResult::At, 2032),
            ("silence", b"", b"", 1, ProbeResult::NoResponse, 3001),
            ("an echo and nothing more", b"", b"AT\r", 1, ProbeResult::NoResponse, 3001),
            ("positions", NMEA, b"", 1, ProbeResult::Other, 3001),
            ("announcements alone", b"\r\n^RSSI:19\r\n", b"", 1, ProbeResult::Other, 3001),
            (
                "words that only contain the answer",
                b"$OK,OK*00\r\nNOT OK\r\n",
                b"",
                1,
                ProbeResult::Other,
                3001,
            ),
            ("another speed", b"\xf8\x00\xfe\x80", b"\xe0\xff", 1, ProbeResult::Other, 3001),
        ] {
            for step in [1, 7, 1000] {
                let (written, got, after) = probe(words, answer, first, step);
                assert_eq!((got, after), (result, time), "{case}, {step} at a time");
                assert!(
                    written.chunks(3).all(|line| line == b"AT\r"),
                    "{case}: {}",
                    written.escape_ascii()
                );
                assert!(written.len() <= 9, "{case}: {}", written.escape_ascii());
            }
        }
    }

    #[test]
    fn a_port_that_takes_no_bytes_ends_the_probe_too() {
        let mut probe = Probe::new(Duration::from_secs(3), Instant::ZERO);
        let mut times = 0;
        while let Some(timeout) = probe.poll_timeout() {
            assert!(probe.poll_transmit().is_some());
            probe.handle_timeout(timeout);
            times += 1;
        }
        assert_eq!((probe.result(), times), (Some(ProbeResult::NoResponse), 3));
    }
}
