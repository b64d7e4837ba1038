//! The page for people: three files in the program, of which no other origin may have a part.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::keys::sha256;

/// The browser runs, draws and asks nothing but these files and this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the page, with its type and its tag.
struct File {
    kind: &'static str,
    text: &'static str,
    tag: String,
}

impl File {
    fn new(kind: &'static str, text: &'static str) -> Self {
        let digest = sha256(text.as_bytes());
        let tag = faster_hex::hex_string(digest.get(..8).unwrap_or(&digest));
        Self { kind, text, tag: format!("\"{tag}\"") }
    }

    /// Answers with the file, or with 304 for a browser that has it.
    fn answer(&self, request: &HeaderMap) -> Response {
        let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let is_known = known.is_some_and(|tags| tags.contains(&self.tag));
        let mut response = match is_known {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => ([(header::CONTENT_TYPE, self.kind)], self.text).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // A new program has a new page: the browser asks each time.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

static INDEX: LazyLock<File> =
    LazyLock::new(|| File::new("text/html; charset=utf-8", include_str!("../../page/index.html")));

static STYLE: LazyLock<File> =
    LazyLock::new(|| File::new("text/css; charset=utf-8", include_str!("../../page/page.css")));

static ICON: LazyLock<File> =
    LazyLock::new(|| File::new("image/svg+xml", include_str!("../../page/page.svg")));

/// One script of several chapters.
static SCRIPT: LazyLock<File> = LazyLock::new(|| {
    let text = concat!(
        include_str!("../../page/base.js"),
        include_str!("../../page/modems.js"),
        include_str!("../../page/compose.js"),
        include_str!("../../page/boxes.js"),
        include_str!("../../page/inspect.js"),
        include_str!("../../page/live.js"),
    );
    File::new("text/javascript; charset=utf-8", text)
});

/// The page.
pub(super) async fn index(headers: HeaderMap) -> Response {
    INDEX.answer(&headers)
}

/// The style of the page.
pub(super) async fn style(headers: HeaderMap) -> Response {
    STYLE.answer(&headers)
}

/// The script of the page.
pub(super) async fn script(headers: HeaderMap) -> Response {
    SCRIPT.answer(&headers)
}

/// The icon of the page.
pub(super) async fn icon(headers: HeaderMap) -> Response {
    ICON.answer(&headers)
}

#[cfg(test)]
mod tests {
    use super::{ICON, INDEX, SCRIPT, STYLE};

    /// The bytes of all files of the page at most.
    const MAX_BYTES: usize = 60_000;

    #[test]
    fn the_page_is_small_and_names_nothing_of_another_origin() {
        let files = [&INDEX, &STYLE, &SCRIPT, &ICON];
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        println!("the page has {bytes} bytes");
        assert!(bytes < MAX_BYTES, "{bytes} bytes");
        for file in files {
            // The name space of SVG is a name, which nobody fetches.
            let text = file.text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://"), "{}", file.kind);
            assert!(!text.contains("innerHTML") && !text.contains("style="), "{}", file.kind);
        }
    }
}
