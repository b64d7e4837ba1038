//! Reads and writes the phonebooks of the SIM and the modem, 3GPP TS 27.007, 8.11 to 8.14.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use at_proto::general::{CharacterSet, SetCharacterSet};
use at_proto::phonebook::{
    self, DeleteContact, FindContacts, PhonebookSize, ReadContacts, ReadPhonebook, SelectPhonebook,
    TestContacts, WriteContact,
};
use at_proto::{CmeError, Command, FinalError, WireString};
use gsm7::charset::Charset;
use pdu::collections::SmallSet;

use super::initialise::on_the_wire;
use crate::error::{Error, ErrorKind};
use crate::phonebook::Contact;
use crate::procedure::{Answer, Context, Input, Procedure, Step};

/// Lists the contacts of a phonebook; of those whose name begins with a text if there is one.
#[derive(Debug)]
pub(crate) struct Contacts(Book);

impl Contacts {
    pub(crate) fn all(book: phonebook::Phonebook) -> Self {
        Self(Book::new(book, Work::List))
    }

    pub(crate) fn named(book: phonebook::Phonebook, name: &str) -> Self {
        Self(Book::new(book, Work::Find(name.into())))
    }
}

impl Procedure for Contacts {
    type Output = Vec<Contact>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<Contact>> {
        self.0.step(input, context)
    }
}

/// Writes a contact, and returns it as the phonebook shows it.
#[derive(Debug)]
pub(crate) struct SaveContact(Book);

impl SaveContact {
    pub(crate) fn new(
        book: phonebook::Phonebook,
        index: Option<u16>,
        number: &str,
        name: &str,
    ) -> Self {
        let (number, name) = (number.into(), name.into());
        Self(Book::new(book, Work::Write { index, number, name }))
    }
}

impl Procedure for SaveContact {
    type Output = Contact;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Contact> {
        match self.0.step(input, context) {
            Step::Done(Ok(written)) => {
                Step::Done(written.into_iter().next().ok_or_else(|| ErrorKind::NotReady.into()))
            }
            Step::Done(Err(error)) => Step::Done(Err(error)),
            Step::Run(request) => Step::Run(request),
            Step::Wait(until) => Step::Wait(until),
            Step::Listen => Step::Listen,
        }
    }
}

/// Deletes a contact.
#[derive(Debug)]
pub(crate) struct EraseContact(Book);

impl EraseContact {
    pub(crate) fn new(book: phonebook::Phonebook, index: u16) -> Self {
        Self(Book::new(book, Work::Delete(index)))
    }
}

impl Procedure for EraseContact {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        self.0.step(input, context).map(drop)
    }
}

/// The work on a phonebook.
#[derive(Debug)]
enum Work {
    List,
    Find(String),
    Write { index: Option<u16>, number: String, name: String },
    Delete(u16),
}

/// The command under way.
#[derive(Debug)]
enum Stage {
    Widen,
    Select,
    Size,
    /// Reading the entries, for the second time if the first list was short.
    Entries {
        size: PhonebookSize,
        again: bool,
    },
    /// Asking how many entries there are.
    Count {
        size: PhonebookSize,
        found: Vec<Contact>,
        again: bool,
    },
    Write {
        index: u16,
        coded: bool,
    },
    Check {
        index: u16,
        coded: bool,
    },
    Delete,
    Restore(Result<Vec<Contact>, Error>),
}

/// The work on a phonebook, in UCS2 where the modem has it: the session's own character set lacks
/// most names.
#[derive(Debug)]
struct Book {
    book: phonebook::Phonebook,
    work: Work,
    stage: Stage,
    /// The character set of the session, which is restored at the end.
    replaced: Option<Charset>,
}

