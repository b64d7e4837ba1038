//! The verdict on a dialogue: refusals, silence, storms and wrong states, with advice.

use alloc::collections::{BTreeMap, BTreeSet};
use core::time::Duration;
use std::path::Path;

use serde_json::{Value, json};

use crate::explain::printable::printable;
use crate::found::{Decoded, Found};
use crate::log::At;
use crate::words;

/// The findings about a dialogue, in its order.
#[derive(Debug)]
pub(crate) struct Verdict {
    findings: Vec<Finding>,
    commands: usize,
    /// The commands that were refused without harm.
    declined: Vec<String>,
    /// The host has set text mode.
    is_text_wanted: bool,
    /// The names of the commands that succeeded at some time.
    succeeded: BTreeSet<String>,
}

/// One thing that went wrong.
#[derive(Debug)]
struct Finding {
    kind: &'static str,
    at: At,
    what: String,
    advice: Option<&'static str>,
    /// The number of times that the same was found.
    count: usize,
}

/// The number of equal failures in a row that are a storm.
const STORM: usize = 10;
/// The number of URCs with one name that are a flood, if they are most of the events.
const FLOOD: usize = 30;
/// The number of findings that are shown.
const SHOWN: usize = 8;
/// The number of findings that are kept.
const MAX_FINDINGS: usize = 200;
/// The delay of an answer that does not wait for the network.
const SLOW: Duration = Duration::from_secs(10);

