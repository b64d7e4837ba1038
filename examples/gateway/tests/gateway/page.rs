//! The needs of the page: its files, lists in both directions with a search, and a stream that says
//! where it begins.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::process::{Gateway, Site, WITHIN, in_a_month, rfc_3339, until};

const RECIPIENT: &str = "+491715550100";
const ECHO: &str = "+491715550177";

#[test]
fn the_files_of_the_page_allow_nothing_of_another_origin_and_are_not_sent_twice() {
    let site = Site::new("");
    let gateway = site.start();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/page.svg", "image/svg+xml"),
    ] {
        let file = gateway.get(path);
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
        let policy = file.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none';") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        let tag = file.header("etag").unwrap();
        let again = gateway.request("GET", path, &format!("If-None-Match: {tag}\r\n"), "");
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
}

/// All identifiers of a list, page by page.
fn ids(gateway: &Gateway, query: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = gateway.get(&format!("{query}{after}")).json();
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

#[test]
fn lists_go_in_both_directions_and_a_search_sees_all_of_them() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let texts = ["First", "ВТОРОЙ", "third", "First again", "100 %"];
    let sent: Vec<String> =
        texts.iter().map(|text| gateway.send(&json!({ "to": ECHO, "text": text }))).collect();
    until(|| gateway.all("/v1/inbox").len() == texts.len());
    let mut newest = sent.clone();
    newest.reverse();
    assert_eq!(ids(&gateway, "/v1/messages?limit=2"), sent);
    assert_eq!(ids(&gateway, "/v1/messages?limit=2&order=newest"), newest);
    for (search, found) in [
        ("first", vec![3, 0]),
        ("%D0%B2%D1%82%D0%BE%D1%80%D0%BE%D0%B9", vec![1]),
        ("%25", vec![4]),
        ("5550177", vec![4, 3, 2, 1, 0]),
        ("_", vec![]),
    ] {
        let found: Vec<String> =
            found.into_iter().map(|index: usize| sent[index].clone()).collect();
        let query = format!("?limit=1&order=newest&search={search}");
        assert_eq!(ids(&gateway, &format!("/v1/messages{query}")), found, "{search}");
        assert_eq!(ids(&gateway, &format!("/v1/inbox{query}")).len(), found.len(), "{search}");
    }
    let long = gateway.get(&format!("/v1/inbox?search={}", "x".repeat(101)));
    assert_eq!((long.status, &long.json()["type"]), (400, &json!("/problems/bad-request")));
}

/// The lines of a stream of events.
fn stream(gateway: &Gateway, query: &str, headers: &str) -> Lines<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    write!(stream, "GET /v1/events{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    BufReader::new(stream).lines()
}

/// The rest of the first line that begins with `start`.
fn next(lines: &mut Lines<BufReader<TcpStream>>, start: &str) -> String {
    let found = lines.find_map(|line| line.unwrap().strip_prefix(start).map(String::from));
    found.unwrap()
}

/// The next event of a message or a gap. A modem may come up after the gateway is ready.
fn next_event(lines: &mut Lines<BufReader<TcpStream>>) -> (String, Value) {
    loop {
        let (kind, data) = (next(lines, "event: "), next(lines, "data: "));
        if kind != "modem.status" {
            return (kind, serde_json::from_str(&data).unwrap());
        }
    }
}

#[test]
fn a_stream_says_where_it_begins_so_that_nothing_is_missed_before_its_first_event() {
    let site = Site::new("");
    let gateway = site.start_ready();
    gateway.wait_for(&gateway.send(&json!({ "to": RECIPIENT, "text": "Before" })), "sent");
    let mut lines = stream(&gateway, "", "");
    let position = next(&mut lines, "id: ");
    drop(lines);
    let between = json!({
        "to": RECIPIENT, "text": "Between", "send_at": rfc_3339(in_a_month(), 0),
    });
    let id = gateway.send(&between);
    let mut lines = stream(&gateway, "", &format!("Last-Event-ID: {position}\r\n"));
    assert_eq!(next(&mut lines, "id: "), position);
    let (_, event) = next_event(&mut lines);
    // A message is in the stream from its acceptance on.
    assert_eq!((&event["id"], &event["status"]), (&json!(id), &json!("scheduled")));
}

#[test]
fn the_identifier_of_another_database_is_a_gap() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let mut lines = stream(&gateway, "", "Last-Event-ID: 1000000\r\n");
    assert_eq!(next_event(&mut lines).0, "gap");
    gateway.send(&json!({ "to": RECIPIENT, "text": "After" }));
    assert_eq!(next_event(&mut lines).0, "message.status");
}

#[test]
fn a_stream_shows_the_modems_whenever_they_change_if_it_is_asked_to() {
    let site = Site::new("[[routes]]\nname = \"r\"\nprefixes = [\"+49\"]\nmodems = [\"sim1\"]");
    let gateway = site.start_ready();
    let route = json!([{ "name": "r", "prefixes": ["+49"], "modems": ["sim1"], "fallback": [] }]);
    assert_eq!(gateway.get("/v1/routes").json(), route);
    let mut lines = stream(&gateway, "?modems=true", "");
    gateway.send(&json!({ "to": ECHO, "text": "Counted" }));
    // A minute may end between the two.
    let sum = |modems: &Value, key: &str| -> u64 {
        modems[1][key].as_array().unwrap().iter().filter_map(Value::as_u64).sum()
    };
    let counted = |modems: &Value| {
        (sum(modems, "sent_by_minute"), sum(modems, "received_by_minute")) == (1, 1)
    };
    until(|| {
        next(&mut lines, "event: modems");
        let modems: Value = serde_json::from_str(&next(&mut lines, "data: ")).unwrap();
        counted(&modems)
    });
}
