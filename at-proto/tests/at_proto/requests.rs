//! The properties of a request, and the errors of its constructors.

use core::time::Duration;

use at_proto::{Dialect, Engine, Event, Instant, MAX_LINE, Outcome, Refused, Request};

#[test]
fn a_command_line_has_at_most_max_line_bytes() {
    let line = |length: usize| format!("AT+X={}", "1".repeat(length - 5));
    assert!(Request::raw(line(MAX_LINE)).is_ok());
    assert_eq!(Request::raw(line(MAX_LINE + 1)), Err(Refused::TooLong { length: MAX_LINE + 1 }));
}

/// ITU-T V.250, 5.2.2 and 6.2.3: a backspace edits the line, also inside quotes, and 0x11 and 0x13
/// are flow control. In the alphabet of 3GPP TS 23.038, 6.2.1 these are `ò`, `_` and `Γ`.
#[test]
fn a_control_character_is_refused_anywhere_in_a_line() {
    for (line, refused) in [
        ("AT+X=\"\u{2}\"", Some((6, 2))),
        ("AT+X=\"1234\u{8}\u{8}\"", Some((10, 8))),
        ("AT+X=\"\u{11}\"", Some((6, 0x11))),
        ("AT+X=\"\u{7f}\"", Some((6, 0x7F))),
        ("AT+X=\"\0\"", Some((6, 0))),
        ("AT+X=\"\u{f2}\"", None),
        ("AT+X=\u{2}", Some((5, 2))),
        ("AT+X=\"a\",\u{2}", Some((9, 2))),
        ("AT+X\u{7f}", Some((4, 0x7F))),
        ("AT+X=\"\r\"", Some((6, b'\r'))),
        ("AT+X=\"\n\"", Some((6, b'\n'))),
        ("AT+X=\"\u{1a}\"", Some((6, 0x1A))),
        ("AT+X=\"\u{1b}\"", Some((6, 0x1B))),
    ] {
        let found = Request::raw(line).err();
        let expected = refused.map(|(at, byte)| Refused::Byte { at, byte });
        assert_eq!(found, expected, "{line:?}");
    }
}

#[test]
fn a_request_says_its_deadline_and_its_prompt() {
    let plain = Request::raw("AT+CSQ").unwrap();
    assert_eq!(
        (plain.deadline(), plain.has_prompt(), plain.is_secret()),
        (Duration::from_secs(10), false, false)
    );
    let send = Request::raw("AT+CMGS=18").unwrap();
    assert!(send.has_prompt());
    let send = send.timeout(Duration::from_millis(1500)).payload("0001\r").unwrap();
    assert_eq!(send.deadline(), Duration::from_millis(1500));
    assert_eq!(
        format!("{send:?}"),
        r#"Request { line: "AT+CMGS=18", payload: "0001\r", timeout: 1.5s, .. }"#
    );
    let secret = Request::raw("AT+CPIN=\"1234\"").unwrap();
    assert_eq!(format!("{secret:?}"), r#"Request { line: "AT+CPIN", timeout: 30s, .. }"#);
}

#[test]
fn requests_are_counted_from_one() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    for number in 1..4 {
        let id = engine.submit(Request::raw("AT").unwrap(), now).unwrap();
        assert_eq!(id.to_string(), format!("#{number}"));
        assert_eq!(engine.poll_transmit(), Some(&b"AT\r"[..]));
        engine.handle_input(b"OK\r\n", now);
    }
}

#[test]
fn a_failure_says_its_reason_and_whether_the_payload_had_left() {
    let fails = |payload: bool, answer: &str| {
        let mut engine = Engine::new(Dialect::default());
        let now = Instant::ZERO;
        engine.handle_opened(now);
        let mut request = Request::raw("AT+CMGS=2").unwrap();
        if payload {
            request = request.payload("0001").unwrap();
        }
        engine.submit(request, now).unwrap();
        while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
            engine.handle_transmitted(length, now);
            if payload {
                engine.handle_input(b"\r\n> ", now);
            }
        }
        engine.handle_input(format!("\r\n{answer}\r\n").as_bytes(), now);
        match core::iter::from_fn(|| engine.poll_event()).last() {
            Some(Event::Completed { outcome: Outcome::Error(failure), .. }) => {
                (failure.is_committed(), failure.to_string())
            }
            event => panic!("{event:?}"),
        }
    };
    for (answer, words) in [
        ("+CMS ERROR: 38", "network out of order"),
        ("+CME ERROR: SIM busy", "SIM busy"),
        ("ERROR", "the modem refused the command and gave no reason (ERROR)"),
        ("MODEM ERROR: 5", "the modem answered \"MODEM ERROR: 5\""),
    ] {
        let (committed, found) = fails(false, answer);
        assert!(!committed && found.contains(words), "{found}");
        let (committed, found) = fails(true, answer);
        assert!(committed && found.contains(words), "{found}");
    }
}

#[test]
fn a_vendor_is_known_by_its_names() {
    for (names, dialect) in [
        (&["Altair", "ALTAIR SEMICONDUCTOR"][..], Dialect::altair()),
        (&["Cinterion", "SIEMENS"], Dialect::cinterion()),
        (&["Nokia Mobile Phones"], Dialect::nokia()),
        (&["SAMSUNG ELECTRONICS"], Dialect::samsung()),
        (&["SIMCOM_Ltd", "SimTech"], Dialect::simcom()),
        (&["WAVECOM MODEM"], Dialect::wavecom()),
    ] {
        assert_ne!(dialect, Dialect::default());
        for name in names {
            assert_eq!(Dialect::of_vendor(name), dialect, "{name}");
        }
    }
    for name in ["", "sim", "huawei", "Quectel"] {
        assert_eq!(Dialect::of_vendor(name), Dialect::default(), "{name}");
    }
    assert_eq!(Dialect::nokia().resync.probe, Duration::from_secs(3));
    assert_eq!(Dialect::simcom().grace.answer, Duration::from_millis(500));
}
