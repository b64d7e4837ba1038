//! The parameters that a modem offers, and the choice among them: `+CMUX`, 3GPP TS 27.007, 5.7.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::time::Duration;

use super::config::Config;
use super::frame::Framing;
use crate::command::{Command, ParseError};
use crate::event::Response;
use crate::parameters::{NumberSet, Parameters};
use crate::request::Request;

/// The number of parameters of `+CMUX`: mode, subset, port speed, N1, T1, N2, T2, T3, k.
const MAX_LISTS: usize = 9;

/// `AT+CMUX=?`: reads the parameters of the multiplexer that the modem offers.
///
/// Fails never: an answer that cannot be read is an empty [`Offer`].
#[doc(alias = "CMUX")]
#[doc(alias = "+CMUX")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestMux;

impl Command for TestMux {
    type Output = Offer;

    fn request(&self) -> Request {
        Request::built("AT+CMUX=?")
    }

    fn parse(&self, response: &Response) -> Result<Offer, ParseError> {
        Ok(response.lines().iter().map(Offer::parse).find(Offer::is_readable).unwrap_or_default())
    }
}

/// The parameters of the multiplexer that a modem offers, of which it may leave some out.
///
/// # Examples
///
/// ```
/// use at_proto::mux::{Framing, Offer};
///
/// let offer = Offer::parse(b"+CMUX: (0),(0),,(1-1509),(1-255),(0-5),(2-255),,");
/// assert!(offer.has(Framing::Basic) && !offer.has(Framing::Advanced));
/// assert_eq!(offer.max_information(), Some(1_509));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// The lists in the order of the parameters; an empty one for a parameter that has none.
    lists: Vec<NumberSet>,
}

impl Offer {
    /// Reads a line of the answer: one to nine lists, with any prefix or without one.
    pub fn parse(line: &[u8]) -> Self {
        let begin = line.iter().position(|&byte| byte == b'(').unwrap_or(line.len());
        let head = line.get(..begin).unwrap_or_default();
        let colon = head.iter().rposition(|&byte| byte == b':');
        let begin = colon.map_or(0, |colon| colon.saturating_add(1));
        let mut parameters = Parameters::after(line, line.get(begin..).unwrap_or_default());
        let mut lists = Vec::new();
        while lists.len() < MAX_LISTS && !parameters.rest().is_empty() {
            lists.push(parameters.number_set());
        }
        Self { lists }
    }

    /// Returns `true` if at least a mode could be read.
    pub fn is_readable(&self) -> bool {
        self.list(0).is_some_and(|modes| modes.contains(0) || modes.contains(1))
    }

    /// Returns `true` if the option is offered. Some firmware offers the advanced option and does
    /// not have it.
    pub fn has(&self, framing: Framing) -> bool {
        self.list(0).is_some_and(|modes| modes.contains(framing.mode()))
    }

    /// The largest N1 that is offered; `None` if the modem does not say.
    pub fn max_information(&self) -> Option<u32> {
        self.list(3)?.nearest(u32::MAX)
    }

    fn list(&self, at: usize) -> Option<&NumberSet> {
        self.lists.get(at).filter(|list| !list.is_empty())
    }
}

/// The wishes of the application; what is `None` is left to the modem.
///
/// # Examples
///
/// ```
/// use at_proto::mux::{Offer, Wishes};
///
/// let mut wishes = Wishes::default();
/// wishes.port_speed = Some(115_200);
/// let offer = Offer::parse(b"+CMUX: (0-1),(0),(1-8),(1-1509),(1-255),(0-100),(2-255)");
/// let choices = wishes.choices(&offer);
/// assert_eq!(choices[0].line(), "AT+CMUX=0,0,5,127");
/// assert_eq!(choices[1].line(), "AT+CMUX=0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wishes {
    /// The option; basic. Modems offer the advanced option and do not have it.
    pub framing: Framing,
    /// N1; 127, which keeps an AT channel waiting for 12 ms at 115,200 bits per second.
    pub max_information: u32,
    /// The present speed of the port, in bits per second, which the modem is to keep. Without it
    /// the parameter is left out, which means the same.
    pub port_speed: Option<u32>,
    /// T1, in both sides; without it the modem keeps its own, and ours is 300 ms.
    pub t1: Option<Duration>,
    /// N2, in both sides; without it the modem keeps its own, and ours is 3.
    pub n2: Option<u8>,
    /// T2, in both sides; without it the modem keeps its own, and ours is 600 ms.
    pub t2: Option<Duration>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            framing: Framing::Basic,
            max_information: 127,
            port_speed: None,
            t1: None,
            n2: None,
            t2: None,
        }
    }
}

