//! The commands of the message store: 3GPP TS 27.005, 3.2.2, 3.4.2, 3.4.3, 3.5.3 and 3.5.4.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::Simulator;
use crate::command::{Command, Operation};
use crate::engine::{Flow, Outcome};
use crate::failure::Failure;
use crate::profile::{EmptySlot, Header, Memory};
use crate::sms::hex;
use crate::store::{Slot, Status};
use crate::truth::Fact;

impl Simulator {
    pub(crate) fn memories_command(&mut self, command: &Command) -> Outcome {
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

    pub(crate) fn read(&mut self, command: &Command) -> Outcome {
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

    pub(crate) fn list(&mut self, command: &Command) -> Outcome {
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
    pub(crate) fn with_pdu(&self, head: String, smsc: &[u8], tpdu: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = alloc::vec![head.into_bytes()];
        if self.profile.empty_line_before_pdu {
            lines.push(Vec::new());
        }
        lines.push(hex(&[smsc, tpdu].concat()).into_bytes());
        lines
    }

    pub(crate) fn delete(&mut self, command: &Command) -> Outcome {
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

    pub(crate) fn write(&mut self, slot: Slot) -> Outcome {
        let tpdu = slot.tpdu.clone();
        let (memory, index) = self
            .store
            .insert(self.memories[1], slot)
            .ok_or(Failure::MEMORY_FULL)?;
        self.log(Fact::Written { memory, index, tpdu });
        self.prefixed("+CMGW", &index.to_string())
    }
}
