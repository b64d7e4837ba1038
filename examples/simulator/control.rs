//! Control lines, which drive the simulated network: from standard input and control connections.

use core::time::Duration;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Stdin, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use modem::simulator::{Simulator, Verb};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::link::{Link, Listener};

const HELP: &str = "\
deliver FROM TEXT            a message arrives, in parts if it is long; TEXT may have \\n and \\u{1F600}
deliver-reversed FROM TEXT   the same, the last part first
pdu HEX                      a TPDU arrives
report [REFERENCE STATUS]    a status report arrives, with this TP-ST or as received
subscriber NUMBER KIND       reachable, unreachable, expired, lost, unconfirmed, echo, rejected CAUSE
reference N                  the next message gets this message reference
ussd TEXT                    the network sends a USSD string
service CODE TEXT            the USSD code CODE is answered with TEXT
ring FROM, hang-up           a call arrives, ends
register N                   the registration changes: <stat> of +CREG
signal N                     the signal changes: <rssi> of +CSQ
full                         the storage for received messages fills up
broadcast ID TEXT            a cell broadcast arrives
pin PIN                      the SIM asks for this PIN
reset, disconnect            the modem loses power, the link breaks
fault FAULT...               lose|corrupt|duplicate to-host|to-modem RATE, delay MS, chunk N, disconnect AFTER,
                             stall AFTER MS, ignore|silence COMMAND TIMES, late COMMAND MS TIMES,
                             refuse COMMAND TIMES RESULT, insert N|~RATE LINE
fault off                    no more faults
truth, news                  the truth log as JSON lines; its new lines
quit                         end the program";

/// The sources of control lines.
pub(crate) struct Control {
    input: Option<Stdin>,
    listener: Option<Listener>,
    connections: Vec<Connection>,
    typed: Vec<u8>,
    /// The number of entries of the truth log that `news` has shown.
    shown: usize,
}

struct Connection {
    link: Link,
    line: Vec<u8>,
    open: bool,
}

/// A control line, and its connection; `None` for standard input.
pub(crate) struct Line {
    pub(crate) line: String,
    from: Option<usize>,
}

/// The reply to a control line.
pub(crate) struct Reply {
    lines: String,
    pub(crate) quit: bool,
}

impl Control {
    pub(crate) fn new(address: Option<&str>) -> io::Result<Self> {
        let listener = address.map(Listener::socket).transpose()?;
        Ok(Self {
            input: Some(io::stdin()),
            listener,
            connections: Vec::new(),
            typed: Vec::new(),
            shown: 0,
        })
    }

    /// The handles that become readable when there is input.
    pub(crate) fn handles(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let input = self.input.as_ref().map(AsFd::as_fd);
        let listener = self.listener.as_ref().and_then(Listener::handle);
        input
            .into_iter()
            .chain(listener)
            .chain(self.connections.iter().map(|connection| connection.link.as_fd()))
    }

    /// Reads the complete lines.
    pub(crate) fn read(&mut self) -> Vec<Line> {
        self.connections.retain(|connection| connection.open);
        if let Some(Ok(Some(link))) = self.listener.as_mut().map(Listener::accept) {
            self.connections.push(Connection { link, line: Vec::new(), open: true });
        }
        let mut lines = Vec::new();
        if let Some(bytes) = self.read_input() {
            take_lines(&mut self.typed, &bytes, None, &mut lines);
        }
        for (index, connection) in self.connections.iter_mut().enumerate() {
            match connection.link.read() {
                Ok(bytes) => take_lines(&mut connection.line, &bytes, Some(index), &mut lines),
                Err(_) => connection.open = false,
            }
        }
        lines
    }

    /// Reads the waiting bytes of standard input, until its end.
    fn read_input(&mut self) -> Option<Vec<u8>> {
        let input = self.input.as_ref()?;
        let mut handle = [PollFd::new(input, PollFlags::IN)];
        poll(&mut handle, Some(&Timespec::default())).ok()?;
        if handle[0].revents().is_empty() {
            return None;
        }
        let mut buffer = [0; 4096];
        // A separate handle: the buffer of `Stdin` would hide bytes from `poll`.
        let file = input.as_fd().try_clone_to_owned().map(|handle: OwnedFd| File::from(handle));
        match file.and_then(|mut file| file.read(&mut buffer)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            Ok(0) | Err(_) => {
                self.input = None;
                None
            }
            Ok(count) => Some(buffer[..count].to_vec()),
        }
    }

    /// Runs a control line.
    pub(crate) fn run(&mut self, line: &str, simulator: &mut Simulator, now: Duration) -> Reply {
        let mut lines = String::new();
        match line {
            "" => {}
            "quit" => {
                return Reply { lines: String::from("ok\n"), quit: true };
            }
            "help" => lines = format!("{HELP}\n"),
            "truth" | "news" => {
                let from = if line == "news" { self.shown } else { 0 };
                let entries = simulator.truth();
                self.shown = entries.len();
                lines = entries.iter().skip(from).map(|entry| format!("{entry}\n")).collect();
            }
            _ => {
                if let Err(error) =
                    line.parse::<Verb>().and_then(|verb| simulator.perform(verb, now))
                {
                    return Reply { lines: format!("error: {error}\n"), quit: false };
                }
            }
        }
        Reply { lines: lines + "ok\n", quit: false }
    }

    pub(crate) fn answer(&mut self, line: &Line, reply: &Reply) {
        match line.from {
            // Standard output may be closed.
            None => drop(io::stdout().write_all(reply.lines.as_bytes())),
            Some(index) => {
                if let Some(connection) = self.connections.get_mut(index) {
                    connection.link.write(reply.lines.as_bytes());
                    connection.link.finish();
                }
            }
        }
        drop(io::stdout().flush());
    }
}

fn take_lines(rest: &mut Vec<u8>, bytes: &[u8], from: Option<usize>, lines: &mut Vec<Line>) {
    rest.extend(bytes);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line: Vec<u8> = rest.drain(..=end).collect();
        lines.push(Line { line: String::from_utf8_lossy(&line).trim().to_string(), from });
    }
}
