//! The input: frames, and the messages of the control channel.

use super::super::channel::State;
use super::super::config::Dlci;
use super::super::control::{self, COMMAND, MAX_MESSAGE, Message, Signals, first, is_whole, kind};
use super::super::event::{ClosedReason, DownReason, Event};
use super::super::frame::{Frame, FrameKind};
use super::super::reader::{FrameReader, Piece};
use super::requests::Request;
use super::timers::Power;
use super::{Link, Mux};
use crate::time::Instant;

/// The part of a queue by which received data may exceed it, once the other side was stopped.
const OVERRUN: usize = 4;

/// Negotiations and port settings are answered. A modem gets them, and a host hardly ever does.
const ANSWERS_SETTINGS: bool = cfg!(feature = "mux-responder");

impl Mux {
    /// Takes bytes that were read.
    ///
    /// After [`Event::Down`] no byte is taken; after a close-down by the other side the rest of
    /// `bytes` is dropped.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.advance(now);
        self.watch.read = self.now;
        self.read_frames(bytes);
    }

    /// Reads all frames of `bytes`, and of what was held.
    pub(super) fn read_frames(&mut self, mut bytes: &[u8]) {
        // The reader is apart while its frames are handled.
        let blank = FrameReader::new(self.config.framing, 0);
        let mut reader = core::mem::replace(&mut self.reader, blank);
        while !matches!(self.link, Link::Closed | Link::Left) {
            let (taken, piece) = reader.read(bytes);
            bytes = bytes.get(taken..).unwrap_or_default();
            match piece {
                Some(Piece::Frame(frame)) => self.take_frame(&frame),
                Some(Piece::Flags) => self.heard_flags(),
                Some(Piece::Invalid) if self.events.last() != Some(&Event::Damaged) => {
                    self.events.push(Event::Damaged);
                }
                Some(Piece::Invalid) => {}
                Some(Piece::Noise(noise)) => self.take_noise(noise),
                None => break,
            }
        }
        if !matches!(self.link, Link::Closed | Link::Left) {
            self.reader = reader;
        }
    }

    fn take_noise(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (line, rest) = self.words.take(bytes);
            bytes = rest;
            if let Some(line) = line {
                self.events.push(Event::Text(line));
                if self.role.is_initiator() && self.link == Link::Open {
                    self.begin_test();
                    self.watch.has_text = true;
                }
            }
        }
    }

    fn take_frame(&mut self, frame: &Frame<'_>) {
        self.words.clear();
        if self.is_echo(frame) {
            return self.go_down(DownReason::AtMode);
        }
        self.watch.heard = self.now;
        self.watch.is_answered = true;
        let Frame { dlci, kind, poll, information, .. } = *frame;
        match kind {
            FrameKind::Open => self.peer_opens(dlci, poll),
            FrameKind::Close => self.peer_closes(dlci, poll),
            FrameKind::Accepted => self.accepted(dlci),
            FrameKind::NotOpen => self.not_open(dlci),
            FrameKind::Data | FrameKind::CheckedData if dlci == 0 => {
                if self.link == Link::Opening && !self.role.is_initiator() {
                    return self.refuse(dlci, poll);
                }
                self.take_messages(information);
            }
            FrameKind::Data | FrameKind::CheckedData => self.take_data(dlci, information),
        }
    }

    /// Returns `true` for our own command: a modem in AT mode with echo returns it.
    fn is_echo(&mut self, frame: &Frame<'_>) -> bool {
        if !self.role.is_initiator() || !frame.command {
            return false;
        }
        match frame.kind {
            FrameKind::Open => self.requests.find(frame.dlci, Request::Open).is_some(),
            FrameKind::Close => self.requests.find(frame.dlci, Request::Close).is_some(),
            FrameKind::Data if frame.dlci == 0 => {
                first(frame.information).is_some_and(|(test, _)| {
                    test.kind == kind::TEST | COMMAND && self.is_our_test(test.value)
                })
            }
            _ => false,
        }
    }

    fn is_our_test(&mut self, value: &[u8]) -> bool {
        self.requests.find(0, Request::Test).is_some() && value == self.watch.number.to_be_bytes()
    }

    fn refuse(&mut self, dlci: u8, is_final: bool) {
        self.reply(dlci, FrameKind::NotOpen, is_final);
    }

    fn accept(&mut self, dlci: u8, is_final: bool) {
        self.reply(dlci, FrameKind::Accepted, is_final);
    }

    /// SABM.
    fn peer_opens(&mut self, dlci: u8, is_final: bool) {
        let is_offered = !self.role.is_initiator() && dlci <= self.config.max_channel.get();
        let is_possible = dlci == 0 || self.link == Link::Open;
        if !is_offered || !is_possible || self.link == Link::Leaving {
            return self.refuse(dlci, is_final);
        }
        if dlci == 0 {
            self.close_channels(ClosedReason::Reopened);
            self.all_stopped = false;
            self.link = Link::Open;
            self.accept(dlci, is_final);
            self.events.push(Event::Up);
            return;
        }
        self.end_channel(dlci, ClosedReason::Reopened);
        let Some(channel) = self.channel_or_new(dlci) else {
            return self.refuse(dlci, is_final);
        };
        channel.restart(State::Open);
        self.accept(dlci, is_final);
        // Initiators wait for it before they use the channel.
        self.request(dlci, Request::Status);
        self.emit(dlci, Event::Opened);
    }

    /// DISC.
    fn peer_closes(&mut self, dlci: u8, is_final: bool) {
        if dlci == 0 {
            self.accept(dlci, is_final);
            return self.leave();
        }
        let is_open = self.channel(dlci).is_some_and(|channel| channel.state != State::Closed);
        if !is_open {
            return self.refuse(dlci, is_final);
        }
        self.accept(dlci, is_final);
        self.end_channel(dlci, ClosedReason::ByPeer);
    }

    /// The other side has closed the multiplexer; our answer is still to be written.
    fn leave(&mut self) {
        self.close_channels(ClosedReason::Down);
        self.requests.clear();
        self.link = Link::Left;
    }

    /// UA.
    fn accepted(&mut self, dlci: u8) {
        if self.requests.take(dlci, Request::Open) {
            if dlci == 0 {
                self.link = Link::Open;
                self.events.push(Event::Up);
                let mut at = 0;
                while let Some(channel) = self.channels.get(at) {
                    if channel.state == State::Opening {
                        self.request(channel.dlci, Request::Open);
                    }
                    at = at.saturating_add(1);
                }
            } else if let Some(channel) = self.channel(dlci) {
                channel.state = State::Open;
                self.request(dlci, Request::Status);
                self.emit(dlci, Event::Opened);
            }
        } else if self.requests.take(dlci, Request::Close) {
            match dlci {
                0 => self.go_down(DownReason::Requested),
                _ => self.end_channel(dlci, ClosedReason::Requested),
            }
        }
    }

    /// DM.
    fn not_open(&mut self, dlci: u8) {
        let was_opening = self.requests.take(dlci, Request::Open);
        let was_closing = self.requests.take(dlci, Request::Close);
        if dlci == 0 {
            self.go_down(match (was_opening, was_closing || self.link == Link::Leaving) {
                (true, _) => DownReason::Refused,
                (_, true) => DownReason::Requested,
                _ => DownReason::ByPeer,
            });
        } else {
            self.end_channel(
                dlci,
                match (was_opening, was_closing) {
                    (true, _) => ClosedReason::Refused,
                    (_, true) => ClosedReason::Requested,
                    _ => ClosedReason::ByPeer,
                },
            );
        }
    }

    fn take_data(&mut self, dlci: u8, information: &[u8]) {
        let limit = self.config.queue.max(1);
        let frame = self.config.max_information;
        let Some(channel) = self.channel(dlci).filter(|channel| channel.is_receiving()) else {
            return self.refuse(dlci, false);
        };
        if information.is_empty() {
            return;
        }
        let length = channel.received.len().saturating_add(information.len());
        if length > limit.saturating_mul(OVERRUN).max(MAX_MESSAGE) {
            self.end_channel(dlci, ClosedReason::Overrun);
            return self.request(dlci, Request::Close);
        }
        channel.received.extend(information);
        let is_new = !core::mem::replace(&mut channel.announced, true);
        let must_stop = !channel.stops && limit.saturating_sub(length) < frame;
        channel.stops |= must_stop;
        if is_new {
            self.emit(dlci, Event::Readable);
        }
        if must_stop {
            self.request(dlci, Request::Status);
        }
    }

    /// Takes messages, of which one may continue in the next frame.
    fn take_messages(&mut self, information: &[u8]) {
        let mut octets = core::mem::take(&mut self.message);
        octets.extend_from_slice(information);
        // After a lost frame the rest of its message never comes.
        if is_whole(information) {
            octets = information.to_vec();
        }
        let mut rest = octets.as_slice();
        while let Some((message, length)) = first(rest) {
            rest = rest.get(length..).unwrap_or_default();
            if message.kind & COMMAND == 0 || message.kind == kind::NOT_SUPPORTED | COMMAND {
                self.take_answer(message);
            } else {
                self.take_command(message);
            }
            if matches!(self.link, Link::Closed | Link::Left) {
                return;
            }
        }
        if rest.len() < MAX_MESSAGE {
            self.message = rest.to_vec();
        }
    }

    fn take_command(&mut self, command: Message<'_>) {
        let Message { kind, value } = command;
        let answer = kind & !COMMAND;
        match answer {
            // These have no value: the type of another message was damaged, which no check covers.
            kind::POWER_SAVING | kind::CLOSE_DOWN | kind::FLOW_ON | kind::FLOW_OFF
                if !value.is_empty() =>
            {
                return self.reply_message(kind::NOT_SUPPORTED, &[kind]);
            }
            kind::TEST => {}
            kind::NEGOTIATION if ANSWERS_SETTINGS => {
                let value = self.negotiated(value);
                return self.reply_message(answer, &value);
            }
            kind::POWER_SAVING => self.power = Power::Falling,
            kind::CLOSE_DOWN => {
                self.reply_message(answer, value);
                return self.leave();
            }
            kind::FLOW_ON => self.all_stopped = false,
            kind::FLOW_OFF => self.all_stopped = true,
            kind::STATUS => self.take_status(value),
            kind::PORT if ANSWERS_SETTINGS => {
                let settings = control::port(value, self.config.port_speed);
                let value = settings.as_ref().map_or(value, |settings| settings.as_slice());
                return self.reply_message(answer, value);
            }
            kind::LINE_STATUS => {
                if let (Some(&address), Some(&status)) = (value.first(), value.get(1)) {
                    self.emit(address >> 2, |dlci| Event::LineStatus { dlci, status });
                }
            }
            _ => {
                return self.reply_message(kind::NOT_SUPPORTED, &[kind]);
            }
        }
        self.reply_message(answer, value);
    }

    fn take_status(&mut self, value: &[u8]) {
        let (Some(dlci), Some(&signals)) = (control::channel_of(value), value.get(1)) else {
            return;
        };
        let (signals, line_break) = (Signals(signals), value.get(2).copied());
        let Some(channel) = self.channel(dlci).filter(|channel| channel.is_receiving()) else {
            return;
        };
        channel.is_stopped = signals.stops_flow();
        self.emit(dlci, |dlci| Event::Signals { dlci, signals, line_break });
    }

    /// The answer to a negotiation: channel, frame type, priority, T1, N1, N2, window.
    fn negotiated(&mut self, value: &[u8]) -> alloc::vec::Vec<u8> {
        let mut answer = value.to_vec();
        let [address, frame_type, _, _, low, high, ..] = answer.as_mut_slice() else {
            return answer;
        };
        let wanted = usize::from(*high) << 8 | usize::from(*low);
        let granted = wanted.min(self.config.max_received).max(1);
        [*low, *high] = u16::try_from(granted).unwrap_or(u16::MAX).to_le_bytes();
        // UIH (0) and UI (1); error recovery is not offered.
        if *frame_type & 0x0F > 1 {
            *frame_type = 0;
        }
        let (dlci, role) = (*address & 0x3F, self.role);
        if Dlci::new(dlci).is_some() {
            if let Some(channel) = self.channel_or_new(dlci) {
                // A host keeps its frames as short as it chose them.
                let limit = if role.is_initiator() { channel.max_information } else { granted };
                channel.max_information = granted.min(limit);
            }
        }
        answer
    }

    fn take_answer(&mut self, answer: Message<'_>) {
        let Message { kind, value } = answer;
        match kind {
            kind::TEST if self.is_our_test(value) => {
                self.requests.take(0, Request::Test);
                self.watch.is_supported = true;
                self.watch.has_text = false;
            }
            kind::STATUS => {
                let Some(dlci) = control::channel_of(value) else { return };
                let stops = self.channel(dlci).is_some_and(|channel| channel.stops);
                let is_of = value.get(1).is_some_and(|octet| Signals(*octet).stops_flow() == stops);
                let is_written = self
                    .requests
                    .find(dlci, Request::Status)
                    .is_some_and(|pending| !pending.queued);
                if is_of && is_written {
                    self.requests.take(dlci, Request::Status);
                }
            }
            kind::POWER_SAVING if self.requests.take(0, Request::PowerSaving) => {
                self.power = Power::Asleep;
            }
            // The other side has done what it answers without a request: the type of our command
            // was damaged, which no check covers.
            kind::CLOSE_DOWN => {
                let was_meant = self.requests.take(0, Request::CloseDown);
                self.go_down(if was_meant { DownReason::Requested } else { DownReason::ByPeer });
            }
            kind::FLOW_OFF => self.request(0, Request::FlowOn),
            kind::FLOW_ON => {
                self.requests.take(0, Request::FlowOn);
            }
            _ if kind & !COMMAND == kind::NOT_SUPPORTED => {
                match value.first().map(|kind| kind & !COMMAND) {
                    Some(kind::TEST) => {
                        self.requests.take(0, Request::Test);
                        self.watch.is_supported = true;
                        self.watch.has_text = false;
                    }
                    Some(kind::STATUS) => self.requests.remove(None, Some(Request::Status)),
                    Some(kind::POWER_SAVING) => {
                        self.requests.take(0, Request::PowerSaving);
                    }
                    Some(kind::CLOSE_DOWN) if self.requests.take(0, Request::CloseDown) => {
                        self.request(0, Request::Close);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
