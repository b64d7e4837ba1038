//! Endpoints of webhooks: their test, and what could not be delivered to them.

#![allow(unused_qualifications, reason = "the macro of utoipa qualifies its parameters")]

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};

use super::{App, PageQuery, list_page};
use crate::api::{DeadLetter, Page, Tested};
use crate::config::Scope;
use crate::problem::{Kind, Problem};
use crate::store::deliveries;
use crate::webhook;

/// Sends a webhook of the type `webhook.test` to an endpoint, once, and waits for its answer.
///
/// A failure is not repeated and leaves no dead letter. An endpoint that is disabled is tested too,
/// and stays disabled.
#[utoipa::path(
    post, path = "/v1/webhooks/{name}:test", tag = "webhooks",
    params(("name" = String, Path, description = "The name of the endpoint in the configuration")),
    responses(
        (status = 200, description = "The endpoint has accepted the webhook", body = Tested),
        (status = 404, description = "No such endpoint"),
        (status = 502, description = "The endpoint has failed"),
    )
)]
pub(super) async fn test(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Tested>, Problem> {
    app.caller(&headers, Scope::Admin)?;
    let name = name.strip_suffix(":test");
    let found = app.config.webhooks.iter().find(|endpoint| Some(&*endpoint.name) == name);
    let detail = "there is no such webhook: name one of the configuration";
    let endpoint = found.ok_or_else(|| Problem::new(Kind::NotFound, detail))?;
    let begun = Instant::now();
    let (webhook_id, answered) = webhook::test(&app.client, endpoint).await;
    answered.map_err(|reason| {
        let detail = format!("the test {webhook_id} has failed, {reason}: check the endpoint");
        Problem::new(Kind::EndpointFailed, detail)
    })?;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Json(Tested { webhook_id, milliseconds }))
}

/// The dead letters: webhooks that are not tried any more.
#[utoipa::path(
    get, path = "/v1/webhooks/dead", tag = "webhooks", params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<DeadLetter>),
        (status = 400, description = "The query is invalid"),
    )
)]
pub(super) async fn dead(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<DeadLetter>>, Problem> {
    app.caller(&headers, Scope::Admin)?;
    list_page(&app, asked, deliveries::dead).await
}

/// Sends a dead letter again, and enables its endpoint if it was disabled.
#[utoipa::path(
    post, path = "/v1/webhooks/dead/{id}:resend", tag = "webhooks",
    params(("id" = i64, Path, description = "The number of the delivery")),
    responses(
        (status = 202, description = "The webhook is tried again"),
        (status = 404, description = "No such dead letter"),
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
