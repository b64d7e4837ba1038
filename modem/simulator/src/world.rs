//! Power, time, and the acts of the outside world.

use core::time::Duration;

use crate::Simulator;
use crate::delivery::Kind;
use crate::fault::FaultPlan;
use crate::network::Menu;
use crate::timer::Event;
use crate::truth::Fact;
use crate::verb::{Verb, VerbError};

/// The last moment, so that no sum of times overflows.
const LATEST: Duration = Duration::from_secs(1 << 40);
/// The maximal step in which repeating events are simulated in full.
const MAX_STEP: Duration = Duration::from_secs(24 * 60 * 60);

impl Simulator {
    /// Advances the time; each due event happens at its time.
    pub(crate) fn advance(&mut self, now: Duration) {
        let now = now.min(LATEST);
        while let Some((at, port, event)) = self.desk.timers.pop(now) {
            self.desk.now = at.max(self.desk.now);
            if event.repeats() {
                self.desk.now = self.desk.now.max(now.saturating_sub(MAX_STEP));
            }
            self.happen_to(port, event);
            self.settle();
        }
        self.desk.now = now.max(self.desk.now);
    }

    /// Advances the time with the modem switched on.
    pub(crate) fn switch_on(&mut self, now: Duration) {
        self.advance(now);
        if !self.device.is_on() {
            self.power_up();
            self.advance(self.desk.now);
        }
    }

    /// Completes any call: reads the rest of the dialogue, and notices a broken link.
    pub(crate) fn settle(&mut self) {
        self.drain();
        self.write_channels();
        if self.terminal.wire.notice_break() {
            self.desk.log(Fact::Closed);
            self.end_mux();
            self.terminal.hang_up(&mut self.desk);
        }
    }

    pub(crate) fn happen(&mut self, event: Event) {
        let Self { desk, terminal, network, .. } = self;
        match event {
            Event::Boot(line) => terminal.notify(desk, line),
            Event::Noise => {
                if let Some(line) = terminal.next_noise(desk) {
                    terminal.notify(desk, line);
                }
                // A minimal pause lets other events pass.
                let pause = desk.profile.noise_every.max(Duration::from_millis(10));
                desk.set_timer(pause, Event::Noise);
            }
            Event::Continue => self.continue_command(),
            Event::MuxTimeout => self.mux_timed_out(),
            Event::Reach => self.reach(),
            Event::Unacknowledged(number) => self.acknowledgement_missed(number),
            Event::StatusReport(message, status) => self.bring_report(&message, status),
            Event::Ussd(menu) => network.ussd.arrived(menu, desk, terminal),
            Event::UssdTimeout(session) => network.ussd.timed_out(session, desk, terminal),
            Event::Ring => network.calls.ring(desk, terminal),
            Event::Connected => network.calls.connected_late(&network.subscribers, desk, terminal),
            // A scheduled verb has no caller to return an error to.
            Event::Verb(verb) => drop(self.act(verb)),
        }
    }

    /// Starts the modem.
    fn power_up(&mut self) {
        let desk = &mut self.desk;
        self.device.power_up(desk.now);
        desk.log(Fact::PoweredUp);
        for &(after, line) in desk.profile.boot {
            desk.set_timer(Duration::from_millis(u64::from(after)), Event::Boot(line));
        }
        if !desk.profile.noise.is_empty() {
            desk.set_timer(desk.profile.noise_every, Event::Noise);
        }
        desk.set_timer(desk.profile.sms_ready_after, Event::Reach);
    }

    /// Resets the modem: it loses power and starts again.
    pub(crate) fn reset(&mut self) {
        self.drop_mux();
        let Self { desk, terminal, network, .. } = self;
        desk.timers.power_off();
        terminal.power_off(desk);
        desk.restore();
        self.card.reset();
        self.device.reset();
        self.store.reset(&desk.profile);
        network.ussd.drop_session();
        network.calls.drop_call();
        network.delivery.reset();
        if desk.profile.reset_breaks_link {
            terminal.wire.disconnect();
        }
        self.power_up();
    }

