//! Servers that the program refuses at its start.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::chaos::Host;
use crate::process::until;

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
            let mut buffer = [0; 1024];
            while let Ok(count) = stream.read(&mut buffer) {
                if count == 0 || stream.write_all(b"PONG\r\n").is_err() {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn a_server_that_has_lost_messages_is_refused_at_the_start_in_one_sentence() {
    for version in ["2.9.10", "2.10.22"] {
        let host = Host::new(0, 1, server(version), "");
        let mut gateway = host.site.spawn();
        until(|| gateway.child.try_wait().unwrap().is_some());
        let log = host.site.log();
        let sentence = format!(
            "the NATS server has version {version}, which has lost messages: install 2.10.23 or later"
        );
        assert_eq!(log.matches(&sentence).count(), 1, "{log}");
        assert!(!gateway.child.wait().unwrap().success());
    }
}
