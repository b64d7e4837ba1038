//! The two sides: dialogues, flow control, loss, and supervision.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{ClosedReason, Config, Dlci, DownReason, Event, Framing, Mux, Role, Signals};

use super::frames::unhex;
use super::line::{Fate, Line, ONE, dlci, read};

const SECOND: Duration = Duration::from_secs(1);

/// A dialogue of one side: `<` for what it reads, `>` for what it writes, and the events.
fn dialogue(mux: &mut Mux, now: Instant, script: &[(&str, &str)]) -> Vec<Event> {
    for (direction, octets) in script {
        let octets = unhex(octets);
        if *direction == "<" {
            mux.handle_input(&octets, now);
        } else {
            let written = mux.poll_transmit().map(<[u8]>::to_vec).unwrap_or_default();
            assert_eq!(hex(&written), hex(&octets));
            mux.handle_transmitted(written.len(), now);
        }
    }
    core::iter::from_fn(|| mux.poll_event()).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X} ")).collect()
}

fn side(role: Role) -> Mux {
    let mut mux = Mux::new(role, Config::default());
    mux.handle_opened(Instant::ZERO);
    mux
}

#[test]
fn a_host_opens_two_channels_and_answers_the_status_that_comes_in_the_same_read_as_ua() {
    let mut host = side(Role::Initiator);
    host.open(ONE, Instant::ZERO);
    let events = dialogue(
        &mut host,
        Instant::ZERO,
        &[
            (">", "F9 03 3F 01 1C F9"),
            ("<", "F9 03 73 01 D7 F9"),
            (">", "F9 07 3F 01 DE F9"),
            // SIM800: no carrier yet.
            ("<", "F9 07 73 01 15 F9 F9 01 EF 09 E3 05 07 0D 9A F9"),
            (">", "F9 03 EF 09 E1 05 07 0D FB F9"),
            (">", "F9 03 EF 09 E3 05 07 8D FB F9"),
            ("<", "F9 01 EF 09 E1 05 07 8D 9A F9"),
        ],
    );
    let signals = Event::Signals { dlci: ONE, signals: Signals(0x0D), line_break: None };
    assert_eq!(events, [Event::Up, Event::Opened(ONE), signals]);
    assert!(host.is_open(ONE));
    host.write(ONE, b"AT\r");
    let events = dialogue(
        &mut host,
        Instant::ZERO,
        &[(">", "F9 07 EF 07 41 54 0D D3 F9"), ("<", "F9 05 EF 0D 0D 0A 4F 4B 0D 0A 5F F9")],
    );
    assert_eq!(events, [Event::Readable(ONE)]);
    assert_eq!(read(&mut host, ONE), b"\r\nOK\r\n");
}

#[test]
fn a_modem_sends_the_status_of_each_channel_that_it_opens() {
    let mut modem = side(Role::Responder);
    let events = dialogue(
        &mut modem,
        Instant::ZERO,
        &[
            ("<", "F9 03 3F 01 1C F9"),
            (">", "F9 03 73 01 D7 F9"),
            // Data may follow the opening in the same write.
            ("<", "F9 07 3F 01 DE F9 F9 07 EF 07 41 54 0D D3 F9"),
            (">", "F9 07 73 01 15 F9"),
            (">", "F9 01 EF 09 E3 05 07 8D 9A F9"),
            ("<", "F9 03 EF 09 E1 05 07 8D FB F9"),
        ],
    );
    assert_eq!(events, [Event::Up, Event::Opened(ONE), Event::Readable(ONE)]);
    assert_eq!(read(&mut modem, ONE), b"AT\r");
    assert_eq!(modem.poll_timeout(), None, "the status was answered");
}

