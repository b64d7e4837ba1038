//! One answer for each key, one look-up, one cancellation and one expiry over all hosts.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::chaos::Host;
use crate::nats::{Nats, free_port, stored};
use crate::process::until;
use crate::receiver::Receiver;
use crate::served::Served;

/// The detail of a refusal while the server is away.
const AWAY: &str = "the NATS server does not answer: send the request again later";

const JSON: &str = "Content-Type: application/json\r\n";

pub(crate) fn pair(nats: &Nats) -> [Host; 2] {
    pair_with(nats, "")
}

fn pair_with(nats: &Nats, lines: &str) -> [Host; 2] {
    let hosts = [0, 1].map(|index| Host::new(index, 1, nats.port, lines));
    for host in &hosts {
        host.start();
        until(|| host.request("GET", "/readyz", "", "").is_some_and(|(status, _)| status == 200));
    }
    hosts
}

impl Host {
    pub(crate) fn post(&self, headers: &str, body: &Value) -> (u16, Value) {
        let headers = format!("{JSON}{headers}");
        self.request("POST", "/v1/messages", &headers, &body.to_string()).unwrap()
    }

    pub(crate) fn send(&self, body: &Value) -> String {
        let (status, answer) = self.post("", body);
        assert_eq!(status, 202, "{answer}");
        answer["id"].as_str().unwrap().into()
    }

    pub(crate) fn status(&self, id: &str) -> String {
        let (_, message) = self.request("GET", &format!("/v1/messages/{id}"), "", "").unwrap();
        message["status"].as_str().unwrap_or_default().into()
    }

    pub(crate) fn sent(&self) -> usize {
        self.modems.iter().map(Served::submitted).map(|parts| parts.len()).sum()
    }
}

pub(crate) fn message(text: &str) -> Value {
    json!({ "to": "+491715550100", "text": text })
}

