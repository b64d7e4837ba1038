//! Two sides and the line between them, on a virtual clock.

use core::time::Duration;

use at_proto::Instant;
use at_proto::mux::{Config, Dlci, Event, Mux, Role};

pub(crate) const ONE: Dlci = Dlci::FIRST;

pub(crate) fn dlci(number: u8) -> Dlci {
    Dlci::new(number).unwrap()
}

/// The fate of a frame on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    Lost,
    Doubled,
    /// A bit of its second octet after the flag is flipped.
    Spoilt,
}

/// Two sides, of which each frame has a fate.
pub(crate) struct Line {
    pub(crate) host: Mux,
    pub(crate) modem: Mux,
    pub(crate) now: Instant,
    /// The frames so far, with the side that wrote them.
    pub(crate) frames: Vec<(Role, Vec<u8>)>,
    pub(crate) host_events: Vec<Event>,
    pub(crate) modem_events: Vec<Event>,
    fate: Box<dyn FnMut(usize) -> Fate>,
    /// The pieces in which bytes arrive.
    chunk: usize,
}

impl Line {
    pub(crate) fn new(config: Config) -> Self {
        Self::with(config, usize::MAX, |_| Fate::Passes)
    }

    pub(crate) fn with(
        config: Config,
        chunk: usize,
        fate: impl FnMut(usize) -> Fate + 'static,
    ) -> Self {
        let mut line = Self {
            host: Mux::new(Role::Initiator, config),
            modem: Mux::new(Role::Responder, config),
            now: Instant::from_millis(1_000),
            frames: Vec::new(),
            host_events: Vec::new(),
            modem_events: Vec::new(),
            fate: Box::new(fate),
            chunk,
        };
        line.modem.handle_opened(line.now);
        line.host.handle_opened(line.now);
        line
    }

    /// A line with these channels open.
    pub(crate) fn open(config: Config, channels: &[u8]) -> Self {
        let mut line = Self::new(config);
        channels.iter().for_each(|number| line.host.open(dlci(*number), line.now));
        line.settle();
        line.host_events.clear();
        line.modem_events.clear();
        line
    }

    /// Moves one frame in each direction; returns `false` if there is none.
    pub(crate) fn step(&mut self) -> bool {
        let mut moved = false;
        for role in [Role::Initiator, Role::Responder] {
            let (from, to) = match role {
                Role::Initiator => (&mut self.host, &mut self.modem),
                _ => (&mut self.modem, &mut self.host),
            };
            let Some(bytes) = from.poll_transmit() else { continue };
            let mut bytes = bytes.to_vec();
            moved = true;
            from.handle_transmitted(bytes.len(), self.now);
            let fate = (self.fate)(self.frames.len());
            self.frames.push((role, bytes.clone()));
            match fate {
                Fate::Passes => {}
                Fate::Lost => continue,
                Fate::Doubled => bytes.extend(bytes.clone()),
                Fate::Spoilt => bytes[2] ^= 4,
            }
            for piece in bytes.chunks(self.chunk) {
                to.handle_input(piece, self.now);
            }
            self.take_events();
        }
        moved
    }

    fn take_events(&mut self) {
        self.host_events.extend(core::iter::from_fn(|| self.host.poll_event()));
        self.modem_events.extend(core::iter::from_fn(|| self.modem.poll_event()));
    }

    /// Moves frames until there are none.
    pub(crate) fn settle(&mut self) {
        for count in 0.. {
            assert!(count < 100_000, "the two sides never stop");
            if !self.step() {
                break;
            }
        }
        self.take_events();
    }

    /// Lets time pass, with all that becomes due.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.settle();
            let due = [self.host.poll_timeout(), self.modem.poll_timeout()];
            match due.into_iter().flatten().min().filter(|due| *due <= until) {
                Some(due) => self.now = self.now.max(due),
                None => break,
            }
            self.host.handle_timeout(self.now);
            self.modem.handle_timeout(self.now);
        }
        self.now = until;
    }
}

impl Line {
    /// Lets time pass; returns the number of frames meanwhile.
    pub(crate) fn pass_and_count(&mut self, time: Duration) -> usize {
        let before = self.frames.len();
        self.pass(time);
        self.frames.len() - before
    }
}

/// All that can be read from a channel.
pub(crate) fn read(mux: &mut Mux, channel: Dlci) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 100];
    loop {
        match mux.read(channel, &mut buffer) {
            0 => return bytes,
            count => bytes.extend(&buffer[..count]),
        }
    }
}
