//! Scenarios as scripts, line by line: an act, and its outcome after ` => `.
//!
//! Lines that begin with `given` set up the modem and the configuration:
//!
//! | Line | Set-up |
//! |---|---|
//! | `given profile NAME`, `given lte-only` | the model of the modem |
//! | `given latency SECONDS`, `given slots COUNT` | its speed, and the size of the SIM's storage |
//! | `given receive kept`, `off`, `direct`; `given erase-oldest`, `parts`, `confirm` | the configuration |
//!
//! Other lines act, and compare the outcome with what follows ` => `:
//!
//! | Act | Outcome |
//! |---|---|
//! | `send TEXT`, `report TEXT` (asks for a status report) | `sent` and the references, or the reason |
//! | `enqueue TEXT`, `enqueue-for SECONDS TEXT` | the id of the message |
//! | `confirm` | the part of the next attempt, which is confirmed |
//! | `see` | the next event, whose receipt is kept; `acknowledge N` acknowledges the Nth |
//! | `wait` | the next message, report or release, acknowledged at once |
//! | `quiet`, `messages` | nothing, or the messages, once nothing more happens |
//! | `list`, `list-separate` | the stored messages; `delete N` deletes the Nth of them |
//! | `delete-read`, `delete-all` | the slots that are free now |
//! | `raw LINE`, `ussd TEXT`, `state` | the answer |
//! | `truth`, `validity`, `stored`, `acknowledged` | the facts: texts read, validity of what was sent, messages left, deliveries acknowledged |
//! | a [`Verb`](modem::simulator::Verb) | nothing |

mod words;

use core::fmt::Write as _;
use core::time::Duration;

use modem::simulator::{Fact, Memory, Profile, Simulator};
use modem::{Config, Error, Event, ListMessages, Receipt, Receive, StoredMessage, WhenFull};

use crate::{FRONTS, Front, message, truth};

/// Plays a script through every front-end, and returns the dialogue of each.
///
/// # Panics
/// Panics if an outcome is not the expected one.
pub fn play_through_all(name: &str, script: &str) -> Vec<(&'static str, Vec<String>)> {
    let play_through = |&(front, open): &(&'static str, crate::Open)| {
        let mut simulator = Simulator::new(Profile::GENERIC);
        let mut config = Config::default();
        let script = given(script, &mut simulator, &mut config);
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        play(&format!("{name} ({front})"), &script, &mut *modem);
        (front, modem.dialogue())
    };
    FRONTS.iter().map(play_through).collect()
}

/// Applies the lines of a script that begin with `given`, and returns the other lines.
fn given(script: &str, simulator: &mut Simulator, config: &mut Config) -> String {
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
            Some(["parts"]) => config.deliver_parts = true,
            Some(["confirm"]) => config.confirm = modem::Confirm::Attempts,
            Some(other) => panic!("{other:?}"),
        }
    }
    rest
}

/// Plays a script line by line.
///
/// # Panics
/// Panics if an outcome is not the expected one.
pub fn play(name: &str, script: &str, modem: &mut dyn Front) {
    let mut player = Player::default();
    // The sweep after the initialisation ends first.
    assert_eq!(words::wait(modem, Duration::from_secs(5)), None, "{name}");
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (act, expected) =
            line.split_once(" => ").map_or((line, None), |(act, expected)| (act, Some(expected)));
        let outcome = player.perform(act, modem);
        if let Some(expected) = expected {
            let fits =
                outcome == expected || outcome.starts_with(expected) && !act.starts_with("wait");
            assert!(
                fits,
                "{name}: {act}\nexpected {expected}\ngot      {outcome}\n{}",
                modem.dialogue().join("\n")
            );
        }
    }
}

/// Performs one act that needs no earlier one, and returns its outcome.
pub fn perform(act: &str, modem: &mut dyn Front) -> String {
    Player::default().perform(act, modem)
}

/// The receipts and messages that a script names by their number, from 1.
#[derive(Default)]
struct Player {
    seen: Vec<Receipt>,
    listed: Vec<StoredMessage>,
}

