//! A tour of every command and parameter on the simulated modems.
//!
//! Each file of `tour/` is a dialogue, compared line by line: `> ` is typed (`. ` continues it), `<
//! ` is shown, `! ` is an error. `= restart` ends the program and starts it again with its file;
//! the modems keep their state.
//!
//! `TOUR_WRITE=1 cargo test -p examples` writes the actual output into the files; review the
//! changes before you commit them.

use core::cell::RefCell;
use core::fmt::Write as _;
use std::io;
use std::path::Path;
use std::rc::Rc;

use jiff::civil::{DateTime, date};
use modem::remote::{Expected, Refusal};
use modem::simulator::{Fact, Memory, Verb};

use crate::clock::Clock;
use crate::device::Device;
use crate::output::Output;
use crate::shell::{Parts, Shell};
use crate::store::Store;
use crate::terminal::{CtrlC, Unattended};
use crate::world::{SERIAL, World};

/// The time of the manual's example.
fn start() -> DateTime {
    date(2024, 6, 1).at(11, 51, 20, 0)
}

/// Quarters of an hour ahead of UTC.
const SUMMER_IN_RIGA: i8 = 12;

/// A console that records its output.
#[derive(Clone, Default)]
struct Console(Rc<RefCell<Vec<u8>>>);

impl Console {
    fn take(&self) -> String {
        String::from_utf8(self.0.take()).unwrap()
    }
}

impl io::Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A shell on simulated modems, with its output.
struct Tour {
    world: Rc<World>,
    folder: tempfile::TempDir,
    console: Console,
    shell: Option<Shell>,
    allow_programs: bool,
}

impl Tour {
    fn new() -> Self {
        let mut tour = Self {
            world: World::new(start(), SUMMER_IN_RIGA),
            folder: tempfile::tempdir().unwrap(),
            console: Console::default(),
            shell: None,
            allow_programs: true,
        };
        tour.restart();
        tour
    }

    /// Ends the program and starts it again.
    fn restart(&mut self) {
        self.shell = None;
        let path = self.folder.path().join("routeros.toml");
        self.shell = Some(Shell::new(Parts {
            clock: Clock::World(self.world.clone()),
            output: Output::new(self.console.clone()),
            store: Store::open(Some(path)).unwrap(),
            devices: Device::simulated(&self.world),
            interruption: Box::new(Unattended {
                ctrl_c: CtrlC::default(),
                world: Some(self.world.clone()),
            }),
            world: Some(self.world.clone()),
            allow_programs: self.allow_programs,
        }));
    }

    /// Types a text, which must succeed.
    fn run(&mut self, text: &str) -> String {
        let shell = self.shell.as_mut().unwrap();
        let result = shell.enter(text);
        shell.settle();
        assert_eq!(result, Ok(true), "{text}");
        self.console.take()
    }

    /// Plays a dialogue, and returns the actual one.
    fn play(&mut self, dialogue: &str) -> String {
        let mut played = String::new();
        let mut lines = dialogue.lines().peekable();
        while let Some(line) = lines.next() {
            if line.is_empty() || line.starts_with('#') {
                played += &format!("{line}\n");
            } else if line == "= restart" {
                played += &format!("{line}\n");
                self.restart();
            } else if let Some(typed) = line.strip_prefix("> ") {
                played += &format!("{line}\n");
                let mut text = String::from(typed);
                while let Some(more) = lines.peek().and_then(|line| line.strip_prefix(". ")) {
                    played += &format!(". {more}\n");
                    text += &format!("\n{more}");
                    lines.next();
                }
                let shell = self.shell.as_mut().unwrap();
                let result = shell.enter(&text);
                shell.settle();
                for shown in self.console.take().lines() {
                    writeln!(played, "{}", format!("< {shown}").trim_end()).unwrap();
                }
                match result {
                    Ok(true) => {}
                    Ok(false) => played += "! (the text ends too early)\n",
                    Err(error) => writeln!(played, "! {error}").unwrap(),
                }
            }
        }
        played
    }
}

/// Plays a file of `tour/`.
fn play(name: &str) {
    play_with(name, &mut Tour::new());
}

fn play_with(name: &str, tour: &mut Tour) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("routeros/tour").join(format!("{name}.txt"));
    let expected = std::fs::read_to_string(&path).unwrap();
    let played = tour.play(&expected);
    if std::env::var_os("TOUR_WRITE").is_some() {
        std::fs::write(&path, &played).unwrap();
    }
    let difference =
        expected.lines().zip(played.lines()).find(|(expected, played)| expected != played);
    assert_eq!(expected, played, "{name}.txt differs first at {difference:?}");
}

macro_rules! dialogues {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                play(stringify!($name));
            }
        )*
    };
}

