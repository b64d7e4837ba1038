//! A simulated modem for other programs: at a pty, a TCP port or a Unix socket.
//!
//! ```text
//! cargo run --example simulator -- --pty ./modem-port --profile huawei-e173 --log
//! cargo run --example simulator -- --tcp 127.0.0.1:7000 --control 127.0.0.1:7001
//! ```
//!
//! Control lines on standard input, or on connections to the control address, drive the network:
//! `deliver +49123 Hello`, `ring +49123`, `truth`, `quit`; `help` lists them. The reply to each
//! control line ends with `ok` or `error: ...`.
//!
//! It needs the pseudoterminals and abstract socket names of Linux.

#[cfg(target_os = "linux")]
#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod link;
#[cfg(target_os = "linux")]
mod program;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    program::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("this example runs on Linux only: use modem::simulator in a program of your own");
    ExitCode::FAILURE
}
