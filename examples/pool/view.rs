//! The table of the members and the queue: live in a terminal, and lines anywhere else.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use modem::Event;
use modem::pool::{Ending, MemberId, MemberState, PoolEvent, PoolResult, Priority};
use modem::tokio::Pool;

use crate::common::output::say;

pub(crate) struct View {
    bars: Option<MultiProgress>,
    total: Option<ProgressBar>,
    members: BTreeMap<MemberId, ProgressBar>,
    endings: BTreeMap<&'static str, usize>,
}

impl View {
    pub(crate) fn new() -> Self {
        let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let bars = is_terminal.then(MultiProgress::new);
        Self { bars, total: None, members: BTreeMap::new(), endings: BTreeMap::new() }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.bars.is_some()
    }

    /// Prints a line, above the table if there is one.
    pub(crate) fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => drop(bars.println(line)),
            None => say!("-- {line}"),
        }
    }

    pub(crate) fn begin(&mut self, messages: usize) {
        self.say(&format!("{messages} messages are submitted"));
        if let Some(bars) = &self.bars {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            let bar = bars.add(ProgressBar::new(messages as u64));
            self.total =
                Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        }
    }

    pub(crate) fn finished(&mut self, result: &PoolResult) {
        *self.endings.entry(ending(result.ending)).or_default() += 1;
        if let Some(total) = &self.total {
            total.inc(1);
            total.set_message(self.counts());
        }
        if result.ending != Ending::Sent {
            self.say(&format!("message {}: {}", result.message, ending(result.ending)));
        }
    }

    fn counts(&self) -> String {
        let counts = self.endings.iter().map(|(ending, count)| format!("{ending}: {count}"));
        counts.collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn event(&self, pool: &Pool, event: &PoolEvent) {
        let name = |id: MemberId| {
            pool.with(|pool, _| {
                let member = pool.members().find(|member| member.id == id);
                member.map_or_else(|| id.to_string(), |member| member.name.to_owned())
            })
        };
        match event {
            PoolEvent::Quarantined { member, sim, cause, .. } => {
                let who = if *sim { "its SIM" } else { "the modem" };
                self.say(&format!("{}: {who} rests, since {cause}", name(*member)));
            }
            PoolEvent::Recovered(member) => self.say(&format!("{} sends again", name(*member))),
            PoolEvent::Stranded(message) => {
                self.say(&format!("message {message} waits for the SIM of its first part"));
            }
            PoolEvent::Received(received) => {
                let text = received.content.text.as_deref().unwrap_or("data");
                let sender = received.content.sender;
                self.say(&format!("{} has received from {sender}: {text}", received.name));
            }
            PoolEvent::Member { member, event: Event::Ready } => {
                self.say(&format!("{} is ready", name(*member)));
            }
            PoolEvent::Member { member, event: Event::Reconnecting { reason, after, .. } } => {
                let seconds = after.as_secs();
                let name = name(*member);
                self.say(&format!("{name}: {reason}; next attempt in {seconds} s"));
            }
            PoolEvent::Member { member, event: Event::Failed(error) } => {
                self.say(&format!("{}: {error}", name(*member)));
            }
            _ => {}
        }
    }

    /// Draws the table.
    pub(crate) fn draw(&mut self, pool: &Pool) {
        let Some(bars) = &self.bars else {
            return;
        };
        for (id, row) in rows(pool) {
            let bar = self.members.entry(id).or_insert_with(|| {
                let style = ProgressStyle::with_template("{msg}");
                let bar = bars.insert(0, ProgressBar::new_spinner());
                bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
            });
            bar.set_message(row);
        }
    }

    /// Prints the table and the outcomes.
    pub(crate) fn end(
        &self,
        pool: &Pool,
        results: &[PoolResult],
        submitted: &BTreeMap<u64, Priority>,
    ) {
        if let Some(bars) = &self.bars {
            drop(bars.clear());
        }
        for (_, row) in rows(pool) {
            say!("{row}");
        }
        say!("-- {}", self.counts());
        let is_alarm =
            |result: &PoolResult| submitted.get(&result.message.get()) == Some(&Priority::Alarm);
        let mut alarms = results.iter().enumerate().filter(|(_, result)| is_alarm(result));
        if let Some((position, _)) = alarms.next_back() {
            say!("-- the last alarm was result {} of {}", position + 1, results.len());
        }
    }
}

/// The rows of the table.
fn rows(pool: &Pool) -> Vec<(MemberId, String)> {
    pool.with(|pool, _| {
        let row = |member: modem::pool::MemberView<'_>| {
            let state = match member.state {
                MemberState::Sending(message) => format!("sends {message}"),
                MemberState::Idle => "idle".into(),
                MemberState::Quarantined { cause, .. } => format!("rests: {cause}"),
                _ => "down".into(),
            };
            let counters = member.counters;
            let (name, sent, failed) = (member.name, counters.sent, counters.failed);
            (member.id, format!("{name:8} sent {sent:4}, failed {failed:3}  {state}"))
        };
        pool.members().map(row).collect()
    })
}

const fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Sent => "sent",
        Ending::Failed => "failed",
        Ending::Unknown => "unknown",
        Ending::Expired => "expired",
        Ending::Cancelled => "cancelled",
        Ending::Stranded => "stranded",
    }
}
