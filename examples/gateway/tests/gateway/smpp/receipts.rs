//! Receipts: their form, when they come, and to whom.

use std::time::Duration;

use modem::simulator::Subscriber;
use serde_json::json;

use super::client::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, DELIVER, RECIPIENT, RESPONSE, SUBMIT,
    SmppSite, Submit,
};
use crate::process::until;
use crate::served::Served;

const MOMENT: Duration = Duration::from_millis(300);

fn registered(registered: u8) -> Submit {
    Submit { registered, ..Submit::default() }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn a_receipt_has_the_form_that_clients_parse_and_follows_its_answer() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("utc_offset = \"+14:00\"", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let sequence = client.send(SUBMIT, registered(0x11).body());
    let first = client.read().unwrap();
    assert_eq!((first.id, first.sequence), (SUBMIT | RESPONSE, sequence), "the answer is first");
    let id = first.string();
    let receipt = client.deliver(0);
    let text = receipt.text();
    let fields: Vec<&str> = text.split(' ').collect();
    let [id_field, sub, dlvrd, submit, submit_date, done, done_date, stat, err, last] = fields[..]
    else {
        panic!("{text}")
    };
    assert_eq!(
        [id_field, sub, dlvrd, submit, done, stat, err, last],
        [
            &format!("id:{id}"),
            "sub:001",
            "dlvrd:001",
            "submit",
            "done",
            "stat:DELIVRD",
            "err:000",
            "text:"
        ]
    );
    for field in [submit_date, done_date] {
        assert!(is_date(field.strip_prefix("date:").unwrap()), "{text}");
    }
    // The account is up to a day ahead of UTC.
    let here = gateway.message(&id)["created_at"].as_str().unwrap().to_owned();
    assert_ne!(
        submit_date[5..],
        [&here[2..4], &here[5..7], &here[8..10], &here[11..13], &here[14..16]].concat()
    );
    assert_eq!(receipt.tlv(0x001E), Some([id.as_bytes(), &[0]].concat().as_slice()));
    assert_eq!(receipt.tlv(0x0427), Some([2].as_slice()));
    assert_eq!(receipt.tlv(0x0423), None);
    assert_eq!((receipt.esm_class, receipt.data_coding), (0x04, 0));
    assert_eq!(receipt.source, (1, 1, RECIPIENT.into()));
    assert_eq!(receipt.destination, (5, 0, "Shop".into()));
}

#[test]
fn registered_delivery_is_honoured_for_each_message() {
    let modem = Served::new(0);
    let nobody = "+491715550199";
    modem.lock().set_subscriber(nobody, Subscriber::Rejected(1));
    let site = SmppSite::with_modem("", &modem);
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    // registered_delivery, and the outcomes for which there is a receipt.
    for (wish, success, failure) in [
        (0x00, false, false),
        (0x01, true, true),
        (0x02, false, true),
        (0x03, true, false),
        (0x10, false, false),
        (0x11, true, true),
    ] {
        for (is_wanted, number) in [(success, RECIPIENT), (failure, "491715550199")] {
            let destination = (1, number.as_bytes().to_vec());
            let id = client.submit(&Submit { destination, ..registered(wish) });
            // The message after it wants a receipt, which would follow.
            let next = client.submit(&registered(0x01));
            if is_wanted {
                let receipt = client.deliver(0);
                assert!(receipt.text().contains(&format!("id:{id} ")), "{wish}: {receipt:?}");
            }
            let receipt = client.deliver(0);
            assert!(receipt.text().contains(&format!("id:{next} ")), "{wish}: {receipt:?}");
        }
    }
    client.assert_silent(MOMENT);
}

#[test]
fn a_failure_has_the_code_of_the_network() {
    let modem = Served::new(0);
    modem.lock().set_subscriber("+491715550199", Subscriber::Rejected(1));
    let site = SmppSite::with_modem("", &modem);
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let destination = (1, b"491715550199".to_vec());
    client.submit(&Submit { destination, ..registered(1) });
    let receipt = client.deliver(0);
    let text = receipt.text();
    assert!(text.contains("dlvrd:000") && text.contains("stat:UNDELIV err:001"), "{text}");
    assert_eq!(receipt.tlv(0x0423), Some([3, 0, 1].as_slice()));
    assert_eq!(receipt.tlv(0x0427), Some([5].as_slice()));
}

#[test]
fn a_message_of_several_parts_has_one_receipt_and_parts_of_a_client_have_their_own() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let whole = Submit { message: Vec::new(), ..registered(1) };
    let id = client.submit(&whole.with_tlv(0x0424, &[b'x'; 400]));
    assert!(client.deliver(0).text().contains(&format!("id:{id} ")));
    client.assert_silent(MOMENT);
    let mut ids: Vec<String> = (1..=3)
        .map(|number| {
            let message = [&[5, 0, 3, 9, 3, number], b"part".as_slice()].concat();
            client.submit(&Submit { esm_class: 0x40, message, ..registered(1) })
        })
        .collect();
    ids.sort();
    let mut receipts: Vec<String> = (0..3)
        .map(|_| {
            let text = client.deliver(0).text();
            text["id:".len()..].split(' ').next().unwrap().to_owned()
        })
        .collect();
    receipts.sort();
    assert_eq!(receipts, ids);
}

