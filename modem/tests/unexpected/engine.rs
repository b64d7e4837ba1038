//! Modems that speak at the wrong time: old bytes, results that come too early, a restart during a
//! command, a listing that takes minutes.

use core::time::Duration;
use std::io;

use modem::at::Instant;
use modem::blocking::{Modem, Port, SimulatedPort};
use modem::gsm7::charset::Charset;
use modem::simulator::{Memory, Profile, Simulator};
use modem::{Config, ErrorKind, Event, PartOutcome, Receive, SendResult};
use testkit::message;

/// A port to a simulated modem that meddles with the dialogue.
#[derive(Debug)]
struct Meddling {
    port: SimulatedPort,
    /// Bytes that wait in the port.
    waiting: Vec<u8>,
    /// The bytes that follow a write of this beginning; the modem does not get that write if
    /// `lost`.
    after: Option<After>,
    /// The time of one byte on the line.
    byte_time: Duration,
    written: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct After {
    written: &'static [u8],
    says: &'static [u8],
    lost: bool,
}

impl Meddling {
    fn new(simulator: Simulator) -> Self {
        Self {
            port: SimulatedPort::new(simulator),
            waiting: Vec::new(),
            after: None,
            byte_time: Duration::ZERO,
            written: Vec::new(),
        }
    }

    fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.written).split('\r').map(str::to_owned).collect()
    }
}

impl Port for Meddling {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        if !self.waiting.is_empty() {
            let count = self.waiting.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.waiting[..count]);
            self.waiting.drain(..count);
            return Ok(count);
        }
        if self.byte_time.is_zero() {
            return self.port.read(buffer, within);
        }
        let most = buffer.len().min(64);
        let count = self.port.read(&mut buffer[..most], within)?;
        self.port.wait(self.byte_time * u32::try_from(count).unwrap());
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let after = self.after.take_if(|after| bytes.starts_with(after.written));
        if let Some(After { says, lost, .. }) = after {
            self.waiting.extend(says);
            if lost {
                return Ok(bytes.len());
            }
        }
        let count = self.port.write(bytes, within)?;
        self.written.extend(&bytes[..count]);
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

fn open(simulator: Simulator, config: Config) -> Modem<Meddling> {
    let mut modem = Modem::open(Meddling::new(simulator), config).unwrap();
    while modem.next_event(Duration::from_secs(5)).is_some() {}
    modem
}

fn standard() -> Modem<Meddling> {
    open(Simulator::new(Profile::GENERIC), Config::default())
}

/// Sends a message, and returns its result and the time that it took.
fn sent(modem: &mut Modem<Meddling>) -> (SendResult, Duration) {
    let started = modem.port().now();
    modem.enqueue(&message("Hello")).unwrap();
    loop {
        if let Some(Event::SendFinished(result)) = modem.next_event(Duration::from_secs(300)) {
            return (result, modem.port().now().saturating_duration_since(started));
        }
    }
}

const OLD: [&str; 5] = ["OK\r\n", "ERROR\r\n", "+CMS ERROR: 500\r\n", "> \r\n", "+CSQ: 1,1\r\n"];

#[test]
fn what_lies_unread_in_the_port_is_not_the_result_of_the_next_command() {
    let own = standard().raw("AT+CSQ").unwrap();
    for old in OLD {
        // The rest of an old line may come after the command.
        for cut in 1..=old.len() {
            let mut modem = standard();
            let (before, rest) = old.split_at(cut);
            let port = modem.port();
            port.waiting.extend(before.as_bytes());
            port.after = Some(After { written: b"AT+CSQ", says: rest.as_bytes(), lost: false });
            let lines = modem.raw("AT+CSQ").unwrap();
            assert_eq!(lines, own, "{old:?} {cut}");

            let port = modem.port();
            port.waiting.extend(before.as_bytes());
            port.after = Some(After { written: b"AT+CMGS", says: rest.as_bytes(), lost: false });
            let (result, _) = sent(&mut modem);
            let outcome = &result.parts[0].outcome;
            assert!(matches!(outcome, PartOutcome::Sent { .. }), "{old:?} {cut}: {outcome:?}");
        }
    }
}

#[test]
fn a_port_that_never_falls_silent_does_not_keep_a_command_back() {
    /// A port in which something always waits.
    struct Noisy(Meddling);
    impl Port for Noisy {
        fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
            self.0.read(buffer, within)
        }

        fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.waiting.extend(b"\r\n^RSSI:14\r\n");
            self.0.read(buffer, Duration::ZERO)
        }

        fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
            self.0.write(bytes, within)
        }

        fn now(&self) -> Instant {
            self.0.now()
        }
    }
    let simulator = Simulator::new(Profile::GENERIC);
    let mut modem = Modem::open(Noisy(Meddling::new(simulator)), Config::default()).unwrap();
    assert_eq!(modem.raw("AT+CSQ").unwrap(), standard().raw("AT+CSQ").unwrap());
}

