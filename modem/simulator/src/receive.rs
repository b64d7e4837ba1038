//! What the network brings, and where it goes: 3GPP TS 27.005, 3.4.1 and 3.4.4.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Class, Incoming};

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::network::{Inbound, Kind, SentMessage};
use crate::profile::{Acknowledgement, Indication, Memory};
use crate::sending::Body;
use crate::store::{Slot, Status};
use crate::timer::Event;
use crate::tpdu;
use crate::truth::{Fact, Refusal};
use crate::verb::VerbError;

/// How long the host has to acknowledge.
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(15);
/// Indications that wait in the modem; the oldest are lost beyond this.
const BUFFER_LIMIT: usize = 100;

/// What has become of something from the network.
enum Route {
    Arrived,
    AwaitsHost,
    NoRoom,
}

impl Simulator {
    /// A text from a subscriber.
    pub(crate) fn deliver_text(&mut self, from: &str, text: &str, reversed: bool) -> Result<(), VerbError> {
        let reference = self.network.next_concatenation();
        let mut parts = tpdu::deliver(from, text, reference, self.date())?;
        if reversed {
            parts.reverse();
        }
        parts.into_iter().for_each(|tpdu| self.bring(Kind::Message, tpdu));
        Ok(())
    }

    /// The network has something for the modem.
    pub(crate) fn bring(&mut self, kind: Kind, tpdu: Vec<u8>) {
        self.log(Fact::Sent { tpdu: tpdu.clone() });
        self.network.push(Inbound { kind, tpdu });
        self.reach();
    }

    /// A report on a message that was sent.
    pub(crate) fn bring_report(&mut self, message: &SentMessage, status: u8) {
        if !self.profile.reports {
            return;
        }
        let (sent, now) = (self.date_at(message.at), self.date());
        if let Some(tpdu) = tpdu::report(&message.tpdu, message.reference, status, sent, now) {
            self.bring(Kind::Report, tpdu);
        }
    }

    /// The network tries to hand over what waits.
    pub(crate) fn reach(&mut self) {
        let ready = self.powered_at.saturating_add(self.profile.sms_ready_after);
        if self.now < ready {
            return;
        }
        while self.network.awaiting.is_none() && self.is_registered() {
            let Some(inbound) = self.network.pop() else { return };
            if self.network.full && inbound.kind != Kind::Broadcast {
                return self.network.push_back(inbound);
            }
            match self.route(&inbound) {
                Route::Arrived if inbound.kind == Kind::Broadcast => {}
                Route::Arrived => self.log(Fact::Acknowledged { tpdu: inbound.tpdu }),
                Route::AwaitsHost => {
                    self.awaited += 1;
                    let deadline = self.now + ACKNOWLEDGEMENT_TIMEOUT;
                    self.timers.set(deadline, Event::Unacknowledged(self.awaited));
                    self.network.awaiting = Some(inbound);
                }
                Route::NoRoom => {
                    self.log(Fact::Unacknowledged {
                        tpdu: inbound.tpdu.clone(),
                        reason: Refusal::Full,
                    });
                    self.network.full = true;
                    self.network.push_back(inbound);
                    if !self.profile.full_line.is_empty() {
                        self.notify(self.profile.full_line);
                    }
                }
            }
        }
    }

    /// A slot was freed, or another memory chosen: the network is told, and tries again.
    pub(crate) fn room_was_made(&mut self) {
        let memory = self.memories[2];
        if self.network.full && self.store.used(memory) < self.store.total(memory) {
            self.network.full = false;
            self.reach();
        }
    }

    fn route(&mut self, inbound: &Inbound) -> Route {
        match inbound.kind {
            Kind::Message => self.route_message(&inbound.tpdu),
            Kind::Report => self.route_report(&inbound.tpdu),
            Kind::Broadcast => self.route_broadcast(&inbound.tpdu),
        }
    }

