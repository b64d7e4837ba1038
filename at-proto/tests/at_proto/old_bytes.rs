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

/// 3GPP TS 27.005, 3.2.5: `+CMS ERROR` is the result of message commands.
#[test]
fn a_message_error_after_another_kind_of_command_counts_only_if_no_result_follows() {
    const ANSWER: &str = "\r\n+CSQ: 20,99\r\n\r\nOK\r\n";
    let result = |line: &str, bytes: &str| {
        let mut engine = Engine::new(Dialect::default());
        let mut now = Instant::ZERO;
        engine.handle_opened(now);
        engine.submit(Request::raw(line).unwrap(), now).unwrap();
        while engine.has_transmit() {
            write(&mut engine, usize::MAX, now);
        }
        engine.handle_input(bytes.as_bytes(), now);
        // Nothing follows within the grace.
        while let Some(due) = engine.poll_timeout().filter(|due| due.since_epoch().as_secs() < 1) {
            now = due;
            engine.handle_timeout(now);
        }
        let events = drain(&mut engine);
        let unknown = events.iter().filter(|event| matches!(event, Event::UnknownLine(_))).count();
        let outcome = events.into_iter().find_map(|event| match event {
            Event::Completed { outcome, .. } => Some(outcome),
            _ => None,
        });
        (outcome, unknown, now.since_epoch().as_millis())
    };
    const ERROR: &str = "\r\n+CMS ERROR: 500\r\n";

    let (outcome, unknown, _) = result("AT+CSQ", &format!("{ERROR}{ANSWER}"));
    assert!(matches!(outcome, Some(Outcome::Response(_))), "{outcome:?}");
    assert_eq!(unknown, 1, "the error belonged to an earlier command");

    let (outcome, unknown, waited) = result("AT+CSQ", ERROR);
    assert!(matches!(outcome, Some(Outcome::Error(_))), "{outcome:?}");
    assert_eq!((unknown, waited), (0, 200));

    let (outcome, unknown, _) = result("AT+CSQ", &format!("{ERROR}\r\n+CME ERROR: 100\r\n"));
    let Some(Outcome::Error(failure)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((failure.final_text().as_str(), unknown), ("+CME ERROR: 100", 1));

    // Message commands, and those that nobody knows, are refused at once.
    for line in ["AT+CMGD=1", "AT+CPMS=\"SM\"", "AT^SMGO?"] {
        let (outcome, _, waited) = result(line, ERROR);
        assert!(matches!(outcome, Some(Outcome::Error(_))), "{line}: {outcome:?}");
        assert_eq!(waited, 0, "{line}");
    }
}
