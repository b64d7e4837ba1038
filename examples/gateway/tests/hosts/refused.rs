//! Servers that the program refuses at its start, and those that it waits for.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::chaos::Host;
use crate::nats::{Nats, free_port};
use crate::process::until;

const JSON: &str = "Content-Type: application/json\r\n";
const MESSAGE: &str = r#"{"to":"+491715550100","text":"a message"}"#;

/// A server that says its version and answers a ping. It ends with the process of the tests.
fn server(version: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let info = format!(
                "INFO {{\"server_id\":\"old\",\"version\":\"{version}\",\"proto\":1,\"headers\":true,\
                 \"host\":\"127.0.0.1\",\"port\":{port},\"max_payload\":1048576,\"jetstream\":true}}\r\n"
            );
            stream.write_all(info.as_bytes()).unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(count) = stream.read(&mut buffer) {
                    if count == 0 || stream.write_all(b"PONG\r\n").is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn a_server_that_has_lost_messages_is_refused_at_the_start_in_one_sentence() {
    for version in ["2.9.10", "2.10.22"] {
        let host = Host::new(0, 1, server(version), "");
        let status = host.site.spawn().wait();
        let log = host.site.log();
        let sentence = format!(
            "the NATS server has version {version}, which has lost messages: install 2.10.23 or later"
        );
        assert_eq!(log.matches(&sentence).count(), 1, "{log}");
        assert!(!status.success());
    }
}

/// Waits until a host says that it is not ready, and returns what it answers to a message.
fn refusal(host: &Host) -> String {
    until(|| host.request("GET", "/readyz", "", "").is_some_and(|(status, _)| status == 503));
    assert_eq!(host.request("GET", "/healthz", "", "").unwrap().0, 200);
    let (status, answer) = host.request("POST", "/v1/messages", JSON, MESSAGE).unwrap();
    assert_eq!(status, 503, "{answer}");
    answer["detail"].as_str().unwrap().to_owned()
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_and_named_once() {
    let host = Host::new(0, 1, server("2.11.0"), "");
    host.start();
    let refused = "the NATS server does not answer: send the request again later";
    assert_eq!(refusal(&host), refused);
    // The next attempt begins a second later, and takes two.
    until(|| host.proxy.connections() >= 3);
    let log = host.site.log();
    let sentence = "the NATS server does not answer about WORK: look at its log";
    assert_eq!(log.matches(sentence).count(), 1, "{log}");
    host.signal("-TERM");
    let mut gateway = host.gateway.write().unwrap().take().unwrap();
    assert!(gateway.wait().success());
}

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_host_waits_for_a_server_that_starts_after_it() {
    let port = free_port();
    let host = Host::new(0, 1, port, "");
    host.start();
    refusal(&host);
    let _nats = Nats::start(port, "");
    until(|| host.request("GET", "/readyz", "", "").is_some_and(|(status, _)| status == 200));
    let (status, answer) = host.request("POST", "/v1/messages", JSON, MESSAGE).unwrap();
    assert_eq!(status, 202, "{answer}");
    until(|| !host.modems[0].submitted().is_empty());
    let log = host.site.log();
    assert_eq!(log.matches("the NATS server cannot be reached").count(), 1, "{log}");
}
