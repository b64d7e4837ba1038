//! The load: one client submits as fast as its window allows, and answers its receipts.
//!
//! `GATEWAY_SMPP_LOAD=100000` submits as many messages; without it there are 500. Figures mean
//! something in a release build only:
//!
//! ```sh
//! GATEWAY_SMPP_LOAD=100000 cargo test --release --test gateway smpp::load -- --nocapture
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::client::{
    BIND_RECEIVER, BIND_TRANSMITTER, Client, Deliver, RESPONSE, SUBMIT, SmppSite, Submit,
};
use crate::load::{memory, modems};

fn count(default: usize) -> usize {
    std::env::var("GATEWAY_SMPP_LOAD").map_or(default, |count| count.parse().unwrap())
}

/// Submits with at most so many open, as long as `is_ahead` does not hold for the number so far.
/// Returns the time of each answer.
fn submit_all(
    client: &mut Client,
    count: usize,
    window: usize,
    is_ahead: impl Fn(usize) -> bool,
    mut quarter: impl FnMut(),
) -> Vec<Duration> {
    let mut open: HashMap<u32, Instant> = HashMap::new();
    let (mut times, mut ids, mut sent) = (Vec::new(), HashSet::new(), 0);
    while times.len() < count {
        while open.is_empty() && is_ahead(sent) {
            std::thread::sleep(Duration::from_millis(1));
        }
        while !is_ahead(sent) && sent < count && open.len() < window {
            let message = format!("Message {sent}").into_bytes();
            let submit = Submit { message, registered: 1, ..Submit::default() };
            open.insert(client.send(SUBMIT, submit.body()), Instant::now());
            sent += 1;
        }
        let answer = client.read().unwrap();
        assert_eq!((answer.id, answer.status), (SUBMIT | RESPONSE, 0));
        times.push(open.remove(&answer.sequence).unwrap().elapsed());
        assert!(ids.insert(answer.string()));
        if times.len() % (count / 4) == 0 {
            quarter();
        }
    }
    times
}

#[test]
fn messages_are_accepted_durably_at_a_rate() {
    let count = count(500);
    let site = SmppSite::new("", "window = 100", "[[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let begun = Instant::now();
    let mut times = submit_all(&mut client, count, 100, |_| false, || ());
    let took = begun.elapsed();
    times.sort_unstable();
    println!(
        "{count} submit_sm: {:.0} a second, answered within {:?} (p50) and {:?} (p99)",
        count as f64 / took.as_secs_f64(),
        times[count / 2],
        times[count * 99 / 100],
    );
}

#[test]
fn receipts_keep_up_in_order_and_memory_stays_flat() {
    let count = count(500);
    let site = SmppSite::new("", "window = 50", &modems(50));
    let gateway = site.site.start_ready();
    let mut sender = site.bind(BIND_TRANSMITTER);
    let mut receiver = site.bind(BIND_RECEIVER);
    let begun = Instant::now();
    let received = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&received);
    let reader = std::thread::spawn(move || {
        let (mut ids, mut last) = (HashSet::new(), String::new());
        while ids.len() < count {
            let pdu = receiver.read().unwrap();
            receiver.answer(&pdu, 0);
            let text = Deliver::of(&pdu).text();
            assert!(ids.insert(text["id:".len()..].split(' ').next().unwrap().to_owned()));
            let done = text.split("done date:").nth(1).unwrap()[..10].to_owned();
            assert!(done >= last, "{done} after {last}");
            last = done;
            noted.store(ids.len(), Ordering::Relaxed);
        }
    });
    let mut memories = vec![memory(&gateway)];
    // Waiting messages take memory: only so many are ahead of the modems.
    let is_ahead = |sent: usize| sent >= received.load(Ordering::Relaxed) + 1_000;
    submit_all(&mut sender, count, 50, is_ahead, || memories.push(memory(&gateway)));
    reader.join().unwrap();
    memories.push(memory(&gateway));
    println!(
        "{count} submit_sm with receipts by 50 modems: {:.0} a second, resident memory \
         {memories:?} MB",
        count as f64 / begun.elapsed().as_secs_f64(),
    );
    // The first quarter fills caches; afterwards only what is bounded may grow.
    assert!(*memories.last().unwrap() <= memories[1] + 16, "{memories:?}");
}
