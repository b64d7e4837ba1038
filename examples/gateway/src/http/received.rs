//! Received messages, and webhooks that could not be delivered.

#![allow(unused_qualifications, reason = "the macro of utoipa qualifies its parameters")]

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, page, paged, query, slice};
use crate::api::{DeadLetter, Incoming, Order, Page};
use crate::config::Scope;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::store::{Found, deliveries, inbox};

/// The query of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The number of items of a page, at most 1000. Default: 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The cursor of the page, from `next` of the page before.
    after: Option<String>,
}

/// The query of the list of received messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InboxQuery {
    /// The number of messages of a page, at most 1000. Default: 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The cursor of the page, from `next` of the page before.
    after: Option<String>,
    /// The order. Default: the newest message is last.
    #[serde(default)]
    #[param(inline, required = false)]
    order: Order,
    /// A text that the sender or the text contains, whatever the case. A page of a search may have
    /// fewer messages than `limit`, and a next page.
    #[param(max_length = 100)]
    search: Option<String>,
}

/// The received messages.
#[utoipa::path(
    get, path = "/v1/inbox", tag = "inbox", params(InboxQuery),
    responses(
        (status = 200, description = "A page", body = Page<Incoming>),
        (status = 400, description = "The query is invalid", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<InboxQuery>, QueryRejection>,
) -> Result<Json<Page<Incoming>>, Problem> {
    app.caller(&headers, Scope::Receive)?;
    let asked = query(asked)?;
    let slice = slice(asked.limit, asked.after.as_deref(), asked.order, asked.search)?;
    let found = app.store.read(move |connection| inbox::list(connection, &slice)).await?;
    Ok(Json(paged(found)))
}

/// A received message.
#[utoipa::path(
    get, path = "/v1/inbox/{id}", tag = "inbox",
    params(("id" = String, Path, description = "The identifier of the message")),
    responses(
        (status = 200, description = "The message", body = Incoming),
        (status = 404, description = "No such message", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Incoming>, Problem> {
    app.caller(&headers, Scope::Receive)?;
    let found = app.store.read(move |connection| inbox::find(connection, &id)).await?;
    let problem = || Problem::new(Kind::NotFound, "there is no such message: check its id");
    found.map(Json).ok_or_else(problem)
}

/// The dead letters: webhooks that are not tried any more.
#[utoipa::path(
    get, path = "/v1/webhooks/dead", tag = "webhooks", params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<DeadLetter>),
        (status = 400, description = "The query is invalid", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn dead(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<DeadLetter>>, Problem> {
    app.caller(&headers, Scope::Admin)?;
    let asked = query(asked)?;
    let (limit, after) = page(asked.limit, asked.after.as_deref())?;
    let after = after.unwrap_or(0);
    let found = app.store.read(move |connection| deliveries::dead(connection, after, limit + 1));
    let mut items: Vec<_> = found.await?.into_iter().map(|letter| (letter.id, letter)).collect();
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| is_more).map(|(id, _)| *id);
    Ok(Json(paged(Found { items, next })))
}

/// Sends a dead letter again, and enables its endpoint if it was disabled.
#[utoipa::path(
    post, path = "/v1/webhooks/dead/{id}:resend", tag = "webhooks",
    params(("id" = i64, Path, description = "The number of the delivery")),
    responses(
        (status = 202, description = "The webhook is tried again"),
        (status = 404, description = "No such dead letter", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revive(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    app.caller(&headers, Scope::Admin)?;
    let problem = || Problem::new(Kind::NotFound, "there is no such dead letter: check its number");
    let id = id.strip_suffix(":resend").and_then(|id| id.parse().ok()).ok_or_else(problem)?;
    match app.store.write(move |tx| tx.revive(id)).await? {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(problem()),
    }
}
