//! submit_sm: texts, data, parts, times and options, and what the network gets.

use std::collections::HashSet;

use modem::pdu::{CharacterSet, Class, Envelope, Submit as Tpdu};
use modem::simulator::Fact;
use serde_json::{Value, json};

use super::client::{
    BIND_TRANSCEIVER, BIND_TRANSMITTER, CANCEL, QUERY, RECIPIENT, RESPONSE, SUBMIT, SmppSite,
    Submit,
};
use crate::process::{Gateway, in_a_month, rfc_3339, until, until_none_left};
use crate::served::Served;

/// The data coding and the octets of a submit_sm, and the text, the character set and the class
/// that the network gets.
type Coded = (u8, Vec<u8>, &'static str, CharacterSet, Option<Class>);

/// The messages that the network has taken.
fn taken(modem: &Served) -> Vec<Tpdu> {
    let tpdu = |fact: &Fact| match fact {
        Fact::Submitted { tpdu, .. } => {
            let octets = [&[0], tpdu.as_slice()].concat();
            Some(Envelope::<Tpdu>::decode(&octets).unwrap().value.tpdu)
        }
        _ => None,
    };
    modem.lock().truth().iter().filter_map(|entry| tpdu(&entry.fact)).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Waits until nothing waits any more, and returns all messages.
fn settled(gateway: &Gateway) -> Vec<Value> {
    let mut messages = Vec::new();
    until_none_left(|| {
        messages = gateway.all("/v1/messages");
        let waits = |message: &&Value| {
            ["scheduled", "queued", "sending"].contains(&message["status"].as_str().unwrap())
        };
        messages.iter().filter(waits).count()
    });
    messages
}

#[test]
fn each_data_coding_reaches_the_network_as_the_same_text() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    let table: &[Coded] = &[
        (0, b"Hi \x00\x1B\x65 \x7E".to_vec(), "Hi @€ ü", CharacterSet::Gsm7, None),
        (1, b"Hi @ ~".to_vec(), "Hi @ ~", CharacterSet::Gsm7, None),
        (3, b"Gr\xFC\xDFe".to_vec(), "Grüße", CharacterSet::Gsm7, None),
        (3, b"\xE2ge".to_vec(), "âge", CharacterSet::Ucs2, None),
        (8, utf16("Привет 🦊"), "Привет 🦊", CharacterSet::Ucs2, None),
        (8, utf16("plain"), "plain", CharacterSet::Gsm7, None),
        (0x10, b"flash".to_vec(), "flash", CharacterSet::Gsm7, Some(Class::Flash)),
        (0xF1, b"phone".to_vec(), "phone", CharacterSet::Gsm7, Some(Class::Mobile)),
        (0x18, utf16("Ж"), "Ж", CharacterSet::Ucs2, Some(Class::Flash)),
    ];
    for (data_coding, message, ..) in table {
        let message = message.clone();
        client.submit(&Submit { data_coding: *data_coding, message, ..Submit::default() });
    }
    assert!(settled(&gateway).iter().all(|message| message["status"] == "sent"));
    let taken = taken(&modem);
    assert_eq!(taken.len(), table.len());
    for (tpdu, (coding, _, text, set, class)) in taken.iter().zip(table) {
        assert_eq!(tpdu.text().as_deref(), Some(*text), "{coding:#x}");
        assert_eq!((tpdu.dcs.character_set(), tpdu.dcs.class()), (*set, *class), "{coding:#x}");
    }
}

#[test]
fn data_keep_their_octets_and_their_port() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    let octets: Vec<u8> = (0..=120).collect();
    for data_coding in [2, 4, 0xF5] {
        let message = octets.clone();
        client.submit(&Submit { data_coding, message, ..Submit::default() });
    }
    let push = Submit { data_coding: 4, message: octets.clone(), ..Submit::default() };
    client.submit(&push.with_tlv(0x020B, &2948_u16.to_be_bytes()));
    settled(&gateway);
    let taken = taken(&modem);
    assert_eq!(taken.len(), 4);
    for tpdu in &taken {
        assert_eq!(tpdu.user_data.body_octets(), octets);
        assert_eq!(tpdu.dcs.character_set(), CharacterSet::Data);
    }
    let ports = taken[3].header().unwrap().ports().unwrap();
    assert_eq!(ports.destination(), 2948);
}

#[test]
fn a_latin_1_account_means_latin_1_by_data_coding_0() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("default_alphabet = \"latin1\"", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    client.submit(&Submit { message: b"Gr\xFC\xDFe @".to_vec(), ..Submit::default() });
    // A part of a client that splits by itself, with a header before its Latin 1.
    let message = [b"\x05\x00\x03\x07\x01\x01".as_slice(), b"\xFCber"].concat();
    client.submit(&Submit { esm_class: 0x40, message, ..Submit::default() });
    settled(&gateway);
    assert_eq!(modem.submitted(), ["Grüße @", "über"]);
}

