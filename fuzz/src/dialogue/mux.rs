//! The multiplexer: frames, bytes and time.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{Config, Dlci, Event, Frame, FrameKind, Framing, Mux, Role};

use crate::input::Input;

/// The bytes that a channel queues in each direction.
const QUEUE: usize = 200;

/// Input: a byte of options (bit 1 the advanced option, bit 2 the responder), then actions.
///
/// | Byte, modulo 8 | Action |
/// |---|---|
/// | 0 | reads as many bytes as the next byte says |
/// | 1, 2 | reads a valid frame: header, length, information |
/// | 3 | writes the output; the next byte is how much |
/// | 4 | advances the time by the next byte times 20 ms |
/// | 5 | opens, closes, writes, reads or tests, by the next byte |
/// | 6 | advances the time to the next timeout |
/// | 7 | a damaged frame |
///
/// The multiplexer does the same for every cut of the bytes.
pub fn mux(data: &[u8]) {
    let whole = play(data, usize::MAX);
    assert_eq!(whole, play(data, 1), "byte by byte");
    assert_eq!(whole, play(data, 5), "in pieces");
}

fn play(data: &[u8], piece: usize) -> (Vec<Event>, Vec<u8>) {
    let mut input = Input::new(data);
    let options = input.byte();
    let mut config = Config::default();
    config.framing = if options & 1 == 0 { Framing::Basic } else { Framing::Advanced };
    config.queue = QUEUE;
    let role = if options & 2 == 0 { Role::Initiator } else { Role::Responder };
    let mut mux = Mux::new(role, config);
    let mut now = Instant::ZERO;
    let (mut events, mut written) = (Vec::new(), Vec::new());
    mux.handle_opened(now);
    while !input.is_empty() {
        match input.byte() % 8 {
            0 => {
                let count = usize::from(input.byte());
                read(&mut mux, input.bytes(count), piece, now);
            }
            kind @ (1 | 2 | 7) => {
                let mut octets = frame(&mut input, config.framing);
                if kind == 7 {
                    let at = usize::from(input.byte()) % octets.len();
                    octets[at] ^= input.byte();
                }
                read(&mut mux, &octets, piece, now);
            }
            3 => {
                let limit = usize::from(input.byte());
                if let Some(bytes) = mux.poll_transmit() {
                    let count = bytes.len().min(limit);
                    written.extend(&bytes[..count]);
                    mux.handle_transmitted(count, now);
                }
            }
            4 => now = now + Duration::from_millis(u64::from(input.byte()) * 20),
            5 => {
                let [verb, number] = input.array();
                let dlci = Dlci::new(number % 4 + 1).expect("1 to 4");
                match verb % 6 {
                    0 => mux.open(dlci, now),
                    1 => mux.close(dlci, now),
                    2 => drop(mux.write(dlci, &data[..data.len().min(100)])),
                    3 => drop(mux.read(dlci, &mut [0; 50])),
                    4 => mux.test(now),
                    _ => mux.sleep(now),
                }
            }
            _ => {
                if let Some(due) = mux.poll_timeout() {
                    now = now.max(due);
                    mux.handle_timeout(now);
                    assert!(
                        mux.poll_timeout().is_none_or(|next| next > now),
                        "a timer never rests"
                    );
                }
            }
        }
        events.extend(core::iter::from_fn(|| mux.poll_event()));
        for number in 1..=4 {
            let dlci = Dlci::new(number).expect("1 to 4");
            assert!(mux.queued(dlci) <= QUEUE && mux.readable(dlci) <= QUEUE * 4);
        }
    }
    // Without any input the output and the timers end.
    for _ in 0..10_000 {
        let Some(count) = mux.poll_transmit().map(<[u8]>::len) else { break };
        mux.handle_transmitted(count, now);
    }
    assert!(!mux.has_transmit(), "the output never ends");
    mux.handle_closed(now);
    let ends = |event: &Event| matches!(event, Event::Down(_));
    events.extend(core::iter::from_fn(|| mux.poll_event()));
    assert_eq!(events.iter().filter(|event| ends(event)).count(), 1, "the multiplexer ends once");
    (events, written)
}

fn read(mux: &mut Mux, bytes: &[u8], piece: usize, now: Instant) {
    for piece in bytes.chunks(piece) {
        mux.handle_input(piece, now);
    }
}

fn frame(input: &mut Input<'_>, framing: Framing) -> Vec<u8> {
    let [address, kind, length] = input.array();
    let kinds = [
        FrameKind::Data,
        FrameKind::Open,
        FrameKind::Accepted,
        FrameKind::NotOpen,
        FrameKind::Close,
        FrameKind::CheckedData,
    ];
    let frame = Frame {
        dlci: address % 5,
        command: address & 0x80 != 0,
        kind: kinds[usize::from(kind) % kinds.len()],
        poll: kind & 0x80 != 0,
        information: input.bytes(usize::from(length)),
    };
    let mut octets = Vec::new();
    frame.encode(framing, &mut octets);
    octets
}
