//! A recording: the bytes that the host and the modem wrote, in order.

use std::fs;
use std::path::Path;

use at_proto::Request;

/// A step of a recording.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The host writes a command line, and later this payload. `prompts`: the command is known to
    /// ask for a payload. `aborted`: an escape ends the payload, not Ctrl-Z.
    Submit { line: Vec<u8>, prompts: bool, payload: Option<Vec<u8>>, aborted: bool },
    /// The host writes the payload of the previous command.
    Payload,
    /// The modem writes.
    Input(Vec<u8>),
}

/// Reads a recording.
pub(crate) fn read(file: &Path) -> Result<Vec<Step>, String> {
    let text = fs::read(file).map_err(|error| error.to_string())?;
    let mut sides = Vec::new();
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [b'>', rest @ ..] => {
                sides.push((true, unescape(rest.strip_prefix(b" ").unwrap_or(rest))));
            }
            [b'<', rest @ ..] => {
                sides.push((false, unescape(rest.strip_prefix(b" ").unwrap_or(rest))));
            }
            [b'#', ..] => {}
            _ if line.trim_ascii().is_empty() => {}
            _ => {
                return Err(format!("line {} must begin with `> `, `< ` or `#`", number + 1));
            }
        }
    }
    Ok(steps(sides))
}

pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let digit =
            |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (byte, tail) = match (first, tail) {
            (b'\\', [b'r', tail @ ..]) => (b'\r', tail),
            (b'\\', [b'n', tail @ ..]) => (b'\n', tail),
            (b'\\', [b't', tail @ ..]) => (b'\t', tail),
            (b'\\', [b'\\', tail @ ..]) => (b'\\', tail),
            (b'\\', [b'x', high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (first, tail),
            },
            _ => (first, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    bytes
}

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

/// Finds the command lines and their payloads.
pub(crate) fn steps(sides: Vec<(bool, Vec<u8>)>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // The command that may still get a payload; `prompted` if its prompt was recorded.
    let mut asking: Option<usize> = None;
    let mut prompted = false;
    let mut sides = sides.into_iter().peekable();
    while let Some((is_host, bytes)) = sides.next() {
        if !is_host {
            for piece in split_after_prompts(&bytes) {
                prompted |= ends_in_prompt(piece);
                steps.push(Step::Input(piece.to_vec()));
            }
            if let (Some(Step::Submit { payload, prompts: true, .. }), true) =
                (asking.and_then(|at| steps.get_mut(at)), prompted)
            {
                // A payload follows the prompt, recorded or not.
                payload.get_or_insert_default();
            }
            continue;
        }
        // The end of the payload may be a line of its own.
        let ends_apart = matches!(sides.peek(), Some((true, next)) if matches!(next.as_slice(), [CTRL_Z | ESCAPE, ..]));
        let end = bytes.iter().position(|byte| matches!(*byte, CTRL_Z | ESCAPE));
        let is_payload =
            end.is_some() || !is_command(&bytes) || ends_apart && !bytes.ends_with(b"\r");
        match asking.and_then(|at| steps.get_mut(at)).filter(|_| is_payload) {
            Some(Step::Submit { payload, prompts, aborted, .. }) if *prompts || prompted => {
                let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
                payload.get_or_insert_default().extend_from_slice(text);
                *aborted = rest.first() == Some(&ESCAPE);
                steps.push(Step::Payload);
                if let [_, rest @ ..] = rest {
                    asking = commands(rest, &mut steps);
                    prompted = false;
                }
            }
            _ => {
                asking = commands(&bytes, &mut steps);
                prompted = false;
            }
        }
    }
    steps
}

/// Cuts a modem line after each prompt, so that the payload is written where it was recorded.
fn split_after_prompts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = (1..=rest.len()).find(|&end| {
            let is_at_start = end == 1 || matches!(rest[end - 2], b'\r' | b'\n');
            is_at_start && rest[end - 1] == b'>'
        });
        let end = end.map_or(rest.len(), |end| end + usize::from(rest.get(end) == Some(&b' ')));
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

fn ends_in_prompt(piece: &[u8]) -> bool {
    piece
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next_back()
        .is_some_and(|line| line.trim_ascii() == b">")
}

/// Adds the command lines of a host line, each with the payload that follows in the same line.
///
/// Returns the index of the last command if it has no payload.
fn commands(bytes: &[u8], steps: &mut Vec<Step>) -> Option<usize> {
    let mut asking = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        let start = line
            .iter()
            .position(|byte| !matches!(*byte, CTRL_Z | ESCAPE | 0 | b' '))
            .unwrap_or(line.len());
        let line = &line[start..];
        if !is_command(line) {
            continue;
        }
        let prompts = Request::raw(line).is_ok_and(|request| request.has_prompt());
        let following = rest.strip_prefix(b"\n").unwrap_or(rest);
        let end = following.iter().position(|byte| matches!(*byte, CTRL_Z | ESCAPE));
        match end.filter(|_| prompts && !is_command(following)) {
            Some(end) => {
                let (payload, aborted) =
                    (Some(following[..end].to_vec()), following[end] == ESCAPE);
                steps.push(Step::Submit { line: line.to_vec(), prompts, payload, aborted });
                steps.push(Step::Payload);
                rest = &following[end + 1..];
                asking = None;
            }
            None => {
                asking = Some(steps.len());
                steps.push(Step::Submit {
                    line: line.to_vec(),
                    prompts,
                    payload: None,
                    aborted: false,
                });
            }
        }
    }
    asking
}

fn is_command(bytes: &[u8]) -> bool {
    matches!(bytes, [b'A' | b'a', b'T' | b't' | b'/', ..])
}
