//! Received messages as deliver_sm.

use std::time::Duration;

use super::client::{BIND_RECEIVER, BIND_TRANSCEIVER, DELIVER, SmppSite};
use crate::process::until;
use crate::served::Served;

const SENDER: &str = "+491715550188";

#[test]
fn received_texts_are_delivered_as_they_were_sent_long_ones_in_the_payload() {
    let modem = Served::new(0);
    let site = SmppSite::new(
        "",
        "receive = true",
        &format!(
            "[[modems]]\nname = \"a\"\ntcp = \"{}\"\nnumber = \"+491715550100\"",
            modem.address
        ),
    );
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_RECEIVER);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let long = "Grüße, ".repeat(60);
    let septets = gsm7::encode_to_vec(&long, gsm7::Alphabet::DEFAULT).unwrap();
    let table: [(&str, u8, Vec<u8>); 4] = [
        ("Hi @€", 0, b"Hi \x00\x1B\x65".to_vec()),
        ("Привет 🦊", 8, utf16("Привет 🦊")),
        (&long, 0, septets),
        (&"Ж".repeat(200), 8, utf16(&"Ж".repeat(200))),
    ];
    for (text, data_coding, octets) in table {
        modem.deliver(SENDER, text);
        let message = client.deliver(0);
        assert_eq!((message.esm_class, message.data_coding), (0, data_coding), "{text}");
        assert_eq!(message.octets(), octets, "{text}");
        assert_eq!(message.tlv(0x0424).is_some(), octets.len() > 254, "{text}");
        assert_eq!(message.source, (1, 1, SENDER[1..].into()));
        assert_eq!(message.destination, (1, 1, "491715550100".into()));
    }
}

#[test]
fn received_messages_go_to_the_accounts_that_are_to_have_them() {
    let modems = [Served::new(0), Served::new(1)];
    let site = SmppSite::new(
        "",
        "default_alphabet = \"latin1\"\nreceive_from = [\"b\"]",
        &format!(
            "[[smpp.accounts]]\nsystem_id = \"none\"\npassword = \"p\"\n\
             [[modems]]\nname = \"a\"\ntcp = \"{}\"\n[[modems]]\nname = \"b\"\ntcp = \"{}\"",
            modems[0].address, modems[1].address
        ),
    );
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let mut none = site.connect();
    none.bind(BIND_RECEIVER, "none", "p");
    modems[0].deliver(SENDER, "to a");
    until(|| gateway.all("/v1/inbox").len() == 1);
    modems[1].deliver(SENDER, "für b");
    let message = client.deliver(0);
    assert_eq!((message.data_coding, message.octets()), (3, b"f\xFCr b".as_slice()));
    assert_eq!(message.destination, (5, 0, "b".into()), "the modem has no number");
    none.assert_silent(Duration::from_millis(300));
    client.assert_silent(Duration::from_millis(50));
}

#[test]
fn a_received_message_is_kept_until_it_is_answered() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("receive = true", &modem);
    let mut gateway = site.site.start_ready();
    modem.deliver(SENDER, "kept");
    until(|| gateway.all("/v1/inbox").len() == 1);
    gateway.kill();
    let mut gateway = site.site.start_ready();
    let mut client = site.bind(BIND_RECEIVER);
    client.expect(|pdu| pdu.id == DELIVER);
    gateway.kill();
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_RECEIVER);
    assert_eq!(client.deliver(0).octets(), b"kept");
    drop(client);
    until(|| site.site.log().matches("session of SMPP has ended").count() >= 1);
    site.bind(BIND_RECEIVER).assert_silent(Duration::from_millis(300));
}
