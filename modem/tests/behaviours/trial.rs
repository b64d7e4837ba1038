//! One procedure with a modem that misbehaves, and the judgement of its outcome.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeSet;
use std::panic::catch_unwind;

use modem::at::sim::Pin;
use modem::pdu::{Deliver, Submit};
use modem::simulator::{
    Behaviour, Change, Exchange, Fact, Memory, Misbehaviour, Profile, Simulator, When,
};
use modem::{
    Config, Error, ErrorKind, Event, ListMessages, Receipt, Receive, SendOutcome, SendResult,
    Session, UssdReply,
};
use testkit::{Front, Ledger, Open, hex, message, tpdu_of, truth};

use super::case::{Case, Procedure};
use super::figures::Class;

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

const SECOND: Duration = Duration::from_secs(1);
/// The time of the procedure, with the repetitions of what fails.
const ARMED: Duration = Duration::from_secs(120);
/// The time in which the session recovers: two intervals of 5 minutes.
const RECOVERY: Duration = Duration::from_secs(660);
/// The limit of a call: each of three parts may take its timeout and the probes.
const LIMIT: Duration = Duration::from_secs(400);
/// The number of equal exchanges a minute that is not a storm.
const STORM_LIMIT: u16 = 12;
/// A failed line whose repetition works so soon is part of the same task.
const SAME_TASK: Duration = Duration::from_secs(2);

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

