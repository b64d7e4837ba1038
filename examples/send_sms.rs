//! Placeholder until the session stands.
fn main() {}
