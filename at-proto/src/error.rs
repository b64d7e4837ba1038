//! The numbers of `+CME ERROR` and `+CMS ERROR`.

mod cme;
mod cms;

pub use cme::CmeError;
pub use cms::{CmsError, CmsOrigin};

/// Codes with their words.
type Table = &'static [(u16, &'static str)];

/// The words of `code` in one of these tables in ascending order.
fn words_of(tables: &[Table], code: u16) -> Option<&'static str> {
    tables.iter().find_map(|table| {
        let at = table.binary_search_by_key(&code, |&(code, _)| code).ok()?;
        table.get(at).map(|&(_, words)| words)
    })
}

/// The first code of these tables whose words a modem may have meant.
///
/// Letters and digits count, case does not, and "(U)SIM" is "SIM".
fn code_of(tables: &[Table], words: &[u8]) -> Option<u16> {
    let wanted = || plain(words);
    wanted().next()?;
    let mut rows = tables.iter().copied().flatten();
    rows.find(|&&(_, words)| plain(words.as_bytes()).eq(wanted())).map(|&(code, _)| code)
}

fn plain(words: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = words;
    core::iter::from_fn(move || {
        loop {
            rest = rest.strip_prefix(b"(U)").unwrap_or(rest);
            let (octet, after) = rest.split_first()?;
            rest = after;
            if octet.is_ascii_alphanumeric() {
                return Some(octet.to_ascii_lowercase());
            }
        }
    })
}
