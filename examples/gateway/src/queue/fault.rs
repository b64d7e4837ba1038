//! Faults that a test switches on, to prove that it notices them. A release build has none.

/// A fault of the protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Parts are sent without a claim on the server.
    NoClaim,
    /// The claim of another process is taken over.
    Steal,
}

impl Fault {
    /// The fault that the environment of a debug build asks for.
    pub(crate) fn chosen() -> Self {
        if !cfg!(debug_assertions) {
            return Self::None;
        }
        match std::env::var("GATEWAY_FAULT").as_deref() {
            Ok("no-claim") => Self::NoClaim,
            Ok("steal") => Self::Steal,
            _ => Self::None,
        }
    }
}
