//! Misbehaviour as it happens: at a command line, at its end, or at any time.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::observer::{Armed, EXCHANGES_LIMIT, Exchange};
use super::{Behaviour, Change, End, Misbehaviour, Odd, When};
use crate::Simulator;
use crate::command::Commands;
use crate::desk::Desk;
use crate::store::{Slot, Status};
use crate::terminal::{Final, Stage, Then};
use crate::timer::Event;
use crate::truth::Fact;

impl Simulator {
    /// Sets the misbehaviour of the modem; lines are counted from now on.
    pub fn set_misbehaviour(&mut self, misbehaviour: Option<Misbehaviour>) {
        self.terminal.wire.set_pace(None);
        self.desk.observer.withheld = None;
        self.desk.observer.armed.clear();
        misbehaviour.into_iter().for_each(|misbehaviour| self.add_misbehaviour(misbehaviour));
    }

    /// Adds another misbehaviour, whose lines are counted from now on. At a line that several are
    /// about, the first one counts.
    pub fn add_misbehaviour(&mut self, misbehaviour: Misbehaviour) {
        self.desk.observer.armed.push(Armed { misbehaviour, seen: 0 });
    }

    /// Sets the rate of the line in bits a second: a command line then costs 50 ms, and each byte
    /// the time of ten bits. Initially `None`: nothing costs time.
    pub fn set_line_rate(&mut self, rate: Option<u32>) {
        self.terminal.wire.set_rate(rate);
    }

    /// Sets the number of times that a line may get the same answer within a minute, while no fact
    /// but the reading of messages is logged; after that the link breaks. Initially `None`:
    /// unlimited.
    pub fn set_storm_limit(&mut self, limit: Option<u16>) {
        self.desk.observer.limit = limit;
    }

    /// The line that the host has repeated too often.
    #[must_use]
    pub fn storm(&self) -> Option<&str> {
        self.desk.observer.storm.as_deref()
    }

