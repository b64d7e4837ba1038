//! Pages of lists.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use rusqlite::Connection;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, query};
use crate::api::{Order, Page};
use crate::problem::{Kind, Problem};
use crate::store::{Found, Slice};

/// The items of a page at most, and by default.
const MAX_PAGE: usize = 1000;
const DEFAULT_PAGE: usize = 100;

/// The longest search, in characters.
const MAX_SEARCH: usize = 100;

/// The page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The number of items of a page, at most 1000. Default: 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The cursor of the page, from `next` of the page before.
    after: Option<String>,
}

/// The order of a list of messages, and a search in it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Direction {
    /// The order. Default: the newest message is last.
    #[serde(default)]
    #[param(inline, required = false)]
    order: Order,
    /// A text that the number, the text or the reference of a message contains, whatever the case.
    /// A page of a search may have fewer messages than `limit`, and a next page.
    #[param(max_length = 100)]
    search: Option<String>,
}

/// The wanted page of a list, from its oldest item on.
///
/// # Errors
/// Fails when a parameter is out of its range.
pub(super) fn slice(asked: Result<Query<PageQuery>, QueryRejection>) -> Result<Slice, Problem> {
    let asked = query(asked)?;
    let limit = asked.limit.unwrap_or(DEFAULT_PAGE);
    if limit == 0 || limit > MAX_PAGE {
        let detail = format!("the limit is not 1 to {MAX_PAGE}: correct it");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let detail = "the cursor is unknown: take it from next of the page before";
    let number =
        |cursor| cursor_number(cursor).ok_or_else(|| Problem::new(Kind::BadRequest, detail));
    let after = asked.after.as_deref().map(number).transpose()?;
    Ok(Slice { after, limit, ..Slice::default() })
}

/// The wanted page of a list of messages.
///
/// # Errors
/// Fails when a parameter is out of its range.
pub(super) fn directed(
    asked: Result<Query<PageQuery>, QueryRejection>,
    direction: Result<Query<Direction>, QueryRejection>,
) -> Result<Slice, Problem> {
    let slice = slice(asked)?;
    let Direction { order, search } = query(direction)?;
    if search.as_ref().is_some_and(|search| search.chars().count() > MAX_SEARCH) {
        let detail = format!("the search has more than {MAX_SEARCH} characters: shorten it");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(Slice { order, search: search.filter(|search| !search.is_empty()), ..slice })
}

/// The page that `read` finds.
pub(super) async fn list_page<T: Send + 'static>(
    app: &App,
    slice: Slice,
    read: impl FnOnce(&Connection, &Slice) -> rusqlite::Result<Found<T>> + Send + 'static,
) -> Result<Json<Page<T>>, Problem> {
    let found = app.store.read(move |connection| read(connection, &slice)).await?;
    let items = found.items.into_iter().map(|(_, item)| item).collect();
    Ok(Json(Page { items, next: found.next.map(cursor) }))
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
