//! Misbehaviour on request: perfect bytes that say something unexpected.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::Simulator;
use crate::command::Commands;
use crate::desk::Desk;
use crate::store::{Slot, Status};
use crate::terminal::{Final, Stage, Then};
use crate::timer::Event;
use crate::truth::Fact;
use crate::verb::VerbError;

/// An unexpected behaviour of the modem at one command line.
///
/// The text form reproduces the value: the name of the command, the number of the line among those
/// of this name since [`Simulator::set_misbehaviour`], the behaviour, and its repetition.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use modem_simulator::{Misbehaviour, Profile, Simulator};
///
/// let misbehaviour: Misbehaviour = r#"+CSQ#2/Refuse("ERROR")/Once"#.parse()?;
/// assert_eq!(misbehaviour.to_string(), r#"+CSQ#2/Refuse("ERROR")/Once"#);
///
/// let mut simulator = Simulator::new(Profile::GENERIC);
/// simulator.set_misbehaviour(Some(misbehaviour));
/// let mut ask = |line: &[u8]| {
///     simulator.handle_input(line, Duration::ZERO);
///     core::iter::from_fn(|| simulator.poll_transmit()).flatten().collect::<Vec<u8>>()
/// };
/// ask(b"ATE0;+CSQ\r");
/// assert_eq!(ask(b"AT+CSQ\r"), b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "the first line is `E`");
/// assert_eq!(ask(b"AT+CSQ\r"), b"\r\nERROR\r\n");
/// assert_eq!(ask(b"AT+CSQ\r"), b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
/// # Ok::<(), modem_simulator::VerbError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a value that tests write down")]
pub struct Misbehaviour {
    /// The first command of the line, without `AT` and parameters: `+CMGD`; empty for a bare `AT`;
    /// `>` for an answer to a USSD question at its prompt.
    pub command: String,
    /// The number of the line among those with this command, from 1.
    pub nth: u16,
    /// The behaviour.
    pub behaviour: Behaviour,
    /// The repetition.
    pub times: Times,
}

/// The repetition of a behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a value that tests write down")]
pub enum Times {
    /// At one line.
    Once,
    /// At ten lines in a row.
    Ten,
    /// At each further line.
    Always,
}

/// A behaviour at one command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Behaviour {
    /// The line is not run; this is its final result.
    Refuse(String),
    /// The prompt comes, the message body is taken but not run; this is the final result.
    RefuseBody(String),
    /// The line is run, with its message body if it has one, but this is its final result.
    Deny(String),
    /// The line is run, and its first information line is changed.
    Information(Odd),
    /// The line is run, and its final result or its prompt comes in another way.
    Final(End),
    /// The state of the modem changes.
    Change(Change, When),
    /// The answer comes byte by byte at this rate, in bits a second.
    Pace(u32),
}

/// A change of an information line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Odd {
    /// There is no information line.
    None,
    /// The last field is missing.
    OneLess,
    /// There is another field at the end.
    OneMore,
    /// The first number is negative.
    Negative,
    /// All fields are in quotes.
    Quoted,
    /// The fields are in the opposite order.
    Reordered,
    /// The line has the name of another command.
    OtherCommand,
    /// The line comes twice.
    Twice,
    /// All numbers have 20 digits.
    TwentyDigits,
}

/// A change of the final result or the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The final result comes before the information.
    Early,
    /// `OK` comes right after the prompt, and the modem waits for the message body.
    WithPrompt,
    /// `OK` comes instead of the prompt.
    InsteadOfPrompt,
    /// The final result comes twice.
    Twice,
    /// A prompt follows the final result.
    PromptUnasked,
    /// The final result comes when the host begins to write the next line.
    LateBeforeNext,
    /// The final result comes when the host has written the next line.
    LateAfterNext,
    /// The final result comes again, too late to be read before the next line is written.
    ResultUnread,
    /// `+CMS ERROR: 500` comes too late to be read before the next line is written.
    ErrorUnread,
    /// A prompt comes too late to be read before the next line is written.
    PromptUnread,
}

/// The moment of a change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum When {
    /// Before the line is run.
    Before,
    /// Between its information and its final result.
    During,
    /// After its final result.
    After,
}

