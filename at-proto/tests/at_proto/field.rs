//! Errors of other libraries in the field, one test each; the dialogues are in `dialogues/`.

use core::time::Duration;

use crate::common::{check, parse};
use at_proto::{
    Command, Dialect, Engine, Event, Instant, Notification, Outcome, Overflow, Parameters,
    ParseErrorKind, Refused, Request, Response, Urc, WireString, call::Dial, sms, ussd,
};

/// Plays a dialogue in every cut and with a URC at every boundary.
fn dialogue(text: &str) {
    for dialogue in parse(&format!("## dialogue\n{text}")) {
        if let Err(error) = check(&dialogue) {
            panic!("{error}");
        }
    }
}

#[test]
fn the_same_bytes_cut_at_another_position_give_the_same_events() {
    dialogue(
        r#"
$ AT+CSQ
> AT+CSQ\r
< AT+CSQ\r\r\n^RSSI:14\r\n\r\n+CSQ: 20,99\r\n\r\n+CMT: ,8\r\n0004AABBCCDDEEFF00\r\n\r\nOK\r\n\r\nRING\r\n\r\n+CLIP: "+37120000000",145\r\n
= urc ^RSSI:14
= urc +CMT: ,8 / 0004AABBCCDDEEFF00
= response [+CSQ: 20,99] OK
= urc RING
= urc +CLIP: "+37120000000",145
"#,
    );
}

#[test]
fn names_are_compared_whole() {
    let parse = |line: &str| Notification::parse(&Urc::new(line, None)).unwrap().unwrap();
    assert!(matches!(parse("+CMTI: \"SM\",1"), Notification::MessageStored(_)));
    assert!(matches!(parse("+CDSI: \"SR\",2"), Notification::StatusReportStored(_)));
}

#[test]
fn quotes_stay_open_up_to_a_limit() {
    let mut engine = Engine::new(Dialect::small());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    engine.handle_input(b"+CUSD: 1,\"endless\r\n", now);
    for _ in 0..200 {
        engine.handle_input(b"and more\r\n", now);
    }
    // The text is given up, its lines are read as lines, and the dialogue continues.
    engine.submit(Request::raw("AT").unwrap(), now).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, now);
    }
    engine.handle_input(b"\r\nOK\r\n", now);
    let events: Vec<_> = core::iter::from_fn(|| engine.poll_event()).collect();
    assert!(matches!(&events[0], Event::Urc(urc) if urc.line() == b"+CUSD: 1,\"endless"));
    assert_eq!(events.iter().filter(|event| matches!(event, Event::UnknownLine(_))).count(), 200);
    assert!(matches!(events.last(), Some(Event::Completed { outcome: Outcome::Response(_), .. })));
}

#[test]
fn results_and_prompts_inside_a_text_are_text() {
    for body in ["BUSY", "OK", "ERROR in your bill", "a > b", "> ", "NO CARRIER", "+CMS ERROR: 500"]
    {
        dialogue(&format!(
            r#"
$ AT+CMGR=1
> AT+CMGR=1\r
<! \r\n+CMGR: "REC READ","+37120000000",,"24/01/01,00:00:00+04"\r\n{body}\r\n\r\nOK\r\n
= response [+CMGR: "REC READ","+37120000000",,"24/01/01,00:00:00+04" | {body}] OK
"#
        ));
    }
}

#[test]
fn a_number_out_of_range_is_a_parse_error() {
    let error = Parameters::of_line(b"+X: 99999999999").number::<u32>("x").unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::Number("x"));
    assert_eq!(
        error.to_string(),
        "<x> is not a number in range at position 3 of \"+X: 99999999999\""
    );
    assert!(Notification::parse(&Urc::new("+CTZV: 99999999999", None)).is_err());
    assert!(sms::SendStored { index: 1 }.parse(&Response::ok(["+CMSS: 99999999999"])).is_err());
}

/// The length in a header is a number from outside, of any size.
#[test]
fn a_length_of_twenty_digits_is_a_wrong_length() {
    for length in ["18446744073709551615", "9223372036854775808", "9223372036854775807", "-1"] {
        for header in [format!("+CDS: {length}"), format!("+CMT: ,{length}")] {
            for (command, line) in [("", "0004AABBCCDD"), ("AT+CGMM", "0004AABBCCDD"), ("", "x")] {
                let mut engine = Engine::new(Dialect::default());
                engine.handle_opened(Instant::ZERO);
                if !command.is_empty() {
                    engine.submit(Request::raw(command).unwrap(), Instant::ZERO).unwrap();
                    let written = engine.poll_transmit().unwrap().len();
                    engine.handle_transmitted(written, Instant::ZERO);
                }
                engine.handle_input(format!("{header}\r\n{line}\r\n").as_bytes(), Instant::ZERO);
                engine.handle_timeout(Instant::from_millis(5_000));
                let urc =
                    core::iter::from_fn(|| engine.poll_event()).find_map(|event| match event {
                        Event::Urc(urc) => Some(urc),
                        _ => None,
                    });
                let urc = urc.unwrap_or_else(|| panic!("{header} {line}"));
                // With a command in flight that bare digits may answer, only the length decides.
                let is_data = line != "x" && (command.is_empty() || length == "-1");
                assert_eq!(urc.data().is_some(), is_data, "{header} {line}");
                let (Notification::Message(content) | Notification::StatusReport(content)) =
                    Notification::parse(&urc).unwrap().unwrap()
                else {
                    panic!("{header}")
                };
                assert_eq!(content.length, None, "{header}");
            }
        }
    }
}

