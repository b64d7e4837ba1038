//! Dialogues in the smallest form, and the logs of other programs in `recordings/`.

use crate::formats::recording::unescape;
use crate::found::{Found, text};
use crate::log::{At, Entry};
use crate::replay::Replay;
use crate::steps::steps;

fn replay(dialogue: &[(bool, &str)], chunk: usize) -> Vec<Found> {
    let entries = (1..).zip(dialogue).map(|(line, &(is_host, text))| Entry {
        is_host,
        bytes: unescape(text.as_bytes()),
        at: At { line, time: None },
        port: None,
    });
    let mut replay = Replay::new(chunk);
    for step in steps(entries.collect()) {
        replay.step(step);
    }
    replay.finish()
}

fn events(found: &[Found]) -> Vec<(&str, String, &str)> {
    found
        .iter()
        .map(|found| {
            (
                found.event,
                found.command.as_deref().map(text).unwrap_or_default(),
                found.text.as_str(),
            )
        })
        .collect()
}

const HOST: bool = true;
const MODEM: bool = false;

#[test]
fn a_payload_after_the_prompt_with_ctrl_z_on_a_line_of_its_own() {
    let dialogue = [
        (HOST, r"AT+CMGS=10\r"),
        (MODEM, r"AT+CMGS=10\r\r\n> "),
        (HOST, "0011000B"),
        (HOST, r"\x1a"),
        (MODEM, r"\r\n+CMGS: 65\r\n\r\nOK\r\n"),
    ];
    for chunk in [0, 1, 2, 3, 64] {
        let found = replay(&dialogue, chunk);
        assert_eq!(
            events(&found),
            [("prompt", "AT+CMGS=10".to_owned(), ">"), ("response", "AT+CMGS=10".to_owned(), "OK")]
        );
        assert_eq!(found[1].lines, ["+CMGS: 65"]);
    }
}

#[test]
fn a_payload_that_was_not_recorded_does_not_hide_the_result() {
    for (answer, event) in
        [(r"\r\n+CMS ERROR: 500\r\n", "error"), (r"\r\n+CMGS: 5\r\n\r\nOK\r\n", "response")]
    {
        let dialogue = [(HOST, r"AT+CMGS=18\r"), (MODEM, r"\r\n> "), (MODEM, answer)];
        for chunk in [0, 1, 4] {
            let found = replay(&dialogue, chunk);
            assert_eq!(
                found.iter().map(|found| found.event).collect::<Vec<_>>(),
                ["prompt", event]
            );
        }
    }
}

#[test]
fn a_prompt_that_was_not_recorded_is_not_in_the_way() {
    let dialogue =
        [(HOST, r"AT+CMGS=17\r"), (HOST, r"0021000D\x1a"), (MODEM, r"\r\n+CMGS: 65\r\n\r\nOK\r\n")];
    assert_eq!(events(&replay(&dialogue, 0)), [("response", "AT+CMGS=17".to_owned(), "OK")]);
}

#[test]
fn each_command_completes_once_even_without_an_answer() {
    let dialogue = [
        (HOST, r"AT+COPS?\r"),
        (HOST, r"AT+CSQ\r"),
        (MODEM, r"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
        (HOST, r"AT\r"),
    ];
    let found = replay(&dialogue, 0);
    let completed: Vec<_> = events(&found)
        .into_iter()
        .filter(|(event, _, _)| matches!(*event, "response" | "error" | "timeout"))
        .collect();
    assert_eq!(
        completed,
        [
            ("timeout", "AT+COPS?".to_owned(), "timeout"),
            ("response", "AT+CSQ".to_owned(), "OK"),
            ("timeout", "AT".to_owned(), "timeout")
        ]
    );
}

#[test]
fn error_codes_are_explained_with_and_without_a_command() {
    let found = replay(
        &[(HOST, r"AT+CMGR=1\r"), (MODEM, r"\r\n+CMS ERROR: 321\r\n\r\n+CME ERROR: 10\r\n")],
        1,
    );
    assert_eq!((found[0].event, found[0].code), ("error", Some(321)));
    assert!(found[0].meaning.contains("invalid memory index"));
    assert_eq!((found[1].event, found[1].code), ("unknown", Some(10)));
    assert!(found[1].meaning.contains("SIM not inserted"));
}
