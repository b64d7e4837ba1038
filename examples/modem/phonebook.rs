//! The phonebooks of the SIM and the modem.

use core::error::Error;

use clap::Subcommand;
use modem::Contact;
use modem::at::phonebook::{Phonebook, TestPhonebooks};
use serde_json::json;

use crate::Cli;
use crate::common::output::{self, say, waiting};
use crate::common::status::{has_changed, of_change};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// List the phonebooks of the modem
    Books,
    /// List the contacts
    List {
        #[command(flatten)]
        book: Book,
    },
    /// Find the contacts whose name begins with a text
    Find {
        /// The beginning of the name
        name: String,
        #[command(flatten)]
        book: Book,
    },
    /// Add a contact in the first free slot
    Add {
        /// The number
        number: String,
        /// The name; a SIM keeps about 14 characters
        name: String,
        #[command(flatten)]
        book: Book,
    },
    /// Replace the contact in a slot
    Set {
        /// The slot, as `phonebook list` shows it
        index: u16,
        /// The number
        number: String,
        /// The name
        name: String,
        #[command(flatten)]
        book: Book,
    },
    /// Delete the contact in a slot
    Delete {
        /// The slot, as `phonebook list` shows it
        index: u16,
        #[command(flatten)]
        book: Book,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Book {
    /// The phonebook: SM is the SIM, ME the modem, ON the own numbers
    #[arg(long, value_name = "NAME", default_value = "SM", value_parser = book)]
    book: Phonebook,
}

fn book(text: &str) -> Result<Phonebook, String> {
    text.parse().map_err(|error| format!("a phonebook has two capitals, such as SM ({error})"))
}

pub(crate) fn run(cli: &Cli, task: &Task) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open()?;
    match task {
        Task::Books => {
            for book in modem.command(TestPhonebooks)? {
                output::object(&json!({ "type": "phonebook", "name": book.as_str() }));
                say!("{book}");
            }
        }
        Task::List { book } => {
            show(&waiting("reading the phonebook", || modem.contacts(book.book))?);
        }
        Task::Find { name, book } => {
            show(&waiting("searching", || modem.find_contacts(book.book, name))?);
        }
        Task::Add { number, name, book } => {
            let saved = waiting("writing", || modem.save_contact(book.book, None, number, name));
            saved_as(&saved.map_err(|error| of_change(&error))?, name);
        }
        Task::Set { index, number, name, book } => {
            let saved =
                waiting("writing", || modem.save_contact(book.book, Some(*index), number, name));
            saved_as(&saved.map_err(|error| of_change(&error))?, name);
        }
        Task::Delete { index, book } => {
            modem.delete_contact(book.book, *index).map_err(|error| of_change(&error))?;
            output::object(&json!({ "type": "deleted", "index": index }));
            say!("-- deleted");
        }
    }
    Ok(())
}

fn show(contacts: &[Contact]) {
    for contact in contacts {
        line(contact);
    }
    say!("-- contacts: {}", contacts.len());
}

fn line(contact: &Contact) {
    let Contact { index, number, name, .. } = contact;
    output::object(&json!({ "type": "contact", "index": index, "number": number, "name": name }));
    say!("{index:>4}  {number:<20}  {name}");
}

fn saved_as(contact: &Contact, name: &str) {
    has_changed();
    line(contact);
    if contact.name != name {
        say!("-- the name was shortened to {} characters", contact.name.chars().count());
    }
}