#[test]
fn ten_thousand_lines_cost_no_more_memory_than_one() {
    let lines = if cfg!(miri) { 200 } else { 10_000 };
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let mut seen = 0;
    let info = allocation_counter::measure(|| {
        for _ in 0..lines {
            engine.handle_input(b"\r\nx", now);
            seen += core::iter::from_fn(|| engine.poll_event()).count();
        }
    });
    // The last line has no end yet.
    assert_eq!(seen, lines - 1);
    assert!(info.bytes_max < 2_000, "{info:?}");
}

#[test]
fn an_endless_line_is_cut_reported_and_recovered_from() {
    let mut dialect = Dialect::default();
    dialect.limits.line = 100;
    let mut engine = Engine::new(dialect);
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let info = allocation_counter::measure(|| {
        for _ in 0..if cfg!(miri) { 50 } else { 10_000 } {
            engine.handle_input(&[b'x'; 100], now);
        }
    });
    assert!(info.bytes_max < 1_000, "{info:?}");
    engine.handle_input(b"\r\n+CMTI: \"SM\",1\r\n", now);
    assert!(
        matches!(engine.poll_event(), Some(Event::Overflow(Overflow::Line(line))) if line.as_bytes() == [b'x'; 100])
    );
    assert!(matches!(engine.poll_event(), Some(Event::Urc(_))));
}

#[test]
fn a_line_as_long_as_is_kept_is_whole_in_every_cut() {
    let line = format!("+CUSTOM: {}", "x".repeat(91));
    for size in (1..=line.len()).step_by(if cfg!(miri) { 10 } else { 1 }) {
        let mut dialect = Dialect::default();
        dialect.limits.line = line.len();
        let mut engine = Engine::new(dialect);
        let now = Instant::ZERO;
        engine.handle_opened(now);
        for piece in line.as_bytes().chunks(size) {
            engine.handle_input(piece, now);
        }
        engine.handle_input(b"\r\n", now);
        let event = engine.poll_event();
        assert!(
            matches!(&event, Some(Event::Urc(urc)) if urc.line() == line.as_bytes()),
            "{size}: {event:?}"
        );
    }
}

#[test]
fn an_answer_as_long_as_is_kept_is_whole() {
    let lines = ["+CNUM: ,\"+37120000001\",145", "+CNUM: ,\"+37120000002\",145"];
    let mut dialect = Dialect::default();
    dialect.limits.answer = lines.concat().len();
    let mut engine = Engine::new(dialect);
    let now = Instant::ZERO;
    engine.handle_opened(now);
    engine.submit(Request::raw("AT+CNUM").unwrap(), now).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, now);
    }
    engine.handle_input(format!("{}\r\nOK\r\n", lines.join("\r\n")).as_bytes(), now);
    let event = engine.poll_event();
    let Some(Event::Completed { outcome: Outcome::Response(response), .. }) = event else {
        panic!("{event:?}");
    };
    assert!(!response.is_truncated());
    assert_eq!(response, Response::ok(lines));
}

#[test]
fn an_endless_answer_is_cut_reported_and_refused_by_its_parser() {
    let mut dialect = Dialect::default();
    dialect.limits.answer = 64;
    let mut engine = Engine::new(dialect);
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let list = sms::ListMessages(sms::MessageStatus::ALL);
    engine.submit(list.request(), now).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, now);
    }
    for _ in 0..100 {
        engine.handle_input(b"+CMGL: 1,1,,3\r\n0011AABBCC\r\n", now);
    }
    engine.handle_input(b"\r\nOK\r\n", now);
    let events: Vec<_> = core::iter::from_fn(|| engine.poll_event()).collect();
    let [
        Event::Overflow(Overflow::Answer(_)),
        Event::Completed { outcome: Outcome::Response(response), .. },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert!(response.is_truncated());
    assert_eq!(list.parse(response).unwrap_err().kind, ParseErrorKind::Truncated);
    assert!(Dialect::default().limits.answer > 255 * 370);
}

