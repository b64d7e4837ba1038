//! Links that end in other ways than a closed port, and wrappers of a link, through both
//! front-ends.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use modem::blocking::{self, Port, SimulatedPort};
use modem::simulator::{Fact, Profile, Simulator};
use modem::{
    Config, Error, ErrorKind, Event, NotOpened, SendOutcome, Session, WireLine, tokio as front,
};
use testkit::faulty::{self, Behaviour, Faulty};
use testkit::{message, paused_runtime, truth};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn check(front: &str, behaviour: Behaviour, error: &Error) {
    assert_eq!(error.kind(), &ErrorKind::Closed, "{front}: {behaviour:?}");
    let cause = error.link_error().map(ToString::to_string);
    let expected = (behaviour != Behaviour::AcceptsNothing).then_some(faulty::ERROR);
    assert_eq!(cause.as_deref(), expected, "{front}: {behaviour:?}");
}

#[test]
fn a_link_that_fails_to_read_to_take_bytes_or_to_pass_them_on_has_ended() {
    for behaviour in [Behaviour::FailsToRead, Behaviour::AcceptsNothing] {
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        let (port, switch) = Faulty::new(port);
        let mut modem = blocking::Modem::open(port, Config::default()).unwrap();
        switch.set(behaviour);
        check("blocking", behaviour, &modem.raw("AT+CSQ").unwrap_err());
        assert!(modem.session().is_closed());
    }
    for behaviour in [Behaviour::FailsToRead, Behaviour::AcceptsNothing, Behaviour::FailsToFlush] {
        paused_runtime().block_on(async {
            let (stream, _simulator) =
                front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
            let (stream, switch) = Faulty::new(stream);
            let (modem, mut inbox) = front::Modem::open(stream, Config::default()).await.unwrap();
            switch.set(behaviour);
            check("tokio", behaviour, &modem.raw("AT+CSQ").await.unwrap_err());
            while inbox.next().await.is_some() {}
        });
    }
}

/// Keeps the lines that it receives.
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
    // The port continues where it was.
    port.write(b"N?\r", Duration::ZERO).unwrap();
    let mut simulator = port.into_inner();
    assert!(matches!(simulator.take_truth().last().unwrap().fact, Fact::Closed));
}

#[test]
fn a_log_shows_its_last_line_when_the_stream_is_taken_back_and_passes_its_end_on() {
    paused_runtime().block_on(async {
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
    let opener = blocking::Opener::new(|| -> io::Result<SimulatedPort> {
        Err(io::ErrorKind::NotFound.into())
    });
    let session = Session::new(Config::default());
    let mut modem = blocking::Reconnecting::new(opener, session, modem::Backoff::default());
    let printed = format!("{modem:?}");
    assert!(printed.starts_with("Reconnecting { connector: Opener { .. }, "), "{printed}");
    assert!(modem.modem().port().port().is_none());
    paused_runtime().block_on(async {
        let (stream, _simulator) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let trace = front::Trace::new(stream, |_: WireLine| {});
        assert!(format!("{trace:?}").starts_with("Trace { stream: SimulatedStream"));
        let session = Session::new(Config::default());
        let (modem, inbox, driver, _) = front::Modem::with_driver(trace, session);
        assert_eq!(
            format!("{modem:?}, {inbox:?}, {driver:?}"),
            "Modem { .. }, Inbox { modem: Modem { .. } }, Driver { .. }"
        );
    });
}

/// A port that is still there after its modem.
struct Lent<'a>(&'a mut SimulatedPort);

impl Port for Lent<'_> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.0.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.0.write(bytes, within)
    }

    fn now(&self) -> modem::at::Instant {
        self.0.now()
    }
}

/// The session that outlives an opening over a link that breaks after so many bytes of the modem,
/// and the number of messages that the network took; `None` if the opening succeeds.
fn not_opened(through: &str, after: usize) -> Option<(NotOpened, usize)> {
    let mut simulator = Simulator::new(Profile::GENERIC);
    let fault = format!("fault disconnect {after}");
    simulator.perform(fault.parse().unwrap(), Duration::ZERO).unwrap();
    let mut session = Session::new(Config::default());
    session.enqueue(&message("Hello"), modem::at::Instant::ZERO).unwrap();
    let sent = |simulator: &Simulator| truth::submitted(simulator).len();
    match through {
        "blocking" => {
            let mut port = SimulatedPort::new(simulator);
            let not_opened = blocking::Modem::open_session(Lent(&mut port), session).err()?;
            Some((not_opened, sent(port.simulator())))
        }
        _ => paused_runtime().block_on(async {
            let (stream, handle) = front::SimulatedStream::new(simulator);
            let not_opened = front::Modem::open_session(stream, session).await.err()?;
            Some((not_opened, handle.with(|simulator, _| sent(simulator))))
        }),
    }
}

#[test]
fn a_session_outlives_an_opening_that_fails_with_the_outcome_of_a_message_that_has_left() {
    for through in ["blocking", "tokio"] {
        let (mut waited, mut left) = (0, 0);
        for after in (20..1_000).step_by(20) {
            let Some((mut not_opened, sent)) = not_opened(through, after) else {
                continue;
            };
            assert_eq!(*not_opened.error.kind(), ErrorKind::Closed, "{through} {after}");
            let outcomes = core::iter::from_fn(|| not_opened.session.poll_event());
            let outcome = { outcomes }.find_map(|event| match event {
                Event::SendFinished(result) => Some(result.outcome()),
                _ => None,
            });
            if not_opened.session.waiting().next().is_some() {
                assert_eq!((sent, outcome), (0, None), "{through} {after}");
                waited += 1;
            } else {
                let known = matches!(outcome, Some(SendOutcome::Sent | SendOutcome::Unknown));
                assert!(known, "{through} {after}: {outcome:?}");
                left += usize::from(sent == 1);
            }
        }
        assert!(waited > 3 && left > 3, "{through}: {waited} waited, {left} left");
    }
}