impl Verdict {
    /// Looks for what went wrong. In a log that lacks lines, silence means nothing.
    pub(crate) fn of(found: &[Found], is_whole: bool) -> Self {
        let mut verdict = Self {
            findings: Vec::new(),
            commands: 0,
            declined: Vec::new(),
            is_text_wanted: false,
            succeeded: found
                .iter()
                .filter(|event| event.event == "response")
                .filter_map(|event| Some(words::name(&event.command_text()?)))
                .collect(),
        };
        let mut run = 0;
        for (index, event) in found.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| found.get(index));
            let repeats = before.is_some_and(|before| {
                before.command == event.command
                    && before.text == event.text
                    && event.event == "error"
            });
            run = if repeats { run + 1 } else { 0 };
            if run + 1 == STORM {
                let command = event.command_text().unwrap_or_default();
                verdict.add(
                    "storm",
                    event.at,
                    format!("{command} was repeated {STORM} times and more, refused each time"),
                    Some("let the program wait longer after each refusal, or give up"),
                );
            }
            verdict.look_at(event, found, index);
        }
        verdict.look_for_flood(found);
        verdict.forgive(found);
        if !is_whole {
            verdict.findings.retain(|finding| finding.kind != "silence");
        }
        verdict.findings.sort_by_key(|finding| finding.at.line);
        verdict
    }

    /// Adds a finding, or counts it if the same was found before.
    fn add(&mut self, kind: &'static str, at: At, what: String, advice: Option<&'static str>) {
        let is_full = self.findings.len() >= MAX_FINDINGS;
        match self.findings.iter_mut().find(|finding| finding.what == what) {
            Some(finding) => finding.count += 1,
            None if is_full => {}
            None => self.findings.push(Finding { kind, at, what, advice, count: 1 }),
        }
    }

    fn look_at(&mut self, event: &Found, found: &[Found], index: usize) {
        self.commands += usize::from(matches!(event.event, "response" | "error" | "timeout"));
        let command = event.command_text().unwrap_or_default();
        match event.event {
            "error" if event.text == "not sent" => {}
            "error" => self.refusal(event, &command),
            "timeout" => self.silence(event, &command, index + 1 == found.len()),
            "unknown" => self.stray(event, index.checked_sub(1).and_then(|index| found.get(index))),
            "urc" => self.notification(event, index),
            "response" => self.state(event, &command),
            _ => {}
        }
    }

    fn refusal(&mut self, event: &Found, command: &str) {
        let name = words::name(command);
        let has_succeeded = self.succeeded.contains(&name);
        // Programs try commands that a modem may lack: unless the modem says more than ERROR, or
        // the command matters, that is normal.
        let is_bare = event.code.is_none_or(|code| {
            event.name.as_deref() == Some("+CME ERROR") && matches!(code, 3 | 4 | 50 | 100)
        });
        let is_needed = NEEDED.contains(&name.as_str()) && !command.contains("=?");
        // The forms of some settings are tried in turn until one is taken.
        let is_tried = has_succeeded
            && matches!(name.as_str(), "+CNMI" | "+CPMS" | "+CSMS" | "+CSCS" | "+CMMS");
        if is_tried || is_bare && (!is_needed || has_succeeded) {
            let is_new = !self.declined.iter().any(|declined| declined == command);
            if is_new && self.declined.len() < MAX_FINDINGS {
                self.declined.push(command.to_owned());
            }
            return;
        }
        let later = if has_succeeded { "; at another time the command succeeded" } else { "" };
        let purpose = event.purpose().map_or_else(String::new, |purpose| format!(" ({purpose})"));
        let what =
            format!("{command}{purpose} was refused with {}: {}{later}", event.text, event.meaning);
        let advice = match (event.name.as_deref(), event.code) {
            (Some("+CMS ERROR"), Some(311)) | (Some("+CME ERROR"), Some(11)) => Some(PIN),
            (Some("+CMS ERROR"), Some(321)) => {
                Some("list the messages again: the slot is empty, or in another storage")
            }
            (Some("+CMS ERROR"), Some(304)) if event.pdus.iter().any(Decoded::is_failure) => Some(
                "repair the PDU, which cannot be read: it begins with the service centre, or with \
                 00 for the one stored in the modem",
            ),
            (Some("+CMS ERROR"), Some(304)) => Some(
                "compare the length in the command with the octets of the TPDU, which leaves the \
                 service centre out",
            ),
            (Some("+CMS ERROR"), Some(302 | 303)) => {
                Some("wait until the modem has started, and check AT+CMGF, AT+CPMS and AT+CNMI")
            }
            _ if is_bare => Some("set AT+CMEE=1 first: the modem then says why"),
            // The library's remedy is about messages that are sent.
            (Some("+CMS ERROR"), Some(332 | 500))
                if !matches!(name.as_str(), "+CMGS" | "+CMGC" | "+CMSS") =>
            {
                Some("try again later: the modem gives no reason")
            }
            _ => event.advice,
        };
        self.add("refusal", event.at, what, advice);
    }

    fn silence(&mut self, event: &Found, command: &str, is_last: bool) {
        if is_last && event.meaning.contains("the log ends") {
            return self.add(
                "silence",
                event.at,
                format!("the log ends before the answer of {command}"),
                Some("log until the program gives up"),
            );
        }
        let advice = match words::name(command).as_str() {
            "+CMGS" | "+CMGC" | "+CMSS" => {
                "ask the recipient before you send the message again: it may have been sent"
            }
            "" => "check the port, its speed, and that the modem is on",
            _ => {
                "check that no other program reads from the port, and that the modem has power; \
                 wait for an answer before the next command"
            }
        };
        let what = match event.text.as_str() {
            "timeout" => {
                format!("{command} had no final result before the next command or the end")
            }
            _ => format!("{command}: {}", event.meaning),
        };
        self.add("silence", event.at, what, Some(advice));
    }

    fn stray(&mut self, event: &Found, before: Option<&Found>) {
        let ussd = before
            .and_then(Found::command_text)
            .filter(|command| words::name(command) == "+CUSD" && event.name.is_some());
        if let Some(command) = ussd {
            let what = format!("{command} failed after its OK: {}", event.text);
            let advice = event.advice.unwrap_or("check the code, and that 2G or 3G is allowed");
            return self.add("refusal", event.at, what, Some(advice));
        }
        // A log may begin in the middle of an answer.
        if self.commands > 0 && event.meaning.contains("no command in flight") {
            self.add(
                "wrong state",
                event.at,
                format!("{} came when no command was in flight", event.shown_text()),
                Some(
                    "an answer is late, or another program uses the port: wait for each final \
                     result",
                ),
            );
        } else if event.meaning.contains("another program") {
            self.add(
                "wrong state",
                event.at,
                format!("the echo of {} shows another program at the port", event.shown_text()),
                Some("stop the other program, for example ModemManager"),
            );
        }
    }

    fn notification(&mut self, event: &Found, index: usize) {
        let has_begun = index > 3;
        let finding = match event.meaning.as_str() {
            "the modem started" if has_begun => Some((
                "the modem restarted".to_owned(),
                "check its power supply: sending needs up to 2 A",
            )),
            "the modem is shutting down" => {
                Some(("the modem shut down".to_owned(), "check its power supply"))
            }
            "the storage for received messages is full" => {
                Some((event.meaning.clone(), "delete messages from the SIM or the modem"))
            }
            "the SIM is ready" => None,
            meaning if meaning.starts_with("the SIM ") => {
                Some((event.meaning.clone(), pin_advice(meaning)))
            }
            meaning if meaning.starts_with("USSD: ") => match meaning {
                "USSD: operation not supported" => {
                    Some((meaning.to_owned(), "check the code, and that 2G or 3G is allowed"))
                }
                "USSD: terminated by the network" if !event.text.contains('"') => Some((
                    "the network ended USSD without a text".to_owned(),
                    "check the code, and try the request in another character set: AT+CSCS=\"IRA\" \
                     or \"GSM\"",
                )),
                "USSD: network time out" => Some((meaning.to_owned(), "try again later")),
                _ => None,
            },
            meaning => UNREGISTERED
                .iter()
                .any(|state| meaning.starts_with("registration") && meaning.ends_with(state))
                .then(|| (meaning.to_owned(), COVERAGE)),
        };
        if let Some((what, advice)) = finding {
            self.add("wrong state", event.at, what, Some(advice));
        }
    }

    fn state(&mut self, event: &Found, command: &str) {
        let upper = command.to_ascii_uppercase();
        let state = event.meaning.strip_prefix("success, ").unwrap_or_default();
        if upper.starts_with("AT+CMGF=") && !upper.ends_with('?') {
            self.is_text_wanted = upper.ends_with('1');
        }
        if words::name(command) == "+CMGS" && !upper.contains("=?") && state.is_empty() {
            let is_written = event.payload.as_ref().is_some_and(|payload| !payload.is_empty());
            let advice = if is_written {
                "ask the recipient before you send the message again: it may have been sent"
            } else {
                "send the message again: the modem left the prompt before the PDU was written"
            };
            let what = format!("{command} ended without a message reference");
            return self.add("wrong state", event.at, what, Some(advice));
        }
        let advice = match upper.as_str() {
            "AT+CPIN?" if state != "the SIM is ready" && !state.is_empty() => pin_advice(state),
            "AT+CREG?" | "AT+CEREG?" if UNREGISTERED.contains(&state) => COVERAGE,
            "AT+CFUN?" if state.contains("off") => "switch the radio on by AT+CFUN=1",
            "AT+CPMS?" if is_full(state) => "delete messages from the SIM or the modem",
            "AT+CSQ" if state.ends_with("unknown") => COVERAGE,
            _ if !self.is_text_wanted && is_text_mode(&upper, event) => {
                "the modem is in text mode: a program that reads PDUs must set AT+CMGF=0 first"
            }
            _ => {
                if let Some(delay) = event.delay.filter(|delay| *delay >= SLOW) {
                    self.add(
                        "silence",
                        event.at,
                        format!("{command} took {:.1} s", delay.as_secs_f64()),
                        Some("give this command a longer timeout"),
                    );
                }
                return;
            }
        };
        let what = match state {
            "" => format!("{command} answers with text instead of a PDU"),
            _ => format!("{command} says: {state}"),
        };
        self.add("wrong state", event.at, what, Some(advice));
    }

    /// Removes the findings that a later answer settles.
    fn forgive(&mut self, found: &[Found]) {
        // A modem is registered if it is so for calls, for packet data or for LTE.
        let is_registered = found.iter().any(|event| {
            event.purpose().is_some_and(|purpose| purpose.starts_with("registration"))
                && event.meaning.contains(", registered")
        });
        if is_registered {
            self.findings.retain(|finding| finding.advice != Some(COVERAGE));
        }
        let unlocked = found.iter().rev().find(|event| {
            event.meaning == "success, the SIM is ready" || event.meaning == "the SIM is ready"
        });
        if let Some(unlocked) = unlocked {
            for finding in self.findings.iter_mut().filter(|finding| finding.advice == Some(PIN)) {
                if finding.at.line < unlocked.at.line {
                    finding.what.push_str(", and is ready later");
                }
            }
        }
    }

    fn look_for_flood(&mut self, found: &[Found]) {
        let mut counts: BTreeMap<&str, (usize, At)> = BTreeMap::new();
        for event in found.iter().filter(|event| event.event == "urc") {
            let name = event.name.as_deref().unwrap_or_default();
            counts.entry(name).or_insert((0, event.at)).0 += 1;
        }
        let floods =
            counts.into_iter().filter(|(_, (count, _))| *count >= FLOOD && 2 * count > found.len());
        for (name, (count, at)) in floods {
            let what = format!("{name} came {count} times, more often than all other lines");
            self.add("storm", at, what, Some("switch the notification off, as by AT^CURC=0"));
        }
    }

    /// Returns the closing paragraph.
    pub(crate) fn to_text(&self, start: Option<Duration>) -> String {
        let mut text = String::new();
        let commands = match self.commands {
            1 => "1 command".to_owned(),
            count => format!("{count} commands"),
        };
        if self.findings.is_empty() && self.commands == 0 {
            text.push_str("Nothing went wrong, and there are no commands.\n");
        } else if self.findings.is_empty() {
            text.push_str(&format!("Nothing went wrong: {commands}, each with its answer.\n"));
        } else {
            text.push_str(&format!("Where it went wrong ({commands}):\n"));
        }
        for finding in self.findings.iter().take(SHOWN) {
            let time = match (start, finding.at.time) {
                (Some(start), Some(time)) => {
                    format!(", {:.3} s", time.saturating_sub(start).as_secs_f64())
                }
                _ => String::new(),
            };
            let count = match finding.count {
                1 => String::new(),
                count => format!(" ({count} times)"),
            };
            text.push_str(&format!(
                "  {}, line {}{time}: {}{count}\n",
                finding.kind,
                finding.at.line,
                printable(&finding.what)
            ));
            if let Some(advice) = finding.advice {
                text.push_str(&format!("    -> {advice}\n"));
            }
        }
        let more = self.findings.len().saturating_sub(SHOWN);
        if more > 0 {
            text.push_str(&format!("  and {more} more findings of these kinds\n"));
        }
        if !self.declined.is_empty() {
            let shown: Vec<&str> = self.declined.iter().take(SHOWN).map(String::as_str).collect();
            let more = if self.declined.len() > SHOWN { ", ..." } else { "" };
            text.push_str(&format!(
                "Refused without harm, since modems differ: {}{more}\n",
                printable(&shown.join(", "))
            ));
        }
        text
    }

    pub(crate) fn to_json(&self, file: Option<&Path>) -> Value {
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "kind": finding.kind,
                    "line": finding.at.line,
                    "time": finding.at.time.map(|time| time.as_secs_f64()),
                    "what": finding.what,
                    "count": finding.count,
                    "advice": finding.advice,
                })
            })
            .collect();
        let mut object = json!({
            "event": "verdict",
            "commands": self.commands,
            "findings": findings,
            "declined": self.declined,
        });
        if let Some(file) = file {
            object["file"] = json!(file.to_string_lossy());
        }
        object
    }
}

