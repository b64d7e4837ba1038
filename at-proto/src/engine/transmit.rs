//! The output: one slice at a time, in order.

use alloc::vec::Vec;

use super::flight::Stage;
use super::{Engine, Event, Instant};

/// Bytes that are offered together, and of which a part may have been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slice {
    /// The command line with its terminator.
    Line,
    /// The payload after the prompt.
    Payload,
    /// Ctrl-Z: the payload is complete.
    Commit,
    /// ESC: closes a prompt.
    Escape,
    /// A probe with an answer of its own.
    Probe,
    /// A probe that every modem answers.
    Attention,
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// A few at most: a command line, or a payload, with what goes before or after it.
    slices: Vec<Slice>,
    written: usize,
    offered: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, slice: Slice) {
        self.slices.push(slice);
    }

    /// Removes the first slice.
    fn pop(&mut self) {
        // Not by `remove`, whose move of the others takes 1.3 KB of flash.
        let mut is_first = true;
        self.slices.retain(|_| !core::mem::take(&mut is_first));
        self.written = 0;
        self.offered = false;
    }

    pub(super) fn clear(&mut self) {
        self.slices.clear();
        self.written = 0;
        self.offered = false;
    }

    /// Returns `true` if the slice is waiting or partly written.
    pub(super) fn holds(&self, slice: Slice) -> bool {
        self.slices.contains(&slice)
    }

    /// Returns `true` if a part of the payload may have left, with the writing at this stage.
    pub(super) fn has_begun_payload(&self, stage: Stage) -> bool {
        match stage {
            Stage::Line => false,
            Stage::Payload => self.offered,
            Stage::Held | Stage::Commit => true,
        }
    }

    /// Withdraws the payload, or the rest of it.
    pub(super) fn drop_payload(&mut self) {
        if self.slices.first() == Some(&Slice::Payload) {
            self.written = 0;
            self.offered = false;
        }
        self.slices.retain(|&slice| !matches!(slice, Slice::Payload | Slice::Commit));
    }
}

impl Engine {
    /// Returns `true` if [`poll_transmit`](Self::poll_transmit) has bytes to write.
    ///
    /// A front-end that looks first can read what waits in its port before it writes.
    #[inline]
    pub fn has_transmit(&self) -> bool {
        !self.outbox.slices.is_empty()
    }

    /// The bytes to write: the same ones until [`handle_transmitted`](Self::handle_transmitted)
    /// reports them as written.
    ///
    /// Bytes that were offered count as possibly written. A command line, a payload and its Ctrl-Z
    /// are never in one slice.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        let slice = *self.outbox.slices.first()?;
        self.outbox.offered = true;
        if let Some(flight) = &mut self.flight {
            flight.left |= slice == Slice::Line;
            flight.committed |= slice == Slice::Commit;
            if slice == Slice::Line && !flight.written {
                flight.written = true;
                self.ussd.command_is_written();
                self.mark_old();
            }
        }
        if slice == Slice::Commit {
            self.ussd.may_be_answered();
        }
        self.bytes(slice).get(self.outbox.written..)
    }

    /// Reports that the first `count` bytes of the slice last offered were written.
    ///
    /// Report the whole slice, a part of it, or 0 if the port took nothing: what is read while a
    /// command line is not wholly written is never taken for its answer.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.advance(now);
        let Some(&slice) = self.outbox.slices.first() else {
            return;
        };
        // A timeout may overtake the report of a written slice: the slice is gone then.
        if !self.outbox.offered {
            return;
        }
        self.outbox.written = self.outbox.written.saturating_add(count);
        if self.outbox.written >= self.bytes(slice).len() {
            self.outbox.pop();
            match slice {
                Slice::Payload => self.payload_is_written(),
                Slice::Commit | Slice::Escape => self.ussd.is_closed(),
                Slice::Line | Slice::Probe | Slice::Attention => {}
            }
        } else if slice == Slice::Line {
            if let Some(flight) = &mut self.flight {
                flight.written = false;
            }
        }
    }

    fn bytes(&self, slice: Slice) -> &[u8] {
        let flight = self.flight.as_ref().map(|flight| &flight.request);
        match slice {
            Slice::Line => flight.map_or(&[], |request| &request.line),
            Slice::Payload => {
                flight.and_then(|request| request.payload.as_deref()).unwrap_or_default()
            }
            Slice::Commit => b"\x1a",
            Slice::Escape => b"\x1b",
            Slice::Probe if self.dialect.terminator.ends_with(b"\n") => b"AT+CMEE?\r\n",
            Slice::Probe => b"AT+CMEE?\r",
            Slice::Attention if self.dialect.terminator.ends_with(b"\n") => b"AT\r\n",
            Slice::Attention => b"AT\r",
        }
    }

    /// Sends the payload that the modem prompted for.
    pub(super) fn send_payload(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        flight.stage = Stage::Payload;
        if flight.request.payload.as_ref().is_some_and(|payload| !payload.is_empty()) {
            self.outbox.push(Slice::Payload);
        } else {
            self.payload_is_written();
        }
    }

    fn payload_is_written(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        if flight.request.hold {
            flight.stage = Stage::Held;
            let id = flight.id;
            self.events.push(Event::ReadyToCommit { id });
        } else {
            flight.stage = Stage::Commit;
            self.outbox.push(Slice::Commit);
        }
    }
}
