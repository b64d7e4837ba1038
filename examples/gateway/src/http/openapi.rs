//! The description of the API, which the file `openapi.json` repeats.

use utoipa::OpenApi;

use super::{events, inspect, messages, modems, received};

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
        received::dead,
        received::revive,
    ),
    modifiers(&Security)
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