const PIN: &str = "give the PIN of the SIM to the program, or switch the PIN off in a phone";
const COVERAGE: &str = "check the antenna, and that the SIM may use this network";

/// The states of a registration without service.
const UNREGISTERED: [&str; 5] =
    ["not registered", "searching", "registration denied", "unknown", "emergency calls only"];

/// The commands without which messages and USSD do not work.
const NEEDED: [&str; 14] = [
    "+CMGF", "+CMGS", "+CMGR", "+CMGL", "+CMGD", "+CMGW", "+CMSS", "+CNMI", "+CPMS", "+CUSD",
    "+CPIN", "+CSCA", "+CREG", "",
];

/// Returns `true` if a memory of `holds 20 of 20` has no room.
fn is_full(state: &str) -> bool {
    state.split(", ").any(|memory| {
        let counts = memory.split_once(" holds ").and_then(|(_, counts)| counts.split_once(" of "));
        counts.is_some_and(|(used, total)| used == total && total != "0")
    })
}

/// Returns `true` if an answer with messages has the form of text mode.
fn is_text_mode(command: &str, event: &Found) -> bool {
    let name = words::name(command);
    matches!(name.as_str(), "+CMGL" | "+CMGR")
        && event
            .lines
            .iter()
            .any(|line| line.starts_with(&format!("{name}:")) && line.matches('"').count() >= 4)
}

/// Returns the remedy for a state of the SIM.
fn pin_advice(state: &str) -> &'static str {
    match state {
        "the SIM asks for its PIN" => PIN,
        "the SIM asks for its PUK" => "unlock the SIM in a phone",
        _ if state.contains("NOT INSERTED") || state.contains("REMOVED") => {
            "insert a SIM, or check its contacts"
        }
        _ if state.contains("NOT READY") => {
            "wait a minute and try again, or check the SIM in a phone"
        }
        _ => "unlock the SIM in a phone",
    }
}
