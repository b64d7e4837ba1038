#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod calendar;
mod call;
mod card;
mod command;
mod coverage;
mod delivery;
mod desk;
mod device;
mod dispatch;
mod engine;
mod failure;
mod fault;
mod network;
mod phonebook;
mod profile;
mod reader;
mod receive;
mod sending;
mod service_centre;
mod settings;
mod storage;
mod store;
mod terminal;
mod text;
mod timer;
mod tpdu;
mod truth;
mod ussd;
mod vendors;
mod verb;
mod wire;
mod world;

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use card::Card;
use desk::Desk;
use device::Device;
use network::Network;
use phonebook::Phonebook;
use store::Store;
use terminal::Terminal;
use timer::Event;

pub use calendar::Date;
pub use fault::{Boundary, Direction, Fault, FaultPlan};
pub use network::{Menu, Subscriber};
pub use profile::{
    Acknowledgement, EmptySlot, Framing, Header, Indication, Memory, Profile, UssdAnswer,
    UssdRequest,
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
    /// Profile, settings, time and log, which the other parts share.
    desk: Desk,
    /// The line to the host, and the dialogue on it.
    terminal: Terminal,
    /// Power, functionality, identity and clock.
    device: Device,
    card: Card,
    phonebook: Phonebook,
    store: Store,
    /// The other side of the air.
    network: Network,
}

impl Simulator {
    /// A modem with an unlocked card, registered at home.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        // 1 June 2024, noon, in Berlin.
        let start = Date::from_unix(1_717_236_000, 8);
        let card = Card::new();
        Self {
            terminal: Terminal::new(),
            device: Device::new(start),
            store: Store::new(&profile),
            phonebook: Phonebook::new(&card.number),
            card,
            network: Network::new(),
            desk: Desk::new(profile, start),
        }
    }

    /// What the modem is like.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.desk.profile
    }

    /// Sets the date of the network at the start of the caller's epoch, and the clock of the modem with it.
    pub fn set_date(&mut self, date: Date) {
        self.desk.start = date;
        self.device.set_date(date, Duration::ZERO);
    }

    /// Sets the faults of the line; what was set before is forgotten.
    pub fn set_faults(&mut self, plan: FaultPlan) {
        self.terminal.wire.set_faults(plan);
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
        self.card.service_centre = number.map(|number| (number.to_string(), card::type_of(number)));
    }

    /// Sets what a subscriber is like; all others are [`Subscriber::Reachable`].
    pub fn set_subscriber(&mut self, number: &str, subscriber: Subscriber) {
        self.network.subscribers.set(number, subscriber);
    }

    /// Sets what a USSD code answers.
    pub fn set_service(&mut self, code: &str, menu: Menu) {
        self.network.ussd.set_service(code, menu);
    }

    /// Sets how long the network takes for a message, a USSD string or a call; zero at first.
    pub fn set_latency(&mut self, latency: Duration) {
        self.network.latency = latency;
    }

    /// Sets how long after a message its report comes, 2 s at first; none for reports by [`Verb::Report`] only.
    pub fn set_report_delay(&mut self, delay: Option<Duration>) {
        self.network.centre.report_after = delay;
    }

    /// Sets the reference of the next message.
    pub fn set_reference(&mut self, reference: u8) {
        self.network.centre.set_reference(reference);
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
        if self.terminal.wire.is_new() {
            self.open();
        }
        let taken = self.terminal.wire.accept(octets.len(), self.desk.now);
        let arrived = self.terminal.wire.read(octets.get(..taken).unwrap_or_default());
        let heard = self.terminal.wake(&self.desk, arrived);
        self.take_input(&heard);
        self.settle();
        taken
    }

    /// The next octets for the host, in chunks as a fault may cut them.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.terminal.wire.poll(self.desk.now)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due; none if nothing is.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.desk.timers.next().into_iter().chain(self.terminal.wire.next_timeout()).min()
    }

    /// The time has come, or any other time has.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
        self.terminal.wire.pass(self.desk.now);
        self.settle();
    }

    /// Whether the link holds: not after a fault or a reset has broken it, until it is opened again.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.terminal.wire.is_connected()
    }

    /// A text arrives from a number, or from a name of at most 11 characters; in parts if it is long.
    ///
    /// # Errors
    ///
    /// [`VerbError`] if `from` is neither, or the text needs more than 255 parts.
    pub fn deliver(&mut self, from: &str, text: &str, now: Duration) -> Result<(), VerbError> {
        self.perform(
            Verb::Deliver { from: from.to_string(), text: text.to_string(), reversed: false },
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
        self.perform(Verb::Report { of: Some((reference, status)) }, now)
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
        self.desk.timers.set(at.max(self.desk.now), Event::Verb(verb));
    }

    /// What has happened so far, the latest 90,000 entries at least.
    #[must_use]
    pub fn truth(&self) -> &[Entry] {
        &self.desk.truth
    }

    /// What has happened since the last call.
    pub fn take_truth(&mut self) -> Vec<Entry> {
        core::mem::take(&mut self.desk.truth)
    }

    /// The date of the network.
    #[must_use]
    pub fn date(&self) -> Date {
        self.desk.date_at(self.desk.now)
    }
}
