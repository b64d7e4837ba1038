//! The simulator, byte by byte, against the standards.

mod dialogue;

mod standard {
    pub(crate) mod facts;
    mod lines;
    mod network;
    mod receiving;
    mod sending;
}
