//! The API against the simulated network.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::process::{Site, WITHIN, in_a_month, rfc_3339, until, until_none_left};
use crate::served::Served;

const RECIPIENT: &str = "+491715550100";
const ECHO: &str = "+491715550177";

#[test]
fn a_message_goes_out_and_its_report_comes_back() {
    let modem = Served::new(0);
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    let text = "Grüße ".repeat(40);
    let answer = gateway.post(
        "/v1/messages",
        &json!({ "to": RECIPIENT, "text": text, "report": true, "client_reference": "mine" }),
    );
    let accepted = answer.json();
    assert_eq!((accepted["parts"].as_u64(), accepted["coding"].as_str()), (Some(2), Some("gsm7")));
    let id = accepted["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/v1/messages/{id}").as_str()));
    let message = gateway.wait_for(id, "delivered");
    assert_eq!((&message["final"], &message["parts"][1]["number"]), (&json!(true), &json!(2)));
    let history = message["history"].as_array().unwrap();
    let statuses: Vec<&str> = history
        .iter()
        .filter(|change| change["part"].is_null())
        .map(|change| change["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["queued", "sending", "sent", "delivered"]);
    assert_eq!(modem.submitted().concat(), text);
    let found = gateway.get("/v1/messages?client_reference=mine").json();
    assert_eq!(found["items"][0]["id"], id);
    assert_eq!(gateway.get("/v1/messages?status=failed").json()["items"], json!([]));
}

#[test]
fn a_repeated_key_has_the_first_answer_and_sends_once() {
    let modem = Served::new(0);
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    let headers = "Content-Type: application/json\r\nIdempotency-Key: \"one\"\r\n";
    let body = json!({ "to": RECIPIENT, "text": "Once" });
    let first = gateway.request("POST", "/v1/messages", headers, &body.to_string());
    let second = gateway.request("POST", "/v1/messages", headers, &body.to_string());
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    let other = json!({ "to": RECIPIENT, "text": "Other" });
    let third = gateway.request("POST", "/v1/messages", headers, &other.to_string());
    assert_eq!((third.status, &third.json()["type"]), (422, &json!("/problems/key-reused")));
    gateway.wait_for(first.json()["id"].as_str().unwrap(), "sent");
    assert_eq!(modem.submitted(), ["Once"]);
}

#[test]
fn a_client_that_goes_away_before_the_answer_has_its_message_sent_or_not_accepted() {
    let site = Site::new("");
    let gateway = site.start_ready();
    for number in 0..100 {
        let body = json!({ "to": RECIPIENT, "text": format!("{number}") }).to_string();
        let mut stream = TcpStream::connect(gateway.address).unwrap();
        let head = "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        std::thread::sleep(std::time::Duration::from_micros(number * 30));
    }
    let left = |message: &&Value| message["status"] != "sent";
    until(|| !gateway.all("/v1/messages").is_empty());
    until_none_left(|| gateway.all("/v1/messages").iter().filter(left).count());
}

#[test]
fn a_scheduled_message_waits_for_its_time_and_can_be_cancelled_over_a_restart() {
    let site = Site::new("");
    let mut gateway = site.start_ready();
    let time = in_a_month();
    let later = json!({ "to": RECIPIENT, "text": "Later", "send_at": rfc_3339(time, 2) });
    let id = gateway.send(&later);
    assert_eq!(gateway.message(&id)["status"], "scheduled");
    assert_eq!(gateway.message(&id)["send_at"], rfc_3339(time, 0));
    gateway.kill();
    let gateway = site.start_ready();
    let path = format!("/v1/messages/{id}");
    let resent = gateway.request("POST", &format!("{path}:resend"), "", "");
    assert_eq!((resent.status, &resent.json()["type"]), (409, &json!("/problems/not-resendable")));
    let cancelled = gateway.request("DELETE", &path, "", "");
    assert_eq!((cancelled.status, &cancelled.json()["status"]), (200, &json!("cancelled")));
    assert_eq!(gateway.request("DELETE", &path, "", "").status, 200, "it is cancelled");

    let sent = gateway.send(&json!({ "to": RECIPIENT, "text": "Now" }));
    gateway.wait_for(&sent, "sent");
    let refused = gateway.request("DELETE", &format!("/v1/messages/{sent}"), "", "");
    assert_eq!((refused.status, &refused.json()["type"]), (409, &json!("/problems/has-left")));
}

#[test]
fn a_message_without_a_modem_waits_expires_and_is_sent_again_by_a_person() {
    let site = Site::new("[[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"");
    let gateway = site.start();
    assert_eq!(gateway.get("/readyz").status, 503);
    let id = gateway.send(&json!({ "to": RECIPIENT, "text": "Urgent", "expires_in": 1 }));
    let waiting = gateway.send(&json!({ "to": RECIPIENT, "text": "Not urgent" }));
    gateway.wait_for(&id, "expired");
    assert_eq!(gateway.message(&waiting)["status"], "queued");
    let again = gateway.request("POST", &format!("/v1/messages/{id}:resend"), "", "");
    assert_eq!(again.status, 202, "{again:?}");
    let new = gateway.message(again.json()["id"].as_str().unwrap());
    assert_eq!(new["resend_of"], json!(id));
    let cancelled = gateway.request("DELETE", &format!("/v1/messages/{waiting}"), "", "");
    assert_eq!(cancelled.status, 200, "a message that waits is cancelled");
    let view = &gateway.get("/v1/modems").json()[0];
    assert_eq!((&view["state"], view["reason"].is_string()), (&json!("down"), true), "{view}");
}

#[test]
fn a_number_that_the_network_does_not_know_makes_a_message_failed_with_the_reason() {
    let modem = Served::new(0);
    modem.lock().set_subscriber(RECIPIENT, modem::simulator::Subscriber::Rejected(1));
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    let id = gateway.send(&json!({ "to": RECIPIENT, "text": "Nobody" }));
    let failed = gateway.wait_for(&id, "failed");
    assert!(failed["reason"].as_str().unwrap().contains("+CMS ERROR 1)"), "{failed}");
    assert_eq!(failed["final"], true);
}

#[test]
fn a_received_message_is_in_the_inbox_and_in_the_events_and_can_be_answered() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    let request = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    gateway.send(&json!({ "to": ECHO, "text": "Привет 🦊", "from": "sim1" }));
    until(|| gateway.all("/v1/inbox").len() == 1);
    let received = gateway.all("/v1/inbox").remove(0);
    assert_eq!((&received["text"], &received["from"]), (&json!("Привет 🦊"), &json!(ECHO)));
    assert_eq!(
        (&received["modem"], &received["number_type"]),
        (&json!("sim1"), &json!("international"))
    );
    let id = received["id"].as_str().unwrap();
    assert_eq!(gateway.get(&format!("/v1/inbox/{id}")).json(), received);

    // The stream had the events from the beginning on, in order.
    let mut kinds = Vec::new();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        if let Some(kind) = line.strip_prefix("event: ") {
            kinds.push(kind.to_owned());
            if kind == "message.received" {
                break;
            }
        }
    }
    assert!(kinds.contains(&"modem.status".into()) && kinds.contains(&"message.status".into()));

    let reply = json!({ "to": ECHO, "text": "Thanks", "reply_to": id });
    let sent = gateway.wait_for(&gateway.send(&reply), "sent");
    assert_eq!(sent["parts"][0]["modem"], "sim1");
}

