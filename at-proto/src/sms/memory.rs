//! `+CPMS`: the storage of messages, 3GPP TS 27.005, 3.2.2.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::command::{Command, ParseError, ParseErrorKind, line_of};
use crate::event::Response;
use crate::parameters::Parameter;
use crate::request::Request;

/// The name of a message memory, such as `SM` for the SIM.
///
/// # Examples
///
/// ```
/// use at_proto::sms::Memory;
///
/// assert_eq!("SM".parse(), Ok(Memory::SIM));
/// assert_eq!("SM_P".parse::<Memory>()?.as_str(), "SM_P");
/// # Ok::<(), at_proto::ParseErrorKind>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Aligned like a number: a small processor copies and compares it in one step, not byte by byte.
#[repr(align(4))]
pub struct Memory([u8; 4]);

impl Memory {
    /// `SM`: the SIM.
    pub const SIM: Self = Self(*b"SM\0\0");
    /// `ME`: the modem.
    pub const MODEM: Self = Self(*b"ME\0\0");
    /// `MT`: both.
    pub const BOTH: Self = Self(*b"MT\0\0");
    /// `SR`: status reports.
    pub const STATUS_REPORTS: Self = Self(*b"SR\0\0");
    /// `MT`: SIM and modem together.
    pub const BROADCASTS: Self = Self(*b"BM\0\0");
    /// `TA`: the adapter.
    pub const ADAPTER: Self = Self(*b"TA\0\0");

    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        let name = self.0.split(|&byte| byte == 0).next().unwrap_or_default();
        core::str::from_utf8(name).unwrap_or_default()
    }

    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

impl FromStr for Memory {
    type Err = ParseErrorKind;

