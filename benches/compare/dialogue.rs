//! The stream of a modem.

use core::hint::black_box;

use at_proto::{Command, Dialect, Engine, Event, Instant, Request, Response, network::ReadSignal};
use atat::{AtDigester, DigestResult, Digester};

use crate::measure::{Aim, Effort, Task, candidate, memcpy};

const OURS: &str = "at-proto (ours)";
const ATAT: &str = "atat 0.25.0, digester";
const AT_COMMANDS: &str = "at-commands 0.5.8";

const PDU: &str = "07917321436587F9440B917321436587F900004201102153044088050003A1020198E8329BFD6681EE6F399B0C22A7E5EC\
                   F7BC0C1AA7CFD3B0BB3C9FD7E5A0B0BC0C9A36A7DDECB7FB0C6A97D36D507A0D0A87D3EE33E82D7FCF416D103B4D2F83D2\
                   F274D85D9ED34161D0B80D9AC3D36C361B740E8BC9A07419E40E83D0E8329BFD0635D3EE331D14A683A6F3391D94A687";

pub(crate) fn tasks(effort: Effort) -> Vec<Task<'static>> {
    let listing = listing(60);
    let faster = |aim| Aim::Faster { than: ATAT, aim };
    // The digester scans its whole buffer at every call: a large stream would take hours byte by
    // byte.
    let megabytes = if effort == Effort::FULL { 10_000_000 } else { 1_000_000 };
    let mut tasks = vec![
        stream::<4_096>(
            "AT stream, 4 KiB reads",
            &listing,
            megabytes,
            vec![Aim::Speed { aim: 2.5 }, faster(20.0)],
        ),
        stream::<64>(
            "AT stream, 64 B reads",
            &listing,
            100_000,
            vec![Aim::Speed { aim: 2.0 }, faster(40.0)],
        ),
        stream::<1>(
            "AT stream, byte by byte",
            &self::listing(6),
            2_000,
            vec![Aim::Speed { aim: 0.5 }, faster(300.0)],
        ),
    ];
    tasks.push(one_command());
    tasks.push(one_answer());
    tasks
}

/// A listing of messages from a modem with echo, with two kinds of URCs between the messages.
fn listing(messages: usize) -> Vec<u8> {
    let mut bytes = b"AT+CMGL=4\r\r\n".to_vec();
    for index in 0..messages {
        // Without the service centre's address and its length.
        let length = PDU.len() / 2 - 8;
        bytes.extend(format!("+CMGL: {index},1,,{length}\r\n{PDU}\r\n").bytes());
        match index % 6 {
            1 => bytes.extend(b"\r\n^RSSI:14\r\n"),
            3 => bytes.extend(b"\r\n+CMTI: \"SM\",3\r\n"),
            _ => {}
        }
    }
    bytes.extend(b"\r\nOK\r\n");
    bytes
}

/// The number of answers and URCs.
#[derive(Default)]
struct Found {
    answers: usize,
    unsolicited: usize,
}

impl Found {
    /// A function of its own, as a program has it: the loop over the bytes keeps its registers.
    #[inline(never)]
    fn note(&mut self, event: Event) {
        match black_box(event) {
            Event::Completed { .. } => self.answers += 1,
            Event::Urc(_) => self.unsolicited += 1,
            _ => {}
        }
    }

    fn show(&self) -> String {
        format!("{} answers, {} unsolicited", self.answers, self.unsolicited)
    }
}

fn stream<const SIZE: usize>(
    name: &str,
    listing: &[u8],
    bytes: usize,
    aims: Vec<Aim>,
) -> Task<'static> {
    let times = bytes.div_ceil(listing.len());
    let listing: &'static [u8] = Vec::leak(listing.to_vec());
    let stream: &'static [u8] = Vec::leak(listing.repeat(times));
    let unsolicited = |line: &&[u8]| line.starts_with(b"^RSSI") || line.starts_with(b"+CMTI");
    let expected = Found {
        answers: times,
        unsolicited: stream.split(|&byte| byte == b'\n').filter(unsolicited).count(),
    };
    Task {
        name: format!("{name}, {} kB", stream.len().div_ceil(1_000)),
        bytes: stream.len(),
        expected: expected.show(),
        candidates: vec![
            candidate(OURS, (), move |()| engine::<SIZE>(listing, times), |(), found| found.show()),
            candidate(ATAT, (), move |()| digester(stream, SIZE), |(), found| found.show()),
            memcpy(stream),
        ],
        aims,
    }
}

