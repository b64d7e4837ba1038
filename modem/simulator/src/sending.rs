//! Sending a message: 3GPP TS 27.005, 3.5.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Dcs, Outgoing};

use crate::Simulator;
use crate::card::type_of;
use crate::command::{Arguments, Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::network::Subscriber;
use crate::profile::Memory;
use crate::service_centre::SentMessage;
use crate::settings::Settings;
use crate::storage::index;
use crate::store::{Slot, Status};
use crate::terminal::{Flow, Outcome, Then};
use crate::text;
use crate::timer::Event;
use crate::tpdu;
use crate::truth::Fact;
use crate::verb::unhex;

/// The modem's timeout for the network: 3GPP TS 24.011 has 35 to 45 seconds an attempt.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(120);

/// A message body that a command prompted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// `+CMGS` and `+CMGC` in PDU mode: the length of the TPDU.
    Submit(usize),
    /// `+CMGS` in text mode: the recipient and the type of its address.
    SubmitText(String, u8),
    /// `+CMGW` in PDU mode.
    Write(usize, Status),
    /// `+CMGW` in text mode.
    WriteText(String, u8, Status),
    /// `+CNMA` with a PDU.
    Acknowledge(bool, usize),
}

/// A message on its way to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sending {
    smsc: Vec<u8>,
    tpdu: Vec<u8>,
    /// The slot of a stored message.
    from: Option<(Memory, u16)>,
}

impl Simulator {
    /// Takes the message body that a command prompted for.
    pub(crate) fn take_body(&mut self, body: Body, octets: &[u8]) -> Outcome {
        match body {
            Body::Submit(length) => {
                let (smsc, tpdu) = pdu_of(octets, length)?;
                self.send(Sending { smsc, tpdu, from: None })
            }
            Body::SubmitText(number, kind) => {
                let tpdu = text_to_submit(&self.desk.settings, &number, kind, octets)
                    .ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                self.send(Sending { smsc: alloc::vec![0], tpdu, from: None })
            }
            Body::Write(length, status) => {
                let (smsc, tpdu) = pdu_of(octets, length)?;
                self.write(Slot { status, smsc, tpdu })
            }
            Body::WriteText(number, kind, status) => {
                let tpdu = text_to_submit(&self.desk.settings, &number, kind, octets)
                    .ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                self.write(Slot { status, smsc: alloc::vec![0], tpdu })
            }
            Body::Acknowledge(accepted, length) => {
                let pdu =
                    core::str::from_utf8(octets).ok().and_then(|text| unhex(text.trim()).ok());
                pdu.filter(|pdu| pdu.len() == length).ok_or(Failure::INVALID_PDU_PARAMETER)?;
                self.acknowledge(accepted)
            }
        }
    }

    pub(crate) fn send_stored(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return if command.operation == Operation::Test {
                Ok(Flow::Done)
            } else {
                Err(Failure::Error)
            };
        };
        let memory = self.store.for_writing();
        let index = index(arguments, 0)?;
        let slot = self.store.get(memory, index).ok_or(Failure::INVALID_MEMORY_INDEX)?;
        let (smsc, mut tpdu) = (slot.smsc.clone(), slot.tpdu.clone());
        if let Some(number) = self.desk.string(arguments, 1) {
            tpdu = tpdu::readdressed(&tpdu, &number).ok_or(Failure::INVALID_PDU_PARAMETER)?;
        }
        self.send(Sending { smsc, tpdu, from: Some((memory, index)) })
    }

    fn write(&mut self, slot: Slot) -> Outcome {
        self.store.write(slot, &mut self.desk, &mut self.terminal)
    }

    /// Sends a message to the network.
    fn send(&mut self, sending: Sending) -> Outcome {
        let to = match tpdu::submission(&sending.tpdu) {
            Some(Outgoing::Submit(submit)) => submit.destination.to_string(),
            Some(Outgoing::Command(command)) => command.destination.to_string(),
            _ => return Err(Failure::INVALID_PDU_PARAMETER),
        };
        if !tpdu::is_sound(&sending.tpdu) {
            return Err(Failure::INVALID_PDU_PARAMETER);
        }
        let unknown = self.card.service_centre.is_none()
            && sending.smsc.first().is_none_or(|length| *length == 0);
        if unknown || (self.desk.profile.needs_smsc && !self.device.service_centre_written) {
            return Err(Failure::SMSC_UNKNOWN);
        }
        if !self.is_registered() {
            return Err(Failure::NO_NETWORK_SERVICE);
        }
        let wait = match self.network.subscribers.get(&to) {
            Subscriber::Lost | Subscriber::Unconfirmed => NETWORK_TIMEOUT,
            _ => self.network.latency,
        };
        if wait.is_zero() {
            self.submitted(sending)
        } else {
            Ok(Flow::Wait(wait, Then::Submit(sending)))
        }
    }

    /// Completes the submission of a message.
    pub(crate) fn submitted(&mut self, sending: Sending) -> Outcome {
        let Sending { tpdu, from, .. } = sending;
        let name = if from.is_some() { "+CMSS" } else { "+CMGS" };
        let submit = match tpdu::submission(&tpdu) {
            Some(Outgoing::Submit(submit)) => submit,
            Some(Outgoing::Command(_)) => {
                let reference = self.network.centre.next_reference();
                self.desk.log(Fact::Commanded { reference, tpdu });
                return self.terminal.prefixed("+CMGC", &reference.to_string());
            }
            _ => return Err(Failure::INVALID_PDU_PARAMETER),
        };
        let to = submit.destination.to_string();
        let subscriber = self.network.subscribers.get(&to);
        match subscriber {
            Subscriber::Lost => return Err(Failure::Cms(332)),
            Subscriber::Rejected(cause) => {
                self.desk.log(Fact::Rejected { to, cause, tpdu });
                return Err(Failure::Cms(cause));
            }
            _ => {}
        }
        let reference = self.network.centre.next_reference();
        self.desk.log(Fact::Submitted { reference, to: to.clone(), tpdu: tpdu.clone() });
        if submit.status_report {
            let message = SentMessage { reference, tpdu: tpdu.clone(), at: self.desk.now };
            self.network.centre.remember(message.clone());
            if let Some(after) = self.network.centre.report_after {
                // 0x30 congestion, still trying; 0x46 validity period expired.
                let status = match subscriber {
                    Subscriber::Unreachable => 0x30,
                    Subscriber::Expired => 0x46,
                    _ => 0,
                };
                self.desk.set_timer(after, Event::StatusReport(message, status));
            }
        }
        if matches!(subscriber, Subscriber::Reachable | Subscriber::Echo | Subscriber::Unconfirmed)
        {
            self.read_by_subscriber(&to, reference, submit, subscriber == Subscriber::Echo);
        }
        if let Some(slot) = from.and_then(|(memory, index)| self.store.get_mut(memory, index)) {
            slot.status = Status::Sent;
        } else if self.desk.profile.keeps_sent {
            let slot = Slot { status: Status::Sent, smsc: alloc::vec![0], tpdu };
            self.store.insert(self.store.for_writing(), slot);
        }
        if subscriber == Subscriber::Unconfirmed {
            return Err(Failure::Cms(332));
        }
        self.terminal.prefixed(name, &reference.to_string())
    }

    /// Delivers a message or a part of it to its recipient.
    fn read_by_subscriber(&mut self, to: &str, reference: u8, submit: pdu::Submit, echo: bool) {
        let Some(mail) = self.network.centre.mailbox.insert(reference, submit) else {
            return;
        };
        let (text, data) = (mail.text.clone(), mail.data);
        self.desk.log(Fact::Received {
            by: to.to_string(),
            references: mail.references,
            text: text.clone(),
            data,
        });
        let own = to == self.card.number;
        if let Some(text) = text.filter(|_| own || echo) {
            let from = if own { self.card.number.clone() } else { to.to_string() };
            // A number that has received a message can be sent one.
            let _ = self.deliver_text(&from, &text, false);
        }
    }
}

