//! One procedure with a modem that misbehaves.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeSet;
use std::panic::catch_unwind;

use modem::at::sim::Pin;
use modem::simulator::{Change, Exchange, Memory, Misbehaviour, Profile, Simulator};
use modem::{
    Config, Error, Event, ListMessages, Receipt, Receive, SendOutcome, SendResult, Session,
    UssdReply,
};
use testkit::{Front, Ledger, Open, message, tpdu_of};

use super::case::{Case, Procedure};
use super::figures::Class;
use super::judgement::is_undetectable;

/// The sender of all messages.
const SENDER: &str = "+491715550199";
/// The message that is in the memory throughout, and never acknowledged.
const KEPT: &str = "Kept";
/// The message that the procedure is about.
const RECEIVED: &str = "Hello";
/// A text that is a PDU of another sender.
const FORGERY: &str =
    "07911356131313F3040B911346610089F60000208062917314080CC8F71D14969741F977FD07";
/// The message that is sent after the procedure.
const NEXT: &str = "Next";
/// The message that arrives when the modem is in order again.
const LATER: &str = "Later";
/// The message that is sent when the modem is in order again.
const LAST: &str = "Last";
/// The lines that the application writes, and their answers.
const RAW: [(&str, &str); 2] = [("AT+CSQ", "+CSQ: 20,99"), ("AT+CBC", "+CBC: 0,87")];
const CODE: &str = "*100#";
const BALANCE: &str = "Balance: 12.34 EUR";
const MENU_CODE: &str = "*101#";
const MENU: &str = "1 Balance\n2 Tariff\n0 Quit";
const PIN: &str = "1234";

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// The time of the procedure, with the repetitions of what fails.
const ARMED: Duration = Duration::from_secs(120);
/// The time in which the session recovers: two intervals of 5 minutes.
const RECOVERY: Duration = Duration::from_secs(660);
/// The limit of a call: each of three parts may take its timeout and the probes.
pub(super) const LIMIT: Duration = Duration::from_secs(400);
/// The number of equal exchanges a minute that is not a storm.
const STORM_LIMIT: u16 = 12;
/// A failed line whose repetition works so soon is part of the same task.
pub(super) const SAME_TASK: Duration = Duration::from_secs(2);

/// The judgement of a trial.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) violations: Vec<(Class, String)>,
    /// The number of violations that nobody can prevent.
    pub(crate) undetectable: usize,
    pub(crate) dialogue: Vec<String>,
}

/// The lines of a procedure with a modem that behaves.
pub(crate) fn baseline(procedure: Procedure, open: Open) -> Vec<Exchange> {
    let mut trial = Trial::begin(procedure, &[], open).unwrap();
    trial.perform(procedure);
    let lines = trial.front.ask(|simulator| simulator.exchanges().to_vec());
    let verdict = trial.end(None);
    assert!(verdict.violations.is_empty(), "{procedure:?}: {verdict:#?}");
    lines
}

pub(crate) fn trial(case: &Case, open: Open) -> Verdict {
    let run = || {
        let trial = Trial::begin(case.procedure, &case.misbehaviours, open);
        // Opening may fail, with an error.
        let Ok(mut trial) = trial else {
            return Verdict::default();
        };
        trial.perform(case.procedure);
        trial.end(Some(case))
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        Verdict {
            violations: vec![(Class::Hang, format!("panicked: {words}"))],
            ..Verdict::default()
        }
    })
}

