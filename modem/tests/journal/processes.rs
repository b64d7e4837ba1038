//! Real processes that are killed by SIGKILL at random moments, with a journal in a real file and a
//! simulated modem in another process.
//!
//! `MODEM_KILLS=1000` kills as many processes; without it there are 20.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use modem::blocking::{Modem, StreamPort};
use modem::journal::File;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Confirm, Event, SendOutcome, SendResult, Session};
use testkit::{RECIPIENT, message, truth};

use super::Figures;
use super::agreement::Random;
use super::file::Folder;

const ADDRESS: &str = "MODEM_JOURNAL_ADDRESS";
const FOLDER: &str = "MODEM_JOURNAL_FOLDER";
const LIFE: &str = "MODEM_JOURNAL_LIFE";

/// The longest wait for a process, many times what a slow and busy machine needs.
const WITHIN: Duration = Duration::from_secs(120);

/// A simulated modem at the other end of any number of connections, one after the other.
struct Served {
    simulator: Arc<Mutex<Simulator>>,
    started: Instant,
    over: Arc<AtomicBool>,
    address: String,
    thread: thread::JoinHandle<()>,
}

impl Served {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let simulator = Arc::new(Mutex::new(Simulator::new(Profile::GENERIC)));
        let started = Instant::now();
        let over = Arc::new(AtomicBool::new(false));
        let (shared, ended) = (Arc::clone(&simulator), Arc::clone(&over));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                serve(stream.unwrap(), &shared, started);
            }
        });
        Self { simulator, started, over, address, thread }
    }

    fn deliver(&self, text: &str) {
        let now = self.started.elapsed();
        self.simulator.lock().unwrap().deliver(RECIPIENT, text, now).unwrap();
    }

    fn end(self) -> Simulator {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
        self.thread.join().unwrap();
        Arc::into_inner(self.simulator).unwrap().into_inner().unwrap()
    }
}

/// Moves bytes between a process and the modem, until the process ends.
fn serve(mut stream: TcpStream, simulator: &Mutex<Simulator>, started: Instant) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    simulator.lock().unwrap().handle_opened(started.elapsed());
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer);
        let mut simulator = simulator.lock().unwrap();
        match read {
            Ok(0) => break,
            Ok(count) => drop(simulator.handle_input(&buffer[..count], started.elapsed())),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                simulator.handle_timeout(started.elapsed());
            }
            Err(_) => break,
        }
        while let Some(bytes) = simulator.poll_transmit() {
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
    }
    simulator.lock().unwrap().handle_closed(started.elapsed());
}

/// Starts a process, which comes to its end by itself if it is the `last` one, and the file `stop`
/// is there.
fn start(served: &Served, folder: &Folder, life: usize, last: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["processes::a_process_with_a_journal", "--exact", "--ignored", "--nocapture"])
        .env(ADDRESS, &served.address)
        .env(FOLDER, &folder.0)
        .env(LIFE, if last { String::from("last") } else { life.to_string() })
        .stdout(Stdio::null())
        .stderr(if last { Stdio::inherit() } else { Stdio::null() });
    command.spawn().unwrap()
}

#[test]
#[ignore = "the process that another test starts and kills"]
fn a_process_with_a_journal() {
    let (Ok(address), Ok(folder), Ok(life)) =
        (std::env::var(ADDRESS), std::env::var(FOLDER), std::env::var(LIFE))
    else {
        panic!("started by another test only");
    };
    let mut records =
        OpenOptions::new().append(true).create(true).open(format!("{folder}/application")).unwrap();
    let mut record = |line: String| records.write_all((line + "\n").as_bytes()).unwrap();

    let mut config = Config::default();
    config.confirm = Confirm::Records;
    let (file, history) = File::open(format!("{folder}/journal")).unwrap();
    let mut session = Session::new(config);
    session.replay(history, modem::at::Instant::ZERO).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut modem = Modem::open_journaled(StreamPort::new(stream), session, file).unwrap();
    let is_last = life == "last";
    let mut number = 0;
    let mut quiet = 0;
    loop {
        if !is_last && modem.session().waiting().count() < 3 {
            number += 1;
            // One or two parts, each of which names the message.
            let text = format!("m{life}-{number} ").repeat(if number % 3 == 0 { 30 } else { 2 });
            let id = modem.enqueue(&message(text)).unwrap();
            record(format!("accepted {id} m{life}-{number}"));
        }
        let Some(event) = modem.next_event(Duration::from_millis(20)) else {
            quiet += 1;
            if is_last && quiet > 15 && fs::exists(format!("{folder}/stop")).unwrap() {
                return;
            }
            continue;
        };
        quiet = 0;
        let receipt = event.receipt().cloned();
        match event {
            Event::SendFinished(result) => {
                let (name, parts) = (name_of(&result), result.parts.len());
                let outcome = result.outcome();
                record(format!("ended {} {name} {outcome:?} {parts}", result.message));
                modem.settle(result.message);
            }
            Event::Received(received) => {
                let text = received.text.unwrap_or_default();
                record(format!("received {text} {}", received.possible_duplicate));
            }
            Event::JournalFailed(reason) => panic!("{reason}"),
            _ => {}
        }
        if let Some(receipt) = receipt {
            modem.acknowledge(&receipt);
        }
    }
}

