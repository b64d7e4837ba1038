//! The number of faults by their result.

use core::fmt;

/// The maximum number of badly handled faults that are shown with their dialogues.
const MAX_NOTES: usize = 5;

#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) faults: usize,
    pub(crate) undetectable: usize,
    pub(crate) hangs: usize,
    pub(crate) false_sent: usize,
    pub(crate) false_failed: usize,
    pub(crate) lost: usize,
    pub(crate) repeated: usize,
    /// The next command neither worked nor reported that the link is closed.
    pub(crate) unusable: usize,
    /// The number of times that the link was found closed.
    pub(crate) closed: usize,
    /// The requests that were carried out, were not, and may have been.
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) unknown: usize,
    notes: Vec<String>,
}

impl Figures {
    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.undetectable += other.undetectable;
        self.hangs += other.hangs;
        self.false_sent += other.false_sent;
        self.false_failed += other.false_failed;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.unusable += other.unusable;
    }

    /// Returns `true` if nothing went wrong that a session can prevent.
    pub(crate) fn is_good(&self) -> bool {
        [self.hangs, self.false_sent, self.false_failed, self.lost, self.repeated, self.unusable]
            == [0; 6]
    }

    pub(crate) fn detail(&self) -> String {
        format!(
            "{self} (done {}, failed {}, unknown {}, link closed {}, unusable {})",
            self.done, self.failed, self.unknown, self.closed, self.unusable
        )
    }

    pub(crate) fn show_notes(&self) {
        for note in &self.notes {
            println!("  {note}");
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "faults {}, undetectable {}, hangs {}, false sent {}, false failed {}, lost {}, duplicated without notice {}",
            self.faults,
            self.undetectable,
            self.hangs,
            self.false_sent,
            self.false_failed,
            self.lost,
            self.repeated
        )
    }
}
