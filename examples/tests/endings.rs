//! The ends of the real programs: a closed pipe, a full disk, Ctrl-C at every moment, and the exit
//! status that says what is known.
//!
//! The programs are built by `cargo build --examples`, and by `cargo test -p examples`.
#![cfg(target_os = "linux")]

mod program;

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use program::{Simulator, finish, interrupt, read_until, start};

/// Programs that end by themselves on the simulated modem, and whether they only show something.
const PROGRAMS: &[(&str, &[&str], bool)] = &[
    ("alert", &[], false),
    ("failover", &[], false),
    ("surviving", &[], false),
    ("send_sms", &["--text", "Hello"], false),
    ("send_sms", &["--text", "Hello", "--json"], false),
    ("send_sms_async", &["--text", "Hello"], false),
    ("send_sms", &["--mux", "--text", "Hello"], false),
    ("delivery_reports", &["--to", "12345", "Hello"], false),
    ("sans_io", &[], false),
    ("ussd", &["*100#"], true),
    ("modem_info", &[], true),
    ("modem_info", &["--json"], true),
    ("mux", &["--hex"], true),
    ("gsm7", &["Hello"], true),
    ("modem", &["inbox", "list"], true),
    ("modem", &["send", "--text", "Hello", "+491715550100"], false),
    ("modem", &["phonebook", "list"], true),
    ("modem", &["network", "scan"], true),
    ("modem", &["pin", "status"], true),
    ("modem", &["radio", "status"], true),
    ("modem", &["call", "dial", "+491715550100", "--seconds", "3"], false),
];

/// Starts all programs but these. They wait for their modem most of the time, and so at once.
fn start_all_but(
    skipped: &[&str],
    output: impl Fn() -> Stdio,
) -> impl Iterator<Item = (String, bool, Child)> {
    let programs = PROGRAMS.iter().filter(|(name, ..)| !skipped.contains(name));
    let started: Vec<_> = programs
        .map(|(name, arguments, only_shows)| {
            let child = start(name, arguments, output());
            (format!("{name} {arguments:?}"), *only_shows, child)
        })
        .collect();
    started.into_iter()
}

#[test]
fn a_program_whose_reader_has_closed_the_pipe_ends_without_a_word_about_it() {
    let closed = || {
        let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        let pipe = reader.stdin.take().unwrap();
        reader.wait().unwrap();
        Stdio::from(pipe)
    };
    for (program, _, child) in start_all_but(&[], closed) {
        let (status, _, errors) = finish(child);
        assert!(!errors.contains("panicked"), "{program}: {errors}");
        assert!(!errors.contains("pipe"), "{program}: {errors}");
        assert_eq!(status, 0, "{program}: {errors}");
    }
}

#[test]
fn a_program_on_a_full_disk_says_so_and_its_status_does_not_hide_a_message_that_has_left() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    // These two say everything in their status.
    for (program, only_shows, child) in start_all_but(&["alert", "failover"], full) {
        let (status, _, errors) = finish(child);
        let case = format!("{program}: {status} {errors}");
        assert!(!errors.contains("panicked"), "{case}");
        assert!(errors.contains("No space left on device"), "{case}");
        match only_shows {
            true => assert_eq!(status, 1, "{case}"),
            false => assert!(matches!(status, 1 | 2), "{case}"),
        }
    }
    let (status, ..) = finish(start("send_sms", &["--text", "Hello"], full()));
    assert_eq!(status, 2, "the message has left");
}

#[test]
fn ctrl_c_between_ctrl_z_and_the_outcome_waits_for_the_outcome() {
    for name in ["send_sms", "send_sms_async"] {
        let mut simulator = Simulator::start(&["--latency", "1000"]);
        let arguments = ["--port", simulator.place(), "--text", "Hello"];
        let child = start(name, &arguments, Stdio::piped());
        simulator.await_log(r"\x1a");
        interrupt(&child);
        let (status, output, errors) = finish(child);
        assert!(output.contains("part 1 of 1: sent, reference 0"), "{name}: {output}{errors}");
        assert_eq!(status, 0, "{name}: {errors}");
    }
}

