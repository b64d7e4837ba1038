//! Tests of the engine call by call, where a dialogue has no words: limits, half-written slices,
//! links, dialects.

use core::time::Duration;

use crate::common::Player;
use at_proto::sms::{ListMessages, MessageStatus};
use at_proto::{Dialect, Engine, Event, Instant, Outcome, Overflow, Request};

#[test]
fn a_dialect_that_was_learned_holds_for_what_comes_next() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    engine.set_dialect(Dialect::samsung());
    engine.submit(Request::raw("AT+X").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+X\r"[..]));
    engine.handle_input(b"NA\r\n", now);
    assert!(engine.is_idle());
}

#[test]
fn the_verbs_of_a_request_that_is_over_do_nothing_to_the_next() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let first = engine.submit(Request::raw("AT").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT\r"[..]));
    engine.handle_transmitted(3, now);
    engine.handle_input(b"OK\r\n", now);
    let second = Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap().hold();
    let second = engine.submit(second, now).unwrap();
    assert_ne!(first, second);
    engine.cancel(first, now);
    assert!(!engine.is_idle());
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CMGS=2\r"[..]));
    engine.handle_transmitted(10, now);
    engine.handle_input(b"> ", now);
    assert_eq!(engine.poll_transmit(), Some(&b"0001"[..]));
    engine.handle_transmitted(4, now);
    engine.commit(first, now);
    assert_eq!(engine.poll_transmit(), None);
    engine.commit(second, now);
    assert_eq!(engine.poll_transmit(), Some(&b"\x1a"[..]));
}

#[test]
fn bytes_without_a_link_are_ignored_and_no_timer_runs() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_input(b"\r\nRING\r\n", now);
    assert_eq!(engine.poll_event(), None);
    engine.handle_opened(now);
    engine.submit(Request::raw("AT+CPIN?").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CPIN?\r"[..]));
    engine.handle_input(b"+CPIN: READY\r\n+CMT: ,24\r\n+CUSD: 0,\"x\r\n+CMT: ,24\r\n", now);
    assert!(engine.poll_timeout().is_some());
    engine.handle_closed(now);
    assert_eq!(engine.poll_timeout(), None);
}

#[test]
fn a_line_that_is_too_long_ends_at_the_same_byte_in_every_cut() {
    let bytes = [&[b'x'; 101][..], b"\r\n"].concat();
    for size in 1..=bytes.len() {
        let mut dialect = Dialect::default();
        dialect.limits.line = 100;
        let mut engine = Engine::new(dialect);
        let now = Instant::ZERO;
        engine.handle_opened(now);
        for piece in bytes.chunks(size) {
            engine.handle_input(piece, now);
        }
        let event = engine.poll_event();
        assert!(
            matches!(&event, Some(Event::Overflow(Overflow::Line(line))) if line.as_bytes() == [b'x'; 100]),
            "{size}: {event:?}"
        );
    }
}

#[test]
fn a_quoted_text_as_long_as_is_kept_is_whole() {
    let whole = |fill: usize| {
        let mut dialect = Dialect::default();
        dialect.limits.line = 64;
        let mut engine = Engine::new(dialect);
        let now = Instant::ZERO;
        engine.handle_opened(now);
        let text = format!("+CUSD: 1,\"{}\r\nx\",15", "y".repeat(fill));
        engine.handle_input(format!("{text}\r\n").as_bytes(), now);
        matches!(engine.poll_event(), Some(Event::Urc(urc)) if urc.line() == text.as_bytes())
    };
    // Ten bytes before it, and the line end after it.
    assert!(whole(64 - 12) && !whole(64 - 11));
}

#[test]
fn a_dialect_can_name_lines_whose_text_has_line_ends() {
    let mut dialect = Dialect::default();
    dialect.with_line_ends.push("^USSD".into());
    let mut player = Player::new(dialect);
    player.engine.handle_opened(Instant::ZERO);
    player
        .engine
        .handle_input(b"\r\n^USSD: 1,\"a\r\nb\",15\r\n\r\n+CNAP: \"open\r\n", Instant::ZERO);
    assert_eq!(player.events(), ["urc ^USSD: 1,\"a\\r\\nb\",15", "urc +CNAP: \"open"]);
}

