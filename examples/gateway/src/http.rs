//! The HTTP API.

mod events;
mod inspect;
mod messages;
mod modems;
mod openapi;
mod page;
mod paging;
mod received;
mod serve;
mod service;
mod webhooks;

use std::collections::HashSet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use self::openapi::QueryNames;
pub(crate) use self::openapi::document;
pub(crate) use self::serve::serve;
use crate::config::{Config, Scope};
use crate::engine::Handle;
use crate::keys::{Digest, Holder, Keys};
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem, plain};
use crate::queue::{Away, Queue};
use crate::store::Store;

/// The time for a request and its answer: a USSD service may take a minute.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

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
        .layer(middleware::from_fn_with_state(Arc::clone(&app), check_host))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), count))
        .with_state(app)
}

/// The addresses while the server of the queue has not answered yet.
pub(crate) fn waiting() -> Router {
    let refused = async || Problem::from(Away);
    Router::new()
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz_while_waiting))
        .fallback(refused)
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
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
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

/// Refuses another name of this host where no key is needed: a page of the web, whose name can lead
/// to any address, would have the rights of its visitor.
async fn check_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    if !app.keys.is_open() || host.is_none_or(is_this_host) {
        return next.run(request).await;
    }
    let detail = "without keys the gateway answers at localhost and IP addresses only";
    Problem::new(Kind::WrongHost, detail).into_response()
}

/// Returns `true` for the header of `localhost` and of an IP address, with a port or without.
fn is_this_host(host: &HeaderValue) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    name.eq_ignore_ascii_case("localhost") || bare.unwrap_or(name).parse::<IpAddr>().is_ok()
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
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
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

/// An answer of JSON that is text already.
fn json_text(status: StatusCode, text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, Body::from(text)).into_response()
}

/// The answer to a request that the engine cannot answer any more.
fn stopping() -> Problem {
    Problem::new(Kind::Unavailable, "the gateway is stopping: send the request again later")
}

#[cfg(test)]
mod tests {
    use super::{HeaderValue, is_this_host};

    #[test]
    fn only_localhost_and_addresses_name_this_host() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:8025", true),
            ("127.0.0.1:8025", true),
            ("[::1]:8025", true),
            ("[::1]", true),
            ("evil.example", false),
            ("evil.example:8025", false),
            ("127.0.0.1.evil.example:8025", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_this_host(&HeaderValue::from_static(host)), expected, "{host}");
        }
    }
}
