//! The routing of deliveries from the network: 3GPP TS 27.005, 3.4.1 and 3.4.4.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use pdu::{Class, Incoming};

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::delivery::{Inbound, Kind};
use crate::failure::Failure;
use crate::profile::{Acknowledgement, Indication, Memory};
use crate::sending::Body;
use crate::service_centre::SentMessage;
use crate::terminal::{Flow, Outcome};
use crate::tpdu;
use crate::truth::Fact;
use crate::verb::VerbError;

/// The result of routing a delivery.
enum Route {
    Arrived,
    AwaitsHost,
    NoRoom,
}

impl Simulator {
    /// Delivers a text from a subscriber.
    pub(crate) fn deliver_text(
        &mut self,
        from: &str,
        text: &str,
        reversed: bool,
    ) -> Result<(), VerbError> {
        let reference = self.network.centre.next_concatenation();
        let mut parts = tpdu::deliver(from, text, reference, self.desk.date())?;
        if reversed {
            parts.reverse();
        }
        parts.into_iter().for_each(|tpdu| self.bring(Kind::Message, tpdu));
        Ok(())
    }

    /// Delivers a TPDU or a page from the network.
    pub(crate) fn bring(&mut self, kind: Kind, tpdu: Vec<u8>) {
        self.desk.log(Fact::Sent { tpdu: tpdu.clone() });
        self.network.delivery.push(Inbound { kind, tpdu });
        self.reach();
    }

    /// Delivers a status report for a sent message.
    pub(crate) fn bring_report(&mut self, message: &SentMessage, status: u8) {
        if !self.desk.profile.reports {
            return;
        }
        let (sent, now) = (self.desk.date_at(message.at), self.desk.date());
        if let Some(tpdu) = tpdu::report(&message.tpdu, message.reference, status, sent, now) {
            self.bring(Kind::Report, tpdu);
        }
    }

    /// Delivers the network's queue to the modem.
    pub(crate) fn reach(&mut self) {
        if self.device.is_starting(self.desk.now, self.desk.profile.sms_ready_after) {
            return;
        }
        while self.is_registered() {
            let Some(inbound) = self.network.delivery.pop() else {
                return;
            };
            match self.route(&inbound) {
                Route::Arrived if inbound.kind == Kind::Broadcast => {}
                Route::Arrived => self.desk.log(Fact::Acknowledged { tpdu: inbound.tpdu }),
                Route::AwaitsHost => self.network.delivery.await_host(inbound, &mut self.desk),
                Route::NoRoom => {
                    self.network.delivery.refuse(inbound, &mut self.desk);
                    let line = self.desk.profile.full_line;
                    if !line.is_empty() {
                        self.terminal.notify(&self.desk, line);
                    }
                }
            }
        }
    }