struct Trial {
    front: Box<dyn Front>,
    ledger: Ledger,
    config: Config,
    longest: Duration,
    sent: Vec<SendOutcome>,
    /// The replies of USSD services, each with the true text.
    ussd: Vec<(&'static str, Result<UssdReply, Error>)>,
    /// The TPDUs that were delivered as messages.
    delivered: BTreeSet<String>,
    /// The lines that were delivered as they came, such as a text with its header.
    undecodable: Vec<String>,
    /// The receipts that wait for their acknowledgement.
    receipts: Vec<Receipt>,
    acknowledges: bool,
    /// The front-end opens a lost link again.
    reconnects: bool,
    /// The number of failures that were reported.
    reported: usize,
    /// The answers to the application's own lines.
    raw: Vec<RawAnswer>,
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

    fn judge(&mut self, case: Option<&Case>, tried: &[Exchange], found: &mut Vec<(Class, String)>) {
        if self.longest > LIMIT {
            found.push((Class::Hang, format!("a call took {:?}", self.longest)));
        }
        if self.sent.last() != Some(&SendOutcome::Sent) {
            found.push((Class::Hang, "the last message was not sent".into()));
        }
        self.judge_sending(found);
        self.judge_store(found);
        self.judge_ussd(found);
        self.judge_raw(found);
        if let Some(line) = case.and_then(|case| failed_line(case, tried)) {
            if self.reported == 0 {
                found.push((Class::Silent, line));
            }
        }
    }

    fn judge_sending(&mut self, found: &mut Vec<(Class, String)>) {
        let Self { front, ledger, .. } = self;
        front.with_simulator(&mut |simulator, _| {
            truth::facts(simulator).for_each(|fact| ledger.record(fact));
        });
        let text = |tpdu: &str| {
            let octets: Vec<u8> = (0..tpdu.len() / 2)
                .filter_map(|at| u8::from_str_radix(tpdu.get(2 * at..2 * at + 2)?, 16).ok())
                .collect();
            let submit = Submit::decode(&octets).ok()?;
            Some((submit.value.destination.to_string(), submit.value.text()?))
        };
        for (tpdu, sending) in self.ledger.sending() {
            if sending.false_sent() > 0 {
                found.push((Class::FalseSent, format!("{:?}", text(tpdu))));
            }
            let is_meant = sending.sent + sending.unknown + sending.failed > 0;
            if sending.submitted > 0 && !is_meant {
                found.push((Class::Injected, format!("{:?}", text(tpdu))));
            } else if sending.false_failed() > 0 {
                found.push((Class::FalseFailed, format!("{:?}", text(tpdu))));
            }
        }
        let wrong_pin = |fact: &Fact| matches!(fact, Fact::PinGiven { right: false });
        if self.front.count(wrong_pin) > 0 {
            found.push((Class::Injected, "a wrong PIN".into()));
        }
        if self.front.count(|fact| matches!(fact, Fact::Dialled { .. })) > 0 {
            found.push((Class::Injected, "a call".into()));
        }
    }

    fn judge_store(&mut self, found: &mut Vec<(Class, String)>) {
        let stored = self.front.ask(Simulator::stored);
        let left: BTreeSet<String> = stored.iter().map(|tpdu| hex(tpdu)).collect();
        let arrived = self.front.ask(|simulator| -> BTreeSet<String> {
            let facts = truth::facts(simulator);
            let tpdus = facts.filter_map(|fact| match fact {
                Fact::Stored { tpdu, .. } | Fact::Routed { tpdu } => Some(hex(tpdu)),
                _ => None,
            });
            tpdus.collect()
        });
        let words = |tpdu: &str| words_of(tpdu).unwrap_or_else(|| tpdu.to_string());
        for tpdu in self.delivered.difference(&arrived) {
            found.push((Class::Forged, words(tpdu)));
        }
        for tpdu in &arrived {
            let delivery = self
                .ledger
                .deliveries()
                .find(|(other, _)| other == tpdu)
                .map(|(_, delivery)| delivery)
                .unwrap_or_default();
            let is_routed = !delivery.is_stored;
            if delivery.is_deleted && !(delivery.is_delivered && delivery.is_acknowledged) {
                found.push((Class::DeletedUnread, words(tpdu)));
            } else if !delivery.is_delivered
                && (is_routed || left.contains(tpdu))
                && !self.undecodable.iter().any(|shown| shown.contains(&words(tpdu)))
            {
                found.push((Class::Lost, words(tpdu)));
            }
            if delivery.repeated > 0 {
                found.push((Class::Repeated, words(tpdu)));
            }
        }
    }

    /// Compares the answers to the application's lines with those of the modem, where it behaved.
    fn judge_raw(&mut self, found: &mut Vec<(Class, String)>) {
        let exchanges = self.front.ask(|simulator| simulator.exchanges().to_vec());
        for (at, answer, lines) in &self.raw {
            let later = exchanges.iter().skip(*at);
            let mut later = later.filter(|exchange| answer.starts_with(&exchange.command));
            let Some(exchange) = later.find(|exchange| !exchange.command.is_empty()) else {
                continue;
            };
            if exchange.is_odd {
                continue;
            }
            match lines {
                Ok(lines) if lines != &[*answer] => {
                    found.push((Class::Forged, format!("AT{}: {lines:?}", exchange.line)));
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::Refused(_)) && exchange.result == "OK" =>
                {
                    found.push((Class::FalseFailed, format!("AT{}: {error}", exchange.line)));
                }
                _ => {}
            }
        }
    }

    /// Compares the reported outcomes of USSD requests with the facts of the network.
    fn judge_ussd(&mut self, found: &mut Vec<(Class, String)>) {
        for (text, reply) in &self.ussd {
            let is_answered = self.front.count(|fact| {
                matches!(fact, Fact::UssdAnswered { text: answered, .. } if answered == text)
            }) > 0;
            match reply {
                Ok(reply) if !is_answered || reply.text.as_deref() != Some(*text) => {
                    found.push((Class::FalseSent, format!("{reply:?}")));
                }
                Err(error) if matches!(error.kind(), ErrorKind::Refused(_)) && is_answered => {
                    found.push((Class::FalseFailed, format!("{error}")));
                }
                _ => {}
            }
        }
        // Codes and answers consist of these characters, in every form of a string.
        let is_meant = |text: &str| text.bytes().all(|byte| b"*#0123456789ABCDEF".contains(&byte));
        let injected =
            |fact: &Fact| matches!(fact, Fact::UssdRequested { text } if !is_meant(text));
        if self.front.count(injected) > 0 {
            found.push((Class::Injected, "a command line as a USSD string".into()));
        }
    }
}

fn deliver(simulator: &mut Simulator, text: &str) {
    simulator.deliver(SENDER, text, Duration::ZERO).unwrap();
}

/// The text of an SMS-DELIVER.
fn words_of(tpdu: &str) -> Option<String> {
    let octets: Option<Vec<u8>> = (0..tpdu.len() / 2)
        .map(|at| u8::from_str_radix(tpdu.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    Deliver::decode(&octets?).ok()?.value.text()
}

/// The first line of the session's own work that was refused, and not repeated with success within
/// the same task.
fn failed_line(case: &Case, tried: &[Exchange]) -> Option<String> {
    const OWN: [&str; 7] = ["+CPMS", "+CMGL", "+CMGR", "+CMGD", "+CNMA", "+CNMI", "+CPIN"];
    let is_set = |exchange: &Exchange| {
        (exchange.line.contains('=') || exchange.command == "+CNMA")
            && !exchange.line.ends_with("=?")
    };
    // A listing of many messages takes so long on the line.
    let same_task = if case.procedure == Procedure::Many { 40 * SECOND } else { SAME_TASK };
    let first = tried.iter().position(|exchange| exchange.is_odd)?;
    // The late result of another line counts as the result of a line that is refused.
    if case.behaviours().any(|behaviour| matches!(behaviour, Behaviour::Final(_))) {
        return None;
    }
    let is_concerned = |exchange: &Exchange| {
        case.behaviours().any(|behaviour| match behaviour {
            Behaviour::Refuse(_) | Behaviour::Deny(_) => exchange.is_odd,
            Behaviour::Change(..) => true,
            _ => false,
        })
    };
    let is_own = |exchange: &&Exchange| {
        is_concerned(exchange)
            && OWN.contains(&exchange.command.as_str())
            && is_set(exchange)
            // An empty slot; an acknowledgement that the modem does not expect.
            && !["", "OK", "+CMS ERROR: 321", "+CMS ERROR: 340"].contains(&exchange.result.as_str())
    };
    let mut failed = tried[first..].iter().filter(is_own);
    let failed = failed.find(|failed| {
        let later = tried.iter().filter(|later| {
            later.at > failed.at && later.at <= failed.at + same_task && is_set(later)
        });
        // A listing is replaced by reading slot by slot.
        let replaces = |later: &Exchange| {
            later.command == failed.command && later.result == "OK"
                || failed.command == "+CMGL" && later.command == "+CMGR"
        };
        !later.into_iter().any(replaces)
    })?;
    Some(format!("AT{} {}", failed.line, failed.result))
}

/// Returns `true` if nobody can detect the change: another program's message entered the slot
/// between the comparing read and the deletion, or text mode was entered between the last check and
/// the sending.
fn is_undetectable(case: &Case, class: Class, tried: &[Exchange]) -> bool {
    let changes = case.behaviours().filter_map(|behaviour| match behaviour {
        Behaviour::Change(change, when) => Some((*change, *when)),
        _ => None,
    });
    let odd: Vec<usize> = (0..tried.len()).filter(|at| tried[*at].is_odd).collect();
    changes.into_iter().any(|(change, when)| {
        odd.iter().any(|at| {
            is_unseen(change, if when == When::Before { *at } else { at + 1 }, class, tried)
        })
    })
}

/// Returns `true` if a change before the line `at` leads to the violation before any line shows it.
fn is_unseen(change: Change, at: usize, class: Class, tried: &[Exchange]) -> bool {
    let mut after = tried[at..].iter();
    match change {
        Change::ForeignMessage => {
            class == Class::DeletedUnread
                && after.next().is_some_and(|next| next.command == "+CMGD")
                && at > 0
                && tried[at - 1].command == "+CMGR"
        }
        Change::TextMode => {
            let shows = ["+CMGR", "+CMGL", "+CMGF", "+CMGS"];
            let next = after.find(|next| shows.contains(&next.command.as_str()));
            let sends = [Class::Injected, Class::FalseSent, Class::FalseFailed];
            sends.contains(&class) && next.is_none_or(|next| next.command == "+CMGS")
        }
        _ => false,
    }
}
