//! Placeholder until the codec stands.
fn main() {}