/// The number of the first exchange that may be it, the true answer, and the reported one.
type RawAnswer = (usize, &'static str, Result<Vec<String>, Error>);

pub(super) struct Trial {
    pub(super) front: Box<dyn Front>,
    pub(super) ledger: Ledger,
    pub(super) config: Config,
    pub(super) longest: Duration,
    pub(super) sent: Vec<SendOutcome>,
    /// The replies of USSD services, each with the true text.
    pub(super) ussd: Vec<(&'static str, Result<UssdReply, Error>)>,
    /// The TPDUs that were delivered as messages.
    pub(super) delivered: BTreeSet<String>,
    /// The lines that were delivered as they came, such as a text with its header.
    pub(super) undecodable: Vec<String>,
    /// The receipts that wait for their acknowledgement.
    pub(super) receipts: Vec<Receipt>,
    pub(super) acknowledges: bool,
    /// The front-end opens a lost link again.
    pub(super) reconnects: bool,
    /// The number of failures that were reported.
    pub(super) reported: usize,
    /// The answers to the application's own lines.
    pub(super) raw: Vec<RawAnswer>,
}

impl Trial {
    fn begin(
        procedure: Procedure,
        misbehaviours: &[Misbehaviour],
        open: Open,
    ) -> Result<Self, Error> {
        let mut config = Config::default();
        config.send_timeout = Duration::from_secs(60);
        // A restart of this modem ends in text mode, with echo.
        let mut profile = Profile::GENERIC;
        profile.text_mode = true;
        profile.ussd_prompt = procedure == Procedure::UssdMenu;
        let mut simulator = Simulator::new(profile);
        simulator.set_line_rate(Some(115_200));
        simulator.set_storm_limit(Some(STORM_LIMIT));
        deliver(&mut simulator, KEPT);
        match procedure {
            Procedure::Pin => {
                simulator.set_pin(Some(PIN));
                config.pin = Some(Pin::new(PIN).unwrap());
            }
            Procedure::Many => {
                simulator.set_line_rate(Some(9600));
                simulator.set_slots(Memory::Sm, 255);
                (0..250).for_each(|number| deliver(&mut simulator, &format!("Message {number}")));
            }
            Procedure::ReceiveDirect => config.receive = Receive::Direct,
            _ => {}
        }
        let arm = |simulator: &mut Simulator| {
            let misbehaviours = misbehaviours.iter().cloned();
            misbehaviours.for_each(|misbehaviour| simulator.add_misbehaviour(misbehaviour));
        };
        if procedure.begins_with_opening() {
            arm(&mut simulator);
        }
        let front = open(simulator, config.clone())?;
        let mut trial = Self {
            front,
            ledger: Ledger::default(),
            config,
            longest: Duration::ZERO,
            sent: Vec::new(),
            ussd: Vec::new(),
            delivered: BTreeSet::new(),
            undecodable: Vec::new(),
            receipts: Vec::new(),
            acknowledges: true,
            reconnects: procedure == Procedure::Reconnect,
            reported: 0,
            raw: Vec::new(),
        };
        trial.longest = trial.front.now();
        if !procedure.begins_with_opening() {
            trial.front.ready(60 * SECOND);
            trial.settle(5 * SECOND);
            trial.prepare(procedure);
            trial.front.with_simulator(&mut |simulator, _| {
                simulator.clear_exchanges();
                arm(simulator);
            });
        }
        Ok(trial)
    }

    /// Does what precedes the procedure.
    fn prepare(&mut self, procedure: Procedure) {
        match procedure {
            Procedure::Acknowledge | Procedure::Delete | Procedure::Restore => {
                self.acknowledges = false;
                self.deliver(RECEIVED);
                self.settle(5 * SECOND);
                self.acknowledges = true;
            }
            // The message is found, since it is not announced.
            Procedure::Poll => self.front.with_simulator(&mut |simulator, now| {
                simulator.change(Change::Cnmi0, now);
                simulator.deliver(SENDER, RECEIVED, now).unwrap();
            }),
            _ => {}
        }
    }

    fn perform(&mut self, procedure: Procedure) {
        match procedure {
            Procedure::Opening | Procedure::Pin | Procedure::Many => self.settle(5 * SECOND),
            Procedure::Reconnect => {
                self.front.world("disconnect");
                self.settle(20 * SECOND);
            }
            Procedure::Restore => {
                self.restore();
                self.settle(5 * SECOND);
            }
            Procedure::Send => self.send("Hello"),
            Procedure::SendLong => self.send(&"Three parts of one message. ".repeat(14)),
            Procedure::Receive | Procedure::ReceiveDirect => {
                self.deliver(RECEIVED);
                self.settle(10 * SECOND);
                self.send(NEXT);
            }
            Procedure::ReceiveHex => {
                self.deliver(FORGERY);
                self.settle(10 * SECOND);
                self.send(NEXT);
            }
            Procedure::Acknowledge => {
                for receipt in core::mem::take(&mut self.receipts) {
                    self.front.acknowledge(&receipt);
                    self.ledger.acknowledge(&receipt);
                }
                self.settle(10 * SECOND);
            }
            Procedure::Delete => {
                for receipt in core::mem::take(&mut self.receipts) {
                    self.ledger.acknowledge(&receipt);
                    let deleted = self.timed(|front| front.delete(&receipt));
                    self.note(&deleted);
                }
            }
            Procedure::List => {
                let listed = self.timed(|front| front.list(ListMessages::separate()));
                self.note(&listed);
            }
            Procedure::Poll => self.settle(310 * SECOND),
            Procedure::Ussd => drop(self.ask(CODE, BALANCE)),
            Procedure::UssdMenu => {
                // The answer is given once the question was read.
                if self.ask(MENU_CODE, MENU) {
                    self.ask("1", BALANCE);
                }
            }
            Procedure::Raw => {
                for (line, answer) in RAW {
                    let at = self.front.ask(|simulator| simulator.exchanges().len());
                    let lines = self.timed(|front| front.raw(line));
                    self.note(&lines);
                    self.raw.push((at, answer, lines));
                }
                self.send(NEXT);
            }
        }
    }

    /// Lets the modem misbehave on, puts it in order, and judges.
    fn end(mut self, case: Option<&Case>) -> Verdict {
        self.settle(ARMED);
        let tried = self.front.ask(|simulator| simulator.exchanges().to_vec());
        if self.storm().is_none() {
            self.front.with_simulator(&mut |simulator, now| simulator.heal(now));
            self.reopen_if_needed();
            self.deliver(LATER);
            self.settle(RECOVERY);
            self.reopen_if_needed();
            self.send(LAST);
            self.settle(5 * SECOND);
        }
        let mut verdict = Verdict::default();
        if let Some(storm) = self.storm() {
            verdict.violations.push((Class::Storm, storm));
        } else {
            self.judge(case, &tried, &mut verdict.violations);
        }
        if let Some(case) = case {
            let found = verdict.violations.len();
            verdict.violations.retain(|(class, _)| !is_undetectable(case, *class, &tried));
            verdict.undetectable = found - verdict.violations.len();
        }
        verdict.dialogue = self.front.dialogue();
        verdict
    }

    fn storm(&mut self) -> Option<String> {
        self.front.ask(|simulator| simulator.storm().map(String::from))
    }

    fn deliver(&mut self, text: &str) {
        self.front.with_simulator(&mut |simulator, now| {
            simulator.deliver(SENDER, text, now).unwrap();
        });
    }

    fn send(&mut self, text: &str) {
        let result = self.timed(|front| front.send(&message(text)));
        self.note(&result);
        if let Ok(report) = &result {
            self.ledger.report(report);
        }
        self.sent.push(result.as_ref().map_or(SendOutcome::Failed, SendResult::outcome));
    }

    /// Asks a USSD service. Returns `true` if it asks back.
    fn ask(&mut self, text: &str, reply: &'static str) -> bool {
        let found = self.timed(|front| front.ussd(text));
        self.note(&found);
        let asks = found.as_ref().is_ok_and(UssdReply::needs_answer);
        self.ussd.push((reply, found));
        asks
    }

    /// Counts a failure that the application is told.
    fn note<T>(&mut self, result: &Result<T, Error>) {
        self.reported += usize::from(result.is_err());
    }

    fn timed<R>(&mut self, call: impl FnOnce(&mut dyn Front) -> R) -> R {
        let started = self.front.now();
        let result = call(&mut *self.front);
        self.longest = self.longest.max(self.front.now().saturating_sub(started));
        result
    }

    /// Saves the session, and continues with another one that is restored from it.
    fn restore(&mut self) {
        let config = self.config.clone();
        self.front.with_session(&mut |session, now| {
            let saved = session.save(now).unwrap();
            let mut restored = Session::new(config.clone());
            restored.restore(saved, SECOND, now).unwrap();
            *session = restored;
        });
        self.ledger.restart();
        let opened = self.timed(|front| front.reopen());
        self.note(&opened);
    }

    /// Opens the link again where the application was told that it must.
    fn reopen_if_needed(&mut self) {
        if self.storm().is_some() || self.front.ready(60 * SECOND) {
            return;
        }
        if self.reconnects {
            self.front.ready(LIMIT);
        } else {
            let opened = self.timed(|front| front.reopen());
            self.note(&opened);
        }
    }

    /// Handles the events within that time.
    fn settle(&mut self, within: Duration) {
        let until = self.front.now() + within;
        while let Some(event) = self.front.event_until(until) {
            match event {
                Event::Received(message) => {
                    self.ledger.deliver(&message.receipt, message.possible_duplicate);
                    self.delivered.extend(message.receipt.pdus().map(tpdu_of));
                    if message.text.as_deref() == Some(KEPT) {
                        continue;
                    }
                    if self.acknowledges {
                        self.ledger.acknowledge(&message.receipt);
                        self.front.acknowledge(&message.receipt);
                    } else {
                        self.receipts.push(message.receipt);
                    }
                }
                Event::Undecodable(undecodable) => {
                    self.undecodable.extend(undecodable.receipt.pdus().map(String::from));
                    self.front.acknowledge(&undecodable.receipt);
                }
                Event::StatusReport(report) => self.front.acknowledge(&report.receipt),
                Event::Failed(_) => self.reported += 1,
                // `Event::TaskFailed`, in versions that have it.
                other => {
                    self.reported += usize::from(format!("{other:?}").starts_with("TaskFailed"));
                }
            }
        }
    }
}

fn deliver(simulator: &mut Simulator, text: &str) {
    simulator.deliver(SENDER, text, Duration::ZERO).unwrap();
}
