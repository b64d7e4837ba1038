//! Several channels on one port, through both front-ends, on the simulated modem.

use core::time::Duration;
use std::io;

use modem::at::Instant;
use modem::at::mux::{Dlci, DownReason, Event as MuxEvent, Framing, InitiatorConfig, StartError};
use modem::blocking::{Connector, Modem, Mux, MuxChannel, Port, Reconnecting, SimulatedPort};
use modem::simulator::{Fact, Fault, MuxProfile, Profile, Simulator, Verb};
use modem::{Backoff, Config, Event, MuxError, SendOutcome, Session};
use testkit::{message, truth};

const SECOND: Duration = Duration::from_secs(1);

fn dlci(number: u8) -> Dlci {
    Dlci::new(number).unwrap()
}

fn config(framing: Framing) -> InitiatorConfig {
    let mut config = InitiatorConfig::default();
    config.wishes.framing = framing;
    config
}

fn open(profile: Profile, framing: Framing) -> Result<Mux<SimulatedPort>, MuxError> {
    Mux::open(SimulatedPort::new(Simulator::new(profile)), config(framing))
}

fn ask(port: &mut impl Port, line: &str) -> String {
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        let count = port.write(rest, SECOND).unwrap();
        rest = &rest[count..];
    }
    let (mut answer, mut buffer) = (Vec::new(), [0; 64]);
    while !answer.ends_with(b"OK\r\n") && !answer.ends_with(b"ERROR\r\n") {
        match port.read(&mut buffer, 5 * SECOND) {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend(&buffer[..count]),
        }
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_session_raw_at_and_bytes_share_a_port_in_both_options() {
    for framing in [Framing::Basic, Framing::Advanced] {
        let mux = open(Profile::GENERIC, framing).unwrap();
        let mut modem = Modem::open(mux.channel(dlci(1)).unwrap(), Config::default()).unwrap();
        let mut raw = mux.channel(dlci(2)).unwrap();
        let mut bytes = mux.channel(dlci(3)).unwrap();
        assert_eq!(ask(&mut raw, "AT+CSQ\r"), "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
        let sent = modem.send(&message("Hello")).unwrap();
        assert_eq!(sent.outcome(), SendOutcome::Sent, "{sent:?}");
        let long = "x".repeat(1_000);
        bytes.write(format!("AT+CSQ;{long}\r").as_bytes(), SECOND).unwrap();
        // A message for the session, and none for the others.
        mux.with_port(|port| port.with(|modem, now| modem.deliver("+491715550100", "Hi", now)))
            .unwrap()
            .unwrap();
        let received = core::iter::from_fn(|| modem.next_event(10 * SECOND))
            .any(|event| matches!(event, Event::Received(_)));
        assert!(received);
        let mut rest = [0; 64];
        assert!(raw.read(&mut rest, SECOND).is_err(), "no line on another channel");
        let submitted = mux
            .with_port(|port| {
                truth::count(port.simulator(), |fact| matches!(fact, Fact::Submitted { .. }))
            })
            .unwrap();
        assert_eq!(submitted, 1);
    }
}

#[test]
fn closing_a_channel_leaves_the_others_and_it_can_be_opened_again() {
    let mux = open(Profile::GENERIC, Framing::Basic).unwrap();
    let mut one = mux.channel(dlci(1)).unwrap();
    assert!(matches!(mux.channel(dlci(1)), Err(MuxError::InUse(_))));
    let two = mux.channel(dlci(2)).unwrap();
    drop(two);
    assert!(ask(&mut one, "AT\r").ends_with("OK\r\n"));
    let mut two = mux.channel(dlci(2)).unwrap();
    assert!(ask(&mut two, "AT\r").ends_with("OK\r\n"));
}

#[test]
fn leaving_returns_a_plain_port_and_ends_the_channels() {
    let mux = open(Profile::GENERIC, Framing::Basic).unwrap();
    let mut one = mux.channel(dlci(1)).unwrap();
    let port = mux.close().unwrap();
    assert_eq!(one.read(&mut [0; 8], SECOND).unwrap(), 0, "the channel has ended");
    let mut modem = Modem::open(port, Config::default()).unwrap();
    assert_eq!(modem.signal().unwrap(), Some(-73));
}

#[test]
fn a_stalled_channel_blocks_no_other() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.perform(Verb::Fault(Fault::StopChannel { channel: 2 }), Duration::ZERO).unwrap();
    let mux = Mux::open(SimulatedPort::new(simulator), InitiatorConfig::default()).unwrap();
    let mut modem = Modem::open(mux.channel(dlci(1)).unwrap(), Config::default()).unwrap();
    let mut stalled = mux.channel(dlci(2)).unwrap();
    let mut written = 0;
    while let Ok(count) = stalled.write(&[b'x'; 1_000], SECOND) {
        written += count;
        assert!(written <= 4_096, "the queue is bounded");
    }
    assert_eq!(written, 4_096);
    assert_eq!(modem.send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
}

#[test]
fn profiles_of_vendors_are_taken_as_they_are() {
    let standard = MuxProfile::STANDARD;
    let rows = [
        ("no status", MuxProfile { sends_status: false, ..standard }),
        ("the poll bit in data", MuxProfile { sets_poll_bit: true, ..standard }),
        ("31 octets", MuxProfile { information: 31, ..standard }),
        ("one list", MuxProfile { test: "(0)", ..standard }),
        ("two lists", MuxProfile { test: "(0),(0)", ..standard }),
        (
            "empty lists",
            MuxProfile { test: "(0),(0),,(1-1509),(1-255),(0-5),(2-255),,", ..standard },
        ),
        ("a comma list", MuxProfile { test: "(0,1),(0),(1-6),(1-255)", ..standard }),
        ("lines on channel 1", MuxProfile { urc_channel: Some(1), ..standard }),
    ];
    for (name, mux) in rows {
        let mut profile = Profile::GENERIC;
        profile.mux = mux;
        let mux = open(profile, Framing::Basic).unwrap();
        let mut modem = Modem::open(mux.channel(dlci(1)).unwrap(), Config::default()).unwrap();
        assert_eq!(modem.send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent, "{name}");
    }
}

#[test]
fn channels_beyond_those_of_the_modem_are_refused_and_say_so() {
    let mut profile = Profile::GENERIC;
    profile.mux.channels = 3;
    let mux = open(profile, Framing::Basic).unwrap();
    let error = mux.channel(dlci(4)).unwrap_err();
    assert!(matches!(error, MuxError::Channel(_, modem::at::mux::ClosedReason::Refused)));
    assert_eq!(error.to_string(), "the channel 4 cannot be opened");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::ConnectionRefused);
    mux.channel(dlci(3)).unwrap();
}

#[test]
fn a_modem_without_a_multiplexer_or_that_stays_in_at_mode_says_so() {
    let mut profile = Profile::GENERIC;
    profile.mux = MuxProfile::NONE;
    let error = open(profile, Framing::Basic).unwrap_err();
    assert!(matches!(error, MuxError::Start(StartError::Refused(_))), "{error:?}");
    profile.mux = MuxProfile { stays: true, ..MuxProfile::STANDARD };
    let error = open(profile, Framing::Basic).unwrap_err();
    assert!(matches!(error, MuxError::Down(DownReason::AtMode)), "{error:?}");
}

#[test]
fn a_close_down_of_the_modem_ends_the_channels_and_the_line_multiplexes_again() {
    let mux = open(Profile::GENERIC, Framing::Basic).unwrap();
    let mut one = mux.channel(dlci(1)).unwrap();
    mux.with_port(|port| port.with(|modem, now| modem.perform(Verb::CloseMux, now)))
        .unwrap()
        .unwrap();
    assert_eq!(one.read(&mut [0; 8], 60 * SECOND).unwrap(), 0);
    drop(one);
    let mut one = mux.channel(dlci(1)).unwrap();
    assert!(ask(&mut one, "AT\r").ends_with("OK\r\n"));
    let events: Vec<MuxEvent> = core::iter::from_fn(|| mux.next_event(Duration::ZERO)).collect();
    assert!(events.contains(&MuxEvent::Down(DownReason::ByPeer)), "{events:?}");
}

/// Opens channel 1 again whenever it ends, on the clock of the port.
struct Channels(Mux<SimulatedPort>);

impl Connector for Channels {
    type Port = MuxChannel<SimulatedPort>;

    fn connect(&mut self) -> io::Result<Self::Port> {
        Ok(self.0.channel(dlci(1))?)
    }

    fn now(&self) -> Instant {
        self.0.with_port(|port| Port::now(port)).unwrap()
    }

    fn wait(&mut self, time: Duration) {
        self.0.with_port(|port| port.wait(time)).unwrap();
    }
}

#[test]
fn a_modem_that_restarts_is_found_again_and_keeps_its_session() {
    for words in [&[][..], &[(100, "RDY"), (1_000, "+CFUN: 1")]] {
        let mut profile = Profile::GENERIC;
        profile.boot = words;
        let mux = open(profile, Framing::Basic).unwrap();
        let session = Session::new(Config::default());
        let mut modem = Reconnecting::new(Channels(mux.clone()), session, Backoff::default());
        assert!(modem.ready(60 * SECOND));
        // A test is answered, so that its absence says something.
        while modem.next_event(60 * SECOND).is_some() {}
        mux.with_port(|port| port.with(|modem, now| modem.perform(Verb::Reset, now)))
            .unwrap()
            .unwrap();
        let mut has_closed = false;
        let is_ready = core::iter::from_fn(|| modem.next_event(120 * SECOND)).any(|event| {
            has_closed |= matches!(event, Event::Closed);
            has_closed && matches!(event, Event::Ready)
        });
        assert!(is_ready, "{words:?}");
        assert_eq!(modem.modem().send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
    }
}

#[test]
fn each_lost_or_spoilt_frame_is_repaired_or_reported_by_the_session() {
    for number in 0..40 {
        for fault in [Fault::LoseFrame { number }, Fault::SpoilFrame { number }] {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator.perform(Verb::Fault(fault), Duration::ZERO).unwrap();
            let mux = Mux::open(SimulatedPort::new(simulator), InitiatorConfig::default()).unwrap();
            let session = Session::new(Config::default());
            let mut modem = Reconnecting::new(Channels(mux), session, Backoff::default());
            assert!(modem.ready(300 * SECOND), "frame {number}");
            assert!(modem.modem().send(&message("Hello")).is_ok());
        }
    }
}

#[test]
fn a_dialogue_that_dies_while_tests_are_answered_is_noticed_by_the_session_and_opened_again() {
    let mux = open(Profile::GENERIC, Framing::Basic).unwrap();
    let session = Session::new(Config::default());
    let mut modem = Reconnecting::new(Channels(mux.clone()), session, Backoff::default());
    assert!(modem.ready(60 * SECOND));
    let mut other = mux.channel(dlci(2)).unwrap();
    assert!(ask(&mut other, "ATE0\r").ends_with("OK\r\n"));
    let fault = Verb::Fault(Fault::MuteChannel { channel: 1 });
    mux.with_port(|port| port.with(|modem, now| modem.perform(fault, now))).unwrap().unwrap();
    assert_eq!(modem.modem().send(&message("Hello")).unwrap().outcome(), SendOutcome::Failed);
    let mut has_closed = false;
    let is_ready = core::iter::from_fn(|| modem.next_event(300 * SECOND)).any(|event| {
        has_closed |= matches!(event, Event::Closed);
        has_closed && matches!(event, Event::Ready)
    });
    assert!(is_ready);
    assert_eq!(modem.modem().send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
    assert_eq!(ask(&mut other, "AT\r"), "\r\nOK\r\n", "the other channel was never closed");
    let events: Vec<MuxEvent> = core::iter::from_fn(|| mux.next_event(Duration::ZERO)).collect();
    assert!(!events.iter().any(|event| matches!(event, MuxEvent::Down(_))), "{events:?}");
}

#[cfg(unix)]
#[test]
fn owners_in_several_threads_do_not_wait_for_each_other() {
    use std::os::unix::net::UnixStream;

    use modem::blocking::StreamPort;

    let (host, mut far) = UnixStream::pair().unwrap();
    let started = std::time::Instant::now();
    let serving = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut simulator = Simulator::new(Profile::GENERIC);
        far.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let mut buffer = [0; 4_096];
        loop {
            match far.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    simulator.handle_input(&buffer[..count], started.elapsed());
                }
                Err(_) => simulator.handle_timeout(started.elapsed()),
            }
            while let Some(bytes) = simulator.poll_transmit() {
                if far.write_all(&bytes).is_err() {
                    return;
                }
            }
        }
    });
    let mux = Mux::open(StreamPort::new(host), InitiatorConfig::default()).unwrap();
    let owners: Vec<_> = (1..=4)
        .map(|number| {
            let mut channel = mux.channel(dlci(number)).unwrap();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    assert!(ask(&mut channel, "AT+CSQ\r").ends_with("OK\r\n"));
                }
            })
        })
        .collect();
    owners.into_iter().for_each(|owner| owner.join().unwrap());
    drop(mux.close().unwrap());
    serving.join().unwrap();
}

