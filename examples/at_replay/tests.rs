//! Dialogues in the smallest form, and the logs of other programs in `recordings/`.
//!
//! The logs of gammu, smstools, socat, strace, minicom and of this project's own session were
//! recorded at the simulated modem. Those of ModemManager, RouterOS and Android have the published
//! form of their lines, and invented content.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::Arguments;
use crate::formats::recording::unescape;
use crate::found::{Found, text};
use crate::log::{At, Entry};
use crate::replay::Replay;
use crate::steps::steps;

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
}

/// The output for a log, with these options.
fn explained(log: &str, options: &[&str]) -> Result<String, String> {
    let arguments = Arguments::parse_from([&["at_replay"], options, &["a log"]].concat());
    crate::explain(log, &arguments).map(|explained| explained.to_text())
}

#[test]
fn the_log_of_each_program_is_explained() {
    let files = recordings();
    assert_eq!(files.len(), 11);
    for file in files {
        let log = fs::read_to_string(&file).unwrap();
        let expected = fs::read_to_string(file.with_extension("out")).unwrap();
        assert_eq!(explained(&log, &[]).unwrap(), expected, "{}", file.display());
    }
}

#[test]
fn a_log_is_explained_the_same_however_its_bytes_are_cut() {
    for file in recordings() {
        let log = fs::read_to_string(&file).unwrap();
        let whole = explained(&log, &[]).unwrap();
        for chunk in ["1", "2", "7"] {
            let cut = explained(&log, &["--chunk", chunk]).unwrap();
            assert_eq!(cut, whole, "{} in pieces of {chunk}", file.display());
        }
    }
}

#[test]
fn no_log_makes_a_reader_fail_wherever_it_is_cut() {
    let formats = [
        "recording",
        "gammu",
        "smstools",
        "modem-manager",
        "routeros",
        "strace",
        "socat",
        "minicom",
        "android",
    ];
    for file in recordings() {
        let log = fs::read_to_string(&file).unwrap();
        let step = (log.len() / 40).max(1);
        for end in (0..log.len()).step_by(step).filter(|end| log.is_char_boundary(*end)) {
            for format in formats {
                // Every outcome but a panic is right.
                drop(explained(&log[..end], &["--format", format]));
            }
        }
    }
}

#[test]
fn the_verdict_names_storms_restarts_late_answers_and_wrong_states() {
    let refused = "> AT+CMGD=1\\r\n< \\r\\n+CMS ERROR: 500\\r\\n\n".repeat(12);
    let flood = "< \\r\\n^RSSI: 12\\r\\n\n".repeat(40);
    for (log, findings) in [
        (
            refused.as_str(),
            &[
                "refusal, line 2: AT+CMGD=1 (delete a stored message) was refused with +CMS \
                 ERROR: 500: unknown error (+CMS ERROR 500) (12 times)",
                "storm, line 20: AT+CMGD=1 was repeated 10 times and more, refused each time",
            ][..],
        ),
        (flood.as_str(), &["storm, line 1: ^RSSI came 40 times, more often than all other lines"]),
        (
            "> AT\\r\n< \\r\\nOK\\r\\n\n> AT+CMGF=0\\r\n< \\r\\nOK\\r\\n\n> AT\\r\n< \\r\\nOK\\r\\n\n> AT\\r\n\
             < \\r\\nOK\\r\\n\n< \\r\\nRDY\\r\\n\n",
            &["wrong state, line 9: the modem restarted"],
        ),
        (
            "> AT+CSQ\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\nOK\\r\\n\n< \\r\\nOK\\r\\n\n",
            &["wrong state, line 3: OK came when no command was in flight"],
        ),
        (
            "> AT+CMGL=4\\r\n< \\r\\n+CMGL: 1,\"REC READ\",\"+371\",,\"x\"\\r\\nHi\\r\\n\\r\\nOK\\r\\n\n",
            &["wrong state, line 2: AT+CMGL=4 answers with text instead of a PDU"],
        ),
        (
            "> AT+CPMS?\\r\n< \\r\\n+CPMS: \"SM\",20,20,\"SM\",20,20\\r\\n\\r\\nOK\\r\\n\n",
            &["wrong state, line 2: AT+CPMS? says: SM holds 20 of 20"],
        ),
        (
            "> AT+CUSD=1,\"*1#\",15\\r\n< \\r\\nOK\\r\\n\n< \\r\\n+CME ERROR: 132\\r\\n\n",
            &["refusal, line 3: AT+CUSD=1,\"*1#\",15 failed after its OK: +CME ERROR: 132"],
        ),
        (
            "> AT+CPIN?\\r\n< \\r\\n+CPIN: NOT INSERTED\\r\\n\\r\\nOK\\r\\n\n",
            &["wrong state, line 2: AT+CPIN? says: the SIM is in the state NOT INSERTED"],
        ),
        (
            "> AT+CMGS=16\\r\n< \\r\\n> \n< \\r\\nOK\\r\\n\n",
            &["wrong state, line 3: AT+CMGS=16 ended without a message reference"],
        ),
        (
            "> AT+CUSD=1,\"*1#\",15\\r\n< \\r\\nOK\\r\\n\n< \\r\\n+CUSD: 2\\r\\n\n",
            &["wrong state, line 3: the network ended USSD without a text"],
        ),
        (
            "> AT+CREG?\\r\n< \\r\\n+CREG: 0,3\\r\\n\\r\\nOK\\r\\n\n",
            &["wrong state, line 2: AT+CREG? says: registration denied"],
        ),
        (
            "> AT+COPS?\\r\n> AT+CSQ\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\nOK\\r\\n\n",
            &["silence, line 1: AT+COPS? had no final result before the next command or the end"],
        ),
    ] {
        let text = explained(log, &[]).unwrap();
        let found: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.starts_with("Where it went wrong"))
            .skip(1)
            .filter(|line| !line.starts_with("    ->"))
            .map(str::trim_start)
            .collect();
        assert_eq!(found, findings, "{text}");
    }
}

#[test]
fn secrets_are_masked_and_control_characters_do_not_reach_the_terminal() {
    let log = "> AT+CPIN=\"1234\"\\r\n< AT+CPIN=\"1234\"\\r\\r\\n\\r\\nOK\\r\\n\n\
               < \\r\\n+XYZ: \\x1b[2J\\xe2\\x80\\xae\\r\\n\n";
    let foreign = "> AT\\r\n< AT\\r\\r\\n\\r\\nOK\\r\\n\n< AT+CPIN=\"1234\"\\r\\r\\n\n";
    assert!(!explained(foreign, &[]).unwrap().contains("1234"));
    let text = explained(log, &[]).unwrap();
    assert!(text.contains("AT+CPIN=****") && !text.contains("1234"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn a_log_that_cannot_be_read_says_what_to_do() {
    for (log, options, error) in [
        ("Dear all,\n", &[][..], "its format is not known: name it with --format"),
        ("Dear all,\n", &["--format", "gammu"], "no AT dialogue was found in it, read as gammu"),
        ("AT\nOK\n", &["--port", "x"], "it does not name ports: leave --port out"),
        ("11:51:20 gsm,debug,write AT\n", &["--port", "lte1"], "it has no port \"lte1\": use gsm"),
    ] {
        let found = explained(log, options).unwrap_err();
        assert!(found.starts_with(error), "{found}");
    }
}

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