    /// Tells the network that a slot was freed, or another memory chosen; it tries again.
    pub(crate) fn room_was_made(&mut self) {
        if self.network.delivery.is_full() && self.store.has_room() {
            self.network.delivery.clear();
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
        let direct = match self.desk.settings.cnmi[1] {
            2 => class != Some(Class::Sim),
            3 => class == Some(Class::Terminal),
            _ => false,
        };
        if direct {
            let lines = match tpdu::incoming(tpdu) {
                Some(Incoming::Deliver(deliver)) if self.desk.settings.text_mode => {
                    self.desk.text_of_deliver(tpdu, &deliver, self.card.service_centre_number())
                }
                _ => self.desk.with_pdu(
                    format!("+CMT: ,{}", tpdu.len()),
                    &self.card.smsc_octets(),
                    tpdu,
                ),
            };
            return self.route_to_host(tpdu, lines);
        }
        let memory =
            if class == Some(Class::Sim) { Memory::Sm } else { self.store.for_receiving() };
        let Some((memory, index)) = self.keep(memory, tpdu) else {
            return Route::NoRoom;
        };
        if self.desk.settings.cnmi[1] != 0 {
            let line = match self.desk.profile.indication {
                Indication::Standard => format!("+CMTI: \"{}\",{index}", memory.name()),
                Indication::Nowhere => String::from("+CMTI: ,-1"),
                Indication::WithTail => {
                    format!("+CMTI: \"{}\",{index},\"MMS PUSH\",2,1", memory.name())
                }
            };
            self.terminal.indicate(&self.desk, alloc::vec![line.into_bytes()]);
        }
        Route::Arrived
    }

    fn route_report(&mut self, tpdu: &[u8]) -> Route {
        match self.desk.settings.cnmi[3] {
            1 => {
                let lines = match tpdu::incoming(tpdu) {
                    Some(Incoming::StatusReport(report)) if self.desk.settings.text_mode => {
                        let mut line = Vec::from("+CDS: ");
                        line.extend(self.desk.report_fields(tpdu, &report));
                        alloc::vec![line]
                    }
                    _ => {
                        let empty = if self.desk.profile.report_extra_field { "," } else { "" };
                        self.desk.with_pdu(
                            format!("+CDS: {empty}{}", tpdu.len()),
                            &self.card.smsc_octets(),
                            tpdu,
                        )
                    }
                };
                self.route_to_host(tpdu, lines)
            }
            2 => {
                let memory = if self.store.has(Memory::Sr) {
                    Memory::Sr
                } else {
                    self.store.for_receiving()
                };
                let Some((memory, index)) = self.keep(memory, tpdu) else {
                    return Route::NoRoom;
                };
                let named =
                    if memory == Memory::Sr { self.desk.profile.report_memory } else { memory };
                self.terminal.indicate(
                    &self.desk,
                    alloc::vec![format!("+CDSI: \"{}\",{index}", named.name()).into_bytes()],
                );
                Route::Arrived
            }
            // Without a destination the modem takes the status report and drops it.
            _ => Route::Arrived,
        }
    }

    fn route_broadcast(&mut self, page: &[u8]) -> Route {
        let channel = page
            .get(2..)
            .and_then(|page| page.first_chunk())
            .map_or(0, |id| u16::from_be_bytes(*id));
        if contains(&self.desk.settings.cscb_channels, channel) == self.desk.settings.cscb_except {
            return Route::Arrived;
        }
        match self.desk.settings.cnmi[2] {
            2 => {
                let lines = if self.desk.settings.text_mode {
                    let (fields, text) = self.desk.text_of_page(page);
                    alloc::vec![format!("+CBM: {fields}").into_bytes(), text]
                } else {
                    self.desk.with_pdu(format!("+CBM: {}", page.len()), &[], page)
                };
                self.desk.log(Fact::Routed { tpdu: page.to_vec() });
                self.terminal.indicate(&self.desk, lines);
            }
            1 if self.store.has(Memory::Bm) => {
                if let Some((_, index)) =
                    self.store.keep(Memory::Bm, page, Vec::new(), &mut self.desk)
                {
                    self.terminal.indicate(
                        &self.desk,
                        alloc::vec![format!("+CBMI: \"BM\",{index}").into_bytes()],
                    );
                }
            }
            _ => {}
        }
        Route::Arrived
    }

    fn keep(&mut self, memory: Memory, tpdu: &[u8]) -> Option<(Memory, u16)> {
        let smsc = self.card.smsc_octets();
        self.store.keep(memory, tpdu, smsc, &mut self.desk)
    }

    fn route_to_host(&mut self, tpdu: &[u8], lines: Vec<Vec<u8>>) -> Route {
        self.desk.log(Fact::Routed { tpdu: tpdu.to_vec() });
        self.terminal.indicate(&self.desk, lines);
        // With service 0 the modem acknowledges by itself: 27.005, 3.4.4.
        let by_host = self.desk.settings.csms == 1
            && self.desk.profile.acknowledgement != Acknowledgement::Refused;
        if by_host { Route::AwaitsHost } else { Route::Arrived }
    }

    pub(crate) fn acknowledge_command(&mut self, command: &Command) -> Outcome {
        let arguments = match &command.operation {
            Operation::Test if self.desk.settings.text_mode => return Ok(Flow::Done),
            Operation::Test => return self.terminal.prefixed("+CNMA", "(0-2)"),
            Operation::Read => return Err(Failure::Error),
            Operation::Execute => return self.acknowledge(true),
            Operation::Set(arguments) => arguments,
        };
        let kind = arguments.small(0, 2).map_err(|()| Failure::INVALID_PDU_PARAMETER)?.unwrap_or(0);
        let length = arguments.small(1, 255).map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
        match (self.desk.profile.acknowledgement, kind, length) {
            (Acknowledgement::Refused, ..) => Err(Failure::SMS_NOT_SUPPORTED),
            (Acknowledgement::WithoutPdu, 1 | 2, _) => Err(Failure::INVALID_PDU_PARAMETER),
            (_, 0 | 1, None | Some(0)) => self.acknowledge(true),
            (_, 2, None | Some(0)) => self.acknowledge(false),
            (_, _, Some(_)) if !self.network.delivery.is_awaiting() => {
                Err(Failure::NO_ACKNOWLEDGEMENT_EXPECTED)
            }
            (_, _, length) => {
                Ok(Flow::Body(Body::Acknowledge(kind != 2, usize::from(length.unwrap_or(0)))))
            }
        }
    }

    /// Takes the host's acknowledgement or refusal of a message.
    pub(crate) fn acknowledge(&mut self, accepted: bool) -> Outcome {
        if self.desk.profile.acknowledgement == Acknowledgement::Refused {
            return Err(Failure::SMS_NOT_SUPPORTED);
        }
        self.network.delivery.acknowledge(accepted, &mut self.desk)?;
        self.reach();
        Ok(Flow::Done)
    }

    /// Handles a missing acknowledgement: the modem routes nothing to the host until `+CNMI` is set
    /// again.
    pub(crate) fn acknowledgement_missed(&mut self, number: u64) {
        if !self.network.delivery.acknowledgement_missed(number, &mut self.desk) {
            return;
        }
        self.desk.settings.cnmi[1] = 0;
        self.desk.settings.cnmi[3] = 0;
        self.reach();
    }
}

/// Returns `true` if a channel is in a list like `0,50,320-478`.
fn contains(channels: &str, channel: u16) -> bool {
    channels.split(',').any(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&channel),
            _ => false,
        }
    })
}
