//! One AT dialogue: whole, byte by byte, and with what modems add, leave out and get wrong.

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod calls;
mod commands;
mod dialogues;
mod field;
mod odd_answers;
mod odd_network;
mod old_bytes;
mod requests;
mod ussd_prompt;
