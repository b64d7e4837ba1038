//! Binds, their refusals, and the end of sessions.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::until;

use super::client::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, ENQUIRE, NACK, Pdu, RESPONSE, SUBMIT,
    SmppSite, Submit, UNBIND,
};

#[test]
fn a_bind_of_each_kind_is_answered_with_the_name_and_the_version() {
    let site = SmppSite::new("system_id = \"smsc\"", "", "");
    let _gateway = site.site.start();
    for kind in [BIND_TRANSMITTER, BIND_RECEIVER, BIND_TRANSCEIVER] {
        let mut client = site.connect();
        let answer = client.bind(kind, "shop", "secret08");
        assert_eq!((answer.id, answer.status), (kind | RESPONSE, 0));
        assert_eq!(answer.body, b"smsc\0\x02\x10\0\x01\x34");
        client.assert_alive();
        let again = client.bind(kind, "shop", "secret08");
        assert_eq!((again.id, again.status), (kind | RESPONSE, 0x05), "already bound");
        assert_eq!(client.ask(UNBIND, Vec::new()).id, UNBIND | RESPONSE);
        client.assert_ended();
    }
}

#[test]
fn a_client_of_an_older_version_gets_no_tlv() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    for (version, has_tlv) in [(0x00, false), (0x33, false), (0x34, true), (0x50, true)] {
        let mut client = site.connect();
        let body = [b"shop\0secret08\0\0".as_slice(), &[version, 0, 0, 0]].concat();
        let answer = client.ask(BIND_TRANSCEIVER, body);
        assert_eq!(answer.status, 0);
        assert_eq!(answer.body.len() > b"gateway\0".len(), has_tlv, "{version:#x}");
    }
}

#[test]
fn a_bind_that_is_refused_has_its_status_and_the_connection_ends() {
    let site = SmppSite::new("", "binds = 1", "");
    let _gateway = site.site.start();
    let table: [(&[u8], u32); 5] = [
        (b"shop\0secret09\0\0\x34\0\0\0", 0x0E),
        (b"shop\0secret089\0\0\x34\0\0\0", 0x0E),
        (b"else\0secret08\0\0\x34\0\0\0", 0x0F),
        (b"sixteen-letters.\0secret08\0\0\x34\0\0\0", 0x0F),
        (b"shop\0secret08\0", 0x0D),
    ];
    for (body, status) in table {
        let mut client = site.connect();
        let answer = client.ask(BIND_TRANSMITTER, body.to_vec());
        assert_eq!((answer.id, answer.status), (BIND_TRANSMITTER | RESPONSE, status), "{body:?}");
        assert!(answer.body.is_empty());
        client.assert_ended();
    }
    let _first = site.bind(BIND_TRANSMITTER);
    let second = site.connect().bind(BIND_TRANSMITTER, "shop", "secret08");
    assert_eq!(second.status, 0x0D, "the account has one session");
    let log = site.site.log();
    assert!(log.contains("was refused") && !log.contains("secret0"), "{log}");
}

#[test]
fn binds_that_fail_slow_down() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let begun = Instant::now();
    let mut waiting: Vec<_> = (0..12)
        .map(|_| {
            let mut client = site.connect();
            client.send(BIND_RECEIVER, b"shop\0guess\0\0\x34\0\0\0".to_vec());
            client
        })
        .collect();
    // The delays are 0.1, 0.2, 0.4 and 0.8 s, and go on to 10 s.
    until(|| {
        waiting.retain_mut(|client| {
            let has_answer = client.has_more(Duration::from_millis(1));
            assert!(!has_answer || client.read().unwrap().status == 0x0E);
            !has_answer
        });
        waiting.len() <= 12 - 4
    });
    assert!(begun.elapsed() >= Duration::from_millis(800), "{:?}", begun.elapsed());
    drop(site.bind(BIND_RECEIVER));
    let is_waiting = waiting.iter_mut().any(|client| !client.has_more(Duration::from_millis(1)));
    assert!(is_waiting, "a right password is delayed like a wrong one");
}