#[test]
fn a_message_that_expires_has_its_receipt() {
    let site = SmppSite::new("", "", "[[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSCEIVER);
    client.submit(&Submit { validity: b"000000000001000R".to_vec(), ..registered(1) });
    let receipt = client.deliver(0);
    assert!(receipt.text().contains("stat:EXPIRED"), "{receipt:?}");
    assert_eq!(receipt.tlv(0x0427), Some([3].as_slice()));
}

#[test]
fn receipts_wait_for_a_receiver_over_a_restart_and_go_to_any_of_them() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let mut gateway = site.site.start_ready();
    let mut sender = site.bind(BIND_TRANSMITTER);
    let ids: Vec<String> = (0..30).map(|_| sender.submit(&registered(1))).collect();
    for id in &ids {
        gateway.wait_for(id, "delivered");
    }
    sender.assert_silent(Duration::from_millis(50));
    gateway.kill();
    let mut gateway = site.site.start_ready();
    // A receiver that answers nothing holds its window only.
    let mut silent = site.bind(BIND_RECEIVER);
    let held: Vec<_> = (0..10).map(|_| silent.expect(|pdu| pdu.id == DELIVER)).collect();
    silent.assert_silent(MOMENT);
    let mut other = site.bind(BIND_RECEIVER);
    let mut texts: Vec<String> = (0..20).map(|_| other.deliver(0).text()).collect();
    other.assert_silent(MOMENT);
    // A delivery without its answer goes to others once it has gone.
    drop(silent);
    texts.extend((0..held.len()).map(|_| other.deliver(0).text()));
    texts.sort();
    for (text, id) in texts.iter().zip(&ids) {
        assert!(text.starts_with(&format!("id:{id} ")), "{text} {id}");
    }
    other.assert_silent(MOMENT);
    until(|| !site.site.log().contains("panicked"));
    gateway.kill();
    let _gateway = site.site.start_ready();
    site.bind(BIND_RECEIVER).assert_silent(MOMENT);
}

#[test]
fn a_client_that_cannot_take_a_receipt_gets_it_later_and_one_that_refuses_it_never() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    client.submit(&registered(1));
    let first = client.deliver(0x14);
    let again = client.deliver(0);
    assert_eq!(first, again);
    let refused = client.submit(&registered(1));
    client.deliver(0x65);
    client.assert_silent(MOMENT);
    until(|| gateway.all("/v1/webhooks/dead").len() == 1);
    let dead = gateway.all("/v1/webhooks/dead").remove(0);
    assert_eq!((&dead["endpoint"], &dead["webhook_id"]), (&json!("smpp:shop"), &json!(refused)));
    let metrics = gateway.get("/metrics").body;
    for outcome in ["later", "refused", "taken"] {
        let line =
            format!("sms_smpp_deliveries_total{{account=\"shop\",outcome=\"{outcome}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
    // A person can send it again.
    let number = dead["id"].as_i64().unwrap();
    let revived = gateway.request("POST", &format!("/v1/webhooks/dead/{number}:resend"), "", "");
    assert_eq!(revived.status / 100, 2, "{revived:?}");
    client.submit(&registered(1));
    let mut texts = [client.deliver(0).text(), client.deliver(0).text()];
    texts.sort();
    assert!(texts[0].contains(&refused), "{texts:?}");
}

#[test]
fn receipts_come_in_order() {
    let site = SmppSite::new("", "window = 200", "");
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let destination = (1, b"491715550177".to_vec());
    for _ in 0..100 {
        client.send(SUBMIT, Submit { destination: destination.clone(), ..registered(1) }.body());
    }
    let mut dates = Vec::new();
    for _ in 0..100 {
        let text = client.deliver(0).text();
        dates.push(text.split("done date:").nth(1).unwrap()[..10].to_owned());
    }
    assert!(dates.is_sorted(), "{dates:?}");
}
