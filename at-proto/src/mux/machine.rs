//! One side of a multiplexed line: 3GPP TS 27.010, 5.3 to 5.5.

mod input;
mod output;
mod requests;
mod timers;
mod words;

use alloc::vec::Vec;
use core::time::Duration;

use self::output::{Outbox, Replies};
use self::requests::{Request, Requests};
use self::timers::{Power, Watch};
use self::words::Words;
use super::channel::{Channel, State};
use super::config::{Config, Dlci, Role};
use super::control::Signals;
use super::event::{ClosedReason, DownReason, Event};

use super::reader::FrameReader;
use crate::queue::Queue;
use crate::time::Instant;

/// The time in which a closed channel still sends what is queued.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// The number of channels that are known at once.
const MAX_CHANNELS: usize = 61;

/// One side of a multiplexed line, without I/O and without a clock: initiator or responder.
///
/// # The contract
///
/// The kinds of methods are those of the [`Engine`](crate::Engine): `handle_*` for input, `poll_*`
/// for output until they return `None`, verbs, and views. `now` is the caller's clock, which never
/// steps back.
///
/// - **The line multiplexes already** when [`handle_opened`](Self::handle_opened) is called; the
///   [`Initiator`](super::Initiator) gets it there. An initiator then opens the control channel,
///   and [`Event::Up`] follows.
/// - **Each accepted opening ends** in [`Event::Opened`], or in [`Event::Closed`] with the reason.
///   Each opened channel ends in exactly one [`Event::Closed`], and the multiplexer in one
///   [`Event::Down`], after those of its channels.
/// - **The bytes of a channel arrive in order**, and none is lost in silence: a channel whose queue
///   overruns is closed. A frame that was damaged on the line is lost, as the standard has no
///   repetition for data, and [`Event::Damaged`] reports it. The check of a UIH frame does not
///   cover its data, so damaged data is not noticed.
/// - **Channels take turns**, frame by frame, after the control channel. One frame at a time is
///   offered for transmission: a frame of another channel delays a channel, and no more. Turns
///   have no priorities (5.6): channels 1 to 7 have the same one, and a strict order would let a
///   full channel silence another.
/// - **Commands are repeated** N2 times, with T1 or T2 between the attempts. Each timeout runs from
///   the end of the writing, and also while a port accepts nothing.
/// - **Cuts do not matter**: the same bytes at the same `now` give the same events and the same
///   answers, in whatever pieces they arrive.
/// - **Memory is bounded**: two queues for each open channel, one unfinished frame, and a limited
///   number of answers.
///
/// # What is answered
///
/// Parameter negotiation (N1 may be lowered), power saving with wake-up by flags, close-down, test,
/// flow control of all channels, modem status with and without a break, port settings (with the
/// values that hold) and line status. Service negotiation, and anything else, is answered with "not
/// supported".
///
/// A negotiation is answered and never begun: it is optional (5.4.6.3.1), and `+CMUX` has set the
/// same parameters. Without the feature `mux-responder` negotiations and port settings are
/// answered with "not supported" too.
///
/// # Examples
///
/// ```
/// use at_proto::Instant;
/// use at_proto::mux::{Config, Dlci, Event, Mux, Role};
///
/// let now = Instant::ZERO;
/// let mut host = Mux::new(Role::Initiator, Config::default());
/// let mut modem = Mux::new(Role::Responder, Config::default());
/// host.handle_opened(now);
/// modem.handle_opened(now);
/// host.open(Dlci::FIRST, now);
/// host.write(Dlci::FIRST, b"AT\r");
///
/// // The line: what one side writes, the other reads.
/// for _ in 0..20 {
///     for (from, to) in [(0, 1), (1, 0)] {
///         let (from, to) =
///             if from < to { (&mut host, &mut modem) } else { (&mut modem, &mut host) };
///         if let Some(bytes) = from.poll_transmit() {
///             let bytes = bytes.to_vec();
///             from.handle_transmitted(bytes.len(), now);
///             to.handle_input(&bytes, now);
///         }
///     }
/// }
/// assert_eq!(host.poll_event(), Some(Event::Up));
/// assert_eq!(host.poll_event(), Some(Event::Opened(Dlci::FIRST)));
/// let mut buffer = [0; 8];
/// assert_eq!(modem.read(Dlci::FIRST, &mut buffer), 3);
/// assert_eq!(&buffer[..3], b"AT\r");
/// ```
#[derive(Debug)]
pub struct Mux {
    role: Role,
    config: Config,
    now: Instant,
    link: Link,
    reader: FrameReader,
    channels: Vec<Channel>,
    /// Messages of the control channel that are not complete.
    message: Vec<u8>,
    /// The other side has stopped all channels.
    all_stopped: bool,
    replies: Replies,
    requests: Requests,
    outbox: Outbox,
    /// The channel that sent the last data frame.
    turn: u8,
    power: Power,
    watch: Watch,
    words: Words,
    events: Queue<Event>,
}