    fn route_message(&mut self, tpdu: &[u8]) -> Route {
        let class = tpdu::class(tpdu);
        let direct = match self.settings.cnmi[1] {
            2 => class != Some(Class::Sim),
            3 => class == Some(Class::Terminal),
            _ => false,
        };
        if direct {
            let lines = match tpdu::incoming(tpdu) {
                Some(Incoming::Deliver(deliver)) if self.settings.text_mode => {
                    self.text_of_deliver(tpdu, &deliver)
                }
                _ => self.with_pdu(format!("+CMT: ,{}", tpdu.len()), &self.smsc_octets(), tpdu),
            };
            return self.hand_over(tpdu, lines);
        }
        let memory = if class == Some(Class::Sim) {
            Memory::Sm
        } else {
            self.memories[2]
        };
        let Some((memory, index)) = self.keep(memory, tpdu, true) else {
            return Route::NoRoom;
        };
        if self.settings.cnmi[1] != 0 {
            let line = match self.profile.indication {
                Indication::Standard => format!("+CMTI: \"{}\",{index}", memory.name()),
                Indication::Nowhere => String::from("+CMTI: ,-1"),
                Indication::WithTail => format!("+CMTI: \"{}\",{index},\"MMS PUSH\",2,1", memory.name()),
            };
            self.indicate(alloc::vec![line.into_bytes()]);
        }
        Route::Arrived
    }

    fn route_report(&mut self, tpdu: &[u8]) -> Route {
        match self.settings.cnmi[3] {
            1 => {
                let lines = match tpdu::incoming(tpdu) {
                    Some(Incoming::StatusReport(report)) if self.settings.text_mode => {
                        let mut line = Vec::from("+CDS: ");
                        line.extend(self.report_fields(tpdu, &report));
                        alloc::vec![line]
                    }
                    _ => {
                        let empty = if self.profile.report_extra_field { "," } else { "" };
                        self.with_pdu(format!("+CDS: {empty}{}", tpdu.len()), &self.smsc_octets(), tpdu)
                    }
                };
                self.hand_over(tpdu, lines)
            }
            2 => {
                let memory = if self.store.has(Memory::Sr) {
                    Memory::Sr
                } else {
                    self.memories[2]
                };
                let Some((memory, index)) = self.keep(memory, tpdu, true) else {
                    return Route::NoRoom;
                };
                let named = if memory == Memory::Sr {
                    self.profile.report_memory
                } else {
                    memory
                };
                self.indicate(alloc::vec![
                    format!("+CDSI: \"{}\",{index}", named.name()).into_bytes()
                ]);
                Route::Arrived
            }
            // Without a place to go the modem takes the report and forgets it.
            _ => Route::Arrived,
        }
    }

    fn route_broadcast(&mut self, page: &[u8]) -> Route {
        let channel = page
            .get(2..4)
            .map_or(0, |octets| u16::from(octets[0]) << 8 | u16::from(octets[1]));
        if contains(&self.settings.cscb_channels, channel) == self.settings.cscb_except {
            return Route::Arrived;
        }
        match self.settings.cnmi[2] {
            2 => {
                let lines = if self.settings.text_mode {
                    let (fields, text) = self.text_of_page(page);
                    alloc::vec![format!("+CBM: {fields}").into_bytes(), text]
                } else {
                    self.with_pdu(format!("+CBM: {}", page.len()), &[], page)
                };
                self.log(Fact::Routed { tpdu: page.to_vec() });
                self.indicate(lines);
            }
            1 if self.store.has(Memory::Bm) => {
                if let Some((_, index)) = self.keep(Memory::Bm, page, false) {
                    self.indicate(alloc::vec![format!("+CBMI: \"BM\",{index}").into_bytes()]);
                }
            }
            _ => {}
        }
        Route::Arrived
    }

    fn keep(&mut self, memory: Memory, tpdu: &[u8], addressed: bool) -> Option<(Memory, u16)> {
        let smsc = if addressed { self.smsc_octets() } else { Vec::new() };
        let slot = Slot {
            status: Status::Unread,
            smsc,
            tpdu: tpdu.to_vec(),
        };
        let (memory, index) = self.store.insert(memory, slot)?;
        self.log(Fact::Stored {
            memory,
            index,
            tpdu: tpdu.to_vec(),
        });
        Some((memory, index))
    }

    fn hand_over(&mut self, tpdu: &[u8], lines: Vec<Vec<u8>>) -> Route {
        self.log(Fact::Routed { tpdu: tpdu.to_vec() });
        self.indicate(lines);
        // With service 0 the modem acknowledges by itself: 27.005, 3.4.4.
        let by_host = self.settings.csms == 1 && self.profile.acknowledgement != Acknowledgement::Refused;
        if by_host {
            Route::AwaitsHost
        } else {
            Route::Arrived
        }
    }

