//! Three hosts with three modems each, clients, and faults at random moments.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::nats::{Nats, free_port};
use crate::process::{Gateway, Site, WITHIN, until};
use crate::proxy::Proxy;
use crate::served::Served;
use crate::truth::{Figures, compare};

const RECIPIENT: &str = "+491715550100";

/// The time for which faults go on after the last acceptance, beside twice the time until then.
const LATER: Duration = Duration::from_secs(30);

/// The faults of a run, by their shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) messages: usize,
    pub(crate) seed: u64,
    pub(crate) kills: u64,
    pub(crate) pauses: u64,
    pub(crate) server_kills: u64,
    pub(crate) partitions: u64,
    /// The environment of the programs.
    pub(crate) fault: Option<&'static str>,
}

pub(crate) const PLAN: Plan = Plan {
    messages: 2_000,
    seed: 25,
    kills: 10,
    pauses: 2,
    server_kills: 1,
    partitions: 2,
    fault: None,
};

/// A host: its place, its process and its modems.
pub(crate) struct Host {
    pub(crate) site: Site,
    pub(crate) gateway: RwLock<Option<Gateway>>,
    pub(crate) modems: Vec<Served>,
    pub(crate) proxy: Proxy,
    /// The configuration.
    pub(crate) lines: String,
}

impl Host {
    /// A host with the number `index` and some modems.
    pub(crate) fn new(index: usize, modems: usize, port: u16, lines: &str) -> Self {
        Self::at(index, modems, ("", port), lines)
    }

    /// A host with servers at these addresses; without any it goes through its proxy to a port.
    pub(crate) fn at(index: usize, modems: usize, (urls, port): (&str, u16), lines: &str) -> Self {
        let proxy = Proxy::new(port);
        let urls = if urls.is_empty() { proxy.url() } else { urls.into() };
        let name = char::from(b'a' + u8::try_from(index).unwrap());
        let modems: Vec<Served> = (0..modems).map(|modem| Served::new(index * 3 + modem)).collect();
        for modem in &modems {
            let mut simulator = modem.lock();
            simulator.set_report_delay(None);
            simulator.set_latency(Duration::from_millis(8));
        }
        let mut text = format!(
            "[limits]\nrequests = 1000000\n[queue]\nnats = \"{urls}\"\nhost = \"{name}\"\n\
             ack_wait = 2\norphan_after = 8\n{lines}\n"
        );
        for (number, modem) in modems.iter().enumerate() {
            text +=
                &format!("[[modems]]\nname = \"{name}{number}\"\ntcp = \"{}\"\n", modem.address);
        }
        Self { site: Site::new(&text), gateway: RwLock::default(), modems, proxy, lines: text }
    }

    pub(crate) fn start(&self) {
        *self.gateway.write().unwrap() = Some(self.site.start());
    }

    pub(crate) fn kill(&self) {
        // Dropping it kills it.
        drop(self.gateway.write().unwrap().take());
    }

