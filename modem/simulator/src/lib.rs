#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod calendar;
mod call;
mod card;
mod command;
mod engine;
mod failure;
mod fault;
mod general;
mod network;
mod phonebook;
mod profile;
mod reader;
mod receive;
mod registration;
mod sending;
mod settings;
mod sms;
mod storage;
mod store;
mod text;
mod timer;
mod tpdu;
mod truth;
mod ussd;
mod vendors;
mod verb;
mod wire;
mod world;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use card::Card;
use engine::Dialogue;
use network::Network;
use phonebook::Phonebook;
use reader::Reader;
use settings::Settings;
use store::Store;
use timer::{Event, Timers};
use tpdu::Mailbox;
use wire::Wire;

pub use calendar::Date;
pub use fault::{Boundary, Direction, Fault, FaultPlan};
pub use network::{Menu, Subscriber};
pub use profile::{
    Acknowledgement, EmptySlot, Framing, Header, Indication, Memory, Profile, UssdAnswer, UssdRequest,
};
pub use truth::{Entry, Fact, Refusal};
pub use verb::{Verb, VerbError};

/// A simulated modem, its card and its network.
///
/// Four kinds of methods, in the order of use:
///
/// - `set_*` before or during the dialogue: what the card, the network and the line are like.
/// - `handle_*` for what comes from outside: the link was opened or closed, octets of the host, the time.
/// - `poll_*` for what is due: [`poll_transmit`](Self::poll_transmit) until it gives nothing, then
///   [`poll_timeout`](Self::poll_timeout) for when to call [`handle_timeout`](Self::handle_timeout).
/// - Plain verbs for what the world does: [`deliver`](Self::deliver), [`ring`](Self::ring), or any [`Verb`] by
///   [`perform`](Self::perform).
///
/// `now` is the time since an epoch of the caller's. It never goes back: an earlier time is taken for the latest one.
///
/// There is no data service, no multiplexer (`+CMUX`), no block mode (`+CESP`) and no access to the files of the card
/// (`+CSIM`, `+CRSM`): such commands are unknown to it.
#[derive(Debug, Clone)]
pub struct Simulator {
    profile: Profile,
    settings: Settings,
    reader: Reader,
    wire: Wire,
    dialogue: Dialogue,
    card: Card,
    store: Store,
    phonebook: Phonebook,
    network: Network,
    mailbox: Mailbox,
    truth: Vec<Entry>,
    timers: Timers,
    now: Duration,
    opened: bool,
    powered: bool,
    powered_at: Duration,
    reset_due: bool,
    functionality: u8,
    memories: [Memory; 3],
    service_centre_written: bool,
    imei: String,
    /// The date of the network at the start of the caller's epoch.
    start: Date,
    /// The clock of the modem: what it was set to, and when.
    clock: (Date, Duration),
    /// Indications that wait for `+CNMI`.
    buffered: Vec<Vec<Vec<u8>>>,
    /// Messages that were handed over for the host to acknowledge.
    awaited: u64,
    ussd_session: u64,
    last_input: Option<Duration>,
    asleep: bool,
    broadcasts: u16,
}

