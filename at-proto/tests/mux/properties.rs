//! Properties for any frames, any cuts and any calls.

use alloc::collections::VecDeque;
use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{ClosedReason, Config, Event, FrameKind, Framing, Mux, Role};
use proptest::prelude::*;

use super::line::{dlci, read};
use super::naive::{self, KINDS, Owned};

fn framing() -> impl Strategy<Value = Framing> {
    prop::sample::select(vec![Framing::Basic, Framing::Advanced])
}

fn frame() -> impl Strategy<Value = Owned> {
    let kind = prop::sample::select(KINDS.map(|(kind, _)| kind).to_vec());
    let octet = prop_oneof![
        3 => any::<u8>(),
        1 => prop::sample::select(vec![0xF9u8, 0x7E, 0x7D, 0x11, 0x13, 0x03, 0x07, 0xEF]),
    ];
    let information = prop::collection::vec(octet, 0..200);
    (0u8..62, any::<bool>(), kind, any::<bool>(), information).prop_map(
        |(dlci, command, kind, poll, information)| Owned { dlci, command, kind, poll, information },
    )
}

/// Cuts a stream at these places.
fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.extend([0, stream.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn frames_are_read_as_they_were_written_in_any_pieces(
        framing in framing(),
        frames in prop::collection::vec(frame(), 1..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let stream: Vec<u8> =
            frames.iter().flat_map(|frame| frame.encoded(framing)).collect();
        let naive: Vec<u8> =
            frames.iter().flat_map(|frame| naive::write(framing, frame)).collect();
        prop_assert_eq!(&stream, &naive);
        prop_assert_eq!(naive::read(framing, 200, &stream), frames.clone());
        prop_assert_eq!(naive::read_by(framing, 200, cut(&stream, &cuts)), (frames, vec![]));
    }

    #[test]
    fn damaged_streams_are_read_as_by_the_naive_twin_in_any_pieces(
        framing in framing(),
        frames in prop::collection::vec(frame(), 1..6),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 0..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut stream: Vec<u8> =
            frames.iter().flat_map(|frame| frame.encoded(framing)).collect();
        for (place, how, octet) in damage {
            let at = place.index(stream.len());
            match how {
                0 => { stream.remove(at); }
                1 => stream.insert(at, octet),
                2 => stream[at] ^= 1 << (octet % 8),
                _ => stream[at] = framing.flag(),
            }
        }
        let naive = naive::read(framing, 150, &stream);
        let whole = naive::read_by(framing, 150, [&stream[..]]);
        prop_assert_eq!(&whole.0, &naive);
        prop_assert_eq!(&naive::read_by(framing, 150, cut(&stream, &cuts)), &whole);
        prop_assert_eq!(naive::read_by(framing, 150, stream.chunks(1)), whole);
    }

    #[test]
    fn the_bytes_of_a_channel_arrive_in_order_and_complete_or_the_channel_is_closed(
        framing in framing(),
        queue in 1usize..300,
        information in 1usize..100,
        calls in prop::collection::vec((0..5u8, 1u8..4, 0usize..120, any::<bool>()), 1..200),
    ) {
        let mut config = Config::default();
        config.framing = framing;
        config.queue = queue;
        config.max_information = information;
        let now = Instant::ZERO;
        let mut sides =
            [Mux::new(Role::Initiator, config), Mux::new(Role::Responder, config)];
        sides.iter_mut().for_each(|side| side.handle_opened(now));
        (1..4).for_each(|number| sides[0].open(dlci(number), now));
        // The bytes sent and not yet arrived, by direction and channel.
        let mut sent = vec![vec![VecDeque::new(); 4]; 2];
        let mut next = 0u8;
        let check = |sides: &mut [Mux; 2], from: usize, channel: u8, limit: usize,
                         sent: &mut Vec<Vec<VecDeque<u8>>>| {
            let mut buffer = vec![0; limit];
            let count = sides[1 - from].read(dlci(channel), &mut buffer);
            for byte in &buffer[..count] {
                assert_eq!(Some(*byte), sent[from][usize::from(channel)].pop_front());
            }
        };
        for (call, channel, count, by_host) in calls {
            let from = usize::from(!by_host);
            match call {
                0 | 1 => {
                    let bytes: Vec<u8> = (0..count).map(|_| { next = next.wrapping_add(1); next }).collect();
                    let taken = sides[from].write(dlci(channel), &bytes);
                    prop_assert!(taken <= count);
                    sent[from][usize::from(channel)].extend(&bytes[..taken]);
                }
                2 | 3 => {
                    // A part of what waits passes.
                    if let Some(bytes) = sides[from].poll_transmit() {
                        let part = bytes[..count.min(bytes.len())].to_vec();
                        sides[from].handle_transmitted(part.len(), now);
                        sides[1 - from].handle_input(&part, now);
                    }
                }
                _ => check(&mut sides, from, channel, count, &mut sent),
            }
        }
        for _ in 0..3_000 {
            let mut moved = false;
            for from in 0..2 {
                if let Some(bytes) = sides[from].poll_transmit() {
                    let bytes = bytes.to_vec();
                    sides[from].handle_transmitted(bytes.len(), now);
                    sides[1 - from].handle_input(&bytes, now);
                    moved = true;
                }
                for channel in 1..4 {
                    moved |= sides[1 - from].readable(dlci(channel)) > 0;
                    check(&mut sides, from, channel, 1_000, &mut sent);
                }
            }
            if !moved { break; }
        }
        let broken: Vec<u8> = sides.iter_mut()
            .flat_map(|side| core::iter::from_fn(|| side.poll_event()).collect::<Vec<_>>())
            .filter_map(|event| match event {
                Event::Closed { dlci, reason: ClosedReason::Overrun | ClosedReason::ByPeer } => Some(dlci.get()),
                _ => None,
            })
            .collect();
        for (from, queues) in sent.iter().enumerate() {
            for (channel, queue) in (0u8..).zip(queues) {
                prop_assert!(
                    queue.is_empty() || broken.contains(&channel),
                    "channel {} from {}", channel, from
                );
            }
        }
    }

    #[test]
    fn any_bytes_at_any_time_neither_panic_nor_storm_nor_grow(
        framing in framing(),
        by_host in any::<bool>(),
        calls in prop::collection::vec(
            (0..6u8, frame(), prop::collection::vec(any::<u8>(), 0..40), 0u64..5_000), 1..120),
    ) {
        let mut config = Config::default();
        config.framing = framing;
        config.queue = 100;
        let role = if by_host { Role::Initiator } else { Role::Responder };
        let mut mux = Mux::new(role, config);
        let mut now = Instant::ZERO;
        mux.handle_opened(now);
        for (call, frame, bytes, time) in calls {
            match call {
                0 => mux.handle_input(&bytes, now),
                1 | 2 => {
                    let mut frame = frame;
                    // Channels that are in use, and the control channel.
                    frame.dlci %= 3;
                    if frame.dlci == 0 && call == 1 { frame.kind = FrameKind::Data; }
                    mux.handle_input(&frame.encoded(framing), now);
                }
                3 => {
                    now = now + Duration::from_millis(time);
                    let mut count = 0;
                    while mux.poll_timeout().is_some_and(|due| due <= now) {
                        mux.handle_timeout(now);
                        count += 1;
                        prop_assert!(count < 100, "the timers never rest");
                    }
                }
                4 => {
                    mux.open(dlci(1), now);
                    mux.write(dlci(1), &bytes);
                }
                _ => {
                    let mut written = 0;
                    while let Some(bytes) = mux.poll_transmit() {
                        written += bytes.len();
                        let count = bytes.len();
                        mux.handle_transmitted(count, now);
                        prop_assert!(written < 100_000, "the output never ends");
                    }
                }
            }
            prop_assert!(core::iter::from_fn(|| mux.poll_event()).count() < 300);
            prop_assert!(mux.readable(dlci(1)) <= 400 && mux.queued(dlci(1)) <= 100);
        }
        read(&mut mux, dlci(1));
    }
}

#[test]
fn a_thousand_frames_are_read_in_random_pieces() {
    // A generator of its own, so that the frames are the same each time.
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for framing in [Framing::Basic, Framing::Advanced] {
        let frames: Vec<Owned> = (0..1_000)
            .map(|_| Owned {
                dlci: u8::try_from(random(62)).unwrap(),
                command: random(2) == 0,
                kind: KINDS[random(6)].0,
                poll: random(2) == 0,
                information: (0..random(1_501))
                    .map(|_| u8::try_from(random(256)).unwrap())
                    .collect(),
            })
            .collect();
        let stream: Vec<u8> =
            frames.iter().flat_map(|frame| naive::write(framing, frame)).collect();
        let mut pieces = Vec::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((random(3_000) + 1).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let (found, noise) = naive::read_by(framing, 1_500, pieces);
        assert!(found == frames && noise.is_empty());
    }
}
