//! Chapters that belong to no single type.
//!
//! | You want to | Chapter |
//! |---|---|
//! | do one thing now | [`cookbook`] |
//! | find the port, the PIN and the network | [`guide`] |
//! | write an async program | [`async_in_five_minutes`] |
//! | lose nothing when the process is killed | [`surviving`] |
//! | use several modems as one | [`many_modems`] |
//! | test your own code without a modem | [`testing`] |
//! | solve a problem | [`faq`] |
//! | know what is promised, and where the promise ends | [`guarantees`] |
//! | compare the three front-ends | [`front_ends`] |
//! | run on a microcontroller | [`firmware`] |
//! | know which clauses of the standards are supported | [`standards`] |
//! | choose between programs and crates | [`comparison`] |
//! | understand why the crates are built as they are | [`design`] |

#[doc = include_str!("../docs/cookbook.md")]
pub mod cookbook {}

#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

#[doc = include_str!("../docs/async.md")]
pub mod async_in_five_minutes {}

#[doc = include_str!("../docs/surviving.md")]
pub mod surviving {}

#[cfg(any(doc, feature = "tokio"))]
#[doc = include_str!("../docs/many_modems.md")]
pub mod many_modems {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/faq.md")]
pub mod faq {}

#[doc = include_str!("../docs/guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("../docs/front-ends.md")]
pub mod front_ends {}

// The snippets use the features that docs.rs has.
#[cfg(all(feature = "simulator", feature = "tokio-serial"))]
#[doc = include_str!("../docs/channels.md")]
pub mod channels {}

#[doc = include_str!("../docs/firmware.md")]
pub mod firmware {}

#[doc = include_str!("../docs/standards.md")]
pub mod standards {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

/// The README of the repository, whose snippets are tested here; it is not in the package.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod repository {}
