//! Received messages.

#![allow(unused_qualifications, reason = "the macro of utoipa qualifies its parameters")]

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;

use super::{App, PageQuery, SearchQuery, list_messages};
use crate::api::{Incoming, Page};
use crate::config::Scope;
use crate::problem::{Kind, Problem};
use crate::store::inbox;

/// The received messages.
#[utoipa::path(
    get, path = "/v1/inbox", tag = "inbox", params(PageQuery, SearchQuery),
    responses(
        (status = 200, description = "A page", body = Page<Incoming>),
        (status = 400, description = "The query is invalid"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
    search: Result<Query<SearchQuery>, QueryRejection>,
) -> Result<Json<Page<Incoming>>, Problem> {
    app.caller(&headers, Scope::Receive)?;
    list_messages(&app, asked, search, |connection, slice| inbox::list(connection, &slice)).await
}

/// A received message.
#[utoipa::path(
    get, path = "/v1/inbox/{id}", tag = "inbox",
    params(("id" = String, Path, description = "The identifier of the message")),
    responses(
        (status = 200, description = "The message", body = Incoming),
        (status = 404, description = "No such message"),
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