/// As an MC7455 answers.
#[test]
fn an_ok_that_follows_the_prompt_ends_the_command_before_it_has_the_message() {
    let mut modem = standard();
    modem.port().after =
        Some(After { written: b"AT+CMGS=", says: b"\r\n> \r\nOK\r\n", lost: true });
    let (result, took) = sent(&mut modem);
    let PartOutcome::Failed { error } = &result.parts[0].outcome else {
        panic!("{:?}", result.parts[0].outcome)
    };
    assert_eq!(*error.kind(), ErrorKind::Ended);
    let sentence = "the modem ended the command before it had the message: try again";
    assert!(error.to_string().contains(sentence), "{error}");
    assert!(error.is_temporary() && took < Duration::from_secs(3), "{took:?}");
    let escapes = modem.port().written.iter().filter(|&&byte| byte == 0x1B).count();
    assert_eq!(escapes, 1, "the prompt is closed");
    let (result, _) = sent(&mut modem);
    assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }));
}

#[test]
fn a_command_that_asks_for_a_payload_says_so() {
    let mut modem = standard();
    let error = modem.raw("AT+CMGS=18").unwrap_err();
    assert!(error.to_string().contains("the modem asks for a payload"), "{error}");
}

#[test]
fn a_restart_while_a_message_is_sent_leaves_it_unknown_at_once() {
    let mut modem = standard();
    let says = b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS Ready\r\n";
    modem.port().after = Some(After { written: b"\x1a", says, lost: true });
    let started = modem.port().now();
    modem.enqueue(&message("Hello")).unwrap();
    let (mut seen, mut result) = (Vec::new(), None);
    while let Some(event) = modem.next_event(Duration::from_secs(20)) {
        match event {
            Event::Restarted(words) => seen.push(format!("restarted {}", words.unwrap())),
            Event::Ready => seen.push("ready".into()),
            Event::SendFinished(report) => {
                let took = modem.port().now().saturating_duration_since(started);
                assert!(took < Duration::from_secs(1), "{took:?}");
                seen.push("finished".into());
                result = Some(report);
            }
            _ => {}
        }
    }
    assert_eq!(seen, ["restarted RDY", "finished", "ready"]);
    let result = result.unwrap();
    let PartOutcome::Unknown { error } = &result.parts[0].outcome else {
        panic!("{:?}", result.parts[0].outcome)
    };
    assert!(error.to_string().contains("the modem restarted during the command"), "{error}");
}

/// The settings that the rest of a procedure relies on are lost, such as the selected memory.
#[test]
fn a_restart_ends_the_procedure_under_way() {
    let mut modem = standard();
    let before = modem.port().lines().len();
    modem.port().after =
        Some(After { written: b"AT+CMGL", says: b"\r\n^SYSSTART\r\n", lost: true });
    let error = modem.messages().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Restarted, "{error}");
    while modem.next_event(Duration::from_secs(5)).is_some() {}
    let lines = modem.port().lines().split_off(before);
    let first = lines.iter().position(|line| line == "ATE0").unwrap();
    let early = &lines[..first];
    assert!(!early.iter().any(|line| line.starts_with("AT+CMGR")), "{early:?}");
    assert!(modem.session().is_ready());
}

#[test]
fn a_restart_ends_the_wait_for_a_ussd_reply() {
    let mut modem = standard();
    modem.port().after =
        Some(After { written: b"AT+CUSD=1", says: b"\r\nOK\r\n\r\nRDY\r\n", lost: true });
    let started = modem.port().now();
    let error = modem.ussd("*100#").unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Restarted, "{error}");
    let took = modem.port().now().saturating_duration_since(started);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_listing_that_takes_minutes_is_not_cut() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_slots(Memory::Sm, 255);
    let text = "0123456789".repeat(16);
    for _ in 0..250 {
        simulator.deliver("+491715550100", &text, Duration::ZERO).unwrap();
    }
    let mut config = Config::default();
    config.receive = Receive::Kept;
    let mut port = Meddling::new(simulator);
    // 9600 baud.
    port.byte_time = Duration::from_micros(1_042);
    let mut modem = Modem::open(port, config).unwrap();
    let started = modem.port().now();
    let mut received = 0;
    while let Some(event) = modem.next_event(Duration::from_secs(200)) {
        received += usize::from(matches!(event, Event::Received(_)));
        assert!(!matches!(event, Event::Resynchronised { .. }), "{event:?}");
        if received == 250 {
            break;
        }
    }
    let took = modem.port().now().saturating_duration_since(started);
    assert_eq!(received, 250);
    assert!(took > Duration::from_secs(80) && took < Duration::from_secs(150), "{took:?}");
    let lines = modem.port().lines();
    assert!(!lines.iter().any(|line| line.starts_with("AT+CMGR")), "{lines:?}");
}