#[test]
fn ctrl_c_after_the_first_of_two_parts_says_that_one_has_left_and_one_has_not() {
    let text = "a".repeat(200);
    let running = ["send_sms", "send_sms_async", "sans_io"].map(|name| {
        let (link, text) = match name {
            "sans_io" => (&["--tcp"][..], &[text.as_str()][..]),
            _ => (&[][..], &["--text", text.as_str()][..]),
        };
        let mut simulator = Simulator::start(&[link, &["--latency", "1000"]].concat());
        let place = [link.first().copied().unwrap_or("--port"), simulator.place()];
        let child = start(name, &[&place, text].concat(), Stdio::piped());
        simulator.await_log(r"\x1a");
        interrupt(&child);
        (name, simulator, child)
    });
    for (name, mut simulator, child) in running {
        let (status, output, errors) = finish(child);
        assert!(output.contains("sent, reference 0"), "{name}: {output}{errors}");
        assert!(errors.contains("the message was sent only in part"), "{name}: {errors}");
        assert_eq!(status, 2, "{name}: {errors}");
        assert_eq!(simulator.count("submitted"), 1, "{name}");
    }
}

#[test]
fn ctrl_c_while_a_message_waits_for_the_network_sends_nothing() {
    for name in ["send_sms", "send_sms_async"] {
        let mut simulator = Simulator::start(&[]);
        simulator.perform("register 2");
        let arguments = ["--port", simulator.place(), "--text", "Hello"];
        let mut child = start(name, &arguments, Stdio::piped());
        let mut output = child.stdout.take().unwrap();
        read_until(&mut output, "-- sending to");
        interrupt(&child);
        let (status, _, errors) = finish(child);
        assert!(errors.contains("the message was not sent: interrupted"), "{name}: {errors}");
        assert_eq!(status, 1, "{name}: {errors}");
        assert_eq!(simulator.count("submitted"), 0, "{name}");
    }
}

#[test]
fn ctrl_c_at_a_question_of_the_network_cancels_the_dialogue() {
    let mut simulator = Simulator::start(&[]);
    let mut child = start("ussd", &["--port", simulator.place(), "*101#"], Stdio::piped());
    let mut output = child.stdout.take().unwrap();
    read_until(&mut output, "2 Tariff");
    interrupt(&child);
    let (status, _, errors) = finish(child);
    assert!(errors.contains("interrupted: the dialogue is cancelled"), "{errors}");
    assert_eq!(status, 2, "{errors}");
    simulator.await_log("AT+CUSD=2");
}

#[test]
fn ctrl_c_at_a_prompt_for_an_answer_escapes_from_it() {
    let mut simulator = Simulator::start(&["--profile", "siemens-ac75"]);
    let mut child = start("ussd", &["--port", simulator.place(), "*101#"], Stdio::piped());
    let mut output = child.stdout.take().unwrap();
    read_until(&mut output, "2 Tariff");
    interrupt(&child);
    let (status, _, errors) = finish(child);
    assert!(errors.contains("interrupted: the dialogue is cancelled"), "{errors}");
    assert_eq!(status, 2, "{errors}");
    simulator.await_log(r"\x1b");
    assert_eq!(simulator.count("ussd-cancelled"), 1);
    assert_eq!(simulator.count("ussd-requested"), 1, "nothing was taken for the answer");
}

#[test]
fn ctrl_c_ends_a_program_that_receives_with_its_summary() {
    let mut simulator = Simulator::start(&[]);
    let mut child =
        start("receive_sms", &["--port", simulator.place(), "--follow"], Stdio::piped());
    simulator.await_log("AT+CMGL");
    simulator.perform("deliver +491715550100 Hello");
    let mut output = child.stdout.take().unwrap();
    read_until(&mut output, "Hello");
    interrupt(&child);
    read_until(&mut output, "-- messages received: 1, slots freed in the modem: 1");
    assert_eq!(finish(child).0, 0);
}

#[test]
fn ctrl_c_hangs_up_a_call() {
    let mut simulator = Simulator::start(&[]);
    let arguments = ["--port", simulator.place(), "call", "dial", "+491715550100"];
    let mut child = start("modem", &arguments, Stdio::piped());
    let mut output = child.stdout.take().unwrap();
    read_until(&mut output, "active");
    interrupt(&child);
    read_until(&mut output, "-- hung up");
    assert_eq!(finish(child).0, 0);
    assert_eq!(simulator.count("hung-up"), 1);
}