    pub(crate) fn open(&mut self) {
        self.end_mux();
        self.terminal.open(&mut self.desk);
        self.desk.log(Fact::Opened);
        self.switch_on(self.desk.now);
    }

    pub(crate) fn close(&mut self) {
        self.end_mux();
        if self.terminal.wire.is_open() {
            self.desk.log(Fact::Closed);
        }
        self.terminal.hang_up(&mut self.desk);
        self.terminal.wire.close();
    }

    /// Returns `true` if the network takes messages and calls.
    pub(crate) fn is_registered(&self) -> bool {
        self.network.coverage.serves(&self.device, &self.card)
    }

    /// Reports a changed registration to the host; queued deliveries may pass now.
    pub(crate) fn registration_changed(&mut self) {
        let Self { desk, terminal, device, card, network, .. } = self;
        network.coverage.report(device, card, desk, terminal);
        self.reach();
    }

    pub(crate) fn set_registration(&mut self, state: u8) {
        self.network.coverage.registration = state;
        self.registration_changed();
    }

    /// Begins an incoming call.
    pub(crate) fn call_comes(&mut self, from: &str) {
        if self.is_registered() && self.desk.profile.circuit_switched {
            let Self { desk, terminal, network, .. } = self;
            network.calls.come(from, desk, terminal);
        }
    }

    /// Fills the memory for new messages.
    pub(crate) fn fill(&mut self) {
        self.store.fill(&self.card.smsc_octets(), self.desk.date());
    }

    pub(crate) fn bring_tpdu(&mut self, tpdu: &[u8]) {
        // The message type is in the two low bits: 10 is a status report.
        let kind = if tpdu.first().is_some_and(|first| first & 3 == 2) {
            Kind::Report
        } else {
            Kind::Message
        };
        self.bring(kind, tpdu.to_vec());
    }

    pub(crate) fn act(&mut self, verb: Verb) -> Result<(), VerbError> {
        match verb {
            Verb::Deliver { from, text, reversed } => {
                return self.deliver_text(&from, &text, reversed);
            }
            Verb::Pdu(tpdu) => self.bring_tpdu(&tpdu),
            Verb::Report { of } => {
                let message = self
                    .network
                    .centre
                    .sent_message(of.map(|(reference, _)| reference))
                    .ok_or(VerbError::NothingSent)?;
                self.bring_report(&message, of.map_or(0, |(_, status)| status));
            }
            Verb::Subscriber { number, subscriber } => {
                self.network.subscribers.set(&number, subscriber);
            }
            Verb::Reference(reference) => self.network.centre.set_reference(reference),
            Verb::Ussd { text } => {
                let menu = Some(Menu::new(&text));
                self.network.ussd.arrived(menu, &mut self.desk, &mut self.terminal);
            }
            Verb::Service { code, menu } => self.network.ussd.set_service(&code, menu),
            Verb::Ring { from } => self.call_comes(&from),
            Verb::HangUp => self.network.calls.end(true, &mut self.desk, &mut self.terminal),
            Verb::Register(state) => self.set_registration(state),
            Verb::Signal(signal) => self.network.coverage.signal = signal,
            Verb::Full => self.fill(),
            Verb::Broadcast { channel, text } => {
                let pages = self.network.centre.pages(channel, &text)?;
                pages.into_iter().for_each(|page| self.bring(Kind::Broadcast, page));
            }
            Verb::Pin(pin) => self.card.set_pin(Some(&pin)),
            Verb::Reset => self.reset(),
            // These are acts on the line, whatever dialogue is on it.
            Verb::Disconnect | Verb::Fault(_) | Verb::FaultsOff => {
                self.switch(0);
                match verb {
                    Verb::Fault(fault) => self.terminal.wire.add_fault(fault),
                    Verb::FaultsOff => self.terminal.wire.set_faults(FaultPlan::default()),
                    _ => self.terminal.wire.disconnect(),
                }
            }
            Verb::CloseMux => self.close_mux_unasked(),
        }
        Ok(())
    }
}