#[test]
fn a_string_that_could_become_a_command_is_refused() {
    assert!(matches!(
        WireString::new("1\"\rAT+CMGD=1,4\r"),
        Err(Refused::Byte { at: 1, byte: b'"' })
    ));
    assert!(WireString::new("*100#\"").is_err());
    assert!(
        ussd::SendUssd { text: WireString::new("*100#").unwrap(), coding: None }
            .request()
            .line()
            .ends_with(b"\"*100#\"")
    );
    assert!(Dial::new("1\rAT+CMGD=1,4\r").is_err());
    let request = Request::raw("AT+CMGS=\"1\"").unwrap();
    assert!(matches!(
        request.payload("body\x1aAT+CMGD=1,4\r"),
        Err(Refused::Byte { at: 4, byte: 0x1A })
    ));
    assert!(Request::raw("AT+CMGS=\"1\"\rAT+CMGD=1,4\r").is_err());
    assert!(sms::SendMessage::new(1, "00\x1a").is_err());
}

#[test]
fn a_pdu_that_cannot_be_decoded_is_returned_as_it_came() {
    dialogue(
        r"
< \r\n+CMT: ,24\r\nFFFFFF\r\n
= urc +CMT: ,24 / FFFFFF
",
    );
}

#[test]
fn a_report_before_its_own_reference_is_a_message_of_its_own() {
    dialogue(
        r"
$ AT+CMGS=2 | 0001
> AT+CMGS=2\r
< \r\n> 
= prompt
> 0001
> \x1a
< \r\n+CDS: 2\r\n0006\r\n\r\n+CMGS: 65\r\n\r\nOK\r\n
= urc +CDS: 2 / 0006
= response [+CMGS: 65] OK
",
    );
}

#[test]
fn a_text_of_ok_that_is_echoed_is_not_the_result() {
    let text = r#"
$ AT+CMGS="+37120000000" | OK
> AT+CMGS="+37120000000"\r
< \r\n> 
= prompt
> OK
> \x1a
<! OK\x1a\r\n+CMGS: 9\r\n\r\nOK\r\n
= response [+CMGS: 9] OK
"#;
    dialogue(text);
}

#[test]
fn a_port_that_takes_no_byte_cannot_delay_the_deadline() {
    let mut engine = Engine::new(Dialect::default());
    let start = Instant::ZERO;
    engine.handle_opened(start);
    engine.submit(Request::raw("AT+CSQ").unwrap().timeout(Duration::from_secs(1)), start).unwrap();
    let mut now = start;
    let outcome = loop {
        // Offered repeatedly, never written.
        let _ = engine.poll_transmit();
        if let Some(Event::Completed { outcome, .. }) = engine.poll_event() {
            break outcome;
        }
        if let Some(due) = engine.poll_timeout() {
            now = due;
            engine.handle_timeout(now);
        }
    };
    assert!(matches!(outcome, Outcome::Timeout { .. }), "{outcome:?}");
    assert!(now <= start + Duration::from_secs(9));
}

#[test]
fn an_answer_that_was_read_beats_a_deadline_that_is_noticed_late() {
    let mut engine = Engine::new(Dialect::default());
    let start = Instant::ZERO;
    engine.handle_opened(start);
    engine.submit(Request::raw("AT").unwrap().timeout(Duration::from_secs(1)), start).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, start);
    }
    let late = start + Duration::from_secs(5);
    // The cuts of the bytes of one moment do not matter.
    engine.handle_input(b"\r\nO", late);
    engine.handle_input(b"K\r\n", late);
    assert!(matches!(
        engine.poll_event(),
        Some(Event::Completed { outcome: Outcome::Response(_), .. })
    ));
}

#[test]
fn the_first_input_at_a_later_time_expires_what_was_due() {
    let mut engine = Engine::new(Dialect::default());
    let start = Instant::ZERO;
    engine.handle_opened(start);
    engine.submit(Request::raw("AT").unwrap().timeout(Duration::from_secs(1)), start).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, start);
    }
    engine.handle_input(b"^RSSI:1\r\n", start + Duration::from_secs(1));
    engine.handle_input(b"^RSSI:2\r\n", start + Duration::from_millis(1001));
    let events: Vec<_> = core::iter::from_fn(|| engine.poll_event()).collect();
    assert!(matches!(events[1], Event::Resynchronising { .. }), "{events:?}");
}

