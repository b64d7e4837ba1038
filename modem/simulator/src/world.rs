//! Power, time, and what the world does.

use core::time::Duration;

use crate::Simulator;
use crate::calendar::Date;
use crate::fault::FaultPlan;
use crate::network::{Kind, Menu, SentMessage};
use crate::timer::Event;
use crate::tpdu;
use crate::truth::Fact;
use crate::verb::{Verb, VerbError};

/// Time stops there, so that no sum of times overflows.
const LATEST: Duration = Duration::from_secs(1 << 40);
/// In a longer step what repeats by itself is not told in full.
const LONGEST_STEP: Duration = Duration::from_secs(24 * 60 * 60);

impl Simulator {
    pub(crate) fn date_at(&self, time: Duration) -> Date {
        self.start.after(time)
    }

    /// Lets time pass, and everything happen that is due, at its time.
    pub(crate) fn advance(&mut self, now: Duration) {
        let now = now.min(LATEST);
        while let Some((at, event)) = self.timers.pop(now) {
            self.now = at.max(self.now);
            if event.repeats() {
                self.now = self.now.max(now.saturating_sub(LONGEST_STEP));
            }
            self.happen(event);
            self.settle();
        }
        self.now = now.max(self.now);
    }

    /// Lets time pass with the modem on.
    pub(crate) fn switch_on(&mut self, now: Duration) {
        self.advance(now);
        if !self.powered {
            self.power_up();
            self.advance(self.now);
        }
    }

    /// What may follow from anything: more of the dialogue, and a link that has broken.
    pub(crate) fn settle(&mut self) {
        self.drain();
        if self.opened && !self.wire.is_connected() {
            self.opened = false;
            self.log(Fact::Closed);
            self.hang_up();
        }
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Boot(line) => self.notify(line),
            Event::Noise => {
                if let Some(line) = self.next_noise() {
                    self.notify(line);
                }
                // Never so often that nothing else comes.
                let pause = self.profile.noise_every.max(Duration::from_millis(10));
                self.timers.set(self.now.saturating_add(pause), Event::Noise);
            }
            Event::Continue => self.continue_command(),
            Event::Reach => self.reach(),
            Event::Unacknowledged(number) => self.acknowledgement_missed(number),
            Event::Report(message, status) => self.bring_report(&message, status),
            Event::Ussd(menu) => self.ussd_arrived(menu),
            Event::UssdTimeout(session) => self.ussd_timed_out(session),
            Event::Ring => self.ring_once(),
            Event::Connected => self.call_connected(),
            // Nobody is there to hear of an error.
            Event::Verb(verb) => drop(self.act(verb)),
        }
    }

    /// The modem starts.
    fn power_up(&mut self) {
        self.powered = true;
        self.powered_at = self.now;
        self.log(Fact::PoweredUp);
        for &(after, line) in self.profile.boot {
            self.timers.set(
                self.now + Duration::from_millis(u64::from(after)),
                Event::Boot(line),
            );
        }
        if !self.profile.noise.is_empty() {
            self.timers
                .set(self.now.saturating_add(self.profile.noise_every), Event::Noise);
        }
        self.timers.set(
            self.now.saturating_add(self.profile.sms_ready_after),
            Event::Reach,
        );
    }

    /// The modem loses power and starts again.
    pub(crate) fn reset(&mut self) {
        self.timers.power_off();
        self.drop_dialogue();
        self.restore();
        self.card.reset();
        self.functionality = 1;
        self.memories = self.profile.memories_selected;
        self.service_centre_written = false;
        self.buffered.clear();
        self.network.menu = None;
        self.network.call = None;
        if let Some(inbound) = self.network.awaiting.take() {
            self.network.push_back(inbound);
        }
        if self.profile.reset_breaks_link {
            self.wire.disconnect();
        }
        self.power_up();
    }

    pub(crate) fn open(&mut self) {
        self.hang_up();
        self.wire.connect();
        self.opened = true;
        self.last_input = None;
        self.log(Fact::Opened);
        self.switch_on(self.now);
    }

    pub(crate) fn close(&mut self) {
        if core::mem::take(&mut self.opened) {
            self.log(Fact::Closed);
        }
        self.hang_up();
        self.wire.disconnect();
    }

    /// Octets of the host have arrived; a modem that sleeps loses the line that wakes it.
    pub(crate) fn wake(&mut self, mut octets: alloc::vec::Vec<u8>) {
        let slept = |pause: Duration| {
            self.last_input
                .is_some_and(|last| self.now.saturating_sub(last) >= pause)
        };
        if self.profile.sleeps_after.is_some_and(slept) {
            self.asleep = true;
        }
        self.last_input = Some(self.now);
        if self.asleep {
            let Some(end) = octets.iter().position(|octet| *octet == self.settings.terminator) else {
                return;
            };
            self.asleep = false;
            octets.drain(..=end);
        }
        self.take_input(&octets);
    }

    pub(crate) fn set_registration(&mut self, state: u8) {
        self.network.registration = state;
        self.registration_changed();
        self.reach();
    }

    pub(crate) fn bring_tpdu(&mut self, tpdu: &[u8]) {
        // The message type is in the two low bits: 10 is a report.
        let kind = if tpdu.first().is_some_and(|first| first & 3 == 2) {
            Kind::Report
        } else {
            Kind::Message
        };
        self.bring(kind, tpdu.to_vec());
    }

    pub(crate) fn act(&mut self, verb: Verb) -> Result<(), VerbError> {
        match verb {
            Verb::Deliver { from, text, reversed } => return self.deliver_text(&from, &text, reversed),
            Verb::Pdu(tpdu) => self.bring_tpdu(&tpdu),
            Verb::Report { of } => {
                let message = self
                    .sent_message(of.map(|(reference, _)| reference))
                    .ok_or(VerbError::NothingSent)?;
                self.bring_report(&message, of.map_or(0, |(_, status)| status));
            }
            Verb::Subscriber { number, subscriber } => self.network.set_subscriber(&number, subscriber),
            Verb::Reference(reference) => self.network.set_reference(reference),
            Verb::Ussd { text } => self.ussd_arrived(Some(Menu::new(&text))),
            Verb::Service { code, menu } => self.network.set_service(&code, menu),
            Verb::Ring { from } => self.call_comes(&from),
            Verb::HangUp => self.end_call(true),
            Verb::Register(state) => self.set_registration(state),
            Verb::Signal(signal) => self.network.signal = signal,
            Verb::Full => self.fill(),
            Verb::Broadcast { channel, text } => {
                let pages = tpdu::pages(channel, self.broadcasts, &text)?;
                self.broadcasts = self.broadcasts.wrapping_add(0x10); // the update number is below
                pages
                    .into_iter()
                    .for_each(|page| self.bring(Kind::Broadcast, page));
            }
            Verb::Pin(pin) => self.card.set_pin(Some(&pin)),
            Verb::Reset => self.reset(),
            Verb::Disconnect => self.wire.disconnect(),
            Verb::Fault(fault) => self.wire.add_fault(fault),
            Verb::FaultsOff => self.wire.set_faults(FaultPlan::default()),
        }
        Ok(())
    }

    fn sent_message(&self, reference: Option<u8>) -> Option<SentMessage> {
        let mut sent = self.network.sent.iter().rev();
        sent.find(|message| reference.is_none_or(|reference| reference == message.reference))
            .cloned()
    }
}
