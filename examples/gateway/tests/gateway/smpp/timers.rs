//! Clients that are slow, silent, or too quick.

use std::time::{Duration, Instant};

use super::client::{
    BIND_TRANSCEIVER, BIND_TRANSMITTER, DELIVER, ENQUIRE, RESPONSE, SUBMIT, SmppSite, Submit,
};
use crate::served::Served;

#[test]
fn a_silent_client_is_asked_twice_and_then_left() {
    // The answer has four seconds.
    let site = SmppSite::new("enquire_link = 2", "", "");
    let _gateway = site.site.start();
    let begun = Instant::now();
    let mut client = site.bind(BIND_TRANSCEIVER);
    // One answer counts.
    let first = client.expect(|pdu| pdu.id == ENQUIRE);
    client.answer(&first, 0);
    for _ in 0..2 {
        let enquiry = client.read().unwrap();
        assert_eq!((enquiry.id, enquiry.status), (ENQUIRE, 0));
    }
    assert_eq!(client.read(), None);
    // The first one, two that have no answer, and the time for the last answer.
    assert!(begun.elapsed() >= Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn a_client_that_does_not_answer_deliver_sm_is_left_and_gets_it_again() {
    let modem = Served::new(0);
    let site = SmppSite::new(
        "answer_within = 1",
        "receive = true",
        &format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address),
    );
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSCEIVER);
    modem.deliver("+491715550188", "Hello");
    client.expect(|pdu| pdu.id == DELIVER);
    client.assert_ended();
    let mut client = site.bind(BIND_TRANSCEIVER);
    assert_eq!(client.deliver(0).octets(), b"Hello");
}

#[test]
fn a_window_that_is_full_is_not_read_beyond_while_the_database_is_busy() {
    let site = SmppSite::new("", "window = 4", "");
    let _gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    let database = rusqlite::Connection::open(site.site.path("gateway.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..20 {
        client.send(SUBMIT, Submit::default().body());
    }
    client.send(ENQUIRE, Vec::new());
    // Not even the enquiry is read, so that no answer comes.
    client.assert_silent(Duration::from_millis(300));
    database.execute_batch("COMMIT").unwrap();
    let mut answers: Vec<(u32, u32)> =
        (0..21).map(|_| client.read().map(|answer| (answer.id, answer.status)).unwrap()).collect();
    answers.sort_unstable();
    assert_eq!(answers[..20], [(SUBMIT | RESPONSE, 0); 20]);
    assert_eq!(answers[20], (ENQUIRE | RESPONSE, 0));
}

#[test]
fn a_slow_receiver_does_not_hold_others_back() {
    let modem = Served::new(0);
    let site = SmppSite::new(
        "",
        "",
        &format!(
            "[[smpp.accounts]]\nsystem_id = \"slow\"\npassword = \"p\"\n\
             [[modems]]\nname = \"a\"\ntcp = \"{}\"",
            modem.address
        ),
    );
    let _gateway = site.site.start_ready();
    let mut slow = site.connect();
    slow.bind(BIND_TRANSCEIVER, "slow", "p");
    for _ in 0..20 {
        slow.submit(&Submit { registered: 1, ..Submit::default() });
    }
    // The slow one has its window.
    for _ in 0..10 {
        slow.expect(|pdu| pdu.id == DELIVER);
    }
    let mut quick = site.bind(BIND_TRANSCEIVER);
    for _ in 0..20 {
        let id = quick.submit(&Submit { registered: 1, ..Submit::default() });
        assert!(quick.deliver(0).text().contains(&id));
    }
    // Its own requests are answered, and it gets nothing beyond its window.
    slow.assert_alive();
    assert_eq!(slow.early, []);
}
