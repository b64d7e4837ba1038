//! The explanation of PDUs.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{App, body};
use crate::api::Inspect;
use crate::config::Scope;
use crate::explain;
use crate::problem::Problem;

/// Explains PDUs field by field, as the example `pdu` does. Nothing is sent or stored.
#[utoipa::path(
    post, path = "/v1/inspect", tag = "inspect",
    request_body = Inspect,
    responses(
        (status = 200, description = "An object for each PDU", body = Vec<Object>),
        (status = 400, description = "Not JSON"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Not JSON"),
        (status = 422, description = "Not a PDU"),
    )
)]
pub(super) async fn inspect(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    app.caller(&headers, Scope::Read)?;
    let Inspect { pdu } = body(&headers, request)?;
    let read = explain::pasted(&pdu, explain::Options::default());
    if let [Err(failure)] = read.as_slice() {
        // Some advice names an option of the program `pdu`, which this address does not have.
        let is_for_program = failure.advice.contains("--");
        let whole = "copy the whole PDU, with the service centre before its TPDU";
        let advice = if is_for_program { whole } else { failure.advice };
        let detail = format!("{}: {advice}", failure.error);
        return Err(Problem::field("/pdu", detail));
    }
    let items = read.iter().map(|read| match read {
        Ok(read) => {
            let mut object = read.report.to_json();
            let words: Vec<String> =
                read.report.warnings.iter().map(|warning| warning.to_string()).collect();
            // The fields name their octets by their positions in these.
            object["octets"] = faster_hex::hex_string_upper(&read.report.octets).into();
            object["warning_texts"] = words.into();
            object
        }
        Err(failure) => json!({ "failure": failure.to_json() }),
    });
    Ok(Json(items.collect()))
}
