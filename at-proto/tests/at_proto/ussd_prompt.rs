//! The prompt after a USSD question, as with a Siemens AC75: the answer follows the prompt, up to a
//! Ctrl-Z, and an escape ends the dialogue.

use core::time::Duration;

use at_proto::{Dialect, Engine, Event, Instant, Outcome, Reason, Request};

const QUESTION: &str = "\r\n+CUSD: 1,\"1 Balance\r\n2 Help\",15\r\n";
const PROMPT: &str = "\r\n> ";
const CODE: &str = "AT+CUSD=1,\"*101#\",15";

/// An engine, and everything that it has written.
struct Line {
    engine: Engine,
    now: Instant,
    written: Vec<u8>,
    outcomes: Vec<Outcome>,
    /// The size of the pieces in which the modem's bytes come.
    pieces: usize,
}

impl Line {
    fn new(pieces: usize) -> Self {
        let mut engine = Engine::new(Dialect::default());
        engine.handle_opened(Instant::ZERO);
        Self { engine, now: Instant::ZERO, written: Vec::new(), outcomes: Vec::new(), pieces }
    }

    /// A modem that has asked, and prompts for the answer.
    fn at_the_prompt(pieces: usize) -> Self {
        let mut line = Self::new(pieces);
        line.submit(Request::raw(CODE).unwrap());
        line.read("\r\nOK\r\n");
        line.read(QUESTION);
        line.read(PROMPT);
        assert!(line.engine.is_at_ussd_prompt());
        assert!(matches!(&*line.outcomes(), [Outcome::Response(_)]));
        line.written();
        line
    }

    fn submit(&mut self, request: Request) {
        self.engine.submit(request, self.now).unwrap();
        self.turn();
    }

