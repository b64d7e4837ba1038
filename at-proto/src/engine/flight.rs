//! The request in flight.

use alloc::vec::Vec;

use crate::event::{Outcome, Reason};
use crate::line::{Line, Lines};
use crate::request::{Request, RequestId};
use crate::vocabulary::named;

/// How far the writing of a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The command line is waiting to be written, or being written, or written.
    Line,
    /// The prompt came; the payload is being written.
    Payload,
    /// The payload is written; the Ctrl-Z waits for the application.
    Held,
    /// The Ctrl-Z is waiting to be offered, or was.
    Commit,
}

/// The line that follows a header within an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    None,
    /// Octets in hexadecimal.
    Pdu {
        length: Option<usize>,
    },
    /// Whatever it says; `blank`: an empty line came in its place so far.
    Text {
        blank: bool,
    },
}

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) id: RequestId,
    pub(super) request: Request,
    /// The length of the command line without its terminator.
    line: usize,
    pub(super) stage: Stage,
    /// The command line may have left.
    pub(super) left: bool,
    /// The Ctrl-Z may have left.
    pub(super) committed: bool,
    pub(super) echoed: bool,
    pub(super) answered: bool,
    pub(super) truncated: bool,
    pub(super) lines: Lines,
    pub(super) slot: Slot,
    /// The last line was taken as text where one was due, but reads like a final result.
    pub(super) doubt: bool,
    /// An OK that came before the answer.
    pub(super) held_ok: Option<Line>,
}

impl Flight {
    pub(super) fn new(id: RequestId, mut request: Request, terminator: &[u8]) -> Self {
        let line = request.line.len();
        request.line.extend_from_slice(terminator);
        Self {
            id,
            request,
            line,
            stage: Stage::Line,
            left: false,
            committed: false,
            echoed: false,
            answered: false,
            truncated: false,
            lines: Lines::default(),
            slot: Slot::None,
            doubt: false,
            held_ok: None,
        }
    }

    /// The command line without its terminator.
    pub(super) fn line(&self) -> &[u8] {
        &self.request.line[..self.line]
    }

    /// Whether a line is one of the payload's, with or without the Ctrl-Z behind it.
    pub(super) fn is_payload(&self, line: &[u8]) -> bool {
        if line == [0x1A] {
            return true;
        }
        let line = line.strip_suffix(&[0x1A]).unwrap_or(line);
        self.request.payload.as_ref().is_some_and(|payload: &Vec<u8>| {
            payload.split(|octet| matches!(octet, b'\r' | b'\n')).any(|part| part == line)
        })
    }

    /// Whether a line of this name has come in answer.
    pub(super) fn has_answer_of(&self, name: &[u8]) -> bool {
        self.lines.iter().any(|line| named(line).is_some_and(|(found, _)| found == name))
    }

    /// Whether the command has a prompt that the Ctrl-Z has not closed yet.
    pub(super) fn is_uncommitted(&self) -> bool {
        self.request.expect.prompt && !self.committed
    }
}

/// How a request without a result ended, before its lines are added.
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
                _ => Outcome::Timeout { lines },
            },
        }
    }
}