/// The state of the control channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Closed,
    /// The control channel is not open yet.
    Opening,
    Open,
    /// We have sent the close-down.
    Leaving,
    /// The other side has closed; the answer is being written.
    Left,
}

impl Mux {
    /// One side of a line that does not multiplex yet.
    pub fn new(role: Role, config: Config) -> Self {
        Self {
            role,
            reader: FrameReader::new(config.framing, config.max_received),
            config,
            now: Instant::ZERO,
            link: Link::Closed,
            channels: Vec::new(),
            message: Vec::new(),
            all_stopped: false,
            replies: Replies::new(),
            requests: Requests::default(),
            outbox: Outbox::default(),
            turn: 0,
            power: Power::Awake,
            watch: Watch::default(),
            words: Words::default(),
            events: Queue::new(),
        }
    }

    /// The parameters.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Changes the parameters, before the line multiplexes.
    pub(super) fn configure(&mut self, config: Config) {
        self.config = config;
        for channel in &mut self.channels {
            channel.max_information = config.max_information.max(1);
        }
    }

    /// Returns `true` if the control channel is open.
    pub fn is_up(&self) -> bool {
        self.link == Link::Open
    }

    /// Returns `true` if the line does not multiplex: before
    /// [`handle_opened`](Self::handle_opened), and after [`Event::Down`].
    pub fn is_closed(&self) -> bool {
        self.link == Link::Closed
    }

    /// Reports that the line multiplexes from now on.
    pub fn handle_opened(&mut self, now: Instant) {
        self.advance(now);
        if !self.is_closed() {
            self.go_down(DownReason::Lost);
        }
        self.clear();
        self.link = Link::Opening;
        self.watch = Watch::since(self.now);
        if self.role.is_initiator() {
            self.request(0, Request::Open);
        }
    }

    /// Reports that the link was closed or lost, or does not multiplex any more.
    pub fn handle_closed(&mut self, now: Instant) {
        self.advance(now);
        if !self.is_closed() {
            self.go_down(DownReason::Lost);
        }
    }

    /// Opens a channel; an open channel is unaffected. Data can be written at once.
    ///
    /// The opening waits for the control channel. Without effect on a line that does not multiplex,
    /// except for an [`Event::Closed`].
    pub fn open(&mut self, dlci: Dlci, now: Instant) {
        self.advance(now);
        if !matches!(self.link, Link::Opening | Link::Open) {
            return self.closed(dlci.get(), ClosedReason::Down);
        }
        let link = self.link;
        let Some(channel) = self.channel_or_new(dlci.get()) else { return };
        if matches!(channel.state, State::Opening | State::Open) {
            return;
        }
        channel.restart(State::Opening);
        self.requests.remove(Some(dlci.get()), None);
        if link == Link::Open {
            self.request(dlci.get(), Request::Open);
        }
    }

    /// Closes a channel, after sending what is queued, for at most 2 s.
    ///
    /// [`Event::Closed`] follows. Other channels are unaffected.
    pub fn close(&mut self, dlci: Dlci, now: Instant) {
        self.advance(now);
        let now = self.now;
        let Some(channel) = self.channel(dlci.get()) else { return };
        match channel.state {
            State::Open => channel.state = State::Draining(now + DRAIN_TIMEOUT),
            State::Opening => channel.state = State::Draining(now),
            State::Closed | State::Draining(_) | State::Closing => return,
        }
        self.end_draining(false);
    }