#[test]
fn previews_ussd_and_pdus_are_answered() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let preview = gateway.post("/v1/messages:preview", &json!({ "to": RECIPIENT, "text": "Жук" }));
    let expected = json!({
        "to": RECIPIENT, "parts": 1, "coding": "ucs2", "foreign": ["Ж", "у", "к"],
        "remaining": 67, "plain": null,
    });
    assert_eq!(preview.json(), expected);
    for (text, parts, remaining, plain) in [
        ("Hello", 1, 155, None),
        ("12 €", 1, 155, None),
        (&"x".repeat(161), 2, 145, None),
        (&"ж".repeat(71), 2, 63, None),
        ("“Smart”", 1, 63, Some("\"Smart\"")),
    ] {
        let preview = json!({ "to": RECIPIENT, "text": text });
        let cost = gateway.post("/v1/messages:preview", &preview).json();
        let expected = json!([parts, remaining, plain]);
        assert_eq!(json!([cost["parts"], cost["remaining"], cost["plain"]]), expected, "{text}");
    }
    until(|| gateway.get("/v1/modems").json()[0]["state"] == "idle");
    let reply = gateway.post("/v1/ussd", &json!({ "modem": "sim0", "code": "*100#" })).json();
    assert_eq!(reply, json!({ "text": "Your balance is 12.34 EUR.", "needs_answer": false }));
    let pdu = "07911356131313F311000B919471515500F00000FF05C8329BFD06";
    let read = gateway.post("/v1/inspect", &json!({ "pdu": pdu })).json();
    assert_eq!((&read[0]["type"], &read[0]["text"]), (&json!("submit"), &json!("Hello")));
    assert_eq!(read[0]["octets"], pdu);
    let last = read[0]["fields"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["offset"], &last["octets"]), (&json!(22), &json!("C8329BFD06")));
    let metrics = gateway.get("/metrics").body;
    assert!(metrics.contains("sms_modem_up{modem=\"sim0\"} 1"), "{metrics}");
}

