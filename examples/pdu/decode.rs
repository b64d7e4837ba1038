//! `pdu decode`: a PDU, or lines of a modem with their PDUs, to trees or to JSON.

use std::io::{self, IsTerminal, Read as _, Write};

use gsm7::charset::Charset;

use crate::answer_lines;
use crate::common::output::complain;
use crate::common::printable::json;
use crate::explain::input::octets;
use crate::explain::joined::Joiner;
use crate::explain::recognise::{Kind, read_as};
use crate::explain::report::{Failure, Report};
use crate::explain::ussd::Strings;
use crate::explain::{Options, pasted};
use crate::paint::{ColorChoice, Paint};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The PDU in hexadecimal digits, or lines of a modem such as `+CMT: ,24` with their PDUs; from
    /// standard input if absent or `-`
    input: Vec<String>,
    /// Print a JSON object for each PDU; without a PDU, read lines `mt HEX`, `mo HEX`, `cbs HEX`,
    /// `ussd DCS HEX` or `HEX` from standard input, and print one for each
    #[arg(long)]
    json: bool,
    /// The PDU has no service centre before its TPDU
    #[arg(long)]
    no_smsc: bool,
    /// The PDU is mobile originated (to the network): short for `--as mo`
    #[arg(long, conflicts_with = "kind")]
    mo: bool,
    /// The kind of PDU: from the network, to it, cell broadcast, or a USSD string; recognised if
    /// absent
    #[arg(long = "as", value_enum, value_name = "KIND")]
    kind: Option<KindName>,
    /// The data coding scheme of a USSD string, such as 15 or 0x48: implies `--as ussd`
    #[arg(long, value_parser = parse_dcs)]
    dcs: Option<u8>,
    /// The character set of the modem (`AT+CSCS`), for lines `+CUSD: ...`: GSM, IRA, UCS2, HEX or
    /// 8859-1
    #[arg(long, value_parser = parse_charset)]
    charset: Option<Charset>,
    /// Colour the octets and the fields that they make
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

/// The names of the kinds on the command line.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    Mt,
    Mo,
    Cbs,
    Ussd,
}

impl Arguments {
    fn kind(&self) -> Option<Kind> {
        if self.dcs.is_some() {
            return Some(Kind::Ussd(self.dcs));
        }
        match self.kind {
            Some(KindName::Mt) => Some(Kind::Mt),
            Some(KindName::Mo) => Some(Kind::Mo),
            Some(KindName::Cbs) => Some(Kind::Broadcast),
            Some(KindName::Ussd) => Some(Kind::Ussd(None)),
            None => self.mo.then_some(Kind::Mo),
        }
    }

    fn options(&self) -> Options {
        let strings = Strings { charset: self.charset, habit: None };
        Options { kind: self.kind(), no_smsc: self.no_smsc, strings }
    }
}

/// Decodes, and prints the result; `true` if every PDU was valid.
pub(crate) fn run(arguments: &Arguments) -> io::Result<bool> {
    let text = match &arguments.input[..] {
        [] if arguments.json => {
            return answer_lines(|line| {
                let answer = decode_line(line, arguments).map_err(|failure| failure.to_json());
                answer.map(|report| report.to_json())
            });
        }
        [] if io::stdin().is_terminal() => {
            complain!("pdu: the PDU is missing: give it as an argument, or on standard input");
            return Ok(false);
        }
        [dash] if dash == "-" => from_stdin()?,
        [] => from_stdin()?,
        words => words.join(" "),
    };
    match explain(&text, arguments.options()) {
        Ok(reports) => {
            print(&reports, arguments)?;
            Ok(true)
        }
        Err(failure) => {
            if arguments.json {
                writeln!(io::stdout(), "{}", json(&failure.to_json()))?;
            } else {
                complain!("pdu: {}: {}", failure.error, failure.advice);
            }
            Ok(false)
        }
    }
}

/// The maximum number of bytes that are read from standard input.
const MAX_INPUT: u64 = 1 << 20;

fn from_stdin() -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_INPUT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn explain(text: &str, options: Options) -> Result<Vec<Report>, Failure> {
    let mut joiner = Joiner::default();
    let mut joined = Vec::new();
    let mut reports = Vec::new();
    for read in pasted(text, options) {
        let read = read?;
        joined.extend(joiner.insert(&read));
        reports.push(read.report);
    }
    reports.append(&mut joined);
    Ok(reports)
}

fn print(reports: &[Report], arguments: &Arguments) -> io::Result<()> {
    let paint = Paint::new(arguments.color);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (index, report) in reports.iter().enumerate() {
        if arguments.json {
            writeln!(out, "{}", json(&report.to_json()))?;
            continue;
        }
        if index > 0 {
            writeln!(out)?;
        }
        paint.print(report, &mut out)?;
    }
    out.flush()
}

fn decode_line(line: &str, arguments: &Arguments) -> Result<Report, Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let decode = |kind, hex: &[&str]| {
        read_as(kind, !arguments.no_smsc, &octets(&hex.join(" "))?).map(|read| read.report)
    };
    match words[..] {
        ["mt", ref hex @ ..] => decode(Kind::Mt, hex),
        ["mo", ref hex @ ..] => decode(Kind::Mo, hex),
        ["cbs", ref hex @ ..] => decode(Kind::Broadcast, hex),
        ["ussd", dcs] => ussd(dcs, &[]),
        ["ussd", dcs, ref hex @ ..] => ussd(dcs, &octets(&hex.join(" "))?),
        _ if line.starts_with("+CUSD:") || octets(line).is_ok() => {
            let mut reads = pasted(line, arguments.options()).into_iter();
            reads.next().unwrap_or_else(|| Err(not_a_command())).map(|read| read.report)
        }
        _ => Err(not_a_command()),
    }
}

fn not_a_command() -> Failure {
    Failure::new(format!("the line is not a command: {COMMANDS}"), 0, COMMANDS)
}

const COMMANDS: &str = "use mt HEX, mo HEX, cbs HEX, ussd DCS HEX or HEX";

fn ussd(dcs: &str, octets: &[u8]) -> Result<Report, Failure> {
    let dcs =
        parse_dcs(dcs).map_err(|error| Failure::new(error, 0, "use 0 to 255 or 0x00 to 0xff"))?;
    read_as(Kind::Ussd(Some(dcs)), false, octets).map(|read| read.report)
}

fn parse_charset(name: &str) -> Result<Charset, String> {
    Charset::from_name(name).ok_or_else(|| {
        let names = Charset::ALL.map(Charset::name).join(", ");
        format!("{name:?} is not a character set: use {names}")
    })
}

fn parse_dcs(dcs: &str) -> Result<u8, String> {
    let parsed = match dcs.strip_prefix("0x").or_else(|| dcs.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16),
        None => dcs.parse(),
    };
    parsed.map_err(|error| format!("{dcs:?} is not a data coding scheme ({error})"))
}