#[test]
fn each_message_of_the_control_channel_is_answered() {
    let rows = [
        // Test, power saving, flow control off and on.
        ("23 09 70 69 6E 67", "21 09 70 69 6E 67"),
        ("63 01", "61 01"),
        ("A3 01", "A1 01"),
        // Status with FC, and with a break.
        ("E3 05 07 8F", "E1 05 07 8F"),
        ("E3 07 07 0D 01", "E1 07 07 0D 01"),
        // Negotiation: N1 127; a type that is not offered becomes UIH.
        ("83 11 01 00 07 0A 7F 00 03 02", "81 11 01 00 07 0A 7F 00 03 02"),
        ("83 11 02 02 07 0A FF 7F 03 02", "81 11 02 00 07 0A 40 06 03 02"),
        // Port settings, asked for and set: what holds.
        ("93 03 07", "91 11 07 07 03 00 11 13 00 00"),
        ("93 11 07 07 03 00 11 13 01 00", "91 11 07 07 03 00 11 13 01 00"),
        ("53 05 07 03", "51 05 07 03"),
        // Service negotiation is not supported; nor is what nobody knows.
        ("D3 05 07 01", "11 03 D3"),
        // A status whose type was damaged, which no check covers: these have no value.
        ("63 05 07 8D", "11 03 63"),
        ("A3 05 07 8D", "11 03 A3"),
        ("C3 05 07 8D", "11 03 C3"),
        ("43 05 07 8D", "11 03 43"),
        ("0B 01", "11 03 0B"),
    ];
    for (command, answer) in rows {
        let mut modem = side(Role::Responder);
        let frame = |command, information: &[u8]| {
            let kind = at_proto::mux::FrameKind::Data;
            let mut octets = Vec::new();
            at_proto::mux::Frame { dlci: 0, command, kind, poll: false, information }
                .encode(Framing::Basic, &mut octets);
            hex(&octets)
        };
        dialogue(
            &mut modem,
            Instant::ZERO,
            &[
                ("<", "F9 03 3F 01 1C F9"),
                (">", "F9 03 73 01 D7 F9"),
                ("<", &frame(true, &unhex(command))),
                (">", &frame(false, &unhex(answer))),
            ],
        );
    }
}

#[test]
fn an_answer_to_flow_off_that_nobody_meant_releases_the_modem_again() {
    let mut line = Line::open(Config::default(), &[1]);
    // The modem took a damaged test for FCoff, and stops its channels.
    line.modem.handle_input(&unhex("F9 03 EF 05 63 01 F2 F9"), line.now);
    line.modem.write(ONE, b"OK");
    line.settle();
    let written: Vec<_> = line.frames.iter().rev().map(|(_, frame)| hex(frame)).collect();
    assert_eq!(written[1..3], ["F9 01 EF 05 A1 01 93 F9 ", "F9 03 EF 05 A3 01 F2 F9 "]);
    assert_eq!(read(&mut line.host, ONE), b"OK");
    assert_eq!(line.pass_and_count(Duration::from_secs(10)), 0, "nothing is repeated");
}

#[test]
fn an_answer_to_a_close_down_that_nobody_meant_ends_the_multiplexer() {
    let mut line = Line::open(Config::default(), &[1]);
    // The modem took a damaged status for a close-down.
    line.modem.handle_input(&unhex("F9 03 EF 05 C3 01 F2 F9"), line.now);
    line.settle();
    let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Down };
    assert_eq!(line.host_events, [closed, Event::Down(DownReason::ByPeer)]);
}

#[test]
fn an_opening_of_an_open_channel_begins_it_again_with_empty_queues() {
    let mut modem = side(Role::Responder);
    let status = [(">", "F9 01 EF 09 E3 05 07 8D 9A F9"), ("<", "F9 03 EF 09 E1 05 07 8D FB F9")];
    let control = [("<", "F9 03 3F 01 1C F9"), (">", "F9 03 73 01 D7 F9")];
    let opening = [("<", "F9 07 3F 01 DE F9"), (">", "F9 07 73 01 15 F9")];
    dialogue(&mut modem, Instant::ZERO, &[control, opening, status].concat());
    dialogue(&mut modem, Instant::ZERO, &[("<", "F9 07 EF 07 41 54 0D D3 F9")]);
    modem.write(ONE, b"of before");
    let events = dialogue(&mut modem, Instant::ZERO, &[opening, status].concat());
    let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Reopened };
    assert_eq!(events, [closed, Event::Opened(ONE)]);
    assert!(!modem.has_transmit() && modem.readable(ONE) == 0);
}