/// 3GPP TS 23.038, 6.2.1: `ò` is 0x08, which is a backspace for the editing of command lines.
#[test]
fn no_control_character_enters_a_command_line() {
    for (charset, code) in [
        (Charset::Gsm, "*100#\u{f2}\u{f2}\u{f2}\u{f2}"),
        (Charset::Gsm, "*100*\u{e0}@#"),
        (Charset::Ira, "*100#\u{8}\u{8}"),
        (Charset::Ira, "*100#\u{7f}"),
        (Charset::Ira, "*100#\"\r+CMGD=1,4\r"),
    ] {
        let mut config = Config::default();
        config.character_set = Some(charset);
        let mut modem = open(Simulator::new(Profile::GENERIC), config);
        let before = modem.port().written.len();
        let error = modem.ussd(code).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsafe(_) | ErrorKind::Text(_)), "{error}");
        assert_eq!(modem.port().written.len(), before, "{code:?}");
    }
    // Hexadecimal characters are safe.
    let mut config = Config::default();
    config.character_set = Some(Charset::Ucs2);
    let mut modem = open(Simulator::new(Profile::GENERIC), config);
    let before = modem.port().written.len();
    let _ = modem.ussd("*100#\u{f2}");
    let written = modem.port().written.split_off(before);
    assert!(String::from_utf8_lossy(&written).contains("002A003100300030002300F2"));
    let mut modem = standard();
    assert!(modem.raw("AT+COPS=1,0,\"abc\u{8}\u{8}\"").is_err());
}

/// A timeout comes from the configuration, and may be of any size.
#[test]
fn a_timeout_beyond_the_clock_is_not_an_overflow() {
    let mut config = Config::default();
    config.send_timeout = Duration::MAX;
    let mut modem = open(Simulator::new(Profile::GENERIC), config.clone());
    assert!(matches!(sent(&mut modem).0.parts[0].outcome, PartOutcome::Sent { .. }));
    for (front, open) in testkit::FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), config.clone()).unwrap();
        let outcome = modem.send(&message("Hello")).unwrap().outcome();
        assert_eq!(outcome, modem::SendOutcome::Sent, "{front}");
    }
}

#[cfg(feature = "tokio")]
mod stream {
    //! The same over a stream that is not ready to be written to.

    use alloc::sync::Arc;
    use core::pin::Pin;
    use core::task::{Context, Poll};
    use std::io;
    use std::sync::Mutex;

    use modem::Config;
    use modem::simulator::{Profile, Simulator};
    use modem::tokio::{Modem, SimulatedStream};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// The bytes that a stream brings before it takes a command line, and the part of the line that
    /// it takes before them.
    #[derive(Debug, Default)]
    struct Plan {
        old: Vec<u8>,
        taken: usize,
        waiting: Vec<u8>,
    }

    struct Meddling {
        stream: SimulatedStream,
        plan: Arc<Mutex<Plan>>,
    }

    impl AsyncRead for Meddling {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let waiting = core::mem::take(&mut self.plan.lock().unwrap().waiting);
            if waiting.is_empty() {
                return Pin::new(&mut self.stream).poll_read(context, buffer);
            }
            buffer.put_slice(&waiting);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Meddling {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let mut count = bytes.len();
            {
                let mut plan = self.plan.lock().unwrap();
                if bytes.starts_with(b"AT+CSQ") && !plan.old.is_empty() {
                    plan.waiting = core::mem::take(&mut plan.old);
                    count = plan.taken;
                    context.waker().wake_by_ref();
                }
            }
            if count == 0 {
                return Poll::Pending;
            }
            Pin::new(&mut self.stream).poll_write(context, &bytes[..count])
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

    #[test]
    fn bytes_that_come_before_the_stream_takes_the_whole_line_are_not_its_result() {
        testkit::paused_runtime().block_on(async {
            for old in super::OLD {
                for cut in 1..=old.len() {
                    for taken in [0, 1, 6] {
                        let (stream, _simulator) =
                            SimulatedStream::new(Simulator::new(Profile::GENERIC));
                        let plan = Arc::<Mutex<Plan>>::default();
                        let stream = Meddling { stream, plan: Arc::clone(&plan) };
                        let (modem, _inbox) = Modem::open(stream, Config::default()).await.unwrap();
                        let own = modem.raw("AT+CSQ").await.unwrap();
                        *plan.lock().unwrap() =
                            Plan { old: old[..cut].into(), taken, ..Plan::default() };
                        let lines = modem.raw("AT+CSQ").await.unwrap();
                        assert_eq!(lines, own, "{old:?} {cut} {taken}");
                    }
                }
            }
        });
    }
}
