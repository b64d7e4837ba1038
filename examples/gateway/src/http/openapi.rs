//! The description of the API, which the file `openapi.json` repeats.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response};

use super::{events, inspect, messages, modems, received, webhooks};
use crate::problem::{Kind, ProblemBody};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "SMS gateway",
        description = "Messages through modems, with outcomes that survive a kill. All problems are RFC 9457."
    ),
    paths(
        messages::post,
        messages::list,
        messages::preview,
        messages::get,
        messages::cancel,
        messages::resend,
        received::list,
        received::get,
        events::events,
        modems::list,
        modems::ussd,
        inspect::inspect,
        webhooks::dead,
        webhooks::revive,
        webhooks::test,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Security, &Problems)
)]
struct Document;

/// The key of a request, without which only a gateway without keys answers.
struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        if let Some(components) = &mut document.components {
            components.add_security_scheme("key", scheme);
        }
    }
}

/// The form of all problems, and those that every address may answer.
struct Problems;

/// The problems of every address.
const ANYWHERE: [Kind; 4] =
    [Kind::Unauthorized, Kind::Forbidden, Kind::TooManyRequests, Kind::Unavailable];

/// The problems of every address that reads a body.
const WITH_BODY: [Kind; 4] =
    [Kind::BadRequest, Kind::TooLarge, Kind::WrongMediaType, Kind::Invalid];

impl utoipa::Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for path in document.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post, &mut path.delete];
            operations.into_iter().flatten().for_each(complete);
        }
    }
}

/// Adds the common problems of an operation, and the form of all.
fn complete(operation: &mut Operation) {
    let with_body = WITH_BODY.into_iter().filter(|_| operation.request_body.is_some());
    let responses = &mut operation.responses.responses;
    for kind in with_body.chain(ANYWHERE) {
        let new = || RefOr::T(Response::new(kind.title()));
        responses.entry(kind.status().to_string()).or_insert_with(new);
    }
    for (_, response) in responses.iter_mut().filter(|(status, _)| *status >= &"400".to_owned()) {
        if let RefOr::T(response) = response {
            let body = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(body)).build();
            response.content.insert("application/problem+json".into(), content.into());
        }
    }
}

/// The description as JSON.
pub(crate) fn document() -> String {
    let text = Document::openapi().to_pretty_json().unwrap_or_default();
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn the_committed_description_is_that_of_this_program() {
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let committed = std::fs::read_to_string(committed).unwrap();
        let advice =
            "run `cargo run --manifest-path examples/gateway/Cargo.toml -- --print-openapi`";
        assert!(committed == document(), "{advice}, and commit its output");
    }
}
