//! Ctrl-C: a program ends cleanly, and never between the Ctrl-Z of a message and its outcome.

#![expect(clippy::std_instead_of_alloc, reason = "a program has std")]

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::{Arc, LazyLock};

use modem::at::Instant;
use modem::blocking::Port;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::output::complain;

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Without it the signal ends the program at once, as it does by default.
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    flag
});
static HELD: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C over from here on.
pub(crate) fn listen() {
    LazyLock::force(&REQUESTED);
}

/// Returns `true` if Ctrl-C was pressed, or the program was asked to end.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Keeps the link open at Ctrl-C from here on: the program looks at [`requested`] itself.
pub(crate) fn hold(on: bool) {
    HELD.store(on, Ordering::Relaxed);
}

/// The moment of the dialogue, as far as an end of the program matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Moment {
    #[default]
    Free,
    /// The modem prompts for a message, or has a part of it: an escape cancels it.
    Prompt,
    /// The Ctrl-Z was written: only the answer says whether the message has left.
    Committed,
    /// The modem prompts for the answer to a USSD question, and takes a command line for a part of
    /// it: an escape ends the dialogue.
    Question,
}

/// The question of a USSD service, as far as a prompt can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Question {
    #[default]
    None,
    /// Its text goes on in the next line.
    Begun,
    /// A prompt may follow.
    Asked,
}

/// The moment of a dialogue, from its bytes.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    moment: Moment,
    written: Vec<u8>,
    read: Vec<u8>,
    /// A USSD dialogue was begun.
    ussd: bool,
    question: Question,
    /// A call was dialled.
    call: bool,
}

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

/// The longest line that is looked at.
const MAX_LINE: usize = 1024;

impl Watch {
    /// Takes bytes that were written.
    pub(crate) fn written(&mut self, bytes: &[u8]) {
        // After the Ctrl-Z nothing is written before the outcome is known or given up.
        if self.moment == Moment::Committed && !bytes.is_empty() {
            self.moment = Moment::Free;
        }
        for byte in bytes {
            match (self.moment, *byte) {
                (Moment::Prompt, CTRL_Z) => self.moment = Moment::Committed,
                (Moment::Question, CTRL_Z) | (Moment::Prompt | Moment::Question, ESCAPE) => {
                    self.moment = Moment::Free;
                }
                (Moment::Prompt | Moment::Question, _) => {}
                (_, b'\r') => {
                    let line = self.written.to_ascii_uppercase();
                    let has = |name: &[u8]| line.windows(name.len()).any(|window| window == name);
                    if has(b"+CMGS=") || has(b"+CMGW=") || has(b"+CMGC=") {
                        self.moment = Moment::Prompt;
                    }
                    self.call |= line.starts_with(b"ATD");
                    self.call &= !has(b"+CHUP") && line != b"ATH";
                    self.ussd |= has(b"+CUSD=1,");
                    self.ussd &= !has(b"+CUSD=2");
                    self.question = Question::None;
                    self.written.clear();
                }
                (_, byte) if self.written.len() < MAX_LINE => self.written.push(byte),
                _ => {}
            }
        }
    }

    /// Takes bytes that were read.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match *byte {
                b'\r' | b'\n' => {
                    let line = core::mem::take(&mut self.read);
                    let is_final = line == b"OK"
                        || line == b"ERROR"
                        || line.starts_with(b"+CM")
                            && line.get(4..).is_some_and(|rest| rest.starts_with(b" ERROR"));
                    if is_final && self.moment != Moment::Question {
                        self.moment = Moment::Free;
                    }
                    self.ask(&line);
                }
                b'>' if self.read.is_empty() && self.question == Question::Asked => {
                    self.question = Question::None;
                    self.moment = Moment::Question;
                }
                byte if self.read.len() < MAX_LINE => self.read.push(byte),
                _ => {}
            }
        }
    }

    /// Takes a line that may be a question of a USSD service, or a part of one.
    fn ask(&mut self, line: &[u8]) {
        let begins = line.starts_with(b"+CUSD: 1");
        // One quote in a line opens or closes the text.
        let is_half = line.iter().filter(|byte| **byte == b'"').count() % 2 != 0;
        self.question = match self.question {
            _ if begins && is_half => Question::Begun,
            _ if begins => Question::Asked,
            Question::Begun if is_half => Question::Asked,
            unchanged => unchanged,
        };
        // The network has ended the dialogue.
        if line.starts_with(b"+CUSD: ") && !begins && self.moment == Moment::Question {
            self.moment = Moment::Free;
        }
    }

    /// Returns `true` if a message is on its way, whose outcome is not known.
    pub(crate) fn is_committed(&self) -> bool {
        self.moment == Moment::Committed
    }

    /// The bytes that leave the modem as it was.
    pub(crate) fn farewell(&self) -> &'static [u8] {
        match self.moment {
            Moment::Prompt | Moment::Question => &[ESCAPE],
            _ if self.call => b"AT+CHUP\r",
            _ if self.ussd => b"AT+CUSD=2\r",
            _ => b"",
        }
    }
}

