//! Scenarios as scripts: what is done, and what comes of it, line by line.

use core::fmt::Write as _;
use core::time::Duration;

use modem::at::sms::Status;
use modem::pdu::Submit;
use modem::simulator::{Fact, Memory, Profile, Simulator};
use modem::{
    Config, Error, Event, ListMessages, OutgoingMessage, PartOutcome, Receipt, Receive, SendReport, Slot,
    StoredContent, StoredMessage, WhenFull,
};

use super::Front;

/// The modem and the configuration that the first lines of a script ask for, as far as they begin with `given`; and the rest.
pub(crate) fn given(script: &str, simulator: &mut Simulator, config: &mut Config) -> String {
    let mut rest = String::new();
    for line in script.lines().map(str::trim) {
        match line
            .strip_prefix("given ")
            .map(|given| given.split(' ').collect::<Vec<_>>())
            .as_deref()
        {
            None => writeln!(rest, "{line}").unwrap(),
            Some(["lte-only"]) => {
                let mut profile = Profile::GENERIC;
                profile.circuit_switched = false;
                profile.technology = 7;
                *simulator = Simulator::new(profile);
            }
            Some(["profile", name]) => *simulator = Simulator::new(Profile::named(name).unwrap()),
            Some(["latency", seconds]) => {
                simulator.set_latency(Duration::from_secs(seconds.parse().unwrap()));
            }
            Some(["slots", count]) => simulator.set_slots(Memory::Sm, count.parse().unwrap()),
            Some(["receive", "kept"]) => config.receive = Receive::Kept,
            Some(["receive", "off"]) => config.receive = Receive::Off,
            Some(["receive", "direct"]) => config.receive = Receive::Direct,
            Some(["erase-oldest"]) => config.when_full = WhenFull::EraseOldest,
            Some(["parts"]) => config.hand_out_parts = true,
            Some(["confirm"]) => config.confirm_attempts = true,
            Some(other) => panic!("{other:?}"),
        }
    }
    rest
}

/// Runs a script line by line, and compares what comes of each line with what stands after its `=>`.
pub(crate) fn play(name: &str, script: &str, modem: &mut dyn Front) {
    let mut player = Player::default();
    // The look through the memories after the initialisation ends first.
    assert_eq!(wait(modem, Duration::from_secs(5)), None, "{name}");
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (act, expected) = line
            .split_once(" => ")
            .map_or((line, None), |(act, expected)| (act, Some(expected)));
        let outcome = player.perform(act, modem);
        if let Some(expected) = expected {
            let fits = outcome == expected || outcome.starts_with(expected) && !act.starts_with("wait");
            assert!(
                fits,
                "{name}: {act}\nexpected {expected}\ngot      {outcome}\n{}",
                modem.dialogue().join("\n")
            );
        }
    }
}

pub(crate) fn perform(act: &str, modem: &mut dyn Front) -> String {
    Player::default().perform(act, modem)
}

/// What a script may refer to by its number, from 1.
#[derive(Default)]
struct Player {
    seen: Vec<Receipt>,
    listed: Vec<StoredMessage>,
}

