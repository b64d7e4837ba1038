//! The request in flight.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::event::{Outcome, Reason};
use crate::final_result::FinalError;
use crate::line::{Line, Lines};
use crate::request::{Parts, Request, RequestId};
use crate::time::Instant;
use crate::vocabulary::named;

/// The progress in writing a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The command line is not yet written, or the prompt is awaited.
    Line,
    /// The prompt came; the payload is being written.
    Payload,
    /// The payload is written; the Ctrl-Z waits for the application.
    Held,
    /// The Ctrl-Z is to be offered, or was.
    Commit,
}

/// The line that follows a header within an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataLine {
    None,
    /// Bytes in hexadecimal, with the length in their header.
    Pdu {
        length: Option<usize>,
    },
    /// Any text; `blank` is set once an empty line came in its place.
    Text {
        blank: bool,
    },
}

/// The maximum length of a TPDU, 3GPP TS 23.040, 9.2.3, with its service centre address.
const MAX_PDU: usize = 176 + 12;

impl DataLine {
    /// The number of bytes that the line has at most, as far as its header says.
    pub(super) fn expected_bytes(self) -> usize {
        match self {
            // The length in a header does not count the service centre address.
            Self::Pdu { length: Some(length) } => {
                length.saturating_add(12).min(MAX_PDU).saturating_mul(2)
            }
            _ => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) id: RequestId,
    pub(super) request: Box<Parts>,
    /// The end of the request, however the answer goes on.
    pub(super) cap: Instant,
    /// The time from which the idle timeout runs: the request, or the last line of its answer.
    pub(super) idle_since: Instant,
    /// The length of the command line without its terminator.
    line: usize,
    pub(super) stage: Stage,
    /// The command line may have left.
    pub(super) left: bool,
    /// The whole command line may have been written: what comes from now on can be its answer.
    pub(super) written: bool,
    /// The Ctrl-Z may have left.
    pub(super) committed: bool,
    pub(super) echoed: bool,
    pub(super) answered: bool,
    pub(super) truncated: bool,
    pub(super) lines: Lines,
    pub(super) data_line: DataLine,
    /// The last line was taken as text where text was due, but reads like a final result.
    pub(super) ambiguous: bool,
    /// An OK that came before the answer.
    pub(super) held_ok: Option<Line>,
    /// A `+CMS ERROR` that came before the answer of another kind of command.
    pub(super) held_error: Option<(FinalError, Line)>,
}

impl Flight {
    pub(super) fn new(
        id: RequestId,
        Request(mut request): Request,
        terminator: &[u8],
        now: Instant,
    ) -> Self {
        let cap = now + request.timeout;
        let line = request.line.len();
        request.line.extend_from_slice(terminator);
        Self {
            id,
            request,
            cap,
            idle_since: now,
            line,
            stage: Stage::Line,
            left: false,
            written: false,
            committed: false,
            echoed: false,
            answered: false,
            truncated: false,
            lines: Lines::default(),
            data_line: DataLine::None,
            ambiguous: false,
            held_ok: None,
            held_error: None,
        }
    }

    /// The command line without its terminator.
    pub(super) fn line(&self) -> &[u8] {
        self.request.line.get(..self.line).unwrap_or_default()
    }

    /// Returns `true` if a line is part of the payload, with or without a Ctrl-Z after it.
    pub(super) fn is_payload(&self, line: &[u8]) -> bool {
        if line == [0x1A] {
            return true;
        }
        let line = line.strip_suffix(&[0x1A]).unwrap_or(line);
        self.request.payload.as_ref().is_some_and(|payload: &Vec<u8>| {
            payload.split(|byte| matches!(byte, b'\r' | b'\n')).any(|part| part == line)
        })
    }

    /// Returns `true` if a line of this name is part of the answer so far.
    pub(super) fn has_answer_of(&self, name: &[u8]) -> bool {
        self.lines.iter().any(|line| named(line).is_some_and(|(found, _)| found == name))
    }

    /// Returns `true` for an answer at the prompt of a USSD question, which has no command line.
    pub(super) const fn is_ussd_answer(&self) -> bool {
        self.line == 0
    }

    /// Returns `true` if the modem has everything that it needs to answer a USSD string: the prompt
    /// of the next question may follow.
    pub(super) fn may_be_questioned(&self) -> bool {
        if self.is_ussd_answer() {
            self.committed
        } else {
            self.written && self.request.expect.names(b"+CUSD")
        }
    }

    /// Returns `true` if the command has a prompt that the Ctrl-Z has not closed yet.
    pub(super) fn is_uncommitted(&self) -> bool {
        self.request.expect.prompt && !self.committed
    }
}

/// The outcome of a request without a result, before its lines are added.
pub(super) struct Unresolved {
    pub(super) reason: Reason,
    pub(super) kind: UnresolvedKind,
}

pub(super) enum UnresolvedKind {
    NotSent,
    Unknown,
    Plain,
}

impl Unresolved {
    pub(super) fn with_lines(self, lines: Lines) -> Outcome {
        let reason = self.reason;
        match self.kind {
            UnresolvedKind::NotSent => Outcome::NotSent { reason, lines },
            UnresolvedKind::Unknown => Outcome::Unknown { reason, lines },
            UnresolvedKind::Plain => match reason {
                Reason::Cancelled => Outcome::Cancelled { lines },
                Reason::Closed => Outcome::Closed { lines },
                Reason::Restarted | Reason::GoingDown | Reason::AtPrompt => {
                    Outcome::Interrupted { reason, lines }
                }
                _ => Outcome::Timeout { lines },
            },
        }
    }
}
