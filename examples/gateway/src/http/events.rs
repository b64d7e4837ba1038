//! The stream of events (server-sent events), which can be resumed.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;

use super::App;
use crate::config::Scope;
use crate::problem::{Kind, Problem};
use crate::store::{StoreError, deliveries};

/// The number of events that are read at a time.
const BATCH: usize = 100;

/// The interval of comments that keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The state of a stream.
struct Reader {
    app: Arc<App>,
    after: i64,
    unread: VecDeque<(i64, String, String)>,
    changes: tokio::sync::watch::Receiver<i64>,
}

impl Reader {
    /// The next event; `None` once the gateway stops.
    async fn next(&mut self) -> Result<Option<(i64, String, String)>, StoreError> {
        loop {
            if let Some(event) = self.unread.pop_front() {
                self.after = event.0;
                return Ok(Some(event));
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
                }
            }
        }
    }
}

/// The events from now on, or after `Last-Event-ID`. An event `gap` says that older ones are gone.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The identifier of the last event that was read")),
    responses(
        (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
        (status = 400, description = "The identifier is invalid"),
    )
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    app.caller(&headers, Scope::Receive)?;
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
            if let Some((first, ..)) = first.first().filter(|event| number < event.0 - 1) {
                unread.push_back((first - 1, "gap".into(), "{}".into()));
            }
            number
        }
    };
    let reader = Reader { app, after, unread, changes };
    let stream = stream::unfold(reader, |mut reader| async move {
        match reader.next().await {
            Ok(Some((id, kind, data))) => {
                let event = Event::default().id(id.to_string()).event(kind).data(data);
                Some((Ok::<_, Infallible>(event), reader))
            }
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "a stream of events has ended");
                None
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}
