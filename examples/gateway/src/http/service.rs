//! Addresses for operators and developers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{App, document, json_text, modems};
use crate::config::Scope;
use crate::problem::{self, Kind, Problem};
use crate::queue::UNREACHABLE;

/// The longest time of a check of the database.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

/// The description of the API.
pub(super) async fn openapi() -> Response {
    json_text(StatusCode::OK, document())
}

/// The page of a kind of problem.
pub(super) async fn problem(Path(name): Path<String>) -> Result<String, Problem> {
    let problem = || Problem::new(Kind::NotFound, "there is no such kind of problem");
    problem::page(&name).ok_or_else(problem)
}

/// The metrics.
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    app.caller(&headers, Scope::Read)?;
    let modems = modems::views(&app).await?;
    if let Some(queue) = &app.queue {
        app.metrics.queue(queue.unreachable().is_none(), queue.in_hand());
    }
    let text = app.metrics.text(&app.store, &modems).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}

/// Says that the process runs.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Says that the server of the queue has not answered since the start.
pub(super) async fn readyz_while_waiting() -> (StatusCode, String) {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{UNREACHABLE}\n"))
}

/// Says whether messages are accepted and can be sent: the database can be written, and a modem is
/// ready.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let refuse = |reason: String| (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n"));
    if app.stop.is_cancelled() {
        return refuse("the gateway is stopping".into());
    }
    match tokio::time::timeout(CHECK_WITHIN, app.store.write(|tx| tx.touch())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return refuse(error.to_string()),
        Err(_) => return refuse("the database does not answer".into()),
    }
    if let Some(reason) = app.queue.as_ref().and_then(|queue| queue.unreachable()) {
        return refuse(reason.into());
    }
    match modems::views(&app).await {
        Ok(modems)
            if modems.iter().any(|modem| modem.state == "idle" || modem.state == "sending") =>
        {
            (StatusCode::OK, "ok\n".into())
        }
        Ok(_) => refuse("no modem is ready".into()),
        Err(problem) => refuse(problem.detail),
    }
}
