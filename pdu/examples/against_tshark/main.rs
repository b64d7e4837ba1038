//! Writes TPDUs and application data of every kind, and compares them field by field with the
//! output of tshark.
//!
//! Needs `tshark` and `text2pcap` of Wireshark in the path. Run it with
//! `cargo run -p modem-pdu --example against_tshark [COUNT]`.

use core::error::Error;
use std::process::ExitCode;

mod applications;
mod reading;
mod source;
mod tpdus;
mod tshark;
mod wap;

fn main() -> ExitCode {
    if !tshark::is_installed() {
        println!("against_tshark: nothing is compared, because tshark is not in the path");
        return ExitCode::SUCCESS;
    }
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let agrees = [
        report("TPDUs", count, &tpdus::compare(count)),
        report("WAP pushes", count, &applications::compare(count)),
    ];
    if agrees.iter().all(|agrees| *agrees) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the result of a comparison, and returns `true` if there is no difference.
fn report(kind: &str, count: usize, differences: &Result<usize, Box<dyn Error>>) -> bool {
    match differences {
        Ok(0) => println!("tshark agrees about all of {count} {kind}"),
        Ok(differences) => println!("tshark differs about {differences} of {count} {kind}"),
        Err(error) => println!("against_tshark: {error}"),
    }
    matches!(differences, Ok(0))
}
