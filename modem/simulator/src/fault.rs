//! Faults of the line and of the modem, reproducible from a seed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::FromStr;
use core::time::Duration;

use crate::verb::VerbError;

/// A set of faults, and the seed that decides when they occur.
///
/// The same plan and the same bytes at the same times give the same dialogue.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use modem_simulator::{Fault, FaultPlan, Profile, Simulator};
///
/// let mut simulator = Simulator::new(Profile::GENERIC);
/// simulator.set_faults(FaultPlan::new(7).with(Fault::Chunk { most: 3 }));
/// simulator.handle_input(b"AT\r", Duration::ZERO);
/// assert!(simulator.poll_transmit().unwrap().len() <= 3);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
}

impl FaultPlan {
    /// A plan without faults.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, faults: Vec::new() }
    }

    /// The plan with this fault added.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
}

/// A fault of the line or of the modem.
///
/// Rates are chances in a thousand. Commands are named as in the command line without `AT` and
/// parameters: `+CMGS`. The text form is that of the control verb `fault`, in the order of the
/// fields: `lose to-host 5`, `late +CMGS 2500 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Each byte is lost at this rate.
    Lose {
        /// The direction of the bytes.
        direction: Direction,
        /// Chances in a thousand.
        rate: u16,
    },
    /// One bit of a byte is flipped at this rate.
    Corrupt {
        /// The direction of the bytes.
        direction: Direction,
        /// Chances in a thousand.
        rate: u16,
    },
    /// Each byte is doubled at this rate.
    Duplicate {
        /// The direction of the bytes.
        direction: Direction,
        /// Chances in a thousand.
        rate: u16,
    },
    /// The modem's output arrives late, each piece by a delay of its own.
    Delay {
        /// The maximal delay.
        most: Duration,
    },
    /// The modem's output arrives in chunks of random length.
    Chunk {
        /// The maximal length of a chunk, at least 1.
        most: usize,
    },
    /// The link breaks once the modem has written this many bytes since the fault was set.
    Disconnect {
        /// The number of bytes that still arrive.
        after: u64,
    },
    /// The modem stops reading for a time, once it has read this many bytes since the fault was
    /// set.
    Stall {
        /// The number of bytes that the modem still accepts.
        after: u64,
        /// The time in which the modem accepts no bytes.
        pause: Duration,
    },
    /// A command is neither run nor answered.
    Ignore {
        /// The command.
        command: String,
        /// The number of times.
        times: u32,
    },
    /// A command, with its message body if it has one, is run but not answered.
    Silence {
        /// The command.
        command: String,
        /// The number of times.
        times: u32,
    },
    /// A command, with its message body if it has one, is answered late.
    Late {
        /// The command.
        command: String,
        /// The delay.
        by: Duration,
        /// The number of times.
        times: u32,
    },
    /// A command is not run but answered with this final result.
    Refuse {
        /// The command.
        command: String,
        /// The number of times.
        times: u32,
        /// The final result: `+CME ERROR: 14`.
        answer: String,
    },
    /// A frame of the multiplexer never leaves the modem.
    LoseFrame {
        /// The number of the frame since the fault was set, from 0.
        number: u32,
    },
    /// A frame of the multiplexer leaves the modem with a wrong check.
    SpoilFrame {
        /// The number of the frame since the fault was set, from 0.
        number: u32,
    },
    /// The modem stops the host on a channel of the multiplexer, and never releases it.
    StopChannel {
        /// The channel.
        channel: u8,
    },
    /// The dialogue on a channel of the multiplexer neither hears nor says anything, until the
    /// channel is opened again; the other channels and the control channel go on.
    MuteChannel {
        /// The channel.
        channel: u8,
    },
    /// A line is inserted between two pieces of the modem's output.
    Insert {
        /// The boundary.
        at: Boundary,
        /// The line, without its line ends.
        line: String,
    },
}

/// A direction of bytes on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// From the modem to the host.
    ToHost,
    /// From the host to the modem.
    ToModem,
}

/// A boundary between two pieces: echo, information line, final result, prompt, unsolicited line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Boundary {
    /// Before the piece of this number since the fault was set, from 0; once.
    Number(u32),
    /// Before any piece, at this rate in a thousand.
    Random(u16),
}

