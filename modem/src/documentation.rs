//! The chapters of the manual that belong to no single type.

#[doc = include_str!("../docs/guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/front-ends.md")]
pub mod front_ends {}

#[doc = include_str!("../docs/standards.md")]
pub mod standards {}

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}
