//! The page in a real browser, against the program and the facts of the simulated network.
//!
//! The tests need chromium and chromedriver, Debian's packages `chromium` and `chromium-driver`:
//! `cargo test --test browser -- --ignored`.

mod access;
mod boxes;
mod compose;
mod driver;
mod inspect;
mod modems;
mod pictures;
#[allow(dead_code, reason = "the tests of the API use all of it")]
#[path = "../gateway/process.rs"]
mod process;
#[allow(dead_code, reason = "the tests of the API use all of it")]
#[path = "../gateway/served.rs"]
mod served;