const MINUTE: Duration = Duration::from_secs(60);

/// The maximum number of outcomes; after it the same messages arrive again and again.
const MAX_OUTCOMES: usize = 20;

impl Player {
    fn perform(&mut self, act: &str, modem: &mut dyn Front) -> String {
        let (word, rest) = act.split_once(' ').unwrap_or((act, ""));
        match word {
            "see" => self.see(modem),
            "acknowledge" => {
                modem.acknowledge(nth(&self.seen, rest));
                String::new()
            }
            "confirm" => loop {
                match modem.event(10 * MINUTE) {
                    Some(Event::Attempting(attempt)) => {
                        modem.confirm(&attempt);
                        break format!("part {}/{}", attempt.part + 1, attempt.parts);
                    }
                    Some(_) => {}
                    None => break "nothing".into(),
                }
            },
            "list" => self.list(modem.list(ListMessages::merged())),
            "list-separate" => self.list(modem.list(ListMessages::separate())),
            "delete" => words::free(modem.delete(nth(&self.listed, rest).receipt())),
            "delete-read" => words::free(modem.delete_read()),
            "delete-all" => words::free(modem.delete_all()),
            "send" => words::sent(modem.send(&message(rest))),
            "report" => words::sent(modem.send(&message(rest).request_status_report())),
            "enqueue" => words::enqueued(modem.enqueue(&message(rest))),
            "enqueue-for" => {
                let (seconds, text) = rest.split_once(' ').unwrap();
                let expiry = Duration::from_secs(seconds.parse().unwrap());
                words::enqueued(modem.enqueue(&message(text).with_expiry(expiry)))
            }
            "state" => modem.state().to_string(),
            "raw" => modem.raw(rest).map_or_else(|_| "refused".into(), |lines| lines.join(" | ")),
            "ussd" => match modem.ussd(rest) {
                Ok(reply) => format!("{} {}", reply.wanted.0, reply.text.unwrap_or_default()),
                Err(error) => format!("failed: {}", error.kind()),
            },
            "wait" => words::wait(modem, MINUTE).unwrap_or_else(|| "nothing".into()),
            "quiet" => {
                outcomes(modem).for_each(drop);
                String::new()
            }
            "messages" => {
                let received = outcomes(modem)
                    .filter_map(|outcome| Some(outcome.strip_prefix("received ")?.to_string()));
                received.collect::<Vec<_>>().join(" | ")
            }
            "truth" => modem.ask(truth::texts).join(" | "),
            "validity" => modem.ask(words::validity),
            "stored" => {
                let stored = modem.count(|fact| matches!(fact, Fact::Stored { .. }));
                match stored - modem.count(|fact| matches!(fact, Fact::Deleted { .. })) {
                    0 => "nothing".into(),
                    left => left.to_string(),
                }
            }
            "acknowledged" => {
                modem.count(|fact| matches!(fact, Fact::Acknowledged { .. })).to_string()
            }
            _ => {
                modem.world(act);
                String::new()
            }
        }
    }

    /// The next event that has words; it is not acknowledged.
    fn see(&mut self, modem: &mut dyn Front) -> String {
        while let Some(event) = modem.event(10 * MINUTE) {
            if let Some((words, receipt)) = words::event(event) {
                self.seen.extend(receipt);
                return words;
            }
        }
        "nothing".into()
    }

    fn list(&mut self, listed: Result<Vec<StoredMessage>, Error>) -> String {
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return format!("failed: {}", error.kind()),
        };
        let lines = listed.iter().map(words::stored).collect::<Vec<_>>().join(" | ");
        self.listed = listed;
        if lines.is_empty() { "nothing".into() } else { lines }
    }
}

fn nth<'t, T>(numbered: &'t [T], number: &str) -> &'t T {
    &numbered[number.parse::<usize>().unwrap() - 1]
}

fn outcomes(modem: &mut dyn Front) -> impl Iterator<Item = String> {
    core::iter::from_fn(move || words::wait(modem, MINUTE)).take(MAX_OUTCOMES)
}
