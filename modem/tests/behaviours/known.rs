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
        row: "S2: a memory that is not selected makes no event, and a list without it no error",
        covers: |case, class| class == Class::Silent && has(case, &["+CPMS"]) && case.refuses(),
    },
    Known {
        row: "S3: a direct delivery in text mode is lost",
        covers: |case, class| class == Class::Lost && enters_text_mode(case),
    },
    Known {
        row: "S3, sibling: what was read as two messages at once is deleted",
        covers: |case, class| {
            class == Class::DeletedUnread && matches!(case.behaviour(), Behaviour::Information(_))
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
        row: "S10, sibling: a SIM that is removed at run time makes no event",
        covers: |case, class| class == Class::Silent && case.change() == Some(Change::SimRemoved),
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
    Known {
        row: "S15, sibling: a listing that a restart refuses makes no event of its own",
        covers: |case, class| class == Class::Silent && case.change() == Some(Change::RestartWords),
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