    /// An indication, by the first value of `+CNMI`.
    fn indicate(&mut self, lines: Vec<Vec<u8>>) {
        if self.settings.cnmi[0] != 0 {
            return self.notify_lines(lines);
        }
        if self.buffered.len() == BUFFER_LIMIT {
            self.buffered.remove(0);
        }
        self.buffered.push(lines);
    }

    /// `+CNMI` was set: what was buffered goes out or away.
    pub(crate) fn flush_buffered(&mut self) {
        let [mode, .., clear] = self.settings.cnmi;
        if mode == 0 {
            return;
        }
        let buffered = core::mem::take(&mut self.buffered);
        if clear == 0 {
            buffered.into_iter().for_each(|lines| self.notify_lines(lines));
        }
    }

    pub(crate) fn acknowledge_command(&mut self, command: &Command) -> Outcome {
        let arguments = match &command.operation {
            Operation::Test if self.settings.text_mode => return Ok(Flow::Done),
            Operation::Test => return self.prefixed("+CNMA", "(0-2)"),
            Operation::Read => return Err(Failure::Error),
            Operation::Execute => return self.acknowledge(true),
            Operation::Set(arguments) => arguments,
        };
        let kind = arguments
            .small(0, 2)
            .map_err(|()| Failure::INVALID_PDU_PARAMETER)?
            .unwrap_or(0);
        let length = arguments
            .small(1, 255)
            .map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
        match (self.profile.acknowledgement, kind, length) {
            (Acknowledgement::Refused, ..) => Err(Failure::SMS_NOT_SUPPORTED),
            (Acknowledgement::WithoutPdu, 1 | 2, _) => Err(Failure::INVALID_PDU_PARAMETER),
            (_, 0 | 1, None | Some(0)) => self.acknowledge(true),
            (_, 2, None | Some(0)) => self.acknowledge(false),
            (_, _, Some(_)) if self.network.awaiting.is_none() => Err(Failure::NO_ACKNOWLEDGEMENT_EXPECTED),
            (_, _, length) => Ok(Flow::Body(Body::Acknowledge(
                kind != 2,
                usize::from(length.unwrap_or(0)),
            ))),
        }
    }

    /// The host has said what it makes of a message.
    pub(crate) fn acknowledge(&mut self, accepted: bool) -> Outcome {
        if self.profile.acknowledgement == Acknowledgement::Refused {
            return Err(Failure::SMS_NOT_SUPPORTED);
        }
        let inbound = self
            .network
            .awaiting
            .take()
            .ok_or(Failure::NO_ACKNOWLEDGEMENT_EXPECTED)?;
        self.timers.cancel(&Event::Unacknowledged(self.awaited));
        let tpdu = inbound.tpdu;
        self.log(match accepted {
            true => Fact::Acknowledged { tpdu },
            false => Fact::Unacknowledged {
                tpdu,
                reason: Refusal::Host,
            },
        });
        self.reach();
        Ok(Flow::Done)
    }

    /// The host has not acknowledged: the modem hands over nothing more until `+CNMI` is set anew.
    pub(crate) fn acknowledgement_missed(&mut self, number: u64) {
        if number != self.awaited {
            return;
        }
        let Some(inbound) = self.network.awaiting.take() else {
            return;
        };
        self.log(Fact::Unacknowledged {
            tpdu: inbound.tpdu.clone(),
            reason: Refusal::Late,
        });
        self.settings.cnmi[1] = 0;
        self.settings.cnmi[3] = 0;
        self.network.push_back(inbound);
        self.reach();
    }

    /// Fills the memory for new messages.
    pub(crate) fn fill(&mut self) {
        let memory = self.memories[2];
        let date = self.date();
        while self.store.used(memory) < self.store.total(memory) {
            let text = format!("Old message {}", self.store.used(memory) + 1);
            // A short plain text from a number: there is nothing to refuse.
            let Some(tpdu) = tpdu::deliver("+491700000099", &text, 0, date)
                .ok()
                .and_then(|mut parts| parts.pop())
            else {
                return;
            };
            let slot = Slot {
                status: Status::Read,
                smsc: self.smsc_octets(),
                tpdu,
            };
            if self.store.insert(memory, slot).is_none() {
                return;
            }
        }
    }
}

/// Whether a channel is in a list like `0,50,320-478`.
fn contains(channels: &str, channel: u16) -> bool {
    channels.split(',').any(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&channel),
            _ => false,
        }
    })
}
