//! Webhooks and forwarding rules.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::process::{Site, until};
use crate::receiver::Receiver;
use crate::served::Served;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SENDER: &str = "+491715550188";

fn lines(modem: &Served, url: &str, events: &str) -> String {
    format!(
        "[[modems]]\nname = \"a\"\ntcp = \"{}\"\n[[webhooks]]\nname = \"all\"\nurl = \"{url}\"\n\
         secrets = [\"{SECRET}\", \"whsec_{}\"]\nevents = [{events}]",
        modem.address, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
    )
}

#[test]
fn events_are_delivered_signed_and_in_order_for_each_sender() {
    let modem = Served::new(0);
    let receiver = Receiver::new(|_, _| 200);
    let all = "\"message.received\", \"message.status\", \"modem.status\"";
    let site = Site::new(&lines(&modem, &receiver.url, all));
    let gateway = site.start_ready();
    let id = gateway.send(&json!({ "to": "+491715550100", "text": "Hi", "report": true }));
    gateway.wait_for(&id, "delivered");
    for number in 0..5 {
        modem.deliver(SENDER, &format!("{number}"));
    }
    let of = |kind: &str| {
        let hooks = receiver.hooks().into_iter().map(|hook| hook.json());
        hooks.filter(|hook| hook["type"] == kind).collect::<Vec<_>>()
    };
    let numbers =
        || ["message.received", "message.status", "modem.status"].map(|kind| of(kind).len());
    until(|| matches!(numbers(), [5, 3, states] if states > 0));
    let texts: Vec<_> =
        of("message.received").iter().map(|hook| hook["data"]["text"].clone()).collect();
    assert_eq!(texts, ["0", "1", "2", "3", "4"]);
    let statuses: Vec<_> =
        of("message.status").iter().map(|hook| hook["data"]["status"].clone()).collect();
    assert_eq!(statuses, ["sending", "sent", "delivered"]);
    assert_eq!(of("modem.status")[0]["data"]["name"], "a");
    let hook = &receiver.hooks()[0];
    // A second secret signs too, for the time of an exchange.
    assert_eq!(hook.signature.split(' ').filter(|part| part.starts_with("v1,")).count(), 2);
}

