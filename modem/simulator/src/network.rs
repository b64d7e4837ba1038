//! The network: subscribers, services, and messages on their way.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::call::Calls;
use crate::card::Card;
use crate::coverage::Coverage;
use crate::delivery::Delivery;
use crate::device::Device;
use crate::service_centre::ServiceCentre;
use crate::ussd::{Access, Ussd};

/// The behaviour of a subscriber of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subscriber {
    /// Reads messages immediately and answers calls.
    Reachable,
    /// Is switched off: the network takes messages, status reports say that it still tries, calls
    /// are not answered.
    Unreachable,
    /// Never gets a message: status reports say that the message expired.
    Expired,
    /// Is refused by the network, with this number of a `+CMS ERROR`; calls are busy.
    Rejected(u16),
    /// Loses messages: the network never answers.
    Lost,
    /// Gets messages, but the network's confirmation never reaches the modem.
    Unconfirmed,
    /// Reads messages and sends each one back, once all of its parts are there.
    Echo,
}

/// A USSD service: the network's text, and the menu that follows it.
///
/// # Examples
/// ```
/// use modem_simulator::Menu;
///
/// let menu = Menu::new("1 Balance\n2 Help")
///     .with("1", Menu::new("12.34 EUR"))
///     .with("2", Menu::new("Call 123"));
/// assert!(menu.is_open());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    pub(crate) text: String,
    pub(crate) choices: Vec<(String, Self)>,
}

impl Menu {
    /// A text that ends the session.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_string(), choices: Vec::new() }
    }

    /// The menu with this choice added: the network waits for a reply.
    #[must_use]
    pub fn with(mut self, reply: &str, menu: Self) -> Self {
        self.choices.push((reply.to_string(), menu));
        self
    }

    /// Returns `true` if the network waits for a reply.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.choices.is_empty()
    }
}

/// The subscribers of the network, by the digits of their numbers; all others are
/// [`Subscriber::Reachable`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Subscribers(BTreeMap<String, Subscriber>);

impl Subscribers {
    pub(crate) fn set(&mut self, number: &str, subscriber: Subscriber) {
        self.0.insert(digits(number), subscriber);
    }

    pub(crate) fn get(&self, number: &str) -> Subscriber {
        self.0.get(&digits(number)).copied().unwrap_or(Subscriber::Reachable)
    }
}

/// The network: its parts, and its latency.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// The time until a message, a USSD string or a call is answered.
    pub(crate) latency: Duration,
    pub(crate) coverage: Coverage,
    pub(crate) subscribers: Subscribers,
    pub(crate) centre: ServiceCentre,
    pub(crate) delivery: Delivery,
    pub(crate) ussd: Ussd,
    pub(crate) calls: Calls,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self {
            latency: Duration::ZERO,
            coverage: Coverage::new(),
            subscribers: Subscribers::default(),
            centre: ServiceCentre::new(),
            delivery: Delivery::default(),
            ussd: Ussd::new(),
            calls: Calls::default(),
        }
    }

    /// The access of a modem to the network.
    pub(crate) fn access(&self, device: &Device, card: &Card) -> Access {
        Access { registered: self.coverage.serves(device, card), latency: self.latency }
    }
}

/// The significant characters of a number, in any notation.
fn digits(number: &str) -> String {
    number
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "*#".contains(*character))
        .collect()
}
