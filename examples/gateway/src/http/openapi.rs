//! The description of the API, which the file `openapi.json` repeats.

use std::collections::HashMap;

use axum::extract::{MatchedPath, Query, Request};
use axum::http::{Method, Uri};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response};

use super::{events, inspect, messages, modems, received, webhooks};
use crate::problem::{Kind, Problem, ProblemBody};

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
        modems::routes,
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
const ANYWHERE: [Kind; 6] = [
    Kind::BadRequest,
    Kind::Unauthorized,
    Kind::Forbidden,
    Kind::WrongHost,
    Kind::TooManyRequests,
    Kind::Unavailable,
];

/// The problems of every address that reads a body.
const WITH_BODY: [Kind; 3] = [Kind::TooLarge, Kind::WrongMediaType, Kind::Invalid];

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

/// The names of the query parameters of each address.
#[derive(Debug)]
pub(super) struct QueryNames(HashMap<(Method, String), Vec<String>>);

impl QueryNames {
    /// The names in the description.
    pub(super) fn new() -> Self {
        let mut names = HashMap::new();
        for (path, item) in Document::openapi().paths.paths {
            let operations =
                [(Method::GET, item.get), (Method::POST, item.post), (Method::DELETE, item.delete)];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let parameters = operation.parameters.into_iter().flatten();
                let of_query = parameters.filter_map(|parameter| match parameter {
                    RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one.name),
                    _ => None,
                });
                names.insert((method, path.clone()), of_query.collect());
            }
        }
        Self(names)
    }

    /// Checks the query of a request: a parameter that is unknown would be ignored.
    ///
    /// # Errors
    /// Fails with the name of the unknown parameter.
    pub(super) fn check(&self, request: &Request) -> Result<(), Problem> {
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let known = path.and_then(|path| self.0.get(&(method.clone(), path.to_owned())));
        let Some((known, unknown)) = known.and_then(|known| {
            let unknown = given(request.uri()).into_iter().find(|name| !known.contains(name))?;
            Some((known, unknown))
        }) else {
            return Ok(());
        };
        let advice = match known.as_slice() {
            [] => "remove it".into(),
            known => format!("use {}", known.join(", ")),
        };
        let detail = format!("the query parameter {unknown:?} is unknown: {advice}");
        Err(Problem::new(Kind::BadRequest, detail))
    }
}

/// The names in a query. One that cannot be read is an error of its handler.
fn given(uri: &Uri) -> Vec<String> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0);
    pairs.unwrap_or_default().into_iter().map(|(name, _)| name).collect()
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
