//! The line between the modem and its host, with its faults.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::fault::{Boundary, Direction, Fault, FaultPlan, Random};

/// The maximal output that the host has not taken; more is lost, as on a port without flow control.
const OUTPUT_LIMIT: usize = 1 << 20;

/// The maximal number of copies of a byte, however many faults duplicate it.
const MAX_COPIES: usize = 16;

#[derive(Debug, Clone)]
pub(crate) struct Wire {
    chunks: VecDeque<Chunk>,
    waiting: usize,
    link: Link,
    faults: Vec<Fault>,
    to_host: Random,
    to_modem: Random,
    cuts: Random,
    pieces: u32,
    /// The frames of the multiplexer that were written.
    frames: u32,
    written: u64,
    read: u64,
    stalled_until: Option<Duration>,
    /// The rate of the line, in bits a second.
    rate: Option<u32>,
    /// The rate of an answer that comes byte by byte.
    pace: Option<u32>,
    /// The next output comes apart from earlier output.
    held_back: bool,
}

/// The time that a command line costs on a line with a rate.
const LINE_COST: Duration = Duration::from_millis(50);

/// The link to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Never opened: the first bytes of the host open it.
    New,
    Open,
    /// Broken, which the modem has not noticed yet.
    Broken,
    Closed,
}

#[derive(Debug, Clone)]
struct Chunk {
    ready: Duration,
    bytes: Vec<u8>,
    /// The chunk cannot be read together with earlier ones.
    apart: bool,
}

/// The fate of a command under the fault plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Ignored,
    Silent,
    Late(Duration),
    Refused(String),
}

