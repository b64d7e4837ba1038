//! Properties for any input, in any order of calls.

mod common;

use core::time::Duration;

use at_proto::{Dialect, Engine, Event, Instant, Outcome, Request, RequestId};
use common::describe;
use proptest::prelude::*;

/// Pieces of a modem's output, so that random input reaches deep into the engine.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "\r\n",
        "\r",
        "\n",
        "> ",
        ">",
        " ",
        "\"",
        ",",
        "OK",
        "ERROR",
        "OK\r\n",
        "ERROR\r\n",
        "+CSQ: 20,99\r\n",
        "+CREG: 0,1\r\n",
        "+CREG: 1\r\n",
        "+CMTI: \"SM\",1\r\n",
        "+CMT: ,8\r\n",
        "0004AABBCCDDEEFF00\r\n",
        "+CUSD: 0,\"text",
        "\",15\r\n",
        "RING\r\n",
        "+CMS ERROR: 500\r\n",
        "+CME ERROR: SIM busy\r\n",
        "+CMGS: 7\r\n",
        "+CMGL: 1,1,,8\r\n",
        "AT+CSQ\r",
        "AT+CMGS=9\r",
        "NO CARRIER\r\n",
        "+CMGR: \"REC READ\",\"+1\",,\"24/01/01,00:00:00+04\"\r\n",
        "+CMEE: 1\r\n",
        "\x1a",
        "\x1b",
        "\0",
        "+CPIN: READY\r\n",
        "OK+CMTI: \"SM\",2\r\n",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

#[derive(Debug, Clone)]
enum Call {
    Submit(usize),
    Cancel,
    Commit,
    Input(Vec<u8>),
    Write(usize),
    Pass(u64),
    Timeout,
    Close,
    Open,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (0..6usize).prop_map(Call::Submit),
        1 => Just(Call::Cancel),
        1 => Just(Call::Commit),
        8 => prop::collection::vec(piece(), 1..6).prop_map(|pieces| Call::Input(pieces.concat())),
        6 => (0..40usize).prop_map(Call::Write),
        3 => (0..4_000u64).prop_map(Call::Pass),
        3 => Just(Call::Timeout),
        1 => Just(Call::Close),
        2 => Just(Call::Open),
    ]
}

