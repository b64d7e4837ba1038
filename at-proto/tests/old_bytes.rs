//! Nothing that was received before a command line was written is its result, answer or prompt.

use at_proto::{Dialect, Engine, Event, Instant, Outcome, Request};

/// Late results, answers, prompts and boot messages of an earlier command.
const OLD: [&str; 9] = [
    "OK\r\n",
    "ERROR\r\n",
    "+CMS ERROR: 500\r\n",
    "+CSQ: 1,1\r\n",
    "> \r\n",
    "+CMGS: 1\r\n",
    "RDY\r\n",
    "OK\r\n\r\nERROR\r\n",
    "+CSQ: 1,1\r\n\r\nOK\r\n",
];

/// The part of the command line that the port takes before the old bytes end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Taken {
    /// The line was not offered yet.
    Nothing,
    /// The line was offered, and the port took nothing.
    Offered,
    /// The port took a part of the line.
    Part,
}

fn write(engine: &mut Engine, count: usize, now: Instant) {
    let length = engine.poll_transmit().unwrap().len();
    engine.handle_transmitted(count.min(length), now);
}

fn drain(engine: &mut Engine) -> Vec<Event> {
    core::iter::from_fn(|| engine.poll_event()).collect()
}

/// Feeds `before`, writes the command line, and feeds `after`. Returns the outcome, if any.
fn outcome(line: &str, before: &str, taken: Taken, after: &str, pieces: usize) -> Option<Outcome> {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let mut request = Request::raw(line).unwrap();
    if request.has_prompt() {
        request = request.payload("0001").unwrap();
    }
    engine.submit(request, now).unwrap();
    match taken {
        Taken::Nothing => {}
        Taken::Offered => write(&mut engine, 0, now),
        Taken::Part => write(&mut engine, 3, now),
    }
    for piece in before.as_bytes().chunks(pieces) {
        engine.handle_input(piece, now);
    }
    while engine.has_transmit() {
        write(&mut engine, usize::MAX, now);
    }
    // The modem goes on after its prompt only when it has the payload.
    for part in after.split_inclusive("> ") {
        for piece in part.as_bytes().chunks(pieces) {
            engine.handle_input(piece, now);
        }
        while engine.has_transmit() {
            write(&mut engine, usize::MAX, now);
        }
    }
    drain(&mut engine).into_iter().find_map(|event| match event {
        Event::Completed { outcome, .. } => Some(outcome),
        _ => None,
    })
}

/// Every old line, cut at every byte of its text by the writing of the command line, in pieces of
/// every size.
#[test]
fn old_bytes_are_neither_result_nor_answer_nor_prompt_at_any_cut() {
    let mut played = 0;
    for (line, answer) in [
        ("AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        ("AT+CMGS=2", "\r\n> \r\n+CMGS: 7\r\n\r\nOK\r\n"),
    ] {
        for old in OLD {
            // From the first byte of its last line on, an old line is known to be old.
            let last = old.trim_end().rfind('\n').map_or(0, |at| at + 1);
            for cut in last + 1..=old.len() {
                for taken in [Taken::Nothing, Taken::Offered, Taken::Part] {
                    for pieces in [1, 2, 3, usize::MAX] {
                        let (before, after) = old.split_at(cut);
                        let after = format!("{after}{answer}");
                        let place = format!("{line} {old:?} {cut} {taken:?} {pieces}");
                        let Some(Outcome::Response(response)) =
                            outcome(line, before, taken, &after, pieces)
                        else {
                            panic!("{place}: no response");
                        };
                        let lines: Vec<_> = response.lines().iter().collect();
                        let own: &[u8] =
                            if line == "AT+CSQ" { b"+CSQ: 20,99" } else { b"+CMGS: 7" };
                        assert_eq!(lines, [own], "{place}");
                        played += 1;
                    }
                }
            }
        }
    }
    assert!(played > 1_000, "{played}");
}

/// Without the answer the command is still under way after any old bytes.
#[test]
fn old_bytes_alone_do_not_end_a_command() {
    for line in ["AT+CSQ", "AT+CMGS=2", "AT"] {
        for old in OLD {
            let found = outcome(line, old, Taken::Nothing, "", 1);
            assert_eq!(found, None, "{line} {old:?}");
        }
    }
}

/// Noise of a port that was just opened does not make the answer an old line.
#[test]
fn the_answer_may_follow_old_noise() {
    for noise in ["\0", " ", "\u{1b}", "\r\n", "\n\0\0"] {
        let found = outcome("AT", noise, Taken::Nothing, "OK\r\n", 1);
        assert!(matches!(found, Some(Outcome::Response(_))), "{noise:?}: {found:?}");
    }
}