/// The fate of a frame of the multiplexer under the fault plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameFate {
    Passes,
    Lost,
    Spoilt,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let random = Random::new(0);
        Self {
            chunks: VecDeque::new(),
            waiting: 0,
            link: Link::New,
            faults: Vec::new(),
            to_host: random,
            to_modem: random,
            cuts: random,
            pieces: 0,
            frames: 0,
            written: 0,
            read: 0,
            stalled_until: None,
            rate: None,
            pace: None,
            held_back: false,
        }
    }

    pub(crate) fn set_faults(&mut self, plan: FaultPlan) {
        self.to_host = Random::new(plan.seed);
        self.to_modem = Random::new(!plan.seed);
        self.cuts = Random::new(plan.seed.rotate_left(32));
        self.faults = plan.faults;
        self.pieces = 0;
        self.frames = 0;
        self.written = 0;
        self.read = 0;
        self.stalled_until = None;
    }

    /// Adds a fault, which counts from now on.
    pub(crate) fn add_fault(&mut self, mut fault: Fault) {
        match &mut fault {
            Fault::Disconnect { after } => *after = after.saturating_add(self.written),
            Fault::Stall { after, .. } => *after = after.saturating_add(self.read),
            Fault::Insert { at: Boundary::Number(number), .. } => {
                *number = number.saturating_add(self.pieces);
            }
            Fault::LoseFrame { number } | Fault::SpoilFrame { number } => {
                *number = number.saturating_add(self.frames);
            }
            _ => {}
        }
        self.faults.push(fault);
    }

    /// Takes the faults of commands from the wire of another dialogue.
    pub(crate) fn take_over_faults(&mut self, other: &mut Self) {
        let is_of_commands = |fault: &Fault| {
            matches!(
                fault,
                Fault::Ignore { .. }
                    | Fault::Silence { .. }
                    | Fault::Late { .. }
                    | Fault::Refuse { .. }
            )
        };
        let faults = core::mem::take(&mut other.faults);
        let (moved, kept): (Vec<_>, Vec<_>) = faults.into_iter().partition(is_of_commands);
        other.faults = kept;
        self.faults.extend(moved);
    }

    /// The fate of the next frame of the multiplexer.
    pub(crate) fn frame_fate(&mut self) -> FrameFate {
        let frame = self.frames;
        self.frames = frame.saturating_add(1);
        let mut fate = FrameFate::Passes;
        for fault in &self.faults {
            match fault {
                Fault::LoseFrame { number } if *number == frame => return FrameFate::Lost,
                Fault::SpoilFrame { number } if *number == frame => fate = FrameFate::Spoilt,
                _ => {}
            }
        }
        fate
    }

    /// Returns `true` if the modem stops the host on a channel.
    pub(crate) fn stops_channel(&self, dlci: u8) -> bool {
        self.faults
            .iter()
            .any(|fault| matches!(fault, Fault::StopChannel { channel } if *channel == dlci))
    }

    /// Returns `true` if the dialogue on a channel is dead.
    pub(crate) fn mutes_channel(&self, dlci: u8) -> bool {
        self.faults
            .iter()
            .any(|fault| matches!(fault, Fault::MuteChannel { channel } if *channel == dlci))
    }

    /// Revives the dialogue on a channel.
    pub(crate) fn unmute_channel(&mut self, dlci: u8) {
        self.faults
            .retain(|fault| !matches!(fault, Fault::MuteChannel { channel } if *channel == dlci));
    }

    /// Returns `true` if bytes pass, or would open the link.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.link, Link::New | Link::Open)
    }

    /// Returns `true` if the link was never opened or closed.
    pub(crate) fn is_new(&self) -> bool {
        self.link == Link::New
    }

    /// Returns `true` if the host has opened the link, as far as the modem knows.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.link, Link::Open | Link::Broken)
    }

    pub(crate) fn connect(&mut self) {
        self.link = Link::Open;
        self.clear();
    }

    /// Breaks the link.
    pub(crate) fn disconnect(&mut self) {
        self.cut();
        self.clear();
    }

    pub(crate) fn close(&mut self) {
        self.link = Link::Closed;
        self.clear();
    }

    /// Closes a broken link; returns `true` if the link was broken.
    pub(crate) fn notice_break(&mut self) -> bool {
        let broken = self.link == Link::Broken;
        if broken {
            self.link = Link::Closed;
        }
        broken
    }

    /// Breaks the link; bytes that were written before still arrive.
    fn cut(&mut self) {
        self.link = if self.is_open() { Link::Broken } else { Link::Closed };
    }

    fn clear(&mut self) {
        self.chunks.clear();
        self.waiting = 0;
    }

    /// Writes a piece of output.
    pub(crate) fn write(&mut self, bytes: &[u8], now: Duration) {
        let boundary = self.pieces;
        self.pieces = self.pieces.wrapping_add(1);
        let mut inserted = Vec::new();
        let random = &mut self.to_host;
        self.faults.retain(|fault| match fault {
            Fault::Insert { at: Boundary::Number(number), line } if *number == boundary => {
                inserted.push(line.clone());
                false
            }
            Fault::Insert { at: Boundary::Random(rate), line } => {
                if random.chance(*rate) {
                    inserted.push(line.clone());
                }
                true
            }
            _ => true,
        });
        for line in inserted {
            self.extend(alloc::format!("\r\n{line}\r\n").as_bytes(), now);
        }
        self.extend(bytes, now);
    }

    /// Extends the piece that was written last.
    pub(crate) fn extend(&mut self, bytes: &[u8], now: Duration) {
        if !self.is_connected() {
            return;
        }
        let mut bytes = spoil(bytes, Direction::ToHost, &self.faults, &mut self.to_host);
        if self.waiting.saturating_add(bytes.len()) > OUTPUT_LIMIT {
            return;
        }
        let before = self.written;
        self.written = self.written.saturating_add(bytes.len() as u64);
        let cut = self.faults.iter().filter_map(|fault| match fault {
            Fault::Disconnect { after } => {
                after.checked_sub(before).filter(|_| self.written > *after)
            }
            _ => None,
        });
        let cut = cut.min().and_then(|cut| usize::try_from(cut).ok());
        if let Some(cut) = cut {
            bytes.truncate(cut);
        }
        let delay = self.faults.iter().find_map(|fault| match fault {
            Fault::Delay { most } => Some(*most),
            _ => None,
        });
        let delay = delay.map_or(Duration::ZERO, |most| {
            let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            Duration::from_millis(self.to_host.below(most))
        });
        let ready =
            now.saturating_add(delay).max(self.chunks.back().map_or(now, |chunk| chunk.ready));
        self.waiting = self.waiting.saturating_add(bytes.len());
        self.push(&bytes, ready);
        if cut.is_some() {
            self.cut();
            self.faults.retain(|fault| !matches!(fault, Fault::Disconnect { .. }));
        }
    }

    /// Adds output that is ready at this time, and as much later as its bytes take on the line.
    fn push(&mut self, bytes: &[u8], ready: Duration) {
        let apart = core::mem::take(&mut self.held_back);
        if let Some(pace) = self.pace {
            for (at, byte) in (1..).zip(bytes) {
                let ready = ready.saturating_add(time_of(at, pace));
                self.chunks.push_back(Chunk { ready, bytes: alloc::vec![*byte], apart: false });
            }
            return;
        }
        let time = self.rate.map_or(Duration::ZERO, |rate| time_of(bytes.len(), rate));
        let ready = ready.saturating_add(time);
        match self.chunks.back_mut() {
            Some(chunk) if chunk.ready == ready && !apart => chunk.bytes.extend(bytes),
            _ => self.chunks.push_back(Chunk { ready, bytes: bytes.to_vec(), apart }),
        }
    }

    pub(crate) fn set_rate(&mut self, rate: Option<u32>) {
        self.rate = rate;
    }

    pub(crate) fn set_pace(&mut self, pace: Option<u32>) {
        self.pace = pace;
    }

    /// Lets the next output arrive apart from earlier output.
    pub(crate) fn hold_back(&mut self) {
        self.held_back = true;
    }

    /// The time that a command line of this length costs.
    pub(crate) fn line_cost(&self, length: usize) -> Duration {
        self.rate.map_or(Duration::ZERO, |rate| LINE_COST.saturating_add(time_of(length, rate)))
    }

    /// The number of bytes, of `length`, that the modem takes from the host now.
    pub(crate) fn accept(&mut self, length: usize, now: Duration) -> usize {
        if !self.is_connected() {
            return 0;
        }
        self.pass(now);
        if self.stalled_until.is_some() {
            return 0;
        }
        let read = self.read;
        let end = read.saturating_add(length as u64);
        let stall = self
            .faults
            .iter()
            .position(|fault| matches!(fault, Fault::Stall { after, .. } if *after < end));
        let taken = match stall.map(|index| self.faults.remove(index)) {
            Some(Fault::Stall { after, pause }) => {
                self.stalled_until = Some(now.saturating_add(pause));
                usize::try_from(after.saturating_sub(read)).unwrap_or(length)
            }
            _ => length,
        };
        self.read = self.read.saturating_add(taken as u64);
        taken
    }

    /// The bytes that arrive from the host's output.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<u8> {
        spoil(bytes, Direction::ToModem, &self.faults, &mut self.to_modem)
    }

    /// The fate of a command under the fault plan.
    pub(crate) fn fate(&mut self, command: &str) -> Option<Fate> {
        let index = self.faults.iter().position(|fault| match fault {
            Fault::Ignore { command: of, .. }
            | Fault::Silence { command: of, .. }
            | Fault::Late { command: of, .. }
            | Fault::Refuse { command: of, .. } => of == command,
            _ => false,
        })?;
        let (times, fate) = match self.faults.get_mut(index)? {
            Fault::Ignore { times, .. } => (times, Fate::Ignored),
            Fault::Silence { times, .. } => (times, Fate::Silent),
            Fault::Late { times, by, .. } => (times, Fate::Late(*by)),
            Fault::Refuse { times, answer, .. } => (times, Fate::Refused(answer.clone())),
            _ => return None,
        };
        let spent = *times == 0;
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.faults.remove(index);
        }
        (!spent).then_some(fate)
    }

    /// The next bytes that have arrived at the host.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<Vec<u8>> {
        let front = self.chunks.front_mut().filter(|chunk| chunk.ready <= now)?;
        if core::mem::take(&mut front.apart) {
            return None;
        }
        let most = self.faults.iter().find_map(|fault| match fault {
            Fault::Chunk { most } => Some(*most as u64),
            _ => None,
        });
        let length = most.map_or(usize::MAX, |most| {
            usize::try_from(self.cuts.below(most).saturating_add(1)).unwrap_or(usize::MAX)
        });
        let bytes = if length < front.bytes.len() {
            let rest = front.bytes.split_off(length);
            core::mem::replace(&mut front.bytes, rest)
        } else {
            self.chunks.pop_front()?.bytes
        };
        self.waiting = self.waiting.saturating_sub(bytes.len());
        if bytes.is_empty() { self.poll(now) } else { Some(bytes) }
    }

    /// Handles passing time: a stall may be over.
    pub(crate) fn pass(&mut self, now: Duration) {
        self.stalled_until = self.stalled_until.filter(|until| now < *until);
    }

    /// The time at which bytes arrive, or the modem accepts bytes again.
    pub(crate) fn next_timeout(&self) -> Option<Duration> {
        let arrival = self.chunks.front().map(|chunk| chunk.ready);
        arrival.into_iter().chain(self.stalled_until).min()
    }
}

