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
        let detail = format!("{}: {}", failure.error, advice(failure.advice));
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
            let hints = read.report.hints.iter();
            object["hints"] = hints.map(|hint| without_option(hint)).collect();
            object
        }
        Err(failure) => {
            let mut object = failure.to_json();
            object["advice"] = advice(failure.advice).into();
            json!({ "failure": object })
        }
    });
    Ok(Json(items.collect()))
}

/// The advice for those who do not have the options of the example `pdu`.
fn advice(advice: &str) -> &str {
    match advice.contains("--") {
        true => "copy the whole PDU, with the service centre before its TPDU",
        false => advice,
    }
}

/// A hint without the option of the example `pdu` that would decide otherwise.
fn without_option(hint: &str) -> &str {
    hint.split_once("; --").map_or(hint, |(fact, _)| fact)
}

#[cfg(test)]
mod tests {
    use super::{advice, without_option};

    #[test]
    fn no_sentence_names_an_option_of_a_program() {
        let hint = "the octets fit a TPDU without a service centre; --as mt reads them with one";
        assert_eq!(without_option(hint), "the octets fit a TPDU without a service centre");
        assert!(!advice("use --no-smsc if the PDU begins with its TPDU").contains("--"));
        assert_eq!(advice("correct the digit"), "correct the digit");
    }
}
