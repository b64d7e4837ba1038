//! Pages of lists, in either direction, with a search that reads a limited number of rows.

use rusqlite::{Row, Rows};

use crate::api::Order;

/// The maximum number of rows that one page reads. A search goes on from there.
const MAX_READ: usize = 20_000;

/// The wanted page of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slice {
    /// The number of the row before the page.
    pub(crate) after: Option<i64>,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    /// A text that the items have, whatever their case.
    pub(crate) search: Option<String>,
}

/// A page of items with their numbers, and the number after which the next page begins.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) items: Vec<(i64, T)>,
    pub(crate) next: Option<i64>,
}

impl Slice {
    /// The condition that a row follows `?1`, and the order of the rows.
    pub(crate) const fn clauses(&self) -> (&'static str, &'static str) {
        match self.order {
            Order::Oldest => ("seq > ?1", "ORDER BY seq"),
            Order::Newest => ("seq < ?1", "ORDER BY seq DESC"),
        }
    }

    /// The value of `?1`.
    pub(crate) fn bound(&self) -> i64 {
        self.after.unwrap_or(match self.order {
            Order::Oldest => 0,
            Order::Newest => i64::MAX,
        })
    }

    /// Reads the page from the rows. `texts` are those of an item that a search looks at.
    pub(crate) fn read<T>(
        &self,
        mut rows: Rows<'_>,
        item: impl Fn(&Row<'_>) -> rusqlite::Result<(i64, T)>,
        texts: impl Fn(&T) -> Vec<&str>,
    ) -> rusqlite::Result<Found<T>> {
        let wanted = self.search.as_ref().map(|search| search.to_lowercase());
        let has = |found: &T, wanted: &String| {
            texts(found).into_iter().any(|text| text.to_lowercase().contains(wanted.as_str()))
        };
        let mut items = Vec::new();
        let mut last = None;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            if items.len() == self.limit || read == MAX_READ {
                return Ok(Found { items, next: last });
            }
            let (number, found) = item(row)?;
            read += 1;
            last = Some(number);
            if wanted.as_ref().is_none_or(|wanted| has(&found, wanted)) {
                items.push((number, found));
            }
        }
        Ok(Found { items, next: None })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{MAX_READ, Slice};
    use crate::api::Order;

    #[test]
    fn a_search_that_finds_nothing_reads_a_limited_number_of_rows_and_goes_on_from_there() {
        let connection = Connection::open_in_memory().unwrap();
        let rows = "WITH RECURSIVE rows(seq) AS
            (SELECT 1 UNION ALL SELECT seq + 1 FROM rows WHERE seq < 20010) SELECT seq FROM rows";
        let mut slice =
            Slice { after: None, order: Order::Newest, limit: 10, search: Some("row 7 ".into()) };
        let mut pages = Vec::new();
        loop {
            let (condition, order) = slice.clauses();
            let query = format!("SELECT seq FROM ({rows}) WHERE {condition} {order}");
            let mut query = connection.prepare(&query).unwrap();
            let item = |row: &rusqlite::Row<'_>| {
                let number: i64 = row.get(0)?;
                Ok((number, format!("ROW {number} of many")))
            };
            let found = slice
                .read(query.query([slice.bound()]).unwrap(), item, |text| vec![text.as_str()])
                .unwrap();
            pages.push(found.items.iter().map(|(number, _)| *number).collect::<Vec<_>>());
            if found.next.is_none() {
                break;
            }
            slice.after = found.next;
        }
        assert_eq!(pages, [vec![], vec![7]]);
        assert_eq!(slice.after, Some(20_010 - i64::try_from(MAX_READ).unwrap() + 1));
    }
}
