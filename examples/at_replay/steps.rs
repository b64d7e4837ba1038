//! The command lines of a log with their payloads, and what the modem wrote, in order.

use at_proto::Request;

use crate::log::{At, Entry, is_command};

/// A step of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The host writes a command line, and later this payload. `prompts`: the command is known to
    /// ask for a payload. `aborted`: an escape ends the payload, not Ctrl-Z.
    Submit { line: Vec<u8>, prompts: bool, payload: Option<Vec<u8>>, aborted: bool, at: At },
    /// The host writes the payload of the previous command.
    Payload(At),
    /// The modem writes.
    Input(Vec<u8>, At),
}

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

/// Finds the command lines and their payloads.
pub(crate) fn steps(entries: Vec<Entry>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // The command that may still get a payload; `prompted` if its prompt was recorded.
    let mut asking: Option<usize> = None;
    let mut prompted = false;
    let mut entries = entries.into_iter().peekable();
    while let Some(Entry { is_host, bytes, at, .. }) = entries.next() {
        if !is_host {
            for piece in split_after_prompts(&bytes) {
                prompted |= ends_in_prompt(piece);
                steps.push(Step::Input(piece.to_vec(), at));
            }
            if let (Some(Step::Submit { payload, prompts: true, .. }), true) =
                (asking.and_then(|index| steps.get_mut(index)), prompted)
            {
                // A payload follows the prompt, recorded or not.
                payload.get_or_insert_default();
            }
            continue;
        }
        // The end of the payload may be a line of its own.
        let ends_apart = entries.peek().is_some_and(|next| {
            next.is_host && matches!(next.bytes.as_slice(), [CTRL_Z | ESCAPE, ..])
        });
        let end = bytes.iter().position(|byte| matches!(*byte, CTRL_Z | ESCAPE));
        let is_payload =
            end.is_some() || !is_command(&bytes) || ends_apart && !bytes.ends_with(b"\r");
        match asking.and_then(|index| steps.get_mut(index)).filter(|_| is_payload) {
            Some(Step::Submit { payload, prompts, aborted, .. }) if *prompts || prompted => {
                let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
                payload.get_or_insert_default().extend_from_slice(text);
                *aborted = rest.first() == Some(&ESCAPE);
                steps.push(Step::Payload(at));
                if let [_, rest @ ..] = rest {
                    asking = commands(rest, at, &mut steps);
                    prompted = false;
                }
            }
            _ => {
                asking = commands(&bytes, at, &mut steps);
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
fn commands(bytes: &[u8], at: At, steps: &mut Vec<Step>) -> Option<usize> {
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
                steps.push(Step::Submit { line: line.to_vec(), prompts, payload, aborted, at });
                steps.push(Step::Payload(at));
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
                    at,
                });
            }
        }
    }
    asking
}