#[test]
fn the_ctrl_z_is_offered_alone_and_only_after_the_written_payload() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let request = Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap();
    let id = engine.submit(request, now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT+CMGS=2\r"[..]));
    engine.handle_transmitted(4, now);
    assert_eq!(engine.poll_transmit(), Some(&b"MGS=2\r"[..]));
    engine.handle_transmitted(6, now);
    assert_eq!(engine.poll_transmit(), None);
    engine.handle_input(b"\r\n> ", now);
    assert_eq!(engine.poll_transmit(), Some(&b"0001"[..]));
    engine.handle_transmitted(3, now);
    assert_eq!(engine.poll_transmit(), Some(&b"1"[..]));
    engine.handle_transmitted(1, now);
    // Not yet offered: nothing was sent, and an escape is right.
    assert_eq!(engine.poll_event(), Some(Event::Prompt { id }));
    engine.cancel(id, now);
    assert_eq!(engine.poll_transmit(), Some(&b"\x1b"[..]));
}

#[test]
fn after_an_offered_ctrl_z_no_escape_is_ever_sent() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let id =
        engine.submit(Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap(), now).unwrap();
    let mut written = Vec::new();
    engine.handle_transmitted(0, now);
    for input in [&b""[..], b"\r\n> "] {
        engine.handle_input(input, now);
        while let Some(bytes) = engine.poll_transmit() {
            // The Ctrl-Z is offered, but the port does not report it as written.
            if bytes == b"\x1a" {
                break;
            }
            written.extend_from_slice(bytes);
            let length = bytes.len();
            engine.handle_transmitted(length, now);
        }
    }
    engine.cancel(id, now);
    let mut after = Vec::new();
    while let Some(bytes) = engine.poll_transmit() {
        after.extend_from_slice(bytes);
        let length = bytes.len();
        engine.handle_transmitted(length, now);
    }
    assert_eq!(
        (written.as_slice(), after.as_slice()),
        (&b"AT+CMGS=2\r0001"[..], &b"\x1aAT+CMEE?\r"[..])
    );
    engine.handle_input(b"+CMEE: 1\r\n\r\nOK\r\n", now);
    let outcome = core::iter::from_fn(|| engine.poll_event()).last();
    assert!(
        matches!(outcome, Some(Event::Completed { outcome: Outcome::Unknown { .. }, .. })),
        "{outcome:?}"
    );
}

#[test]
fn a_pause_between_commands_is_kept() {
    let mut engine = Engine::new(Dialect::cinterion());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    engine.submit(Request::raw("AT").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT\r"[..]));
    engine.handle_transmitted(3, now);
    engine.handle_input(b"OK\r\n", now);
    engine.submit(Request::raw("ATE0").unwrap(), now).unwrap();
    assert_eq!(engine.poll_transmit(), None);
    let due = engine.poll_timeout().unwrap();
    assert_eq!(due, now + Duration::from_millis(100));
    engine.handle_timeout(due);
    assert_eq!(engine.poll_transmit(), Some(&b"ATE0\r"[..]));
}

#[test]
fn each_vendors_dialect_takes_its_peculiarity() {
    let ends = |dialect: Dialect, command: &str, input: &str| {
        let mut engine = Engine::new(dialect);
        let now = Instant::ZERO;
        engine.handle_opened(now);
        engine.submit(Request::raw(command).unwrap(), now).unwrap();
        while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
            engine.handle_transmitted(length, now);
        }
        engine.handle_input(input.as_bytes(), now);
        engine.is_idle()
    };
    assert!(
        ends(Dialect::samsung(), "AT+X", "NA\r\n") && !ends(Dialect::default(), "AT+X", "NA\r\n")
    );
    assert!(ends(Dialect::wavecom(), "AT+CPIN?", "+CPIN: READY\r\n"));
    assert!(!ends(Dialect::default(), "AT+CPIN?", "+CPIN: READY\r\n"));
    assert!(ends(Dialect::of_vendor("Motorola"), "AT+X", "MODEM ERROR: 5\r\n"));
    assert!(ends(Dialect::of_vendor("huawei"), "AT+X", "COMMAND NOT SUPPORT\r\n"));
    let mut engine = Engine::new(Dialect::altair());
    engine.handle_opened(Instant::ZERO);
    engine.submit(Request::raw("AT").unwrap(), Instant::ZERO).unwrap();
    assert_eq!(engine.poll_transmit(), Some(&b"AT\r\n"[..]));
}

#[test]
fn a_request_can_name_its_own_success_and_its_own_answer() {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let request = Request::raw("AT+CIPSHUT").unwrap().final_result("SHUT OK").answer_name("^INFO");
    engine.submit(request, now).unwrap();
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, now);
    }
    engine.handle_input(b"^INFO: 1\r\nSHUT OK\r\n", now);
    let Some(Event::Completed { outcome: Outcome::Response(response), .. }) = engine.poll_event()
    else {
        panic!()
    };
    assert_eq!(response.final_text(), "SHUT OK");
    assert_eq!(response.lines().first(), Some(&b"^INFO: 1"[..]));
}