/// The reference implementation in another language reads our signatures.
#[test]
#[ignore = "needs python3 with the package standardwebhooks"]
fn the_library_standardwebhooks_accepts_the_signatures() {
    let modem = Served::new(0);
    let receiver = Receiver::new(|_, _| 200);
    let site = Site::new(&lines(&modem, &receiver.url, "\"message.received\""));
    let _gateway = site.start_ready();
    modem.deliver(SENDER, "Grüße \"quoted\" 🦊");
    until(|| !receiver.hooks().is_empty());
    let hook = receiver.hooks().remove(0);
    fs::write(site.path("body"), &hook.body).unwrap();
    let program = "
import sys
from standardwebhooks import Webhook, WebhookVerificationError
secret, path, id, timestamp, signature = sys.argv[1:]
headers = {'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature}
body = open(path, encoding='utf-8').read()
assert Webhook(secret).verify(body, headers)['type'] == 'message.received'
try:
    Webhook(secret).verify(body + ' ', headers)
    sys.exit('a changed body was accepted')
except WebhookVerificationError:
    pass
";
    let verified = Command::new("python3")
        .args(["-c", program, SECRET])
        .arg(site.path("body"))
        .args([&hook.id, &hook.timestamp, &hook.signature])
        .status()
        .unwrap();
    assert!(verified.success());
}

#[test]
fn a_failure_holds_back_its_sender_only_and_comes_again_with_the_same_identifier() {
    let modem = Served::new(0);
    // The first attempt of one message fails, by a redirection.
    let receiver = Receiver::new(|before, hook| {
        if before == 0 && hook.json()["data"]["text"] == "first" { 302 } else { 204 }
    });
    let site = Site::new(&lines(&modem, &receiver.url, "\"message.received\""));
    let _gateway = site.start_ready();
    modem.deliver(SENDER, "first");
    until(|| receiver.hooks().len() == 1);
    modem.deliver(SENDER, "second");
    modem.deliver("+491715550189", "other");
    until(|| receiver.hooks().len() == 4);
    let hooks = receiver.hooks();
    let texts: Vec<_> = hooks.iter().map(|hook| hook.json()["data"]["text"].clone()).collect();
    assert_eq!(texts, ["first", "other", "first", "second"]);
    assert_eq!(hooks[0].id, hooks[2].id);
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_and_its_dead_letters_can_be_sent_again() {
    let modem = Served::new(0);
    let receiver = Receiver::new(|before, _| if before == 0 { 410 } else { 204 });
    let site = Site::new(&lines(&modem, &receiver.url, "\"message.received\""));
    let gateway = site.start_ready();
    modem.deliver(SENDER, "first");
    until(|| !gateway.all("/v1/webhooks/dead").is_empty());
    modem.deliver(SENDER, "second");
    until(|| gateway.all("/v1/webhooks/dead").len() == 2);
    assert_eq!(receiver.hooks().len(), 1);
    for letter in gateway.all("/v1/webhooks/dead") {
        assert_eq!(letter["error"], "the endpoint has answered 410");
        let path = format!("/v1/webhooks/dead/{}:resend", letter["id"]);
        assert_eq!(gateway.request("POST", &path, "", "").status, 202);
    }
    // Another event wakes the deliveries.
    modem.deliver(SENDER, "third");
    until(|| receiver.hooks().len() == 4);
    assert!(gateway.all("/v1/webhooks/dead").is_empty());
}

#[test]
fn rules_forward_reply_and_run_programs_and_do_not_answer_each_other_without_end() {
    let modem = Served::new(0);
    let receiver = Receiver::new(|_, _| 200);
    let site = Site::new("");
    let output = site.path("output");
    let script = site.path("program");
    fs::write(&script, format!("#!/bin/sh\n{{ echo \"$1 $SMS_FROM\"; cat; }} > {output:?}.new\nmv {output:?}.new {output:?}\n")).unwrap();
    Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    site.configure(&format!(
        "programs = true\n{}\n\
         [[rules]]\nname = \"alarm\"\nfrom = '\\+4917.*'\ntext = '(?i)alarm'\nwebhook = \"all\"\n\
         send_to = [\"+491715550100\"]\nreply = \"Noted.\"\nprogram = [{script:?}, \"$(id)\"]\n\
         max_per_hour = 2",
        lines(&modem, &receiver.url, "")
    ));
    let gateway = site.start_ready();
    modem.deliver(SENDER, "All is well");
    modem.deliver(SENDER, "ALARM; $(reboot)");
    until(|| receiver.hooks().len() == 1 && output.exists());
    assert_eq!(receiver.hooks()[0].json()["data"]["text"], "ALARM; $(reboot)");
    assert_eq!(fs::read_to_string(&output).unwrap(), format!("$(id) {SENDER}\nALARM; $(reboot)"));
    until(|| modem.submitted().len() == 2);
    modem.deliver(SENDER, "alarm again");
    until(|| receiver.hooks().len() == 2);
    let texts = modem.submitted();
    assert_eq!(texts, [format!("{SENDER}: ALARM; $(reboot)"), "Noted.".into()]);
    assert_eq!(gateway.all("/v1/messages").len(), 2, "max_per_hour holds");
}

#[test]
fn an_endpoint_is_tested_once_and_its_answer_is_that_of_the_test() {
    let modem = Served::new(0);
    let receiver = Receiver::new(|before, _| [204, 500, 410, 302][before.min(3)]);
    let url = receiver.url.clone();
    let site = Site::new(&format!(
        "{}\n[[webhooks]]\nname = \"closed\"\nurl = \"http://127.0.0.1:9/key-of-the-url\"\n\
         secrets = [\"{SECRET}\"]\nevents = []",
        lines(&modem, &url, "")
    ));
    let gateway = site.start();
    let test = |name: &str| gateway.request("POST", &format!("/v1/webhooks/{name}"), "", "");
    let accepted = test("all:test");
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let hook = receiver.hooks().remove(0);
    let body = hook.json();
    assert_eq!(
        (&body["type"], &body["data"]),
        (&json!("webhook.test"), &json!({ "webhook": "all" }))
    );
    assert_eq!(accepted.json()["webhook_id"], json!(hook.id));
    assert_eq!(hook.signature.matches("v1,").count(), 2);

    let reasons = ["500 Internal Server Error", "410 Gone", "302 Found, which is a redirection"];
    for reason in reasons {
        let problem = test("all:test").json();
        assert_eq!(problem["type"], "/problems/endpoint-failed");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("the endpoint has answered {reason}: ")), "{detail}");
    }
    let closed = test("closed:test");
    assert_eq!(closed.status, 502, "{closed:?}");
    let detail = closed.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("the endpoint cannot be reached, Connection refused"), "{detail}");
    assert!(!closed.body.contains("key-of-the-url"), "{closed:?}");
    assert_eq!((test("none:test").status, test("all").status), (404, 404));
    // Nothing is tried again, and the answer 410 to a test disables nothing.
    assert!(gateway.all("/v1/webhooks/dead").is_empty());
    assert_eq!(receiver.hooks().len(), 4);
}