fn request(which: usize) -> Request {
    let raw = |line: &str| Request::raw(line).unwrap().timeout(Duration::from_secs(3));
    match which {
        0 => raw("AT+CSQ"),
        1 => raw("AT+CREG?"),
        2 => raw("AT+CMGL=4"),
        3 => raw("AT+CMGS=9").payload("0004AABBCCDDEEFF00").unwrap(),
        4 => raw("AT+CMGS=9").payload("0004AABBCCDDEEFF00").unwrap().hold(),
        _ => raw("AT+CPIN?"),
    }
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn drain(engine: &mut Engine) -> Vec<Event> {
    core::iter::from_fn(|| engine.poll_event()).collect()
}

/// Calls the engine in any order; returns the completed requests, in order.
fn run(calls: &[Call]) -> (Vec<RequestId>, Vec<RequestId>) {
    let mut engine = Engine::new(Dialect::small());
    let (mut accepted, mut completed) = (Vec::new(), Vec::new());
    let mut now = 0;
    engine.handle_opened(at(now));
    let mut offered = 0;
    for call in calls {
        let was_free = engine.is_idle();
        match call {
            Call::Submit(which) => match engine.submit(request(*which), at(now)) {
                // A request that was due is completed by the call itself.
                Ok(id) => accepted.push(id),
                Err(_) => assert!(!was_free),
            },
            Call::Cancel => accepted.last().into_iter().for_each(|&id| engine.cancel(id, at(now))),
            Call::Commit => accepted.last().into_iter().for_each(|&id| engine.commit(id, at(now))),
            Call::Input(bytes) => engine.handle_input(bytes, at(now)),
            Call::Write(count) => {
                // The report of a written slice may come late, when the slice is gone.
                engine.handle_transmitted((*count).min(offered), at(now));
                offered = engine.poll_transmit().map_or(0, <[u8]>::len);
            }
            Call::Pass(millis) => now += millis,
            Call::Timeout => {
                if let Some(due) = engine.poll_timeout() {
                    now = now.max(due.as_millis());
                    engine.handle_timeout(at(now));
                }
            }
            Call::Close => engine.handle_closed(at(now)),
            Call::Open => engine.handle_opened(at(now)),
        }
        for event in drain(&mut engine) {
            if let Event::Completed { id, .. } = event {
                completed.push(id);
            }
        }
        let in_flight = accepted.len() - completed.len();
        assert!(in_flight <= 1);
        // The request in flight has an end.
        assert!(in_flight == 0 || engine.poll_timeout().is_some(), "nothing ends it");
    }
    let mut steps = 0;
    while let Some(due) = engine.poll_timeout() {
        engine.handle_timeout(due);
        steps += 1;
        assert!(steps < 100, "it never ends");
        for event in drain(&mut engine) {
            if let Event::Completed { id, .. } = event {
                completed.push(id);
            }
        }
    }
    (accepted, completed)
}

/// A modem that answers in order and late, and marks each answer with the number of its command.
struct LateModem {
    knows_probe: bool,
    /// The line that is not complete.
    line: Vec<u8>,
    read: u32,
    /// The time at which each answer is written.
    answers: Vec<(u64, Vec<u8>)>,
    free_at: u64,
    delays: Vec<u64>,
}

impl LateModem {
    /// Reads bytes; returns the number of the user's command in them.
    fn read(&mut self, bytes: &[u8], now: u64) -> Option<u32> {
        let mut number = None;
        // An escape outside a prompt has no effect.
        for &byte in bytes.iter().filter(|&&byte| byte != 0x1B) {
            if byte != b'\r' {
                self.line.push(byte);
                continue;
            }
            let line = core::mem::take(&mut self.line);
            let (delay, answer) = match line.as_slice() {
                b"AT" => (30, b"\r\nOK\r\n".to_vec()),
                b"AT+CMEE?" if self.knows_probe => (60, b"\r\n+CMEE: 1\r\n\r\nOK\r\n".to_vec()),
                b"AT+CMEE?" => (60, b"\r\nERROR\r\n".to_vec()),
                _ => {
                    let delay = self.delays[self.read as usize % self.delays.len()];
                    self.read += 1;
                    number = Some(self.read);
                    (delay, format!("\r\n+CSQ: {},99\r\n\r\nOK\r\n", self.read).into_bytes())
                }
            };
            self.free_at = self.free_at.max(now) + delay;
            self.answers.push((self.free_at, answer));
        }
        number
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_accepted_request_completes_exactly_once(calls in prop::collection::vec(call(), 1..if cfg!(miri) { 20 } else { 60 })) {
        let (accepted, completed) = run(&calls);
        prop_assert_eq!(accepted, completed);
    }

    #[test]
    fn the_cuts_do_not_matter(
        pieces in prop::collection::vec(piece(), 1..30),
        which in 0..6usize,
        cuts in prop::collection::vec(1..9usize, 1..20),
    ) {
        let bytes = pieces.concat();
        let play = |cuts: &[usize]| {
            let mut engine = Engine::new(Dialect::default());
            engine.handle_opened(at(0));
            engine.submit(request(which), at(0)).unwrap();
            let length = engine.poll_transmit().unwrap().len();
            engine.handle_transmitted(length, at(0));
            let mut events = Vec::new();
            let mut rest = bytes.as_slice();
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let (piece, tail) = rest.split_at(cuts.next().map_or(rest.len(), |&cut| cut.min(rest.len())));
                engine.handle_input(piece, at(1));
                events.extend(drain(&mut engine));
                rest = tail;
            }
            let mut written = Vec::new();
            while let Some(due) = engine.poll_timeout() {
                while let Some(slice) = engine.poll_transmit() {
                    written.push(slice.to_vec());
                    let length = slice.len();
                    engine.handle_transmitted(length, due);
                }
                engine.handle_timeout(due);
                events.extend(drain(&mut engine));
            }
            (events.iter().map(describe).collect::<Vec<_>>(), written)
        };
        let whole = play(&[usize::MAX]);
        prop_assert_eq!(&play(&cuts), &whole);
        prop_assert_eq!(&play(&[1]), &whole);
    }

    #[test]
    fn any_octets_in_pieces_stay_within_the_bound(seed in prop::collection::vec(piece(), 20..60)) {
        let bytes = seed.concat();
        let mut engine = Engine::new(Dialect::small());
        engine.handle_opened(at(0));
        let bound = {
            let limits = engine.dialect().limits;
            // The answer and its line ends, a line, a text with open quotes, a header, and the
            // events of 64 bytes.
            2 * (limits.answer + 8 * limits.answer) + 6 * limits.line + 64 * 300
        };
        let info = allocation_counter::measure(|| {
            for round in 0..if cfg!(miri) { 3 } else { 40 } {
                let now = round as u64;
                if engine.is_idle() {
                    engine.submit(request(round % 6), at(now)).unwrap();
                }
                for piece in bytes.chunks(64) {
                    engine.handle_input(piece, at(now));
                    drop(drain(&mut engine));
                    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
                        engine.handle_transmitted(length, at(now));
                    }
                }
            }
        });
        prop_assert!(info.bytes_max < bound as u64, "{} of {bound}", info.bytes_max);
    }

    #[test]
    fn no_answer_crosses_a_timeout(
        knows_probe in any::<bool>(),
        delays in prop::collection::vec(prop_oneof![3 => 0..900u64, 2 => 900..8_000u64, 1 => 8_000..40_000u64], 8),
    ) {
        let mut engine = Engine::new(Dialect::default());
        let mut modem =
            LateModem { knows_probe, line: Vec::new(), read: 0, answers: Vec::new(), free_at: 0, delays };
        let mut now = 0;
        engine.handle_opened(at(0));
        for _ in 0..8 {
            let csq = Request::raw("AT+CSQ").unwrap().timeout(Duration::from_secs(1));
            engine.submit(csq, at(now)).unwrap();
            let mut own = None;
            let outcome = 'flight: loop {
                while let Some(slice) = engine.poll_transmit() {
                    let slice = slice.to_vec();
                    own = modem.read(&slice, now).or(own);
                    engine.handle_transmitted(slice.len(), at(now));
                }
                for event in drain(&mut engine) {
                    if let Event::Completed { outcome, .. } = event {
                        break 'flight outcome;
                    }
                }
                let due = engine.poll_timeout().expect("an end").as_millis();
                match modem.answers.first() {
                    Some(&(at_time, _)) if at_time <= due => {
                        now = now.max(at_time);
                        let (_, answer) = modem.answers.remove(0);
                        engine.handle_input(&answer, at(now));
                    }
                    _ => {
                        now = now.max(due);
                        engine.handle_timeout(at(now));
                    }
                }
            };
            if let Outcome::Response(response) = outcome {
                let line = String::from_utf8(response.lines().first().unwrap().to_vec()).unwrap();
                prop_assert_eq!(line, format!("+CSQ: {},99", own.unwrap()));
            }
        }
    }
}
