//! Messages to send.

#![allow(unused_qualifications, reason = "the macro of utoipa qualifies its parameters")]

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::oneshot;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    App, PageQuery, SearchQuery, body, json_text, list_messages, method_not_allowed, query,
    stopping,
};
use crate::api::{Accepted, Message, NewMessage, Page, Preview, Status, foreign};
use crate::clock;
use crate::config::Scope;
use crate::engine::Command;
use crate::keys::{Digest, Holder, sha256};
use crate::problem::{Kind, Problem};
use crate::queue::Accepted as Queued;
use crate::store::{Filter, Insert, Request, messages};

/// The longest idempotency key, in characters.
const MAX_KEY: usize = 255;

/// Accepts a message. The answer comes when the message is durable.
#[utoipa::path(
    post, path = "/v1/messages", tag = "messages",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated, the request has its first answer")),
    request_body = NewMessage,
    responses(
        (status = 202, description = "Accepted", body = Accepted),
        (status = 400, description = "Not JSON"),
        (status = 409, description = "In progress"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Not JSON"),
        (status = 422, description = "Invalid"),
    )
)]
pub(super) async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let holder = app.caller(&headers, Scope::Send)?;
    let message: NewMessage = body(&headers, request)?;
    accept(&app, &headers, &holder, message, None).await
}

/// Sends a message again as a new one, whose `resend_of` names the old one. For an unknown message
/// this risks a second copy.
#[utoipa::path(
    post, path = "/v1/messages/{id}:resend", tag = "messages",
    params(
        ("id" = String, Path, description = "The identifier of the message"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated, the request has its first answer"),
    ),
    responses(
        (status = 202, description = "Accepted", body = Accepted),
        (status = 400, description = "The key is invalid"),
        (status = 404, description = "No such message"),
        (status = 409, description = "Still under way"),
        (status = 422, description = "The key was used before"),
    )
)]
pub(super) async fn resend(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let holder = app.caller(&headers, Scope::Send)?;
    let Some(id) = id.strip_suffix(":resend").map(String::from) else {
        return Ok(method_not_allowed(uri).await);
    };
    let (_, old) = find(&app, id).await?;
    let is_over = matches!(
        old.status,
        Status::Unknown
            | Status::Failed
            | Status::Undelivered
            | Status::Expired
            | Status::Cancelled
    );
    if !is_over {
        let detail = format!("the message is {}: it is not sent a second time", old.status.name());
        return Err(Problem::new(Kind::NotUnknown, detail));
    }
    let message = NewMessage { send_at: None, ..old.request };
    accept(&app, &headers, &holder, message, Some(old.id)).await
}

async fn accept(
    app: &Arc<App>,
    headers: &HeaderMap,
    holder: &Holder,
    message: NewMessage,
    resend_of: Option<String>,
) -> Result<Response, Problem> {
    let key = idempotency(headers, holder, &message, resend_of.as_deref())?;
    let guard = match &key {
        Some((key, _)) => Some(InProgress::begin(app, *key)?),
        None => None,
    };
    if app.engine.waiting() >= app.config.limits.waiting {
        let detail = "too many messages are waiting: send the message again later";
        return Err(Problem::new(Kind::Unavailable, detail));
    }
    let checked = message.check(&app.config, clock::now())?;
    let id = Uuid::now_v7().to_string();
    let location = format!("/v1/messages/{id}");
    let request = Request { checked, id, resend_of, key };
    let begun = Arc::clone(app);
    // A client that goes away drops this future, and the message must get to the engine anyway.
    let accepted = tokio::spawn(async move {
        let _guard = guard;
        if let Some(queue) = &begun.queue {
            return Ok(match queue.accept(&request).await? {
                Queued::New(answer) => Outcome::New(answer),
                Queued::Replayed(answer) => Outcome::Replayed(answer),
                Queued::KeyReused => Outcome::KeyReused,
                Queued::NoSuchReply => Outcome::NoSuchReply,
            });
        }
        let inserted = begun.store.write(move |tx| tx.insert(&request)).await?;
        Ok::<_, Problem>(match inserted {
            Insert::New(waiting, answer) => {
                begun.engine.send(Command::Accept(waiting));
                Outcome::New(answer)
            }
            Insert::Replayed(answer) => Outcome::Replayed(answer),
            Insert::KeyReused => Outcome::KeyReused,
            Insert::NoSuchReply => Outcome::NoSuchReply,
        })
    });
    match accepted.await.map_err(|_| stopping())?? {
        Outcome::New(answer) => {
            let mut response = json_text(StatusCode::ACCEPTED, answer);
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Ok(response)
        }
        Outcome::Replayed(answer) => {
            let mut response = json_text(StatusCode::ACCEPTED, answer);
            let replayed = HeaderValue::from_static("true");
            response.headers_mut().insert("idempotency-replayed", replayed);
            Ok(response)
        }
        Outcome::KeyReused => Err(Problem::new(
            Kind::KeyReused,
            "the Idempotency-Key was used for another message: use a new key",
        )),
        Outcome::NoSuchReply => {
            Err(Problem::field("/reply_to", "there is no such received message: see /v1/inbox"))
        }
    }
}

/// The result of an acceptance, after the engine has the message.
enum Outcome {
    New(String),
    Replayed(String),
    KeyReused,
    NoSuchReply,
}

