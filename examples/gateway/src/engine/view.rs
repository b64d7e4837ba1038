//! The modems as users see them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use modem::at::sms::ReadStorage;
use modem::pool::{Calendar, MemberCounters, MemberState};
use modem::tokio::Modem;
use tokio::sync::Notify;

use super::{Change, Engine, Ready};
use crate::api::{ModemView, Storage};
use crate::clock;

/// The interval at which the facts about a modem are read.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// The facts that are read from a modem now and then.
#[derive(Debug, Default)]
pub(super) struct Facts {
    operator: Option<String>,
    registered: Option<bool>,
    signal: Option<i16>,
    storage: Option<Storage>,
    /// The reason for the end of the link.
    pub(super) reason: Option<String>,
}

/// The minutes of [`Minutes`].
const MAX_MINUTES: usize = 60;

/// The counts of a modem at the ends of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Minutes(VecDeque<(u64, u64)>);

impl Minutes {
    /// Ends a minute.
    pub(super) fn end(&mut self, counters: MemberCounters) {
        self.0.push_back((counters.sent, counters.received));
        if self.0.len() > MAX_MINUTES {
            self.0.pop_front();
        }
    }

    /// The increase of a count in each minute, the current minute last.
    fn by_minute(&self, now: u64, count: impl Fn(&(u64, u64)) -> u64) -> Vec<u64> {
        let ends: Vec<u64> = self.0.iter().map(count).chain([now]).collect();
        ends.windows(2).map(|ends| ends[1].saturating_sub(ends[0])).collect()
    }
}

/// Reads the facts about a modem each minute, and whenever `now` asks for it, until `report`
/// returns `false`.
pub(super) async fn look(modem: Modem, now: Arc<Notify>, report: impl Fn(Facts) -> bool) {
    loop {
        if modem.ready(LOOK_INTERVAL).await {
            let storage = modem.command(ReadStorage).await.ok();
            let receiving = storage.as_ref().and_then(|all| all.last());
            // A fact that a modem cannot tell is missing.
            let facts = Facts {
                signal: modem.signal().await.ok().flatten(),
                operator: modem.operator().await.ok().flatten(),
                registered: modem.registrations().is_registered(),
                storage: receiving.map(|memory| Storage { used: memory.used, total: memory.total }),
                reason: None,
            };
            if !report(facts) {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = now.notified() => {}
        }
    }
}

/// The date and the time in UTC.
pub(super) fn calendar() -> Calendar {
    let now = clock::utc();
    let year = u32::try_from(now.year()).unwrap_or_default();
    Calendar {
        month: year.saturating_mul(12).saturating_add(u8::from(now.month()).into()),
        day: u32::try_from(now.to_julian_day()).unwrap_or_default(),
        second: u32::from(now.hour()) * 3600
            + u32::from(now.minute()) * 60
            + u32::from(now.second()),
    }
}

impl Engine {
    /// All modems.
    pub(super) fn views(&self) -> Vec<ModemView> {
        let now = self.now();
        let views = self.pool.members().filter_map(|view| {
            let member = self.members.get(&view.id)?;
            let (profile, facts) = (member.modem.profile(), &member.facts);
            let (state, reason) = match view.state {
                MemberState::Idle => ("idle", None),
                MemberState::Sending(_) => ("sending", None),
                MemberState::Quarantined { cause, until } => {
                    let left = until.saturating_duration_since(now).as_secs();
                    ("quarantined", Some(format!("{cause}: the next probe is in {left} s")))
                }
                _ => ("down", facts.reason.clone()),
            };
            let is_up = state != "down";
            Some(ModemView {
                name: view.name.into(),
                state: state.into(),
                reason,
                manufacturer: profile.manufacturer,
                model: profile.model,
                imei: profile.imei,
                iccid: profile.iccid,
                operator: facts.operator.clone().filter(|_| is_up),
                registered: facts.registered.filter(|_| is_up),
                signal: facts.signal.filter(|_| is_up),
                storage: facts.storage.filter(|_| is_up),
                sent: view.counters.sent,
                failed: view.counters.failed,
                unknown: view.counters.unknown,
                received: view.counters.received,
                sent_by_minute: member.minutes.by_minute(view.counters.sent, |end| end.0),
                received_by_minute: member.minutes.by_minute(view.counters.received, |end| end.1),
            })
        });
        views.collect()
    }

    /// Ends a minute of all modems.
    pub(super) fn end_minute(&mut self) {
        for view in self.pool.members() {
            if let Some(member) = self.members.get_mut(&view.id) {
                member.minutes.end(view.counters);
            }
        }
    }

    /// Tells the queue which modems can send.
    pub(super) fn report_ready(&self) {
        let Some(notes) = &self.desk.notes else { return };
        let mut ready = Ready::default();
        for view in self.pool.members().filter(|_| !self.is_stopping) {
            match view.state {
                MemberState::Idle => {
                    ready.idle.push(view.name.into());
                    ready.count += 1;
                }
                MemberState::Sending(_) => ready.count += 1,
                _ => {}
            }
        }
        notes.ready.send_if_modified(|before| {
            let is_new = *before != ready;
            *before = ready;
            is_new
        });
    }

    /// Reports modems that have gone down, come back or rest.
    pub(super) fn report_states(&mut self) {
        let mut changed = Vec::new();
        for view in self.pool.members() {
            let state = match view.state {
                MemberState::Idle | MemberState::Sending(_) => "up",
                MemberState::Quarantined { .. } => "quarantined",
                _ => "down",
            };
            let reported = self.members.get(&view.id).map(|member| member.reported);
            if reported.is_some_and(|reported| reported != state) {
                changed.push((view.id, state));
            }
        }
        for (id, state) in changed {
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.reported = state;
            let name = member.name.clone();
            tracing::info!(modem = name, state, "the state of a modem has changed");
            if let Some(view) = self.views().into_iter().find(|view| view.name == name) {
                let data = serde_json::to_string(&view).unwrap_or_default();
                self.changes.push(Change::Modem(name, data));
            }
        }
    }
}