    /// Takes one to four capitals, digits and underscores.
    fn from_str(text: &str) -> Result<Self, ParseErrorKind> {
        let is_name =
            |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        let mut name = [0; 4];
        match name.get_mut(..text.len()) {
            Some(head) if !text.is_empty() && text.as_bytes().iter().all(is_name) => {
                head.copy_from_slice(text.as_bytes());
                Ok(Self(name))
            }
            _ => Err(ParseErrorKind::Form("mem")),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Memory {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Memory {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// The use of a memory: used slots, and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StorageUse {
    /// The memory, if the answer names it.
    pub memory: Option<Memory>,
    /// The number of messages in the memory.
    pub used: u32,
    /// The capacity: the maximal number of messages; 0 if the answer has no readable counts.
    pub total: u32,
}

impl StorageUse {
    /// The use of a memory with these fields, for tests.
    pub const fn new(memory: Option<Memory>, used: u32, total: u32) -> Self {
        Self { memory, used, total }
    }
}

/// `AT+CPMS=<mem1>[,<mem2>[,<mem3>]]`: sets the memories to read and delete, to write and send, to
/// receive.
///
/// The number of memories to set depends on the modem: Brovi sticks require three, Wavecom's take
/// only one. Set as many as the [test form](TestStorage) lists.
#[doc(alias = "CPMS")]
#[doc(alias = "+CPMS")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStorage(pub Vec<Memory>);

impl Command for SetStorage {
    /// The use of each memory that the answer counts; a modem may omit some, or all.
    ///
    /// `OK` means that the memories are set: counts that are not readable are omitted too.
    type Output = Vec<StorageUse>;

    fn request(&self) -> Request {
        let mut line = String::from("AT+CPMS=");
        for (index, memory) in self.0.iter().enumerate() {
            line.push_str(if index == 0 { "\"" } else { ",\"" });
            line.push_str(memory.as_str());
            line.push('"');
        }
        Request::built(line)
    }

    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError> {
        let Ok(parameters) = line_of(response, "+CPMS") else {
            return Ok(Vec::new());
        };
        let asked = self.0.iter().copied().map(Some).chain(core::iter::repeat(None));
        Ok(counts(parameters.rest())
            .into_iter()
            .zip(asked)
            .filter_map(|(Counted { name, used, total }, asked)| {
                Some(StorageUse { memory: name.flatten().or(asked), used: used?, total: total? })
            })
            .collect())
    }
}

/// `AT+CPMS?`: reads the memories in use, and how full they are.
#[doc(alias = "CPMS")]
#[doc(alias = "+CPMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadStorage;

impl Command for ReadStorage {
    type Output = Vec<StorageUse>;

    fn request(&self) -> Request {
        Request::built("AT+CPMS?")
    }

    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError> {
        let parameters = line_of(response, "+CPMS")?;
        Ok(counts(parameters.rest())
            .into_iter()
            .map(|Counted { name, used, total }| {
                let (used, total) = used.zip(total).unwrap_or_default();
                StorageUse { memory: name.flatten(), used, total }
            })
            .collect())
    }
}

/// A memory in an answer, as far as it is readable.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    /// The name, if there is one, and the memory of this name.
    name: Option<Option<Memory>>,
    used: Option<u32>,
    total: Option<u32>,
}

impl Counted {
    /// The same without counts that contradict each other.
    fn checked(self) -> Self {
        match (self.used, self.total) {
            (Some(used), Some(total)) if used <= total => self,
            _ => Self { used: None, total: None, ..self },
        }
    }
}

/// Reads `[<mem>,]<used>,<total>` for each memory, in quotes, in parentheses or in neither.
///
/// Counts of memories without names are dropped altogether if their number is odd: a comma or a
/// digit was lost, and every pair may be another one.
fn counts(text: &[u8]) -> Vec<Counted> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    // Neither names nor numbers have commas, so that quotes and parentheses do not matter.
    let parts = text.split(|byte| !is_part(byte)).filter(|part| !part.is_empty());
    let mut counted: Vec<Counted> = Vec::new();
    let mut numbers: Vec<Option<u32>> = Vec::new();
    let mut names = false;
    for part in parts {
        if part.iter().any(u8::is_ascii_alphabetic) {
            names = true;
            counted.push(Counted { name: Some(Memory::of(part)), ..Counted::default() });
            continue;
        }
        let number = Parameter::Bare(part).number();
        match counted.last_mut() {
            Some(last) if last.used.is_none() => last.used = Some(number.unwrap_or(u32::MAX)),
            Some(last) if last.total.is_none() => last.total = Some(number.unwrap_or(0)),
            Some(_) => {}
            None => numbers.push(number),
        }
    }
    if names {
        return counted.into_iter().map(Counted::checked).collect();
    }
    let mut numbers = numbers.into_iter();
    if numbers.len() % 2 != 0 {
        return Vec::new();
    }
    core::iter::from_fn(|| numbers.next().zip(numbers.next()))
        .map(|(used, total)| Counted { name: None, used, total }.checked())
        .collect()
}

/// `AT+CPMS=?`: reads the memories that can be set.
#[doc(alias = "CPMS")]
#[doc(alias = "+CPMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestStorage;

/// The memories that can be set, one list for each memory of [`SetStorage`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StorageOffered {
    /// The lists, in the order of [`SetStorage`]; empty if the modem has no storage.
    pub lists: Vec<Vec<Memory>>,
}

impl StorageOffered {
    /// An offer with these fields, for tests.
    pub const fn new(lists: Vec<Vec<Memory>>) -> Self {
        Self { lists }
    }

    /// Returns `true` if `memory` can be set at this position of [`SetStorage`], counted from 0.
    pub fn can_set(&self, position: usize, memory: Memory) -> bool {
        self.lists.get(position).is_some_and(|list| list.contains(&memory))
    }
}

impl Command for TestStorage {
    type Output = StorageOffered;