#[test]
fn a_negotiation_by_either_side_lowers_the_frames_of_the_channel() {
    // N1 2 for channel 1: PN, and its answer.
    for (role, command, answer) in [
        (
            Role::Responder,
            "F9 03 EF 15 83 11 01 00 07 0A 02 00 03 02 EE F9",
            "F9 01 EF 15 81 11 01 00 07 0A 02 00 03 02 8F F9",
        ),
        (
            Role::Initiator,
            "F9 01 EF 15 83 11 01 00 07 0A 02 00 03 02 8F F9",
            "F9 03 EF 15 81 11 01 00 07 0A 02 00 03 02 EE F9",
        ),
    ] {
        let mut line = Line::open(Config::default(), &[1]);
        let side = if role == Role::Initiator { &mut line.host } else { &mut line.modem };
        side.write(ONE, b"12345");
        dialogue(side, line.now, &[("<", command), (">", answer)]);
        let frames: Vec<usize> = core::iter::from_fn(|| {
            let length = side.poll_transmit()?.len();
            side.handle_transmitted(length, line.now);
            Some(length - 6)
        })
        .collect();
        assert_eq!(frames, [2, 2, 1], "{role:?}");
    }
}

#[test]
fn a_message_in_two_frames_and_two_messages_in_a_frame_are_read() {
    let mut modem = side(Role::Responder);
    let frames = |information: &[u8]| {
        let mut octets = Vec::new();
        let kind = at_proto::mux::FrameKind::Data;
        at_proto::mux::Frame { dlci: 0, command: true, kind, poll: false, information }
            .encode(Framing::Basic, &mut octets);
        octets
    };
    modem.handle_input(&unhex("F9 03 3F 01 1C F9"), Instant::ZERO);
    modem.handle_input(&frames(b"\x23\x09pi"), Instant::ZERO);
    modem.handle_input(&frames(b"ng\xA3\x01\x63\x01"), Instant::ZERO);
    let mut answers = Vec::new();
    while let Some(bytes) = modem.poll_transmit() {
        answers.extend(bytes.to_vec());
        let count = bytes.len();
        modem.handle_transmitted(count, Instant::ZERO);
    }
    let expected = "F9 03 73 01 D7 F9 F9 01 EF 0D 21 09 70 69 6E 67 9D F9 F9 01 EF 05 A1 01 93 F9 F9 01 EF 05 61 01 93 F9";
    assert_eq!(hex(&answers).trim(), expected);
    // The second half was lost: the next message counts.
    modem.handle_input(&frames(b"\x23\x09pi"), Instant::ZERO);
    modem.handle_input(&frames(b"\xA3\x01"), Instant::ZERO);
    assert_eq!(modem.poll_transmit().map(hex).unwrap().trim(), "F9 01 EF 05 A1 01 93 F9");
}

#[test]
fn channels_that_do_not_exist_are_refused_and_62_and_63_never_open() {
    let mut config = Config::default();
    config.max_channel = dlci(3);
    let mut line = Line::new(config);
    for number in [1, 3, 4, 61] {
        line.host.open(dlci(number), line.now);
    }
    line.settle();
    let refused = |number| Event::Closed { dlci: dlci(number), reason: ClosedReason::Refused };
    assert!(line.host_events.contains(&refused(4)) && line.host_events.contains(&refused(61)));
    assert!(line.host.is_open(dlci(3)) && !line.host.is_open(dlci(4)));
    for number in [62u8, 63] {
        let mut octets = Vec::new();
        let kind = at_proto::mux::FrameKind::Open;
        at_proto::mux::Frame { dlci: number, command: true, kind, poll: true, information: b"" }
            .encode(Framing::Basic, &mut octets);
        line.modem.handle_input(&octets, line.now);
        let answer = line.modem.poll_transmit().map(<[u8]>::to_vec).unwrap();
        assert_eq!(answer[2], 0x1F, "DM");
        line.modem.handle_transmitted(answer.len(), line.now);
    }
}