/// A change of the state of the modem, of which the host is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// `AT+CMGF=1`.
    TextMode,
    /// `ATE1`.
    EchoOn,
    /// `AT+CMEE=0`.
    Cmee0,
    /// `AT+CNMI=0,0,0,0,0`.
    Cnmi0,
    /// `AT+CSCS="UCS2"`.
    CscsUcs2,
    /// `AT+CPMS` with another memory.
    CpmsOther,
    /// `AT+CFUN=4`.
    RadioOff,
    /// The modem restarts, and says so.
    RestartWords,
    /// The modem restarts, and says nothing.
    RestartSilent,
    /// The SIM requires its PIN.
    SimLocked,
    /// The SIM is removed.
    SimRemoved,
    /// Another SIM takes the place of the SIM, with a message of its own.
    SimSwapped,
    /// Another program replaces the message in the last occupied slot by another one.
    ForeignMessage,
}

impl Odd {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::OneLess,
        Self::OneMore,
        Self::Negative,
        Self::Quoted,
        Self::Reordered,
        Self::OtherCommand,
        Self::Twice,
        Self::TwentyDigits,
    ];

    /// The changed header, which may be no line or two.
    fn applied(self, header: &[u8]) -> Vec<Vec<u8>> {
        let text = String::from_utf8_lossy(header).into_owned();
        let (name, fields) = text.split_once(": ").map_or(("", text.as_str()), |(name, fields)| {
            // The prefix of a line, not a text with a colon.
            if name.contains(' ') { ("", text.as_str()) } else { (name, fields) }
        });
        let mut fields = split(fields);
        match self {
            Self::None => return Vec::new(),
            Self::Twice => return alloc::vec![header.to_vec(), header.to_vec()],
            Self::OtherCommand => return alloc::vec![format!("+CSQ: {}", fields.join(",")).into()],
            Self::OneLess => drop(fields.pop()),
            Self::OneMore => fields.push("0".into()),
            Self::Reordered => fields.reverse(),
            Self::Negative => {
                if let Some(number) = fields.iter_mut().find(|field| is_number(field)) {
                    number.insert(0, '-');
                }
            }
            Self::Quoted => {
                for field in fields.iter_mut().filter(|field| !field.starts_with('"')) {
                    *field = format!("\"{field}\"");
                }
            }
            Self::TwentyDigits => {
                for number in fields.iter_mut().filter(|field| is_number(field)) {
                    *number = "99999999999999999999".into();
                }
            }
        }
        let colon = if name.is_empty() { "" } else { ": " };
        alloc::vec![format!("{name}{colon}{}", fields.join(",")).into_bytes()]
    }
}

fn is_number(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// The fields of a line, split at the commas outside quotes and parentheses.
fn split(line: &str) -> Vec<String> {
    let mut fields = alloc::vec![String::new()];
    let (mut quoted, mut depth) = (false, 0_u32);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        match fields.last_mut() {
            Some(field) if character != ',' || quoted || depth > 0 => field.push(character),
            _ => fields.push(String::new()),
        }
    }
    fields
}

impl End {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Early,
        Self::WithPrompt,
        Self::InsteadOfPrompt,
        Self::Twice,
        Self::PromptUnasked,
        Self::LateBeforeNext,
        Self::LateAfterNext,
        Self::ResultUnread,
        Self::ErrorUnread,
        Self::PromptUnread,
    ];

    /// Returns `true` if only a line with a prompt can end like this.
    #[must_use]
    pub const fn needs_prompt(self) -> bool {
        matches!(self, Self::WithPrompt | Self::InsteadOfPrompt)
    }
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::TextMode,
        Self::EchoOn,
        Self::Cmee0,
        Self::Cnmi0,
        Self::CscsUcs2,
        Self::CpmsOther,
        Self::RadioOff,
        Self::RestartWords,
        Self::RestartSilent,
        Self::SimLocked,
        Self::SimRemoved,
        Self::SimSwapped,
        Self::ForeignMessage,
    ];
}

impl When {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Before, Self::During, Self::After];
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, nth, behaviour, times } = self;
        write!(f, "{command}#{nth}/{behaviour:?}/{times:?}")
    }
}

