//! Sends a text from standard input to each number.

use core::error::Error;
use std::io::{self, IsTerminal, Read};

use clap::Args;
use modem::OutgoingMessage;
use modem::pdu::{Address, Class};

use crate::Cli;
use crate::common::output::{self, Progress, complain, say};
use crate::common::status::{self, failed, unknown, usage};
use crate::common::{interrupt, json};

/// The longest text that is read: 255 parts of 153 septets, with room for longer characters.
const MAX_TEXT: u64 = 255 * 153 * 4;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The numbers of the recipients
    #[arg(value_name = "NUMBER", required = true)]
    to: Vec<Address>,
    /// The text, instead of standard input
    #[arg(long)]
    text: Option<String>,
    /// Request a status report, which `hook` and `receive_sms` show
    #[arg(long)]
    status_report: bool,
    /// Send a flash message (class 0), which the recipient's phone shows at once
    #[arg(long)]
    flash: bool,
}

pub(crate) fn run(cli: &Cli, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let text = match &arguments.text {
        Some(text) => text.clone(),
        None => from_stdin()?,
    };
    let message = |to: &Address| {
        let mut message = OutgoingMessage::text(*to, &*text);
        if arguments.status_report {
            message = message.request_status_report();
        }
        if arguments.flash {
            message = message.with_class(Class::Flash);
        }
        message
    };
    for to in &arguments.to {
        message(to).plan().map_err(|error| usage(format!("the text: {error}")))?;
    }
    let mut modem = cli.open()?;
    let progress = Progress::counting("messages", arguments.to.len());
    let (mut sent, mut uncertain) = (0, false);
    for to in &arguments.to {
        if interrupt::requested() {
            break;
        }
        let result = modem.send(&message(to))?;
        progress.step();
        output::object(&json::message(&to.to_string(), &result));
        match status::of_message(&result, &format!("the message to {to}")) {
            None => {
                sent += 1;
                match result.parts.len() {
                    1 => say!("{to}: sent"),
                    parts => say!("{to}: sent in {parts} parts"),
                }
            }
            Some(error) => {
                uncertain |= error.is_unknown();
                complain!("{error}");
            }
        }
    }
    drop(progress);
    let total = arguments.to.len();
    let words = match interrupt::requested() {
        true => format!("interrupted: messages sent: {sent} of {total}"),
        false => format!("messages sent: {sent} of {total}"),
    };
    if sent == total {
        say!("-- {words}");
        Ok(())
    } else if sent > 0 || uncertain {
        Err(unknown(words).into())
    } else {
        Err(failed(words).into())
    }
}

/// Reads the text; a line end after it is not a part of it.
fn from_stdin() -> Result<String, Box<dyn Error>> {
    if io::stdin().is_terminal() {
        complain!("-- type the text, and end it with Ctrl-D on a line of its own");
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err(usage("the text on standard input is too long for a message").into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| usage(format!("standard input is not UTF-8: use iconv ({error})")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(usage("the text is missing: write it on standard input, or use --text").into());
    }
    Ok(text.into())
}
