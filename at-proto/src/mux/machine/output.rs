//! The output: one frame at a time.

use alloc::vec::Vec;

use super::super::channel::{Channel, State};
use super::super::control::{self, COMMAND, kind, message};
use super::super::event::{DownReason, Event};
use super::super::frame::{Frame, FrameKind};
use super::requests::Request;
use super::timers::Power;
use super::{Link, Mux};
use crate::queue::Queue;
use crate::time::Instant;

/// The number of answers that wait to be written; the other side repeats what is not answered.
const MAX_REPLIES: usize = 64;

/// The flags of one call to wake the other side.
const WAKING_FLAGS: usize = 8;

/// An answer that waits to be written: UA or DM with the final bit of the command, or a message on
/// the control channel.
#[derive(Debug)]
pub(super) struct Reply {
    dlci: u8,
    kind: FrameKind,
    is_final: bool,
    message: Vec<u8>,
}

/// The answers that wait to be written, a limited number.
#[derive(Debug)]
pub(super) struct Replies {
    waiting: Queue<Reply>,
    count: usize,
    /// Flags are due, which wake the other side or say that we are awake; they go first.
    pub(super) flags: bool,
}

impl Replies {
    pub(super) const fn new() -> Self {
        Self { waiting: Queue::new(), count: 0, flags: false }
    }

    fn push(&mut self, reply: Reply) {
        if self.count < MAX_REPLIES {
            self.waiting.push(reply);
            self.count = self.count.saturating_add(1);
        }
    }

    fn pop(&mut self) -> Option<Reply> {
        self.count = self.count.saturating_sub(1);
        self.waiting.pop()
    }
}

/// The frame that is being written.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    /// The request whose timeout runs from the end of the frame.
    request: Option<(u8, Request)>,
}

impl Outbox {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.written = 0;
        self.request = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Mux {
    /// The bytes to write: the rest of one frame. Report them by
    /// [`handle_transmitted`](Self::handle_transmitted).
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        if self.outbox.is_empty() {
            self.fill();
        }
        self.outbox.bytes.get(self.outbox.written..).filter(|bytes| !bytes.is_empty())
    }

    /// Returns `true` if [`poll_transmit`](Self::poll_transmit) would return bytes.
    pub fn has_transmit(&self) -> bool {
        let is_silent = matches!(self.power, Power::Waking { .. });
        !self.outbox.is_empty() || self.replies.flags || !is_silent && self.has_work()
    }

    /// Reports that `count` bytes of [`poll_transmit`](Self::poll_transmit) were written.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.advance(now);
        self.outbox.written = self.outbox.written.saturating_add(count);
        if self.outbox.is_empty() || self.outbox.written < self.outbox.bytes.len() {
            return;
        }
        if let Some((dlci, request)) = self.outbox.request.take() {
            let due = self.now + request.timeout(&self.config);
            if let Some(pending) = self.requests.find(dlci, request) {
                pending.due = due;
            }
        }
        self.outbox.clear();
        self.end_draining(false);
        if self.replies.count == 0 && !self.replies.flags {
            if self.link == Link::Left {
                self.go_down(DownReason::ByPeer);
            } else if self.power == Power::Falling {
                self.power = Power::Asleep;
            }
        }
    }

    /// Answers a frame by one without information.
    pub(super) fn reply(&mut self, dlci: u8, kind: FrameKind, is_final: bool) {
        self.replies.push(Reply { dlci, kind, is_final, message: Vec::new() });
    }

    /// Answers a message.
    pub(super) fn reply_message(&mut self, kind: u8, value: &[u8]) {
        let message = message(kind, value);
        self.replies.push(Reply { dlci: 0, kind: FrameKind::Data, is_final: false, message });
    }

    /// Returns `true` if there is anything to send but flags.
    pub(super) fn has_work(&self) -> bool {
        self.replies.count > 0
            || self.requests.0.iter().any(|pending| pending.queued)
            || !self.all_stopped && self.channels.iter().any(Channel::can_send)
    }

    /// Begins the next frame: answers, our commands, and then the channels in turn.
    fn fill(&mut self) {
        if self.power == Power::Asleep && self.has_work() {
            self.begin_waking();
        }
        if core::mem::take(&mut self.replies.flags) {
            self.outbox.bytes.resize(WAKING_FLAGS, self.config.framing.flag());
        } else if matches!(self.power, Power::Waking { .. }) {
            // Frames wait until the other side is awake.
        } else if let Some(Reply { dlci, kind, is_final, message }) = self.replies.pop() {
            self.put(dlci, kind, is_final, &message);
        } else if !self.put_request() {
            self.put_data();
        }
    }

    /// Writes the next request that is due; returns `false` if there is none.
    fn put_request(&mut self) -> bool {
        let Some(pending) = self.requests.0.iter_mut().find(|pending| pending.queued) else {
            return false;
        };
        pending.queued = false;
        let (dlci, request) = (pending.dlci, pending.request);
        self.outbox.request = Some((dlci, request));
        match request {
            Request::Open => self.put(dlci, FrameKind::Open, true, &[]),
            Request::Close => self.put(dlci, FrameKind::Close, true, &[]),
            Request::Status => {
                let Some(channel) = self.channel(dlci) else { return false };
                let value = [control::address(dlci), channel.all_signals()];
                let line_break = channel.line_break.take();
                let mut octets = value.to_vec();
                octets.extend(line_break);
                self.put_message(kind::STATUS, &octets);
            }
            Request::Test => self.put_message(kind::TEST, &self.watch.number.to_be_bytes()),
            Request::PowerSaving => self.put_message(kind::POWER_SAVING, &[]),
            Request::CloseDown => self.put_message(kind::CLOSE_DOWN, &[]),
            Request::FlowOn => self.put_message(kind::FLOW_ON, &[]),
        }
        true
    }

    fn put_message(&mut self, kind: u8, value: &[u8]) {
        let octets = message(kind | COMMAND, value);
        self.put(0, FrameKind::Data, false, &octets);
    }

    /// Writes the data of the channel whose turn it is.
    fn put_data(&mut self) {
        if self.all_stopped {
            return;
        }
        let ready = self.channels.iter_mut().filter(|channel| channel.can_send());
        // The next number after that of the last turn, and after 61 the first one.
        let turn = self.turn.wrapping_add(1);
        let Some(channel) = ready.min_by_key(|channel| channel.dlci.wrapping_sub(turn)) else {
            return;
        };
        self.turn = channel.dlci;
        let bytes = channel.out.as_slice();
        let information = bytes.get(..channel.max_information).unwrap_or(bytes);
        let kind = if self.config.checked { FrameKind::CheckedData } else { FrameKind::Data };
        let command = self.role.is_initiator();
        let frame = Frame { dlci: channel.dlci, command, kind, poll: false, information };
        frame.encode(self.config.framing, &mut self.outbox.bytes);
        let count = information.len();
        channel.out.take(count);
        if channel.wants_room && channel.out.len() <= self.config.queue / 2 {
            channel.wants_room = false;
            if channel.state == State::Open {
                let dlci = channel.dlci;
                self.emit(dlci, Event::Writable);
            }
        }
    }

    fn put(&mut self, dlci: u8, kind: FrameKind, poll: bool, information: &[u8]) {
        let is_response = matches!(kind, FrameKind::Accepted | FrameKind::NotOpen);
        let command = self.role.is_initiator() != is_response;
        let frame = Frame { dlci, command, kind, poll, information };
        frame.encode(self.config.framing, &mut self.outbox.bytes);
    }
}
