//! The engine's dialogues: each whole, cut at every octet, byte by byte, and with a URC at every line boundary.

mod common;
mod double;

use common::{Dialogue, Real, check, parse};
use double::{Double, Flaw};

const FILES: [(&str, &str); 5] = [
    ("framing", include_str!("dialogues/framing.txt")),
    ("answers", include_str!("dialogues/answers.txt")),
    ("unsolicited", include_str!("dialogues/unsolicited.txt")),
    ("prompts", include_str!("dialogues/prompts.txt")),
    (
        "resynchronisation",
        include_str!("dialogues/resynchronisation.txt"),
    ),
];

fn dialogues() -> impl Iterator<Item = (&'static str, Dialogue)> {
    FILES
        .into_iter()
        .flat_map(|(file, text)| parse(text).into_iter().map(move |dialogue| (file, dialogue)))
}

#[test]
fn every_dialogue_is_the_same_however_it_is_cut_and_whatever_comes_between() {
    let mut wrong = Vec::new();
    for (file, dialogue) in dialogues().step_by(if cfg!(miri) { 2 } else { 1 }) {
        if let Err(error) = check(&dialogue, Real::boxed) {
            wrong.push(format!("{file}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The titles of the dialogues that a broken engine fails.
fn failed_by(flaw: Flaw) -> Vec<String> {
    dialogues()
        .filter(|(_, dialogue)| check(dialogue, || Box::new(Double::new(flaw))).is_err())
        .map(|(_, dialogue)| dialogue.title)
        .collect()
}

#[test]
#[cfg_attr(miri, ignore = "runs a broken engine of the tests, not the engine")]
fn the_double_without_its_flaws_passes_plain_dialogues() {
    let failed = failed_by(Flaw::None);
    for title in [
        "CR LF around every line, no echo",
        "every line ends with one bare CR",
        "echo, with CR CR LF behind it",
    ] {
        assert!(!failed.iter().any(|failed| failed == title), "{title}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "runs a broken engine of the tests, not the engine")]
fn an_engine_that_rescans_its_buffer_fails() {
    let (sound, broken) = (failed_by(Flaw::None), failed_by(Flaw::Rescans));
    let title = "a URC within an answer, its name told from the answer's".to_owned();
    assert!(!sound.contains(&title) && broken.contains(&title), "{broken:?}");
}

#[test]
#[cfg_attr(miri, ignore = "runs a broken engine of the tests, not the engine")]
fn an_engine_that_matches_finals_by_prefix_fails() {
    let (sound, broken) = (failed_by(Flaw::None), failed_by(Flaw::Prefix));
    let title = "lines that begin like results".to_owned();
    assert!(!sound.contains(&title) && broken.contains(&title), "{broken:?}");
}

#[test]
#[cfg_attr(miri, ignore = "runs a broken engine of the tests, not the engine")]
fn an_engine_that_takes_what_it_has_for_a_line_fails() {
    let broken = failed_by(Flaw::Hasty);
    assert!(
        broken
            .iter()
            .any(|title| title == "CR LF around every line, no echo"),
        "{broken:?}"
    );
}