/// Runs listings through the engine, each as the answer to its command.
fn engine<const SIZE: usize>(listing: &[u8], times: usize) -> Found {
    let mut engine = Engine::new(Dialect::default());
    engine.handle_opened(Instant::ZERO);
    let mut found = Found::default();
    for _ in 0..times {
        submit(&mut engine, "AT+CMGL=4");
        feed::<SIZE>(&mut engine, black_box(listing), &mut found);
    }
    found
}

/// Feeds bytes that were read in pieces of this size, a constant as in a loop over bytes.
#[inline(never)]
fn feed<const SIZE: usize>(engine: &mut Engine, bytes: &[u8], found: &mut Found) {
    for piece in bytes.chunks(SIZE) {
        engine.handle_input(piece, Instant::ZERO);
        while let Some(event) = engine.poll_event() {
            found.note(event);
        }
    }
}

struct Unsolicited;

impl atat::Parser for Unsolicited {
    fn parse(buffer: &[u8]) -> Result<(&[u8], usize), atat::digest::ParseError> {
        let start = buffer.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let line = &buffer[start..];
        if !(line.starts_with(b"^RSSI:") || line.starts_with(b"+CMTI:")) {
            return Err(atat::digest::ParseError::NoMatch);
        }
        match line.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => Ok((&line[..end], start + end + 2)),
            None => Err(atat::digest::ParseError::Incomplete),
        }
    }
}

/// Runs the stream through atat's digester, with a buffer that keeps the undigested bytes.
fn digester(bytes: &[u8], size: usize) -> Found {
    let mut digester = AtDigester::<Unsolicited>::new();
    let mut buffer: Vec<u8> = Vec::with_capacity(8_192);
    let mut found = Found::default();
    for piece in black_box(bytes).chunks(size) {
        buffer.extend_from_slice(piece);
        loop {
            let (result, used) = digester.digest(&buffer);
            match &result {
                DigestResult::None => {}
                DigestResult::Urc(_) => found.unsolicited += 1,
                _ => found.answers += 1,
            }
            let is_none = matches!(result, DigestResult::None);
            buffer.drain(..used);
            if is_none || buffer.is_empty() {
                break;
            }
        }
    }
    found
}

/// A short command, from submission to completion.
fn one_command() -> Task<'static> {
    let answer = b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n";
    let mut engine = Engine::new(Dialect::default());
    engine.handle_opened(Instant::ZERO);
    Task {
        name: "AT+CSQ, submitted and answered".into(),
        bytes: answer.len(),
        expected: "completed".into(),
        candidates: vec![
            candidate(
                OURS,
                engine,
                |engine| {
                    submit(engine, "AT+CSQ");
                    engine.handle_input(black_box(answer), Instant::ZERO);
                    engine.poll_event()
                },
                |_, event| match event {
                    Some(Event::Completed { .. }) => "completed".into(),
                    event => format!("{event:?}"),
                },
            ),
            memcpy(answer),
        ],
        aims: Vec::new(),
    }
}

fn submit(engine: &mut Engine, line: &str) {
    let request = Request::raw(line).expect("a command line");
    engine.submit(request, Instant::ZERO).expect("free");
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, Instant::ZERO);
    }
}

/// Parses the numbers of an answer; `at-commands` also finds the lines in the bytes.
fn one_answer() -> Task<'static> {
    let response = Response::ok(["+CSQ: 20,99"]);
    let bytes = b"+CSQ: 20,99\r\nOK\r\n";
    Task {
        name: "+CSQ answer to numbers".into(),
        bytes: bytes.len(),
        expected: "Some((20, 99))".into(),
        candidates: vec![
            candidate(
                OURS,
                response,
                |response| {
                    ReadSignal.parse(black_box(response)).map(|signal| (signal.rssi, signal.ber))
                },
                |_, signal| format!("{:?}", signal.ok()),
            ),
            candidate(
                AT_COMMANDS,
                (),
                |()| {
                    at_commands::parser::CommandParser::parse(black_box(bytes))
                        .expect_identifier(b"+CSQ: ")
                        .expect_int_parameter()
                        .expect_int_parameter()
                        .expect_identifier(b"\r\nOK\r\n")
                        .finish()
                },
                |(), signal| format!("{:?}", signal.ok()),
            ),
            memcpy(bytes),
        ],
        aims: vec![Aim::NoAllocation, Aim::Faster { than: AT_COMMANDS, aim: 1.5 }],
    }
}
