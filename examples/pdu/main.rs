//! Reads and writes PDUs: `pdu decode HEX`, `pdu encode --to NUMBER TEXT`; with `--json` a line each from stdin.

mod decode;
mod encode;
mod tree;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    about = "Reads and writes the PDUs of SMS, cell broadcast and USSD",
    args_conflicts_with_subcommands = true
)]
struct Program {
    #[command(subcommand)]
    job: Option<Job>,
    /// Without a subcommand it decodes.
    #[command(flatten)]
    decode: decode::Arguments,
}

#[derive(Subcommand)]
enum Job {
    /// Reads a PDU and prints what every octet means.
    Decode(decode::Arguments),
    /// Writes a message as `LENGTH HEX`, a line a part.
    Encode(encode::Arguments),
}

fn main() -> ExitCode {
    let arguments = Program::parse();
    let result = match arguments.job.unwrap_or(Job::Decode(arguments.decode)) {
        Job::Decode(arguments) => decode::run(&arguments),
        Job::Encode(arguments) => encode::run(&arguments),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pdu: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers every line of stdin that is not empty with one JSON object; whether none was an error.
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
        writeln!(out, "{object}")?;
    }
    out.flush()?;
    Ok(good)
}

/// An error with what caused it, in one sentence.
fn sentence(error: &dyn core::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence = format!("{sentence}: {error}");
        cause = error.source();
    }
    sentence
}
