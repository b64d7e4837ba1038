//! A dialogue with a service of the network: a code, what the network says, and answers as long as it asks for one.
//!
//! ```text
//! cargo run --example ussd                       # asks for each answer
//! cargo run --example ussd -- '*101#' 2 1        # the answers in advance
//! cargo run --example ussd -- --port /dev/ttyUSB2 '*100#'
//! ```

mod link;
mod port;

use core::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use clap::Parser;
use link::Link;
use modem::UssdReply;
use modem::at::ussd::Wanted;
use modem::blocking::{Modem, Port};

/// Sends a USSD code, shows what the network says, and answers it as long as it asks.
///
/// Without --port and --tcp the modem is a simulated one, whose network knows *100# and the menu *101#.
#[derive(Debug, Parser)]
struct Cli {
    /// The code to send
    #[arg(default_value = "*101#", value_parser = code)]
    code: String,
    /// What to answer, one after the other; then each line of standard input is an answer, and its end ends the dialogue
    answers: Vec<String>,
    #[command(flatten)]
    link: Link,
}

/// A code is what a telephone can dial; a letter in it is a slip, and it might cost something.
fn code(text: &str) -> Result<String, String> {
    let dialled = |character: char| character.is_ascii_digit() || "*#".contains(character);
    if text.is_empty() || !text.chars().all(dialled) {
        return Err("a code has digits, * and # only".into());
    }
    Ok(text.into())
}

fn main() -> ExitCode {
    link::exit("ussd", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut modem = Modem::open(cli.link.open(|_| {})?, cli.link.config()?)?;
    let result = talk(&mut modem, cli);
    // Otherwise the network goes on waiting for an answer. Where there is no dialogue any more, this does nothing.
    let cancelled = modem.cancel_ussd();
    result?;
    Ok(cancelled?)
}

fn talk(modem: &mut Modem<Box<dyn Port>>, cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut answers = cli.answers.iter();
    let mut sent = cli.code.clone();
    loop {
        println!("> {sent}");
        let reply = modem.ussd(&sent)?;
        show(&reply)?;
        if reply.wanted != Wanted::ANSWER {
            if let Some(answer) = answers.next() {
                return Err(
                    format!("the dialogue is over, and {answer:?} was not asked for").into()
                );
            }
            return Ok(());
        }
        sent = match answers.next() {
            Some(answer) => answer.clone(),
            None => match ask()? {
                Some(answer) => answer,
                None => {
                    println!("-- no answer: the dialogue is cancelled");
                    return Ok(());
                }
            },
        };
    }
}

/// Prints what the network says; an error if it is no answer to what was sent.
fn show(reply: &UssdReply) -> Result<(), String> {
    if let Some(text) = &reply.text {
        println!("{text}");
    }
    match reply.wanted {
        Wanted::NOTHING | Wanted::ANSWER => Ok(()),
        // A service may say good-bye and end the dialogue: that is in order where there was a text.
        Wanted::ENDED if reply.text.is_some() => Ok(()),
        other => Err(format!("the network says: {}", other.description())),
    }
}

/// The user's answer; `None` at the end of the input.
fn ask() -> io::Result<Option<String>> {
    print!("answer: ");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        println!();
        return Ok(None);
    }
    Ok(Some(line.trim().into()))
}