    fn read(&mut self, bytes: &str) {
        for piece in bytes.as_bytes().chunks(self.pieces) {
            self.engine.handle_input(piece, self.now);
            self.turn();
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.engine.poll_timeout().filter(|next| *next <= until) {
            self.now = next;
            self.engine.handle_timeout(next);
            self.turn();
        }
        self.now = until;
    }

    fn turn(&mut self) {
        while let Some(bytes) = self.engine.poll_transmit() {
            let count = bytes.len();
            self.written.extend_from_slice(bytes);
            self.engine.handle_transmitted(count, self.now);
        }
        while let Some(event) = self.engine.poll_event() {
            if let Event::Completed { outcome, .. } = event {
                self.outcomes.push(outcome);
            }
        }
    }

    fn written(&mut self) -> String {
        String::from_utf8(core::mem::take(&mut self.written)).unwrap()
    }

    fn outcomes(&mut self) -> Box<[Outcome]> {
        core::mem::take(&mut self.outcomes).into()
    }
}

fn answer(text: &str) -> Request {
    Request::ussd_answer(text).unwrap()
}

#[test]
fn an_answer_follows_the_prompt_without_a_command_line_and_ends_in_ctrl_z() {
    for pieces in [1, 2, 7, usize::MAX] {
        let mut line = Line::at_the_prompt(pieces);
        line.submit(answer("1"));
        assert_eq!(line.written(), "1\x1a");
        // The echo of the answer, its result, and the next question.
        line.read("1\x1a\r\nOK\r\n");
        let outcomes = line.outcomes();
        assert!(matches!(&*outcomes, [Outcome::Response(answer)] if answer.final_text() == "OK"));
        assert!(!line.engine.is_at_ussd_prompt());
        line.read(QUESTION);
        line.read(PROMPT);
        line.submit(answer("2"));
        assert_eq!(line.written(), "2\x1a");
    }
}

#[test]
fn a_question_before_the_result_of_its_command_is_open_once_the_result_has_come() {
    let mut line = Line::new(1);
    line.submit(Request::raw(CODE).unwrap());
    line.read(QUESTION);
    line.read(PROMPT);
    assert!(!line.engine.is_at_ussd_prompt(), "the command line may stand at the prompt");
    line.read("\r\nOK\r\n");
    assert!(matches!(&*line.outcomes(), [Outcome::Response(_)]));
    assert!(line.engine.is_at_ussd_prompt());
}

#[test]
fn a_question_without_the_result_of_its_command_is_left_after_three_seconds() {
    let mut line = Line::new(1);
    line.submit(Request::raw(CODE).unwrap());
    line.read(QUESTION);
    line.read(PROMPT);
    line.written();
    line.pass(Duration::from_secs(3));
    assert_eq!(line.written(), "\x1bAT+CMEE?\r");
    line.read("\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n");
    line.pass(Duration::from_secs(10));
    let outcomes = line.outcomes();
    assert!(matches!(*outcomes, [Outcome::Interrupted { reason: Reason::AtPrompt, .. }]));
    assert!(!line.engine.is_at_ussd_prompt());
}

#[test]
fn the_next_question_proves_an_answer_that_has_no_result() {
    let mut line = Line::at_the_prompt(1);
    line.submit(answer("1"));
    line.read(QUESTION);
    line.read(PROMPT);
    assert!(line.outcomes().is_empty(), "a result may follow");
    line.pass(Duration::from_secs(3));
    assert!(matches!(&*line.outcomes(), [Outcome::Response(_)]));
    line.written();
    line.engine.submit(answer("2"), line.now).unwrap();
    // The result that comes so late is not that of the next answer.
    line.engine.handle_input(b"\r\nOK\r\n", line.now);
    line.turn();
    assert_eq!(line.written(), "2\x1a");
    assert!(line.outcomes().is_empty());
    line.read("\r\nOK\r\n");
    assert!(matches!(&*line.outcomes(), [Outcome::Response(_)]));
}

#[test]
fn a_command_line_is_preceded_by_an_escape_and_by_a_probe_and_never_becomes_the_answer() {
    let mut line = Line::at_the_prompt(1);
    line.submit(Request::raw("AT+CSQ").unwrap());
    assert_eq!(line.written(), "\x1bAT+CMEE?\r");
    line.read("\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n");
    line.pass(Duration::from_secs(1));
    assert_eq!(line.written(), "AT+CSQ\r");
    line.read("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    assert!(matches!(&*line.outcomes(), [Outcome::Response(_)]));
    line.submit(Request::raw("AT").unwrap());
    assert_eq!(line.written(), "AT\r", "one escape is enough");
}

#[test]
fn no_command_line_is_written_between_a_question_and_its_prompt() {
    let mut line = Line::new(1);
    line.read(QUESTION);
    line.submit(Request::raw("AT+CSQ").unwrap());
    assert_eq!(line.written(), "");
    line.read(PROMPT);
    line.pass(Duration::from_millis(200));
    assert_eq!(line.written(), "\x1bAT+CMEE?\r");

    // A modem that does not prompt costs 0.2 s.
    let mut line = Line::new(1);
    line.read(QUESTION);
    line.submit(Request::raw("AT+CSQ").unwrap());
    line.pass(Duration::from_millis(199));
    assert_eq!(line.written(), "");
    line.pass(Duration::from_millis(1));
    assert_eq!(line.written(), "AT+CSQ\r");
    line.read(PROMPT);
    assert!(!line.engine.is_at_ussd_prompt(), "a later prompt is not that of the question");
}

#[test]
fn a_command_line_that_the_prompt_may_have_taken_is_withdrawn_by_an_escape() {
    let mut line = Line::new(1);
    line.submit(Request::raw("AT+CSQ").unwrap());
    line.read(QUESTION);
    line.read(PROMPT);
    assert!(!line.engine.is_at_ussd_prompt(), "a part of a command line stands there");
    line.written();
    line.pass(Duration::from_secs(60));
    assert!(line.written().starts_with("\x1bAT"));
    assert!(matches!(&*line.outcomes(), [Outcome::Timeout { .. }]));
}

#[test]
fn a_message_is_never_written_to_the_prompt_of_a_question() {
    // A modem that has prompted for answers before.
    let mut line = Line::at_the_prompt(1);
    line.submit(answer("1"));
    line.read("\r\nOK\r\n");
    line.pass(Duration::from_secs(1));
    line.submit(Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap());
    line.outcomes();
    line.written();
    line.read(QUESTION);
    line.read(PROMPT);
    let written = line.written();
    assert!(written.starts_with("\x1bAT+CMEE?"), "{written:?}");
    line.read("\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n");
    line.pass(Duration::from_secs(10));
    assert!(!line.written().contains("0001"));
    let outcomes = line.outcomes();
    assert!(matches!(*outcomes, [Outcome::NotSent { reason: Reason::AtPrompt, .. }]));

    // One that never has prompts for the message.
    let mut line = Line::new(1);
    line.submit(Request::raw("AT+CMGS=2").unwrap().payload("0001").unwrap());
    line.read(QUESTION);
    line.read(PROMPT);
    assert_eq!(line.written(), "AT+CMGS=2\r0001\x1a");
}

#[test]
fn an_answer_without_an_open_prompt_is_not_sent() {
    let refused = |mut line: Line| {
        line.submit(answer("1"));
        assert_eq!(line.written(), "");
        assert!(matches!(*line.outcomes(), [Outcome::NotSent { reason: Reason::NoPrompt, .. }]));
    };
    refused(Line::new(1));
    for end in ["\r\n+CUSD: 2\r\n", "\r\n+CUSD: 0,\"Bye\",15\r\n", "\r\nRDY\r\n"] {
        let mut line = Line::at_the_prompt(1);
        line.read(end);
        refused(line);
    }
    let mut line = Line::at_the_prompt(1);
    line.engine.handle_closed(line.now);
    line.engine.handle_opened(line.now);
    refused(line);
}

#[test]
fn an_end_of_the_dialogue_withdraws_an_answer_that_is_being_written() {
    let mut line = Line::at_the_prompt(1);
    line.engine.submit(answer("1"), line.now).unwrap();
    line.engine.handle_input(b"\r\n+CUSD: 2\r\n", line.now);
    line.turn();
    line.pass(Duration::from_secs(20));
    let written = line.written();
    assert!(written.contains('\x1b') && !written.contains('\x1a'), "{written:?}");
    assert!(matches!(&*line.outcomes(), [Outcome::NotSent { .. }]));
}

#[test]
fn a_prompt_sign_where_no_question_is_open_stays_text() {
    for before in ["", "\r\n+CUSD: 0,\"Balance\",15\r\n", "\r\n+CUSD: 12,\"?\",15\r\n"] {
        let mut line = Line::new(1);
        line.read(before);
        line.read(PROMPT);
        assert!(!line.engine.is_at_ussd_prompt(), "{before:?}");
    }
    // Within the quotes of a menu a line may begin with the sign.
    let mut line = Line::new(1);
    line.read("\r\n+CUSD: 1,\"Menu\r\n> 1 Balance\",15\r\n");
    assert!(!line.engine.is_at_ussd_prompt());
}

#[test]
fn no_byte_of_an_answer_ends_or_edits_it() {
    for byte in (0..0x20).chain([0x7F]) {
        assert!(Request::ussd_answer(vec![b'1', byte]).is_err(), "{byte:#04x}");
    }
    assert!(Request::ussd_answer("\"AT\" ").is_ok());
    assert!(Request::ussd_answer("1".repeat(3_000)).is_err());
}
