//! A simulated modem for programs: at the other end of any number of TCP connections, one after the
//! other.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use modem::pdu::{Envelope, Submit};
use modem::simulator::{Date, Fact, Profile, Simulator};

pub(crate) struct Served {
    simulator: Arc<Mutex<Simulator>>,
    started: Instant,
    is_over: Arc<AtomicBool>,
    cuts: Arc<AtomicBool>,
    pub(crate) address: String,
    thread: Option<thread::JoinHandle<()>>,
}

impl Served {
    /// A modem with its own SIM.
    pub(crate) fn new(index: usize) -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_card(
            &format!("26201900000000{index}"),
            &format!("894902000000000000{index}"),
            &format!("+49171555020{index}"),
        );
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        simulator.set_date(Date::from_unix(now.try_into().unwrap(), 4));
        simulator.set_report_delay(Some(Duration::from_millis(20)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let simulator = Arc::new(Mutex::new(simulator));
        let (started, is_over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let (shared, over) = (Arc::clone(&simulator), Arc::clone(&is_over));
        let cuts = Arc::new(AtomicBool::new(false));
        let cutting = Arc::clone(&cuts);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                serve(stream.unwrap(), &shared, &cutting, started);
            }
        });
        Self { simulator, started, is_over, cuts, address, thread: Some(thread) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap()
    }

    /// A subscriber writes to the SIM of this modem.
    pub(crate) fn deliver(&self, from: &str, text: &str) {
        let now = self.started.elapsed();
        self.lock().deliver(from, text, now).unwrap();
    }

    /// Breaks the connection once the network has taken the next part, before the answer.
    pub(crate) fn cut_after_next(&self) {
        self.cuts.store(true, Ordering::SeqCst);
    }

    /// The network reports that the message with this reference was delivered.
    pub(crate) fn report(&self, reference: u8) {
        let now = self.started.elapsed();
        self.lock().report(reference, 0, now).unwrap();
    }

    /// The references of the parts that the network has taken, in order.
    pub(crate) fn references(&self) -> Vec<u8> {
        references(&self.lock())
    }

    /// The texts of the parts that the network has taken, in order.
    pub(crate) fn submitted(&self) -> Vec<String> {
        let text = |fact: &Fact| match fact {
            Fact::Submitted { tpdu, .. } => {
                let octets = [&[0], tpdu.as_slice()].concat();
                let submit = Envelope::<Submit>::decode(&octets).unwrap().value.tpdu;
                Some(submit.text().unwrap_or_default())
            }
            _ => None,
        };
        self.lock().truth().iter().filter_map(|entry| text(&entry.fact)).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
        if let Some(thread) = self.thread.take() {
            // A test that fails has its own message.
            let _ = thread.join();
        }
    }
}

/// Moves bytes between a program and the modem, until the connection ends.
fn serve(mut stream: TcpStream, simulator: &Mutex<Simulator>, cuts: &AtomicBool, started: Instant) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    simulator.lock().unwrap().handle_opened(started.elapsed());
    let mut buffer = [0; 4096];
    let mut before = references(&simulator.lock().unwrap()).len();
    loop {
        let read = stream.read(&mut buffer);
        let mut simulator = simulator.lock().unwrap();
        match read {
            Ok(0) => break,
            Ok(count) => drop(simulator.handle_input(&buffer[..count], started.elapsed())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                simulator.handle_timeout(started.elapsed());
            }
            Err(_) => break,
        }
        let count = references(&simulator).len();
        if count > before && cuts.swap(false, Ordering::SeqCst) {
            break;
        }
        before = count;
        while let Some(bytes) = simulator.poll_transmit() {
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
    }
    simulator.lock().unwrap().handle_closed(started.elapsed());
}

/// The references of the parts that the network has taken, in order.
fn references(simulator: &Simulator) -> Vec<u8> {
    let reference = |fact: &Fact| match fact {
        Fact::Submitted { reference, .. } => Some(*reference),
        _ => None,
    };
    simulator.truth().iter().filter_map(|entry| reference(&entry.fact)).collect()
}
