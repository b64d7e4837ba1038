//! The journal of a host that starts again: it knows what the server has not heard.

use std::thread;
use std::time::Duration;

use crate::chaos::Host;
use crate::nats::{Nats, free_port};
use crate::process::until;
use crate::together::{from, pair};

/// The time in which the network of a modem takes a part.
const SLOW: Duration = Duration::from_secs(3);

/// Sends a message whose part is with the modem of `a`, which answers after [`SLOW`].
fn begin(a: &Host, b: &Host) -> String {
    a.modems[0].lock().set_latency(SLOW);
    let id = b.send(&from("a0"));
    // The claim is on the server.
    until(|| b.status(&id) == "sending");
    // The part goes to the modem as soon as the claim is in the journal as well.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(a.sent(), 0);
    id
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn an_outcome_that_the_server_has_not_heard_is_told_after_a_restart() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let id = begin(&a, &b);
    a.proxy.set_cut(true);
    let own = || {
        let (_, page) = a.request("GET", "/v1/messages", "", "").unwrap();
        page["items"][0]["status"].clone()
    };
    until(|| own() == "sent");
    assert_eq!(b.status(&id), "sending");
    a.kill();
    a.proxy.set_cut(false);
    a.start();
    until(|| b.status(&id) == "sent");
    assert_eq!((a.sent(), b.sent()), (1, 0));
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn an_attempt_without_an_end_is_unknown_after_a_restart_and_is_not_repeated() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let id = begin(&a, &b);
    // The process does not live to hear that the part has left.
    a.signal("-STOP");
    until(|| a.sent() == 1);
    a.kill();
    a.start();
    until(|| b.status(&id) == "unknown");
    let sentinel = b.send(&from("a0"));
    until(|| b.status(&sentinel) == "sent");
    assert_eq!((a.sent(), b.sent()), (2, 0));
}
