//! The commands of the message storage: 3GPP TS 27.005, 3.2.2, 3.4.2, 3.4.3, 3.5.3 and 3.5.4.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::calendar::Date;
use crate::command::{Arguments, Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::profile::{EmptySlot, Memory};
use crate::store::{Slot, Status, Store};
use crate::terminal::{Flow, Outcome, Terminal};
use crate::tpdu;
use crate::truth::Fact;

impl Store {
    pub(crate) fn memories_command(
        &mut self,
        command: &Command,
        desk: &Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test if !desk.profile.memory_test.is_empty() => {
                terminal.prefixed("+CPMS", desk.profile.memory_test)
            }
            Operation::Test => {
                let lists = desk.profile.memory_choices.iter().map(|choices| {
                    let names: Vec<_> =
                        choices.iter().map(|memory| format!("\"{}\"", memory.name())).collect();
                    format!("({})", names.join(","))
                });
                let line = lists.collect::<Vec<_>>().join(",");
                terminal.prefixed("+CPMS", &line)
            }
            Operation::Read => {
                let fields = self.memories(desk).map(|memory| {
                    format!("\"{}\",{},{}", memory.name(), self.used(memory), self.total(memory))
                });
                let line = fields.collect::<Vec<_>>().join(",");
                terminal.prefixed("+CPMS", &line)
            }
            Operation::Execute => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let (fewest, most) = desk.profile.memory_arguments;
                if !(usize::from(fewest)..=usize::from(most)).contains(&arguments.len()) {
                    return Err(Failure::Error);
                }
                let mut memories = self.selected();
                let choices = desk.profile.memory_choices;
                for ((at, memory), choices) in (0..).zip(&mut memories).zip(choices) {
                    let Some(name) = arguments.word(at) else {
                        continue;
                    };
                    let named = Memory::named(name)
                        .filter(|named| choices.contains(named) && self.has(*named));
                    *memory = named.ok_or(Failure::SMS_NOT_ALLOWED)?;
                }
                self.select(memories);
                let fields = self
                    .memories(desk)
                    .map(|memory| format!("{},{}", self.used(memory), self.total(memory)));
                let line = fields.collect::<Vec<_>>().join(",");
                terminal.prefixed("+CPMS", &line)?;
                Ok(Flow::Done)
            }
        }
    }

    /// The selected memories, as many as `+CPMS` of this modem has.
    fn memories(&self, desk: &Desk) -> impl Iterator<Item = Memory> {
        let selected = self.selected().into_iter().zip(desk.profile.memory_choices);
        selected.filter(|(_, choices)| !choices.is_empty()).map(|(memory, _)| memory)
    }

    pub(crate) fn read_command(
        &mut self,
        command: &Command,
        centre: &str,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let Operation::Set(arguments) = &command.operation else {
            return if command.operation == Operation::Test {
                Ok(Flow::Done)
            } else {
                Err(Failure::Error)
            };
        };
        let memory = self.for_reading();
        let index = index(arguments, 0)?;
        if !self.contains(memory, index) {
            return Err(Failure::INVALID_MEMORY_INDEX);
        }
        let Some(slot) = self.get_mut(memory, index) else {
            return match desk.profile.empty_slot {
                EmptySlot::Error => Err(Failure::INVALID_MEMORY_INDEX),
                EmptySlot::Ok => Ok(Flow::Done),
                EmptySlot::Zeros => terminal.prefixed("+CMGR", "0,,0"),
            };
        };
        let shown = slot.clone();
        if slot.status == Status::Unread {
            slot.status = Status::Read;
        }
        desk.log(Fact::Read { memory, index });
        let lines = desk.show(&shown, memory, "+CMGR: ", false, centre);
        terminal.say_lines(lines);
        Ok(Flow::Done)
    }

    pub(crate) fn list_command(
        &mut self,
        command: &Command,
        centre: &str,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let wanted = match &command.operation {
            Operation::Test if desk.settings.text_mode => {
                return terminal.prefixed(
                    "+CMGL",
                    "(\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")",
                );
            }
            Operation::Test => return terminal.prefixed("+CMGL", "(0-4)"),
            Operation::Read => return Err(Failure::Error),
            Operation::Execute => Some(Status::Unread),
            Operation::Set(arguments) if desk.settings.text_mode => match arguments.word(0) {
                None => Some(Status::Unread),
                Some("ALL") => None,
                Some(words) => {
                    let statuses = [Status::Unread, Status::Read, Status::Unsent, Status::Sent];
                    let status = statuses.into_iter().find(|status| status.description() == words);
                    Some(status.ok_or(Failure::INVALID_TEXT_PARAMETER)?)
                }
            },
            Operation::Set(arguments) => {
                let number = arguments.small(0, 4).map_err(|()| Failure::INVALID_PDU_PARAMETER)?;
                Status::numbered(number.unwrap_or(0))
            }
        };
        if desk.profile.list_hangs {
            return Ok(Flow::Hang);
        }
        let memory = self.for_reading();
        let mut indices = self.indices(memory);
        if desk.profile.lists_backwards {
            indices.reverse();
        }
        for index in indices {
            let Some(slot) = self.get_mut(memory, index) else {
                continue;
            };
            if wanted.is_some_and(|wanted| wanted != slot.status) {
                continue;
            }
            let shown = slot.clone();
            if slot.status == Status::Unread {
                slot.status = Status::Read;
            }
            desk.log(Fact::Read { memory, index });
            let head = format!("+CMGL: {index},");
            let lines = desk.show(&shown, memory, &head, true, centre);
            terminal.say_lines(lines);
        }
        Ok(Flow::Done)
    }

    pub(crate) fn delete_command(
        &mut self,
        command: &Command,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let memory = self.for_reading();
        let Operation::Set(arguments) = &command.operation else {
            if command.operation != Operation::Test {
                return Err(Failure::Error);
            }
            let indices: Vec<_> = self.indices(memory).iter().map(ToString::to_string).collect();
            return terminal.prefixed("+CMGD", &format!("({}),(0-4)", indices.join(",")));
        };
        let flag = arguments.small(1, 4).map_err(|()| Failure::INVALID_PDU_PARAMETER)?.unwrap_or(0);
        let doomed = match flag {
            0 => {
                let index = index(arguments, 0)?;
                if !self.contains(memory, index) {
                    return Err(Failure::INVALID_MEMORY_INDEX);
                }
                alloc::vec![index]
            }
            _ => self.indices(memory),
        };
        for index in doomed {
            let goes = self.get(memory, index).is_some_and(|slot| match slot.status {
                _ if flag == 0 || flag == 4 => true,
                Status::Read => true,
                Status::Sent => flag >= 2,
                Status::Unsent => flag >= 3,
                Status::Unread => false,
            });
            if let Some(slot) = goes.then(|| self.remove(memory, index)).flatten() {
                desk.log(Fact::Deleted { memory, index, tpdu: slot.tpdu });
            }
        }
        Ok(Flow::Done)
    }

    pub(crate) fn write(
        &mut self,
        slot: Slot,
        desk: &mut Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let tpdu = slot.tpdu.clone();
        let (memory, index) = self.insert(self.for_writing(), slot).ok_or(Failure::MEMORY_FULL)?;
        desk.log(Fact::Written { memory, index, tpdu });
        terminal.prefixed("+CMGW", &index.to_string())
    }

    /// Stores a delivery from the network.
    pub(crate) fn keep(
        &mut self,
        memory: Memory,
        tpdu: &[u8],
        smsc: Vec<u8>,
        desk: &mut Desk,
    ) -> Option<(Memory, u16)> {
        let slot = Slot { status: Status::Unread, smsc, tpdu: tpdu.to_vec() };
        let (memory, index) = self.insert(memory, slot)?;
        desk.log(Fact::Stored { memory, index, tpdu: tpdu.to_vec() });
        Some((memory, index))
    }

    /// Fills the memory for new messages.
    pub(crate) fn fill(&mut self, smsc: &[u8], date: Date) {
        let memory = self.for_receiving();
        while self.has_room() {
            let text = format!("Old message {}", self.used(memory).saturating_add(1));
            // A short plain text from a number is never refused.
            let Some(tpdu) = tpdu::deliver("+491700000099", &text, 0, date)
                .ok()
                .and_then(|mut parts| parts.pop())
            else {
                return;
            };
            let slot = Slot { status: Status::Read, smsc: smsc.to_vec(), tpdu };
            if self.insert(memory, slot).is_none() {
                return;
            }
        }
    }
}

/// The index of a slot.
pub(crate) fn index(arguments: &Arguments, at: usize) -> Result<u16, Failure> {
    let index =
        arguments.number(at, 0..=65_535).ok().flatten().and_then(|index| u16::try_from(index).ok());
    index.ok_or(Failure::INVALID_MEMORY_INDEX)
}