    fn request(&self) -> Request {
        Request::built("AT+CPMS=?")
    }

    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError> {
        Ok(StorageOffered { lists: lists(line_of(response, "+CPMS")?.rest()) })
    }
}

/// Reads all the forms seen in the field.
///
/// These are: `("SM","ME"),("SM")`, with spaces, without parentheses, with an outer pair of them,
/// with bare items among lists, with a quote missing, and flat lists with a space where a new one
/// begins.
fn lists(text: &[u8]) -> Vec<Vec<Memory>> {
    let mut lists: Vec<Vec<Memory>> = Vec::new();
    // The quotes do not matter: names have no commas.
    let mut depth = 0u8;
    let mut is_new = true;
    let is_flat = !text.contains(&b'(');
    let spaced = text.windows(2).filter(|pair| pair == b", ").count();
    let commas = text.iter().filter(|&&byte| byte == b',').count();
    let by_space = is_flat && spaced > 0 && spaced < commas;
    let one_for_all = is_flat && !by_space && commas >= 3;
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if is_name(&first) {
            let length = rest.iter().take_while(|byte| is_name(byte)).count();
            let (name, tail) = rest.split_at(length);
            if is_new || lists.is_empty() {
                lists.push(Vec::new());
            }
            if let (Some(memory), Some(list)) = (Memory::of(name), lists.last_mut()) {
                list.push(memory);
            }
            is_new = false;
            rest = tail;
            continue;
        }
        match first {
            b'(' => {
                depth = depth.saturating_add(1);
                is_new = true;
            }
            b')' => {
                depth = depth.saturating_sub(1);
                is_new = true;
            }
            b',' if by_space => is_new |= tail.first() == Some(&b' '),
            b',' if depth == 0 => is_new |= !one_for_all,
            _ => {}
        }
        rest = tail;
    }
    if one_for_all {
        if let Some(list) = lists.first().cloned() {
            lists = alloc::vec![list; 3];
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_test_answer_is_read() {
        for (text, expected) in [
            (r#"("ME","SM","MT"),("ME","SM","MT"),("SM","MT")"#, "ME SM MT/ME SM MT/SM MT"),
            (r#"("SM", "ME", "SM_P"), ("SM", "ME"), ("MT")"#, "SM ME SM_P/SM ME/MT"),
            (r#""SM","SM","SM""#, "SM/SM/SM"),
            (r#"(ME", "SR"), ("ME", "SR"), ("ME")"#, "ME SR/ME SR/ME"),
            (r#"(("SM","BM","SR"),("SM"))"#, "SM BM SR/SM"),
            (r#"("ME","MT"),"ME",("SM","MT")"#, "ME MT/ME/SM MT"),
            (r#"  ("ME","MT")   ,   "ME" , ("SM" ,   "MT" )"#, "ME MT/ME/SM MT"),
            (r#""MT","SM","BM", "MT","SM", "MT""#, "MT SM BM/MT SM/MT"),
            (r#""SM","ME","MT","SR""#, "SM ME MT SR/SM ME MT SR/SM ME MT SR"),
            (r#""SM", "ME", "MT", "SR""#, "SM ME MT SR/SM ME MT SR/SM ME MT SR"),
            ("(),(),()", ""),
            ("", ""),
        ] {
            let found: Vec<_> = lists(text.as_bytes())
                .iter()
                .map(|list| list.iter().map(Memory::as_str).collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(found.join("/"), expected, "{text}");
        }
    }

    #[test]
    fn the_use_of_storage_is_read_with_and_without_names() {
        let read =
            ReadStorage.parse(&Response::ok([r#"+CPMS: "ME",0,25,"ME",0,25,"SM",3,20"#])).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(read[2], StorageUse { memory: Some(Memory::SIM), used: 3, total: 20 });
        let set = SetStorage([Memory::SIM].to_vec());
        assert_eq!(set.request().line(), b"AT+CPMS=\"SM\"");
        let uses = set.parse(&Response::ok(["+CPMS: 1,23,0,23,2,15"])).unwrap();
        assert_eq!(uses[0], StorageUse { memory: Some(Memory::SIM), used: 1, total: 23 });
        assert_eq!((uses.len(), uses[2].memory), (3, None));
        assert_eq!(set.parse(&Response::ok::<&str>([])), Ok(Vec::new()));
    }

    #[test]
    fn a_memory_can_be_chosen_where_it_is_listed() {
        let offered = TestStorage.parse(&Response::ok([r#"+CPMS: ("SM","ME"),("SM")"#])).unwrap();
        for (place, memory, is_offered) in [
            (0, Memory::MODEM, true),
            (1, Memory::SIM, true),
            (1, Memory::MODEM, false),
            (2, Memory::SIM, false),
        ] {
            assert_eq!(offered.can_set(place, memory), is_offered, "{place} {memory:?}");
        }
    }

    #[test]
    fn a_name_is_one_to_four_capitals_digits_and_underscores() {
        for name in ["S", "SM", "SM_P", "M2"] {
            let memory: Memory = name.parse().unwrap();
            assert_eq!(alloc::format!("{memory} {memory:?}"), alloc::format!("{name} {name}"));
        }
        for name in ["", "sm", "S M", "FLASH", "S\"", "\u{e4}"] {
            assert_eq!(name.parse::<Memory>(), Err(ParseErrorKind::Form("mem")), "{name}");
        }
    }
}