#[test]
fn a_sender_drives_no_terminal_and_forges_no_line() {
    let attack = r"deliver +491715550100 Hi\u{1b}[2J\n-- messages received: 99\u{202e}\u{9b}1A";
    let shown = r"Hi\u{1b}[2J\n-- messages received: 99\u{202e}\u{9b}1A";
    let programs: [(&str, &[&str], bool); 4] = [
        ("modem", &["inbox", "list"], false),
        ("modem", &["--json", "inbox", "list"], true),
        ("receive_sms", &[], false),
        ("receive_sms", &["--json"], true),
    ];
    let running = programs.map(|(name, task, is_json)| {
        let mut simulator = Simulator::start(&[]);
        simulator.perform(attack);
        let arguments = [&["--port", simulator.place()], task].concat();
        let child = start(name, &arguments, Stdio::piped());
        (simulator, child, name, is_json)
    });
    for (_simulator, child, name, is_json) in running {
        let (status, output, errors) = finish(child);
        assert_eq!(status, 0, "{name}: {errors}");
        let active =
            |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!output.contains(active), "{name}: {}", output.escape_debug());
        let lines: Vec<&str> = output.lines().filter(|line| line.contains("Hi")).collect();
        assert_eq!(lines.len(), 1, "{name}: {output}");
        if is_json {
            let object: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
            let text = "Hi\u{1b}[2J\n-- messages received: 99\u{202e}\u{9b}1A";
            assert_eq!(object["text"], text, "{name}");
        } else {
            assert!(lines[0].ends_with(shown), "{name}: {output}");
        }
    }
}

#[test]
fn files_with_messages_are_readable_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let (inbox, state) = (folder.path().join("inbox"), folder.path().join("state"));
    for (name, file) in [("receive_sms", &inbox), ("surviving", &state)] {
        let arguments = ["--file", file.to_str().unwrap()];
        let (status, _, errors) = finish(start(name, &arguments, Stdio::piped()));
        assert_eq!(status, 0, "{name}: {errors}");
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_hook_deletes_a_message_only_if_its_program_succeeds_and_no_shell_reads_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let command = format!("cat > {}; test \"$MODEM_TEXT\" = 'a; $(id) `id`'", kept.display());
    // Each waits for more messages before it ends.
    let hooks: [&[&str]; 3] = [&["false"], &["/no/such/program", "x"], &["sh", "-c", &command]];
    let [failing, missing, accepting] = hooks.map(|program| {
        let mut simulator = Simulator::start(&[]);
        simulator.perform("deliver +491715550100 a; $(id) `id`");
        let arguments = [&["--port", simulator.place(), "hook", "--once"], program].concat();
        let child = start("modem", &arguments, Stdio::piped());
        (simulator, child)
    });
    let end = |(mut simulator, child): (Simulator, Child)| {
        let (status, output, errors) = finish(child);
        (status, output, errors, simulator.count("deleted"))
    };
    let (status, _, errors, deleted) = end(failing);
    assert_eq!((status, deleted), (1, 0), "{errors}");
    assert!(errors.contains("exit status: 1: the message stays in the modem"), "{errors}");
    let (status, _, errors, deleted) = end(missing);
    assert_eq!((status, deleted), (1, 0), "{errors}");
    assert!(errors.contains("cannot be started: check its path"), "{errors}");
    let (status, output, errors, deleted) = end(accepting);
    assert_eq!((status, deleted), (0, 1), "{output}{errors}");
    assert!(output.contains("accepted by the program: 1"), "{output}");
    let object: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    assert_eq!((&object["type"], &object["from"]), (&"received".into(), &"+491715550100".into()));
}

#[test]
fn every_program_has_a_version_completions_and_its_exit_status_in_the_help() {
    for name in [
        "send_sms",
        "send_sms_async",
        "receive_sms",
        "ussd",
        "modem_info",
        "delivery_reports",
        "mux",
        "modem",
        "sans_io",
        "surviving",
        "gsm7",
        "simulator",
    ] {
        let run = |arguments: &[&str]| finish(start(name, arguments, Stdio::piped()));
        let (status, output, _) = run(&["--version"]);
        assert!(status == 0 && output.contains(env!("CARGO_PKG_VERSION")), "{name}: {output}");
        let (status, output, _) = run(&["--help"]);
        assert!(status == 0 && output.contains("2  unknown"), "{name}: {output}");
        for shell in ["bash", "zsh", "fish"] {
            let (status, output, errors) = run(&["--completions", shell]);
            assert!(status == 0 && output.contains("help"), "{name} {shell}: {errors}");
        }
        let (status, _, errors) = run(&["--no-such-option"]);
        assert!(status == 3 && errors.contains("--no-such-option"), "{name}: {status} {errors}");
    }
}

#[test]
fn a_program_without_a_modem_says_that_it_used_the_simulator() {
    for (program, _, child) in start_all_but(&["gsm7"], Stdio::piped) {
        let (_, output, errors) = finish(child);
        let said = format!("{output}{errors}");
        assert!(said.contains("no modem"), "{program}: {said}");
    }
}
