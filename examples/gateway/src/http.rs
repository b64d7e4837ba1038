//! The HTTP API.

mod events;
mod inspect;
mod messages;
mod modems;
mod openapi;
mod page;
mod received;
mod serve;
mod service;
mod webhooks;

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rusqlite::Connection;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use self::openapi::QueryNames;
pub(crate) use self::openapi::document;
pub(crate) use self::serve::serve;
use crate::api::{Order, Page};
use crate::config::{Config, Scope};
use crate::engine::Handle;
use crate::keys::{Digest, Holder, Keys};
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem, plain};
use crate::queue::Queue;
use crate::store::{Found, Slice, Store};

/// The time for a request and its answer: a USSD service may take a minute.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// The items of a page at most, and by default.
const MAX_PAGE: usize = 1000;
const DEFAULT_PAGE: usize = 100;

/// The longest search, in characters.
const MAX_SEARCH: usize = 100;

/// The state that all requests share.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) engine: Handle,
    pub(crate) queue: Option<Arc<Queue>>,
    pub(crate) config: Arc<Config>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: CancellationToken,
    /// The client for webhooks.
    pub(crate) client: reqwest::Client,
    keys: Keys,
    query_names: QueryNames,
    limiter: DefaultKeyedRateLimiter<String>,
    /// The idempotency keys of requests in progress.
    in_progress: Mutex<HashSet<Digest>>,
}

impl App {
    /// The state for a configuration.
    pub(crate) fn new(
        store: Store,
        engine: Handle,
        queue: Option<Arc<Queue>>,
        config: Arc<Config>,
        metrics: Arc<Metrics>,
        client: reqwest::Client,
        stop: CancellationToken,
    ) -> Self {
        let rate = NonZeroU32::new(config.limits.requests).unwrap_or(NonZeroU32::MIN);
        Self {
            keys: Keys::new(&config),
            query_names: QueryNames::new(),
            limiter: RateLimiter::keyed(Quota::per_second(rate)),
            in_progress: Mutex::default(),
            store,
            engine,
            queue,
            config,
            metrics,
            client,
            stop,
        }
    }

    /// The holder of the key of a request.
    ///
    /// # Errors
    /// Fails when the key is missing, unknown or without the scope, or asks too often.
    fn caller(&self, headers: &HeaderMap, scope: Scope) -> Result<Holder, Problem> {
        let holder = if self.keys.is_open() {
            Holder::anyone()
        } else {
            let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let key = value.and_then(|value| {
                let (scheme, key) = value.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
            });
            let detail = "the header Authorization has no key: send Bearer and the key";
            let key = key.ok_or_else(|| Problem::new(Kind::Unauthorized, detail))?;
            let detail = "the key is unknown: check it";
            let holder = self.keys.holder(key);
            holder.ok_or_else(|| Problem::new(Kind::Unauthorized, detail))?.clone()
        };
        if self.limiter.check_key(&holder.name).is_err() {
            let detail = format!("more than {} requests in a second", self.config.limits.requests);
            let mut problem = Problem::new(Kind::TooManyRequests, detail);
            problem.retry_after = Some(1);
            return Err(problem);
        }
        if !holder.may(scope) {
            let detail =
                format!("the key {} does not have the scope {}", holder.name, scope.name());
            return Err(Problem::new(Kind::Forbidden, detail));
        }
        Ok(holder)
    }
}

/// All addresses of the API.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/messages", post(messages::post).get(messages::list))
        .route("/v1/messages:preview", post(messages::preview))
        .route(
            "/v1/messages/{id}",
            get(messages::get).delete(messages::cancel).post(messages::resend),
        )
        .route("/v1/inbox", get(received::list))
        .route("/v1/inbox/{id}", get(received::get))
        .route("/v1/events", get(events::events))
        .route("/v1/modems", get(modems::list))
        .route("/v1/routes", get(modems::routes))
        .route("/v1/ussd", post(modems::ussd))
        .route("/v1/inspect", post(inspect::inspect))
        .route("/v1/webhooks/{name}", post(webhooks::test))
        .route("/v1/webhooks/dead", get(webhooks::dead))
        .route("/v1/webhooks/dead/{id}", post(webhooks::revive))
        .route("/openapi.json", get(service::openapi))
        .route("/problems/{name}", get(service::problem))
        .route("/metrics", get(service::metrics))
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz))
        .route("/", get(page::index))
        .route("/page.css", get(page::style))
        .route("/page.js", get(page::script))
        .route("/page.svg", get(page::icon))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(app.config.limits.body))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), check_query))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), count))
        .with_state(app)
}

async fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "there is nothing at this path: see /openapi.json")
}

async fn method_not_allowed(uri: Uri) -> Response {
    let detail = "this path does not have the method: see /openapi.json";
    let mut response = Problem::new(Kind::MethodNotAllowed, detail).into_response();
    // The router takes an action of a message for a message.
    if uri.path().starts_with("/v1/messages/") {
        let allow = if uri.path().ends_with(":resend") { "POST" } else { "DELETE, GET, HEAD" };
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
    }
    response
}