#[test]
fn a_page_of_another_name_cannot_use_a_gateway_without_keys() {
    let site = Site::new("");
    let gateway = site.start();
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    let request = "GET /v1/inbox HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(answer.contains("/problems/wrong-host"), "{answer}");
}

#[test]
fn keys_have_scopes_and_limits() {
    let output = |argument: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg(argument)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = output("key");
    let mut words = printed.lines().map(|line| line.rsplit(' ').next().unwrap());
    let (key, hash) = (words.next().unwrap(), words.next().unwrap());
    let site = Site::new(&format!(
        "[limits]\nrequests = 4\n[[keys]]\nname = \"k\"\nhash = \"{hash}\"\nscopes = [\"read\"]"
    ));
    let gateway = site.start();
    let get = |headers: &str| gateway.request("GET", "/v1/messages", headers, "");
    let missing = get("");
    assert_eq!((missing.status, missing.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(get("Authorization: Bearer wrong\r\n").status, 401);
    let mine = format!("Authorization: Bearer {key}\r\n");
    assert_eq!(get(&mine).status, 200);
    let headers = format!("{mine}Content-Type: application/json\r\n");
    let refused = gateway.request("POST", "/v1/messages", &headers, "{}");
    assert_eq!((refused.status, &refused.json()["type"]), (403, &json!("/problems/forbidden")));
    // The limit is one for each second: so many are sent at the same time, until one is too many.
    let mut limited = None;
    until(|| {
        let answers: Vec<_> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..20).map(|_| scope.spawn(|| get(&mine))).collect();
            asked.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        limited = answers.into_iter().find(|answer| answer.status == 429);
        limited.is_some()
    });
    assert!(limited.unwrap().header("retry-after").is_some());
    assert!(!site.log().contains(key));
}

#[test]
fn the_log_has_no_numbers_and_texts_unless_it_is_told() {
    for mask in [true, false] {
        let site = Site::new(&format!("[log]\nmask = {mask}"));
        let gateway = site.start_ready();
        gateway.send(&json!({ "to": ECHO, "text": "Secret words" }));
        until(|| !gateway.all("/v1/inbox").is_empty());
        let log = site.log();
        let shown = (log.contains(ECHO), log.contains("Secret words"));
        assert_eq!(shown, (!mask, !mask), "{log}");
    }
}