#[test]
fn a_pdu_in_the_wrong_state_is_refused_and_the_session_lives() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let mut client = site.connect();
    client.assert_alive();
    assert_eq!(client.ask(SUBMIT, Submit::default().body()).status, 0x04);
    assert_eq!(client.bind(BIND_RECEIVER, "shop", "secret08").status, 0);
    let answer = client.ask(SUBMIT, Submit::default().body());
    assert_eq!((answer.id, answer.status), (SUBMIT | RESPONSE, 0x04), "a receiver sends nothing");
    for (id, expected) in [(0x07, 0x8000_0007), (0x21, 0x8000_0021), (0x103, 0x8000_0103)] {
        let answer = client.ask(id, Vec::new());
        assert_eq!((answer.id, answer.status), (expected, 0x03), "{id:#x}");
    }
    for id in [0x0A, 0x1234, 0x0102, 0x05] {
        let sequence = client.send(id, vec![1, 2, 3]);
        let answer = client.expect(|pdu| pdu.sequence == sequence);
        assert_eq!((answer.id, answer.status), (NACK, 0x03), "{id:#x}");
    }
    // Answers to nothing are not answered.
    for id in [NACK, 0x8000_0005, 0x8000_1234] {
        client.write(&Pdu { id, status: 0x45, sequence: 77, body: Vec::new() }.encode());
    }
    client.assert_alive();
}

#[test]
fn an_unbind_is_answered_after_the_window() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let submits: Vec<u32> = (0..5).map(|_| client.send(SUBMIT, Submit::default().body())).collect();
    let unbind = client.send(UNBIND, Vec::new());
    let answers: Vec<Pdu> = std::iter::from_fn(|| client.read()).collect();
    let sequences: Vec<u32> = answers.iter().map(|pdu| pdu.sequence).collect();
    assert_eq!(sequences, [submits, vec![unbind]].concat());
    assert!(answers.iter().all(|pdu| pdu.status == 0));
}

#[test]
fn a_stop_unbinds_and_ends_even_with_a_client_that_does_not_answer() {
    let site = SmppSite::new("", "", "");
    let mut gateway = site.site.start_ready();
    let mut polite = site.bind(BIND_TRANSCEIVER);
    let mut silent = site.bind(BIND_TRANSCEIVER);
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let unbind = polite.expect(|pdu| pdu.id == UNBIND);
    let late = polite.ask(SUBMIT, Submit::default().body());
    assert_eq!(late.status, 0x08, "nothing is accepted any more");
    polite.answer(&unbind, 0);
    polite.assert_ended();
    silent.expect(|pdu| pdu.id == UNBIND);
    assert!(gateway.wait().success());
}

#[test]
fn a_broken_length_is_nacked_and_the_connection_ends() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let frames: [&[u8]; 5] =
        [&[0; 16], &[0, 0, 0, 15], &[0, 1, 0x1D, 0], &[0xFF; 16], b"GET / HTTP/1.1\r\n\r\n"];
    for frame in frames {
        for is_bound in [false, true] {
            let mut client = if is_bound { site.bind(BIND_TRANSMITTER) } else { site.connect() };
            client.write(&[frame, &[0; 16]].concat()[..frame.len().max(16)]);
            let nack = client.read().unwrap();
            assert_eq!((nack.id, nack.status, nack.sequence), (NACK, 0x02, 0), "{frame:?}");
            client.assert_ended();
        }
    }
}

#[test]
fn enquire_link_is_answered_in_pieces_too() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let octets = Pdu { id: ENQUIRE, status: 0, sequence: 9, body: Vec::new() }.encode();
    for octet in &octets {
        client.write(&[*octet]);
    }
    assert_eq!(client.read().unwrap().sequence, 9);
    client.write(&octets.repeat(3));
    for _ in 0..3 {
        assert_eq!(client.read().unwrap().sequence, 9);
    }
}