mod tokio_front {
    use modem::Backoff;
    use modem::tokio::{Modem, Mux, SimulatedStream};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{
        Config, Dlci, Duration, Event, Fault, Framing, MuxError, MuxProfile, Profile, SECOND,
        SendOutcome, Session, Simulator, StartError, Verb, config, dlci, message,
    };

    #[tokio::test(start_paused = true)]
    async fn a_session_and_raw_at_share_a_stream_in_both_options() {
        for framing in [Framing::Basic, Framing::Advanced] {
            let (stream, simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
            let mux = Mux::open(stream, config(framing)).await.unwrap();
            let channel = mux.channel(Dlci::FIRST).await.unwrap();
            let (modem, mut inbox) = Modem::open(channel, Config::default()).await.unwrap();
            let mut raw = mux.channel(dlci(2)).await.unwrap();
            raw.write_all(b"ATE0\rAT\r").await.unwrap();
            raw.flush().await.unwrap();
            let mut answer = [0; 17];
            raw.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"ATE0\r\r\nOK\r\n\r\nOK\r\n");
            assert_eq!(modem.send(&message("Hello")).await.unwrap().outcome(), SendOutcome::Sent);
            simulator.with(|modem, now| modem.deliver("+491715550100", "Hi", now)).unwrap();
            while !matches!(inbox.next().await.unwrap(), Event::Received(_)) {}
            assert!(matches!(mux.channel(dlci(2)).await, Err(MuxError::InUse(_))));
            raw.shutdown().await.unwrap();
            assert_eq!(raw.read(&mut answer).await.unwrap(), 0);
            mux.close().await.unwrap();
            assert!(mux.channel(dlci(3)).await.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_channel_blocks_no_other_and_the_driver_returns_a_plain_stream() {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.perform(Verb::Fault(Fault::StopChannel { channel: 2 }), Duration::ZERO).unwrap();
        let (stream, _simulator) = SimulatedStream::new(simulator);
        let (mux, driver) = Mux::with_driver(stream, config(Framing::Basic));
        let driver = tokio::spawn(driver);
        mux.up().await.unwrap();
        let mut stalled = mux.channel(dlci(2)).await.unwrap();
        let write = stalled.write_all(&[b'x'; 10_000]);
        assert!(tokio::time::timeout(5 * SECOND, write).await.is_err());
        let channel = mux.channel(Dlci::FIRST).await.unwrap();
        let (modem, _inbox) = Modem::open(channel, Config::default()).await.unwrap();
        assert_eq!(modem.send(&message("Hello")).await.unwrap().outcome(), SendOutcome::Sent);
        mux.close().await.unwrap();
        let stream = driver.await.unwrap().unwrap();
        let (modem, _inbox) = Modem::open(stream, Config::default()).await.unwrap();
        assert_eq!(modem.signal().await.unwrap(), Some(-73));
    }

    #[tokio::test(start_paused = true)]
    async fn a_modem_that_restarts_is_found_again() {
        let (stream, simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let mux = Mux::open(stream, config(Framing::Basic)).await.unwrap();
        let lines = mux.clone();
        let open = move || {
            let mux = lines.clone();
            async move { Ok(mux.channel(Dlci::FIRST).await?) }
        };
        let session = Session::new(Config::default());
        let (modem, mut inbox) = Modem::reconnecting(open, session, Backoff::default());
        assert!(modem.ready(60 * SECOND).await);
        tokio::time::sleep(60 * SECOND).await;
        simulator.with(|modem, now| modem.perform(Verb::Reset, now)).unwrap();
        let again = async {
            while !matches!(inbox.next().await, Some(Event::Closed)) {}
            while !matches!(inbox.next().await, Some(Event::Ready)) {}
        };
        tokio::time::timeout(300 * SECOND, again).await.unwrap();
        assert_eq!(modem.send(&message("Hello")).await.unwrap().outcome(), SendOutcome::Sent);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_handle_or_channel_ends_the_driver_which_returns_a_plain_stream() {
        let (stream, _simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let (mux, driver) = Mux::with_driver(stream, config(Framing::Basic));
        let mut driver = tokio::spawn(driver);
        mux.up().await.unwrap();
        let channel = mux.channel(Dlci::FIRST).await.unwrap();
        drop(mux);
        let running = tokio::time::timeout(5 * SECOND, &mut driver).await;
        assert!(running.is_err(), "a channel keeps the line");
        drop(channel);
        let stream = driver.await.unwrap().unwrap();
        let (modem, _inbox) = Modem::open(stream, Config::default()).await.unwrap();
        assert_eq!(modem.signal().await.unwrap(), Some(-73));
    }

    #[tokio::test(start_paused = true)]
    async fn a_modem_without_a_multiplexer_says_so() {
        let mut profile = Profile::GENERIC;
        profile.mux = MuxProfile::NONE;
        let (stream, _simulator) = SimulatedStream::new(Simulator::new(profile));
        let error = Mux::open(stream, config(Framing::Basic)).await.unwrap_err();
        assert!(matches!(error, MuxError::Start(StartError::Refused(_))), "{error:?}");
    }
}
