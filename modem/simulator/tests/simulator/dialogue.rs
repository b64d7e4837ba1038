//! Dialogues with the simulator, written as they are read.

use core::time::Duration;

use modem_simulator::{Profile, Simulator, Verb};

/// Runs a dialogue, and panics if the modem writes anything else.
///
/// - `> ` the host writes the rest of the line, with `\r`, `\n`, `\z` (Ctrl-Z), `\e` (ESC) and
///   `\\`.
/// - `< ` the modem writes exactly this text and nothing more; several such lines in a row are one
///   text.
/// - `! ` a verb.
/// - `+ ` milliseconds pass.
pub(crate) fn run(profile: Profile, script: &str) -> Simulator {
    let mut simulator = Simulator::new(profile);
    simulator.handle_opened(Duration::ZERO);
    go_on(&mut simulator, Duration::ZERO, script);
    simulator
}

/// Runs a dialogue with a running simulator, and returns the time at its end.
pub(crate) fn go_on(simulator: &mut Simulator, mut now: Duration, script: &str) -> Duration {
    let mut expected = String::new();
    let mut heard = Vec::new();
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()).chain(["."]) {
        let (kind, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if kind == "<" {
            expected.push_str(rest);
            continue;
        }
        heard.extend(hear(simulator));
        assert_eq!(show(&heard), expected, "before `{line}`\n{script}");
        expected.clear();
        heard.clear();
        match kind {
            ">" => {
                let octets = unescape(rest);
                assert_eq!(simulator.handle_input(&octets, now), octets.len());
            }
            "!" => simulator.perform(rest.parse::<Verb>().unwrap(), now).unwrap(),
            "+" => {
                let until = now + Duration::from_millis(rest.parse().unwrap());
                while let Some(due) = simulator.poll_timeout().filter(|due| *due <= until) {
                    now = due.max(now);
                    simulator.handle_timeout(now);
                    heard.extend(hear(simulator));
                }
                now = until;
                simulator.handle_timeout(now);
            }
            "." => {}
            _ => panic!("what is `{line}`?"),
        }
    }
    now
}

/// All output of the modem so far.
pub(crate) fn hear(simulator: &mut Simulator) -> Vec<u8> {
    core::iter::from_fn(|| simulator.poll_transmit()).flatten().collect()
}

fn show(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets).into_owned();
    text.replace('\\', "\\\\").replace('\r', "\\r").replace('\n', "\\n").replace('\u{1a}', "\\z")
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut characters = text.bytes();
    while let Some(octet) = characters.next() {
        octets.push(match octet {
            b'\\' => match characters.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'z') => 0x1a,
                Some(b'e') => 0x1b,
                Some(b'\\') => b'\\',
                other => panic!("escape {other:?}"),
            },
            octet => octet,
        });
    }
    octets
}
