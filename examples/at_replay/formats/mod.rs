//! The formats in which programs log a dialogue: one reader a format.

mod android;
mod gammu;
mod minicom;
mod modem_manager;
pub(crate) mod recording;
mod routeros;
mod smstools;
mod socat;
mod strace;

use crate::log::Entry;

/// A format of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Lines `> ` and `< ` with escapes, and the logs of this library and its simulator
    Recording,
    /// `textall` and `textalldate` of gammu and gammu-smsd
    Gammu,
    /// smstools with `loglevel = 7`
    Smstools,
    /// `ModemManager --debug`
    ModemManager,
    /// `/log print` of RouterOS
    Routeros,
    /// `strace -e read,write`, with any other option
    Strace,
    /// `socat -x -v`
    Socat,
    /// A capture of minicom, or the text of any terminal
    Minicom,
    /// The radio log of Android: lines `AT> ` and `AT< `
    Android,
}

/// A reader: lines that only this format has, and the entries of a whole log.
struct Reader {
    format: Format,
    name: &'static str,
    is_mark: fn(&str) -> bool,
    read: fn(&str) -> Vec<Entry>,
}

/// All readers. Where two recognise as many lines, the first is taken.
const READERS: [Reader; 9] = [
    Reader {
        format: Format::Socat,
        name: "socat -x -v",
        is_mark: socat::is_mark,
        read: socat::read,
    },
    Reader { format: Format::Strace, name: "strace", is_mark: strace::is_mark, read: strace::read },
    Reader { format: Format::Gammu, name: "gammu", is_mark: gammu::is_mark, read: gammu::read },
    Reader {
        format: Format::ModemManager,
        name: "ModemManager",
        is_mark: modem_manager::is_mark,
        read: modem_manager::read,
    },
    Reader {
        format: Format::Android,
        name: "Android radio log",
        is_mark: android::is_mark,
        read: android::read,
    },
    Reader {
        format: Format::Routeros,
        name: "RouterOS",
        is_mark: routeros::is_mark,
        read: routeros::read,
    },
    Reader {
        format: Format::Smstools,
        name: "smstools",
        is_mark: smstools::is_mark,
        read: smstools::read,
    },
    Reader {
        format: Format::Recording,
        name: "recording",
        is_mark: recording::is_mark,
        read: recording::read,
    },
    Reader {
        format: Format::Minicom,
        name: "terminal capture",
        is_mark: minicom::is_mark,
        read: minicom::read,
    },
];

/// The entries of a log, and the name of its format.
pub(crate) struct Log {
    pub(crate) format: &'static str,
    pub(crate) entries: Vec<Entry>,
    /// Remarks on the log for its reader.
    pub(crate) notes: Vec<String>,
}

/// Reads a log in the format that is named, or else in the one that its lines have.
///
/// # Errors
///
/// A sentence, if the format is not known, or the log has no dialogue.
pub(crate) fn read(text: &str, format: Option<Format>) -> Result<Log, String> {
    let reader = match format {
        Some(format) => READERS.iter().find(|reader| reader.format == format),
        None => recognise(text),
    };
    let Some(reader) = reader else {
        return Err("its format is not known: name it with --format, or write `> ` before the \
                    host's lines and `< ` before the modem's"
            .to_owned());
    };
    let entries = (reader.read)(text);
    match (entries.is_empty(), reader.format) {
        // A recording may have comments only.
        (false, _) | (true, Format::Recording) => {
            let note = (reader.format == Format::Strace).then(|| strace::note(text));
            let notes = note.flatten().into_iter().collect();
            Ok(Log { format: reader.name, entries, notes })
        }
        (true, _) => Err(format!("no AT dialogue was found in it, read as {}", reader.name)),
    }
}

/// The lines that are looked at to recognise a format.
const SAMPLE: usize = 2000;

fn recognise(text: &str) -> Option<&'static Reader> {
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.trim().is_empty()).take(SAMPLE).collect();
    let count = |reader: &Reader| lines.iter().filter(|line| (reader.is_mark)(line)).count();
    let counts = READERS.iter().map(|reader| (count(reader), reader));
    // A recording may have nothing but comments.
    if !lines.is_empty() && lines.iter().all(|line| line.starts_with('#')) {
        return READERS.iter().find(|reader| reader.format == Format::Recording);
    }
    // The first of those with most lines.
    let best = counts.rev().max_by_key(|(count, _)| *count)?;
    (best.0 > 0).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::{Format, READERS, recognise};

    #[test]
    fn each_format_is_recognised_by_its_lines() {
        for (text, format) in [
            ("# a comment\n> AT\\r\n< \\r\\nOK\\r\\n", Format::Recording),
            ("# nothing yet\n", Format::Recording),
            ("     1.009 > AT\\r\n     1.009 < \\r\\nOK\\r\\n", Format::Recording),
            ("SENDING frame type 0x00/length 0x03/3\n41A|54T|0D    AT.", Format::Gammu),
            ("2026-11-27 17:58:36,7, GSM1: -> AT", Format::Smstools),
            ("<debug> [1617466396.498397] [modem0/ttyUSB0/at] --> 'AT<CR>'", Format::ModemManager),
            ("<debug> (ttyHS2): <-- '<CR><LF>OK<CR><LF>'", Format::ModemManager),
            ("11:51:20 lte,async lte1: sent AT+CSQ", Format::Routeros),
            ("11:51:20 gsm,debug,write AT", Format::Routeros),
            ("write(3, \"AT\\r\", 3) = 3", Format::Strace),
            ("> 2026/11/27 17:59:04.000507597  length=3 from=0 to=2\n 41 54 0d", Format::Socat),
            ("AT\nOK\nAT+CPIN?\n+CPIN: READY\nOK", Format::Minicom),
            ("11-21 14:41:36.402   682  1067 D ATC     : AT< OK", Format::Android),
        ] {
            assert_eq!(recognise(text).map(|reader| reader.format), Some(format), "{text}");
        }
        assert!(recognise("Dear all,\nmy modem does not work.\n").is_none());
        assert!(recognise("# My modem\n\nIt does not work.\n").is_none());
        assert!(recognise("").is_none());
        assert_eq!(READERS.len(), 9);
    }
}
