//! The unsolicited result codes of a modem: messages, states and restarts.

use at_proto::network::{Domain, RegistrationState};
use at_proto::sim::PinState;
use at_proto::{BootStage, Instant, MessageContent, Notification, Urc, UrcKind};

use super::Session;
use super::job::Job;
use super::sim::SimChange;
use crate::config::Receive;
use crate::event::Event;
use crate::message::{PduLine, Slot, proves_direct_text_mode};
use crate::procedure::Input;
use crate::procedures::{Acknowledge, Check, Pause};

/// The maximum number of unacknowledged parts, if the modem delivers beyond
/// [`Config::max_unacknowledged`](crate::Config::max_unacknowledged) what the network does not
/// keep.
const MAX_DIRECT: usize = 4096;

impl Session {
    /// Handles an unsolicited result code of the modem.
    pub(super) fn announced(&mut self, urc: Urc, now: Instant) {
        // An unreadable URC is reported as it is.
        let Ok(Some(notification)) = Notification::parse(&urc) else {
            return self.desk.emit(Event::UnknownUrc(urc));
        };
        if self.step(Input::Notification(&notification), now) {
            return;
        }
        if let Notification::Ussd(_) = notification {
            // The surplus reply: from now on a reply belongs to the last request.
            self.modem.settings.ussd_stale = None;
        }
        if let Notification::Registration(domain, state) = notification {
            self.registered(domain, state);
        }
        if let Notification::Pin(state) = &notification {
            self.sim_changed(state, now);
        }
        if let Notification::Started(words) = &notification {
            let restarted = urc.kind() == Some(UrcKind::Boot(BootStage::Start));
            self.started(restarted, words);
            if restarted {
                if let Some(ended) = self.executor.restarted() {
                    self.finished(ended, now);
                }
            }
        }
        if let Notification::Broadcast(content @ MessageContent { data: Some(_), .. }) =
            &notification
        {
            if proves_direct_text_mode(content) {
                self.seen_in_text_mode();
            }
        }
        match notification {
            Notification::MessageStored(place) | Notification::StatusReportStored(place) => {
                match (place.memory, place.index) {
                    _ if self.desk.config.receive == Receive::Off => {}
                    (Some(memory), Some(index)) => {
                        self.incoming.read(Slot::new(memory, index), &mut self.desk);
                    }
                    // Some modems announce a message without its slot.
                    _ => self.incoming.sweep(&mut self.desk),
                }
                self.incoming.count_arrival(place.memory, &mut self.desk);
            }
            Notification::Message(content) => {
                if !self.delivered(&content, now) {
                    self.desk.emit(Event::Notification(Notification::Message(content)));
                }
            }
            Notification::StatusReport(content) => {
                if !self.delivered(&content, now) {
                    self.desk.emit(Event::Notification(Notification::StatusReport(content)));
                }
            }
            #[cfg(feature = "broadcasts")]
            Notification::Broadcast(MessageContent { data: Some(page), .. }) => {
                match self.incoming.broadcasts.take(&page, now) {
                    Ok(Some(whole)) => self.desk.emit(Event::Broadcast(whole)),
                    Ok(None) => {}
                    Err(_) => self.desk.emit(Event::UnknownUrc(urc)),
                }
            }
            // A sweep of the memory shows its use, and the messages that can be deleted.
            Notification::StorageFull(_) => {
                self.incoming.storage_is_full(None, &mut self.desk);
                self.incoming.sweep(&mut self.desk);
            }
            notification => self.desk.emit(Event::Notification(notification)),
        }
    }

    /// Takes in a direct delivery. Returns `false` if it has no data.
    pub(super) fn delivered(&mut self, content: &MessageContent, now: Instant) -> bool {
        let in_text_mode = proves_direct_text_mode(content);
        // After an initialisation the network delivers it again, as a PDU.
        let comes_again = in_text_mode
            && !self.modem.settings.text_mode_tried
            && self.modem.settings.acknowledges
            && self.modem.settings.withholds;
        if in_text_mode {
            self.seen_in_text_mode();
        }
        let Some(line) = &content.data else {
            return false;
        };
        let acknowledged = self.modem.settings.acknowledges;
        if !self.incoming.has_room(&self.desk.config) {
            self.pause();
            if acknowledged && self.modem.settings.withholds {
                // The network keeps what is not acknowledged, and delivers it again.
                return true;
            }
            if self.incoming.inbox.unacknowledged() >= MAX_DIRECT {
                return false;
            }
        }
        let pdu = match in_text_mode {
            true => PduLine::of_text(&content.header, line),
            false => PduLine::new(line),
        };
        let wait = (acknowledged && !comes_again).then_some(self.desk.config.acknowledge_within);
        let (arrival, acknowledge) = self.incoming.direct(pdu, wait, now);
        self.arrived(arrival, now);
        if acknowledge {
            self.desk.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        true
    }

    /// Stops direct deliveries as far as the modem lets it, since the application has as many
    /// unacknowledged messages as it may have.
    fn pause(&mut self) {
        let direct = self.modem.profile.indications.is_some_and(|now| now.mt == 2 || now.ds == 1);
        if direct && !self.modem.settings.paused {
            self.modem.settings.paused = true;
            self.desk.queue.urgent(Job::Pause(Pause));
        }
    }

    /// Handles a state of the SIM that the modem has reported by itself.
    fn sim_changed(&mut self, state: &PinState, now: Instant) {
        if !self.desk.link.runs_jobs() {
            // The initialisation under way asks for it.
            return;
        }
        let failed = self.desk.link.is_degraded();
        if self.sim.handle_state(state, failed, now) == SimChange::Away {
            self.modem.profile.forget_sim();
        }
        self.initialise_for_sim(now);
    }

    /// Notes a change of the registration. A modem that has left all known networks may be in 5G
    /// alone, and is asked.
    fn registered(&mut self, domain: Domain, state: RegistrationState) {
        let settings = &mut self.modem.settings;
        let before = settings.registrations.is_registered();
        settings.registrations.note(domain, state);
        #[cfg(feature = "broadcasts")]
        self.incoming.broadcasts.located(&settings.registrations);
        let left = before == Some(true) && settings.registrations.is_registered() == Some(false);
        if left && settings.five_g.is_none() && self.desk.link.runs_jobs() {
            self.desk.queue.check(Job::Check(Check::default()));
        }
    }

    /// Handles a report of the modem that it has started or become ready.
    fn started(&mut self, restarted: bool, words: &str) {
        match (restarted, self.desk.link.runs_jobs()) {
            (true, true) => {
                self.desk.emit(Event::Restarted(Some(words.into())));
                self.begin_initialisation(None);
            }
            (true, false) => self.desk.link.restarted_meanwhile(),
            // Its stored messages may have become readable only now.
            (false, true) => {
                self.desk.queue.check(Job::Check(Check::default()));
                self.incoming.sweep(&mut self.desk);
            }
            (false, false) => {}
        }
    }

    /// Initialises a modem that was seen in text mode, once before it is seen in PDU mode again.
    pub(super) fn seen_in_text_mode(&mut self) {
        self.modem.settings.text_mode_seen = false;
        if self.desk.link.runs_jobs() && !self.modem.settings.text_mode_tried {
            self.modem.settings.text_mode_tried = true;
            self.desk.emit(Event::Restarted(None));
            self.begin_initialisation(None);
        }
    }
}