/// The prompt for the message body of `+CMGS`, `+CMGW` and `+CMGC`.
pub(crate) fn ask_for_body(command: &Command, desk: &Desk) -> Outcome {
    let writes = command.name == "+CMGW";
    let none = Arguments::default();
    let arguments = match &command.operation {
        Operation::Test => return Ok(Flow::Done),
        Operation::Set(arguments) => arguments,
        Operation::Execute if writes && desk.settings.text_mode => &none,
        _ => return Err(Failure::Error),
    };
    if !desk.settings.text_mode {
        let length = arguments.number(0, 1..=255).map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
        let length = length.ok_or(Failure::INVALID_PDU_PARAMETER)? as usize;
        if !writes {
            return Ok(Flow::Body(Body::Submit(length)));
        }
        let status =
            arguments.small(1, 3).map_err(|()| Failure::INVALID_PDU_PARAMETER)?.unwrap_or(2);
        return Ok(Flow::Body(Body::Write(
            length,
            Status::numbered(status).unwrap_or(Status::Unsent),
        )));
    }
    if command.name == "+CMGC" {
        return Err(Failure::SMS_NOT_SUPPORTED);
    }
    let number = desk.string(arguments, 0);
    let kind = arguments.small(1, 255).map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
    if !writes {
        let number = number.ok_or(Failure::INVALID_TEXT_PARAMETER)?;
        let kind = kind.unwrap_or(type_of(&number));
        return Ok(Flow::Body(Body::SubmitText(number, kind)));
    }
    let number = number.unwrap_or_default();
    let kind = kind.unwrap_or(type_of(&number));
    let status = match arguments.word(2) {
        None | Some("STO UNSENT") => Status::Unsent,
        Some("STO SENT") => Status::Sent,
        _ => return Err(Failure::INVALID_TEXT_PARAMETER),
    };
    Ok(Flow::Body(Body::WriteText(number, kind, status)))
}

/// The SMS-SUBMIT of a text, by `+CSMP`.
fn text_to_submit(settings: &Settings, number: &str, kind: u8, body: &[u8]) -> Option<Vec<u8>> {
    let [first, validity, protocol, coding] = settings.csmp;
    let number = if kind == 145 && !number.starts_with('+') {
        format!("+{number}")
    } else {
        number.to_string()
    };
    text::submit(
        settings.charset,
        &number,
        [first, validity, protocol],
        Dcs::from_raw(coding),
        body,
    )
}

/// Reads the hex of a PDU: the address of the service centre, and as many octets as announced.
fn pdu_of(octets: &[u8], length: usize) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let text: String = octets
        .iter()
        .filter(|octet| !octet.is_ascii_whitespace())
        .copied()
        .map(char::from)
        .collect();
    let mut smsc = unhex(&text)
        .ok()
        .filter(|octets| !octets.is_empty())
        .ok_or(Failure::INVALID_PDU_PARAMETER)?;
    let end = smsc.first().map_or(0, |length| usize::from(*length)).saturating_add(1);
    if end > smsc.len() {
        return Err(Failure::INVALID_PDU_PARAMETER);
    }
    let tpdu = smsc.split_off(end);
    if tpdu.len() == length { Ok((smsc, tpdu)) } else { Err(Failure::INVALID_PDU_PARAMETER) }
}
