//! The command line: ITU-T V.250, 5.2 to 5.4.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::failure::Failure;

/// A command of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// The name in capitals: `E`, `&F`, `S3`, `D`, `+CMGF`, `^CURC`.
    pub(crate) name: String,
    pub(crate) operation: Operation,
    /// The command as written, without spaces.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Execute,
    Read,
    Test,
    Set(Arguments),
}

/// The text after `=`, split at the commas outside quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Arguments(Vec<Argument>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    quoted: bool,
    value: Vec<u8>,
}

/// The commands of a line, without its `AT`; each is read only after those before it have run.
#[derive(Debug, Clone)]
pub(crate) struct Commands(Vec<u8>);

impl Commands {
    pub(crate) fn new(line: &[u8]) -> Self {
        let mut quoted = false;
        let significant = |byte: &u8| {
            if *byte == b'"' {
                quoted = !quoted;
            }
            quoted || *byte > b' '
        };
        Self(line.iter().copied().filter(significant).collect())
    }

    /// The next command; an unreadable rest of the line is an error.
    pub(crate) fn next(&mut self) -> Option<Result<Command, Failure>> {
        while self.0.first() == Some(&b';') {
            self.0.remove(0);
        }
        let first = *self.0.first()?;
        let line = self.0.clone();
        let command = match first.to_ascii_uppercase() {
            b'+' | b'^' | b'*' | b'#' | b'$' | b'%' | b'_' | b'@' => self.extended(),
            b'D' => {
                let dialled = self.0.split_off(1);
                self.0.clear();
                Ok((String::from("D"), Operation::Set(Arguments::single(dialled))))
            }
            b'S' => self.register(),
            b'&' => self.basic(2),
            b'A'..=b'Z' => self.basic(1),
            _ => {
                self.0.clear();
                Err(Failure::Unknown)
            }
        };
        let text = line.strip_suffix(self.0.as_slice()).unwrap_or(&line);
        let text = String::from_utf8_lossy(text.strip_suffix(b";").unwrap_or(text)).into_owned();
        Some(command.map(|(name, operation)| Command { name, operation, text }))
    }

    /// Reads `E1`, `&F`, `I9`: a letter and a number, with no separator after it.
    fn basic(&mut self, letters: usize) -> Result<(String, Operation), Failure> {
        if self.0.len() < letters {
            self.0.clear();
            return Err(Failure::Unknown);
        }
        let mut rest = self.0.split_off(letters);
        let name = capitals(&self.0);
        self.0 = rest.split_off(digits(&rest));
        let operation = if rest.is_empty() {
            Operation::Execute
        } else {
            Operation::Set(Arguments::single(rest))
        };
        Ok((name, operation))
    }

    /// Reads `S3=13`, `S3?`.
    fn register(&mut self) -> Result<(String, Operation), Failure> {
        let line = core::mem::take(&mut self.0);
        let (letter, rest) = line.split_at(line.len().min(1));
        let (number, rest) = rest.split_at(digits(rest));
        let name = capitals(&[letter, number].concat());
        let operation = match rest {
            [b'?', rest @ ..] => {
                self.0 = rest.to_vec();
                Operation::Read
            }
            [b'=', rest @ ..] => {
                let (value, rest) = rest.split_at(digits(rest));
                self.0 = rest.to_vec();
                Operation::Set(Arguments::single(value.to_vec()))
            }
            _ => return Err(Failure::Unknown),
        };
        Ok((name, operation))
    }

    /// Reads `+CMGF=1`, up to a semicolon outside quotes.
    fn extended(&mut self) -> Result<(String, Operation), Failure> {
        let mut quoted = false;
        let end = self.0.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b';' && !quoted
        });
        // Without the semicolon.
        let rest = end.map_or_else(Vec::new, |end| self.0.split_off(end).split_off(1));
        let line = core::mem::replace(&mut self.0, rest);
        let named = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"!%-./:_".contains(byte);
        // The sign before the name is not part of it.
        let end = line.iter().enumerate().skip(1).find(|(_, byte)| named(byte));
        let (name, tail) = line.split_at(end.map_or(line.len(), |(end, _)| end));
        let operation = match tail {
            [] => Operation::Execute,
            b"?" => Operation::Read,
            b"=?" => Operation::Test,
            [b'=', arguments @ ..] => Operation::Set(Arguments::split(arguments)),
            _ => return Err(Failure::Unknown),
        };
        Ok((capitals(name), operation))
    }
}

impl Arguments {
    fn single(value: Vec<u8>) -> Self {
        Self(alloc::vec![Argument { quoted: false, value }])
    }

