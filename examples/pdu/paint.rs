//! An explanation on a terminal: the octets, and a line for each field, in matching colours.

use core::ops::Range;
use std::io::{self, IsTerminal, Write};

use faster_hex::hex_string_upper;

use crate::explain::report::{Field, Report};

/// The choice of colours on the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

/// The printer of explanations.
pub(crate) struct Paint {
    is_coloured: bool,
}

/// The colours of fields, used in turn: SGR codes that can be read on a dark and a light ground.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 34, 31];
const BOLD: u8 = 1;
/// The octets of a line of a dump.
const DUMP: usize = 16;
/// The octets of a field that its line shows.
const SHOWN: usize = 12;

impl Paint {
    pub(crate) fn new(choice: ColorChoice) -> Self {
        let is_coloured = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let is_refused =
                    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                io::stdout().is_terminal() && !is_refused
            }
        };
        Self { is_coloured }
    }

    /// Returns what [`print`](Self::print) writes.
    #[cfg(test)]
    pub(crate) fn to_text(&self, report: &Report) -> String {
        let mut text = Vec::new();
        self.print(report, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    pub(crate) fn print(&self, report: &Report, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.colour(BOLD, &report.title))?;
        let mut next = 0;
        let painted: Vec<Painted<'_>> =
            report.fields.iter().map(|field| Painted::new(field, &mut next)).collect();
        if self.is_coloured && !report.octets.is_empty() {
            let mut colours = vec![None; report.octets.len()];
            painted.iter().for_each(|field| field.paint(&mut colours));
            self.octets(&report.octets, &colours, out)?;
        }
        let width = painted.iter().map(|field| field.width(0)).max().unwrap_or(0).clamp(14, 26);
        for field in &painted {
            self.field(field, 0, width, &report.octets, out)?;
        }
        for warning in report.warnings.iter() {
            let line = format!("warning: {warning} ({})", warning.name());
            writeln!(out, "{}", self.colour(33, &line))?;
        }
        for hint in &report.hints {
            writeln!(out, "hint: {hint}")?;
        }
        Ok(())
    }

    fn colour(&self, code: u8, text: &str) -> String {
        match (self.is_coloured, text.is_empty()) {
            (true, false) => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }

    /// Writes all octets, each in the colour of its field.
    fn octets(
        &self,
        octets: &[u8],
        colours: &[Option<u8>],
        out: &mut impl Write,
    ) -> io::Result<()> {
        for (line, (octets, colours)) in octets.chunks(DUMP).zip(colours.chunks(DUMP)).enumerate() {
            write!(out, "{:>8} ", line * DUMP)?;
            for (octet, colour) in octets.iter().zip(colours) {
                let digits = hex_string_upper(&[*octet]);
                match colour {
                    Some(colour) => write!(out, " {}", self.colour(*colour, &digits))?,
                    None => write!(out, " {digits}")?,
                }
            }
            writeln!(out)?;
        }
        writeln!(out)
    }

    fn field(
        &self,
        painted: &Painted<'_>,
        depth: usize,
        name_width: usize,
        octets: &[u8],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let Painted { field, colour, inner } = painted;
        let (range, digits) = match &field.octets {
            Some(range) => {
                let own = octets.get(range.clone()).unwrap_or_default();
                let mut digits = hex_string_upper(own.get(..SHOWN).unwrap_or(own));
                if own.len() > SHOWN {
                    digits.push_str("...");
                }
                (positions(range), digits)
            }
            None => (String::new(), String::new()),
        };
        let name = format!("{:width$}{}", "", field.name, width = 2 * depth);
        // The columns are filled before they are coloured, since colours take no room.
        let digits = self.colour(*colour, &format!("{digits:<27}"));
        let name = match field.meaning.as_str() {
            "" => name,
            _ => format!("{name:<name_width$}"),
        };
        let name = self.colour(*colour, &name);
        let line = format!("{range:>8}  {digits}  {name}  {}", field.meaning);
        writeln!(out, "{}", line.trim_end())?;
        for inner in inner {
            self.field(inner, depth + 1, name_width, octets, out)?;
        }
        if let (true, Some(range)) = (field.is_data, &field.octets) {
            // An inner field that is data has a dump of its own.
            if !field.inner.iter().any(|inner| inner.is_data) {
                dump(range, octets, out)?;
            }
        }
        Ok(())
    }
}

/// Writes the octets of a field with their characters.
fn dump(range: &Range<usize>, octets: &[u8], out: &mut impl Write) -> io::Result<()> {
    let own = octets.get(range.clone()).unwrap_or_default();
    for (line, octets) in own.chunks(DUMP).enumerate() {
        let digits: Vec<String> = octets.iter().map(|octet| hex_string_upper(&[*octet])).collect();
        let characters: String = octets
            .iter()
            .map(|octet| match octet {
                b' '..=b'~' => char::from(*octet),
                _ => '.',
            })
            .collect();
        let at = range.start + line * DUMP;
        writeln!(out, "{at:>8}  {:<47}  |{characters}|", digits.join(" "))?;
    }
    Ok(())
}

fn positions(range: &Range<usize>) -> String {
    match range.len() {
        0 => "-".to_owned(),
        1 => range.start.to_string(),
        _ => format!("{}-{}", range.start, range.end - 1),
    }
}

/// A field with its colour.
struct Painted<'a> {
    field: &'a Field,
    colour: u8,
    inner: Vec<Self>,
}

impl<'a> Painted<'a> {
    fn new(field: &'a Field, next: &mut usize) -> Self {
        let colour = COLOURS[*next % COLOURS.len()];
        if field.octets.is_some() {
            *next += 1;
        }
        let inner = field.inner.iter().map(|inner| Self::new(inner, next)).collect();
        Self { field, colour, inner }
    }

    /// Returns the width of the longest name, with the indentation of inner fields.
    fn width(&self, depth: usize) -> usize {
        let inner = self.inner.iter().map(|inner| inner.width(depth + 1)).max().unwrap_or(0);
        inner.max(2 * depth + self.field.name.chars().count())
    }

    /// Sets the colours of the field's octets; those of inner fields have the last word.
    fn paint(&self, colours: &mut [Option<u8>]) {
        let own = self.field.octets.clone().and_then(|range| colours.get_mut(range));
        own.unwrap_or_default().fill(Some(self.colour));
        self.inner.iter().for_each(|inner| inner.paint(colours));
    }
}
