//! The numbers of `+CME ERROR` and `+CMS ERROR`.

mod cme;
mod cms;

pub use cme::CmeError;
pub use cms::{CmsError, CmsOrigin};

/// The words of `code` in a table in ascending order.
fn words_of(table: &'static [(u16, &'static str)], code: u16) -> Option<&'static str> {
    let at = table.binary_search_by_key(&code, |&(code, _)| code).ok()?;
    table.get(at).map(|&(_, words)| words)
}

/// The first code of a table whose words a modem may have meant.
///
/// Letters and digits count, case does not, and "(U)SIM" is "SIM".
fn code_of(table: &'static [(u16, &'static str)], words: &str) -> Option<u16> {
    let wanted = || plain(words);
    wanted().next()?;
    table.iter().find(|&&(_, words)| plain(words).eq(wanted())).map(|&(code, _)| code)
}

fn plain(words: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = words;
    core::iter::from_fn(move || {
        loop {
            rest = rest.strip_prefix("(U)").unwrap_or(rest);
            let mut characters = rest.chars();
            let character = characters.next()?;
            rest = characters.as_str();
            if character.is_ascii_alphanumeric() {
                return u8::try_from(character.to_ascii_lowercase()).ok();
            }
        }
    })
}
