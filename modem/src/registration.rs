//! How a modem is registered, in each of its networks, 3GPP TS 27.007, 7.2 and 10.1.

use alloc::vec::Vec;

use at_proto::network::{Domain, Registration, RegistrationState};

/// How the modem is registered, as far as it has said; [`Session::registrations`](crate::Session::registrations).
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

    /// The registration in one network; `None` if the modem has not said.
    pub fn of(&self, domain: Domain) -> Option<RegistrationState> {
        let found = self.known.iter().find(|(other, _)| *other == domain);
        found.map(|(_, state)| *state)
    }

    /// Whether the modem is registered anywhere; `None` if it is not known.
    pub fn is_registered(&self) -> Option<bool> {
        let mut stats = self.known.iter().map(|(_, state)| state.status);
        if stats.clone().any(Registration::is_registered) {
            return Some(true);
        }
        // Some modems say "unknown" all the time, and send.
        let says_no = !self.known.is_empty() && stats.all(|stat| stat != Registration::UNKNOWN);
        says_no.then_some(false)
    }

    /// Whether the modem has a network, and none in which there are USSD and calls.
    pub fn is_packet_only(&self) -> bool {
        let circuit = self.of(Domain::Circuit).map(|state| state.status);
        self.is_registered() == Some(true) && circuit.is_some_and(|stat| !stat.is_registered())
    }
}
