//! The load: 50 clients, each of which posts a message, waits for its outcome, and posts the next.
//!
//! `GATEWAY_LOAD=100000` sends as many messages; without it there are 1,000. Figures mean something
//! in a release build only:
//!
//! ```sh
//! GATEWAY_LOAD=100000 cargo test --release --test gateway load -- --nocapture
//! ```

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::process::{Gateway, Site, WITHIN};

const MODEMS: usize = 50;

/// The identifiers of the messages that were sent, as the stream of events says.
#[derive(Default)]
struct Sent {
    ids: Mutex<HashSet<String>>,
    changed: Condvar,
}

impl Sent {
    /// Reads the stream of events until it ends.
    fn read(&self, stream: TcpStream) {
        let mut is_status = false;
        for line in BufReader::new(stream).lines() {
            // The end of the program ends the stream.
            let Ok(line) = line else { return };
            if let Some(kind) = line.strip_prefix("event: ") {
                is_status = kind == "message.status";
            }
            if let Some(data) = line.strip_prefix("data: ").filter(|_| is_status) {
                let message: Value = serde_json::from_str(data).unwrap();
                if message["status"] == "sent" {
                    let id = message["id"].as_str().unwrap().to_owned();
                    self.ids.lock().unwrap().insert(id);
                    self.changed.notify_all();
                }
            }
        }
    }

    fn wait_for(&self, id: &str) {
        let ids = self.ids.lock().unwrap();
        let (mut ids, late) =
            self.changed.wait_timeout_while(ids, WITHIN, |ids| !ids.contains(id)).unwrap();
        assert!(!late.timed_out(), "{id} has no outcome");
        ids.remove(id);
    }
}

/// The resident memory of a process in megabytes.
pub(crate) fn memory(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// The configuration of simulated modems.
pub(crate) fn modems(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        write!(lines, "[[modems]]\nname = \"sim{number}\"\nsimulated = true\n").unwrap();
    }
    lines
}

#[test]
fn fifty_modems_send_under_load_and_memory_stays_flat() {
    let count = std::env::var("GATEWAY_LOAD").map_or(1_000, |count| count.parse().unwrap());
    let lines =
        String::from("[limits]\nrequests = 1000000\n[log]\nmask = true\n") + &modems(MODEMS);
    let site = Site::new(&lines);
    let gateway = site.start_ready();
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (sent, next) = (Sent::default(), AtomicUsize::new(0));
    let times = Mutex::new(Vec::new());
    let memories = Mutex::new(Vec::new());
    let begun = Instant::now();
    thread::scope(|scope| {
        let reader = stream.try_clone().unwrap();
        let sent = &sent;
        scope.spawn(move || sent.read(reader));
        let clients: Vec<_> = (0..MODEMS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return;
                        }
                        if number % (count / 4) == 0 {
                            memories.lock().unwrap().push(memory(&gateway));
                        }
                        let posted = Instant::now();
                        let text = format!("Message {number}");
                        let id = gateway.send(&json!({ "to": "+491715550100", "text": text }));
                        sent.wait_for(&id);
                        times.lock().unwrap().push(posted.elapsed());
                    }
                })
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
        memories.lock().unwrap().push(memory(&gateway));
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    });
    let took = begun.elapsed();
    let mut times = times.into_inner().unwrap();
    times.sort_unstable();
    let percentile = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let memories = memories.into_inner().unwrap();
    println!(
        "{count} messages by {MODEMS} modems: {:.0} a second, from POST to outcome p50 {:?}, p99 \
         {:?}, resident memory {memories:?} MB",
        count as f64 / took.as_secs_f64(),
        percentile(50),
        percentile(99),
    );
    assert_eq!(times.len(), count);
    // The first quarter fills caches; afterwards only what is bounded may grow.
    let (quarter, end) = (memories[1], *memories.last().unwrap());
    assert!(end <= quarter + 16, "{memories:?}");
}
