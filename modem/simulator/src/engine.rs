//! The execution of a command line: ITU-T V.250, 5.4 to 5.8.

use crate::Simulator;
use crate::failure::Failure;
use crate::misbehave::{Behaviour, End, When};
use crate::reader::Input;
use crate::terminal::{Final, Flow, Outcome, Running, Stage, Terminal, Then};
use crate::timer::Event;
use crate::wire::Fate;

impl Simulator {
    /// Takes bytes of the host.
    pub(crate) fn take_input(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(Terminal::HELD_LIMIT) {
            self.terminal.hold(bytes);
            self.drain();
        }
    }

    /// Reads held bytes while no command runs, and handles due events in between.
    ///
    /// So the same bytes give the same answers however they are cut.
    pub(crate) fn drain(&mut self) {
        loop {
            while let Some((_, port, event)) = self.desk.timers.pop(self.desk.now) {
                self.happen_to(port, event);
            }
            if self.device.take_reset() {
                self.reset();
                continue;
            }
            self.begin_mux();
            let Some(byte) = self.terminal.next_byte() else {
                break;
            };
            self.take_byte(byte);
        }
        self.terminal.flush_waiting(&self.desk);
    }

    fn take_byte(&mut self, byte: u8) {
        self.write_withheld_before();
        if self.desk.settings.echo {
            if self.terminal.reader.is_idle() {
                self.terminal.write_piece(&self.desk, &[byte]);
            } else {
                self.terminal.wire.extend(&[byte], self.desk.now);
            }
        }
        match self.terminal.reader.push(
            byte,
            &self.desk.settings,
            self.desk.profile.needs_line_feed,
        ) {
            None => {}
            Some(Input::Line(line)) => {
                self.terminal.running = Some(Running::new(&line));
                self.begin_line(&line);
            }
            Some(Input::Body(bytes)) if self.terminal.running.is_none() => {
                self.terminal.running = Some(Running::answering(&bytes));
                self.begin_answer(&bytes);
            }
            Some(Input::Withdrawn) if self.terminal.running.is_none() => {
                self.network.ussd.withdrawn(&mut self.desk);
                self.terminal.write_result(&self.desk, "OK", true);
            }
            Some(Input::Overlong) => match self.terminal.take_body_kind() {
                Some(_) => self.finish(Final::Failure(Failure::INVALID_PDU_PARAMETER)),
                None => self.terminal.write_result(&self.desk, "ERROR", true),
            },
            Some(Input::Continued) => {
                let prompt = self.desk.profile.prompt;
                if self.desk.settings.text_mode {
                    self.terminal.wire.extend(prompt.as_bytes(), self.desk.now);
                }
            }
            Some(Input::Body(bytes)) => {
                if let Some(body) = self.terminal.take_body_kind() {
                    if let Some(Behaviour::RefuseBody(words)) = self.terminal.act() {
                        let failure = Failure::Words(words.clone());
                        return self.finish(Final::Failure(failure));
                    }
                    let outcome = self.take_body(body, &bytes);
                    self.go_on(outcome);
                }
            }
            Some(Input::Withdrawn) => {
                self.terminal.take_body_kind();
                self.finish(Final::OK);
            }
        }
    }

    /// Runs the commands of the line until a command has to wait.
    pub(crate) fn run(&mut self) {
        if let Some(answer) =
            self.terminal.running.as_mut().and_then(|running| running.answer.take())
        {
            let latency = self.network.latency;
            self.network.ussd.answered(&answer, latency, &mut self.desk, &mut self.terminal);
        }
        while let Some(running) = &mut self.terminal.running {
            match running.next() {
                None => return self.finish(Final::OK),
                Some(Err(failure)) => return self.finish(Final::Failure(failure)),
                Some(Ok(command)) => {
                    let outcome = match self.terminal.wire.fate(&command.name) {
                        Some(Fate::Ignored) => {
                            self.terminal.running = None;
                            return;
                        }
                        Some(Fate::Refused(words)) => Err(Failure::Words(words)),
                        fate => {
                            match fate {
                                Some(Fate::Silent) => running.silent = true,
                                Some(Fate::Late(by)) => {
                                    running.late = running.late.saturating_add(by);
                                }
                                _ => {}
                            }
                            self.terminal
                                .reply(&self.desk, &command)
                                .unwrap_or_else(|| self.execute(&command))
                        }
                    };
                    if outcome != Ok(Flow::Done) {
                        return self.go_on(outcome);
                    }
                }
            }
        }
    }

    /// Continues the line after a command.
    fn go_on(&mut self, outcome: Outcome) {
        match outcome {
            Ok(Flow::Done) => self.run(),
            Ok(Flow::Result(words)) => self.finish(Final::Result(words)),
            Ok(Flow::NoResult) => self.finish(Final::Nothing),
            Ok(Flow::Hang) => self.terminal.running = None,
            Ok(Flow::Body(_))
                if matches!(self.terminal.act(), Some(Behaviour::Final(End::InsteadOfPrompt))) =>
            {
                self.finish(Final::OK);
            }
            Ok(Flow::Body(body)) => {
                if let Some(running) = &mut self.terminal.running {
                    if let Some(exchange) = self.desk.observer.exchanges.last_mut() {
                        exchange.is_prompted = true;
                    }
                    running.stage = Stage::Body(body);
                    self.terminal.reader.expect_body();
                    self.terminal.write_piece(&self.desk, self.desk.profile.prompt.as_bytes());
                    if matches!(self.terminal.act(), Some(Behaviour::Final(End::WithPrompt))) {
                        self.terminal.write_result(&self.desk, "OK", true);
                    }
                }
            }
            Ok(Flow::Wait(time, then)) => {
                if let Some(running) = &mut self.terminal.running {
                    running.stage = Stage::Timer(then);
                    self.desk.set_timer(time, Event::Continue);
                }
            }
            Err(failure) => self.finish(Final::Failure(failure)),
        }
    }

    /// Continues a command that had to wait.
    pub(crate) fn continue_command(&mut self) {
        let Some(then) = self.terminal.take_then() else {
            return;
        };
        match then {
            Then::Submit(sending) => {
                let outcome = self.submitted(sending);
                self.go_on(outcome);
            }
            Then::Connect => {
                let network = &mut self.network;
                let outcome = network.calls.connected(&network.subscribers);
                self.go_on(outcome);
            }
            Then::Finish(result) => self.finish(result),
            Then::Run => self.run_line(),
        }
    }

    pub(crate) fn finish(&mut self, mut result: Final) {
        let change = match self.terminal.act().cloned() {
            Some(Behaviour::Deny(words)) => {
                result = Final::Failure(Failure::Words(words));
                None
            }
            Some(Behaviour::Change(change, When::During)) => {
                self.terminal.write_information(&mut self.desk);
                self.make(change);
                None
            }
            Some(Behaviour::Change(change, When::After)) => Some(change),
            _ => None,
        };
        self.terminal.finish(&mut self.desk, result);
        // A late answer keeps the line.
        if let Some(change) = change.filter(|_| self.terminal.running.is_none()) {
            self.make(change);
        }
    }
}