#[test]
fn data_on_a_closed_channel_is_answered_with_dm() {
    let mut line = Line::open(Config::default(), &[1, 2]);
    line.modem.handle_input(&unhex("F9 0F EF 07 41 54 0D 1D F9"), line.now);
    let before = line.frames.len();
    line.settle();
    assert_eq!(line.frames.len(), before, "the check was wrong: nothing is answered");
    let mut octets = Vec::new();
    let kind = at_proto::mux::FrameKind::Data;
    at_proto::mux::Frame { dlci: 3, command: true, kind, poll: false, information: b"AT\r" }
        .encode(Framing::Basic, &mut octets);
    line.modem.handle_input(&octets, line.now);
    line.settle();
    assert_eq!(hex(&line.frames[before].1[1..3]), "0F 0F ");
    assert!(line.host.is_open(ONE) && line.host.is_open(dlci(2)));
}

#[test]
fn closing_a_channel_leaves_the_others_and_sends_what_was_queued() {
    for framing in [Framing::Basic, Framing::Advanced] {
        let mut config = Config::default();
        config.framing = framing;
        let mut line = Line::open(config, &[1, 2]);
        let text = vec![b'x'; 1_000];
        assert_eq!(line.host.write(ONE, &text), 1_000);
        line.host.close(ONE, line.now);
        line.settle();
        assert_eq!(read(&mut line.modem, ONE), text);
        let closed = |reason| Event::Closed { dlci: ONE, reason };
        assert_eq!(line.host_events, [closed(ClosedReason::Requested)]);
        assert!(line.modem_events.contains(&closed(ClosedReason::ByPeer)));
        assert_eq!(line.host.write(ONE, b"late"), 0);
        line.host.write(dlci(2), b"AT\r");
        line.settle();
        assert_eq!(read(&mut line.modem, dlci(2)), b"AT\r");
        // And again.
        line.host.open(ONE, line.now);
        line.settle();
        assert!(line.host.is_open(ONE));
    }
}

#[test]
fn a_bulk_channel_delays_an_at_channel_by_one_frame() {
    let mut line = Line::open(Config::default(), &[1, 2]);
    line.host.write(dlci(2), &[b'x'; 2_000]);
    line.step();
    line.step();
    // A frame of channel 2 is offered already.
    assert_eq!(line.host.poll_transmit().map(|bytes| bytes[1]), Some(0x0B));
    line.host.write(ONE, b"AT\r");
    line.step();
    assert_eq!(line.host.poll_transmit().map(|bytes| bytes[1]), Some(0x07));
}

#[test]
fn a_reader_that_stops_is_waited_for_and_nothing_is_lost() {
    let mut line = Line::open(Config::default(), &[1, 2]);
    let text: Vec<u8> = (0..40_000u32).map(|number| number.to_le_bytes()[0]).collect();
    let (mut sent, mut received) = (0, Vec::<u8>::new());
    while received.len() < text.len() {
        sent += line.host.write(ONE, &text[sent..]);
        line.settle();
        assert!(line.modem.readable(ONE) <= 4_096, "the queue is bounded");
        if line.host.is_stopped(ONE) {
            // The other channel goes on.
            line.host.write(dlci(2), b"AT\r");
            line.settle();
            assert_eq!(read(&mut line.modem, dlci(2)), b"AT\r");
        }
        let mut buffer = [0; 777];
        let count = line.modem.read(ONE, &mut buffer);
        received.extend(&buffer[..count]);
    }
    assert_eq!(received, text);
    let stops = line.frames.iter().filter(|(role, frame)| {
        *role == Role::Responder && frame.get(4) == Some(&0xE3) && frame[7] & 2 != 0
    });
    assert!(stops.count() <= 15, "flow control does not flood the line");
}

#[test]
fn flow_control_is_released_when_the_queue_is_empty_even_if_a_frame_never_fits() {
    let mut config = Config::default();
    config.queue = 20; // smaller than a frame
    let mut line = Line::open(config, &[1]);
    for _ in 0..5 {
        line.host.write(ONE, &[b'x'; 20]);
        line.settle();
        assert!(line.host.is_stopped(ONE));
        assert_eq!(read(&mut line.modem, ONE), [b'x'; 20]);
        line.settle();
        assert!(!line.host.is_stopped(ONE));
    }
}