/// A port whose link ends at Ctrl-C, as soon as no message is on its way.
#[derive(Debug)]
pub(crate) struct Interruptible<P> {
    port: P,
    watch: Watch,
    has_warned: bool,
}

impl<P: Port> Interruptible<P> {
    pub(crate) fn new(port: P) -> Self {
        listen();
        Self { port, watch: Watch::default(), has_warned: false }
    }

    /// The port inside.
    pub(crate) fn inner(&mut self) -> &mut P {
        &mut self.port
    }

    /// # Errors
    /// Fails at Ctrl-C.
    fn check(&mut self) -> io::Result<()> {
        if !requested() || HELD.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self.watch.is_committed() {
            if !core::mem::replace(&mut self.has_warned, true) {
                complain!("-- interrupted: waiting for the outcome of the part under way");
            }
            return Ok(());
        }
        // The prompt for an answer may wait unread.
        let mut waiting = [0; 256];
        let count = self.port.read_waiting(&mut waiting).unwrap_or_default();
        self.watch.read(waiting.get(..count).unwrap_or_default());
        let farewell = self.watch.farewell();
        if !farewell.is_empty() {
            let second = Duration::from_secs(1);
            // A modem that does not take it is left as it is.
            let _ = self.port.write(farewell, second);
            let _ = self.port.read(&mut [0; 256], second);
        }
        self.watch = Watch::default();
        Err(interrupted())
    }
}

/// The error of a link that ended at Ctrl-C.
pub(crate) fn interrupted() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "interrupted")
}

impl<P: Port> Port for Interruptible<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.check()?;
        let count = self.port.read(buffer, within)?;
        self.watch.read(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let count = self.port.read_waiting(buffer)?;
        self.watch.read(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.check()?;
        let count = self.port.write(bytes, within)?;
        self.watch.written(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

#[cfg(test)]
mod tests {
    use super::Watch;

    #[test]
    fn a_program_ends_neither_in_a_prompt_nor_between_ctrl_z_and_the_outcome() {
        let mut watch = Watch::default();
        for (written, read, committed, farewell) in [
            (&b"AT+CMGS=1"[..], &b""[..], false, &b""[..]),
            (b"8\r", b"", false, b"\x1b"),
            (b"", b"\r\n> ", false, b"\x1b"),
            (b"0001000C91", b"", false, b"\x1b"),
            (b"\x1a", b"", true, b""),
            (b"", b"\r\n+CMTI: \"SM\",1\r\n\r\n+CMGS: 7\r\n", true, b""),
            (b"", b"\r\nO", true, b""),
            (b"", b"K\r\n", false, b""),
            (b"AT+CMGS=18\r", b"> ", false, b"\x1b"),
            (b"00\x1a", b"\r\n+CMS ERROR: 38\r\n", false, b""),
            (b"AT+CMGS=18\r", b"> ", false, b"\x1b"),
            (b"00\x1a", b"", true, b""),
            // The session has given the outcome up, and probes the modem.
            (b"AT+CMEE?\r", b"", false, b""),
            (b"AT+CUSD=1,\"*100#\",15\r", b"\r\nOK\r\n", false, b"AT+CUSD=2\r"),
            (b"AT+CUSD=2\r", b"\r\nOK\r\n", false, b""),
            // The modem prompts for the answer, Siemens AC75.
            (b"AT+CUSD=1,\"*101#\",15\r", b"\r\nOK\r\n", false, b"AT+CUSD=2\r"),
            (b"", b"\r\n+CUSD: 1,\"1 Balance\n> 2", false, b"AT+CUSD=2\r"),
            (b"", b" Tariff\",15\r\n", false, b"AT+CUSD=2\r"),
            (b"", b"\r\n> ", false, b"\x1b"),
            (b"1\x1a", b"\r\n+CUSD: 1,\"2 Large\",15\r\n\r\n> ", false, b"\x1b"),
            (b"", b"\r\n+CUSD: 2\r\n", false, b"AT+CUSD=2\r"),
            (b"AT+CUSD=2\r", b"\r\nOK\r\n", false, b""),
            (b"ATD+491715550100;\r", b"", false, b"AT+CHUP\r"),
            (b"AT+CHUP\r", b"\r\nOK\r\n", false, b""),
        ] {
            watch.written(written);
            watch.read(read);
            let case = format!("{} {}", written.escape_ascii(), read.escape_ascii());
            assert_eq!(watch.is_committed(), committed, "{case}");
            assert_eq!(watch.farewell(), farewell, "{case}");
        }
    }
}