#[test]
fn long_messages_are_split_here_or_pass_through_as_they_were_split() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    let long: String = "0123456789".repeat(30);
    let payload = Submit { message: Vec::new(), ..Submit::default() };
    let one = client.submit(&payload.with_tlv(0x0424, long.as_bytes()));
    let short = Submit { message: long.as_bytes()[..200].to_vec(), ..Submit::default() };
    let two = client.submit(&short);
    let messages = settled(&gateway);
    let parts = |id: &str| {
        let message = messages.iter().find(|message| message["id"] == id).unwrap();
        message["parts"].as_array().unwrap().len()
    };
    assert_eq!((parts(&one), parts(&two)), (2, 2));
    assert_eq!(modem.submitted().concat(), long.clone() + &long[..200]);

    // Each part of a client that splits by itself is a message with its own id.
    let before = taken(&modem).len();
    let mut ids = HashSet::new();
    let halves = [&long.as_bytes()[..153], &long.as_bytes()[153..]];
    for (number, half) in [1_u8, 2].into_iter().zip(halves) {
        // The second half has an escape at its end, which only makes sense after a later part.
        let half = if number == 2 { [half, &[0x1B]].concat() } else { half.to_vec() };
        let message = [&[5, 0, 3, 0xA7, 2, number], half.as_slice()].concat();
        ids.insert(client.submit(&Submit { esm_class: 0x43, message, ..Submit::default() }));
    }
    for number in [1_u8, 2] {
        let part = Submit { message: halves[0][..152].to_vec(), ..Submit::default() };
        let part = part.with_tlv(0x020C, &0x0102_u16.to_be_bytes());
        ids.insert(client.submit(&part.with_tlv(0x020E, &[2]).with_tlv(0x020F, &[number])));
    }
    assert_eq!(ids.len(), 4);
    settled(&gateway);
    let taken = taken(&modem);
    let mut septets = [0; 182];
    // The second part of a message follows the first one, and another message may be between.
    let mut body = |header: &[u8]| {
        let part = taken[before..].iter().find(|tpdu| tpdu.user_data.header_octets() == header);
        part.unwrap().user_data.body_septets(&mut septets).to_vec()
    };
    assert_eq!(body(&[5, 0, 3, 0xA7, 2, 1]), halves[0]);
    assert_eq!(body(&[5, 0, 3, 0xA7, 2, 2]), [halves[1], &[0x1B]].concat());
    assert_eq!(body(&[6, 8, 4, 1, 2, 2, 1]), halves[0][..152]);
    assert_eq!(body(&[6, 8, 4, 1, 2, 2, 2]), halves[0][..152]);
    assert_eq!(taken.len(), before + 4);
}

#[test]
fn the_parts_of_a_message_keep_to_one_sim_and_those_of_others_do_not() {
    let modems: Vec<Served> = (0..3).map(Served::new).collect();
    let lines: Vec<String> = modems
        .iter()
        .enumerate()
        .map(|(index, modem)| {
            format!("[[modems]]\nname = \"m{index}\"\ntcp = \"{}\"\n", modem.address)
        })
        .collect();
    let site = SmppSite::new("", "", &lines.concat());
    let mut gateway = site.site.start_ready();
    until(|| {
        let modems = gateway.get("/v1/modems").json();
        modems.as_array().unwrap().iter().all(|modem| modem["state"] == "idle")
    });
    let part = |reference: u8, number: u8| Submit {
        esm_class: 0x40,
        message: [&[5, 0, 3, reference, 4, number], b"part".as_slice()].concat(),
        ..Submit::default()
    };
    let mut client = site.bind(BIND_TRANSMITTER);
    for number in [1, 2] {
        for reference in 0..20 {
            client.send(SUBMIT, part(reference, number).body());
        }
    }
    for _ in 0..40 {
        assert_eq!(client.read().unwrap().status, 0);
    }
    settled(&gateway);
    // The SIM is known after a restart too.
    gateway.kill();
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    for number in [3, 4] {
        for reference in 0..20 {
            client.submit(&part(reference, number));
        }
    }
    let messages = settled(&gateway);
    assert!(messages.iter().all(|message| message["status"] == "sent"), "{messages:?}");
    let references: Vec<Vec<u8>> = modems
        .iter()
        .map(|modem| {
            let header = |tpdu: &Tpdu| tpdu.user_data.header_octets()[3];
            taken(modem).iter().map(header).collect()
        })
        .collect();
    for reference in 0..20 {
        let counts: Vec<usize> = references
            .iter()
            .map(|taken| taken.iter().filter(|other| **other == reference).count())
            .collect();
        assert!(counts.contains(&4), "{reference}: {counts:?}");
    }
    assert!(references.iter().filter(|taken| !taken.is_empty()).count() > 1, "{references:?}");
}