/// Refuses a query with unknown parameters.
async fn check_query(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.query_names.check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Counts answers, and gives each the headers that all have.
async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| {
        let detail = "the request has taken too long: send it again";
        Problem::new(Kind::Unavailable, detail).into_response()
    });
    app.metrics.answered(response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
    response
}

/// The JSON body of a request.
///
/// # Errors
/// Fails when the body is too large, is not JSON, or does not have the form of `T`, with the field.
fn body<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Kind::TooLarge, "the body has more bytes than limits.body: send less")
        }
        _ => Problem::new(Kind::BadRequest, "the body cannot be read: send the request again"),
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let detail = "the header Content-Type is not application/json: send JSON";
        return Err(Problem::new(Kind::WrongMediaType, detail));
    }
    // An array would be read as the fields in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<serde::de::IgnoredAny>(&body).map_err(|error| not_json(&error))?;
        return Err(Problem::field("", "the body is not a JSON object: send {} with its fields"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return not_json(&inner);
        }
        let reason = inner.to_string();
        // The pointer says where.
        let reason = reason.split(" at line ").next().unwrap_or_default();
        Problem::field(&pointer, plain(reason))
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::BadRequest, format!("the body is not JSON, {error}: correct it"))
}

/// The JSON pointer of a path.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            _ => {}
        }
    }
    pointer
}

/// The query of a request.
fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let Query(query) = query.map_err(|rejection| {
        let reason = rejection.body_text();
        let reason = reason.strip_prefix("Failed to deserialize query string: ").unwrap_or(&reason);
        let detail = format!("the query is invalid, {}: correct it", plain(reason));
        Problem::new(Kind::BadRequest, detail)
    })?;
    Ok(query)
}

/// The page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// The number of items of a page, at most 1000. Default: 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The cursor of the page, from `next` of the page before.
    after: Option<String>,
}

/// The order of a list of messages, and a search in it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The order. Default: the newest message is last.
    #[serde(default)]
    #[param(inline, required = false)]
    order: Order,
    /// A text that the number, the text or the reference contains, whatever the case. A page of a
    /// search may have fewer messages than `limit`, and a next page.
    #[param(max_length = 100)]
    search: Option<String>,
}

impl PageQuery {
    /// The number of items of a page, and the number after which it begins.
    fn read(&self) -> Result<(usize, Option<i64>), Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_PAGE);
        if limit == 0 || limit > MAX_PAGE {
            let detail = format!("the limit is not 1 to {MAX_PAGE}: correct it");
            return Err(Problem::new(Kind::BadRequest, detail));
        }
        let detail = "the cursor is unknown: take it from next of the page before";
        let number =
            |cursor| cursor_number(cursor).ok_or_else(|| Problem::new(Kind::BadRequest, detail));
        Ok((limit, self.after.as_deref().map(number).transpose()?))
    }
}

/// A page of the messages that `read` finds in a slice.
async fn list_messages<T: Send + 'static>(
    app: &App,
    asked: Result<Query<PageQuery>, QueryRejection>,
    search: Result<Query<SearchQuery>, QueryRejection>,
    read: impl FnOnce(&Connection, Slice) -> rusqlite::Result<Found<T>> + Send + 'static,
) -> Result<Json<Page<T>>, Problem> {
    let (limit, after) = query(asked)?.read()?;
    let SearchQuery { order, search } = query(search)?;
    if search.as_ref().is_some_and(|search| search.chars().count() > MAX_SEARCH) {
        let detail = format!("the search is above {MAX_SEARCH} characters: shorten it");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let search = search.filter(|search| !search.is_empty());
    let slice = Slice { after, order, limit, search };
    let Found { items, next } = app.store.read(move |connection| read(connection, slice)).await?;
    Ok(Json(paged(items, next)))
}

/// A page of the items that `read` finds after a number, at most as many as it is told.
async fn list_page<T: Send + 'static>(
    app: &App,
    asked: Result<Query<PageQuery>, QueryRejection>,
    read: impl FnOnce(&Connection, i64, usize) -> rusqlite::Result<Vec<(i64, T)>> + Send + 'static,
) -> Result<Json<Page<T>>, Problem> {
    let (limit, after) = query(asked)?.read()?;
    let after = after.unwrap_or(0);
    // One more tells whether there is a next page.
    let found = app.store.read(move |connection| read(connection, after, limit + 1)).await;
    let mut items = found?;
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| is_more).map(|(number, _)| *number);
    Ok(Json(paged(items, next)))
}

/// The cursor after an item with this number.
fn cursor(number: i64) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("after {number}"))
}

fn cursor_number(cursor: &str) -> Option<i64> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let number = std::str::from_utf8(&text).ok()?.strip_prefix("after ")?.parse().ok()?;
    (number >= 0).then_some(number)
}

/// A page of items with their numbers here, and the number after which the next page begins.
fn paged<T>(items: Vec<(i64, T)>, next: Option<i64>) -> Page<T> {
    Page { items: items.into_iter().map(|(_, item)| item).collect(), next: next.map(cursor) }
}

/// An answer of JSON that is text already.
fn json_text(status: StatusCode, text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, Body::from(text)).into_response()
}

/// The answer to a request that the engine cannot answer any more.
fn stopping() -> Problem {
    Problem::new(Kind::Unavailable, "the gateway is stopping: send the request again later")
}
