//! A line that damages one byte: the bytes that arrive, and their times. It is independent of the
//! front-end.

mod blocking;
#[cfg(feature = "tokio")]
mod tokio;

use core::time::Duration;

pub(crate) use self::blocking::TamperedPort;
#[cfg(feature = "tokio")]
pub(crate) use self::tokio::{Link, TamperedStream};

/// Damage to one byte in transit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The link breaks before the byte.
    Cut,
    /// The byte is lost.
    Drop,
    /// The byte arrives twice.
    Duplicate,
    /// One bit of the byte is inverted.
    Flip(u8),
    /// An unsolicited result code arrives before the byte.
    Insert,
    /// The byte and all following ones arrive late.
    Delay,
    /// From this byte on the modem accepts nothing for a while.
    Refuse,
}

/// A direction on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// From the modem.
    ToHost,
    /// From the host.
    ToModem,
}

/// Damage to the byte `at`, counted since the line was armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The direction of the byte.
    pub way: Way,
    /// The number of bytes before the byte.
    pub at: usize,
    /// The damage.
    pub damage: Damage,
}

/// The length of a delay or a refusal: longer than any command may take.
pub const LONG: Duration = Duration::from_secs(300);

const NOISE: &[u8] = b"\r\n^RSSI:19\r\n";

/// The state of a tampering line.
#[derive(Debug, Default)]
pub struct Tamper {
    fault: Option<Fault>,
    moved: [usize; 2],
    lanes: [Lane; 2],
    refuses_until: Option<Duration>,
    is_cut: bool,
    written: Vec<u8>,
    arrived: Vec<u8>,
}

/// Bytes that have arrived, and bytes that are delayed.
#[derive(Debug, Default)]
struct Lane {
    arrived: Vec<u8>,
    delayed: Vec<u8>,
    until: Option<Duration>,
}

impl Lane {
    fn extend(&mut self, bytes: &[u8]) {
        let end = if self.until.is_some() { &mut self.delayed } else { &mut self.arrived };
        end.extend(bytes);
    }
}

impl Tamper {
    /// The state of a tampering line.
    pub fn arm(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.moved = [0; 2];
        self.written.clear();
        self.arrived.clear();
    }

    /// The number of bytes that have moved to the host and to the modem.
    pub fn moved(&self) -> [usize; 2] {
        self.moved
    }

    /// The bytes that the host has written, and those that have arrived at the modem.
    pub fn exchanged(&self) -> (Vec<u8>, Vec<u8>) {
        (self.written.clone(), self.arrived.clone())
    }

    /// Repairs the line, since another link is whole.
    pub(crate) fn mend(&mut self) {
        *self = Self::default();
    }

    /// Returns `true` if the link is broken.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Takes bytes in transit, and returns their number.
    pub(crate) fn carry(&mut self, way: Way, bytes: &[u8], now: Duration) -> usize {
        self.refuses_until.take_if(|until| *until <= now);
        for (count, &byte) in bytes.iter().enumerate() {
            if way == Way::ToModem && self.refuses_until.is_some() {
                return count;
            }
            let here = (way, self.moved[way as usize]);
            let fault = self.fault.take_if(|fault| (fault.way, fault.at) == here);
            let lane = &mut self.lanes[way as usize];
            match fault.map(|fault| fault.damage) {
                None => lane.extend(&[byte]),
                Some(Damage::Cut) => {
                    self.is_cut = true;
                    return bytes.len();
                }
                Some(Damage::Drop) => {}
                Some(Damage::Duplicate) => lane.extend(&[byte, byte]),
                Some(Damage::Flip(bit)) => lane.extend(&[byte ^ (1 << bit)]),
                Some(Damage::Insert) => {
                    lane.extend(NOISE);
                    lane.extend(&[byte]);
                }
                Some(Damage::Delay) => {
                    lane.until = Some(now + LONG);
                    lane.extend(&[byte]);
                }
                Some(Damage::Refuse) => {
                    self.refuses_until = Some(now + LONG);
                    if way == Way::ToModem {
                        return count;
                    }
                    lane.extend(&[byte]);
                }
            }
            self.moved[way as usize] += 1;
            if way == Way::ToModem {
                self.written.push(byte);
            }
        }
        bytes.len()
    }

    /// The bytes that have arrived, at max `max` of them.
    pub(crate) fn take(&mut self, way: Way, max: usize, now: Duration) -> Vec<u8> {
        let lane = &mut self.lanes[way as usize];
        if lane.until.take_if(|until| *until <= now).is_some() {
            lane.arrived.append(&mut lane.delayed);
        }
        let count = lane.arrived.len().min(max);
        let taken: Vec<u8> = lane.arrived.drain(..count).collect();
        if way == Way::ToModem {
            self.arrived.extend(&taken);
        }
        taken
    }

    /// Keeps the bytes that the modem did not accept.
    pub(crate) fn put_back(&mut self, rest: &[u8]) {
        self.arrived.truncate(self.arrived.len().saturating_sub(rest.len()));
        let lane = &mut self.lanes[Way::ToModem as usize];
        lane.arrived.splice(..0, rest.iter().copied());
    }

    /// The end of the current refusal, if the modem accepts nothing.
    #[cfg(feature = "tokio")]
    pub(crate) fn refuses_until(&self) -> Option<Duration> {
        self.refuses_until
    }

    /// The next time at which delayed bytes arrive or the modem accepts bytes again.
    pub(crate) fn next(&self) -> Option<Duration> {
        let lanes = self.lanes.iter().filter_map(|lane| lane.until);
        lanes.chain(self.refuses_until).min()
    }
}