#[test]
fn words_that_a_dialect_names_end_an_empty_text() {
    let mut dialect = Dialect::default();
    dialect.bare_urcs.push("SYSSTART".into());
    let mut player = Player::new(dialect);
    player.engine.handle_opened(Instant::ZERO);
    player.engine.handle_input(b"\r\n+CMT: \"+1\",,\"t\"\r\n\r\n\r\nSYSSTART\r\n", Instant::ZERO);
    assert_eq!(player.events(), ["urc +CMT: \"+1\",,\"t\" / ", "urc SYSSTART"]);
}

#[test]
fn an_escape_follows_half_a_payload_and_a_whole_command_line() {
    let offered = |prompted: bool| {
        let mut engine = Engine::new(Dialect::default());
        let now = Instant::ZERO;
        engine.handle_opened(now);
        let request = Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap();
        let id = engine.submit(request, now).unwrap();
        if prompted {
            assert_eq!(engine.poll_transmit(), Some(&b"AT+CMGS=2\r"[..]));
            engine.handle_transmitted(10, now);
            engine.handle_input(b"> ", now);
        }
        assert!(engine.poll_transmit().is_some());
        engine.handle_transmitted(2, now);
        engine.cancel(id, now);
        let mut offered = Vec::new();
        while let Some(bytes) = engine.poll_transmit() {
            offered.push(bytes.to_vec());
            let length = bytes.len();
            engine.handle_transmitted(length, now);
        }
        offered
    };
    assert_eq!(offered(true), [&b"\x1b"[..], b"AT+CMEE?\r"]);
    assert_eq!(offered(false), [&b"+CMGS=2\r"[..], b"\x1b", b"AT+CMEE?\r"]);
}

#[test]
fn an_error_after_half_a_payload_is_followed_by_an_escape() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let request = Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap();
    engine.submit(request, now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CMGS=2\r"[..]));
    engine.handle_transmitted(10, now);
    engine.handle_input(b"> ", now);
    // Offered, with no report of how much was written.
    assert_eq!(engine.poll_transmit(), Some(&b"0001"[..]));
    engine.handle_input(b"\r\n+CMS ERROR: 304\r\n", now);
    assert!(!engine.is_idle());
    assert_eq!(engine.poll_transmit(), Some(&b"\x1b"[..]));
}

#[test]
fn a_prompt_that_is_read_before_the_line_is_reported_as_written_counts() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let request = Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap();
    engine.submit(request, now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CMGS=2\r"[..]));
    engine.handle_input(b"> ", now);
    engine.handle_transmitted(10, now);
    assert_eq!(engine.poll_transmit(), Some(&b"0001"[..]));
    engine.handle_transmitted(4, now);
    // An echo, and an echo with a prompt after a line of its own, are neither.
    engine.handle_input(b"0001\r\n> ", now);
    assert_eq!(engine.poll_transmit(), Some(&b"\x1a"[..]));
    engine.handle_transmitted(1, now);
    engine.handle_input(b"\r\n+CMGS: 1\r\n\r\nOK\r\n", now);
    let events: Vec<_> = core::iter::from_fn(|| engine.poll_event()).collect();
    assert!(matches!(&events[..], [Event::Prompt { .. }, Event::Completed { .. }]), "{events:?}");
}

#[test]
fn a_modem_whose_lines_end_in_cr_lf_is_asked_in_such_lines() {
    let mut engine = Engine::new(Dialect::altair());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let id = engine.submit(Request::raw("AT+CSQ").unwrap(), now).unwrap();
    let mut offered = Vec::new();
    for _ in 0..3 {
        let bytes = engine.poll_transmit().unwrap().to_vec();
        engine.handle_transmitted(bytes.len(), now);
        offered.push(bytes);
        engine.cancel(id, now);
        if offered.len() == 2 {
            engine.handle_timeout(now + Duration::from_secs(2));
        }
    }
    assert_eq!(offered, [&b"AT+CSQ\r\n"[..], b"AT+CMEE?\r\n", b"AT\r\n"]);
}

