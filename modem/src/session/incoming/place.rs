//! The place of the modem, as far as its registration shows it, for broadcasts that are new in
//! another place: 3GPP TS 23.041, 9.4.1.2.1.

use at_proto::network::{Domain, RegistrationState};
use pdu::Location;

use crate::registration::Registrations;

/// The domains in the order of preference.
const DOMAINS: [Domain; 4] = [Domain::Circuit, Domain::Packet, Domain::Eps, Domain::FiveG];

/// The place of the modem: network, area and cell.
///
/// The registration does not name the network. The home network counts as one, and each network in
/// which the modem starts to roam as another.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The domain whose numbers count, since those of the others may differ in the same place.
    domain: Option<Domain>,
    /// The number of networks in which the modem has roamed.
    visited: u32,
    is_roaming: bool,
    location: Location,
}

impl Place {
    /// Notes the registration, and returns the place. A modem without a registration is where it
    /// was.
    pub(super) fn note(&mut self, registrations: &Registrations) -> Location {
        let state = |domain: &Domain| {
            registrations.of(*domain).filter(|state| state.status.is_registered())
        };
        let located = |domain: &Domain| state(domain).filter(|state| state.cell.is_some());
        let domains = || self.domain.iter().chain(&DOMAINS);
        let Some(domain) = domains().find(|domain| located(domain).is_some()).copied() else {
            // Only the network may be known.
            match domains().find_map(state) {
                Some(state) => self.location.network = Some(self.network(state)),
                None => self.is_roaming = false,
            }
            return self.location;
        };
        self.domain = Some(domain);
        if let Some(state) = state(&domain) {
            let network = self.network(state);
            self.location = Location::new(Some(network), state.area, state.cell);
        }
        self.location
    }

    /// The number of the network: 0 for the home network.
    const fn network(&mut self, state: RegistrationState) -> u32 {
        let is_roaming = state.status.is_roaming();
        if is_roaming && !self.is_roaming {
            self.visited = self.visited.wrapping_add(1);
        }
        self.is_roaming = is_roaming;
        if is_roaming { self.visited } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use at_proto::network::Registration;

    use super::*;

    #[test]
    fn the_place_is_that_of_one_domain_as_long_as_it_has_a_cell() {
        let mut registrations = Registrations::default();
        let mut place = Place::default();
        let mut note = |domain, status, area, cell| {
            let state = RegistrationState::new(Registration(status), area, cell, None);
            registrations.note(domain, state);
            let Location { network, area, cell, .. } = place.note(&registrations);
            (network, area, cell)
        };
        use Domain::{Circuit, Eps};
        assert_eq!(note(Circuit, 2, None, None), (None, None, None));
        assert_eq!(note(Circuit, 1, None, None), (Some(0), None, None));
        assert_eq!(note(Eps, 1, Some(7), Some(70)), (Some(0), Some(7), Some(70)));
        // The numbers of the other domain do not count.
        assert_eq!(note(Circuit, 1, Some(1), Some(10)), (Some(0), Some(7), Some(70)));
        // Without a registration the modem is where it was; then it is in another domain.
        assert_eq!(note(Circuit, 2, None, None), (Some(0), Some(7), Some(70)));
        assert_eq!(note(Eps, 2, None, None), (Some(0), Some(7), Some(70)));
        assert_eq!(note(Circuit, 5, Some(1), Some(11)), (Some(1), Some(1), Some(11)));
        assert_eq!(note(Circuit, 5, Some(1), Some(12)), (Some(1), Some(1), Some(12)));
        // Another network, for all that is known.
        assert_eq!(note(Circuit, 2, None, None), (Some(1), Some(1), Some(12)));
        assert_eq!(note(Circuit, 5, Some(1), Some(12)), (Some(2), Some(1), Some(12)));
        assert_eq!(note(Circuit, 1, Some(1), Some(12)), (Some(0), Some(1), Some(12)));
    }
}