impl Player {
    fn perform(&mut self, act: &str, modem: &mut dyn Front) -> String {
        let (word, rest) = act.split_once(' ').unwrap_or((act, ""));
        match word {
            "see" => self.see(modem),
            "acknowledge" => {
                modem.acknowledge(&self.seen[rest.parse::<usize>().unwrap() - 1]);
                String::new()
            }
            "confirm" => loop {
                match modem.event(Duration::from_secs(600)) {
                    Some(Event::Attempting(attempt)) => {
                        modem.confirm(&attempt);
                        break format!("part {}/{}", attempt.part + 1, attempt.parts);
                    }
                    Some(_) => {}
                    None => break "nothing".into(),
                }
            },
            "list" => self.list(modem.run_list(ListMessages::merged())),
            "list-separate" => self.list(modem.run_list(ListMessages::separate())),
            "delete" => free(modem.delete(self.listed[rest.parse::<usize>().unwrap() - 1].receipt())),
            "delete-read" => free(modem.delete_read()),
            "delete-all" => free(modem.delete_all()),
            "send" => send(modem, &message(rest)),
            "report" => send(modem, &message(rest).with_report()),
            "enqueue" => modem
                .enqueue(&message(rest))
                .map_or_else(|error| error.to_string(), |id| id.to_string()),
            "enqueue-for" => {
                let (seconds, text) = rest.split_once(' ').unwrap();
                let expiry = Duration::from_secs(seconds.parse().unwrap());
                let id = modem.enqueue(&message(text).with_expiry(expiry));
                id.map_or_else(|error| error.to_string(), |id| id.to_string())
            }
            "state" => modem.state(),
            "validity" => validity(modem),
            "raw" => modem
                .raw(rest)
                .map_or_else(|_| "refused".into(), |lines| lines.join(" | ")),
            "ussd" => match modem.ussd(rest) {
                Ok(reply) => format!("{} {}", reply.wanted.0, reply.text.unwrap_or_default()),
                Err(error) => format!("failed: {}", error.kind()),
            },
            "wait" => wait(modem, Duration::from_secs(60)).unwrap_or_else(|| "nothing".into()),
            "quiet" => {
                core::iter::from_fn(|| wait(modem, Duration::from_secs(60)))
                    .take(20)
                    .for_each(drop);
                String::new()
            }
            "messages" => {
                // More than so many would be the same messages again and again.
                let outcomes = core::iter::from_fn(|| wait(modem, Duration::from_secs(60))).take(20);
                let received =
                    outcomes.filter_map(|outcome| Some(outcome.strip_prefix("received ")?.to_string()));
                received.collect::<Vec<_>>().join(" | ")
            }
            "stored" => facts(modem, &|fact| matches!(fact, Fact::Stored { .. }), &|fact| {
                matches!(fact, Fact::Deleted { .. })
            }),
            "truth" => truth(modem),
            "acknowledged" => {
                let mut count = 0;
                modem.with_simulator(&mut |simulator| {
                    let facts = simulator.truth().iter().map(|entry| &entry.fact);
                    count = facts
                        .filter(|fact| matches!(fact, Fact::Acknowledged { .. }))
                        .count();
                });
                count.to_string()
            }
            _ => {
                modem.world(act.parse().unwrap());
                String::new()
            }
        }
    }

    /// The next event that matters to whoever receives, which is not acknowledged.
    fn see(&mut self, modem: &mut dyn Front) -> String {
        loop {
            let Some(event) = modem.event(Duration::from_secs(600)) else {
                return "nothing".into();
            };
            let (what, receipt) = match event {
                Event::Received(message) => {
                    let missing = if message.missing.is_empty() {
                        String::new()
                    } else {
                        format!(" without {:?}", message.missing)
                    };
                    let text = message.text.unwrap_or_default();
                    let ends = [text.chars().next(), text.chars().last()]
                        .into_iter()
                        .flatten()
                        .collect::<String>();
                    let text = if text.len() > 40 {
                        format!("{ends} ({})", text.chars().count())
                    } else {
                        text
                    };
                    (format!("received {text}{missing}"), Some(message.receipt))
                }
                Event::Part(part) => (
                    format!("part {}/{}", part.sequence, part.total),
                    Some(part.receipt),
                ),
                Event::Report(report) => (
                    format!("report {}", report.report.message_reference),
                    Some(report.receipt),
                ),
                Event::StorageFull(usage) => (
                    usage.map_or("full".into(), |usage| {
                        format!("full {}/{}", usage.used, usage.total)
                    }),
                    None,
                ),
                Event::Erased(message) => (format!("erased {}", message.text().unwrap_or_default()), None),
                Event::Broadcast(broadcast) => (
                    format!("broadcast {}", broadcast.text().unwrap_or_default()),
                    None,
                ),
                Event::Restarted(None) => ("restarted".into(), None),
                Event::Restarted(Some(words)) => (format!("restarted, it says {words}"), None),
                Event::Rearmed => ("rearmed".into(), None),
                Event::Sent(report) => (format!("{} {}", report.message, outcome(&report)), None),
                Event::Closed => ("closed".into(), None),
                _ => continue,
            };
            self.seen.extend(receipt);
            return what;
        }
    }

    fn list(&mut self, listed: Result<Vec<StoredMessage>, Error>) -> String {
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return format!("failed: {}", error.kind()),
        };
        let lines = listed.iter().map(|message| {
            let source = message
                .source()
                .map_or(String::new(), |memory| memory.to_string());
            let index = message.index().unwrap_or_default();
            let text = match &message.content {
                StoredContent::Received(_) => message.text().unwrap_or_default(),
                StoredContent::Report(report) => format!("report {}", report.report.message_reference),
                StoredContent::Outgoing(_) => format!("to send {}", message.text().unwrap_or_default()),
                other => format!("{other:?}"),
            };
            let text = if text.len() > 40 {
                format!("({})", text.chars().count())
            } else {
                text
            };
            let read = if message.status == Status::UNREAD {
                " new"
            } else {
                ""
            };
            format!(
                "{source}{index}{read} {} {text}",
                message.phone().map_or(String::new(), |phone| phone.to_string())
            )
        });
        let lines = lines.collect::<Vec<_>>().join(" | ");
        self.listed = listed;
        if lines.is_empty() { "nothing".into() } else { lines }
    }
}