#[test]
fn a_modem_that_ignores_flow_control_ends_the_channel_and_no_other() {
    let mut config = Config::default();
    config.queue = 100;
    let mut line = Line::open(config, &[1, 2]);
    let frame = unhex("F9 05 EF 0D 0D 0A 4F 4B 0D 0A 5F F9");
    for _ in 0..200 {
        line.host.handle_input(&frame, line.now);
    }
    line.settle();
    let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Overrun };
    assert!(line.host_events.contains(&closed));
    assert!(read(&mut line.host, ONE).len() <= 400);
    assert!(line.host.is_open(dlci(2)));
}

#[test]
fn a_stopped_port_stops_no_other_and_all_stop_with_fcoff() {
    let mut line = Line::open(Config::default(), &[1, 2]);
    let stop = [("<", "F9 01 EF 05 63 01 93 F9"), (">", "F9 03 EF 05 61 01 F2 F9")];
    dialogue(&mut line.host, line.now, &stop);
    line.host.write(ONE, b"AT\r");
    assert!(line.host.is_stopped(ONE) && !line.host.has_transmit());
    let release = [("<", "F9 01 EF 05 A3 01 93 F9"), (">", "F9 03 EF 05 A1 01 F2 F9")];
    dialogue(&mut line.host, line.now, &release);
    line.settle();
    assert_eq!(read(&mut line.modem, ONE), b"AT\r");
}

#[test]
fn leaving_closes_down_and_both_sides_are_plain_again() {
    let mut line = Line::open(Config::default(), &[1]);
    let before = line.frames.len();
    line.host.shut_down(line.now);
    line.settle();
    assert_eq!(hex(&line.frames[before].1), "F9 03 EF 05 C3 01 F2 F9 ");
    assert_eq!(hex(&line.frames[before + 1].1), "F9 01 EF 05 C1 01 93 F9 ");
    let closed = |reason| Event::Closed { dlci: ONE, reason };
    let host = [closed(ClosedReason::Requested), Event::Down(DownReason::Requested)];
    assert_eq!(line.host_events, host);
    let modem = [closed(ClosedReason::Down), Event::Down(DownReason::ByPeer)];
    assert_eq!(line.modem_events, modem);
    assert!(line.host.is_closed() && line.modem.is_closed());
    assert_eq!(line.host.poll_timeout(), None);
}

#[test]
fn a_modem_that_does_not_answer_the_close_down_gets_disc_and_then_it_is_over() {
    let mut line = Line::open(Config::default(), &[]);
    line.modem.handle_closed(line.now);
    line.host.shut_down(line.now);
    let before = line.frames.len();
    line.pass(Duration::from_secs(5));
    let written: Vec<u8> = line.frames[before..].iter().map(|(_, frame)| frame[2]).collect();
    assert_eq!(written, [0xEF, 0xEF, 0xEF, 0xEF, 0x53, 0x53, 0x53, 0x53]);
    assert_eq!(line.host_events, [Event::Down(DownReason::Requested)]);
}

#[test]
fn our_own_opening_that_comes_back_says_that_the_modem_is_in_at_mode() {
    let mut host = side(Role::Initiator);
    let events = dialogue(
        &mut host,
        Instant::ZERO,
        &[(">", "F9 03 3F 01 1C F9"), ("<", "F9 03 3F 01 1C F9")],
    );
    assert_eq!(events, [Event::Down(DownReason::AtMode)]);
    assert!(host.is_closed());
}

#[test]
fn the_first_opening_is_repeated_and_then_given_up() {
    let mut host = side(Role::Initiator);
    let mut now = Instant::ZERO;
    let mut times = Vec::new();
    while !host.is_closed() {
        while let Some(bytes) = host.poll_transmit() {
            assert_eq!(hex(bytes), "F9 03 3F 01 1C F9 ");
            let count = bytes.len();
            times.push(now.as_millis());
            host.handle_transmitted(count, now);
        }
        now = host.poll_timeout().unwrap();
        host.handle_timeout(now);
    }
    assert_eq!(times, [0, 300, 600, 900]);
    assert_eq!(host.poll_event(), Some(Event::Down(DownReason::NoAnswer)));
}

