//! The phone book: 3GPP TS 27.007, 8.11 to 8.14.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use crate::card::type_of;
use crate::command::{Arguments, Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::terminal::{Flow, Outcome, Terminal};

/// The number of entries of each book.
const SLOTS: u16 = 100;
/// The maximal digits of a number and characters of a name.
const LENGTHS: [usize; 2] = [40, 14];
const BOOKS: [&str; 3] = ["SM", "ME", "ON"];

/// The books by name, and their entries: number and name.
#[derive(Debug, Clone)]
pub(crate) struct Phonebook(BTreeMap<&'static str, BTreeMap<u16, (String, String)>>);

impl Phonebook {
    pub(crate) fn new(own: &str) -> Self {
        let mut books: BTreeMap<_, BTreeMap<_, _>> =
            BOOKS.iter().map(|book| (*book, BTreeMap::new())).collect();
        let names = [("+491700000002", "Alice"), ("+491700000003", "Bob"), ("112", "Emergency")];
        if let Some(card) = books.get_mut("SM") {
            card.extend(
                (1..).zip(names.map(|(number, name)| (number.to_string(), name.to_string()))),
            );
        }
        if let Some(numbers) = books.get_mut("ON") {
            numbers.insert(1, (own.to_string(), String::from("Own number")));
        }
        Self(books)
    }
}

impl Phonebook {
    pub(crate) fn command(
        &mut self,
        command: &Command,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match (command.name.as_str(), &command.operation) {
            ("+CPBS", Operation::Test) => terminal.prefixed("+CPBS", "(\"SM\",\"ME\",\"ON\")"),
            ("+CPBS", Operation::Read) => {
                let used = self.0.get(desk.settings.phonebook).map_or(0, BTreeMap::len);
                let line = format!("\"{}\",{used},{SLOTS}", desk.settings.phonebook);
                terminal.prefixed("+CPBS", &line)
            }
            ("+CPBS", Operation::Set(arguments)) => {
                let name = arguments.word(0).unwrap_or_default();
                let book = BOOKS.into_iter().find(|book| *book == name);
                desk.settings.phonebook = book.ok_or(Failure::OPERATION_NOT_ALLOWED)?;
                Ok(Flow::Done)
            }
            ("+CPBR", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                terminal.prefixed("+CPBR", &format!("(1-{SLOTS}),{digits},{characters}"))
            }
            ("+CPBR", Operation::Set(arguments)) => {
                let first = index(arguments, 0)?.ok_or(Failure::INVALID_INDEX)?;
                let last = index(arguments, 1)?.unwrap_or(first);
                self.entries(desk, terminal, "+CPBR", |index, _| (first..=last).contains(&index))
            }
            ("+CPBF", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                terminal.prefixed("+CPBF", &format!("{digits},{characters}"))
            }
            ("+CPBF", Operation::Set(arguments)) => {
                let wanted = desk.string(arguments, 0).unwrap_or_default();
                self.entries(desk, terminal, "+CPBF", |_, name| name.starts_with(&wanted))
            }
            ("+CPBW", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                terminal.prefixed("+CPBW", &format!("(1-{SLOTS}),{digits},(129,145),{characters}"))
            }
            ("+CPBW", Operation::Set(arguments)) => self.write_entry(desk, arguments),
            _ => Err(Failure::Error),
        }
    }

    fn entries(
        &self,
        desk: &Desk,
        terminal: &mut Terminal,
        command: &str,
        wanted: impl Fn(u16, &str) -> bool,
    ) -> Outcome {
        let entries = self.0.get(desk.settings.phonebook).cloned().unwrap_or_default();
        for (index, (number, name)) in entries {
            if wanted(index, &name) {
                let (kind, number, name) =
                    (type_of(&number), desk.quoted(&number), desk.quoted(&name));
                let head = format!("{command}: {index},");
                terminal.say_parts(&[
                    head.as_bytes(),
                    &number,
                    format!(",{kind},").as_bytes(),
                    &name,
                ])?;
            }
        }
        Ok(Flow::Done)
    }

    fn write_entry(&mut self, desk: &Desk, arguments: &Arguments) -> Outcome {
        let (number, name) =
            (desk.string(arguments, 1), desk.string(arguments, 3).unwrap_or_default());
        let book = self.0.get_mut(desk.settings.phonebook).ok_or(Failure::NOT_FOUND)?;
        let free = || (1..=SLOTS).find(|index| !book.contains_key(index));
        let index = index(arguments, 0)?.or_else(free).ok_or(Failure::Cme(20))?;
        match number {
            None => {
                book.remove(&index);
            }
            Some(number) if number.len() > LENGTHS[0] => return Err(Failure::Cme(26)),
            Some(_) if name.chars().count() > LENGTHS[1] => return Err(Failure::Cme(24)),
            Some(number) => {
                book.insert(index, (number, name));
            }
        }
        Ok(Flow::Done)
    }
}

fn index(arguments: &Arguments, at: usize) -> Result<Option<u16>, Failure> {
    let index = arguments.number(at, 1..=u32::from(SLOTS)).map_err(|()| Failure::INVALID_INDEX)?;
    Ok(index.and_then(|index| u16::try_from(index).ok()))
}
