//! Processes that are killed by SIGKILL at random moments, while a client posts messages, and
//! subscribers write.
//!
//! `GATEWAY_KILLS=1000` kills as many processes; without it there are 30.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Gateway, Site, until, until_none_left};
use crate::receiver::Receiver;
use crate::served::Served;

const RECIPIENT: &str = "+491715550100";
const SENDER: &str = "+491715550188";

/// A client, who sends a message again with the same key until there is an answer.
#[derive(Default)]
struct Client {
    /// The names of the messages without an answer.
    open: BTreeSet<String>,
    /// The names and the identifiers of the accepted messages.
    accepted: BTreeMap<String, String>,
}

impl Client {
    fn post(&mut self, gateway: &Gateway, name: &str) {
        // The name is in each part. One message in three has two parts.
        let number: usize = name.rsplit('-').next().unwrap().parse().unwrap();
        let text = format!("{name} ").repeat(if number.is_multiple_of(3) { 30 } else { 2 });
        let body = json!({ "to": RECIPIENT, "text": text, "client_reference": name });
        let headers = format!("Content-Type: application/json\r\nIdempotency-Key: {name}\r\n");
        let body = body.to_string();
        let answer = gateway.try_request("POST", "/v1/messages", &headers, body.as_bytes());
        let Some(answer) = answer else {
            self.open.insert(name.into());
            return;
        };
        assert_eq!(answer.status, 202, "{answer:?}");
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        self.open.remove(name);
        let before = self.accepted.insert(name.into(), id.clone());
        assert!(before.is_none_or(|before| before == id), "{name} has two identifiers");
    }

    fn repeat(&mut self, gateway: &Gateway) {
        for name in self.open.clone() {
            self.post(gateway, &name);
        }
    }
}

/// The faults, all of which must stay at zero.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    lost: usize,
    twice: usize,
    wrong: usize,
}

#[test]
fn killed_processes_lose_nothing_send_nothing_twice_and_report_nothing_false() {
    let kills = std::env::var("GATEWAY_KILLS").map_or(30, |kills| kills.parse().unwrap());
    let modems = [Served::new(0), Served::new(1)];
    let receiver = Receiver::new(|_, _| 204);
    let site = Site::new(&format!(
        "[limits]\nrequests = 100000\n\
         [[modems]]\nname = \"a\"\ntcp = \"{}\"\n[[modems]]\nname = \"b\"\ntcp = \"{}\"\n\
         [[webhooks]]\nname = \"all\"\nurl = \"{}\"\nevents = [\"message.received\"]\n\
         secrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]",
        modems[0].address, modems[1].address, receiver.url
    ));
    let mut random = fastrand::Rng::with_seed(23);
    let mut client = Client::default();
    let mut delivered = Vec::new();
    for life in 0..kills {
        let mut gateway = site.start();
        client.repeat(&gateway);
        for number in 0..=random.u64(..4) {
            client.post(&gateway, &format!("m{life}-{number}"));
        }
        if random.bool() {
            delivered.push(format!("in{life}"));
            modems[random.usize(..2)].deliver(SENDER, &format!("in{life}"));
        }
        thread::sleep(Duration::from_millis(random.u64(..150)));
        let ended = gateway.child.try_wait().unwrap();
        assert!(ended.is_none(), "life {life} has ended by itself: {ended:?}");
        gateway.kill();
    }
    let gateway = site.start_ready();
    client.repeat(&gateway);
    assert!(client.open.is_empty());
    let mut messages = Vec::new();
    until_none_left(|| {
        messages = gateway.all("/v1/messages");
        let waits = |message: &&Value| {
            matches!(message["status"].as_str().unwrap(), "scheduled" | "queued" | "sending")
        };
        messages.iter().filter(waits).count()
    });
    let ids = |receiver: &Receiver| -> BTreeMap<String, String> {
        let hooks = receiver.hooks();
        let id = |hook: &crate::receiver::Hook| {
            (hook.id.clone(), hook.json()["data"]["text"].as_str().unwrap().to_owned())
        };
        hooks.iter().map(id).collect()
    };
    until(|| {
        gateway.all("/v1/inbox").len() >= delivered.len() && ids(&receiver).len() >= delivered.len()
    });

    let mut figures = Figures::default();
    // Outgoing: what the network has taken, by the name of the message.
    let submitted: Vec<String> = modems.iter().flat_map(Served::submitted).collect();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &submitted {
        // The second part of a message may begin in the middle of a word.
        let mut words = text.split(' ').filter(|word| word.starts_with('m'));
        let name = words.find(|word| text.matches(*word).count() > 1).unwrap();
        *left.entry(name).or_default() += 1;
    }
    let by_name: BTreeMap<&str, &Value> = messages
        .iter()
        .map(|message| (message["client_reference"].as_str().unwrap(), message))
        .collect();
    figures.twice += messages.len() - by_name.len();
    let mut unknown = 0;
    for (name, id) in &client.accepted {
        let Some(message) = by_name.get(name.as_str()).filter(|message| message["id"] == **id)
        else {
            eprintln!("{name} is lost");
            figures.lost += 1;
            continue;
        };
        let parts = message["parts"].as_array().unwrap().len();
        let count = left.remove(name.as_str()).unwrap_or_default();
        if count > parts {
            eprintln!("{name}: {count} of {parts} parts have left");
            figures.twice += 1;
        }
        let is_true = match message["status"].as_str().unwrap() {
            "sent" | "delivered" => count == parts,
            "unknown" => {
                unknown += 1;
                count <= parts
            }
            _ => count < parts,
        };
        if !is_true {
            eprintln!("{count} parts have left: {message}");
            figures.wrong += 1;
        }
    }
    figures.wrong += left.len();
    // Incoming: each message once, with one webhook identifier.
    let inbox = gateway.all("/v1/inbox");
    let mut texts: Vec<&str> =
        inbox.iter().map(|message| message["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    delivered.sort_unstable();
    figures.lost += delivered.iter().filter(|text| !texts.contains(&text.as_str())).count();
    figures.twice += texts.len().saturating_sub(delivered.len());
    let mut hooked: Vec<String> = ids(&receiver).into_values().collect();
    hooked.sort_unstable();
    figures.lost += delivered.iter().filter(|text| !hooked.contains(text)).count();
    figures.twice += hooked.len().saturating_sub(delivered.len());
    println!(
        "{kills} kills: {} messages of {} parts sent, {unknown} unknown, {} received, {} webhooks \
         for {}, {figures:?}",
        messages.len(),
        submitted.len(),
        inbox.len(),
        receiver.hooks().len(),
        hooked.len(),
    );
    assert!(submitted.len() > kills / 2, "nothing was sent");
    assert_eq!(figures, Figures::default());
}
