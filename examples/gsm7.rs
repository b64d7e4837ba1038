//! Shows how texts are encoded: coding, septets, packed octets, parts and cost, with the reason.
//!
//! ```text
//! cargo run --example gsm7 -- "5 € for {you}" "Ещё раз"
//! echo "one text per line" | cargo run --example gsm7 -- --json
//! ```

mod common;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use clap::Parser;
use common::status;
use faster_hex::hex_string_upper;
use gsm7::{Coding, Codings, Fit, Language, fit, ucs2};
use serde::Serialize;

/// Octets of user data in one message, 3GPP TS 23.040, 9.2.3.24.
const USER_DATA: usize = 140;
/// The information element that numbers the parts of a message, with an 8-bit reference,
/// 9.2.3.24.1.
const CONCATENATION: usize = 5;

/// Shows how texts are encoded
#[derive(Parser)]
struct Arguments {
    /// The texts; without any, each line of standard input is a text
    texts: Vec<String>,

    /// Print each text as a JSON object on one line
    #[arg(long)]
    json: bool,

    /// Allow the shift tables of a language, by its two-letter code (tr, es, pt, bn, gu, hi, kn,
    /// ml, or, pa, ta, te, ur)
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    allow: Vec<Language>,

    /// Replace characters that are not in the default alphabet with similar ones first
    #[arg(long)]
    transliterate: bool,
}

/// The JSON object for a text.
#[derive(Serialize)]
struct Line {
    coding: &'static str,
    units: usize,
    parts: usize,
    septets_hex: Option<String>,
    packed_hex: String,
    /// The first character that forced UCS-2.
    forced_by: Option<char>,
}

fn main() -> ExitCode {
    let arguments: Arguments = match status::arguments() {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    status::of_output("gsm7", run(&arguments, &mut io::stdout().lock()).map(|()| true))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<()> {
    let allowed = arguments
        .allow
        .iter()
        .fold(Codings::DEFAULT, |codings, &language| codings.with_language(language));
    let show = |text: &str, out: &mut _| {
        let near = arguments
            .transliterate
            .then(|| gsm7::transliterate(text, gsm7::Alphabet::DEFAULT).to_string());
        let fit = fit(near.as_deref().unwrap_or(text), allowed).map_err(io::Error::other)?;
        if arguments.json { show_json(&fit, out) } else { show_words(&fit, out) }
    };
    if arguments.texts.is_empty() {
        return io::stdin().lock().lines().try_for_each(|line| show(&line?, out));
    }
    arguments.texts.iter().try_for_each(|text| show(text, out))
}

fn show_json(fit: &Fit<'_>, out: &mut impl Write) -> io::Result<()> {
    let (septets, octets) = coded(fit)?;
    let forced_by = fit.forced_by().filter(|_| fit.coding() == Coding::Ucs2);
    let line = Line {
        coding: match fit.coding() {
            Coding::Gsm7(_) => "gsm7",
            Coding::Ucs2 => "ucs2",
        },
        units: fit.units(),
        parts: fit.parts(budget(fit, 0), budget(fit, CONCATENATION)),
        septets_hex: septets.map(|septets| hex_string_upper(&septets)),
        packed_hex: hex_string_upper(&octets),
        forced_by: forced_by.map(|(_, character)| character),
    };
    writeln!(out, "{}", serde_json::to_string(&line)?)
}

fn show_words(fit: &Fit<'_>, out: &mut impl Write) -> io::Result<()> {
    let (septets, octets) = coded(fit)?;
    let unit = match fit.coding() {
        Coding::Gsm7(_) => "septets",
        Coding::Ucs2 => "UTF-16 units",
    };
    let (single, each) = (budget(fit, 0), budget(fit, CONCATENATION));
    writeln!(out, "text     {:?}", fit.text())?;
    writeln!(out, "coding   {}", coding_words(fit))?;
    if let Some((position, character)) = fit.forced_by() {
        writeln!(out, "because  {character:?} at byte {position} is not in the default alphabet")?;
    }
    writeln!(out, "length   {} {unit} in {} octets", fit.units(), octets.len())?;
    writeln!(
        out,
        "parts    {} (a single part holds {single} {unit}, a part of several {each})",
        fit.parts(single, each)
    )?;
    let expensive: Vec<char> =
        fit.costs().filter(|cost| cost.units > 1).map(|cost| cost.character).collect();
    if !expensive.is_empty() {
        let listed: String = expensive.iter().collect();
        writeln!(
            out,
            "cost 2   {} of {} characters: {listed}",
            expensive.len(),
            fit.costs().count()
        )?;
    }
    if let Some(septets) = septets {
        writeln!(out, "septets  {}", hex_string_upper(&septets))?;
    }
    writeln!(out, "packed   {}", hex_string_upper(&octets))?;
    writeln!(out)
}

/// The septets, unless the coding is UCS-2, and the octets of the whole text as if it were one
/// part.
fn coded(fit: &Fit<'_>) -> io::Result<(Option<Vec<u8>>, Vec<u8>)> {
    let Coding::Gsm7(alphabet) = fit.coding() else {
        return Ok((None, ucs2::encode_to_vec(fit.text())));
    };
    let septets = gsm7::encode_to_vec(fit.text(), alphabet).map_err(io::Error::other)?;
    let octets = gsm7::pack_to_vec(&septets, 0).map_err(io::Error::other)?;
    Ok((Some(septets), octets))
}

/// The units that fit in a message, after `elements` octets of information elements and those of
/// the shift tables.
fn budget(fit: &Fit<'_>, elements: usize) -> usize {
    let room = |elements| USER_DATA - if elements > 0 { 1 + elements } else { 0 };
    match fit.coding() {
        Coding::Ucs2 => room(elements) / 2,
        Coding::Gsm7(alphabet) => {
            gsm7::septet_capacity(room(elements + alphabet.header_octets()), 0)
        }
    }
}

fn coding_words(fit: &Fit<'_>) -> String {
    match fit.coding() {
        Coding::Ucs2 => "UCS-2".into(),
        Coding::Gsm7(alphabet) => match (alphabet.locking, alphabet.single) {
            (None, None) => "GSM 7-bit".into(),
            (Some(locking), None) => format!("GSM 7-bit, {locking} locking shift"),
            (None, Some(single)) => format!("GSM 7-bit, {single} single shift"),
            (Some(locking), Some(single)) => {
                format!("GSM 7-bit, {locking} locking and {single} single shift")
            }
        },
    }
}

fn language(code: &str) -> Result<Language, String> {
    let found = Language::ALL.into_iter().find(|language| language.iso639() == Some(code));
    found.ok_or_else(|| {
        format!("the language {code:?} has no shift tables: use one of the codes in --help")
    })
}