impl Simulator {
    /// A modem with an unlocked card, registered at home.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        // 1 June 2024, noon, in Berlin.
        let start = Date::from_unix(1_717_236_000, 8);
        let card = Card::new();
        Self {
            settings: Settings::new(&profile),
            reader: Reader::default(),
            wire: Wire::new(),
            dialogue: Dialogue::default(),
            store: Store::new(&profile),
            phonebook: Phonebook::new(&card.number),
            card,
            network: Network::new(),
            mailbox: Mailbox::default(),
            truth: Vec::new(),
            timers: Timers::default(),
            now: Duration::ZERO,
            opened: false,
            powered: false,
            powered_at: Duration::ZERO,
            reset_due: false,
            functionality: 1,
            memories: profile.memories_selected,
            service_centre_written: false,
            imei: String::from("490154203237518"),
            start,
            clock: (start, Duration::ZERO),
            buffered: Vec::new(),
            awaited: 0,
            ussd_session: 0,
            last_input: None,
            asleep: false,
            broadcasts: 0,
            profile,
        }
    }

    /// What the modem is like.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Sets the date of the network at the start of the caller's epoch, and the clock of the modem with it.
    pub fn set_date(&mut self, date: Date) {
        self.start = date;
        self.clock = (date, Duration::ZERO);
    }

    /// Sets the faults of the line; what was set before is forgotten.
    pub fn set_faults(&mut self, plan: FaultPlan) {
        self.wire.set_faults(plan);
    }

    /// Sets the PIN that the card asks for; none for a card that asks for none.
    pub fn set_pin(&mut self, pin: Option<&str>) {
        self.card.set_pin(pin);
    }

    /// Sets the identity of the card: its IMSI and ICCID, and its own number.
    pub fn set_card(&mut self, imsi: &str, iccid: &str, number: &str) {
        self.card.imsi = imsi.to_string();
        self.card.iccid = iccid.to_string();
        self.card.number = number.to_string();
        self.phonebook = Phonebook::new(number);
    }

    /// Sets the address of the service centre; none for a card that has lost it.
    pub fn set_service_centre(&mut self, number: Option<&str>) {
        self.card.service_centre = number.map(|number| (number.to_string(), general::type_of(number)));
    }

    /// Sets what a subscriber is like; all others are [`Subscriber::Reachable`].
    pub fn set_subscriber(&mut self, number: &str, subscriber: Subscriber) {
        self.network.set_subscriber(number, subscriber);
    }

    /// Sets what a USSD code answers.
    pub fn set_service(&mut self, code: &str, menu: Menu) {
        self.network.set_service(code, menu);
    }

    /// Sets how long the network takes for a message, a USSD string or a call; zero at first.
    pub fn set_latency(&mut self, latency: Duration) {
        self.network.latency = latency;
    }

    /// Sets how long after a message its report comes, 2 s at first; none for reports by [`Verb::Report`] only.
    pub fn set_report_delay(&mut self, delay: Option<Duration>) {
        self.network.report_after = delay;
    }

    /// Sets the reference of the next message.
    pub fn set_reference(&mut self, reference: u8) {
        self.network.set_reference(reference);
    }

    /// Sets how many slots a memory has; messages beyond that are lost.
    pub fn set_slots(&mut self, memory: Memory, slots: u16) {
        self.store.resize(memory, slots);
    }

    /// The host has opened the link. The modem is switched on by that, or by the first verb.
    pub fn handle_opened(&mut self, now: Duration) {
        self.advance(now);
        self.open();
    }

    /// The host has closed the link, or it has broken.
    pub fn handle_closed(&mut self, now: Duration) {
        self.advance(now);
        self.close();
    }

    /// Octets of the host; the very first ones open the link by themselves.
    ///
    /// Gives how many the modem takes: all, unless a fault has it take fewer, and none on a link that is closed or
    /// broken. The others are to be offered again.
    pub fn handle_input(&mut self, octets: &[u8], now: Duration) -> usize {
        self.advance(now);
        if !self.opened && self.is_connected() {
            self.open();
        }
        let taken = self.wire.accept(octets.len(), self.now);
        let arrived = self.wire.read(octets.get(..taken).unwrap_or_default());
        self.wake(arrived);
        self.settle();
        taken
    }

    /// The next octets for the host, in chunks as a fault may cut them.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.wire.poll(self.now)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due; none if nothing is.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers
            .next()
            .into_iter()
            .chain(self.wire.next_timeout())
            .min()
    }

    /// The time has come, or any other time has.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
        self.wire.pass(self.now);
        self.settle();
    }

    /// Whether the link holds: not after a fault or a reset has broken it, until it is opened again.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.wire.is_connected()
    }

    /// A text arrives from a number, or from a name of at most 11 characters; in parts if it is long.
    ///
    /// # Errors
    ///
    /// [`VerbError`] if `from` is neither, or the text needs more than 255 parts.
    pub fn deliver(&mut self, from: &str, text: &str, now: Duration) -> Result<(), VerbError> {
        self.perform(
            Verb::Deliver {
                from: from.to_string(),
                text: text.to_string(),
                reversed: false,
            },
            now,
        )
    }

    /// A TPDU from the network arrives as it is: SMS-DELIVER, SMS-STATUS-REPORT or anything else.
    pub fn deliver_tpdu(&mut self, tpdu: &[u8], now: Duration) {
        self.switch_on(now);
        self.bring_tpdu(tpdu);
        self.settle();
    }

    /// A status report arrives for the message with this reference, with this TP-ST.
    ///
    /// # Errors
    ///
    /// [`VerbError::NothingSent`] if no such message was sent with a request for a report.
    pub fn report(&mut self, reference: u8, status: u8, now: Duration) -> Result<(), VerbError> {
        self.perform(
            Verb::Report {
                of: Some((reference, status)),
            },
            now,
        )
    }

    /// A call comes in, and rings every 5 s until it is answered or ended.
    pub fn ring(&mut self, from: &str, now: Duration) {
        self.switch_on(now);
        self.call_comes(from);
        self.settle();
    }

    /// The registration becomes this `<stat>` of `+CREG`.
    pub fn register(&mut self, state: u8, now: Duration) {
        self.switch_on(now);
        self.set_registration(state);
        self.settle();
    }

    /// The memory for new messages is filled up with old ones.
    pub fn fill_up(&mut self, now: Duration) {
        self.switch_on(now);
        self.fill();
        self.settle();
    }

    /// Does what a verb says, now.
    ///
    /// # Errors
    ///
    /// [`VerbError`] if it cannot be done; nothing has happened then.
    pub fn perform(&mut self, verb: Verb, now: Duration) -> Result<(), VerbError> {
        self.switch_on(now);
        let result = self.act(verb);
        self.settle();
        result
    }

    /// Does what a verb says, at another time; nothing happens if it cannot be done then.
    pub fn schedule(&mut self, verb: Verb, at: Duration) {
        self.timers.set(at.max(self.now), Event::Verb(verb));
    }

    /// What has happened so far, the latest 90,000 entries at least.
    #[must_use]
    pub fn truth(&self) -> &[Entry] {
        &self.truth
    }

    /// What has happened since the last call.
    pub fn take_truth(&mut self) -> Vec<Entry> {
        core::mem::take(&mut self.truth)
    }

    /// The date of the network.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date_at(self.now)
    }
}
