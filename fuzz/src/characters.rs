//! The crate `gsm7`: characters and septets.

mod charset;
mod fit;
#[path = "../../gsm7/tests/gsm7/naive.rs"]
mod naive;
mod septets;
mod text;
mod ucs2;

pub use charset::charset;
pub(crate) use fit::codings;
pub use septets::septets;
pub use text::text;
pub use ucs2::ucs2;

use gsm7::{Alphabet, Language};

use crate::input::Input;

/// Any pair of tables: 0 for the default one, and languages up to one beyond the standard.
pub(crate) fn alphabet(input: &mut Input<'_>) -> Alphabet {
    let mut language = || {
        let raw = input.byte() % 15;
        (raw > 0).then(|| Language::new(raw))
    };
    Alphabet { locking: language(), single: language() }
}
