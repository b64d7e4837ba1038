//! Known gaps: violations that wait for a fix. A test fails as soon as a gap is closed and still
//! listed.

use modem::simulator::{Behaviour, Change, End};

use super::case::Case;
use super::figures::Class;

/// A gap: the violations of these cases wait for a fix.
pub(crate) struct Known {
    /// The row of the list of defects, and its sentence.
    pub(crate) row: &'static str,
    pub(crate) covers: fn(&Case, Class) -> bool,
}

/// The gaps. The first one that covers a violation counts.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        row: "S1: a slot that is not read or not deleted is tried again at once",
        covers: |case, class| {
            class == Class::Storm && has(case, &["+CMGD", "+CMGR"]) && case.change().is_none()
        },
    },
    Known {
        row: "S1: a failed reading or deletion makes no event",
        covers: |case, class| {
            class == Class::Silent && has(case, &["+CMGD", "+CMGR"]) && case.refuses()
        },
    },
    Known {
        row: "S1, acknowledging: a failed acknowledgement makes no event",
        covers: |case, class| class == Class::Silent && has(case, &["+CNMA"]) && case.refuses(),
    },
    Known {
        row: "S1, announcing: a failed setting of the indications makes no event",
        covers: |case, class| class == Class::Silent && has(case, &["+CNMI"]) && case.refuses(),
    },
    Known {
        row: "S2: a memory that is not selected makes no event, and a list without it no error",
        covers: |case, class| class == Class::Silent && has(case, &["+CPMS"]) && case.refuses(),
    },
    Known {
        row: "S3: what was read in text mode is deleted or delivered as another message",
        covers: |case, class| {
            matches!(class, Class::DeletedUnread | Class::Forged | Class::Lost)
                && enters_text_mode(case)
        },
    },
    Known {
        row: "S3, sibling: what was read as two messages at once is deleted",
        covers: |case, class| {
            class == Class::DeletedUnread && matches!(case.behaviour(), Behaviour::Information(_))
        },
    },
    Known {
        row: "S4: a message is sent though an answer has shown text mode or a restart",
        covers: |case, class| {
            matches!(class, Class::Injected | Class::FalseSent) && enters_text_mode(case)
        },
    },
    Known {
        row: "S5: what lies unread is taken for the answer to the next line",
        covers: |case, class| {
            let ends = [End::ErrorUnread, End::ResultUnread, End::Twice];
            matches!(class, Class::Forged | Class::FalseFailed)
                && matches!(case.behaviour(), Behaviour::Final(end) if ends.contains(end))
        },
    },
    Known {
        row: "S10: a SIM that is locked at run time makes no event",
        covers: |case, class| {
            let restarts = [Change::RestartWords, Change::RestartSilent];
            class == Class::Silent
                && (case.change() == Some(Change::SimLocked)
                    || has(case, &["+CPIN"])
                        && case.change().is_some_and(|it| restarts.contains(&it)))
        },
    },
    Known {
        row: "S10, sibling: a SIM that is removed at run time makes no event",
        covers: |case, class| class == Class::Silent && case.change() == Some(Change::SimRemoved),
    },
    Known {
        row: "S11: after a swap of the SIM a message is delivered again as if it were new",
        covers: |case, class| class == Class::Repeated && case.change() == Some(Change::SimSwapped),
    },
    Known {
        row: "S24: a deletion that deletes nothing causes an unmarked second delivery",
        covers: |case, class| class == Class::Repeated && case.change() == Some(Change::CpmsOther),
    },
    Known {
        row: "S21, sibling: +CMS ERROR: 500 to a USSD request counts as proof that it failed",
        covers: |case, class| class == Class::FalseFailed && has(case, &["+CUSD"]),
    },
    Known {
        row: "new: a modem that is not ready is asked every second during the initialisation",
        covers: |case, class| {
            class == Class::Storm && has(case, &["+CMGF", "+CPIN", "+CPMS"]) && case.refuses()
        },
    },
];

fn has(case: &Case, commands: &[&str]) -> bool {
    commands.contains(&case.command())
}

/// Returns `true` if the modem is in text mode after the change. A restart of the simulated modem
/// ends in text mode.
fn enters_text_mode(case: &Case) -> bool {
    let changes = [Change::TextMode, Change::RestartSilent, Change::RestartWords];
    case.change().is_some_and(|change| changes.contains(&change))
}
