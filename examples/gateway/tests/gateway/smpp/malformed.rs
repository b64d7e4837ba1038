//! Malformed PDUs: each has an answer with the right status, and the session lives.

use super::client::{BIND_TRANSMITTER, NACK, Pdu, RESPONSE, SUBMIT, SmppSite, Submit};
use crate::process::Site;

/// The statuses of answers.
const MESSAGE_LENGTH: u32 = 0x01;
const COMMAND_LENGTH: u32 = 0x02;
const COMMAND_ID: u32 = 0x03;
const SOURCE: u32 = 0x0A;
const DESTINATION: u32 = 0x0B;
const SERVICE_TYPE: u32 = 0x15;
const FAILED: u32 = 0x45;
const EXPIRY: u32 = 0x62;

fn cases() -> Vec<(&'static str, Vec<u8>, u32)> {
    let good = Submit::default;
    let submit = |submit: Submit| submit.body();
    let tlv = |tlvs: &[u8]| Submit { tlvs: tlvs.to_vec(), ..good() }.body();
    let udh =
        |message: &[u8]| Submit { esm_class: 0x40, message: message.to_vec(), ..good() }.body();
    let text = |data_coding, message: &[u8]| {
        Submit { data_coding, message: message.to_vec(), ..good() }.body()
    };
    let year = time::OffsetDateTime::now_utc().year() % 100 + 2;
    let in_two_years = format!("{year:02}0101000000000+").into_bytes();
    let mut cut = good().body();
    cut.truncate(12);
    vec![
        ("an empty body", Vec::new(), COMMAND_LENGTH),
        ("a body that ends early", cut, DESTINATION),
        (
            "a service_type of 6",
            submit(Submit { service_type: vec![b'a'; 6], ..good() }),
            SERVICE_TYPE,
        ),
        ("a source of 21", submit(Submit { source: (5, vec![b'a'; 21]), ..good() }), SOURCE),
        (
            "a source in Latin 1",
            submit(Submit { source: (5, b"Caf\xE9".to_vec()), ..good() }),
            SOURCE,
        ),
        ("a name of 12", submit(Submit { source: (5, vec![b'a'; 12]), ..good() }), SOURCE),
        ("a source of TON 9", submit(Submit { source: (9, b"1".to_vec()), ..good() }), 0x48),
        ("no destination", submit(Submit { destination: (1, Vec::new()), ..good() }), DESTINATION),
        (
            "a destination of 21",
            submit(Submit { destination: (1, vec![b'1'; 21]), ..good() }),
            DESTINATION,
        ),
        (
            "a destination in letters",
            submit(Submit { destination: (1, b"hello".to_vec()), ..good() }),
            DESTINATION,
        ),
        (
            "a name as destination",
            submit(Submit { destination: (5, b"Shop".to_vec()), ..good() }),
            DESTINATION,
        ),
        (
            "a destination of TON 9",
            submit(Submit { destination: (9, b"491".to_vec()), ..good() }),
            0x50,
        ),
        ("a priority of 4", submit(Submit { priority: 4, ..good() }), 0x06),
        ("replace_if_present", submit(Submit { replace: 1, ..good() }), 0x54),
        ("a schedule of letters", submit(Submit { schedule: vec![b'z'; 16], ..good() }), 0x61),
        ("a schedule in two years", submit(Submit { schedule: in_two_years, ..good() }), 0x61),
        ("a validity of 4", submit(Submit { validity: b"0001".to_vec(), ..good() }), EXPIRY),
        ("a validity of letters", submit(Submit { validity: vec![b'z'; 16], ..good() }), EXPIRY),
        (
            "a validity in the past",
            submit(Submit { validity: b"200101000000000+".to_vec(), ..good() }),
            EXPIRY,
        ),
        ("sm_length past the end", submit(Submit { length: Some(250), ..good() }), MESSAGE_LENGTH),
        ("half a TLV", tlv(&[0x04, 0x24, 0]), 0xC0),
        ("a TLV past the end", tlv(&[0x04, 0x24, 0, 9, 1]), 0xC0),
        ("a sar TLV of wrong length", tlv(&[0x02, 0x0E, 0, 2, 1, 1]), 0xC0),
        ("a sar TLV alone", tlv(&[0x02, 0x0E, 0, 1, 2]), 0xC3),
        (
            "sar parts 3 of 2",
            tlv(&[0x02, 0x0C, 0, 2, 0, 1, 0x02, 0x0E, 0, 1, 2, 0x02, 0x0F, 0, 1, 3]),
            0xC4,
        ),
        ("a text and a payload", tlv(&[0x04, 0x24, 0, 1, b'x']), MESSAGE_LENGTH),
        ("a header past the end", udh(&[9, 0, 3, 1]), MESSAGE_LENGTH),
        ("a header of broken elements", udh(&[3, 0, 3, 1, b'x']), MESSAGE_LENGTH),
        (
            "a part that is too long",
            udh(&[[5, 0, 3, 1, 2, 1].as_slice(), &[b'x'; 154]].concat()),
            MESSAGE_LENGTH,
        ),
        ("a header that is missing", udh(&[]), MESSAGE_LENGTH),
        ("UTF-8 in data coding 0", text(0, "Grüße".as_bytes()), FAILED),
        ("Latin 1 in data coding 1", text(1, b"\xFC"), FAILED),
        ("an odd number in data coding 8", text(8, &[0, 65, 0]), MESSAGE_LENGTH),
        ("half a pair in data coding 8", text(8, &[0xD8, 0x3E]), FAILED),
        ("JIS", text(5, b"x"), FAILED),
    ]
}

