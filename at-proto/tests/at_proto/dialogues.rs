//! The engine's dialogues: each whole, cut at every byte, byte by byte, and with a URC at every
//! line boundary.

use crate::common::{Dialogue, check, parse};

const FILES: [(&str, &str); 6] = [
    ("framing", include_str!("dialogues/framing.txt")),
    ("answers", include_str!("dialogues/answers.txt")),
    ("unsolicited", include_str!("dialogues/unsolicited.txt")),
    ("prompts", include_str!("dialogues/prompts.txt")),
    ("restarts", include_str!("dialogues/restarts.txt")),
    ("resynchronisation", include_str!("dialogues/resynchronisation.txt")),
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
        if let Err(error) = check(&dialogue) {
            wrong.push(format!("{file}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