    /// The command lines so far, at least the latest 9,000.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.desk.observer.exchanges
    }

    /// The TPDUs of the messages in the memories.
    #[must_use]
    pub fn stored(&self) -> Vec<Vec<u8>> {
        self.store.tpdus()
    }

    /// Forgets the command lines so far.
    pub fn clear_exchanges(&mut self) {
        self.desk.observer.exchanges.clear();
    }

    /// Puts the modem back in order: radio on, its own SIM inserted and unlocked, no misbehaviour.
    pub fn heal(&mut self, now: Duration) {
        self.switch_on(now);
        self.set_misbehaviour(None);
        if core::mem::take(&mut self.desk.observer.swapped) {
            self.swap_card();
        }
        self.card.is_present = true;
        self.card.unlock();
        self.device.set_radio(true);
        self.registration_changed();
        self.settle();
    }

    /// Reads a command line: it runs now, or after its time on the line.
    pub(crate) fn begin_line(&mut self, line: &[u8]) {
        let command = match Commands::new(line).next() {
            Some(Ok(command)) => command.name,
            _ => String::new(),
        };
        self.begin(command, line);
    }

    /// Reads the answer to a USSD question, like a command line of the name `>`.
    pub(crate) fn begin_answer(&mut self, text: &[u8]) {
        self.begin(">".to_string(), text);
    }

    fn begin(&mut self, command: String, line: &[u8]) {
        let Desk { observer, now, .. } = &mut self.desk;
        let acts = observer.armed.iter_mut().map(|armed| armed.next(&command));
        let act = acts.fold(None, Option::or);
        if observer.exchanges.len() == EXCHANGES_LIMIT {
            observer.exchanges.drain(..EXCHANGES_LIMIT / 10);
        }
        observer.exchanges.push(Exchange {
            at: *now,
            command,
            line: String::from_utf8_lossy(line).into_owned(),
            is_prompted: false,
            information: 0,
            result: String::new(),
            is_odd: act.is_some(),
        });
        self.terminal.wire.set_pace(match act {
            Some(Behaviour::Pace(rate)) => Some(rate),
            _ => None,
        });
        let cost = self.terminal.wire.line_cost(line.len());
        if let Some(running) = &mut self.terminal.running {
            running.act = act;
            if !cost.is_zero() {
                running.stage = Stage::Timer(Then::Run);
                self.desk.set_timer(cost, Event::Continue);
                return;
            }
        }
        self.run_line();
    }

    /// Runs a command line that was read.
    pub(crate) fn run_line(&mut self) {
        if self.desk.observer.withheld.as_ref().is_some_and(|(_, after)| *after) {
            self.write_withheld();
        }
        let act = self.terminal.running.as_ref().and_then(|running| running.act.clone());
        match act {
            Some(Behaviour::Refuse(words)) => return self.finish_with(&words),
            Some(Behaviour::Change(change, When::Before)) => self.make(change),
            _ => {}
        }
        self.run();
    }

    /// Writes the final result that was withheld when the host begins its next line.
    pub(crate) fn write_withheld_before(&mut self) {
        if self.desk.observer.withheld.as_ref().is_some_and(|(_, after)| !*after) {
            self.write_withheld();
        }
    }

    fn write_withheld(&mut self) {
        if let Some((words, _)) = self.desk.observer.withheld.take() {
            self.terminal.write_result(&self.desk, &words, true);
        }
    }

    /// Changes the state of the modem without telling the host.
    pub fn change(&mut self, change: Change, now: Duration) {
        self.switch_on(now);
        self.outside(|simulator| simulator.make(change));
    }

    pub(crate) fn make(&mut self, change: Change) {
        let settings = &mut self.desk.settings;
        match change {
            Change::TextMode => settings.text_mode = true,
            Change::EchoOn => settings.echo = true,
            Change::Cmee0 => settings.cmee = 0,
            Change::Cnmi0 => settings.cnmi = [0; 5],
            Change::CscsUcs2 => settings.charset = gsm7::charset::Charset::Ucs2,
            Change::CpmsOther => self.store.select_others(),
            Change::RadioOff => {
                self.device.set_radio(false);
                self.registration_changed();
            }
            Change::RestartWords => {
                self.reset();
                self.terminal.notify(&self.desk, "RDY");
                self.terminal.notify(&self.desk, "+CPIN: READY");
            }
            Change::RestartSilent => self.reset(),
            Change::SimLocked => {
                self.card.lock_again();
                self.registration_changed();
            }
            Change::SimRemoved => {
                self.card.is_present = false;
                self.registration_changed();
            }
            Change::SimSwapped => {
                self.desk.observer.swapped ^= true;
                self.swap_card();
            }
            Change::ForeignMessage => self.foreign_message(),
        }
    }

    fn swap_card(&mut self) {
        self.card.swap();
        if self.store.swap_card() {
            self.keep_silently("The other SIM", None);
        }
    }

    /// Replaces the message in the last occupied slot by one of another program.
    fn foreign_message(&mut self) {
        let memory = self.store.for_reading();
        let last = self.store.indices(memory).last().copied();
        self.keep_silently("Another program", last);
    }

    /// Stores a message that is not announced, in this slot or in the first free one.
    fn keep_silently(&mut self, text: &str, index: Option<u16>) {
        let parts = crate::tpdu::deliver("+491700000088", text, 0, self.desk.date());
        // A short plain text from a number is never refused.
        let Some(tpdu) = parts.ok().and_then(|mut parts| parts.pop()) else {
            return;
        };
        let (memory, smsc) = (self.store.for_reading(), self.card.smsc_octets());
        match index.and_then(|index| Some((self.store.get_mut(memory, index)?, index))) {
            Some((slot, index)) => {
                *slot = Slot { status: Status::Unread, smsc, tpdu: tpdu.clone() };
                self.desk.log(Fact::Stored { memory, index, tpdu });
            }
            None => drop(self.store.keep(memory, &tpdu, smsc, &mut self.desk)),
        }
    }

    fn finish_with(&mut self, words: &str) {
        self.finish(Final::Failure(crate::failure::Failure::Words(words.to_string())));
    }
}

/// The behaviour of a line that ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    odd: Option<Odd>,
    end: Option<End>,
}

impl Ending {
    pub(crate) fn of(act: Option<&Behaviour>) -> Self {
        match act {
            Some(Behaviour::Information(odd)) => Self { odd: Some(*odd), end: None },
            Some(Behaviour::Final(end)) => Self { odd: None, end: Some(*end) },
            _ => Self::default(),
        }
    }

    pub(crate) fn is(&self, end: End) -> bool {
        self.end == Some(end)
    }

    /// The changed blocks of information.
    pub(crate) fn informed(
        &self,
        information: Vec<(bool, Vec<Vec<u8>>)>,
    ) -> Vec<(bool, Vec<Vec<u8>>)> {
        let Some(odd) = self.odd else {
            return information;
        };
        let mut changed = Vec::new();
        for (begins, lines) in information {
            if odd == Odd::None {
                continue;
            }
            let mut lines = lines.into_iter();
            let headers = lines.next().map(|header| odd.applied(&header)).unwrap_or_default();
            let rest: Vec<_> = lines.collect();
            for header in headers {
                let block = core::iter::once(header).chain(rest.iter().cloned());
                changed.push((begins, block.collect()));
            }
        }
        changed
    }

    /// Withholds the final result if it comes with the next line.
    pub(crate) fn withholds(&self, words: &str, desk: &mut Desk) -> bool {
        let after = match self.end {
            Some(End::LateBeforeNext) => false,
            Some(End::LateAfterNext) => true,
            _ => return false,
        };
        desk.observer.withheld = Some((words.to_string(), after));
        true
    }
}