impl FromStr for Misbehaviour {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let missing = VerbError::Missing;
        let (line, rest) = text.split_once('/').ok_or(missing("a behaviour"))?;
        let (behaviour, times) = rest.rsplit_once('/').ok_or(missing("the repetition"))?;
        let (command, nth) = line.rsplit_once('#').ok_or(missing("the number of the line"))?;
        Ok(Self {
            command: command.to_ascii_uppercase(),
            nth: nth.parse().ok().ok_or_else(|| VerbError::Number(nth.to_string()))?,
            behaviour: behaviour.parse()?,
            times: named(&[Times::Once, Times::Ten, Times::Always], times)?,
        })
    }
}

impl FromStr for Behaviour {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || VerbError::Unknown(text.to_string());
        let (kind, value) = text.split_once('(').ok_or_else(unknown)?;
        let value = value.strip_suffix(')').ok_or_else(unknown)?;
        let words = || Some(value.strip_prefix('"')?.strip_suffix('"')?.to_string());
        Ok(match kind {
            "Refuse" => Self::Refuse(words().ok_or_else(unknown)?),
            "RefuseBody" => Self::RefuseBody(words().ok_or_else(unknown)?),
            "Deny" => Self::Deny(words().ok_or_else(unknown)?),
            "Information" => Self::Information(named(&Odd::ALL, value)?),
            "Final" => Self::Final(named(&End::ALL, value)?),
            "Change" => {
                let (change, when) = value.split_once(", ").ok_or_else(unknown)?;
                Self::Change(named(&Change::ALL, change)?, named(&When::ALL, when)?)
            }
            "Pace" => {
                Self::Pace(value.parse().ok().ok_or_else(|| VerbError::Number(value.to_string()))?)
            }
            _ => return Err(unknown()),
        })
    }
}

fn named<T: Copy + fmt::Debug>(all: &[T], name: &str) -> Result<T, VerbError> {
    let found = all.iter().find(|value| format!("{value:?}") == name);
    found.copied().ok_or_else(|| VerbError::Unknown(name.to_string()))
}

/// A command line of the host and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The time at which the line was read.
    pub at: Duration,
    /// The first command of the line, without `AT` and parameters.
    pub command: String,
    /// The line, without `AT`.
    pub line: String,
    /// `true` if the modem prompted for a message body.
    pub is_prompted: bool,
    /// The number of its information lines.
    pub information: usize,
    /// The final result; empty while there is none.
    pub result: String,
    /// `true` if the modem misbehaved at this line.
    pub is_odd: bool,
}

/// The maximal number of exchanges that are kept; the oldest are dropped.
const EXCHANGES_LIMIT: usize = 10_000;
/// The period in which repeated lines are counted.
const STORM_PERIOD: Duration = Duration::from_secs(60);

/// An armed misbehaviour.
#[derive(Debug, Clone)]
pub(crate) struct Armed {
    misbehaviour: Misbehaviour,
    seen: u16,
}

impl Armed {
    /// The behaviour at the next line.
    fn next(&mut self, command: &str) -> Option<Behaviour> {
        let Misbehaviour { command: of, nth, behaviour, times } = &self.misbehaviour;
        if of != command {
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let is_due = match times {
            Times::Once => self.seen == *nth,
            Times::Ten => self.seen >= *nth && self.seen - *nth < 10,
            Times::Always => self.seen >= *nth,
        };
        is_due.then(|| behaviour.clone())
    }
}

/// The log of the command lines, and the watch for lines that repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observer {
    pub(crate) armed: Vec<Armed>,
    pub(crate) exchanges: Vec<Exchange>,
    /// The maximal number of equal exchanges a minute.
    limit: Option<u16>,
    repeats: BTreeMap<(String, String), Vec<Duration>>,
    storm: Option<String>,
    /// A final result that comes with the next line, and `true` if it comes after it.
    withheld: Option<(String, bool)>,
    /// The state of the SIM before the misbehaviour.
    swapped: bool,
}

impl Observer {
    /// Notes that something has changed: lines may repeat.
    pub(crate) fn note(&mut self, fact: &Fact) {
        if !matches!(fact, Fact::Read { .. }) {
            self.reopened();
        }
    }

