//! The quota of a SIM, which is counted for all hosts.

use std::thread;
use std::time::Duration;

use crate::chaos::Host;
use crate::nats::{Nats, free_port};
use crate::process::until;
use crate::together::{message, seconds};

/// The seconds of a day.
const DAY: u64 = 86_400;

/// The time before midnight at which the hosts of a test begin.
const BEFORE_MIDNIGHT: u64 = 15;

/// The lines of a host that sends three parts a day.
fn three_a_day(host: &Host) -> String {
    host.lines.replace("[limits]", "[limits]\nper_day = 3")
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn the_quota_of_a_sim_moves_with_it_to_another_host() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = [0, 1].map(|index| Host::new(index, 1, nats.port, ""));
    a.site.configure(&three_a_day(&a));
    a.start();
    for _ in 0..3 {
        let id = a.send(&message("Hello"));
        until(|| a.status(&id) == "sent");
    }
    a.kill();
    let lines = three_a_day(&b);
    b.site.configure(&lines.replace(&b.modems[0].address, &a.modems[0].address));
    b.start();
    let id = b.send(&message("One too many"));
    thread::sleep(Duration::from_secs(3));
    assert_eq!((a.sent(), b.status(&id).as_str()), (3, "queued"));
    // Another SIM has a quota of its own.
    b.kill();
    b.site.configure(&lines);
    b.start();
    until(|| b.status(&id) == "sent");
    assert_eq!((a.sent(), b.sent()), (3, 1));
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release build has the clock of the machine")]
#[cfg_attr(debug_assertions, ignore = "needs nats-server, which NATS_SERVER names")]
fn the_quota_begins_again_at_midnight_on_all_hosts() {
    let nats = Nats::start(free_port(), "");
    let [mut a, mut b] = [0, 1].map(|index| Host::new(index, 1, nats.port, ""));
    let ahead = DAY - seconds() % DAY - BEFORE_MIDNIGHT.min(DAY - seconds() % DAY);
    for host in [&mut a, &mut b] {
        host.site.environment.push(("GATEWAY_CLOCK_AHEAD", ahead.to_string()));
        host.site.configure(&three_a_day(host));
    }
    a.start();
    let ids: Vec<String> = (0..5).map(|_| a.send(&message("Hello"))).collect();
    until(|| a.sent() == 3);
    // It is the day before until now, and the others wait for midnight.
    assert_eq!(ids.iter().filter(|id| a.status(id) == "queued").count(), 2);
    until(|| ids.iter().all(|id| a.status(id) == "sent"));
    assert!((seconds() + ahead) % DAY < DAY / 2);
    // The SIM goes to the other host, and has one part left on the new day.
    a.kill();
    b.site.configure(&three_a_day(&b).replace(&b.modems[0].address, &a.modems[0].address));
    b.start();
    let ids: Vec<String> = (0..2).map(|_| b.send(&message("Hello"))).collect();
    until(|| ids.iter().any(|id| b.status(id) == "sent"));
    thread::sleep(Duration::from_secs(3));
    assert_eq!(ids.iter().filter(|id| b.status(id) == "queued").count(), 1);
    assert_eq!(a.sent(), 6);
}
