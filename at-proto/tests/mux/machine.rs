//! The two sides: channels that open and close, and the control channel.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{ClosedReason, Config, DownReason, Event, Framing, Role, Signals};

use super::frames::unhex;
use super::line::{Line, ONE, dlci, read};
use super::sides::{dialogue, hex, side};

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
