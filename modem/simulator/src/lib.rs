#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

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
mod misbehave;
mod mux;
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
use mux::Mux;
use network::Network;
use phonebook::Phonebook;
use store::Store;
use terminal::Terminal;
use timer::Event;

pub use calendar::Date;
pub use fault::{Boundary, Direction, Fault, FaultPlan};
pub use misbehave::{Behaviour, Change, End, Exchange, Misbehaviour, Odd, Times, When};
pub use mux::MuxProfile;
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
/// - `set_*` before or during the dialogue: the card, the network and the line.
/// - `handle_*` for input: the link was opened or closed, bytes of the host, the time.
/// - `poll_*` for output: [`poll_transmit`](Self::poll_transmit) until it returns `None`, then
///   [`poll_timeout`](Self::poll_timeout) for the time of the next
///   [`handle_timeout`](Self::handle_timeout).
/// - Plain verbs for the outside world: [`deliver`](Self::deliver), [`ring`](Self::ring), or any
///   [`Verb`] by [`perform`](Self::perform).
///
/// `now` is the time since an epoch of the caller's choice. It never steps back: an earlier time
/// counts as the latest one.
///
/// After `+CMUX` the line multiplexes, and each channel has a dialogue of its own. There is no data
/// service, no block mode (`+CESP`) and no access to the files of the card (`+CSIM`, `+CRSM`). Such
/// commands are unknown to the simulator.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use modem_simulator::{Profile, Simulator};
///
/// let mut modem = Simulator::new(Profile::GENERIC);
/// let now = Duration::ZERO;
/// modem.handle_input(b"ATE0\r", now);
/// while modem.poll_transmit().is_some() {}
/// modem.handle_input(b"AT+CSQ\r", now);
/// assert_eq!(modem.poll_transmit().as_deref(), Some(&b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"[..]));
/// ```
#[derive(Debug, Clone)]
pub struct Simulator {
    /// Profile, settings, time and log, which the other parts share.
    desk: Desk,
    /// The line to the host, and the dialogue on it.
    terminal: Terminal,
    /// The channels of the line, and their dialogues.
    mux: Mux,
    /// Power, functionality, identity and clock.
    device: Device,
    card: Card,
    phonebook: Phonebook,
    store: Store,
    /// The simulated network.
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
            mux: Mux::default(),
            device: Device::new(start),
            store: Store::new(&profile),
            phonebook: Phonebook::new(&card.number),
            card,
            network: Network::new(),
            desk: Desk::new(profile, start),
        }
    }

    /// The profile of the modem.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.desk.profile
    }

    /// Sets the date of the network at the start of the caller's epoch, and the clock of the modem
    /// with it.
    pub fn set_date(&mut self, date: Date) {
        self.desk.start = date;
        self.device.set_date(date, Duration::ZERO);
    }

    /// Sets the faults of the line, in place of all earlier ones.
    pub fn set_faults(&mut self, plan: FaultPlan) {
        self.terminal.wire.set_faults(plan);
    }

    /// Sets the PIN that the card requires; `None` for an unlocked card.
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

    /// Sets the address of the service centre; `None` for a card without one.
    pub fn set_service_centre(&mut self, number: Option<&str>) {
        self.card.service_centre = number.map(|number| (number.to_string(), card::type_of(number)));
    }

    /// Sets the behaviour of a subscriber; all others are [`Subscriber::Reachable`].
    pub fn set_subscriber(&mut self, number: &str, subscriber: Subscriber) {
        self.network.subscribers.set(number, subscriber);
    }

    /// Sets the answer to a USSD code.
    pub fn set_service(&mut self, code: &str, menu: Menu) {
        self.network.ussd.set_service(code, menu);
    }

    /// Sets the latency of the network for a message, a USSD string or a call; initially zero.
    pub fn set_latency(&mut self, latency: Duration) {
        self.network.latency = latency;
    }

    /// Sets the delay of a status report after its message; initially 2 s, `None` for reports by
    /// [`Verb::Report`] only.
    #[doc(alias = "delivery report")]
    pub fn set_report_delay(&mut self, delay: Option<Duration>) {
        self.network.centre.report_after = delay;
    }

    /// Sets the message reference of the next message.
    pub fn set_reference(&mut self, reference: u8) {
        self.network.centre.set_reference(reference);
    }

    /// Sets the number of slots of a memory; messages beyond it are lost.
    pub fn set_slots(&mut self, memory: Memory, slots: u16) {
        self.store.resize(memory, slots);
    }

    /// Reports that the host opened the link, which switches the modem on; the first verb does so
    /// as well.
    pub fn handle_opened(&mut self, now: Duration) {
        self.advance(now);
        self.open();
    }

    /// Reports that the host closed the link, or that the link broke.
    pub fn handle_closed(&mut self, now: Duration) {
        self.advance(now);
        self.close();
    }

    /// Takes bytes of the host; the very first bytes open the link.
    ///
    /// Returns the number of bytes that the modem takes: all, unless a fault has it take fewer, and
    /// none on a link that is closed or broken. Offer the others again.
    pub fn handle_input(&mut self, bytes: &[u8], now: Duration) -> usize {
        self.advance(now);
        if self.terminal.wire.is_new() {
            self.open();
        }
        let taken = self.terminal.wire.accept(bytes.len(), self.desk.now);
        let arrived = self.terminal.wire.read(bytes.get(..taken).unwrap_or_default());
        if self.mux.is_running() {
            self.take_bytes(&arrived);
        } else {
            let heard = self.terminal.wake(&self.desk, arrived);
            self.take_input(&heard);
        }
        self.settle();
        taken
    }

    /// The next bytes for the host, in chunks if a fault cuts them.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.terminal.wire.poll(self.desk.now)
    }

    /// The time at which [`handle_timeout`](Self::handle_timeout) is due; `None` if nothing is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let wire = self.terminal.wire.next_timeout();
        let channels = self.channel_timeout();
        self.desk.timers.next().into_iter().chain(wire).chain(channels).min()
    }

    /// Reports that time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
        self.terminal.wire.pass(self.desk.now);
        self.settle();
    }

    /// Returns `true` if the link is connected.
    ///
    /// After a fault or a reset has broken the link, it must be opened again.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.terminal.wire.is_connected()
    }

    /// Delivers a text from a number, or from a name of at most 11 characters; a long text in
    /// parts.
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

    /// Delivers a TPDU unchanged: SMS-DELIVER, SMS-STATUS-REPORT or any other octets.
    pub fn deliver_tpdu(&mut self, tpdu: &[u8], now: Duration) {
        self.switch_on(now);
        self.outside(|simulator| simulator.bring_tpdu(tpdu));
    }

    /// Delivers a status report for the message with this reference, with this TP-ST.
    ///
    /// # Errors
    ///
    /// [`VerbError::NothingSent`] if no such message requested a status report.
    #[doc(alias = "delivery report")]
    pub fn report(&mut self, reference: u8, status: u8, now: Duration) -> Result<(), VerbError> {
        self.perform(Verb::Report { of: Some((reference, status)) }, now)
    }

    /// Begins an incoming call, which rings every 5 s until it is answered or ended.
    #[doc(alias = "CLIP")]
    pub fn ring(&mut self, from: &str, now: Duration) {
        self.switch_on(now);
        self.outside(|simulator| simulator.call_comes(from));
    }

    /// Sets the registration to this `<stat>` of `+CREG`.
    pub fn register(&mut self, state: u8, now: Duration) {
        self.switch_on(now);
        self.outside(|simulator| simulator.set_registration(state));
    }

    /// Fills the memory for new messages with old ones.
    pub fn fill_up(&mut self, now: Duration) {
        self.switch_on(now);
        self.fill();
        self.settle();
    }

    /// Performs a verb now.
    ///
    /// # Errors
    ///
    /// [`VerbError`] if the verb cannot be performed; nothing has happened then.
    pub fn perform(&mut self, verb: Verb, now: Duration) -> Result<(), VerbError> {
        self.switch_on(now);
        self.outside(|simulator| simulator.act(verb))
    }

    /// Performs a verb at another time; without effect if it cannot be performed then.
    pub fn schedule(&mut self, verb: Verb, at: Duration) {
        self.desk.timers.set(at.max(self.desk.now), Event::Verb(verb));
    }

    /// The facts so far, at least the latest 90,000.
    ///
    /// The log of a long simulation costs the memory of 100,000 entries, and loses its oldest.
    /// [`take_truth`](Self::take_truth), called now and then, loses none and keeps the log short.
    #[must_use]
    pub fn truth(&self) -> &[Entry] {
        &self.desk.truth
    }

    /// The facts since the last call, which leave the log.
    pub fn take_truth(&mut self) -> Vec<Entry> {
        core::mem::take(&mut self.desk.truth)
    }

    /// The date of the network.
    #[must_use]
    pub fn date(&self) -> Date {
        self.desk.date_at(self.desk.now)
    }
}