#[test]
fn a_port_that_accepts_nothing_does_not_hang_the_opening() {
    let mut host = side(Role::Initiator);
    let mut now = Instant::ZERO;
    while let Some(due) = host.poll_timeout() {
        now = due;
        host.handle_timeout(now);
        assert_eq!(host.poll_transmit().map(<[u8]>::len), (!host.is_closed()).then_some(6));
    }
    assert!(now <= Instant::ZERO + Duration::from_secs(2));
    assert_eq!(host.poll_event(), Some(Event::Down(DownReason::NoAnswer)));
}

#[test]
fn a_silent_modem_is_noticed_by_the_test_if_it_ever_answered_one() {
    let mut line = Line::open(Config::default(), &[1]);
    line.pass(Duration::from_secs(40)); // a test was answered
    assert!(line.host.is_up());
    line.modem.handle_closed(line.now);
    line.pass(Duration::from_secs(40));
    let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Down };
    let down = Event::Down(DownReason::NoAnswer);
    assert_eq!(line.host_events[line.host_events.len() - 2..], [closed, down]);
}

#[test]
fn a_modem_without_the_test_command_is_not_given_up() {
    let mut line = Line::open(Config::default(), &[1]);
    line.modem.handle_closed(line.now);
    line.pass(Duration::from_secs(600));
    assert!(line.host.is_up(), "its silence proves nothing: the session decides");
}

