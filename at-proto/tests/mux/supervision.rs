//! Supervision: silence, sleep, loss and damage.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{ClosedReason, Config, Dlci, DownReason, Event, Framing, Role};

use super::line::{Fate, Line, ONE, dlci, read};
use super::sides::{SECOND, hex, side};

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