impl Book {
    const fn new(book: phonebook::Phonebook, work: Work) -> Self {
        Self { book, work, stage: Stage::Widen, replaced: None }
    }

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<Contact>> {
        let answer = match input {
            Input::Start => {
                return match context.profile.character_set {
                    Some(Charset::Ucs2) | None => self.select(),
                    Some(charset) => {
                        self.replaced = Some(charset);
                        self.run(Stage::Widen, &SetCharacterSet(CharacterSet::Ucs2))
                    }
                };
            }
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        match core::mem::replace(&mut self.stage, Stage::Widen) {
            Stage::Widen => {
                if !answer.is_ok() {
                    self.replaced = None;
                }
                self.select()
            }
            Stage::Select => match answer.response() {
                Ok(_) => self.selected(context),
                Err(error) => self.end(Err(error)),
            },
            Stage::Size => match answer.parse(&TestContacts) {
                Ok(size) => self.read(size, false),
                Err(error) => self.end(Err(error)),
            },
            Stage::Entries { size, again } => match self.entries(&answer, context) {
                Ok(found) if matches!(self.work, Work::Find(_)) => self.end(Ok(found)),
                Ok(found) => self.run(Stage::Count { size, found, again }, &ReadPhonebook),
                Err(error) => self.end(Err(error)),
            },
            Stage::Count { size, found, again } => {
                // An entry whose line was damaged in transit is not in the list.
                let counted = answer.parse(&ReadPhonebook).ok();
                let counted = counted.filter(|counted| counted.phonebook == self.book);
                let used = counted.and_then(|counted| counted.used).map_or(0, usize::from);
                match !again && used > found.len() {
                    true => self.read(size, true),
                    false => self.found(&size, found, context),
                }
            }
            Stage::Write { index, coded } => match answer.response() {
                Ok(_) => self.check(index, coded),
                Err(error) if coded && is_refusal(&error) => self.write(index, false, context),
                Err(error) => self.end(Err(error)),
            },
            Stage::Check { index, coded } => match self.entries(&answer, context) {
                Ok(found) => self.checked(index, coded, found, context),
                Err(error) => self.end(Err(error)),
            },
            Stage::Delete => self.end(answer.response().map(|_| Vec::new())),
            Stage::Restore(result) => {
                if !answer.is_ok() {
                    context.settings.forget();
                }
                Step::Done(result)
            }
        }
    }

    fn run<T>(&mut self, stage: Stage, command: &impl Command) -> Step<T> {
        self.stage = stage;
        Step::command(command)
    }

    fn select<T>(&mut self) -> Step<T> {
        self.run(Stage::Select, &SelectPhonebook(self.book))
    }

    /// Goes on with the selected phonebook.
    fn selected(&mut self, context: &Context<'_>) -> Step<Vec<Contact>> {
        match &self.work {
            Work::Find(text) => match wire(text, self.charset(context)) {
                Ok(text) => {
                    let size = PhonebookSize::default();
                    self.run(Stage::Entries { size, again: true }, &FindContacts(text))
                }
                Err(error) => self.end(Err(error)),
            },
            Work::List | Work::Write { index: None, .. } => self.run(Stage::Size, &TestContacts),
            Work::Write { index: Some(index), .. } => {
                let index = *index;
                self.write(index, self.codes_numbers(context), context)
            }
            Work::Delete(index) => {
                let command = DeleteContact(*index);
                self.run(Stage::Delete, &command)
            }
        }
    }

    fn read(&mut self, size: PhonebookSize, again: bool) -> Step<Vec<Contact>> {
        let (first, last) = bounds(&size);
        self.run(Stage::Entries { size, again }, &ReadContacts { first, last: Some(last) })
    }

    fn found(
        &mut self,
        size: &PhonebookSize,
        found: Vec<Contact>,
        context: &Context<'_>,
    ) -> Step<Vec<Contact>> {
        if !matches!(self.work, Work::Write { .. }) {
            return self.end(Ok(found));
        }
        // The standard's own choice of a free slot is not reported.
        let used: SmallSet<u16> = found.iter().map(|contact| contact.index).collect();
        let (first, last) = bounds(size);
        match (first..=last).find(|index| !used.contains(index)) {
            Some(index) => self.write(index, self.codes_numbers(context), context),
            None => {
                let full = format!("the phonebook {} is full: delete a contact", self.book);
                self.end(Err(ErrorKind::Invalid(full).into()))
            }
        }
    }

    /// Writes the contact, its number `coded` in the character set or in plain digits.
    fn write(&mut self, index: u16, coded: bool, context: &Context<'_>) -> Step<Vec<Contact>> {
        let charset = self.charset(context);
        let Work::Write { number, name, .. } = &self.work else { return self.end(Ok(Vec::new())) };
        let command = wire(name, charset).and_then(|name| {
            let write = WriteContact::new(Some(index), number, name)?;
            Ok(if coded { write.with_coded_number(wire(number, charset)?) } else { write })
        });
        match command {
            Ok(command) => self.run(Stage::Write { index, coded }, &command),
            Err(error) => self.end(Err(error)),
        }
    }

    fn check(&mut self, index: u16, coded: bool) -> Step<Vec<Contact>> {
        self.run(Stage::Check { index, coded }, &ReadContacts { first: index, last: None })
    }

    /// Compares the entry with the one that was written: modems differ in the coding of numbers.
    fn checked(
        &mut self,
        index: u16,
        coded: bool,
        found: Vec<Contact>,
        context: &Context<'_>,
    ) -> Step<Vec<Contact>> {
        let Work::Write { number, .. } = &self.work else { return self.end(Ok(found)) };
        let stored: Vec<Contact> =
            found.into_iter().filter(|contact| contact.index == index).collect();
        match stored.first() {
            Some(contact) if contact.number == *number => self.end(Ok(stored)),
            _ if coded => self.write(index, false, context),
            stored => {
                let shown = stored.map_or("nothing", |contact| contact.number.as_str());
                let other = format!(
                    "the phonebook {} has stored {shown} instead of {number}: check the contact {index}",
                    self.book
                );
                self.end(Err(ErrorKind::Invalid(other).into()))
            }
        }
    }

    fn end(&mut self, result: Result<Vec<Contact>, Error>) -> Step<Vec<Contact>> {
        match self.replaced.take() {
            Some(charset) => {
                self.run(Stage::Restore(result), &SetCharacterSet(on_the_wire(charset)))
            }
            None => Step::Done(result),
        }
    }

    /// The entries of an answer; none if the modem refuses an empty range.
    fn entries(&self, answer: &Answer, context: &Context<'_>) -> Result<Vec<Contact>, Error> {
        // Both commands list entries of one form under their own names.
        let parsed = match &self.work {
            Work::Find(_) => answer.parse(&FindContacts(WireString::default())),
            _ => answer.parse(&ReadContacts { first: 1, last: None }),
        };
        let found = match parsed {
            Err(error) if is_not_found(&error) => Vec::new(),
            parsed => parsed?,
        };
        let is_wide = self.charset(context) == Charset::Ucs2;
        let text = |bytes: &[u8]| {
            if is_wide { Charset::Ucs2.decode(bytes) } else { context.profile.decode(bytes) }
        };
        let contact = |contact: phonebook::Contact| {
            let number = match is_wide && !is_coded(&contact.number) {
                true => String::from_utf8_lossy(&contact.number).into_owned(),
                false => text(&contact.number),
            };
            let needs_plus = contact.kind == Some(145) && !number.starts_with('+');
            let number = if needs_plus { format!("+{number}") } else { number };
            Contact::new(contact.index, number, text(&contact.name))
        };
        Ok(found.into_iter().map(contact).collect())
    }

    /// The character set in use.
    fn charset(&self, context: &Context<'_>) -> Charset {
        match self.replaced {
            Some(_) => Charset::Ucs2,
            None => context.profile.character_set.unwrap_or(Charset::Ira),
        }
    }

    fn codes_numbers(&self, context: &Context<'_>) -> bool {
        matches!(self.charset(context), Charset::Ucs2 | Charset::Hex)
    }
}

/// A text as a string of the command line.
fn wire(text: &str, charset: Charset) -> Result<WireString, Error> {
    let octets = charset.encode(text).map_err(ErrorKind::Text)?;
    Ok(WireString::new(octets)?)
}

/// The first and the last index.
fn bounds(size: &PhonebookSize) -> (u16, u16) {
    let index = |nearest: u32| {
        let index = size.indexes.nearest(nearest).unwrap_or(1);
        u16::try_from(index).unwrap_or(u16::MAX)
    };
    (index(0), index(u32::MAX))
}

/// Returns `true` for digits, `+`, `*`, `#` and `,` in UTF-16 units.
fn is_coded(number: &[u8]) -> bool {
    let is_unit = |unit: &[u8]| {
        matches!(unit, [b'0', b'0', b'3', b'0'..=b'9'] | [b'0', b'0', b'2', b'3' | b'A'..=b'C'])
            || matches!(unit, [b'0', b'0', b'2', b'a'..=b'c'] | [b'0', b'0', b'4', b'1'..=b'4'])
    };
    !number.is_empty() && number.chunks(4).all(is_unit)
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused(_))
}

/// Code 22 is "not found".
fn is_not_found(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused(failure)
        if failure.error() == FinalError::Cme(Some(CmeError(22))))
}
