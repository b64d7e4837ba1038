//! The simulator, byte by byte, against the standards.

mod facts;
mod lines;
mod network;
mod receiving;
mod sending;
