//! A port with a modem that answers in tokens.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Connector, Port};
use modem::simulator::{Profile, Simulator};

use super::tokens::{CUT, ECHO, NAME, PAUSE, TOKENS};

pub(super) type Shared = Rc<RefCell<World>>;

/// The modem, and the bytes that decide about its answers.
pub(super) struct World {
    simulator: Simulator,
    input: VecDeque<u8>,
    now: Duration,
    unread: VecDeque<u8>,
    /// The command line that is being written.
    line: Vec<u8>,
    last: Vec<u8>,
    operations: usize,
}

impl World {
    pub(super) fn shared(profile: Profile, input: &[u8]) -> Shared {
        Rc::new(RefCell::new(Self {
            simulator: Simulator::new(profile),
            input: input.iter().copied().collect(),
            now: Duration::ZERO,
            unread: VecDeque::new(),
            line: Vec::new(),
            last: Vec::new(),
            operations: 0,
        }))
    }

    /// Begins to measure a call.
    pub(super) fn begin(&mut self) -> Duration {
        self.operations = 0;
        self.now
    }

    /// Checks the bounds of a call.
    pub(super) fn end(&self, started: Duration, time: Duration, operations: usize) {
        let took = self.now.saturating_sub(started);
        assert!(took <= time, "a call took {took:?}");
        assert!(!self.has_used(operations), "a call used the port {} times", self.operations);
    }

    pub(super) fn has_used(&self, operations: usize) -> bool {
        self.operations > operations
    }

    /// Ends the tokens: from now on the modem answers as it should.
    pub(super) fn has_ended(&mut self) {
        self.input.clear();
    }

    pub(super) fn deliver(&mut self) {
        // A modem that is off takes no message.
        let _ = self.simulator.deliver("+491715550100", "Hi", self.now);
    }

    fn byte(&mut self) -> Option<u8> {
        self.input.pop_front()
    }

    fn token(&mut self) {
        let Some(choice) = self.byte() else { return };
        match TOKENS[usize::from(choice) % TOKENS.len()] {
            ECHO => self.unread.extend(self.last.iter()),
            NAME => {
                let name = self.last.iter().skip(2).take_while(|byte| !b"=?\r;".contains(byte));
                self.unread.extend(name);
                self.unread.extend(b": ");
            }
            CUT => self.simulator.handle_closed(self.now),
            PAUSE => self.pass(self.now + Duration::from_millis(700)),
            text => self.unread.extend(text.bytes()),
        }
    }

    fn written(&mut self, byte: u8) {
        self.line.push(byte);
        if !matches!(byte, b'\r' | b'\n' | 0x1A | 0x1B) {
            return;
        }
        let line = core::mem::take(&mut self.line);
        let choice = self.byte().unwrap_or_default();
        self.last.clone_from(&line);
        if choice >= 0x80 {
            for _ in 0..choice & 7 {
                self.token();
            }
        }
        if !(0x80..0xC0).contains(&choice) {
            self.simulator.handle_input(&line, self.now);
        }
    }

    fn collect(&mut self) {
        while let Some(bytes) = self.simulator.poll_transmit() {
            self.unread.extend(bytes);
        }
    }

    /// Lets time pass without reading.
    pub(super) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.collect();
            self.pass(until);
        }
    }

    /// Lets time pass until the simulator has something to do, at most until then.
    fn pass(&mut self, until: Duration) {
        let next = self.simulator.poll_timeout().filter(|next| *next <= until);
        self.now = next.unwrap_or(until).max(self.now);
        self.simulator.handle_timeout(self.now);
    }
}

/// A port to the modem.
pub(super) struct TokenPort(Shared);

impl TokenPort {
    pub(super) fn new(world: Shared) -> Self {
        Self(world)
    }
}

impl Port for TokenPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        world.operations += 1;
        let until = world.now + within;
        loop {
            world.collect();
            if !world.unread.is_empty() {
                let count = world.unread.len().min(buffer.len());
                for (slot, byte) in buffer.iter_mut().zip(world.unread.drain(..count)) {
                    *slot = byte;
                }
                return Ok(count);
            }
            if !world.simulator.is_connected() {
                return Ok(0);
            }
            if world.now >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match world.byte() {
                Some(0xE0..) => world.token(),
                _ => world.pass(until),
            }
        }
    }

    fn write(&mut self, bytes: &[u8], _: Duration) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        world.operations += 1;
        if !world.simulator.is_connected() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        for byte in bytes {
            world.written(*byte);
        }
        Ok(bytes.len())
    }

    fn now(&self) -> Instant {
        Instant::from(self.0.borrow().now)
    }
}

impl Connector for TokenPort {
    type Port = Self;

    fn connect(&mut self) -> io::Result<Self> {
        let mut world = self.0.borrow_mut();
        let now = world.now;
        world.unread.clear();
        world.line.clear();
        world.simulator.handle_opened(now);
        Ok(Self(Rc::clone(&self.0)))
    }

    fn now(&self) -> Instant {
        Instant::from(self.0.borrow().now)
    }

    fn wait(&mut self, time: Duration) {
        self.0.borrow_mut().wait(time);
    }
}
