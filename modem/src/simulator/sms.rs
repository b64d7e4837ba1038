//! Message commands: 3GPP TS 27.005, 3 and 4.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Dcs, Outgoing};

use super::Simulator;
use super::command::{Arguments, Command, Operation};
use super::engine::{Flow, Outcome, Then};
use super::failure::Failure;
use super::general::{list, type_of};
use super::network::{SentMessage, Subscriber};
use super::profile::{EmptySlot, Header, Memory};
use super::store::{Slot, Status};
use super::timer::Event;
use super::tpdu;
use super::truth::Fact;
use super::verb::unhex;

/// When the modem gives up waiting for the network: 3GPP TS 24.011 has it between 35 and 45 seconds a try.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(120);

/// A message body that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
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
pub(super) struct Sending {
    smsc: Vec<u8>,
    tpdu: Vec<u8>,
    /// The slot that it comes from.
    from: Option<(Memory, u16)>,
}

impl Simulator {
    pub(super) fn sms_command(&mut self, command: &Command) -> Outcome {
        match command.name.as_str() {
            "+CSMS" => self.service(command),
            "+CPMS" => self.memories_command(command),
            "+CMGF" => self.number(
                command,
                &[0, 1],
                |s| u8::from(s.text_mode),
                |s, value| s.text_mode = value == 1,
            ),
            "+CSCA" => self.service_centre(command),
            "+CSMP" => self.text_parameters(command),
            "+CSDH" => self.number(
                command,
                &[0, 1],
                |s| u8::from(s.csdh),
                |s, value| s.csdh = value == 1,
            ),
            "+CMMS" => self.number(command, &[0, 1, 2], |s| s.cmms, |s, value| s.cmms = value),
            "+CGSMS" => self.number(command, &[0, 1, 2, 3], |s| s.cgsms, |s, value| s.cgsms = value),
            "+CSCB" => self.channels(command),
            "+CNMI" => self.indications(command),
            "+CNMA" => self.acknowledge_command(command),
            "+CMGR" => self.read(command),
            "+CMGL" => self.list(command),
            "+CMGD" => self.delete(command),
            "+CMGS" | "+CMGW" | "+CMGC" => self.ask_for_body(command),
            "+CMSS" => self.send_stored(command),
            "+CSAS" | "+CRES" => Ok(Flow::Done),
            _ => Err(Failure::Unknown),
        }
    }

    fn service(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => {
                let services: Vec<u8> = (0..=self.profile.csms).collect();
                self.prefixed("+CSMS", &format!("({})", list(&services)))
            }
            Operation::Read => {
                let line = format!("{},1,1,1", self.settings.csms);
                self.prefixed("+CSMS", &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let most = self.profile.csms;
                match arguments.small(0, most) {
                    Ok(Some(service)) => self.settings.csms = service,
                    _ => return Err(Failure::SMS_NOT_SUPPORTED),
                }
                self.prefixed("+CSMS", "1,1,1")
            }
        }
    }

    fn memories_command(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test if !self.profile.memory_test.is_empty() => {
                self.prefixed("+CPMS", self.profile.memory_test)
            }
            Operation::Test => {
                let places = self.profile.memory_choices.iter().map(|choices| {
                    let names: Vec<_> = choices
                        .iter()
                        .map(|memory| format!("\"{}\"", memory.name()))
                        .collect();
                    format!("({})", names.join(","))
                });
                let line = places.collect::<Vec<_>>().join(",");
                self.prefixed("+CPMS", &line)
            }
            Operation::Read => {
                let fields = self.selected().map(|memory| {
                    format!(
                        "\"{}\",{},{}",
                        memory.name(),
                        self.store.used(memory),
                        self.store.total(memory)
                    )
                });
                let line = fields.collect::<Vec<_>>().join(",");
                self.prefixed("+CPMS", &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let (fewest, most) = self.profile.memory_arguments;
                if !(usize::from(fewest)..=usize::from(most)).contains(&arguments.len()) {
                    return Err(Failure::Error);
                }
                let mut memories = self.memories;
                for (place, memory) in memories.iter_mut().enumerate() {
                    let Some(name) = arguments.word(place) else {
                        continue;
                    };
                    let choices = self.profile.memory_choices[place];
                    let named =
                        Memory::named(name).filter(|named| choices.contains(named) && self.store.has(*named));
                    *memory = named.ok_or(Failure::SMS_NOT_ALLOWED)?;
                }
                self.memories = memories;
                let fields = self
                    .selected()
                    .map(|memory| format!("{},{}", self.store.used(memory), self.store.total(memory)));
                let line = fields.collect::<Vec<_>>().join(",");
                self.prefixed("+CPMS", &line)?;
                self.room_was_made();
                Ok(Flow::Done)
            }
        }
    }

