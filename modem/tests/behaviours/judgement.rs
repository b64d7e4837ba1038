//! The judgement of a trial: the reports to the application, against the truth.

use std::collections::BTreeSet;

use modem::pdu::{Deliver, Submit};
use modem::simulator::{Behaviour, Change, Exchange, Fact, Simulator, When};
use modem::{ErrorKind, SendOutcome};
use testkit::{hex, truth};

use super::case::{Case, Procedure};
use super::figures::Class;
use super::trial::{LIMIT, SAME_TASK, SECOND, Trial};

impl Trial {
    pub(super) fn judge(
        &mut self,
        case: Option<&Case>,
        tried: &[Exchange],
        found: &mut Vec<(Class, String)>,
    ) {
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

/// The text of an SMS-DELIVER.
fn words_of(tpdu: &str) -> Option<String> {
    let octets: Option<Vec<u8>> = (0..tpdu.len() / 2)
        .map(|at| u8::from_str_radix(tpdu.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    Deliver::decode(&octets?).ok()?.value.text()
}

/// The first line of the session's own work that was refused, and not repeated with success within
/// the same task.
pub(super) fn failed_line(case: &Case, tried: &[Exchange]) -> Option<String> {
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
pub(super) fn is_undetectable(case: &Case, class: Class, tried: &[Exchange]) -> bool {
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