    /// Asks the host; `None` if it is down.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Option<(u16, Value)> {
        let address = self.gateway.read().unwrap().as_ref()?.address;
        let answer = Gateway::ask(address, method, path, headers, body.as_bytes())?;
        Some((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let gateway = self.gateway.read().unwrap();
        let Some(gateway) = gateway.as_ref() else { return };
        let id = gateway.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

/// The counts of the faults.
#[derive(Debug, Default)]
struct Faults {
    kills: usize,
    pauses: usize,
    server_kills: usize,
    partitions: usize,
}

/// Posts messages to any host, again with the same key until one answers. Fails when a message is
/// not accepted.
fn post(
    hosts: &[Host],
    names: &AtomicUsize,
    count: usize,
    seed: u64,
    accepted: &Mutex<BTreeMap<String, String>>,
) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    loop {
        let number = names.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(());
        }
        let name = format!("m{number}");
        // One message in ten has two parts.
        let text = format!("{name} ").repeat(if number.is_multiple_of(10) { 60 } else { 2 });
        let body = json!({ "to": RECIPIENT, "text": text, "client_reference": name }).to_string();
        let headers = format!("Content-Type: application/json\r\nIdempotency-Key: {name}\r\n");
        let begun = Instant::now();
        let id = loop {
            let host = &hosts[random.usize(..hosts.len())];
            let answer = host.request("POST", "/v1/messages", &headers, &body);
            match &answer {
                Some((202, answer)) => break answer["id"].as_str().unwrap().to_owned(),
                Some((409 | 503, _)) | None if begun.elapsed() < WITHIN => {}
                _ => return Err(format!("{name} is not accepted: {answer:?}")),
            }
            thread::sleep(Duration::from_millis(20));
        };
        accepted.lock().unwrap().insert(name, id);
    }
}

/// The messages that are accepted between two faults, while there are more: on a slow machine the
/// faults are as rare as everything else.
const BETWEEN: usize = 10;

/// Causes faults until `stop`.
fn disturb(
    hosts: &[Host],
    nats: &Mutex<Nats>,
    plan: &Plan,
    accepted: &Mutex<BTreeMap<String, String>>,
    stop: &AtomicBool,
) -> Faults {
    let accepted = || accepted.lock().unwrap().len();
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut faults = Faults::default();
    let total = plan.kills + plan.pauses + plan.server_kills + plan.partitions;
    while !stop.load(Ordering::SeqCst) && total > 0 {
        let (begun, enough) = (Instant::now(), plan.messages.min(accepted() + BETWEEN));
        thread::sleep(Duration::from_millis(50 + random.u64(..250)));
        while accepted() < enough && begun.elapsed() < WITHIN && !stop.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        let host = &hosts[random.usize(..hosts.len())];
        let mut drawn = random.u64(..total);
        if drawn < plan.kills {
            faults.kills += 1;
            host.kill();
            thread::sleep(Duration::from_millis(random.u64(..100)));
            host.start();
            continue;
        }
        drawn -= plan.kills;
        if drawn < plan.pauses {
            faults.pauses += 1;
            host.signal("-STOP");
            // Beyond the ack wait.
            thread::sleep(Duration::from_millis(2_500));
            host.signal("-CONT");
            continue;
        }
        drawn -= plan.pauses;
        if drawn < plan.server_kills {
            faults.server_kills += 1;
            let mut nats = nats.lock().unwrap();
            nats.kill();
            thread::sleep(Duration::from_millis(random.u64(..500)));
            nats.restart();
            continue;
        }
        faults.partitions += 1;
        host.proxy.set_cut(true);
        thread::sleep(Duration::from_millis(1_000 + random.u64(..3_000)));
        host.proxy.set_cut(false);
    }
    faults
}

/// Returns `true` if nothing more will happen to a message by itself.
pub(crate) fn is_over(message: &Value) -> bool {
    !matches!(message["status"].as_str(), None | Some("scheduled" | "queued" | "sending"))
}

/// Asks any host for messages until all have an outcome, or none has got one `within` this time.
pub(crate) fn outcomes(
    hosts: &[Host],
    accepted: &BTreeMap<String, String>,
    within: Duration,
) -> BTreeMap<String, Option<Value>> {
    let mut messages: BTreeMap<String, Option<Value>> = BTreeMap::new();
    let mut open: BTreeSet<&String> = accepted.keys().collect();
    let mut last = Instant::now();
    while !open.is_empty() && last.elapsed() < within {
        for name in open.clone() {
            let host = &hosts[messages.len() % hosts.len()];
            let found = host.request("GET", &format!("/v1/messages/{}", accepted[name]), "", "");
            let message = found.filter(|(status, _)| *status == 200).map(|(_, message)| message);
            if message.as_ref().is_some_and(is_over) {
                open.remove(name);
                last = Instant::now();
            }
            messages.insert(name.clone(), message);
        }
        thread::sleep(Duration::from_millis(100));
    }
    messages
}

/// Prints the ends of logs, for a failure that does not come again.
pub(crate) fn print_ends(logs: impl IntoIterator<Item = String>) {
    for log in logs {
        let from = log.len().saturating_sub(4000);
        println!("a server or host:\n{}", log.get(from..).unwrap_or_default());
    }
}

/// A run of a plan.
pub(crate) fn run(plan: &Plan) -> Figures {
    let nats = Nats::start(free_port(), "");
    let mut hosts: Vec<Host> = (0..3).map(|index| Host::new(index, 3, nats.port, "")).collect();
    if let Some(fault) = plan.fault {
        for host in &mut hosts {
            host.site.environment.push(("GATEWAY_FAULT", fault.into()));
        }
    }
    let nats = Mutex::new(nats);
    for host in &hosts {
        host.start();
    }
    let (names, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let accepted = Mutex::default();
    let begun = Instant::now();
    let (messages, faults) = thread::scope(|scope| {
        let (hosts, nats, accepted, names, stop) = (&hosts, &nats, &accepted, &names, &stop);
        let chaos = scope.spawn(move || disturb(hosts, nats, plan, accepted, stop));
        let clients: Vec<_> = (0..12)
            .map(|client| {
                let seed = plan.seed * 100 + client;
                scope.spawn(move || post(hosts, names, plan.messages, seed, accepted))
            })
            .collect();
        let ended = |client: thread::ScopedJoinHandle<'_, _>| {
            client.join().unwrap_or_else(|_| Err("a client has panicked".into()))
        };
        let posted: Result<Vec<()>, String> = clients.into_iter().map(ended).collect();
        let posted_at = begun.elapsed();
        // The faults go on while messages wait.
        let mut waits = 1;
        while waits > 0 && posted.is_ok() && begun.elapsed() < posted_at * 3 + LATER {
            thread::sleep(Duration::from_millis(500));
            let sample: BTreeMap<String, String> = accepted
                .lock()
                .unwrap()
                .iter()
                .rev()
                .take(20)
                .map(|(name, id)| (name.clone(), id.clone()))
                .collect();
            let found = outcomes(hosts, &sample, Duration::from_millis(1));
            waits = found.values().filter(|found| !found.as_ref().is_some_and(is_over)).count();
        }
        stop.store(true, Ordering::SeqCst);
        let faults = chaos.join();
        if faults.is_err() || posted.is_err() {
            let server = nats.lock().map_or_else(|nats| nats.into_inner().log(), |nats| nats.log());
            print_ends([server].into_iter().chain(hosts.iter().map(|host| host.site.log())));
        }
        posted.unwrap();
        let faults = faults.unwrap();
        let accepted = accepted.lock().unwrap().clone();
        (outcomes(hosts, &accepted, WITHIN), faults)
    });
    let figures = compare(&messages, hosts.iter().flat_map(|host| &host.modems));
    println!("{plan:?}\n{faults:?} in {:.1} s\n{figures}", begun.elapsed().as_secs_f64());
    if figures.lost > 0 {
        print_ends(hosts.iter().map(|host| host.site.log()));
    }
    assert_eq!(figures.messages, plan.messages);
    figures
}

fn assert_clean(figures: &Figures) {
    assert_eq!((figures.twice, figures.lost, figures.wrong), (0, 0, 0), "{figures}");
    assert!(figures.parts >= figures.messages / 2, "{figures}");
}

/// The number of messages of the large run.
fn count(default: usize) -> usize {
    std::env::var("GATEWAY_HOSTS").map_or(default, |count| count.parse().unwrap())
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn hosts_without_faults_send_every_message_once() {
    let calm = Plan { messages: 300, kills: 0, pauses: 0, server_kills: 0, partitions: 0, ..PLAN };
    let figures = run(&calm);
    assert_clean(&figures);
    assert_eq!((figures.unknown, figures.failed), (0, 0), "{figures}");
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn hosts_that_are_killed_paused_and_cut_off_send_nothing_twice() {
    assert_clean(&run(&Plan { messages: count(2_000), ..PLAN }));
}

/// Runs with a fault of the protocol until a message has gone out twice, at most three times.
fn assert_noticed(fault: &'static str) {
    for seed in 1..=3 {
        let plan = Plan { messages: 600, seed, kills: 4, pauses: 2, fault: Some(fault), ..PLAN };
        let figures = run(&plan);
        if figures.twice > 0 {
            return;
        }
    }
    panic!("{fault} was not noticed");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release build has no faults")]
#[cfg_attr(debug_assertions, ignore = "needs nats-server, which NATS_SERVER names")]
fn without_the_claim_on_the_server_messages_go_out_twice() {
    assert_noticed("no-claim");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release build has no faults")]
#[cfg_attr(debug_assertions, ignore = "needs nats-server, which NATS_SERVER names")]
fn with_claims_taken_over_messages_go_out_twice() {
    assert_noticed("steal");
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_host_joins_and_another_leaves_for_good() {
    let nats = Nats::start(free_port(), "");
    let hosts: Vec<Host> = (0..3).map(|index| Host::new(index, 2, nats.port, "")).collect();
    hosts[0].start();
    hosts[1].start();
    let (names, accepted, count) = (AtomicUsize::new(0), Mutex::default(), 400);
    thread::scope(|scope| {
        // The host that stays takes the messages.
        let client = |seed| post(&hosts[1..2], &names, count, seed, &accepted);
        for seed in 0..4 {
            scope.spawn(move || client(seed).unwrap());
        }
        until(|| names.load(Ordering::Relaxed) > count / 4);
        hosts[2].start();
        until(|| names.load(Ordering::Relaxed) > count / 2);
        hosts[0].kill();
    });
    let accepted = accepted.into_inner().unwrap();
    let messages = outcomes(&hosts[1..], &accepted, WITHIN);
    let figures = compare(&messages, hosts.iter().flat_map(|host| &host.modems));
    println!("a host joined, and another left: {figures}");
    assert_clean(&figures);
    for host in &hosts {
        assert!(host.modems.iter().any(|modem| !modem.submitted().is_empty()));
    }
}

/// The upper bound of the bucket of a histogram below which a share of its values is.
fn quantile(metrics: &str, name: &str, share: f64) -> String {
    let prefix = format!("{name}_bucket{{le=\"");
    let buckets: Vec<(&str, f64)> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix)?.split_once("\"} "))
        .map(|(bound, count)| (bound, count.parse().unwrap()))
        .collect();
    let total = buckets.last().map_or(0.0, |(_, count)| *count);
    let found = buckets.iter().find(|(_, count)| *count >= total * share);
    found.map_or("none", |(bound, _)| bound).into()
}

/// A bench: run it alone, in a release build, with `GATEWAY_HOSTS` messages.
#[test]
#[ignore = "a bench, which needs nats-server"]
fn by_hand_messages_a_second_with_one_two_and_three_hosts() {
    for number in 1..=3 {
        let nats = Nats::start(free_port(), "");
        let hosts: Vec<Host> =
            (0..number).map(|index| Host::new(index, 3, nats.port, "")).collect();
        for host in &hosts {
            host.start();
            until(|| {
                host.request("GET", "/readyz", "", "").is_some_and(|(status, _)| status == 200)
            });
        }
        let (names, accepted, count) = (AtomicUsize::new(0), Mutex::default(), count(500));
        let begun = Instant::now();
        thread::scope(|scope| {
            let client = |seed| post(&hosts, &names, count, seed, &accepted);
            for seed in 0..16 {
                scope.spawn(move || client(seed).unwrap());
            }
        });
        let posted = begun.elapsed();
        let sent =
            || -> usize { hosts.iter().flat_map(|h| &h.modems).map(|m| m.submitted().len()).sum() };
        // One message in ten has two parts.
        while sent() < count + count.div_ceil(10) {
            assert!(begun.elapsed() < WITHIN * 5);
            thread::sleep(Duration::from_millis(50));
        }
        let took = begun.elapsed().as_secs_f64();
        let address = hosts[0].gateway.read().unwrap().as_ref().unwrap().address;
        let metrics = Gateway::ask(address, "GET", "/metrics", "", b"").unwrap().body;
        let claim = |share| quantile(&metrics, "sms_claim_seconds", share);
        println!(
            "{number} hosts, {} modems: {count} messages, accepted {:.0} a second, sent {:.0} a \
             second; a claim takes up to {} s (p50), {} s (p99)",
            number * 3,
            count as f64 / posted.as_secs_f64(),
            count as f64 / took,
            claim(0.5),
            claim(0.99),
        );
    }
}
