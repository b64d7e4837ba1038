//! Misbehaviour on request: perfect bytes that say something unexpected.

mod acts;
mod observer;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::verb::VerbError;

pub(crate) use acts::Ending;
pub use observer::Exchange;
pub(crate) use observer::Observer;

/// An unexpected behaviour of the modem at one command line.
///
/// The text form reproduces the value: the name of the command, the number of the line among those
/// of this name since [`set_misbehaviour`](crate::Simulator::set_misbehaviour), the behaviour, and
/// its repetition.
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
