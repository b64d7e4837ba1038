//! The verbs beside messages, of both async front-ends: phonebooks, operators, the radio and calls.
//!
//! `tokio.rs` and `embedded.rs` include this file, each for its own `Modem`.

use alloc::vec::Vec;

use at_proto::call::Call;
use at_proto::phonebook::Phonebook;

use super::Modem;
#[cfg(doc)]
use crate::Profile;
use crate::error::Error;
use crate::phonebook::{Contact, FoundOperator};
use crate::session::Session;

impl Modem {
    /// Lists the contacts of a phonebook, in the order of their slots.
    ///
    /// # Errors
    /// Fails when the modem does not have the phonebook, or does not answer in time.
    #[doc(alias("phonebook", "CPBR"))]
    pub async fn contacts(&self, book: Phonebook) -> Result<Vec<Contact>, Error> {
        self.ask(|session, now| session.contacts(book, now)).await
    }

    /// Lists the contacts of a phonebook whose name begins with `name`.
    ///
    /// # Errors
    /// Fails like [`contacts`](Self::contacts).
    #[doc(alias = "CPBF")]
    pub async fn find_contacts(&self, book: Phonebook, name: &str) -> Result<Vec<Contact>, Error> {
        self.ask(|session, now| session.find_contacts(book, name, now)).await
    }

    /// Writes a contact to the slot `index`, or to the first free one, and returns it as stored.
    ///
    /// The entry is read back: a SIM may shorten the name, and a number that is stored as another
    /// one is an error.
    ///
    /// # Errors
    /// Fails like [`contacts`](Self::contacts), and when the phonebook is full or takes no such
    /// entry.
    #[doc(alias = "CPBW")]
    pub async fn save_contact(
        &self,
        book: Phonebook,
        index: Option<u16>,
        number: &str,
        name: &str,
    ) -> Result<Contact, Error> {
        self.ask(|session, now| session.save_contact(book, index, number, name, now)).await
    }

    /// Deletes the contact in the slot `index`.
    ///
    /// # Errors
    /// Fails like [`contacts`](Self::contacts).
    #[doc(alias = "CPBW")]
    pub async fn delete_contact(&self, book: Phonebook, index: u16) -> Result<(), Error> {
        self.ask(|session, now| session.delete_contact(book, index, now)).await
    }

    /// Scans for the operators in reach; takes up to three minutes, in which nothing else runs.
    ///
    /// # Errors
    /// Fails when the modem refuses the scan, or does not answer in time.
    #[doc(alias("network scan", "COPS"))]
    pub async fn operators(&self) -> Result<Vec<FoundOperator>, Error> {
        self.ask(Session::operators).await
    }

    /// Registers with the operator of this country and network code, such as `26201`, or lets the
    /// modem choose.
    ///
    /// # Errors
    /// Fails when the code does not have 5 or 6 digits, or the modem cannot register.
    #[doc(alias("COPS", "PLMN"))]
    pub async fn select_operator(&self, code: Option<&str>) -> Result<(), Error> {
        self.ask(|session, now| session.select_operator(code, now)).await
    }

    /// Switches the radio on or off (`+CFUN`). While it is off nothing is sent or received.
    ///
    /// # Errors
    /// Fails when the modem refuses the command or does not answer in time.
    #[doc(alias("airplane mode", "CFUN"))]
    pub async fn set_radio(&self, on: bool) -> Result<(), Error> {
        self.ask(|session, now| session.set_radio(on, now)).await
    }

    /// Sets up a voice call. Some modems answer immediately, others when the call is answered.
    ///
    /// # Errors
    /// Fails when the number has other characters than a keypad, or the call cannot be set up.
    #[doc(alias("call", "ATD"))]
    pub async fn dial(&self, number: &str) -> Result<(), Error> {
        self.ask(|session, now| session.dial(number, now)).await
    }

    /// Answers a ringing call.
    ///
    /// # Errors
    /// Fails when no call is ringing.
    #[doc(alias("call", "ATA"))]
    pub async fn answer(&self) -> Result<(), Error> {
        self.ask(Session::answer).await
    }

    /// Lists the current calls. [`Profile::decode`] reads their numbers.
    ///
    /// # Errors
    /// Fails when the modem refuses the command or does not answer in time.
    #[doc(alias = "CLCC")]
    pub async fn calls(&self) -> Result<Vec<Call>, Error> {
        self.ask(Session::calls).await
    }
}
