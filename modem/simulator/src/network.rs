//! The network behind the modem: subscribers, services, and what is on its way.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

/// Messages that the network keeps for the modem at most.
const QUEUE_LIMIT: usize = 10_000;

/// What a subscriber of the network is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subscriber {
    /// Reads messages at once and answers calls.
    Reachable,
    /// Is switched off: messages are taken, reports say that the network still tries, calls are not answered.
    Unreachable,
    /// Never gets a message: reports say that it was given up.
    Expired,
    /// The network refuses messages for it, with this number of a `+CMS ERROR`, and its calls are busy.
    Rejected(u16),
    /// The network loses messages for it and never answers.
    Lost,
    /// The network takes messages for it, but the modem never hears of that.
    Unconfirmed,
    /// Reads messages and sends each one back, when all of its parts are there.
    Echo,
}

/// A USSD service: what the network says, and the menu behind it.
///
/// # Examples
/// ```
/// use modem_simulator::Menu;
/// let menu = Menu::new("1 Balance\n2 Help").with("1", Menu::new("12.34 EUR")).with("2", Menu::new("Call 123"));
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
        Self {
            text: text.to_string(),
            choices: Vec::new(),
        }
    }

    /// A menu with one more choice: the network waits for a reply.
    #[must_use]
    pub fn with(mut self, reply: &str, menu: Self) -> Self {
        self.choices.push((reply.to_string(), menu));
        self
    }

    /// Whether the network waits for a reply.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.choices.is_empty()
    }
}

/// What waits in the network for the modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inbound {
    pub(crate) kind: Kind,
    pub(crate) tpdu: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Report,
    Broadcast,
}

/// A voice call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) number: String,
    pub(crate) state: CallState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallState {
    Active,
    Dialling,
    Incoming,
}

#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// `<stat>` of `+CREG`.
    pub(crate) registration: u8,
    pub(crate) operator: [String; 3],
    /// `<rssi>` of `+CSQ`.
    pub(crate) signal: u8,
    pub(crate) area: u16,
    pub(crate) cell: u32,
    /// By the digits of their numbers.
    subscribers: BTreeMap<String, Subscriber>,
    pub(crate) services: Vec<(String, Menu)>,
    /// The reference of the next message.
    reference: u8,
    /// The reference of the next concatenated message that the network makes.
    concatenation: u8,
    /// How long a message, a USSD string or a call takes to be answered.
    pub(crate) latency: Duration,
    /// How long after a message its report comes; none if reports are sent by hand only.
    pub(crate) report_after: Option<Duration>,
    /// Messages that were sent with a request for a report: reference, recipient, when.
    pub(crate) sent: VecDeque<SentMessage>,
    queue: VecDeque<Inbound>,
    /// What waits for the host's acknowledgement.
    pub(crate) awaiting: Option<Inbound>,
    /// Whether the modem has told the network that it is full.
    pub(crate) full: bool,
    pub(crate) menu: Option<Menu>,
    pub(crate) call: Option<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentMessage {
    pub(crate) reference: u8,
    pub(crate) tpdu: Vec<u8>,
    pub(crate) at: Duration,
}

impl Network {
    pub(crate) fn new() -> Self {
        let balance = Menu::new("Balance: 12.34 EUR");
        let menu = Menu::new("1 Balance\n2 Tariff\n0 Quit")
            .with("1", balance.clone())
            .with(
                "2",
                Menu::new("1 Small\n2 Large")
                    .with("1", Menu::new("Small it is"))
                    .with("2", Menu::new("Large it is")),
            )
            .with("0", Menu::new("Good bye"));
        Self {
            registration: 1,
            operator: [
                "Simulated Network".to_string(),
                "SimNet".to_string(),
                "00101".to_string(),
            ],
            signal: 20,
            area: 0x5e25,
            cell: 0x605f,
            subscribers: BTreeMap::new(),
            services: alloc::vec![("*100#".to_string(), balance), ("*101#".to_string(), menu)],
            reference: 0,
            concatenation: 0,
            latency: Duration::ZERO,
            report_after: Some(Duration::from_secs(2)),
            sent: VecDeque::new(),
            queue: VecDeque::new(),
            awaiting: None,
            full: false,
            menu: None,
            call: None,
        }
    }

    pub(crate) fn is_registered(&self) -> bool {
        // 1 home, 5 roaming, 6 and 7 SMS only, 9 and 10 CSFB not preferred.
        matches!(self.registration, 1 | 5 | 6 | 7 | 9 | 10)
    }

    pub(crate) fn set_subscriber(&mut self, number: &str, subscriber: Subscriber) {
        self.subscribers.insert(digits(number), subscriber);
    }

    pub(crate) fn subscriber(&self, number: &str) -> Subscriber {
        self.subscribers
            .get(&digits(number))
            .copied()
            .unwrap_or(Subscriber::Reachable)
    }

    pub(crate) fn set_service(&mut self, code: &str, menu: Menu) {
        self.services.retain(|(of, _)| of != code);
        self.services.push((code.to_string(), menu));
    }

    pub(crate) fn service(&self, code: &str) -> Option<&Menu> {
        self.services
            .iter()
            .find(|(of, _)| of == code)
            .map(|(_, menu)| menu)
    }

    pub(crate) fn set_reference(&mut self, reference: u8) {
        self.reference = reference;
    }

    pub(crate) fn next_reference(&mut self) -> u8 {
        let reference = self.reference;
        self.reference = reference.wrapping_add(1);
        reference
    }

    pub(crate) fn next_concatenation(&mut self) -> u8 {
        self.concatenation = self.concatenation.wrapping_add(1);
        self.concatenation
    }

    pub(crate) fn remember(&mut self, message: SentMessage) {
        if self.sent.len() == 256 {
            self.sent.pop_front();
        }
        self.sent.push_back(message);
    }

    /// Puts something on the way to the modem; the oldest is dropped where too much waits.
    pub(crate) fn push(&mut self, inbound: Inbound) {
        if self.queue.len() == QUEUE_LIMIT {
            self.queue.pop_front();
        }
        self.queue.push_back(inbound);
    }

    /// What the modem did not take comes first again.
    pub(crate) fn push_back(&mut self, inbound: Inbound) {
        self.queue.push_front(inbound);
    }

    pub(crate) fn pop(&mut self) -> Option<Inbound> {
        self.queue.pop_front()
    }
}

/// What tells numbers apart, however they are written.
fn digits(number: &str) -> String {
    number
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "*#".contains(*character))
        .collect()
}
