//! The registration of a modem in each of its networks, 3GPP TS 27.007, 7.2 and 10.1.

use alloc::vec::Vec;

use at_proto::network::{Domain, Registration, RegistrationState};

/// The registration of the modem in its networks, as last reported, from
/// [`Session::registrations`](crate::Session::registrations).
///
/// ```
/// use modem::at::network::{Domain, Registration};
/// use modem::Registrations;
///
/// let unknown = Registrations::default();
/// assert_eq!(unknown.of(Domain::Circuit), None);
/// assert_eq!(unknown.is_registered(), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registrations {
    known: Vec<(Domain, RegistrationState)>,
}

impl Registrations {
    pub(crate) fn note(&mut self, domain: Domain, state: RegistrationState) {
        match self.known.iter_mut().find(|(other, _)| *other == domain) {
            Some((_, known)) => *known = state,
            None => self.known.push((domain, state)),
        }
    }

    /// The registration in one network; `None` if the modem has not reported it.
    pub fn of(&self, domain: Domain) -> Option<RegistrationState> {
        let found = self.known.iter().find(|(other, _)| *other == domain);
        found.map(|(_, state)| *state)
    }

    /// Returns `Some(true)` if the modem is registered in any network, and `None` if that is
    /// unknown.
    pub fn is_registered(&self) -> Option<bool> {
        let mut stats = self.known.iter().map(|(_, state)| state.status);
        if stats.clone().any(Registration::is_registered) {
            return Some(true);
        }
        // Some modems always report "unknown", and send anyway.
        let says_no = !self.known.is_empty() && stats.all(|stat| stat != Registration::UNKNOWN);
        says_no.then_some(false)
    }

    /// Returns `true` if the modem is registered, but only in networks without USSD and calls.
    pub fn is_packet_only(&self) -> bool {
        let circuit = self.of(Domain::Circuit).map(|state| state.status);
        self.is_registered() == Some(true) && circuit.is_some_and(|stat| !stat.is_registered())
    }
}
