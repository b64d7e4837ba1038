//! A simple engine for the simple dialogues, and the flaws that the dialogues have to find.

use at_proto::Request;

use crate::common::{Subject, escape};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// Reads its buffer from the start at every read, until the command is over.
    Rescans,
    /// Takes a line that begins like a final result for one.
    Prefix,
    /// Takes the end of a read for the end of a line.
    Hasty,
}

#[derive(Debug)]
pub(crate) struct Double {
    flaw: Flaw,
    buffer: Vec<u8>,
    command: Option<String>,
    out: Option<Vec<u8>>,
    lines: Vec<String>,
    events: Vec<String>,
}

impl Double {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            buffer: Vec::new(),
            command: None,
            out: None,
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    fn line(&mut self, line: &str) {
        let is_final = match self.flaw {
            Flaw::Prefix => line.starts_with("OK") || line.starts_with("ERROR"),
            _ => line == "OK" || line == "ERROR",
        };
        let name = line.split(':').next().unwrap_or_default();
        match &self.command {
            Some(command) if command == line => {}
            Some(_) if is_final => {
                let kind = if line.starts_with("OK") {
                    "response"
                } else {
                    "error"
                };
                let lines = core::mem::take(&mut self.lines).join(" | ");
                self.events.push(format!("{kind} [{lines}] {line}"));
                self.command = None;
            }
            Some(command) if command.contains(name) || !line.starts_with(['+', '^']) => {
                self.lines.push(line.to_owned());
            }
            None if is_final => self.events.push(format!("unknown {line}")),
            _ => self.events.push(format!("urc {line}")),
        }
    }
}

impl Subject for Double {
    fn open(&mut self, _: u64) {}
    fn close(&mut self, _: u64) {}
    fn cancel(&mut self, _: u64) {}
    fn commit(&mut self, _: u64) {}
    fn silence(&mut self, _: u64) {}

    fn submit(&mut self, request: Request, _: u64) {
        self.command = Some(escape(request.line()));
        self.out = Some([request.line(), b"\r"].concat());
    }

    fn input(&mut self, octets: &[u8], _: u64) {
        self.buffer.extend_from_slice(octets);
        let end = match self.flaw {
            Flaw::Hasty => self.buffer.len(),
            _ => self
                .buffer
                .iter()
                .rposition(|octet| b"\r\n".contains(octet))
                .map_or(0, |end| end + 1),
        };
        let whole = self.buffer[..end].to_vec();
        let rescans = self.flaw == Flaw::Rescans;
        if rescans {
            self.lines.clear();
        } else {
            self.buffer.drain(..end);
        }
        for line in whole
            .split(|octet| b"\r\n".contains(octet))
            .filter(|line| !line.is_empty())
        {
            self.line(&escape(line));
        }
        if rescans && self.command.is_none() {
            self.buffer.clear();
        }
    }

    fn transmit(&mut self, _: u64) -> Option<Vec<u8>> {
        self.out.take()
    }

    fn events(&mut self) -> Vec<String> {
        core::mem::take(&mut self.events)
    }
}
