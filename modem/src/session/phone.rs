//! The verbs beside messages: phonebooks, operators, the radio and calls.

use alloc::vec::Vec;

use at_proto::Instant;
use at_proto::call::{Answer, Call, Dial, ListCalls};
use at_proto::phonebook::Phonebook;

use super::Session;
use super::tickets::Ticket;
#[cfg(doc)]
use crate::Profile;
use crate::phonebook::{Contact, FoundOperator};
use crate::procedures::{
    ChooseOperator, Contacts, EraseContact, FindOperators, FirstOf, SaveContact,
};

impl Session {
    /// Lists the contacts of a phonebook, in the order of their slots.
    #[doc(alias("phonebook", "CPBR"))]
    pub fn contacts(&mut self, book: Phonebook, now: Instant) -> Ticket<Vec<Contact>> {
        self.start(Contacts::all(book), now)
    }

    /// Lists the contacts of a phonebook whose name begins with `name`.
    #[doc(alias = "CPBF")]
    pub fn find_contacts(
        &mut self,
        book: Phonebook,
        name: &str,
        now: Instant,
    ) -> Ticket<Vec<Contact>> {
        self.start(Contacts::named(book, name), now)
    }

    /// Writes a contact to the slot `index`, or to the first free one, and returns it as stored.
    ///
    /// The entry is read back: a SIM may shorten the name, and a number that is stored as another
    /// one is an error.
    #[doc(alias = "CPBW")]
    pub fn save_contact(
        &mut self,
        book: Phonebook,
        index: Option<u16>,
        number: &str,
        name: &str,
        now: Instant,
    ) -> Ticket<Contact> {
        self.start(SaveContact::new(book, index, number, name), now)
    }

    /// Deletes the contact in the slot `index`.
    #[doc(alias = "CPBW")]
    pub fn delete_contact(&mut self, book: Phonebook, index: u16, now: Instant) -> Ticket<()> {
        self.start(EraseContact::new(book, index), now)
    }

    /// Scans for the operators in reach; takes up to three minutes, in which nothing else runs.
    #[doc(alias("network scan", "COPS"))]
    pub fn operators(&mut self, now: Instant) -> Ticket<Vec<FoundOperator>> {
        self.start(FindOperators, now)
    }

    /// Registers with the operator of this country and network code, such as `26201`, or lets the
    /// modem choose.
    #[doc(alias("COPS", "PLMN"))]
    pub fn select_operator(&mut self, code: Option<&str>, now: Instant) -> Ticket<()> {
        let choose = match code {
            Some(code) => ChooseOperator::new(code),
            None => Ok(ChooseOperator::AUTOMATIC),
        };
        match choose {
            Ok(choose) => self.start(choose, now),
            Err(error) => self.failed(error, now),
        }
    }

    /// Switches the radio on or off (`+CFUN`). While it is off nothing is sent or received.
    #[doc(alias("airplane mode", "CFUN"))]
    pub fn set_radio(&mut self, on: bool, now: Instant) -> Ticket<()> {
        self.start(FirstOf::radio(on), now)
    }

    /// Sets up a voice call. Some modems answer immediately, others when the call is answered.
    #[doc(alias("call", "ATD"))]
    pub fn dial(&mut self, number: &str, now: Instant) -> Ticket<()> {
        match Dial::new(number) {
            Ok(dial) => self.command(dial, now),
            Err(refused) => self.failed(refused.into(), now),
        }
    }

    /// Answers a ringing call.
    #[doc(alias("call", "ATA"))]
    pub fn answer(&mut self, now: Instant) -> Ticket<()> {
        self.command(Answer, now)
    }

    /// Lists the current calls. [`Profile::decode`] reads their numbers.
    #[doc(alias = "CLCC")]
    pub fn calls(&mut self, now: Instant) -> Ticket<Vec<Call>> {
        self.command(ListCalls, now)
    }
}