/// The records of the applications of all processes.
fn records(folder: &Folder) -> String {
    fs::read_to_string(folder.0.join("application")).unwrap_or_default()
}

/// Waits until a condition holds, the process has ended, or the time is over.
fn wait_until(child: &mut Child, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() && begun.elapsed() < WITHIN && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns `true` if each accepted message has its outcome, and each delivered one is received.
fn is_complete(records: &str, delivered: &[String]) -> bool {
    let words = |kind: &'static str, at: usize| {
        let lines = records.lines().filter(move |line| line.starts_with(kind));
        lines.filter_map(move |line| line.split(' ').nth(at)).collect::<BTreeSet<_>>()
    };
    let (ended, received) = (words("ended", 2), words("received", 1));
    words("accepted", 2).is_subset(&ended)
        && delivered.iter().all(|text| received.contains(text.as_str()))
}

/// The first word of a message.
fn name_of(result: &SendResult) -> String {
    let text = result.parts[0].submit.text().unwrap_or_default();
    text.split(' ').next().unwrap_or_default().into()
}

#[test]
fn processes_killed_at_random_moments_lose_nothing_and_send_nothing_twice() {
    let kills = std::env::var("MODEM_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let folder = Folder::new("killed");
    let served = Served::new();
    let mut random = Random::new(7);
    let mut delivered = Vec::new();
    for life in 0..kills {
        if random.below(2) == 0 {
            delivered.push(format!("in{life}"));
            served.deliver(&format!("in{life}"));
        }
        // Every other process is killed after so many of its records, however long they take.
        let (more, longest) = if life % 2 == 0 { (0, 180) } else { (1 + random.below(8), 20) };
        let lines = records(&folder).lines().count() + more;
        let mut child = start(&served, &folder, life, false);
        wait_until(&mut child, || records(&folder).lines().count() >= lines);
        thread::sleep(Duration::from_millis(random.below(longest) as u64));
        // A process that ended by itself has failed.
        assert!(child.try_wait().unwrap().is_none(), "life {life}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut last = start(&served, &folder, 0, true);
    wait_until(&mut last, || is_complete(&records(&folder), &delivered));
    fs::write(folder.0.join("stop"), "").unwrap();
    assert!(last.wait().unwrap().success());
    let simulator = served.end();
    let lines = records(&folder);

    let mut figures = Figures { kills, ..Figures::default() };
    let mut submitted = truth::submitted(&simulator);
    let taken = submitted.len();
    submitted.sort();
    submitted.dedup();
    figures.twice = taken - submitted.len();
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for submit in truth::submits(&simulator) {
        let text = submit.text().unwrap_or_default();
        // The second part of a message may begin in the middle of a word.
        let name =
            text.split(' ').find(|word| word.starts_with('m') && text.matches(word).count() > 1);
        *sent.entry(name.unwrap_or_default().into()).or_default() += 1;
    }
    let mut ended: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut received: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["ended", _, name, outcome, parts] => {
                let left = sent.get(name).copied().unwrap_or_default();
                let parts: usize = parts.parse().unwrap();
                let is_true = match outcome {
                    "Sent" => left == parts,
                    "Unknown" => left <= parts,
                    _ => left < parts,
                };
                if !is_true || ended.get(name).is_some_and(|before| before[0] != outcome) {
                    eprintln!("{line}: {left} parts have left, before {:?}", ended.get(name));
                    figures.wrong += 1;
                }
                ended.entry(name).or_default().push(outcome);
            }
            ["received", text, repeated] => {
                let before = received.entry(text).or_default();
                if *before > 0 && repeated != "true" {
                    eprintln!("{line}: not marked");
                    figures.wrong += 1;
                }
                *before += 1;
            }
            _ => {}
        }
    }
    for line in lines.lines().filter_map(|line| line.strip_prefix("accepted ")) {
        let name = line.split(' ').nth(1).unwrap();
        if !ended.contains_key(name) {
            eprintln!("{line}: no outcome");
            figures.lost += 1;
        }
    }
    figures.lost += delivered.iter().filter(|text| !received.contains_key(text.as_str())).count();
    let unknown = ended.values().filter(|outcomes| outcomes.contains(&"Unknown")).count();
    println!("{} messages sent, {unknown} unknown, {} received", ended.len(), received.len());
    let known = ended.values().any(|outcomes| outcomes[0] == format!("{:?}", SendOutcome::Sent));
    assert!(known, "nothing was sent");
    figures.assert_sound();
}
