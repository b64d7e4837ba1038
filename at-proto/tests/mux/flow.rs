//! Flow control: a side that stops, and one that does not.

use core::time::Duration;

use at_proto::mux::{ClosedReason, Config, Event, Role};

use super::frames::unhex;
use super::line::{Line, ONE, dlci, read};
use super::sides::{dialogue, hex};

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
