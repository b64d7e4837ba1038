//! Starts the examples, and a simulated modem for them.

use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything here takes, so that a program that hangs fails its test.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The program of an example.
fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let path: PathBuf = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --examples` first", path.display());
    Command::new(path)
}

/// Starts an example without standard input.
pub(crate) fn start(name: &str, arguments: &[&str], output: Stdio) -> Child {
    // A question at the terminal gets no answer, which an open pipe that nobody writes to is.
    let input = if name == "ussd" { Stdio::piped() } else { Stdio::null() };
    program(name)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("MODEM_PIN")
        .stdin(input)
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Presses Ctrl-C.
pub(crate) fn interrupt(child: &Child) {
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
}

/// Waits for the end, and returns the exit status, standard output and standard error.
///
/// # Panics
/// Panics if the program was ended by a signal, or does not end.
pub(crate) fn finish(mut child: Child) -> (i32, String, String) {
    let output = child.stdout.take().map(collect);
    let errors = child.stderr.take().map(collect);
    let input = child.stdin.take();
    let (sender, ended) = mpsc::channel();
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    thread::spawn(move || sender.send(child.wait().unwrap()));
    let status = ended.recv_timeout(TIMEOUT);
    if status.is_err() {
        // It is the child of this test, which has not been waited for.
        let _ = kill_process(id, Signal::KILL);
    }
    drop(input);
    let text = |from: Option<Receiver<String>>| {
        from.map(|from| from.recv_timeout(TIMEOUT).unwrap()).unwrap_or_default()
    };
    let (output, errors) = (text(output), text(errors));
    let status = status.unwrap_or_else(|_| panic!("the program hangs: {output}{errors}"));
    let code = status.code().unwrap_or_else(|| panic!("{status}: {output}{errors}"));
    (code, output, errors)
}

fn collect(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, text) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        sender.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    text
}

/// Reads lines until one has this text.
///
/// # Panics
/// Panics if the output ends before.
pub(crate) fn read_until(output: &mut ChildStdout, text: &str) {
    // Byte by byte, so that the rest stays for the next reader.
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while !(byte == *b"\n" && String::from_utf8_lossy(&seen).contains(text)) {
        let count = output.read(&mut byte).unwrap();
        assert_ne!(count, 0, "no {text:?} in {}", String::from_utf8_lossy(&seen));
        seen.push(byte[0]);
    }
}

/// The example `simulator`, at a pty or a TCP port.
pub(crate) struct Simulator {
    child: Child,
    control: ChildStdin,
    replies: BufReader<ChildStdout>,
    log: Receiver<String>,
    _folder: tempfile::TempDir,
    place: String,
}

impl Simulator {
    /// Starts it with these options, at a pty; with `--tcp` at a TCP port.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (kind, place) = match options.contains(&"--tcp") {
            true => ("--tcp", free_address()),
            false => ("--pty", folder.path().join("port").to_str().unwrap().to_owned()),
        };
        let mut child = program("simulator")
            .args([kind, &place, "--log"])
            .args(options.iter().filter(|option| **option != "--tcp"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let control = child.stdin.take().unwrap();
        let replies = BufReader::new(child.stdout.take().unwrap());
        let (sender, log) = mpsc::channel();
        let errors = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut simulator = Self { child, control, replies, log, _folder: folder, place };
        // Its port is there when it answers.
        simulator.ask("truth");
        simulator
    }

    /// The path of its port, or its address.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Performs an act of the network.
    pub(crate) fn perform(&mut self, verb: &str) {
        self.ask(verb);
    }

    /// The number of facts of this name in the truth log.
    pub(crate) fn count(&mut self, fact: &str) -> usize {
        self.ask("truth").iter().filter(|line| line.contains(&format!("\"{fact}\""))).count()
    }

    /// Waits for a line of the dialogue with this text.
    pub(crate) fn await_log(&mut self, text: &str) {
        while !self.log.recv_timeout(TIMEOUT).unwrap().contains(text) {}
    }

    fn ask(&mut self, line: &str) -> Vec<String> {
        writeln!(self.control, "{line}").unwrap();
        let mut lines = Vec::new();
        loop {
            let mut reply = String::new();
            assert_ne!(self.replies.read_line(&mut reply).unwrap(), 0, "the simulator has ended");
            match reply.trim() {
                "ok" => return lines,
                reply => {
                    assert!(!reply.starts_with("error"), "{line}: {reply}");
                    lines.push(reply.to_owned());
                }
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that is free now.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
