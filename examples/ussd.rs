//! A USSD dialogue: a code, the network's reply, and an answer as long as the network asks for one.
//!
//! ```text
//! cargo run --example ussd                       # asks for each answer
//! cargo run --example ussd -- '*101#' 2 1        # the answers in advance
//! cargo run --example ussd -- --port /dev/ttyUSB2 '*100#'
//! ```

mod common;

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use clap::Parser;
use common::output::{self, say, waiting};
use common::{Link, interrupt, json, printable, status};
use modem::UssdReply;
use modem::at::ussd::Wanted;
use modem::blocking::{Modem, Port};

/// Sends a USSD code, prints the network's reply, and answers as long as the network asks.
///
/// Without --port and --tcp the modem is simulated; its network knows *100# and the menu *101#.
#[derive(Debug, Parser)]
struct Cli {
    /// The USSD code to send
    #[arg(default_value = "*101#", value_parser = code)]
    code: String,
    /// The answers, in order; further answers are read from standard input, one a line, and its end
    /// cancels the dialogue
    answers: Vec<String>,
    /// Print JSON: an object for each reply
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

/// Checks that a phone can dial the code: a letter is a typing error, and sending it might cost
/// something.
fn code(text: &str) -> Result<String, String> {
    let dialled = |character: char| character.is_ascii_digit() || "*#".contains(character);
    if text.is_empty() || !text.chars().all(dialled) {
        return Err("a USSD code has only digits, * and #".into());
    }
    Ok(text.into())
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("ussd", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    output::json_only(cli.json);
    let (port, config) = (cli.link.open(|_| {})?, cli.link.config()?);
    let mut modem = waiting("initialising the modem", || Modem::open(port, config))?;
    let result = talk(&mut modem, cli);
    // Otherwise the network keeps waiting for an answer. Without an open dialogue this does
    // nothing.
    let cancelled = modem.cancel_ussd();
    result?;
    // At Ctrl-C the link has cancelled it.
    if interrupt::requested() {
        return Err(status::unknown("interrupted: the dialogue is cancelled").into());
    }
    Ok(cancelled?)
}

fn talk(modem: &mut Modem<Box<dyn Port>>, cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut answers = cli.answers.iter();
    let mut sent = cli.code.clone();
    loop {
        say!("> {sent}");
        let reply = waiting("waiting for the network", || modem.ussd(&sent))?;
        output::object(&json::ussd(&sent, &reply));
        show(&reply)?;
        if reply.wanted != Wanted::ANSWER {
            if let Some(answer) = answers.next() {
                // The code was sent, and its reply is shown.
                let ended = format!("the dialogue has ended: leave the answer {answer:?} out");
                return Err(status::unknown(ended).into());
            }
            return Ok(());
        }
        sent = match answers.next() {
            Some(answer) => answer.clone(),
            None => match ask()? {
                Some(answer) => answer,
                None => {
                    if !interrupt::requested() {
                        say!("-- no answer given: the dialogue is cancelled");
                    }
                    return Ok(());
                }
            },
        };
    }
}

/// Prints the network's reply; an error if the network did not accept the request.
fn show(reply: &UssdReply) -> Result<(), String> {
    if let Some(text) = &reply.text {
        printable::indented(text).for_each(|line| say!("{line}"));
    }
    match reply.wanted {
        Wanted::NOTHING | Wanted::ANSWER => Ok(()),
        // A service may end the dialogue with a closing text, which is not an error.
        Wanted::ENDED if reply.text.is_some() => Ok(()),
        other => Err(format!("the USSD request failed: {}", other.description())),
    }
}

/// Reads the user's answer; `None` at the end of the input.
fn ask() -> io::Result<Option<String>> {
    // On standard error, so that the output has nothing but the replies.
    let _ = write!(io::stderr(), "answer: ");
    let (sender, lines) = mpsc::channel();
    // A thread of its own, since Ctrl-C does not end a read.
    thread::spawn(move || sender.send(io::stdin().lines().next().transpose()));
    loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                let line = line?;
                if line.is_none() {
                    let _ = writeln!(io::stderr());
                }
                return Ok(line.map(|line| line.trim().into()));
            }
            Err(RecvTimeoutError::Timeout) if !interrupt::requested() => {}
            Err(_) => return Ok(None),
        }
    }
}
