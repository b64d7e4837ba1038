//! The way of outcomes to the server: what is durable here is reported there, for as long as it
//! takes, and the item of a message is acknowledged after the last outcome.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::entry::{self, Entry, Followed, toward};
use super::fault::Fault;
use super::items::Undecided;
use super::quota::day_of_count;
use super::{Queue, QueueError, Report};
use crate::claims::{Arrow, PartKey, State};
use crate::engine::Note;
use crate::store::queue::{self, Copy, Mirrored, Row};

/// The messages whose outcomes are reported at a time.
const MAX_MESSAGES: usize = 64;

/// The interval at which outcomes are reported again that the server has not taken.
const AGAIN: Duration = Duration::from_secs(1);

/// The time after a stop in which outcomes are still reported: the engine ends within 3 s.
const STOP_WITHIN: Duration = Duration::from_millis(3500);

/// The result of reporting a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pushed {
    Done,
    /// Another host has decided about the part.
    Lost,
}

impl Queue {
    /// Reports outcomes until `stop`, and those of the last moment.
    pub(super) async fn push(
        self: &Arc<Self>,
        mut notes: mpsc::UnboundedReceiver<Note>,
        stop: &CancellationToken,
    ) -> Result<(), QueueError> {
        let mut work: JoinSet<(i64, Result<(), Undecided>)> = JoinSet::new();
        let (mut busy, mut again) = (HashSet::new(), HashSet::new());
        let mut is_first = true;
        let mut ended: HashSet<i64> = HashSet::new();
        let mut reports: Vec<Report> = Vec::new();
        loop {
            let mut due: HashSet<i64> = std::mem::take(&mut ended);
            due.extend(self.store.read(|connection| queue::dirty(connection, MAX_MESSAGES)).await?);
            if is_first && due.is_empty() && busy.is_empty() {
                is_first = false;
                self.hosts.set_recovered();
            }
            for seq in due {
                if busy.contains(&seq) {
                    again.insert(seq);
                } else if busy.len() >= MAX_MESSAGES {
                    ended.insert(seq);
                } else {
                    busy.insert(seq);
                    let queue = Arc::clone(self);
                    work.spawn(async move { (seq, queue.push_message(seq).await) });
                }
            }
            let mut is_away = false;
            while let Some(report) = reports.pop() {
                match self.report(&report).await {
                    Ok(()) => {}
                    Err(Undecided::Later) => {
                        reports.push(report);
                        is_away = true;
                        break;
                    }
                    Err(Undecided::Store(error)) => return Err(error.into()),
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                note = notes.recv() => self.on_note(note, &mut ended, &mut reports),
                Some(done) = work.join_next(), if !work.is_empty() => {
                    is_away |= self.on_pushed(done, &mut busy, &mut again, &mut ended)?;
                }
                () = tokio::time::sleep(AGAIN) => {}
            }
            if is_away {
                tokio::time::sleep(AGAIN / 4).await;
            }
            while let Ok(note) = notes.try_recv() {
                self.on_note(Some(note), &mut ended, &mut reports);
            }
        }
        let rest = async {
            loop {
                while work.join_next().await.is_some() {}
                let read = self.store.read(|connection| queue::dirty(connection, MAX_MESSAGES));
                let Ok(due) = read.await else { return };
                if due.is_empty() && notes.recv().await.is_none() {
                    return;
                }
                for seq in due {
                    let queue = Arc::clone(self);
                    work.spawn(async move { (seq, queue.push_message(seq).await) });
                }
            }
        };
        // A report that fails now is repeated after the next start.
        let _ = tokio::time::timeout(STOP_WITHIN, rest).await;
        Ok(())
    }

    fn on_note(&self, note: Option<Note>, ended: &mut HashSet<i64>, reports: &mut Vec<Report>) {
        match note {
            Some(Note::Ended(seq)) => {
                self.ended(seq);
                ended.insert(seq);
            }
            Some(Note::Report(report)) => reports.push(*report),
            Some(Note::Changed) | None => {}
        }
    }

    /// Returns `true` if the server is away.
    fn on_pushed(
        &self,
        done: Result<(i64, Result<(), Undecided>), tokio::task::JoinError>,
        busy: &mut HashSet<i64>,
        again: &mut HashSet<i64>,
        ended: &mut HashSet<i64>,
    ) -> Result<bool, QueueError> {
        let Ok((seq, result)) = done else { return Ok(false) };
        busy.remove(&seq);
        if again.remove(&seq) {
            ended.insert(seq);
        }
        match result {
            Ok(()) => Ok(false),
            Err(Undecided::Later) => {
                ended.insert(seq);
                Ok(true)
            }
            Err(Undecided::Store(error)) => Err(error.into()),
        }
    }

    /// Reports the states of a message that the server does not have, and ends its item if nothing
    /// more follows.
    async fn push_message(&self, seq: i64) -> Result<(), Undecided> {
        let Some(copy) = self.copy(seq).await? else { return Ok(()) };
        for row in copy.parts.iter().filter(|row| row.is_dirty) {
            let key = PartKey { message: seq, part: row.part };
            let lock = self.claims.locks.of(key);
            let _held = lock.lock().await;
            // A claim may have ended meanwhile.
            let Some(now) = self.copy(seq).await? else { return Ok(()) };
            let row = now.parts.into_iter().find(|now| now.part == row.part && now.is_dirty);
            let Some(row) = row else { continue };
            let pushed = self.push_part(&copy, &row).await?;
            self.store
                .write(move |tx| {
                    tx.pushed(seq, &row)?;
                    if pushed == Pushed::Lost {
                        tx.set_elsewhere(seq)?;
                    }
                    Ok(())
                })
                .await?;
        }
        self.conclude(seq).await
    }

    async fn copy(&self, seq: i64) -> Result<Option<Copy>, Undecided> {
        Ok(self.store.read(move |connection| queue::copy(connection, seq)).await?)
    }

    async fn push_part(&self, copy: &Copy, row: &Row) -> Result<Pushed, Undecided> {
        let by = self.claims.by(row.token.as_deref().unwrap_or_default());
        let parts = &self.server.parts;
        let mut found = entry::read(parts, &copy.id, row.part).await?.value;
        // Three arrows lead from anywhere to anywhere.
        for _ in 0..4 {
            let is_own = row.token.is_some() && found.token() == row.token.as_deref();
            if row.state.is_open() && found.state == State::Claimed && !is_own {
                // An earlier claim of this host was released by the claim of another one.
                return Ok(Pushed::Done);
            }
            let arrow = match toward(found.state, row, &self.boot) {
                // Without a claim on the server, its outcome is written as if it had been there.
                _ if self.fault == Fault::NoClaim
                    && found.state.is_open()
                    && !row.state.is_open() =>
                {
                    let member = row.member.clone().unwrap_or_default();
                    Arrow::Claim { holder: self.boot.clone(), member, sim: row.sim.clone() }
                }
                Some(arrow) => arrow,
                None => break,
            };
            if let (Arrow::Sent { reference, sim: Some(sim), .. }, true) =
                (&arrow, copy.wants_report)
            {
                let sent = (sim.as_str(), *reference, copy.recipient.as_str());
                self.refer(sent, &copy.id, row.part).await?;
            }
            match entry::follow(parts, &copy.id, row.part, &arrow, &by).await? {
                Followed::Won(entry) if entry.state == State::Released && row.state.is_open() => {
                    let day = found.claimed_at().and_then(day_of_count);
                    if let (Some(day), Some(sim)) = (day, &row.sim) {
                        // Without an answer one part too many is counted.
                        let _ = self.claims.quota.give(sim, day).await;
                    }
                    return Ok(Pushed::Done);
                }
                Followed::Won(entry) => found = entry,
                Followed::Lost(entry) if entry == found => break,
                Followed::Lost(entry) => found = entry,
            }
        }
        Ok(judged(copy, row, &found))
    }

    /// Ends the item of a message of which nothing more follows here.
    async fn conclude(&self, seq: i64) -> Result<(), Undecided> {
        let Some(copy) = self.copy(seq).await? else { return Ok(()) };
        if copy.parts.iter().any(|row| row.is_dirty) {
            return Ok(());
        }
        if !copy.is_elsewhere {
            let is_under_way = |row: &Row| row.state.is_open() || row.state == State::Claimed;
            if !copy.parts.iter().any(is_under_way) {
                self.finish(&copy.id, true).await;
            }
            return Ok(());
        }
        let mut mirrored = Vec::new();
        let mut is_over = true;
        for row in &copy.parts {
            let entry = entry::read(&self.server.parts, &copy.id, row.part).await?.value;
            is_over &= !entry.state.is_open() && entry.state != State::Claimed;
            if entry.state != row.state && entry.state != State::Waiting {
                mirrored.push(mirror(row.part, entry));
            }
        }
        self.store.write(move |tx| tx.mirror(seq, &mirrored)).await?;
        self.finish(&copy.id, is_over).await;
        Ok(())
    }
}

/// The result of reporting a part, by the entry that the server has in the end.
fn judged(copy: &Copy, row: &Row, found: &Entry) -> Pushed {
    if row.state.is_open() || row.state == found.state {
        return Pushed::Done;
    }
    if row.state == State::Sent && matches!(found.state, State::Delivered | State::Undelivered) {
        return Pushed::Done;
    }
    if matches!(row.state, State::Sent | State::Delivered | State::Undelivered) {
        tracing::error!(id = copy.id, part = row.part, "a part was sent without its claim");
    }
    Pushed::Lost
}

fn mirror(part: i64, entry: Entry) -> Mirrored {
    let Entry { state, member, sim, reference, reason, .. } = entry;
    Mirrored { part, state, member, sim, reference, reason }
}