/// The time of bytes of ten bits at this rate.
fn time_of(bytes: usize, rate: u32) -> Duration {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(10);
    Duration::from_micros(
        bits.saturating_mul(1_000_000).checked_div(u64::from(rate.max(1))).unwrap_or(0),
    )
}

fn spoil(bytes: &[u8], way: Direction, faults: &[Fault], random: &mut Random) -> Vec<u8> {
    let mut arrived = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        let mut copies = 1;
        let mut byte = byte;
        for fault in faults {
            match fault {
                Fault::Lose { direction, rate } if *direction == way && random.chance(*rate) => {
                    copies = 0;
                }
                Fault::Duplicate { direction, rate }
                    if *direction == way && random.chance(*rate) =>
                {
                    copies = MAX_COPIES.min(copies << 1);
                }
                Fault::Corrupt { direction, rate } if *direction == way && random.chance(*rate) => {
                    byte ^= 1 << random.below(8);
                }
                _ => {}
            }
        }
        arrived.extend(core::iter::repeat_n(byte, copies));
    }
    arrived
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(wire: &mut Wire, now: Duration) -> Vec<Vec<u8>> {
        core::iter::from_fn(|| wire.poll(now)).collect()
    }

    #[test]
    fn without_faults_everything_arrives_at_once() {
        let mut wire = Wire::new();
        wire.write(b"one", Duration::ZERO);
        wire.write(b"two", Duration::ZERO);
        assert_eq!(all(&mut wire, Duration::ZERO), [b"onetwo"]);
    }

    #[test]
    fn a_break_lets_through_what_came_before_it() {
        let mut wire = Wire::new();
        wire.set_faults(FaultPlan::new(1).with(Fault::Disconnect { after: 4 }));
        wire.write(b"one", Duration::ZERO);
        wire.write(b"two", Duration::ZERO);
        assert!(!wire.is_connected());
        assert_eq!(all(&mut wire, Duration::ZERO), [b"onet"]);
    }

    #[test]
    fn a_stall_ends_by_itself() {
        let mut wire = Wire::new();
        let pause = Duration::from_secs(3);
        wire.set_faults(FaultPlan::new(1).with(Fault::Stall { after: 5, pause }));
        assert_eq!(wire.accept(4, Duration::ZERO), 4);
        assert_eq!(wire.accept(4, Duration::ZERO), 1);
        assert_eq!(wire.accept(4, Duration::from_secs(2)), 0);
        assert_eq!(wire.next_timeout(), Some(pause));
        assert_eq!(wire.accept(3, pause), 3);
    }

    #[test]
    fn a_line_is_inserted_before_the_piece_of_its_number_and_only_once() {
        let mut wire = Wire::new();
        let insert = Fault::Insert { at: Boundary::Number(1), line: String::from("RING") };
        wire.set_faults(FaultPlan::new(1).with(insert));
        for piece in [b"a", b"b", b"c"] {
            wire.write(piece, Duration::ZERO);
        }
        assert_eq!(all(&mut wire, Duration::ZERO), [b"a\r\nRING\r\nbc"]);
    }

    #[test]
    fn the_same_seed_spoils_the_same_bytes_and_another_seed_others() {
        let spoilt = |seed| {
            let mut wire = Wire::new();
            let plan = FaultPlan::new(seed)
                .with(Fault::Lose { direction: Direction::ToHost, rate: 50 })
                .with(Fault::Corrupt { direction: Direction::ToHost, rate: 50 })
                .with(Fault::Duplicate { direction: Direction::ToHost, rate: 50 })
                .with(Fault::Chunk { most: 9 })
                .with(Fault::Delay { most: Duration::from_secs(1) });
            wire.set_faults(plan);
            (0..50).for_each(|_| wire.write(b"\r\n+CSQ: 20,99\r\n", Duration::ZERO));
            all(&mut wire, Duration::from_secs(1))
        };
        assert_eq!(spoilt(1), spoilt(1));
        assert_ne!(spoilt(1), spoilt(2));
        assert_ne!(spoilt(1).concat(), b"\r\n+CSQ: 20,99\r\n".repeat(50));
    }
}
