//! Bad input of every kind gets one clear sentence, and loses nothing.

use serde_json::{Value, json};

use crate::process::Site;

#[test]
fn each_bad_request_is_a_problem_with_its_field() {
    let site = Site::new("[limits]\nbody = 5000\nrequests = 1000");
    let gateway = site.start();
    let to = "+491715550100";
    // The body, the kind of the problem, and the pointer of the field.
    let table: &[(Value, &str, Option<&str>)] = &[
        (json!({ "text": "x" }), "invalid", Some("")),
        (json!({ "to": "hello", "text": "x" }), "invalid", Some("/to")),
        (json!({ "to": 7, "text": "x" }), "invalid", Some("/to")),
        (json!({ "to": to }), "invalid", Some("/text")),
        (json!({ "to": to, "text": "x", "data": { "hex": "00" } }), "invalid", Some("/data")),
        (json!({ "to": to, "data": { "hex": "0" } }), "invalid", Some("/data/hex")),
        (json!({ "to": to, "data": { "hex": "00", "prt": 1 } }), "invalid", Some("/data/prt")),
        (
            json!({ "to": to, "data": { "hex": "00", "port": 70000 } }),
            "invalid",
            Some("/data/port"),
        ),
        (json!({ "to": to, "text": "x", "class": 4 }), "invalid", Some("/class")),
        (json!({ "to": to, "text": "x", "priority": "high" }), "invalid", Some("/priority")),
        (json!({ "to": to, "text": "x", "send_at": "soon" }), "invalid", Some("/send_at")),
        (
            json!({ "to": to, "text": "x", "send_at": "2999-01-01T00:00:00Z" }),
            "invalid",
            Some("/send_at"),
        ),
        (json!({ "to": to, "text": "x", "expires_in": 0 }), "invalid", Some("/expires_in")),
        (json!({ "to": to, "text": "x", "from": "no" }), "invalid", Some("/from")),
        (
            json!({ "to": to, "text": "x", "from": "sim0", "reply_to": "y" }),
            "invalid",
            Some("/reply_to"),
        ),
        (json!({ "to": to, "text": "x", "reply_to": "none" }), "invalid", Some("/reply_to")),
        (
            json!({ "to": to, "text": "x", "client_reference": "r".repeat(65) }),
            "invalid",
            Some("/client_reference"),
        ),
        (json!({ "to": to, "text": "x", "route": "no" }), "no-route", Some("/route")),
        (json!({ "to": to, "text": "x", "flash": true }), "invalid", Some("/flash")),
        (json!(["x"]), "invalid", None),
        (json!({ "to": to, "text": "x".repeat(5000) }), "too-large", None),
    ];
    for (body, kind, pointer) in table {
        let answer = gateway.post("/v1/messages", body);
        let problem = answer.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{body}: {problem}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.is_empty() && detail.lines().count() == 1, "{problem}");
        if let Some(pointer) = pointer {
            assert_eq!(problem["errors"][0]["pointer"], *pointer, "{body}: {problem}");
        }
        let page = gateway.get(problem["type"].as_str().unwrap());
        assert_eq!(page.status, 200, "{problem}");
    }
    assert_eq!(gateway.all("/v1/messages").len(), 0);
}

#[test]
fn each_request_that_is_not_a_message_is_a_problem() {
    let site = Site::new("[limits]\nrequests = 1000");
    let gateway = site.start();
    let json = "Content-Type: application/json\r\n";
    let long = format!("{json}Idempotency-Key: {}\r\n", "k".repeat(256));
    let table: &[(&str, &str, &str, &str, u16, &str)] = &[
        ("POST", "/v1/messages", json, "{\"to\": ", 400, "bad-request"),
        ("POST", "/v1/messages", json, "{} {}", 422, "invalid"),
        ("POST", "/v1/messages", json, "\u{0}", 400, "bad-request"),
        ("POST", "/v1/messages", "", "{}", 415, "wrong-media-type"),
        ("POST", "/v1/messages", &long, "{\"to\":\"1\",\"text\":\"x\"}", 400, "bad-request"),
        ("GET", "/v1/messages/none", "", "", 404, "not-found"),
        ("DELETE", "/v1/messages/none", "", "", 404, "not-found"),
        ("POST", "/v1/messages/none:resend", "", "", 404, "not-found"),
        ("POST", "/v1/messages/none", "", "", 405, "method-not-allowed"),
        ("PATCH", "/v1/messages", "", "", 405, "method-not-allowed"),
        ("GET", "/v1/messages?limit=0", "", "", 400, "bad-request"),
        ("GET", "/v1/messages?limit=x", "", "", 400, "bad-request"),
        ("GET", "/v1/messages?staus=sent", "", "", 400, "bad-request"),
        ("GET", "/v1/messages/none?limit=1", "", "", 400, "bad-request"),
        ("GET", "/v1/messages?after=zzz", "", "", 400, "bad-request"),
        ("GET", "/v1/messages?status=lost", "", "", 400, "bad-request"),
        ("GET", "/v1/inbox/none", "", "", 404, "not-found"),
        ("GET", "/v1/events", "Last-Event-ID: x\r\n", "", 400, "bad-request"),
        ("POST", "/v1/ussd", json, "{\"modem\":\"no\",\"code\":\"*1#\"}", 422, "invalid"),
        ("POST", "/v1/ussd", json, "{\"modem\":\"sim0\",\"code\":\"\"}", 422, "invalid"),
        ("POST", "/v1/inspect", json, "{\"pdu\":\"xyz\"}", 422, "invalid"),
        ("POST", "/v1/webhooks/dead/7:resend", "", "", 404, "not-found"),
        ("GET", "/nowhere", "", "", 404, "not-found"),
        ("GET", "/problems/none", "", "", 404, "not-found"),
    ];
    for (method, path, headers, body, status, kind) in table {
        let answer = gateway.request(method, path, headers, body);
        assert_eq!(answer.status, *status, "{method} {path}: {answer:?}");
        assert_eq!(answer.json()["type"], format!("/problems/{kind}"), "{method} {path}");
    }
}

#[test]
fn a_database_that_cannot_be_used_gets_one_sentence() {
    let last_line = |site: &Site| {
        assert!(!site.spawn().wait().success());
        site.log().lines().last().unwrap().to_owned()
    };
    let site = Site::new("");
    std::fs::write(site.path("gateway.db"), "This is not a database. ".repeat(100)).unwrap();
    let line = last_line(&site);
    assert!(line.starts_with("gateway: the database has failed"), "{line}");

    let site = Site::new("");
    std::fs::create_dir(site.path("gateway.db")).unwrap();
    let line = last_line(&site);
    assert!(line.starts_with("gateway: the database"), "{line}");

    let site = Site::new("");
    drop(site.start());
    let database = rusqlite::Connection::open(site.path("gateway.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let line = last_line(&site);
    assert!(line.contains("version 99") && line.contains("start the newer program"), "{line}");
}

#[test]
fn a_database_that_is_locked_delays_an_answer_and_loses_nothing() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let database = rusqlite::Connection::open(site.path("gateway.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let unlocked = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        database.execute_batch("COMMIT").unwrap();
    });
    let id = gateway.send(&json!({ "to": "+491715550100", "text": "The answer is late" }));
    unlocked.join().unwrap();
    gateway.wait_for(&id, "sent");
}
