//! Replays logged AT dialogues: prints the kind and the meaning of each line, decodes the PDUs, and
//! says where it went wrong.
//!
//! It reads its own recordings and the logs of other programs: gammu, ModemManager, smstools,
//! RouterOS, strace, socat, minicom and Android. In a recording `> ` begins a line of the host, and
//! `< ` one of the modem, with `\r`, `\n`, `\xNN` and `\\` as escapes; `#` begins a comment.
//!
//! ```text
//! cargo run --example at_replay -- [--format NAME] [--json] [--chunk N] FILE...
//! ```

extern crate alloc;

#[path = "../common/mod.rs"]
mod common;
#[path = "../pdu/explain/mod.rs"]
mod explain;
mod formats;
mod found;
mod log;
mod pdus;
mod replay;
mod steps;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use common::output::complain;
use common::printable::json;
use common::status;

use formats::Format;
use found::Found;
use log::Entry;
use replay::Replay;
use verdict::Verdict;

/// Replays logged AT dialogues: prints the kind and the meaning of each line, decodes the PDUs, and
/// says where it went wrong.
#[derive(Parser)]
struct Arguments {
    /// The logs; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The format of the logs; recognised if absent
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The port to replay, in a log about several; the one with most lines if absent
    #[arg(long)]
    port: Option<String>,
    /// Print each event as a JSON object on one line
    #[arg(long)]
    json: bool,
    /// Read the modem's bytes in pieces of this size, or as recorded if 0; the output is the same
    #[arg(long, default_value_t = 0)]
    chunk: usize,
}

fn main() -> ExitCode {
    let arguments: Arguments = match status::arguments() {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    status::of_output("at_replay", run(&arguments))
}

/// Explains each log; `false` if one could not be read.
fn run(arguments: &Arguments) -> io::Result<bool> {
    let mut all_read = true;
    for file in &arguments.files {
        let explained = read(file).and_then(|text| explain(&text, arguments));
        let explained = match explained {
            Ok(explained) => explained,
            Err(error) => {
                complain!("at_replay: the log {} cannot be read: {error}", file.display());
                all_read = false;
                continue;
            }
        };
        let heading = (arguments.files.len() > 1).then_some(file.as_path());
        explained.print(heading, arguments.json)?;
    }
    Ok(all_read)
}

/// The maximum size of a log.
const MAX_LOG: u64 = 64 << 20;

fn read(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let result = if file == Path::new("-") {
        io::stdin().lock().take(MAX_LOG).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_LOG).read_to_end(&mut bytes))
    };
    result.map_err(|error| error.to_string())?;
    // Bytes that are not UTF-8 are mostly ISO 8859-1.
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    Ok(text)
}

/// A log that was replayed.
struct Explained {
    format: &'static str,
    notes: Vec<String>,
    found: Vec<Found>,
    verdict: Verdict,
}

fn explain(text: &str, arguments: &Arguments) -> Result<Explained, String> {
    let log = formats::read(text, arguments.format)?;
    let (entries, note) = of_one_port(log.entries, arguments.port.as_deref())?;
    let is_whole = log.notes.is_empty();
    let notes = log.notes.into_iter().chain(note).collect();
    let mut replay = Replay::new(arguments.chunk);
    for step in steps::steps(entries) {
        replay.step(step);
    }
    let mut found = replay.finish();
    pdus::decode(&mut found);
    let verdict = Verdict::of(&found, is_whole);
    Ok(Explained { format: log.format, notes, found, verdict })
}

/// Returns the entries of one port, and a note about those that are left out.
fn of_one_port(
    entries: Vec<Entry>,
    wanted: Option<&str>,
) -> Result<(Vec<Entry>, Option<String>), String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for port in entries.iter().filter_map(|entry| entry.port.as_deref()) {
        match counts.iter_mut().find(|(name, _)| name == port) {
            Some((_, count)) => *count += 1,
            None => counts.push((port.to_owned(), 1)),
        }
    }
    // The first of those with most lines.
    let busiest = counts.iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| name.clone());
    let names: Vec<String> =
        counts.iter().map(|(name, _)| explain::printable::printable(name)).collect();
    let port = match wanted {
        Some(wanted) if !counts.iter().any(|(name, _)| name == wanted) => {
            return Err(match names[..] {
                [] => "it does not name ports: leave --port out".to_owned(),
                _ => format!("it has no port {wanted:?}: use {}", names.join(", ")),
            });
        }
        Some(wanted) => Some(wanted.to_owned()),
        None => busiest,
    };
    let Some(port) = port.filter(|_| counts.len() > 1) else { return Ok((entries, None)) };
    let note = format!(
        "the log has the ports {}: {} is replayed; choose another with --port",
        names.join(", "),
        explain::printable::printable(&port)
    );
    let kept = entries.into_iter().filter(|entry| entry.port.as_ref() == Some(&port)).collect();
    Ok((kept, Some(note)))
}

impl Explained {
    fn print(&self, heading: Option<&Path>, as_json: bool) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        if as_json {
            for event in &self.found {
                writeln!(out, "{}", json(&event.to_json(heading)))?;
            }
            writeln!(out, "{}", json(&self.verdict.to_json(heading)))?;
            return out.flush();
        }
        if let Some(file) = heading {
            writeln!(out, "{}", file.display())?;
        }
        write!(out, "{}", self.to_text())?;
        out.flush()
    }

    /// Returns everything in words.
    fn to_text(&self) -> String {
        let mut text = String::new();
        if self.format != "recording" {
            text.push_str(&format!("-- format: {}\n", self.format));
        }
        for note in &self.notes {
            text.push_str(&format!("-- {note}\n"));
        }
        let start = self.found.iter().find_map(|found| found.at.time);
        for found in &self.found {
            text.push_str(&found.to_text(start));
        }
        text.push('\n');
        text.push_str(&self.verdict.to_text(start));
        text
    }
}