dialogues!(
    manual console settings send ussd at_chat inbox receiving scripts language published logging
);

#[test]
fn storage() {
    let mut tour = Tour::new();
    tour.world.with(SERIAL, |simulator, _| simulator.set_slots(Memory::Sm, 3));
    play_with("storage", &mut tour);
}

#[test]
fn each_mistake_gets_one_sentence() {
    let mut tour = Tour::new();
    tour.allow_programs = false;
    tour.restart();
    play_with("mistakes", &mut tour);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("routeros/tour/mistakes.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<_> = text.lines().skip(2).collect();
    for pair in lines.chunks(2) {
        assert!(pair[0].starts_with("> ") && pair[1].starts_with("! "), "{pair:?}");
    }
    assert!(lines.len() >= 80);
}

#[test]
fn the_copy_of_a_sent_message_is_removed_if_the_setting_says_so() {
    for (setting, kept) in [("no", 1), ("yes", 0)] {
        let mut tour = Tour::new();
        let mut profile = modem::simulator::Profile::GENERIC;
        profile.keeps_sent = true;
        tour.world
            .with(SERIAL, |simulator, _| *simulator = modem::simulator::Simulator::new(profile));
        tour.run(&format!("/tool sms set port=usb3 remove-sent-sms-after-send={setting}"));
        tour.run("/tool sms send usb3 \"20000000\" message=\"Hello\"");
        let count = tour.run("/tool sms inbox print count-only where type=outgoing");
        assert_eq!(count, format!("{kept}\n"));
    }
}

#[test]
fn the_reference_of_long_messages_counts_on_after_a_restart() {
    let mut tour = Tour::new();
    let long = "x".repeat(200);
    for settings in ["", "receive-enabled=yes", "receive-enabled=no"] {
        tour.run(&format!("/tool sms set port=usb3 {settings}"));
        tour.run(&format!("/tool sms send usb3 \"20000000\" message=\"{long}\""));
        tour.restart();
    }
    // The information element of a part: identifier, length, reference, parts, number.
    let references: Vec<u8> = tour
        .submitted(SERIAL)
        .iter()
        .map(|tpdu| {
            let at = tpdu.windows(3).position(|octets| octets == [5, 0, 3]).unwrap();
            tpdu[at + 3]
        })
        .collect();
    let first = references[0];
    let expected = [0, 0, 1, 1, 2, 2].map(|count| first.wrapping_add(count));
    assert_eq!(references, expected);
}

#[test]
fn a_script_in_which_a_letter_is_missing_ends_with_a_result() {
    let mut tour = Tour::new();
    let shell = tour.shell.as_mut().unwrap();
    let mut failures = 0;
    for text in [
        ":local a {x=1;y=\"2\"}; :foreach k,v in=$a do={ :if ($v > 1) do={ :put \"$k $[:len $v]\" } }",
        ":for i from=1 to=3 do={ :local t [:pick \"abc\" ($i - 1)]; :do { :error $t } on-error={ :put $i } }",
        ":local f do={ :return ($1 . \"-\" . $x) }; :put [$f 1 x=(2 * 3)]; :set f ({$f}, 5); :put ($f->1)",
        ":put [/port get [find where name~\"^usb\" and !(channels=1)] device]; /port print count-only",
    ] {
        assert_eq!(shell.enter(text), Ok(true), "{text}");
        for (at, letter) in text.char_indices() {
            let rest = text.get(at + letter.len_utf8()..).unwrap();
            for other in ["", "(", "]", "}", "\"", "$", "="] {
                failures +=
                    usize::from(shell.enter(&format!("{}{other}{rest}", &text[..at])).is_err());
            }
        }
    }
    assert!(failures > 500, "{failures}");
}

#[test]
fn the_example_of_the_manual_is_77_bytes_on_the_wire() {
    let mut tour = Tour::new();
    tour.run("/system logging add topics=gsm,debug,write");
    tour.run(
        "/tool sms send usb3 \"20000000\" status-report-request=no \\\n \
         message=\"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!@#\\$%^&*(){}[]\\\"'~\"",
    );
    let log = tour.run("/log print");
    assert!(log.lines().any(|line| line.ends_with("gsm,debug,write AT+CMGS=77")), "{log}");
    let tpdu = tour.submitted(SERIAL).remove(0);
    // SMS-SUBMIT without validity and status report, reference, address; protocol and coding, 75
    // septets.
    assert_eq!(tpdu[..11], [0x01, 0x00, 0x08, 0x81, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4B]);
    assert_eq!(tpdu.len(), 77);
}

#[test]
fn the_parameters_of_a_sending_are_in_its_tpdu() {
    // First octet, type of the address, coding; with a status report, which is RouterOS's default.
    for (parameters, first_octet, kind, coding) in [
        ("\"20000000\" message=a", 0x21, 0x81, 0x00),
        ("\"+37120000000\" message=a", 0x21, 0x91, 0x00),
        ("\"+37120000000\" message=a status-report-request=no", 0x01, 0x91, 0x00),
        ("\"+37120000000\" message=a status-report-request=yes", 0x21, 0x91, 0x00),
        ("\"20000000\" message=a type=class-0", 0x21, 0x81, 0x10),
        ("\"20000000\" message=a type=class-1", 0x21, 0x81, 0x11),
        ("\"20000000\" message=\u{440}", 0x21, 0x81, 0x08),
    ] {
        let mut tour = Tour::new();
        tour.run(&format!("/tool sms send usb3 {parameters}"));
        let tpdu = tour.submitted(SERIAL).remove(0);
        let address = 4 + usize::from(tpdu[2]).div_ceil(2);
        assert_eq!(
            (tpdu[0], tpdu[3], tpdu[address + 1]),
            (first_octet, kind, coding),
            "{parameters}"
        );
    }
    let mut tour = Tour::new();
    tour.run("/system logging add topics=gsm,debug,write");
    tour.run("/tool sms send usb3 \"20000000\" message=a smsc=+37129999999");
    let log = tour.run("/log print");
    assert!(log.contains("gsm,debug,write 07917321999999F921"), "{log}");
}

/// Every refused form, and the reason in the log; `None` for a message that is not a command.
fn refused_messages() -> Vec<(&'static str, Option<Refusal>)> {
    let malformed = |at, expected| Some(Refusal::Malformed { at, expected });
    let no_script = |name: &str| Some(Refusal::NoSuchScript { name: name.into() });
    vec![
        (":cmd script mans_skripts", Some(Refusal::WrongSecret)),
        (":cmd slepens script mans skripts", no_script("mans")),
        (":cmd slepens script mans_skripts var=", malformed(37, Expected::Value)),
        (":cmd slepens script mans_skripts var= a", malformed(37, Expected::Value)),
        (":cmd slepens script mans_skripts var=\"\\\"\"", malformed(40, Expected::VariableOrEnd)),
        (":cmd slepens script mans_skripts var=\"a", malformed(39, Expected::ClosingQuote)),
        (":cmd slepens mans_skripts", malformed(13, Expected::Script)),
        (":cmd slepens script", malformed(19, Expected::Name)),
        (":cmd", malformed(4, Expected::Secret)),
        (":cmd \"\" script mans_skripts", Some(Refusal::WrongSecret)),
        (":cmd Slepens script mans_skripts", Some(Refusal::WrongSecret)),
        (":cmd slepens script nothing", no_script("nothing")),
        (":cmd slepens script mans_skripts \u{440}", Some(Refusal::Unicode)),
        (
            ":cmd slepens script mans_skripts var=12345678901234567890123456789012345678901234567890123456789012345678901234567890\
             1234567890123456789012345678901234567890123456789012345678901234567890",
            Some(Refusal::Long),
        ),
        (" :cmd slepens script mans_skripts", None),
        (":CMD slepens script mans_skripts", None),
        (":cmdslepens script mans_skripts", None),
        ("slepens script mans_skripts", None),
        ("Hello", None),
    ]
}

/// Delivers a message, and returns its lines in the log; checks that no script runs and no answer
/// is sent.
fn refused(tour: &mut Tour, from: &str, text: &str) -> Vec<String> {
    let before = tour.run("/log print").lines().count();
    tour.world.with(SERIAL, |simulator, now| simulator.deliver(from, text, now)).unwrap();
    tour.run("");
    let log = tour.run("/log print");
    let lines: Vec<_> = log.lines().skip(before).map(String::from).collect();
    let has_run =
        |line: &String| line.split(' ').nth(1).is_some_and(|topics| topics.starts_with("script"));
    assert!(!lines.iter().any(has_run), "{text}: {lines:?}");
    assert!(!log.contains("slepens"), "{log}");
    assert!(tour.submitted(SERIAL).is_empty(), "{text} was answered");
    assert!(!tour.folder.path().join("ran").exists(), "{text} has run");
    lines
}

/// A tour that receives, with a script that answers and creates a file.
fn with_script(settings: &str) -> Tour {
    let mut tour = Tour::new();
    let ran = tour.folder.path().join("ran");
    for name in ["mans_skripts", "mans skripts"] {
        tour.run(&format!(
            "/system script add name=\"{name}\" source=\":program touch \\\"{}\\\"; :reply \\\"done\\\"\"",
            ran.display()
        ));
    }
    tour.run(&format!("/tool sms set port=usb3 receive-enabled=yes {settings}"));
    tour
}

#[test]
fn a_refused_command_runs_nothing_and_answers_nothing() {
    let mut tour = with_script("secret=slepens");
    for (text, reason) in refused_messages() {
        let lines = refused(&mut tour, "+37120000000", text);
        let refusal = lines.iter().find(|line| line.contains("gsm,warning"));
        let refusal =
            refusal.and_then(|line| line.split_once("a command from +37120000000 was refused: "));
        let reason = reason.map(|reason| reason.to_string());
        assert_eq!(refusal.map(|(_, reason)| reason), reason.as_deref(), "{text}: {lines:?}");
        tour.run("/tool sms inbox remove 0");
    }
    // The same tour: the script does both when it is allowed.
    tour.world
        .with(SERIAL, |simulator, now| {
            simulator.deliver("+37120000000", ":cmd slepens script mans_skripts", now)
        })
        .unwrap();
    tour.run("");
    assert!(tour.folder.path().join("ran").exists());
    assert_eq!(tour.submitted(SERIAL).len(), 1);
}

#[test]
fn only_the_allowed_numbers_can_run_scripts() {
    let mut tour = with_script("secret=slepens allowed-number=+3712000000,+37120000001");
    for sender in ["+37120000000", "37120000001", "20000001", "Bank", "+3712000000a"] {
        let lines = refused(&mut tour, sender, ":cmd slepens script mans_skripts");
        let reason = Refusal::Sender.to_string();
        assert!(lines.iter().any(|line| line.ends_with(&reason)), "{sender}: {lines:?}");
        // An ordinary message is not refused.
        let lines = refused(&mut tour, sender, "Hello");
        assert!(!lines.iter().any(|line| line.contains("warning")), "{sender}: {lines:?}");
    }
}

#[test]
fn without_a_secret_or_receiving_nothing_runs() {
    let mut tour = with_script("");
    for text in [":cmd slepens script mans_skripts", ":cmd \"\" script mans_skripts"] {
        let lines = refused(&mut tour, "+37120000000", text);
        let reason = Refusal::NoSecret.to_string();
        assert!(lines.iter().any(|line| line.ends_with(&reason)), "{lines:?}");
    }
    let mut tour = with_script("secret=slepens");
    tour.run("/tool sms set receive-enabled=no");
    assert_eq!(
        refused(&mut tour, "+37120000000", ":cmd slepens script mans_skripts"),
        Vec::<String>::new()
    );
}

#[test]
fn an_inbox_that_is_followed_shows_new_messages() {
    let mut tour = Tour::new();
    tour.run("/tool sms set port=usb3 receive-enabled=yes");
    for (seconds, text) in [(5, "one"), (70, "two")] {
        let verb =
            Verb::Deliver { from: "+37120000000".into(), text: text.into(), reversed: false };
        tour.world.with(SERIAL, |simulator, now| {
            simulator.schedule(verb, now + core::time::Duration::from_secs(seconds));
        });
    }
    let shown = tour.run("/tool sms inbox print follow where phone=+37120000000");
    let texts: Vec<_> =
        shown.lines().skip(1).filter_map(|line| line.split_whitespace().next_back()).collect();
    assert_eq!(texts, ["one", "two"], "{shown}");
    let times: Vec<_> =
        shown.lines().skip(1).filter_map(|line| line.split_whitespace().nth(3)).collect();
    assert_eq!(times, ["11:51:25", "11:52:30"], "{shown}");
}

#[test]
fn polling_looks_for_messages_every_ten_seconds() {
    for (polling, looks) in [("no", 0), ("yes", 6)] {
        let mut tour = Tour::new();
        tour.run(&format!(
            "/tool sms set port=usb3 receive-enabled=yes sms-storage=sim polling={polling}"
        ));
        tour.run("/system logging add topics=gsm,debug,write");
        tour.run(":delay 65s");
        let log = tour.run("/log print");
        let memories = log.lines().filter(|line| line.ends_with("AT+CPMS=\"SM\",\"SM\",\"SM\""));
        assert_eq!(memories.count(), looks, "{log}");
    }
}

#[test]
fn a_program_that_does_not_end_is_stopped() {
    let started = std::time::Instant::now();
    let timeout = core::time::Duration::from_millis(50);
    let result = crate::program::run_within("sleep", &["60".into()], &[], timeout);
    assert_eq!(result, Err("the program sleep was stopped: it ran for more than 50ms".into()));
    assert!(started.elapsed() < core::time::Duration::from_secs(10));
}

impl Tour {
    /// The TPDUs that the network has accepted.
    fn submitted(&self, modem: usize) -> Vec<Vec<u8>> {
        self.world.with(modem, |simulator, _| {
            let truth = simulator.truth().iter();
            truth
                .filter_map(|entry| match &entry.fact {
                    Fact::Submitted { tpdu, .. } => Some(tpdu.clone()),
                    _ => None,
                })
                .collect()
        })
    }
}
