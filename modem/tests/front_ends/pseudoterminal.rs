//! Serial ports of the operating system, as pseudoterminals: locks, loss, and recovery.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::error::Error as _;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use modem::blocking::{self, Opener, Reconnecting};
use modem::simulator::{Profile, Simulator};
use modem::{Backoff, Config, ErrorKind, Event, OpenError, Session, tokio as front};
use serialport::{SerialPort, TTYPort};

/// The longest wait, many times what a slow and busy machine needs.
const WITHIN: Duration = Duration::from_secs(120);

/// A pseudoterminal: the modem's side, and the name of the host's side.
fn pair() -> (TTYPort, String) {
    let (master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    (master, name)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_port_that_is_open_cannot_be_opened_again_and_can_be_once_it_is_closed() {
    let (_master, name) = pair();
    let runtime = runtime();
    let _guard = runtime.enter();
    let check = |error: OpenError| {
        let text = error.to_string();
        assert!(matches!(error, OpenError::Busy { .. }), "{text}");
        assert!(text.starts_with(&format!("the port {name} is in use")), "{text}");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::ResourceBusy);
    };
    let first = blocking::open_serial(&name, 115_200).unwrap();
    check(blocking::open_serial(&name, 115_200).unwrap_err());
    check(front::open_serial(&name, 115_200).unwrap_err());
    drop(first);
    let first = front::open_serial(&name, 115_200).unwrap();
    check(blocking::open_serial(&name, 115_200).unwrap_err());
    drop(first);
    blocking::open_serial(&name, 115_200).unwrap();
}

#[test]
fn what_is_not_a_port_is_named_in_one_sentence() {
    let missing = blocking::open_serial("/dev/no-such-port", 115_200).unwrap_err();
    assert!(matches!(missing, OpenError::NotFound { .. }), "{missing}");
    let file = blocking::open_serial(file!().trim_start_matches("modem/"), 115_200).unwrap_err();
    assert!(
        matches!(file, OpenError::Unusable { .. })
            && file.to_string().contains("is not a usable serial port"),
        "{file}"
    );
    let error = io::Error::from(missing);
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().starts_with("there is no port /dev/no-such-port"), "{error}");
}

/// A stick with a simulated modem, which can be unplugged and plugged in again. Its name stays, and
/// leads to another pseudoterminal each time.
struct Stick {
    link: PathBuf,
    running: Arc<AtomicBool>,
    modem: Option<JoinHandle<Simulator>>,
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl Stick {
    fn new() -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let link =
            std::env::temp_dir().join(format!("modem-stick-{}-{number}", std::process::id()));
        let mut stick = Self { link, running: Arc::default(), modem: None };
        stick.plug_in(Simulator::new(Profile::GENERIC), pair());
        stick
    }

    fn name(&self) -> &str {
        self.link.to_str().unwrap()
    }

    fn plug_in(&mut self, simulator: Simulator, (master, name): (TTYPort, String)) {
        let _ = std::fs::remove_file(&self.link);
        symlink(&name, &self.link).unwrap();
        self.running = Arc::new(AtomicBool::new(true));
        let running = Arc::clone(&self.running);
        self.modem = Some(std::thread::spawn(move || serve(master, simulator, &running)));
    }

    fn pull_out(&mut self) -> Simulator {
        std::fs::remove_file(&self.link).unwrap();
        self.running.store(false, Ordering::SeqCst);
        self.modem.take().unwrap().join().unwrap()
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        self.running.store(false, Ordering::SeqCst);
        let _ = std::fs::remove_file(&self.link);
    }
}

fn serve(mut master: TTYPort, mut simulator: Simulator, running: &AtomicBool) -> Simulator {
    let started = Instant::now();
    master.set_timeout(Duration::from_millis(2)).unwrap();
    simulator.handle_opened(Duration::ZERO);
    let mut buffer = [0; 4096];
    while running.load(Ordering::SeqCst) {
        let now = started.elapsed();
        // Nobody has opened the host's side yet, or nothing arrives.
        let count = master.read(&mut buffer).unwrap_or_default();
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            let taken = simulator.handle_input(rest, now);
            rest = &rest[taken..];
        }
        simulator.handle_timeout(now);
        while let Some(bytes) = simulator.poll_transmit() {
            master.write_all(&bytes).unwrap();
        }
    }
    simulator.handle_closed(started.elapsed());
    simulator
}

#[test]
fn a_stick_that_is_pulled_out_and_plugged_in_is_found_again_by_its_stable_name() {
    let mut stick = Stick::new();
    let name = stick.name().to_string();
    let opener = Opener::new(move || Ok(blocking::open_serial(&name, 115_200)?));
    let backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(40));
    let mut modem = Reconnecting::new(opener, Session::new(Config::default()), backoff);
    assert!(modem.ready(WITHIN));
    let first = Path::new(stick.name()).canonicalize().unwrap();

    // Created before the first one is gone, it has another number.
    let next = pair();
    let simulator = stick.pull_out();
    let error = modem.modem().raw("AT+CSQ").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed, "{error}");
    assert!(error.source().unwrap().downcast_ref::<io::Error>().is_some(), "{error}");
    let mut reasons = Vec::new();
    while reasons.len() < 3 {
        if let Event::Reconnecting { reason, .. } = modem.next_event(WITHIN).unwrap() {
            reasons.push(reason.to_string());
        }
    }
    assert!(reasons[1].starts_with("there is no port"), "{reasons:?}");

    stick.plug_in(simulator, next);
    assert!(modem.ready(WITHIN));
    assert_ne!(Path::new(stick.name()).canonicalize().unwrap(), first);
    assert_eq!(modem.modem().raw("AT+CSQ").unwrap(), ["+CSQ: 20,99"]);
}

#[test]
fn a_stick_is_found_again_by_its_stable_name_by_the_async_front_end_too() {
    let mut stick = Stick::new();
    let name = stick.name().to_string();
    let open =
        move || core::future::ready(front::open_serial(&name, 115_200).map_err(io::Error::from));
    let backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(40));
    runtime().block_on(async {
        let (modem, mut inbox) =
            front::Modem::reconnecting(open, Session::new(Config::default()), backoff);
        assert!(modem.ready(WITHIN).await);
        let next = pair();
        let simulator = stick.pull_out();
        while !matches!(inbox.next().await, Some(Event::Reconnecting { attempt: 2.., .. })) {}
        assert_eq!(modem.raw("AT+CSQ").await.unwrap_err().kind(), &ErrorKind::Closed);
        stick.plug_in(simulator, next);
        assert!(modem.ready(WITHIN).await);
        assert_eq!(modem.raw("AT+CSQ").await.unwrap(), ["+CSQ: 20,99"]);
        modem.close();
        while inbox.next().await.is_some() {}
    });
}