    /// Notes that a dialogue begins on a channel, as one does on a link: lines may repeat.
    pub(crate) fn reopened(&mut self) {
        self.repeats.clear();
    }

    /// Notes the end of a line. Returns `true` if the host repeats it too often.
    pub(crate) fn ended(&mut self, now: Duration, result: &str, answer: &[u8]) -> bool {
        let Some(exchange) = self.exchanges.last_mut() else {
            return false;
        };
        exchange.result = result.to_string();
        let Some(limit) = self.limit else {
            return false;
        };
        let answer = format!("{}{result}", String::from_utf8_lossy(answer));
        let times = self.repeats.entry((exchange.line.clone(), answer)).or_default();
        times.retain(|at| at.saturating_add(STORM_PERIOD) > now);
        times.push(now);
        let storms = times.len() > usize::from(limit);
        if storms && self.storm.is_none() {
            self.storm = Some(format!("AT{}", exchange.line));
        }
        storms
    }
}

impl Simulator {
    /// Sets the misbehaviour of the modem; lines are counted from now on.
    pub fn set_misbehaviour(&mut self, misbehaviour: Option<Misbehaviour>) {
        self.terminal.wire.set_pace(None);
        self.desk.observer.withheld = None;
        self.desk.observer.armed.clear();
        misbehaviour.into_iter().for_each(|misbehaviour| self.add_misbehaviour(misbehaviour));
    }

    /// Adds another misbehaviour, whose lines are counted from now on. At a line that several are
    /// about, the first one counts.
    pub fn add_misbehaviour(&mut self, misbehaviour: Misbehaviour) {
        self.desk.observer.armed.push(Armed { misbehaviour, seen: 0 });
    }

    /// Sets the rate of the line in bits a second: a command line then costs 50 ms, and each byte
    /// the time of ten bits. Initially `None`: nothing costs time.
    pub fn set_line_rate(&mut self, rate: Option<u32>) {
        self.terminal.wire.set_rate(rate);
    }

    /// Sets the number of times that a line may get the same answer within a minute, while no fact
    /// but the reading of messages is logged; after that the link breaks. Initially `None`:
    /// unlimited.
    pub fn set_storm_limit(&mut self, limit: Option<u16>) {
        self.desk.observer.limit = limit;
    }

    /// The line that the host has repeated too often.
    #[must_use]
    pub fn storm(&self) -> Option<&str> {
        self.desk.observer.storm.as_deref()
    }