#[test]
fn each_malformed_submit_sm_has_its_status_and_the_session_lives() {
    let site = SmppSite::new("", "", "");
    let gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let cases = cases();
    assert!(cases.len() >= 28);
    for (name, body, status) in cases {
        let answer = client.ask(SUBMIT, body);
        assert_eq!((answer.id, answer.status), (SUBMIT | RESPONSE, status), "{name}");
        assert!(answer.body.is_empty(), "{name}");
        client.assert_alive();
    }
    assert_eq!(gateway.all("/v1/messages").len(), 0);
    let nack = client.send(0x0BAD, b"anything".to_vec());
    let nack = client.expect(|pdu| pdu.sequence == nack);
    assert_eq!((nack.id, nack.status), (NACK, COMMAND_ID));
    client.submit(&Submit::default());
}

#[test]
fn what_means_nothing_here_is_accepted_and_ignored() {
    let site = SmppSite::new("", "", "");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let good = Submit::default;
    let submits = [
        good().with_tlv(0x0426, &[1]),
        good().with_tlv(0x1400, b"vendor").with_tlv(0x3FFF, &[]),
        good().with_tlv(0x0204, &[0, 7]),
        good().with_tlv(0x0304, &[2]),
        Submit { esm_class: 0x03, ..good() },
        Submit { esm_class: 0x08, ..good() },
        Submit { service_type: b"CMT".to_vec(), ..good() },
        Submit { registered: 0xFF, ..good() },
        Submit { source: (0, Vec::new()), ..good() },
        Submit { message: Vec::new(), ..good() },
        Submit { message: b"lone escape\x1B".to_vec(), ..good() },
    ];
    let ids: Vec<String> = submits.iter().map(|submit| client.submit(submit)).collect();
    assert_eq!(ids.len(), submits.len());
}

fn panicked(site: &Site) -> bool {
    site.log().contains("panicked")
}

#[test]
fn damaged_pdus_with_right_lengths_never_end_the_session() {
    let site =
        SmppSite::new("", "window = 1000", "[[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let mut random = fastrand::Rng::with_seed(26);
    let bodies: Vec<Vec<u8>> = cases().into_iter().map(|(_, body, _)| body).collect();
    let ids = [0x03, 0x04, 0x04, 0x04, 0x08, 0x15, 0x21, 0x103, 0x8000_0005, 0x1234];
    for _ in 0..50 {
        for _ in 0..100 {
            let mut body = bodies[random.usize(..bodies.len())].clone();
            for _ in 0..random.usize(..4) {
                match random.usize(..3) {
                    0 if !body.is_empty() => {
                        let at = random.usize(..body.len());
                        body[at] = random.u8(..);
                    }
                    1 => body.truncate(random.usize(..=body.len())),
                    _ => body.push(random.u8(..)),
                }
            }
            let id = ids[random.usize(..ids.len())];
            client.write(&Pdu { id, status: 0, sequence: 0x7000_0000, body }.encode());
        }
        client.assert_alive();
        client.early.clear();
    }
    assert!(!panicked(&site.site), "{}", site.site.log());
}