    /// The memories of the places that the modem has.
    fn selected(&self) -> impl Iterator<Item = Memory> + '_ {
        let places = self.memories.iter().zip(self.profile.memory_choices);
        places
            .filter(|(_, choices)| !choices.is_empty())
            .map(|(memory, _)| *memory)
    }

    fn service_centre(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let (number, kind) = self.card.service_centre.clone().unwrap_or((String::new(), 129));
                let number = self.quoted(&number);
                self.say_parts(&[b"+CSCA: ", &number, format!(",{kind}").as_bytes()])
            }
            Operation::Set(arguments) => {
                let number = self.string(arguments, 0).ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                if number.parse::<pdu::Address>().is_err() {
                    return Err(Failure::INVALID_TEXT_PARAMETER);
                }
                let kind = arguments
                    .small(1, 255)
                    .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                let kind = kind.unwrap_or(type_of(&number));
                let plus = kind == 145 && !number.starts_with('+');
                let number = if plus { format!("+{number}") } else { number };
                self.card.service_centre = Some((number, kind));
                self.service_centre_written = true;
                Ok(Flow::Done)
            }
        }
    }

    fn text_parameters(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test | Operation::Execute => Ok(Flow::Done),
            Operation::Read => {
                let [first, validity, protocol, coding] = self.settings.csmp;
                self.prefixed("+CSMP", &format!("{first},{validity},{protocol},{coding}"))
            }
            Operation::Set(arguments) => {
                let mut parameters = self.settings.csmp;
                for (place, parameter) in parameters.iter_mut().enumerate() {
                    let value = arguments
                        .small(place, 255)
                        .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                    *parameter = value.unwrap_or(*parameter);
                }
                self.settings.csmp = parameters;
                if self.profile.csmp_clears_smsc {
                    self.card.service_centre = None;
                }
                Ok(Flow::Done)
            }
        }
    }

    fn channels(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed("+CSCB", "(0,1)"),
            Operation::Read => {
                let settings = &self.settings;
                let (except, channels) = (u8::from(settings.cscb_except), &settings.cscb_channels);
                let line = format!("{except},\"{channels}\",\"{}\"", settings.cscb_codings);
                self.prefixed("+CSCB", &line)
            }
            Operation::Execute => {
                self.settings.cscb_except = false;
                self.settings.cscb_channels.clear();
                Ok(Flow::Done)
            }
            Operation::Set(arguments) => {
                let except = arguments
                    .small(0, 1)
                    .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
                self.settings.cscb_except = except == Some(1);
                self.settings.cscb_channels = arguments.word(1).unwrap_or_default().to_string();
                self.settings.cscb_codings = arguments.word(2).unwrap_or_default().to_string();
                Ok(Flow::Done)
            }
        }
    }

    fn indications(&mut self, command: &Command) -> Outcome {
        match &command.operation {
            Operation::Test if !self.profile.cnmi_test.is_empty() => {
                self.prefixed("+CNMI", self.profile.cnmi_test)
            }
            Operation::Test => {
                let places: Vec<_> = self
                    .profile
                    .cnmi
                    .iter()
                    .map(|values| format!("({})", list(values)))
                    .collect();
                self.prefixed("+CNMI", &places.join(","))
            }
            Operation::Read => {
                let [mode, mt, bm, ds, bfr] = self.settings.cnmi;
                self.prefixed("+CNMI", &format!("{mode},{mt},{bm},{ds},{bfr}"))
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let refused = Failure::Cms(self.profile.cnmi_error);
                let mut values = [0; 5];
                if arguments.len() > values.len() {
                    return Err(refused);
                }
                for (place, value) in values.iter_mut().enumerate() {
                    let allowed = self.profile.cnmi[place];
                    let given = arguments.small(place, 255).map_err(|()| refused.clone())?;
                    // What is left out is 0, or what comes next to it.
                    *value = given.or(allowed.first().copied()).unwrap_or(0);
                    let advertised = self.profile.cnmi_refused.contains(&(place, *value));
                    if !allowed.contains(value) || advertised {
                        return Err(refused);
                    }
                }
                self.settings.cnmi = values;
                self.flush_buffered();
                Ok(Flow::Done)
            }
        }
    }

    fn read(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return if command.operation == Operation::Test {
                Ok(Flow::Done)
            } else {
                Err(Failure::Error)
            };
        };
        let memory = self.memories[0];
        let index = self.index(arguments, 0)?;
        if !self.store.contains(memory, index) {
            return Err(Failure::INVALID_MEMORY_INDEX);
        }
        let Some(slot) = self.store.get_mut(memory, index) else {
            return match self.profile.empty_slot {
                EmptySlot::Error => Err(Failure::INVALID_MEMORY_INDEX),
                EmptySlot::Ok => Ok(Flow::Done),
                EmptySlot::Zeros => self.prefixed("+CMGR", "0,,0"),
            };
        };
        let shown = slot.clone();
        if slot.status == Status::Unread {
            slot.status = Status::Read;
        }
        self.log(Fact::Read { memory, index });
        let lines = if self.settings.text_mode {
            self.text_of_slot(&shown, memory, "+CMGR: ", false)
        } else {
            self.pdu_lines("+CMGR: ", &shown)
        };
        self.say_lines(lines);
        Ok(Flow::Done)
    }

    fn list(&mut self, command: &Command) -> Outcome {
        let wanted = match &command.operation {
            Operation::Test if self.settings.text_mode => {
                return self.prefixed(
                    "+CMGL",
                    "(\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")",
                );
            }
            Operation::Test => return self.prefixed("+CMGL", "(0-4)"),
            Operation::Read => return Err(Failure::Error),
            Operation::Execute => Some(Status::Unread),
            Operation::Set(arguments) if self.settings.text_mode => match arguments.word(0) {
                None => Some(Status::Unread),
                Some("ALL") => None,
                Some(words) => {
                    let statuses = [Status::Unread, Status::Read, Status::Unsent, Status::Sent];
                    let status = statuses.into_iter().find(|status| status.words() == words);
                    Some(status.ok_or(Failure::INVALID_TEXT_PARAMETER)?)
                }
            },
            Operation::Set(arguments) => {
                let number = arguments
                    .small(0, 4)
                    .map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
                Status::numbered(number.unwrap_or(0))
            }
        };
        if self.profile.list_hangs {
            return Ok(Flow::Hang);
        }
        let memory = self.memories[0];
        let mut indices = self.store.indices(memory);
        if self.profile.lists_backwards {
            indices.reverse();
        }
        for index in indices {
            let Some(slot) = self.store.get_mut(memory, index) else {
                continue;
            };
            if wanted.is_some_and(|wanted| wanted != slot.status) {
                continue;
            }
            let shown = slot.clone();
            if slot.status == Status::Unread {
                slot.status = Status::Read;
            }
            self.log(Fact::Read { memory, index });
            let head = format!("+CMGL: {index},");
            let lines = if self.settings.text_mode {
                self.text_of_slot(&shown, memory, &head, true)
            } else {
                self.pdu_lines(&head, &shown)
            };
            self.say_lines(lines);
        }
        Ok(Flow::Done)
    }

    /// The header and the octets of a message in PDU mode.
    fn pdu_lines(&self, head: &str, slot: &Slot) -> Vec<Vec<u8>> {
        let (status, length) = (slot.status.number(), slot.tpdu.len());
        let head = match self.profile.header {
            Header::Standard => format!("{head}{status},,{length}"),
            Header::Quoted => format!("{head}{status},\"\",{length}"),
            Header::WithoutName => format!("{head}{status},{length}"),
            Header::WithoutStatus => format!("{head},,{length}"),
        };
        self.with_pdu(head, &slot.smsc, &slot.tpdu)
    }

    /// A header with the hex of a PDU behind it.
    pub(super) fn with_pdu(&self, head: String, smsc: &[u8], tpdu: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = alloc::vec![head.into_bytes()];
        if self.profile.empty_line_before_pdu {
            lines.push(Vec::new());
        }
        lines.push(hex(&[smsc, tpdu].concat()).into_bytes());
        lines
    }

    fn delete(&mut self, command: &Command) -> Outcome {
        let memory = self.memories[0];
        let Operation::Set(arguments) = &command.operation else {
            if command.operation != Operation::Test {
                return Err(Failure::Error);
            }
            let indices: Vec<_> = self
                .store
                .indices(memory)
                .iter()
                .map(ToString::to_string)
                .collect();
            return self.prefixed("+CMGD", &format!("({}),(0-4)", indices.join(",")));
        };
        let flag = arguments
            .small(1, 4)
            .map_err(|()| Failure::INVALID_PDU_PARAMETER)?
            .unwrap_or(0);
        let doomed = match flag {
            0 => {
                let index = self.index(arguments, 0)?;
                if !self.store.contains(memory, index) {
                    return Err(Failure::INVALID_MEMORY_INDEX);
                }
                alloc::vec![index]
            }
            _ => self.store.indices(memory),
        };
        for index in doomed {
            let goes = self
                .store
                .get(memory, index)
                .is_some_and(|slot| match slot.status {
                    _ if flag == 0 || flag == 4 => true,
                    Status::Read => true,
                    Status::Sent => flag >= 2,
                    Status::Unsent => flag >= 3,
                    Status::Unread => false,
                });
            if let Some(slot) = goes.then(|| self.store.remove(memory, index)).flatten() {
                self.log(Fact::Deleted {
                    memory,
                    index,
                    tpdu: slot.tpdu,
                });
            }
        }
        self.room_was_made();
        Ok(Flow::Done)
    }

    fn ask_for_body(&mut self, command: &Command) -> Outcome {
        let writes = command.name == "+CMGW";
        let none = Arguments::default();
        let arguments = match &command.operation {
            Operation::Test => return Ok(Flow::Done),
            Operation::Set(arguments) => arguments,
            Operation::Execute if writes && self.settings.text_mode => &none,
            _ => return Err(Failure::Error),
        };
        if !self.settings.text_mode {
            let length = arguments
                .number(0, 1..=255)
                .map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
            let length = length.ok_or(Failure::INVALID_PDU_PARAMETER)? as usize;
            if !writes {
                return Ok(Flow::Body(Body::Submit(length)));
            }
            let status = arguments
                .small(1, 3)
                .map_err(|()| Failure::INVALID_PDU_PARAMETER)?
                .unwrap_or(2);
            return Ok(Flow::Body(Body::Write(
                length,
                Status::numbered(status).unwrap_or(Status::Unsent),
            )));
        }
        if command.name == "+CMGC" {
            return Err(Failure::SMS_NOT_SUPPORTED);
        }
        let number = self.string(arguments, 0);
        let kind = arguments
            .small(1, 255)
            .map_err(|()| Failure::INVALID_TEXT_PARAMETER)?;
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

    /// What was asked for has come.
    pub(super) fn take_body(&mut self, body: Body, octets: &[u8]) -> Outcome {
        match body {
            Body::Submit(length) => {
                let (smsc, tpdu) = pdu_of(octets, length)?;
                self.send(Sending {
                    smsc,
                    tpdu,
                    from: None,
                })
            }
            Body::SubmitText(number, kind) => {
                let tpdu = self
                    .text_to_submit(&number, kind, octets)
                    .ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                self.send(Sending {
                    smsc: alloc::vec![0],
                    tpdu,
                    from: None,
                })
            }
            Body::Write(length, status) => {
                let (smsc, tpdu) = pdu_of(octets, length)?;
                self.write(Slot { status, smsc, tpdu })
            }
            Body::WriteText(number, kind, status) => {
                let tpdu = self
                    .text_to_submit(&number, kind, octets)
                    .ok_or(Failure::INVALID_TEXT_PARAMETER)?;
                self.write(Slot {
                    status,
                    smsc: alloc::vec![0],
                    tpdu,
                })
            }
            Body::Acknowledge(accepted, length) => {
                let pdu = core::str::from_utf8(octets)
                    .ok()
                    .and_then(|text| unhex(text.trim()).ok());
                pdu.filter(|pdu| pdu.len() == length)
                    .ok_or(Failure::INVALID_PDU_PARAMETER)?;
                self.acknowledge(accepted)
            }
        }
    }

    fn write(&mut self, slot: Slot) -> Outcome {
        let tpdu = slot.tpdu.clone();
        let (memory, index) = self
            .store
            .insert(self.memories[1], slot)
            .ok_or(Failure::MEMORY_FULL)?;
        self.log(Fact::Written { memory, index, tpdu });
        self.prefixed("+CMGW", &index.to_string())
    }

    fn send_stored(&mut self, command: &Command) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return if command.operation == Operation::Test {
                Ok(Flow::Done)
            } else {
                Err(Failure::Error)
            };
        };
        let memory = self.memories[1];
        let index = self.index(arguments, 0)?;
        let slot = self
            .store
            .get(memory, index)
            .ok_or(Failure::INVALID_MEMORY_INDEX)?;
        let (smsc, mut tpdu) = (slot.smsc.clone(), slot.tpdu.clone());
        if let Some(number) = self.string(arguments, 1) {
            tpdu = tpdu::readdressed(&tpdu, &number).ok_or(Failure::INVALID_PDU_PARAMETER)?;
        }
        self.send(Sending {
            smsc,
            tpdu,
            from: Some((memory, index)),
        })
    }

    /// Gives a message to the network.
    fn send(&mut self, sending: Sending) -> Outcome {
        let to = match tpdu::submission(&sending.tpdu) {
            Some(Outgoing::Submit(submit)) => submit.destination.to_string(),
            Some(Outgoing::Command(command)) => command.destination.to_string(),
            _ => return Err(Failure::INVALID_PDU_PARAMETER),
        };
        let unknown =
            self.card.service_centre.is_none() && sending.smsc.first().is_none_or(|length| *length == 0);
        if unknown || (self.profile.needs_smsc && !self.service_centre_written) {
            return Err(Failure::SMSC_UNKNOWN);
        }
        if !self.is_registered() {
            return Err(Failure::NO_NETWORK_SERVICE);
        }
        let wait = match self.network.subscriber(&to) {
            Subscriber::Lost | Subscriber::Unconfirmed => NETWORK_TIMEOUT,
            _ => self.network.latency,
        };
        if wait.is_zero() {
            self.submitted(sending)
        } else {
            Ok(Flow::Wait(wait, Then::Submit(sending)))
        }
    }

    /// The network has the message, or has it not.
    pub(super) fn submitted(&mut self, sending: Sending) -> Outcome {
        let Sending { tpdu, from, .. } = sending;
        let name = if from.is_some() { "+CMSS" } else { "+CMGS" };
        let submit = match tpdu::submission(&tpdu) {
            Some(Outgoing::Submit(submit)) => submit,
            Some(Outgoing::Command(_)) => {
                let reference = self.network.next_reference();
                self.log(Fact::Commanded { reference, tpdu });
                return self.prefixed("+CMGC", &reference.to_string());
            }
            _ => return Err(Failure::INVALID_PDU_PARAMETER),
        };
        let to = submit.destination.to_string();
        let subscriber = self.network.subscriber(&to);
        match subscriber {
            Subscriber::Lost => return Err(Failure::Cms(332)),
            Subscriber::Rejected(cause) => {
                self.log(Fact::Rejected { to, cause, tpdu });
                return Err(Failure::Cms(cause));
            }
            _ => {}
        }
        let reference = self.network.next_reference();
        self.log(Fact::Submitted {
            reference,
            to: to.clone(),
            tpdu: tpdu.clone(),
        });
        if submit.status_report {
            let message = SentMessage {
                reference,
                tpdu: tpdu.clone(),
                at: self.now,
            };
            self.network.remember(message.clone());
            if let Some(after) = self.network.report_after {
                // 0x30 congestion, still trying; 0x46 validity period expired.
                let status = match subscriber {
                    Subscriber::Unreachable => 0x30,
                    Subscriber::Expired => 0x46,
                    _ => 0,
                };
                self.timers.set(self.now + after, Event::Report(message, status));
            }
        }
        if matches!(
            subscriber,
            Subscriber::Reachable | Subscriber::Echo | Subscriber::Unconfirmed
        ) {
            self.read_by_subscriber(&to, reference, submit, subscriber == Subscriber::Echo);
        }
        if let Some(slot) = from.and_then(|(memory, index)| self.store.get_mut(memory, index)) {
            slot.status = Status::Sent;
        } else if self.profile.keeps_sent {
            let slot = Slot {
                status: Status::Sent,
                smsc: alloc::vec![0],
                tpdu,
            };
            self.store.insert(self.memories[1], slot);
        }
        if subscriber == Subscriber::Unconfirmed {
            return Err(Failure::Cms(332));
        }
        self.prefixed(name, &reference.to_string())
    }

    /// The recipient gets a message or a part of it.
    fn read_by_subscriber(&mut self, to: &str, reference: u8, submit: pdu::Submit, echo: bool) {
        let Some(mail) = self.mailbox.insert(reference, submit) else {
            return;
        };
        let (text, data) = (mail.text.clone(), mail.data);
        self.log(Fact::Received {
            by: to.to_string(),
            references: mail.references,
            text: text.clone(),
            data,
        });
        let own = to == self.card.number;
        if let Some(text) = text.filter(|_| own || echo) {
            let from = if own {
                self.card.number.clone()
            } else {
                to.to_string()
            };
            // What a number has sent, it can be sent.
            let _ = self.deliver_text(&from, &text, false);
        }
    }

    /// The address of the service centre as it stands before a TPDU.
    pub(super) fn smsc_octets(&self) -> Vec<u8> {
        let Some((number, _)) = &self.card.service_centre else {
            return alloc::vec![0];
        };
        let digits: Vec<u8> = number
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|digit| digit - b'0')
            .collect();
        let mut octets = alloc::vec![0, type_of(number)];
        octets.extend(
            digits
                .chunks(2)
                .map(|pair| pair.get(1).copied().unwrap_or(0x0f) << 4 | pair[0]),
        );
        octets[0] = u8::try_from(octets.len() - 1).unwrap_or(0);
        octets
    }

    fn index(&self, arguments: &Arguments, place: usize) -> Result<u16, Failure> {
        let index = arguments
            .number(place, 0..=65_535)
            .ok()
            .flatten()
            .and_then(|index| u16::try_from(index).ok());
        index.ok_or(Failure::INVALID_MEMORY_INDEX)
    }

    /// A string parameter, from the character set of `+CSCS`.
    pub(super) fn string(&self, arguments: &Arguments, place: usize) -> Option<String> {
        Some(self.settings.charset.decode(arguments.octets(place)?))
    }

    /// SMS-SUBMIT of a text, by `+CSMP`.
    fn text_to_submit(&self, number: &str, kind: u8, body: &[u8]) -> Option<Vec<u8>> {
        let [first, validity, protocol, coding] = self.settings.csmp;
        let number = if kind == 145 && !number.starts_with('+') {
            format!("+{number}")
        } else {
            number.to_string()
        };
        super::text::submit(
            self.settings.charset,
            &number,
            [first, validity, protocol],
            Dcs::from_raw(coding),
            body,
        )
    }
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
    let end = 1 + usize::from(smsc[0]);
    if end > smsc.len() {
        return Err(Failure::INVALID_PDU_PARAMETER);
    }
    let tpdu = smsc.split_off(end);
    if tpdu.len() == length {
        Ok((smsc, tpdu))
    } else {
        Err(Failure::INVALID_PDU_PARAMETER)
    }
}

/// Octets as pairs of hexadecimal digits.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
