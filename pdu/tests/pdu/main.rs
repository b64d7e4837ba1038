//! Messages as they go over the air: fields, texts, long messages, broadcasts and USSD, and octets
//! that cannot be right.

#[path = "../common/mod.rs"]
mod common;

mod applications;
mod broadcast;
mod elements;
mod errors;
mod field;
mod messages;
mod numbers;
mod odd;
mod reassembly;
mod schemes;
mod splitting;
mod times;
mod ussd;
mod warnings;
