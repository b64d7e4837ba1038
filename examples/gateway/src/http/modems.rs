//! The modems and USSD.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use modem::ErrorKind;
use tokio::sync::oneshot;

use super::{App, body, stopping};
use crate::api::{ModemView, RouteView, UssdAnswer, UssdRequest};
use crate::config::Scope;
use crate::engine::{Command, UssdError};
use crate::problem::{Kind, Problem};

/// The modems with their identity, network, signal, storage and counters.
#[utoipa::path(
    get, path = "/v1/modems", tag = "modems",
    responses(
        (status = 200, description = "All modems", body = Vec<ModemView>),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<Vec<ModemView>>, Problem> {
    app.caller(&headers, Scope::Read)?;
    Ok(Json(views(&app).await?))
}

/// The routes of the configuration.
#[utoipa::path(
    get, path = "/v1/routes", tag = "modems",
    responses((status = 200, description = "All routes", body = Vec<RouteView>))
)]
pub(super) async fn routes(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<Vec<RouteView>>, Problem> {
    app.caller(&headers, Scope::Read)?;
    let routes = app.config.routes.iter().map(|route| RouteView {
        name: route.name.clone(),
        prefixes: route.prefixes.clone(),
        modems: route.modems.clone(),
        fallback: route.fallback.clone(),
    });
    Ok(Json(routes.collect()))
}

/// All modems.
pub(super) async fn views(app: &App) -> Result<Vec<ModemView>, Problem> {
    let (answer, views) = oneshot::channel();
    app.engine.send(Command::Modems(answer));
    views.await.map_err(|_| stopping())
}

/// Runs a USSD code on a modem, and waits for the reply of the network.
#[utoipa::path(
    post, path = "/v1/ussd", tag = "modems",
    request_body = UssdRequest,
    responses(
        (status = 200, description = "The reply", body = UssdAnswer),
        (status = 400, description = "Not JSON"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Not JSON"),
        (status = 422, description = "Invalid"),
        (status = 502, description = "Refused"),
    )
)]
pub(super) async fn ussd(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Result<Bytes, BytesRejection>,
) -> Result<Json<UssdAnswer>, Problem> {
    app.caller(&headers, Scope::Ussd)?;
    let UssdRequest { modem, code } = body(&headers, request)?;
    if code.is_empty() || code.chars().count() > 182 {
        return Err(Problem::field("/code", "the code is not 1 to 182 characters: correct it"));
    }
    let (answer, reply) = oneshot::channel();
    app.engine.send(Command::Ussd(modem.clone(), code, answer));
    match reply.await.map_err(|_| stopping())? {
        Ok(reply) => Ok(Json(reply)),
        Err(UssdError::NoSuchModem) => {
            let detail = format!("there is no modem {modem}: list the modems at /v1/modems");
            Err(Problem::field("/modem", detail))
        }
        Err(UssdError::Failed(error)) => Err(match error.kind() {
            ErrorKind::Closed => Problem::new(Kind::ModemDown, error.to_string()),
            ErrorKind::Invalid(_) => Problem::field("/code", error.to_string()),
            _ => Problem::new(Kind::ModemFailed, error.to_string()),
        }),
    }
}