impl FromStr for Fault {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let kind = words.next().ok_or(VerbError::Missing("the kind of fault"))?;
        let mut next = |what| words.next().ok_or(VerbError::Missing(what));
        let fault = match kind {
            "lose" => Self::Lose {
                direction: next("to-host or to-modem")?.parse()?,
                rate: number(next("a rate")?)?,
            },
            "corrupt" => Self::Corrupt {
                direction: next("to-host or to-modem")?.parse()?,
                rate: number(next("a rate")?)?,
            },
            "duplicate" => Self::Duplicate {
                direction: next("to-host or to-modem")?.parse()?,
                rate: number(next("a rate")?)?,
            },
            "delay" => Self::Delay { most: milliseconds(next("milliseconds")?)? },
            "chunk" => Self::Chunk { most: number(next("the maximal length of a chunk")?)? },
            "disconnect" => Self::Disconnect { after: number(next("a number of bytes")?)? },
            "stall" => Self::Stall {
                after: number(next("a number of bytes")?)?,
                pause: milliseconds(next("milliseconds")?)?,
            },
            "ignore" => Self::Ignore {
                command: command(next("a command")?),
                times: number(next("the number of times")?)?,
            },
            "silence" => Self::Silence {
                command: command(next("a command")?),
                times: number(next("the number of times")?)?,
            },
            "late" => Self::Late {
                command: command(next("a command")?),
                by: milliseconds(next("milliseconds")?)?,
                times: number(next("the number of times")?)?,
            },
            "refuse" => Self::Refuse {
                command: command(next("a command")?),
                times: number(next("the number of times")?)?,
                answer: rest(&mut words)?,
            },
            "lose-frame" => Self::LoseFrame { number: number(next("a number")?)? },
            "spoil-frame" => Self::SpoilFrame { number: number(next("a number")?)? },
            "mute-channel" => Self::MuteChannel { channel: number(next("a channel")?)? },
            "stop-channel" => Self::StopChannel { channel: number(next("a channel")?)? },
            "insert" => {
                let place = next("a boundary")?;
                let at = match place.strip_prefix('~') {
                    Some(rate) => Boundary::Random(number(rate)?),
                    None => Boundary::Number(number(place)?),
                };
                Self::Insert { at, line: rest(&mut words)? }
            }
            _ => return Err(VerbError::Unknown(kind.to_string())),
        };
        Ok(fault)
    }
}

impl FromStr for Direction {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "to-host" => Ok(Self::ToHost),
            "to-modem" => Ok(Self::ToModem),
            _ => Err(VerbError::Unknown(text.to_string())),
        }
    }
}

fn number<T: FromStr>(word: &str) -> Result<T, VerbError> {
    word.parse().ok().ok_or_else(|| VerbError::Number(word.to_string()))
}

fn milliseconds(word: &str) -> Result<Duration, VerbError> {
    number(word).map(Duration::from_millis)
}

fn command(word: &str) -> String {
    word.to_ascii_uppercase()
}

fn rest<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<String, VerbError> {
    let line = words.collect::<Vec<_>>().join(" ");
    if line.is_empty() { Err(VerbError::Missing("a line")) } else { Ok(line) }
}

/// SplitMix64: small, and the same on every platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number in `0..end`; 0 for an empty range.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// Returns `true` at a rate in a thousand.
    pub(crate) fn chance(&mut self, rate: u16) -> bool {
        self.below(1000) < u64::from(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_from_a_line() {
        assert_eq!(
            "lose to-host 5".parse(),
            Ok(Fault::Lose { direction: Direction::ToHost, rate: 5 })
        );
        assert_eq!(
            "late +cmgs 2500 1".parse(),
            Ok(Fault::Late {
                command: String::from("+CMGS"),
                by: Duration::from_millis(2500),
                times: 1
            })
        );
        assert_eq!(
            "insert 3 ^RSSI: 10".parse(),
            Ok(Fault::Insert { at: Boundary::Number(3), line: String::from("^RSSI: 10") })
        );
        for bad in
            ["", "lose", "lose sideways 5", "lose to-host x", "explode", "insert 3", "late +CMGS"]
        {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first outputs of SplitMix64 for seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
