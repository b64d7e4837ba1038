//! SIGTERM.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::json;

use crate::process::{Site, WITHIN};

#[test]
fn a_stop_ends_with_an_open_stream_of_events_and_loses_nothing() {
    let site = Site::new("");
    let mut gateway = site.start_ready();
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("200"), "{line}");

    let ids: Vec<String> = (0..20)
        .map(|number| gateway.send(&json!({ "to": "+491715550100", "text": format!("{number}") })))
        .collect();
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = gateway.wait();
    assert!(status.success(), "{status}");

    let gateway = site.start_ready();
    for id in ids {
        // A stop leaves no outcome unknown.
        gateway.wait_for(&id, "sent");
    }
}

#[test]
fn a_second_gateway_says_in_one_sentence_that_the_address_or_the_database_is_in_use() {
    let site = Site::new("");
    let _first = site.start();
    let output = |site: &Site| {
        assert!(!site.spawn().wait().success());
        // The first one writes to the same log.
        let log = site.log();
        log.lines().rfind(|line| line.starts_with("gateway: ")).unwrap().to_owned()
    };
    let line = output(&site);
    let address = format!("the address {}", site.address);
    assert!(line.contains(&address) && line.contains("choose another"), "{line}");

    let other = Site::new("");
    let database = site.path("gateway.db");
    let lines = format!("listen = \"{}\"\ndatabase = {database:?}\n", other.address);
    std::fs::write(other.path("gateway.toml"), lines).unwrap();
    let line = output(&other);
    assert!(line.contains("is in use by another process"), "{line}");
}