/// The digests of the idempotency key, with its holder, and of the request.
fn idempotency(
    headers: &HeaderMap,
    holder: &Holder,
    message: &NewMessage,
    resend_of: Option<&str>,
) -> Result<Option<(Digest, Digest)>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if key.is_empty() || key.len() > MAX_KEY {
        let detail = format!("the Idempotency-Key is not 1 to {MAX_KEY} characters: correct it");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let body = serde_json::to_string(message).unwrap_or_default();
    let key = sha256(format!("{}\n{key}", holder.name).as_bytes());
    let body = sha256(format!("{}\n{body}", resend_of.unwrap_or_default()).as_bytes());
    Ok(Some((key, body)))
}

/// A key whose request is in progress, until it is dropped.
struct InProgress {
    app: Arc<App>,
    key: Digest,
}

impl InProgress {
    fn begin(app: &Arc<App>, key: Digest) -> Result<Self, Problem> {
        let is_first = app.in_progress.lock().is_ok_and(|mut keys| keys.insert(key));
        let detail =
            "a request with this Idempotency-Key is in progress: send it again in a moment";
        let problem = || Problem::new(Kind::InProgress, detail);
        is_first.then(|| Self { app: Arc::clone(app), key }).ok_or_else(problem)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if let Ok(mut keys) = self.app.in_progress.lock() {
            keys.remove(&self.key);
        }
    }
}

/// Counts the parts of a message, and sends nothing.
#[utoipa::path(
    post, path = "/v1/messages:preview", tag = "messages",
    request_body = NewMessage,
    responses(
        (status = 200, description = "The cost", body = Preview),
        (status = 400, description = "Not JSON"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Not JSON"),
        (status = 422, description = "Invalid"),
    )
)]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Result<Bytes, BytesRejection>,
) -> Result<Json<Preview>, Problem> {
    app.caller(&headers, Scope::Send)?;
    let message: NewMessage = body(&headers, request)?;
    let checked = message.check(&app.config, clock::now())?;
    let text = checked.message.text.as_deref().unwrap_or_default();
    let plain = gsm7::transliterate(text, gsm7::Alphabet::DEFAULT).to_string();
    let helps = checked.coding == "ucs2" && foreign(&plain).is_empty();
    Ok(Json(Preview {
        remaining: checked.message.remaining(),
        plain: Some(plain).filter(|_| helps),
        foreign: foreign(text).into_iter().map(String::from).collect(),
        to: checked.recipient,
        parts: checked.parts,
        coding: checked.coding.into(),
    }))
}

/// A message with its number here; `None` if it is in the queue of several hosts.
async fn find(app: &App, id: String) -> Result<(Option<i64>, Message), Problem> {
    if let Some(queue) = &app.queue
        && let Some(message) = queue.find(&id).await?
    {
        return Ok((None, message));
    }
    let found = app.store.read(move |connection| messages::find(connection, &id)).await?;
    let found = found.map(|(seq, message)| (Some(seq), message));
    found.ok_or_else(|| Problem::new(Kind::NotFound, "there is no such message: check its id"))
}

/// A message with its parts and its history.
#[utoipa::path(
    get, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = String, Path, description = "The identifier of the message")),
    responses(
        (status = 200, description = "The message", body = Message),
        (status = 404, description = "No such message"),
    )
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Message>, Problem> {
    app.caller(&headers, Scope::Read)?;
    Ok(Json(find(&app, id).await?.1))
}

/// Cancels a message of which nothing has left.
#[utoipa::path(
    delete, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = String, Path, description = "The identifier of the message")),
    responses(
        (status = 200, description = "Cancelled", body = Message),
        (status = 404, description = "No such message"),
        (status = 409, description = "A part may have left"),
    )
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Message>, Problem> {
    app.caller(&headers, Scope::Send)?;
    let (seq, old) = find(&app, id.clone()).await?;
    if old.status == Status::Cancelled {
        return Ok(Json(old));
    }
    let is_cancelled = match (seq, &app.queue) {
        (None, Some(queue)) => queue.cancel(&id).await?.is_some_and(|(cancelled, _)| cancelled),
        (seq, _) => {
            let (answer, cancelled) = oneshot::channel();
            app.engine.send(Command::Cancel(seq.unwrap_or_default(), answer));
            cancelled.await.map_err(|_| stopping())?
        }
    };
    if !is_cancelled {
        let (_, now) = find(&app, id).await?;
        let detail = format!("the message is {}: it cannot be cancelled", now.status.name());
        return Err(Problem::new(Kind::HasLeft, detail));
    }
    Ok(Json(find(&app, id).await?.1))
}

/// The choice among the messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Choice {
    /// The status of the messages.
    #[param(inline)]
    status: Option<Status>,
    /// The sender's own reference.
    client_reference: Option<String>,
}

/// The messages to send.
#[utoipa::path(
    get, path = "/v1/messages", tag = "messages", params(PageQuery, SearchQuery, Choice),
    responses(
        (status = 200, description = "A page", body = Page<Message>),
        (status = 400, description = "The query is invalid"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<PageQuery>, QueryRejection>,
    search: Result<Query<SearchQuery>, QueryRejection>,
    choice: Result<Query<Choice>, QueryRejection>,
) -> Result<Json<Page<Message>>, Problem> {
    app.caller(&headers, Scope::Read)?;
    let Choice { status, client_reference } = query(choice)?;
    list_messages(&app, asked, search, move |connection, slice| {
        messages::list(connection, &Filter { slice, status, client_reference })
    })
    .await
}
