//! The phone book: 3GPP TS 27.007, 8.11 to 8.14.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use crate::Simulator;
use crate::command::{Arguments, Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::general::type_of;

/// The places of each book.
const PLACES: u16 = 100;
/// The digits of a number and the characters of a name.
const LENGTHS: [usize; 2] = [40, 14];
const BOOKS: [&str; 3] = ["SM", "ME", "ON"];

/// The books by name, and their entries: number and name.
#[derive(Debug, Clone)]
pub(crate) struct Phonebook(BTreeMap<&'static str, BTreeMap<u16, (String, String)>>);

impl Phonebook {
    pub(crate) fn new(own: &str) -> Self {
        let mut books: BTreeMap<_, BTreeMap<_, _>> =
            BOOKS.iter().map(|book| (*book, BTreeMap::new())).collect();
        let names = [
            ("+491700000002", "Alice"),
            ("+491700000003", "Bob"),
            ("112", "Emergency"),
        ];
        if let Some(card) = books.get_mut("SM") {
            card.extend((1..).zip(names.map(|(number, name)| (number.to_string(), name.to_string()))));
        }
        if let Some(numbers) = books.get_mut("ON") {
            numbers.insert(1, (own.to_string(), String::from("Own number")));
        }
        Self(books)
    }
}

impl Simulator {
    pub(crate) fn phonebook_command(&mut self, command: &Command) -> Outcome {
        match (command.name.as_str(), &command.operation) {
            ("+CPBS", Operation::Test) => self.prefixed("+CPBS", "(\"SM\",\"ME\",\"ON\")"),
            ("+CPBS", Operation::Read) => {
                let used = self
                    .phonebook
                    .0
                    .get(self.settings.phonebook)
                    .map_or(0, BTreeMap::len);
                let line = format!("\"{}\",{used},{PLACES}", self.settings.phonebook);
                self.prefixed("+CPBS", &line)
            }
            ("+CPBS", Operation::Set(arguments)) => {
                let name = arguments.word(0).unwrap_or_default();
                let book = BOOKS.into_iter().find(|book| *book == name);
                self.settings.phonebook = book.ok_or(Failure::OPERATION_NOT_ALLOWED)?;
                Ok(Flow::Done)
            }
            ("+CPBR", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                self.prefixed("+CPBR", &format!("(1-{PLACES}),{digits},{characters}"))
            }
            ("+CPBR", Operation::Set(arguments)) => {
                let first = place(arguments, 0)?.ok_or(Failure::INVALID_INDEX)?;
                let last = place(arguments, 1)?.unwrap_or(first);
                self.entries("+CPBR", |index, _| (first..=last).contains(&index))
            }
            ("+CPBF", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                self.prefixed("+CPBF", &format!("{digits},{characters}"))
            }
            ("+CPBF", Operation::Set(arguments)) => {
                let wanted = self.string(arguments, 0).unwrap_or_default();
                self.entries("+CPBF", |_, name| name.starts_with(&wanted))
            }
            ("+CPBW", Operation::Test) => {
                let [digits, characters] = LENGTHS;
                self.prefixed("+CPBW", &format!("(1-{PLACES}),{digits},(129,145),{characters}"))
            }
            ("+CPBW", Operation::Set(arguments)) => self.write_entry(arguments),
            _ => Err(Failure::Error),
        }
    }

    fn entries(&mut self, command: &str, wanted: impl Fn(u16, &str) -> bool) -> Outcome {
        let entries = self
            .phonebook
            .0
            .get(self.settings.phonebook)
            .cloned()
            .unwrap_or_default();
        for (index, (number, name)) in entries {
            if wanted(index, &name) {
                let (kind, number, name) = (type_of(&number), self.quoted(&number), self.quoted(&name));
                let head = format!("{command}: {index},");
                self.say_parts(&[head.as_bytes(), &number, format!(",{kind},").as_bytes(), &name])?;
            }
        }
        Ok(Flow::Done)
    }

    fn write_entry(&mut self, arguments: &Arguments) -> Outcome {
        let (number, name) = (
            self.string(arguments, 1),
            self.string(arguments, 3).unwrap_or_default(),
        );
        let book = self
            .phonebook
            .0
            .get_mut(self.settings.phonebook)
            .ok_or(Failure::NOT_FOUND)?;
        let free = || (1..=PLACES).find(|index| !book.contains_key(index));
        let index = place(arguments, 0)?.or_else(free).ok_or(Failure::Cme(20))?;
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

fn place(arguments: &Arguments, place: usize) -> Result<Option<u16>, Failure> {
    let index = arguments
        .number(place, 1..=u32::from(PLACES))
        .map_err(|()| Failure::INVALID_INDEX)?;
    Ok(index.and_then(|index| u16::try_from(index).ok()))
}