    fn split(bytes: &[u8]) -> Self {
        let mut arguments = Vec::new();
        let mut argument = Argument { quoted: false, value: Vec::new() };
        let mut open = false;
        for &byte in bytes {
            match byte {
                b'"' => {
                    open = !open;
                    argument.quoted = true;
                }
                b',' if !open => {
                    let next = Argument { quoted: false, value: Vec::new() };
                    arguments.push(core::mem::replace(&mut argument, next));
                }
                _ => argument.value.push(byte),
            }
        }
        arguments.push(argument);
        Self(arguments)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes of a parameter, with or without quotes; `None` if omitted.
    pub(crate) fn bytes(&self, index: usize) -> Option<&[u8]> {
        let argument = self.0.get(index)?;
        (argument.quoted || !argument.value.is_empty()).then_some(&*argument.value)
    }

    /// Returns `true` if the parameter is in quotes.
    pub(crate) fn is_quoted(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|argument| argument.quoted)
    }

    /// A parameter that is ASCII by definition: a memory, a character set, a PIN.
    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        core::str::from_utf8(self.bytes(index)?).ok()
    }

    /// A number in `range`; `None` if omitted.
    pub(crate) fn number(
        &self,
        index: usize,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ()> {
        let Some(bytes) = self.bytes(index) else {
            return Ok(None);
        };
        if self.is_quoted(index) || bytes.len() > 9 || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(());
        }
        // Without digits, 0.
        let number = core::str::from_utf8(bytes).ok().and_then(|digits| digits.parse().ok());
        let number = number.unwrap_or(0);
        if range.contains(&number) { Ok(Some(number)) } else { Err(()) }
    }

    /// A small number in `0..=last`; `None` if omitted.
    pub(crate) fn small(&self, index: usize, last: u8) -> Result<Option<u8>, ()> {
        Ok(self.number(index, 0..=u32::from(last))?.and_then(|number| u8::try_from(number).ok()))
    }
}

/// The number of digits at the beginning.
fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn capitals(name: &[u8]) -> String {
    name.iter().map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn read(line: &str) -> Vec<Result<Command, Failure>> {
        let mut commands = Commands::new(line.as_bytes());
        core::iter::from_fn(|| commands.next()).collect()
    }

    fn names(line: &str) -> Vec<String> {
        read(line)
            .into_iter()
            .map(|command| command.map_or_else(|_| String::from("error"), |c| c.name))
            .collect()
    }

    #[test]
    fn basic_commands_need_no_separator_and_extended_ones_end_at_a_semicolon() {
        assert_eq!(
            names("E0V1&FS3=13S4?+CMEE=1;+CSQ;I"),
            ["E", "V", "&F", "S3", "S4", "+CMEE", "+CSQ", "I"]
        );
        assert_eq!(names("+CMGF=0;;+CSQ;"), ["+CMGF", "+CSQ"]);
        assert_eq!(names(""), Vec::<String>::new());
    }

    #[test]
    fn the_rest_of_the_line_is_dialled() {
        let Some(Ok(command)) = read("D+49 171-1;").pop() else { panic!("a dial command") };
        assert_eq!(command.operation, Operation::Set(Arguments::single(b"+49171-1;".to_vec())));
    }

    #[test]
    fn commas_semicolons_and_spaces_in_quotes_belong_to_the_parameter() {
        let commands = read(r#"+CUSD=1,"a, b;c",15;+CSQ"#);
        let Ok(Command { operation: Operation::Set(arguments), .. }) = &commands[0] else {
            panic!("a set command")
        };
        assert_eq!(arguments.bytes(1), Some(&b"a, b;c"[..]));
        assert_eq!(arguments.small(2, 255), Ok(Some(15)));
        assert_eq!(commands.len(), 2);
    }

    #[test]
    fn a_parameter_may_be_left_out_and_a_bad_one_is_an_error() {
        let commands = read(r#"+X=,"",99999999999,"1""#);
        let Ok(Command { operation: Operation::Set(arguments), .. }) = &commands[0] else {
            panic!("a set command")
        };
        assert_eq!(arguments.len(), 4);
        assert_eq!(arguments.bytes(0), None);
        assert_eq!(arguments.bytes(1), Some(&b""[..]));
        assert_eq!(arguments.number(2, 0..=9), Err(()));
        assert_eq!(arguments.number(3, 0..=9), Err(()));
        assert_eq!(arguments.number(9, 0..=9), Ok(None));
    }

    #[test]
    fn an_unreadable_command_is_an_error_and_ends_the_line() {
        for line in ["=", "&", "S3", "S3!", "+CSQ!x", "\u{7f}", "7", "+CSQ=?1x"] {
            let results = read(line);
            assert!(results.len() == 1 || line == "+CSQ!x", "{line}");
        }
        assert_eq!(read("&"), vec![Err(Failure::Unknown)]);
        assert_eq!(read("S3"), vec![Err(Failure::Unknown)]);
        assert_eq!(names("E0=5+CSQ"), ["E", "error"]);
    }
}
