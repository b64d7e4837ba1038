//! The stream of events (server-sent events), which can be resumed.

#![allow(unused_qualifications, reason = "the macro of utoipa qualifies its parameters")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde::Deserialize;
use tokio::time::MissedTickBehavior;
use utoipa::IntoParams;

use super::{App, modems, query};
use crate::api::ModemView;
use crate::config::Scope;
use crate::problem::{Kind, Problem};
use crate::store::{StoreError, deliveries};

/// The number of events that are read at a time.
const BATCH: usize = 100;

/// The interval of comments that keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The interval at which a stream looks whether the modems have changed.
const MODEMS_INTERVAL: Duration = Duration::from_secs(1);

/// An event of a stream.
enum Sent {
    /// The number of the last event before those that follow: a client can resume from the start.
    Position(i64),
    /// A stored event: number, type and data.
    Stored(i64, String, String),
    /// All modems, which nobody needs to have seen later.
    Modems(String),
}

impl From<Sent> for Event {
    fn from(sent: Sent) -> Self {
        match sent {
            Sent::Position(number) => Self::default().id(number.to_string()),
            Sent::Stored(number, kind, data) => {
                Self::default().id(number.to_string()).event(kind).data(data)
            }
            Sent::Modems(data) => Self::default().event("modems").data(data),
        }
    }
}

/// The state of a stream.
struct Reader {
    app: Arc<App>,
    after: i64,
    position: Option<i64>,
    unread: VecDeque<(i64, String, String)>,
    changes: tokio::sync::watch::Receiver<i64>,
    /// The modems as they were sent last, if the client has asked for them.
    modems: Option<Vec<ModemView>>,
    look: tokio::time::Interval,
}

impl Reader {
    /// The next event; `None` once the gateway stops.
    async fn next(&mut self) -> Result<Option<Sent>, StoreError> {
        if let Some(position) = self.position.take() {
            return Ok(Some(Sent::Position(position)));
        }
        loop {
            if let Some((number, kind, data)) = self.unread.pop_front() {
                self.after = number;
                return Ok(Some(Sent::Stored(number, kind, data)));
            }
            self.changes.mark_unchanged();
            let after = self.after;
            let read =
                self.app.store.read(move |connection| deliveries::events(connection, after, BATCH));
            self.unread = read.await?.into();
            if self.unread.is_empty() {
                tokio::select! {
                    // An open stream would keep the server from ending.
                    () = self.app.stop.cancelled() => return Ok(None),
                    changed = self.changes.changed() => {
                        if changed.is_err() {
                            return Ok(None);
                        }
                    }
                    _ = self.look.tick(), if self.modems.is_some() => {
                        let Ok(views) = modems::views(&self.app).await else { return Ok(None) };
                        if self.modems.as_ref() != Some(&views) {
                            let data = serde_json::to_string(&views).unwrap_or_default();
                            self.modems = Some(views);
                            return Ok(Some(Sent::Modems(data)));
                        }
                    }
                }
            }
        }
    }
}

/// The query of the stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// `true` adds events `modems` with all modems, whenever one of them has changed. They have no
    /// identifier, and are not repeated. The key needs the scope `read` too.
    #[serde(default)]
    #[param(required = false)]
    modems: bool,
}

/// The events from now on, or after `Last-Event-ID`. An event `gap` says that others are missing.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "The identifier of the last event that was read")),
    responses(
        (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
        (status = 400, description = "The identifier is invalid"),
    )
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let holder = app.caller(&headers, Scope::Receive)?;
    let asked = query(asked)?;
    if asked.modems && !holder.may(Scope::Read) {
        let detail = "the key does not have the scope read, which modems=true needs";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let changes = app.store.last_event();
    let mut unread = VecDeque::new();
    let after = match headers.get("last-event-id") {
        None => *changes.borrow(),
        Some(id) => {
            let detail = "the Last-Event-ID is not a number: take it from an event";
            let number = id.to_str().ok().and_then(|id| id.trim().parse::<i64>().ok());
            let number = number.filter(|number| *number >= 0);
            let number = number.ok_or_else(|| Problem::new(Kind::BadRequest, detail))?;
            let first = app.store.read(|connection| deliveries::events(connection, -1, 1)).await?;
            let last = *changes.borrow();
            if let Some((first, ..)) = first.first().filter(|event| number < event.0 - 1) {
                unread.push_back((first - 1, "gap".into(), "{}".into()));
            } else if number > last {
                // The identifier is that of another database.
                unread.push_back((last, "gap".into(), "{}".into()));
            }
            number
        }
    };
    let mut look = tokio::time::interval(MODEMS_INTERVAL);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let modems = asked.modems.then(Vec::new);
    let reader = Reader { app, after, position: Some(after), unread, changes, modems, look };
    let stream = stream::unfold(reader, |mut reader| async move {
        match reader.next().await {
            Ok(Some(sent)) => Some((Ok::<_, Infallible>(sent.into()), reader)),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "a stream of events has ended");
                None
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}