#[test]
fn ids_are_decimal_and_grow_and_are_never_used_twice() {
    let site = SmppSite::new("", "", "");
    let mut last = 0;
    for _ in 0..3 {
        let mut gateway = site.site.start();
        let mut client = site.bind(BIND_TRANSMITTER);
        for _ in 0..50 {
            let text = client.submit(&Submit::default());
            let id: i64 = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert!(id > last, "{id} after {last}");
            last = id;
        }
        gateway.kill();
    }
}

#[test]
fn times_and_priorities_are_those_of_the_message() {
    let site = SmppSite::new("", "", "[[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"");
    let gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let submit = |schedule: &[u8], validity: &[u8], priority| Submit {
        schedule: schedule.to_vec(),
        validity: validity.to_vec(),
        priority,
        ..Submit::default()
    };
    let mut view = |submit: &Submit| {
        let id = client.submit(submit);
        gateway.message(&id)
    };
    let relative = view(&submit(b"", b"000001000000000R", 0));
    assert_eq!(relative["request"]["expires_in"], 86_400);
    assert_eq!(relative["request"]["priority"], "bulk");
    let time = in_a_month();
    let day = format!("{:02}{:02}{:02}", time.year() % 100, u8::from(time.month()), time.day());
    let [begin, end] = ["12", "13"].map(|hour| format!("{day}{hour}0000008+"));
    let scheduled = view(&submit(begin.as_bytes(), end.as_bytes(), 3));
    assert_eq!(scheduled["status"], "scheduled");
    assert_eq!(scheduled["send_at"], rfc_3339(time, 0));
    assert_eq!(scheduled["expires_at"], rfc_3339(time + time::Duration::HOUR, 0));
    assert_eq!(scheduled["request"]["priority"], "alarm");
    let now = view(&submit(b"200101000000000+", b"000000000000000R", 1));
    assert_eq!((&now["status"], &now["request"]["priority"]), (&json!("queued"), &json!("normal")));
    assert_eq!(now["request"].get("expires_in"), None, "the default");
    let live = view(&Submit::default().with_tlv(0x1417, &90_u32.to_be_bytes()));
    assert_eq!(live["request"].get("expires_in"), None, "a vendor's TLV is ignored");
    let live = view(&Submit::default().with_tlv(0x17, &90_u32.to_be_bytes()));
    assert_eq!(live["request"]["expires_in"], 90);
    let long = view(&submit(b"", b"990000000000000R", 1));
    assert_eq!(long["request"]["expires_in"], 63 * 7 * 86_400);
}

#[test]
fn an_account_is_kept_to_its_addresses_its_rate_and_its_route() {
    let modems = [Served::new(0), Served::new(1)];
    let site = SmppSite::new(
        "",
        "prefixes = [\"+49\"]\nsources = [\"Shop\", \"+4930123\"]\nroute = \"second\"",
        &format!(
            "[[smpp.accounts]]\nsystem_id = \"strict\"\npassword = \"p\"\nrate = 5\n\
             alphanumeric_source = \"refuse\"\n\
             [[modems]]\nname = \"a\"\ntcp = \"{}\"\n[[modems]]\nname = \"b\"\ntcp = \"{}\"\n\
             [[routes]]\nname = \"second\"\nmodems = [\"b\"]",
            modems[0].address, modems[1].address
        ),
    );
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    for (source, destination, status) in [
        ((5, b"Shop".to_vec()), (1, b"491715550100".to_vec()), 0),
        ((1, b"4930123".to_vec()), (0, b"+491715550100".to_vec()), 0),
        ((5, b"Else".to_vec()), (1, b"491715550100".to_vec()), 0x0A),
        ((0, Vec::new()), (1, b"491715550100".to_vec()), 0x0A),
        ((5, b"Shop".to_vec()), (1, b"331715550100".to_vec()), 0x0B),
        ((5, b"Shop".to_vec()), (0, b"01715550100".to_vec()), 0x0B),
    ] {
        let submit = Submit { source: source.clone(), destination, ..Submit::default() };
        assert_eq!(client.ask(SUBMIT, submit.body()).status, status, "{source:?}");
    }
    settled(&gateway);
    assert_eq!((modems[0].submitted().len(), modems[1].submitted().len()), (0, 2));

    let mut strict = site.connect();
    assert_eq!(strict.bind(BIND_TRANSMITTER, "strict", "p").status, 0);
    assert_eq!(strict.ask(SUBMIT, Submit::default().body()).status, 0x0A);
    let plain = Submit { source: (0, Vec::new()), ..Submit::default() };
    // The rate is one for each second: so many are sent at the same time, until one is too many.
    let mut statuses = Vec::new();
    until(|| {
        let sequences: Vec<u32> = (0..30).map(|_| strict.send(SUBMIT, plain.body())).collect();
        let answer = |sequence| strict.expect(|pdu| pdu.sequence == sequence).status;
        statuses.extend(sequences.into_iter().map(answer));
        statuses.contains(&0x58)
    });
    assert_eq!(statuses[..4], [0; 4]);
    assert!(statuses.iter().all(|status| [0, 0x58].contains(status)), "{statuses:?}");
    strict.assert_alive();

    let metrics = gateway.get("/metrics").body;
    for line in [
        "sms_smpp_submits_total{account=\"shop\",status=\"0\"} 2\n",
        "sms_smpp_submits_total{account=\"shop\",status=\"10\"} 2\n",
        "sms_smpp_submits_total{account=\"shop\",status=\"11\"} 2\n",
        "sms_smpp_sessions{account=\"strict\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
    drop(strict);
    until(|| gateway.get("/metrics").body.contains("sms_smpp_sessions{account=\"strict\"} 0\n"));
}

#[test]
fn a_reference_of_the_client_can_be_its_idempotency_key() {
    let site = SmppSite::new("", "user_message_reference = true", "");
    let _gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSMITTER);
    let with = |reference: u16, text: &[u8]| {
        Submit { message: text.to_vec(), ..Submit::default() }
            .with_tlv(0x0204, &reference.to_be_bytes())
    };
    let first = client.submit(&with(7, b"a"));
    assert_eq!(client.submit(&with(7, b"a")), first);
    // References of 16 bits come round.
    assert_ne!(client.submit(&with(7, b"b")), first);
    assert_ne!(client.submit(&with(8, b"a")), first);
    assert_ne!(client.submit(&Submit { message: b"a".to_vec(), ..Submit::default() }), first);
}

#[test]
fn a_message_is_queried_and_cancelled_by_its_own_account_only() {
    let site = SmppSite::new(
        "",
        "",
        "[[smpp.accounts]]\nsystem_id = \"other\"\npassword = \"p\"\n\
         [[modems]]\nname = \"a\"\ntcp = \"127.0.0.1:9\"",
    );
    let gateway = site.site.start();
    let mut client = site.bind(BIND_TRANSCEIVER);
    let mut other = site.connect();
    other.bind(BIND_TRANSCEIVER, "other", "p");
    let id = client.submit(&Submit { registered: 1, ..Submit::default() });
    let query = |id: &str| format!("{id}\0\0\0Shop\0").into_bytes();
    let cancel = |id: &str| format!("\0{id}\0\x05\0Shop\0\x01\x01{RECIPIENT}\0").into_bytes();
    let state = client.ask(QUERY, query(&id));
    assert_eq!((state.id, state.status), (QUERY | RESPONSE, 0));
    assert_eq!(state.body, [id.as_bytes(), b"\0\0\x01\0"].concat(), "ENROUTE");
    assert_eq!(other.ask(QUERY, query(&id)).status, 0x0C);
    assert_eq!(other.ask(CANCEL, cancel(&id)).status, 0x0C);
    for unknown in ["", "1", "zzz", "99999999999999999999", "-5"] {
        assert_eq!(client.ask(QUERY, query(unknown)).status, 0x0C, "{unknown}");
        assert_eq!(client.ask(CANCEL, cancel(unknown)).status, 0x0C, "{unknown}");
    }
    let wrong = format!("{id}\0\0\0Else\0").into_bytes();
    assert_eq!(client.ask(QUERY, wrong).status, 0x0C, "another source");
    let cancelled = client.ask(CANCEL, cancel(&id));
    assert_eq!((cancelled.id, cancelled.status), (CANCEL | RESPONSE, 0));
    gateway.wait_for(&id, "cancelled");
    assert_eq!(client.ask(CANCEL, cancel(&id)).status, 0x11, "it is cancelled");
    let state = client.ask(QUERY, query(&id));
    let (date, rest) = state.body[id.len() + 1..].split_at(16);
    assert!(date[..15].iter().all(u8::is_ascii_digit) && date[15] == b'+', "{date:?}");
    assert_eq!(rest, b"\0\x04\0", "DELETED");
    let receipt = client.deliver(0);
    assert!(receipt.text().contains("stat:DELETED err:000"), "{}", receipt.text());
}