#[test]
fn what_a_port_has_not_taken_is_not_written_twice() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let id = engine.submit(Request::raw("AT+CSQ").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CSQ\r"[..]));
    engine.handle_transmitted(7, now);
    engine.cancel(id, now);
    for seconds in [2, 4, 6] {
        engine.handle_timeout(now + Duration::from_secs(seconds));
    }
    let mut offered = Vec::new();
    while let Some(bytes) = engine.poll_transmit() {
        offered.push(bytes.to_vec());
        let length = bytes.len();
        engine.handle_transmitted(length, now);
    }
    assert_eq!(offered, [&b"AT+CMEE?\r"[..], b"AT\r"]);
}

/// A listing of 255 messages at 9600 baud takes more than a minute and a half.
#[test]
fn a_listing_is_not_cut_while_its_own_lines_come() {
    let mut engine = Engine::new(Dialect::default());
    let mut now = Instant::ZERO;
    engine.handle_opened(now);
    engine.submit(ListMessages(MessageStatus::ALL).request_for(255), now).unwrap();
    let length = engine.poll_transmit().unwrap().len();
    engine.handle_transmitted(length, now);
    let pdu = "00".repeat(176);
    let listing: String =
        (0..255).map(|index| format!("+CMGL: {index},1,,176\r\n{pdu}\r\n")).collect();
    // One byte a millisecond, in turns of 64.
    for piece in format!("{listing}\r\nOK\r\n").as_bytes().chunks(64) {
        now = now + Duration::from_millis(64);
        engine.handle_timeout(now);
        engine.handle_input(piece, now);
    }
    assert!(now > Instant::from_millis(90_000), "{now:?}");
    let Some(Event::Completed { outcome: Outcome::Response(response), .. }) = engine.poll_event()
    else {
        panic!("the listing was cut")
    };
    assert_eq!(response.lines().iter().count(), 2 * 255);
}

#[test]
fn nothing_but_its_own_lines_extends_a_listing_and_its_cap_is_absolute() {
    let ends = |input: &[u8], stored: u32| {
        let mut engine = Engine::new(Dialect::default());
        let mut now = Instant::ZERO;
        engine.handle_opened(now);
        engine.submit(ListMessages(MessageStatus::ALL).request_for(stored), now).unwrap();
        let length = engine.poll_transmit().unwrap().len();
        engine.handle_transmitted(length, now);
        loop {
            now = now + Duration::from_secs(1);
            engine.handle_timeout(now);
            if core::iter::from_fn(|| engine.poll_event())
                .any(|event| matches!(event, Event::Resynchronising { .. }))
            {
                return now.as_millis() / 1_000;
            }
            assert!(now < Instant::from_millis(10_000_000), "it never ends");
            engine.handle_input(input, now);
        }
    };
    let own: &[u8] = b"+CMGL: 1,1,,8\r\n0004AABBCCDDEEFF00\r\n";
    for stored in [0, 20, 255] {
        assert_eq!(ends(own, stored), u64::from(60 + 2 * stored), "{stored}");
    }
    for other in
        [&b""[..], b"x", b"\r\n+CMTI: \"SM\",1\r\n", b"\r\nRING\r\n", b"\r\n+CPMS: 1\r\n", b"\r\n"]
    {
        assert_eq!(ends(other, 255), 60, "{other:?}");
    }
    assert_eq!(ends(own, u32::MAX), 2_060, "a count from outside has a limit");
    let raw = Request::raw("AT+CMGL=4").unwrap();
    assert_eq!(raw.deadline(), Duration::from_secs(570));
    let short = raw.timeout(Duration::from_secs(5)).idle_timeout(Duration::from_secs(2));
    assert_eq!(
        format!("{short:?}"),
        r#"Request { line: "AT+CMGL=4", idle_timeout: 2s, timeout: 5s, .. }"#
    );
}