/// A command line that begins to multiplex, and the parameters that hold after its OK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    line: String,
    framing: Framing,
    max_information: usize,
    timers: (Option<Duration>, Option<u8>, Option<Duration>),
}

impl Choice {
    /// The command line.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Puts the parameters into a configuration.
    ///
    /// The information that is accepted is not lowered: some modems ignore N1.
    pub fn apply(&self, config: &mut Config) {
        config.framing = self.framing;
        config.max_information = self.max_information;
        config.max_received = config.max_received.max(self.max_information);
        let (t1, n2, t2) = self.timers;
        config.t1 = t1.unwrap_or(config.t1);
        config.n2 = n2.unwrap_or(config.n2);
        config.t2 = t2.unwrap_or(config.t2);
    }

    /// A line with the mode only, after which the defaults of the standard hold.
    fn bare(framing: Framing, wishes: &Wishes) -> Self {
        let mut line = String::from("AT+CMUX=");
        let _ = write!(line, "{}", framing.mode());
        // 27.010, 5.7.2.
        let max_information = if framing.is_advanced() { 64 } else { 31 };
        let timers = (wishes.t1, wishes.n2, wishes.t2);
        Self { line, framing, max_information, timers }
    }
}

impl Wishes {
    /// The command lines to try, the best first: never more parameters than the modem has lists,
    /// and each within its list.
    ///
    /// A modem that refuses the first gets the mode alone.
    pub fn choices(&self, offer: &Offer) -> Vec<Choice> {
        let other = Framing::ALL.iter().copied().find(|other| offer.has(*other));
        let other = other.filter(|_| !offer.has(self.framing));
        let framing = other.unwrap_or(self.framing);
        let mut choices = Vec::new();
        let fields = self.fields(framing, offer);
        let count = fields.iter().rposition(Option::is_some).map_or(1, |at| at.saturating_add(1));
        if count > 1 {
            let mut choice = Choice::bare(framing, self);
            for field in fields.iter().take(count).skip(1) {
                choice.line.push(',');
                if let Some(value) = field {
                    let _ = write!(choice.line, "{value}");
                }
            }
            let n1 = fields.get(3).copied().flatten();
            if let Some(n1) = n1.and_then(|n1| usize::try_from(n1).ok()) {
                choice.max_information = n1;
            }
            choices.push(choice);
        }
        choices.push(Choice::bare(framing, self));
        if framing.is_advanced() && other.is_none() {
            choices.push(Choice::bare(Framing::Basic, self));
        }
        choices
    }

    /// The values of the parameters that are sent; `None` for one that is left empty.
    fn fields(&self, framing: Framing, offer: &Offer) -> [Option<u32>; MAX_LISTS] {
        let nearest = |at: usize, value: u32| offer.list(at).and_then(|list| list.nearest(value));
        let centiseconds =
            |time: Duration| u32::try_from(time.as_millis() / 10).unwrap_or(u32::MAX);
        let speeds = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];
        let speed = self.port_speed.and_then(|speed| {
            let (_, code) = speeds.iter().zip(1u32..).find(|(known, _)| **known == speed)?;
            offer.list(2).filter(|list| list.contains(code)).map(|_| code)
        });
        let n1 = nearest(3, self.max_information);
        let t1 = self.t1.and_then(|time| nearest(4, centiseconds(time)));
        let n2 = self.n2.and_then(|count| nearest(5, u32::from(count)));
        let t2 = self.t2.and_then(|time| nearest(6, centiseconds(time)));
        // The subset 0, UIH frames only, is all that is in use.
        let subset = offer.list(1).map(|_| 0).filter(|_| n1.is_some());
        [Some(framing.mode()), subset, speed, n1, t1, n2, t2, None, None]
    }
}

impl Framing {
    /// The mode of `+CMUX`.
    const fn mode(self) -> u32 {
        if self.is_advanced() { 1 } else { 0 }
    }
}
