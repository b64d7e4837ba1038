//! Decodes and encodes PDUs: `pdu decode HEX`, `pdu encode --to NUMBER TEXT`; with `--json` one per
//! line of standard input.
//!
//! ```text
//! cargo run --example pdu -- 07 91 13 26 04 00 00 F0 04 0B 91 13 46 61 00 89 F6 00 00 ...
//! cargo run --example pdu -- --color always <lines-of-a-modem.txt
//! ```

#[path = "../common/mod.rs"]
mod common;
mod decode;
mod encode;
mod explain;
mod paint;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use common::{printable, status};

#[derive(Parser)]
#[command(
    about = "Decodes and encodes the PDUs of SMS, cell broadcast and USSD",
    args_conflicts_with_subcommands = true
)]
struct Program {
    #[command(subcommand)]
    job: Option<Job>,
    /// The arguments of `decode`, which is the default.
    #[command(flatten)]
    decode: decode::Arguments,
}

#[derive(Subcommand)]
enum Job {
    /// Decode a PDU, and print the meaning of each octet
    Decode(decode::Arguments),
    /// Encode a message, and print each part as a line `LENGTH HEX`
    Encode(encode::Arguments),
}

fn main() -> ExitCode {
    let arguments: Program = match status::arguments() {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    let result = match arguments.job.unwrap_or(Job::Decode(arguments.decode)) {
        Job::Decode(arguments) => decode::run(&arguments),
        Job::Encode(arguments) => encode::run(&arguments),
    };
    status::of_output("pdu", result)
}

/// Answers each nonempty line of standard input with a JSON object; `true` if none is an error.
fn answer_lines(
    answer: impl Fn(&str) -> Result<serde_json::Value, serde_json::Value>,
) -> io::Result<bool> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut good = true;
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        let object = answer(line.trim()).unwrap_or_else(|error| {
            good = false;
            error
        });
        writeln!(out, "{}", printable::json(&object))?;
    }
    out.flush()?;
    Ok(good)
}

/// The sentence for an error and its causes.
fn sentence(error: &dyn core::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        // Some errors quote their cause.
        if !sentence.contains(&reason) {
            sentence += &format!(" ({reason})");
        }
        cause = error.source();
    }
    sentence
}