    /// The command lines so far, at least the latest 9,000.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.desk.observer.exchanges
    }

    /// The TPDUs of the messages in the memories.
    #[must_use]
    pub fn stored(&self) -> Vec<Vec<u8>> {
        self.store.tpdus()
    }

    /// Forgets the command lines so far.
    pub fn clear_exchanges(&mut self) {
        self.desk.observer.exchanges.clear();
    }

    /// Puts the modem back in order: radio on, its own SIM inserted and unlocked, no misbehaviour.
    pub fn heal(&mut self, now: Duration) {
        self.switch_on(now);
        self.set_misbehaviour(None);
        if core::mem::take(&mut self.desk.observer.swapped) {
            self.swap_card();
        }
        self.card.is_present = true;
        self.card.unlock();
        self.device.set_radio(true);
        self.registration_changed();
        self.settle();
    }

    /// Reads a command line: it runs now, or after its time on the line.
    pub(crate) fn begin_line(&mut self, line: &[u8]) {
        let command = match Commands::new(line).next() {
            Some(Ok(command)) => command.name,
            _ => String::new(),
        };
        self.begin(command, line);
    }

    /// Reads the answer to a USSD question, like a command line of the name `>`.
    pub(crate) fn begin_answer(&mut self, text: &[u8]) {
        self.begin(">".to_string(), text);
    }

    fn begin(&mut self, command: String, line: &[u8]) {
        let Desk { observer, now, .. } = &mut self.desk;
        let acts = observer.armed.iter_mut().map(|armed| armed.next(&command));
        let act = acts.fold(None, Option::or);
        if observer.exchanges.len() == EXCHANGES_LIMIT {
            observer.exchanges.drain(..EXCHANGES_LIMIT / 10);
        }
        observer.exchanges.push(Exchange {
            at: *now,
            command,
            line: String::from_utf8_lossy(line).into_owned(),
            is_prompted: false,
            information: 0,
            result: String::new(),
            is_odd: act.is_some(),
        });
        self.terminal.wire.set_pace(match act {
            Some(Behaviour::Pace(rate)) => Some(rate),
            _ => None,
        });
        let cost = self.terminal.wire.line_cost(line.len());
        if let Some(running) = &mut self.terminal.running {
            running.act = act;
            if !cost.is_zero() {
                running.stage = Stage::Timer(Then::Run);
                self.desk.set_timer(cost, Event::Continue);
                return;
            }
        }
        self.run_line();
    }

    /// Runs a command line that was read.
    pub(crate) fn run_line(&mut self) {
        if self.desk.observer.withheld.as_ref().is_some_and(|(_, after)| *after) {
            self.write_withheld();
        }
        let act = self.terminal.running.as_ref().and_then(|running| running.act.clone());
        match act {
            Some(Behaviour::Refuse(words)) => return self.finish_with(&words),
            Some(Behaviour::Change(change, When::Before)) => self.make(change),
            _ => {}
        }
        self.run();
    }

    /// Writes the final result that was withheld when the host begins its next line.
    pub(crate) fn write_withheld_before(&mut self) {
        if self.desk.observer.withheld.as_ref().is_some_and(|(_, after)| !*after) {
            self.write_withheld();
        }
    }

    fn write_withheld(&mut self) {
        if let Some((words, _)) = self.desk.observer.withheld.take() {
            self.terminal.write_result(&self.desk, &words, true);
        }
    }

    /// Changes the state of the modem without telling the host.
    pub fn change(&mut self, change: Change, now: Duration) {
        self.switch_on(now);
        self.outside(|simulator| simulator.make(change));
    }

    pub(crate) fn make(&mut self, change: Change) {
        let settings = &mut self.desk.settings;
        match change {
            Change::TextMode => settings.text_mode = true,
            Change::EchoOn => settings.echo = true,
            Change::Cmee0 => settings.cmee = 0,
            Change::Cnmi0 => settings.cnmi = [0; 5],
            Change::CscsUcs2 => settings.charset = gsm7::charset::Charset::Ucs2,
            Change::CpmsOther => self.store.select_others(),
            Change::RadioOff => {
                self.device.set_radio(false);
                self.registration_changed();
            }
            Change::RestartWords => {
                self.reset();
                self.terminal.notify(&self.desk, "RDY");
                self.terminal.notify(&self.desk, "+CPIN: READY");
            }
            Change::RestartSilent => self.reset(),
            Change::SimLocked => {
                self.card.lock_again();
                self.registration_changed();
            }
            Change::SimRemoved => {
                self.card.is_present = false;
                self.registration_changed();
            }
            Change::SimSwapped => {
                self.desk.observer.swapped ^= true;
                self.swap_card();
            }
            Change::ForeignMessage => self.foreign_message(),
        }
    }

    fn swap_card(&mut self) {
        self.card.swap();
        if self.store.swap_card() {
            self.keep_silently("The other SIM", None);
        }
    }

    /// Replaces the message in the last occupied slot by one of another program.
    fn foreign_message(&mut self) {
        let memory = self.store.for_reading();
        let last = self.store.indices(memory).last().copied();
        self.keep_silently("Another program", last);
    }

    /// Stores a message that is not announced, in this slot or in the first free one.
    fn keep_silently(&mut self, text: &str, index: Option<u16>) {
        let parts = crate::tpdu::deliver("+491700000088", text, 0, self.desk.date());
        // A short plain text from a number is never refused.
        let Some(tpdu) = parts.ok().and_then(|mut parts| parts.pop()) else {
            return;
        };
        let (memory, smsc) = (self.store.for_reading(), self.card.smsc_octets());
        match index.and_then(|index| Some((self.store.get_mut(memory, index)?, index))) {
            Some((slot, index)) => {
                *slot = Slot { status: Status::Unread, smsc, tpdu: tpdu.clone() };
                self.desk.log(Fact::Stored { memory, index, tpdu });
            }
            None => drop(self.store.keep(memory, &tpdu, smsc, &mut self.desk)),
        }
    }

    fn finish_with(&mut self, words: &str) {
        self.finish(Final::Failure(crate::failure::Failure::Words(words.to_string())));
    }
}

