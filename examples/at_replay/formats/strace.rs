//! `strace -e read,write`: the bytes of calls on the descriptor of the modem.

use alloc::collections::{BTreeMap, BTreeSet};

use super::Entry;
use crate::log::{At, Clock, is_command, whole_lines};

pub(super) fn is_mark(line: &str) -> bool {
    call(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let calls: Vec<(usize, Call<'_>)> =
        (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, call(line)?))).collect();
    let Some(modem) = modem(&calls) else { return Vec::new() };
    let mut clock = Clock::default();
    let mut entries = Vec::new();
    for (line, call) in calls.into_iter().filter(|(_, call)| call.descriptor == modem) {
        // The descriptor may have been another file before.
        let has_begun = call.is_host || !entries.is_empty();
        if has_begun && !call.bytes.is_empty() {
            let at = At { line, time: clock.read(call.before) };
            entries.push(Entry { is_host: call.is_host, bytes: call.bytes, at, port: None });
        }
    }
    whole_lines(entries)
}

/// Returns a warning if strace cut the strings of the modem, as it does by default.
pub(super) fn note(text: &str) -> Option<String> {
    let calls: Vec<(usize, Call<'_>)> =
        (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, call(line)?))).collect();
    let modem = modem(&calls)?;
    let is_cut = |call: &Call<'_>| call.descriptor == modem && call.is_cut;
    match calls.iter().filter(|(_, call)| is_cut(call)).count() {
        0 => None,
        count => Some(format!(
            "strace cut {count} strings of the modem, so that lines and results are missing: log \
             again with -s 4096"
        )),
    }
}

/// Returns the descriptor to which most commands were written, whole or byte by byte, of those that
/// were read too: a log file of the program has commands, but is not read.
fn modem(calls: &[(usize, Call<'_>)]) -> Option<u32> {
    let mut commands: BTreeMap<u32, usize> = BTreeMap::new();
    // The last two bytes that were written alone.
    let mut written: BTreeMap<u32, [u8; 2]> = BTreeMap::new();
    for (_, call) in calls.iter().filter(|(_, call)| call.is_host) {
        let begins = if let [byte] = *call.bytes {
            let last = written.entry(call.descriptor).or_default();
            *last = [last[1], byte];
            is_command(last)
        } else {
            is_command(&call.bytes) && call.bytes.ends_with(b"\r")
        };
        *commands.entry(call.descriptor).or_default() += usize::from(begins);
    }
    let read: BTreeSet<u32> =
        calls.iter().filter(|(_, call)| !call.is_host).map(|(_, call)| call.descriptor).collect();
    let best = commands
        .into_iter()
        .filter(|(descriptor, count)| *count > 0 && read.contains(descriptor))
        .max_by_key(|(_, count)| *count)?;
    Some(best.0)
}

/// A call of read or write.
struct Call<'a> {
    /// A process and a time, if there are any.
    before: &'a str,
    is_host: bool,
    descriptor: u32,
    bytes: Vec<u8>,
    /// The string has fewer bytes than were moved.
    is_cut: bool,
}

/// Reads `write(3, "AT\r", 3) = 3`. A call that failed has no bytes.
fn call(line: &str) -> Option<Call<'_>> {
    let (at, name) = ["write(", "read("]
        .iter()
        .filter_map(|name| line.find(name).map(|at| (at, *name)))
        .min()?;
    let before = &line[..at];
    // `pwrite(` and words of the log itself are other calls.
    if before.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '"') {
        return None;
    }
    let rest = &line[at + name.len()..];
    let end = rest.find(|digit: char| !digit.is_ascii_digit())?;
    let descriptor = rest[..end].parse().ok()?;
    // With -y the descriptor has a name: 3</dev/ttyUSB2>.
    let text = &rest[rest.find('"')? + 1..];
    let (mut bytes, after) = unescape(text.as_bytes());
    let result = after.rsplit_once(") = ").or_else(|| after.rsplit_once(")  = "));
    let result = result.or_else(|| after.rsplit_once("= "))?.1.trim();
    let moved: usize = result.split_whitespace().next()?.parse().ok()?;
    bytes.truncate(moved);
    let is_cut = after.starts_with("...") && bytes.len() < moved;
    Some(Call { before, is_host: name == "write(", descriptor, bytes, is_cut })
}

/// Returns the bytes up to the closing quote, with the escapes of C, and the text after it.
fn unescape(text: &[u8]) -> (Vec<u8>, &str) {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                let (byte, length) = escape(text.get(at..).unwrap_or_default());
                bytes.push(byte);
                at += length;
            }
            _ => bytes.push(byte),
        }
    }
    (bytes, core::str::from_utf8(text.get(at..).unwrap_or_default()).unwrap_or_default())
}

/// Returns the byte of an escape, and its length after the backslash.
fn escape(text: &[u8]) -> (u8, usize) {
    let number = |digits: &[u8], base: u32| {
        let digits = core::str::from_utf8(digits).unwrap_or_default();
        u8::from_str_radix(digits, base).unwrap_or(b'?')
    };
    match text {
        [b'r', ..] => (b'\r', 1),
        [b'n', ..] => (b'\n', 1),
        [b't', ..] => (b'\t', 1),
        [b'v', ..] => (0x0B, 1),
        [b'f', ..] => (0x0C, 1),
        [b'x', a, b, ..] => (number(&[*a, *b], 16), 3),
        [b'0'..=b'7', ..] => {
            let is_octal = |digit: &&u8| matches!(digit, b'0'..=b'7');
            let digits = text.iter().take(3).take_while(is_octal).count();
            (number(&text[..digits], 8), digits)
        }
        [other, ..] => (*other, 1),
        [] => (b'\\', 0),
    }
}

#[cfg(test)]
mod tests {
    use super::call;

    #[test]
    fn calls_of_all_forms_are_read() {
        for (line, descriptor, bytes) in [
            (r#"write(3, "AT\r", 3)                     = 3"#, 3, &b"AT\r"[..]),
            (r#"12611 17:59:11.061629 read(4, "AT\r\r\n> ", 65536) = 7"#, 4, b"AT\r\r\n> "),
            (r#"write(5</dev/ttyUSB2>, "00\32", 3) = 3"#, 5, b"00\x1a"),
            (r#"[pid 7] write(5, "\x41\x54\x0d", 3) = 3"#, 5, b"AT\r"),
            (r#"write(5, "AT+CSQ\r", 7) = 2"#, 5, b"AT"),
            (r#"read(3, "a\"b"..., 4096) = 300"#, 3, b"a\"b"),
        ] {
            let call = call(line).unwrap();
            assert_eq!((call.descriptor, call.bytes.as_slice()), (descriptor, bytes), "{line}");
        }
        for line in [
            r#"read(3, 0x7ffd, 4096) = -1 EAGAIN (Resource temporarily unavailable)"#,
            r#"pwrite(3, "AT\r", 3, 0) = 3"#,
            "read(",
            "write(3",
        ] {
            assert!(call(line).is_none(), "{line}");
        }
    }
}