pub(crate) fn from(modem: &str) -> Value {
    json!({ "to": "+491715550100", "text": "Hello", "from": modem })
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_key_has_one_answer_and_a_message_one_status_on_all_hosts() {
    let mut nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let key = "Idempotency-Key: one\r\n";
    let (status, first) = a.post(key, &message("Hello"));
    assert_eq!(status, 202);
    let id = first["id"].as_str().unwrap();
    until(|| b.status(id) == "sent");
    assert_eq!(a.status(id), "sent");
    assert_eq!(b.post(key, &message("Hello")), (202, first.clone()));
    let (status, problem) = b.post(key, &message("Other"));
    assert_eq!((status, problem["type"].as_str().unwrap()), (422, "/problems/key-reused"));
    // The server forgets the identifiers of items when it restarts, and not the keys.
    nats.kill();
    nats.restart();
    until(|| b.post(key, &message("Hello")) == (202, first.clone()));
    let sentinel = b.send(&message("Sentinel"));
    until(|| b.status(&sentinel) == "sent");
    a.kill();
    b.kill();
    assert_eq!(a.sent() + b.sent(), 2);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_message_for_a_modem_that_no_host_has_is_refused() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let (status, problem) = a.post("", &from("c0"));
    assert_eq!((status, problem["type"].as_str().unwrap()), (422, "/problems/no-route"));
    let id = a.send(&from("b0"));
    until(|| a.status(&id) == "sent");
    assert_eq!((a.sent(), b.sent()), (0, 1));
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn any_host_cancels_and_a_host_that_comes_back_sends_nothing_cancelled_or_expired() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    b.kill();
    let cancelled = a.send(&from("b0"));
    let mut expired = from("b0");
    expired["expires_in"] = 1.into();
    let expired = a.send(&expired);
    let later = a.send(&from("b0"));
    let (status, answer) =
        a.request("DELETE", &format!("/v1/messages/{cancelled}"), "", "").unwrap();
    assert_eq!((status, answer["status"].as_str().unwrap()), (200, "cancelled"));
    thread::sleep(Duration::from_millis(1_100));
    b.start();
    until(|| a.status(&later) == "sent" && a.status(&expired) == "expired");
    assert_eq!(b.status(&cancelled), "cancelled");
    let (status, _) = a.request("DELETE", &format!("/v1/messages/{later}"), "", "").unwrap();
    assert_eq!(status, 409);
    assert_eq!(b.sent(), 1);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_message_that_waits_for_its_time_outlives_its_host() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let mut scheduled = message("Later");
    scheduled["send_at"] = time(seconds() + 4).into();
    let id = a.send(&scheduled);
    let other = a.send(&scheduled);
    assert_eq!(b.status(&id), "scheduled");
    let (status, _) = b.request("DELETE", &format!("/v1/messages/{other}"), "", "").unwrap();
    assert_eq!(status, 200);
    a.kill();
    until(|| b.status(&id) == "sent");
    assert_eq!(b.status(&other), "cancelled");
    assert_eq!(b.sent(), 1);
}

/// The time now, in seconds since 1970.
pub(crate) fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// A time of the calendar in RFC 3339, by the program `date`.
fn time(seconds: u64) -> String {
    let date = std::process::Command::new("date")
        .args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"])
        .output()
        .unwrap();
    String::from_utf8(date.stdout).unwrap().trim().into()
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_report_is_found_after_the_sim_has_moved_to_another_host() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    b.kill();
    let mut reported = message("Hello");
    reported["report"] = true.into();
    // The report comes when the SIM has moved, even on a busy machine.
    a.modems[0].lock().set_report_delay(Some(Duration::from_secs(8)));
    let id = a.send(&reported);
    until(|| a.status(&id) == "sent");
    // The modem and its SIM go to the other host.
    a.kill();
    b.site.configure(&b.lines.replace(&b.modems[0].address, &a.modems[0].address));
    b.start();
    until(|| b.status(&id) == "delivered");
    assert_eq!(a.sent(), 1);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_host_that_is_cut_off_says_so_and_sends_nothing_new() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    let ready = |host: &Host| host.request("GET", "/readyz", "", "").unwrap().0;
    a.proxy.set_cut(true);
    until(|| ready(&a) == 503);
    assert_eq!(ready(&b), 200);
    let id = b.send(&from("a0"));
    let (status, problem) = a.post("", &message("Refused"));
    assert_eq!((status, problem["detail"].as_str().unwrap()), (503, AWAY));
    let mut later = message("Refused");
    later["send_at"] = time(seconds() + 3).into();
    assert_eq!(a.post("", &later).1["detail"], AWAY);
    thread::sleep(Duration::from_secs(1));
    assert_eq!((a.sent(), b.status(&id).as_str()), (0, "queued"));
    a.proxy.set_cut(false);
    until(|| ready(&a) == 200 && b.status(&id) == "sent");
    // Refused messages do not go out when the server is there again.
    later["text"] = "Sentinel".into();
    later["send_at"] = time(seconds() + 3).into();
    let sentinel = b.send(&later);
    until(|| b.status(&sentinel) == "sent");
    assert_eq!(a.sent() + b.sent(), 2);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_message_that_may_be_accepted_is_named_and_goes_out_once() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    // The server hears the host, whose client hears no answer.
    a.proxy.cut_answers();
    let (status, problem) = a.post("", &message("Hello"));
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(status, 503, "{detail}");
    let (before, id) = detail.split_once("/v1/messages/").unwrap();
    assert!(before.contains("the message may be accepted"), "{detail}");
    until(|| b.status(id) == "sent");
    a.proxy.set_cut(false);
    until(|| a.status(id) == "sent");
    let sentinel = b.send(&message("Sentinel"));
    until(|| b.status(&sentinel) == "sent");
    assert_eq!(a.sent() + b.sent(), 2);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_repeated_key_goes_on_with_what_had_no_answer() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    a.proxy.cut_answers();
    let key = "Idempotency-Key: one\r\n";
    let (status, problem) = a.post(key, &from("b0"));
    assert_eq!(status, 503, "{problem}");
    a.proxy.set_cut(false);
    let mut accepted = Value::Null;
    until(|| {
        let (status, answer) = a.post(key, &from("b0"));
        accepted = answer;
        status == 202
    });
    let id = accepted["id"].as_str().unwrap();
    until(|| b.status(id) == "sent");
    assert_eq!(b.post(key, &from("b0")), (202, accepted.clone()));
    let sentinel = b.send(&from("b0"));
    until(|| b.status(&sentinel) == "sent");
    assert_eq!(b.sent(), 2);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_second_process_with_the_name_of_a_host_ends_the_first() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair(&nats);
    b.kill();
    b.site.configure(&b.lines.replace("host = \"b\"", "host = \"a\""));
    b.start();
    until(|| a.site.log().contains("another gateway has the name a"));
    until(|| a.request("GET", "/healthz", "", "").is_none());
    assert!(b.request("GET", "/healthz", "", "").is_some());
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_received_message_has_one_webhook_though_its_host_is_killed() {
    let nats = Nats::start(free_port(), "");
    let receiver = Receiver::new(|_, _| 204);
    let lines = format!(
        "[[webhooks]]\nname = \"all\"\nurl = \"{}\"\nevents = [\"message.received\"]\n\
         secrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]",
        receiver.url
    );
    let [a, b] = pair_with(&nats, &lines);
    let texts: Vec<String> = (0..10).map(|number| format!("in{number}")).collect();
    for (number, text) in texts.iter().enumerate() {
        let host = if number % 2 == 0 { &a } else { &b };
        host.modems[0].deliver("+491715550188", text);
    }
    let inbox = |host: &Host| {
        let (_, page) = host.request("GET", "/v1/inbox", "", "").unwrap();
        page["items"].as_array().unwrap().len()
    };
    until(|| inbox(&a) == 5);
    a.kill();
    until(|| inbox(&b) == 5);
    let hooked = || {
        let hooks = receiver.hooks();
        let text = |hook: &crate::receiver::Hook| {
            (hook.id.clone(), hook.json()["data"]["text"].as_str().unwrap().to_owned())
        };
        hooks.iter().map(text).collect::<std::collections::BTreeMap<_, _>>()
    };
    a.start();
    until(|| hooked().len() == 10);
    let mut found: Vec<String> = hooked().into_values().collect();
    found.sort();
    assert_eq!(found, texts);
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn items_for_a_modem_that_has_left_are_deleted_from_the_server() {
    let monitor = free_port();
    let nats = Nats::start(free_port(), &format!("http: \"127.0.0.1:{monitor}\""));
    let waiting = || stored(monitor, "WORK");
    let [a, b] = pair_with(&nats, "keep = 1");
    b.kill();
    let mut short = from("b0");
    short["expires_in"] = 1.into();
    let ids: Vec<String> = (0..3).map(|_| a.send(&short)).collect();
    let found = |id: &str| a.request("GET", &format!("/v1/messages/{id}"), "", "").unwrap().0;
    assert_eq!(waiting(), 3);
    // Nobody fetches them: the modem's host does not come back.
    until(|| ids.iter().all(|id| found(id) == 404));
    until(|| waiting() == 0);
    assert_eq!((a.sent(), b.sent()), (0, 0));
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn old_messages_are_deleted_from_the_server() {
    let nats = Nats::start(free_port(), "");
    let [a, b] = pair_with(&nats, "keep = 1");
    let mut short = from("b0");
    short["expires_in"] = 2.into();
    let (old, new) = (a.send(&short), a.send(&from("b0")));
    until(|| a.status(&old) == "sent" && a.status(&new) == "sent");
    let found = |host: &Host, id: &str| {
        host.request("GET", &format!("/v1/messages/{id}"), "", "").unwrap().0
    };
    until(|| found(&a, &old) == 404);
    // The copy of the host that has sent the message stays, and so does what has not expired.
    assert_eq!((found(&b, &old), found(&a, &new)), (200, 200));
    assert_eq!(b.sent(), 2);
}