fn free(places: Result<Vec<Slot>, Error>) -> String {
    match places {
        Ok(places) => {
            let places = places
                .iter()
                .map(|slot| format!(" {}{}", slot.memory, slot.index));
            format!("free{}", places.collect::<String>())
        }
        Err(error) => format!("failed: {}", error.kind()),
    }
}

pub(crate) fn message(text: &str) -> OutgoingMessage {
    OutgoingMessage::text("+491715550100".parse().unwrap(), text)
}

fn send(modem: &mut dyn Front, message: &OutgoingMessage) -> String {
    match modem.send(message) {
        Ok(report) => outcome(&report),
        Err(error) => format!("refused: {error}"),
    }
}

fn outcome(report: &SendReport) -> String {
    let mut outcome = String::from("sent");
    for part in &report.parts {
        match &part.outcome {
            PartOutcome::Sent { reference } => write!(outcome, " {reference}").unwrap(),
            PartOutcome::Failed { error } => {
                let temporary = if error.is_temporary() { ", temporary" } else { "" };
                let words = match error.kind() {
                    modem::ErrorKind::Refused(failure) => {
                        failure.error().words().unwrap_or_default().to_string()
                    }
                    kind => kind.to_string(),
                };
                return format!("failed{temporary}: {words}");
            }
            PartOutcome::Unknown { .. } => return "unknown".into(),
            _ => outcome.push_str(" -"),
        }
    }
    outcome
}

/// The next event that tells of a message or a report, which is acknowledged.
fn wait(modem: &mut dyn Front, within: Duration) -> Option<String> {
    let until = modem.now() + within;
    loop {
        let left = until.saturating_sub(modem.now());
        match modem.event(left)? {
            Event::Received(message) => {
                modem.acknowledge(&message.receipt);
                return Some(format!(
                    "received {} {}",
                    message.sender,
                    message.text.unwrap_or_default()
                ));
            }
            Event::Report(report) => {
                modem.acknowledge(&report.receipt);
                let about = report
                    .about
                    .map_or("nothing".into(), |(_, part)| format!("part {part}"));
                return Some(format!(
                    "report {} of {about}: {}",
                    report.report.message_reference, report.report.status
                ));
            }
            Event::Released(slot) => return Some(format!("released {} {}", slot.memory, slot.index)),
            Event::Closed => return Some("closed".into()),
            _ => {}
        }
    }
}

/// How many facts of one kind have no fact of the other kind.
fn facts(modem: &mut dyn Front, one: &dyn Fn(&Fact) -> bool, other: &dyn Fn(&Fact) -> bool) -> String {
    let mut left = 0;
    modem.with_simulator(&mut |simulator| {
        let count =
            |kind: &dyn Fn(&Fact) -> bool| simulator.truth().iter().filter(|entry| kind(&entry.fact)).count();
        left = count(one) - count(other);
    });
    if left == 0 {
        "nothing".into()
    } else {
        left.to_string()
    }
}

/// For how long the messages that went out are valid, in seconds.
fn validity(modem: &mut dyn Front) -> String {
    let mut periods = Vec::new();
    modem.with_simulator(&mut |simulator| {
        periods = simulator
            .truth()
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Submitted { tpdu, .. } => Some(Submit::decode(tpdu).unwrap().value.validity),
                _ => None,
            })
            .map(
                |validity| match validity.and_then(|validity| validity.duration()) {
                    Some(duration) => duration.as_secs().to_string(),
                    None => "unlimited".into(),
                },
            )
            .collect();
    });
    periods.join(" | ")
}

/// What the recipients have read.
fn truth(modem: &mut dyn Front) -> String {
    let mut texts = Vec::new();
    modem.with_simulator(&mut |simulator| {
        texts = simulator
            .truth()
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Received { text: Some(text), .. } => Some(text.clone()),
                _ => None,
            })
            .collect();
    });
    texts.join(" | ")
}