/// The behaviour of a line that ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    odd: Option<Odd>,
    end: Option<End>,
}

impl Ending {
    pub(crate) fn of(act: Option<&Behaviour>) -> Self {
        match act {
            Some(Behaviour::Information(odd)) => Self { odd: Some(*odd), end: None },
            Some(Behaviour::Final(end)) => Self { odd: None, end: Some(*end) },
            _ => Self::default(),
        }
    }

    pub(crate) fn is(&self, end: End) -> bool {
        self.end == Some(end)
    }

    /// The changed blocks of information.
    pub(crate) fn informed(
        &self,
        information: Vec<(bool, Vec<Vec<u8>>)>,
    ) -> Vec<(bool, Vec<Vec<u8>>)> {
        let Some(odd) = self.odd else {
            return information;
        };
        let mut changed = Vec::new();
        for (begins, lines) in information {
            if odd == Odd::None {
                continue;
            }
            let mut lines = lines.into_iter();
            let headers = lines.next().map(|header| odd.applied(&header)).unwrap_or_default();
            let rest: Vec<_> = lines.collect();
            for header in headers {
                let block = core::iter::once(header).chain(rest.iter().cloned());
                changed.push((begins, block.collect()));
            }
        }
        changed
    }

    /// Withholds the final result if it comes with the next line.
    pub(crate) fn withholds(&self, words: &str, desk: &mut Desk) -> bool {
        let after = match self.end {
            Some(End::LateBeforeNext) => false,
            Some(End::LateAfterNext) => true,
            _ => return false,
        };
        desk.observer.withheld = Some((words.to_string(), after));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reproduces_its_misbehaviour() {
        let mut behaviours = alloc::vec![
            Behaviour::Refuse("+CME ERROR: SIM busy".into()),
            Behaviour::RefuseBody("+CMS ERROR: 500".into()),
            Behaviour::Deny("ERROR".into()),
            Behaviour::Pace(9600),
        ];
        behaviours.extend(Odd::ALL.map(Behaviour::Information));
        behaviours.extend(End::ALL.map(Behaviour::Final));
        for change in Change::ALL {
            behaviours.extend(When::ALL.map(|when| Behaviour::Change(change, when)));
        }
        for behaviour in behaviours {
            for times in [Times::Once, Times::Ten, Times::Always] {
                let behaviour = behaviour.clone();
                let misbehaviour =
                    Misbehaviour { command: "+CMGD".into(), nth: 1, behaviour, times };
                assert_eq!(misbehaviour.to_string().parse(), Ok(misbehaviour));
            }
        }
    }

    #[test]
    fn an_information_line_is_changed_field_by_field() {
        let changed = |odd: Odd, line: &str| {
            let lines = odd.applied(line.as_bytes());
            lines.into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
        };
        let cases: [(Odd, &[&str]); 9] = [
            (Odd::None, &[]),
            (Odd::OneLess, &["+CPMS: \"SM\",1"]),
            (Odd::OneMore, &["+CPMS: \"SM\",1,20,0"]),
            (Odd::Negative, &["+CPMS: \"SM\",-1,20"]),
            (Odd::Quoted, &["+CPMS: \"SM\",\"1\",\"20\""]),
            (Odd::Reordered, &["+CPMS: 20,1,\"SM\""]),
            (Odd::OtherCommand, &["+CSQ: \"SM\",1,20"]),
            (Odd::Twice, &["+CPMS: \"SM\",1,20", "+CPMS: \"SM\",1,20"]),
            (Odd::TwentyDigits, &["+CPMS: \"SM\",99999999999999999999,99999999999999999999"]),
        ];
        for (odd, expected) in cases {
            let lines: Vec<String> = changed(odd, "+CPMS: \"SM\",1,20");
            assert_eq!(lines, expected, "{odd:?}");
        }
        let lines: Vec<String> = changed(Odd::Reordered, "+CNMI: (0-2),(0,1)");
        assert_eq!(lines, ["+CNMI: (0,1),(0-2)"]);
    }
}