    /// Queues data of a channel, and returns the number of bytes that were taken: as many as the
    /// queue has room for, and none on a closed channel.
    ///
    /// [`Event::Writable`] follows a call that took too few.
    pub fn write(&mut self, dlci: Dlci, bytes: &[u8]) -> usize {
        let limit = self.config.queue;
        let Some(channel) = self.channel(dlci.get()) else { return 0 };
        if !channel.takes_data() {
            return 0;
        }
        let room = limit.saturating_sub(channel.out.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        channel.out.extend(taken);
        channel.wants_room |= taken.len() < bytes.len();
        taken.len()
    }

    /// Reads data of a channel, and returns the number of bytes; 0 if there are none. What came
    /// before a channel was closed can still be read.
    pub fn read(&mut self, dlci: Dlci, buffer: &mut [u8]) -> usize {
        let Some(channel) = self.channel(dlci.get()) else { return 0 };
        let count = channel.read(buffer);
        if channel.received.is_empty() {
            channel.announced = false;
        }
        // With room for most of a queue again, the other side may go on.
        if channel.stops && channel.received.len() <= self.config.queue / 4 {
            if let Some(channel) = self.channel(dlci.get()) {
                channel.stops = false;
            }
            self.request(dlci.get(), Request::Status);
        }
        count
    }

    /// Sends the control signals of a channel, with a break if there is one: its length in the
    /// upper four bits, in 200 ms. Flow control is the multiplexer's own.
    pub fn set_signals(&mut self, dlci: Dlci, signals: Signals, line_break: Option<u8>) {
        let Some(channel) = self.channel(dlci.get()) else { return };
        channel.signals = signals;
        channel.line_break = line_break.map(|length| length & 0xF0 | 0x0D);
        if channel.state == State::Open {
            self.request(dlci.get(), Request::Status);
        }
    }

    /// Tests the other side; a side that does not answer ends the multiplexer.
    pub fn test(&mut self, now: Instant) {
        self.advance(now);
        if self.link == Link::Open {
            self.begin_test();
        }
    }

    /// Lets both sides sleep (power saving) until one of them has something to send; only while no
    /// data is queued.
    pub fn sleep(&mut self, now: Instant) {
        self.advance(now);
        if self.link == Link::Open && self.power == Power::Awake && !self.has_work() {
            self.request(0, Request::PowerSaving);
        }
    }

    /// Ends the multiplexer: the close-down command, and then DISC on the control channel.
    ///
    /// [`Event::Down`] follows, and then the port is a plain port again. Queued data is lost.
    pub fn shut_down(&mut self, now: Instant) {
        self.advance(now);
        match self.link {
            Link::Open => {
                self.close_channels(ClosedReason::Requested);
                self.link = Link::Leaving;
                self.requests.clear();
                self.request(0, Request::CloseDown);
            }
            Link::Opening => self.go_down(DownReason::Requested),
            Link::Closed | Link::Leaving | Link::Left => {}
        }
    }

    /// The number of bytes that a channel has queued for the other side.
    pub fn queued(&self, dlci: Dlci) -> usize {
        self.known(dlci).map_or(0, |channel| channel.out.len())
    }

    /// The number of bytes that can be read from a channel.
    pub fn readable(&self, dlci: Dlci) -> usize {
        self.known(dlci).map_or(0, |channel| channel.received.len())
    }

    /// Returns `true` if a channel is open.
    pub fn is_open(&self, dlci: Dlci) -> bool {
        self.known(dlci).is_some_and(|channel| channel.state == State::Open)
    }

    /// Returns `true` if the other side has stopped a channel.
    pub fn is_stopped(&self, dlci: Dlci) -> bool {
        self.all_stopped || self.known(dlci).is_some_and(|channel| channel.is_stopped)
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    fn known(&self, dlci: Dlci) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.dlci == dlci.get())
    }

    fn channel(&mut self, dlci: u8) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.dlci == dlci)
    }

    fn channel_or_new(&mut self, dlci: u8) -> Option<&mut Channel> {
        let known = self.channels.iter().position(|channel| channel.dlci == dlci);
        let at = match known {
            Some(at) => at,
            // A channel without a state or data is forgotten here, and not before.
            None if self.channels.len() >= MAX_CHANNELS => return None,
            None => {
                self.channels.push(Channel::new(dlci, self.config.max_information.max(1)));
                self.channels.len().saturating_sub(1)
            }
        };
        self.channels.get_mut(at)
    }

    /// Reports a channel as closed.
    fn closed(&mut self, dlci: u8, reason: ClosedReason) {
        self.emit(dlci, |dlci| Event::Closed { dlci, reason });
    }

    /// Reports an event of a channel for data.
    fn emit(&mut self, dlci: u8, event: impl FnOnce(Dlci) -> Event) {
        if let Some(dlci) = Dlci::new(dlci) {
            self.events.push(event(dlci));
        }
    }

    /// Ends a channel that is not closed.
    fn end_channel(&mut self, dlci: u8, reason: ClosedReason) {
        self.requests.remove(Some(dlci), None);
        let Some(channel) = self.channel(dlci).filter(|channel| channel.state != State::Closed)
        else {
            return;
        };
        channel.end();
        self.closed(dlci, reason);
    }

    fn close_channels(&mut self, reason: ClosedReason) {
        let mut at = 0;
        while let Some(channel) = self.channels.get(at) {
            self.end_channel(channel.dlci, reason);
            at = at.saturating_add(1);
        }
    }

    /// Ends the multiplexer at once.
    fn go_down(&mut self, reason: DownReason) {
        self.close_channels(ClosedReason::Down);
        self.clear();
        self.link = Link::Closed;
        self.events.push(Event::Down(reason));
    }

    /// Drops everything but the channels' received data and the events.
    fn clear(&mut self) {
        self.reader = FrameReader::new(self.config.framing, self.config.max_received);
        self.message.clear();
        self.all_stopped = false;
        self.replies = Replies::new();
        self.requests.clear();
        self.outbox.clear();
        self.power = Power::Awake;
        self.words = Words::default();
    }
}