#[test]
fn boot_words_outside_frames_begin_a_test_and_boot_words_on_a_channel_do_not() {
    let mut line = Line::open(Config::default(), &[1]);
    line.modem.write(ONE, b"\r\nQCRDY\r\n");
    line.pass(SECOND);
    assert_eq!(read(&mut line.host, ONE), b"\r\nQCRDY\r\n");
    assert!(line.host.is_up());

    line.modem.handle_closed(line.now);
    line.host.handle_input(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n", line.now);
    line.pass(Duration::from_secs(5));
    let texts: Vec<String> = line
        .host_events
        .iter()
        .filter_map(|event| match event {
            Event::Text(line) => Some(String::from_utf8_lossy(line.as_bytes()).into_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["RDY", "+CFUN: 1"]);
    assert_eq!(line.host_events.last(), Some(&Event::Down(DownReason::AtMode)));
}

#[test]
fn text_outside_frames_from_a_modem_that_answers_the_test_changes_nothing() {
    let mut line = Line::open(Config::default(), &[1]);
    line.host.handle_input(b"\r\nNO CARRIER\r\n", line.now);
    line.pass(Duration::from_secs(5));
    assert!(line.host.is_up() && line.host.is_open(ONE));
}

#[test]
fn a_modem_in_at_mode_that_echoes_the_test_does_not_pass_it() {
    let mut line = Line::open(Config::default(), &[1]);
    line.host.test(line.now);
    let test = line.host.poll_transmit().unwrap().to_vec();
    line.host.handle_transmitted(test.len(), line.now);
    line.host.handle_input(&test, line.now);
    line.settle();
    assert_eq!(line.host_events.last(), Some(&Event::Down(DownReason::AtMode)));
}

#[test]
fn both_sides_sleep_and_wake_each_other_with_flags() {
    for by_host in [true, false] {
        let mut line = Line::open(Config::default(), &[1]);
        line.host.sleep(line.now);
        line.settle();
        line.pass(Duration::from_secs(300));
        let asleep = line.frames.len();
        let (from, to) = match by_host {
            true => (&mut line.host, &mut line.modem),
            false => (&mut line.modem, &mut line.host),
        };
        from.write(ONE, b"AT\r");
        assert_eq!(from.poll_transmit(), Some(&[0xF9; 8][..]));
        let _ = to;
        line.settle();
        let to = if by_host { &mut line.modem } else { &mut line.host };
        assert_eq!(read(to, ONE), b"AT\r");
        // Flags, flags in return, data: no frame before the other side is awake.
        let frames: Vec<usize> =
            line.frames[asleep..].iter().map(|(_, frame)| frame.len()).collect();
        assert_eq!(frames, [8, 8, 9]);
    }
}

#[test]
fn a_side_that_never_wakes_ends_the_multiplexer_after_t3() {
    let mut line = Line::open(Config::default(), &[1]);
    line.host.sleep(line.now);
    line.settle();
    line.modem.handle_closed(line.now);
    line.host.write(ONE, b"AT\r");
    line.pass(Duration::from_secs(9));
    assert!(line.host.is_up());
    line.pass(Duration::from_secs(2));
    assert_eq!(line.host_events.last(), Some(&Event::Down(DownReason::NoAnswer)));
}

#[test]
fn each_lost_doubled_or_spoilt_frame_of_the_opening_is_repaired() {
    let frames = {
        let mut line = Line::open(Config::default(), &[1, 2]);
        line.pass(SECOND);
        line.frames.len()
    };
    for framing in [Framing::Basic, Framing::Advanced] {
        for fate in [Fate::Lost, Fate::Doubled, Fate::Spoilt] {
            for at in 0..frames {
                let mut config = Config::default();
                config.framing = framing;
                let mut line = Line::with(config, 3, move |frame| match frame == at {
                    true => fate,
                    false => Fate::Passes,
                });
                line.host.open(ONE, line.now);
                line.host.open(dlci(2), line.now);
                line.pass(Duration::from_secs(5));
                for number in [1, 2] {
                    assert!(line.host.is_open(dlci(number)), "{fate:?} {at}");
                    assert!(line.modem.is_open(dlci(number)), "{fate:?} {at}");
                    line.host.write(dlci(number), b"AT\r");
                }
                line.settle();
                assert_eq!(read(&mut line.modem, ONE), b"AT\r", "{fate:?} {at}");
                assert_eq!(read(&mut line.modem, dlci(2)), b"AT\r", "{fate:?} {at}");
                assert!(line.host.poll_timeout().is_some());
            }
        }
    }
}

#[test]
fn a_spoilt_frame_of_data_is_reported() {
    let mut line = Line::with(Config::default(), usize::MAX, |frame| match frame {
        9 => Fate::Spoilt,
        _ => Fate::Passes,
    });
    line.host.open(ONE, line.now);
    line.settle();
    while line.frames.len() < 10 {
        line.modem.write(ONE, b"\r\nRING\r\n");
        line.settle();
    }
    assert!(line.frames[9].0 == Role::Responder);
    assert!(line.host_events.contains(&Event::Damaged));
}

#[test]
fn data_in_ui_frames_is_checked() {
    let mut config = Config::default();
    config.checked = true;
    let mut line = Line::open(config, &[1]);
    line.host.write(ONE, b"AT\r");
    let mut frame = line.host.poll_transmit().unwrap().to_vec();
    assert_eq!(hex(&frame), "F9 07 03 07 41 54 0D 44 F9 ");
    line.host.handle_transmitted(frame.len(), line.now);
    frame[4] ^= 1;
    line.modem.handle_input(&frame, line.now);
    line.settle();
    assert_eq!(line.modem.readable(ONE), 0);
    assert_eq!(line.modem_events, [Event::Damaged]);
}

#[test]
fn a_channel_that_nobody_answers_is_given_up_and_the_others_stay() {
    let mut line = Line::with(Config::default(), usize::MAX, |_| Fate::Passes);
    line.settle();
    line.host.open(ONE, line.now);
    line.settle();
    line.modem.handle_closed(line.now);
    line.host_events.clear();
    line.host.open(dlci(5), line.now);
    line.pass(Duration::from_secs(3));
    let closed = Event::Closed { dlci: dlci(5), reason: ClosedReason::NoAnswer };
    assert_eq!(line.host_events, [closed]);
    assert!(line.host.is_open(ONE));
}

#[test]
fn a_line_that_breaks_closes_each_channel_once() {
    let mut line = Line::open(Config::default(), &[1, 2]);
    line.host.handle_closed(line.now);
    line.host.handle_closed(line.now);
    line.settle();
    let closed = |number| Event::Closed { dlci: dlci(number), reason: ClosedReason::Down };
    assert_eq!(line.host_events, [closed(1), closed(2), Event::Down(DownReason::Lost)]);
    // An opening on a closed line ends as well.
    line.host.open(Dlci::LAST, line.now);
    line.settle();
    assert_eq!(line.host_events.last(), Some(&closed(61)));
}
