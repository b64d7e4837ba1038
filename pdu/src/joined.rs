//! Text of several parts or pages, joined before it is decoded.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use gsm7::Alphabet;

/// The escape to the extension table, 3GPP TS 23.038, 6.2.1.
const ESCAPE: u8 = 0x1B;

/// The coding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Gsm7(Alphabet),
    Ucs2,
}

/// Text from consecutive parts. The septets or UTF-16 units of parts in one script are joined
/// before they are decoded, since some senders cut an escape or a surrogate pair in two.
#[derive(Debug)]
pub(crate) struct Joined {
    script: Option<Script>,
    units: Vec<u8>,
    text: String,
}

impl Joined {
    pub(crate) fn with_capacity(units: usize) -> Self {
        Self { script: None, units: Vec::with_capacity(units), text: String::new() }
    }

    /// Appends the units of a part with `append`.
    pub(crate) fn push(&mut self, script: Script, append: impl FnOnce(&mut Vec<u8>)) {
        if self.script != Some(script) {
            self.interrupt();
        }
        self.script = Some(script);
        let joint = self.units.len();
        append(&mut self.units);
        // Some senders that cut after an escape write it again in the next part.
        let around = joint.checked_sub(1).and_then(|before| self.units.get(before..=joint));
        if script != Script::Ucs2 && around == Some(&[ESCAPE, ESCAPE]) {
            self.units.remove(joint);
        }
    }

    /// Ends the run: the next part does not continue the text so far.
    pub(crate) fn interrupt(&mut self) {
        let decoded = match self.script.take() {
            Some(Script::Gsm7(alphabet)) => {
                gsm7::decode_vec_to_string(mem::take(&mut self.units), alphabet)
            }
            Some(Script::Ucs2) => gsm7::ucs2::decode_to_string(&mem::take(&mut self.units)),
            None => return,
        };
        if self.text.is_empty() {
            // Nearly always there is one run.
            self.text = decoded;
        } else {
            self.text.push_str(&decoded);
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.interrupt();
        self.text
    }
}
