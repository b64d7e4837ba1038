//! The program, started with a configuration, and requests to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, Time, UtcOffset};

/// The longest wait for anything, many times what a slow and busy machine needs.
pub(crate) const WITHIN: Duration = Duration::from_secs(120);

/// The interval at which something is looked at again.
const POLL: Duration = Duration::from_millis(10);

/// The number of lines of the log that a failure shows.
const SHOWN_LINES: usize = 40;

/// An address of this host with a free port, and with an IP address that nothing else has: no other
/// listener and no connection takes the port before the program does.
pub(crate) fn free_address() -> SocketAddr {
    static USED: AtomicU8 = AtomicU8::new(2);
    let number = USED.fetch_add(1, Ordering::Relaxed);
    assert!(number >= 2, "a process has no more addresses");
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, high, low, number);
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// A folder with a configuration and a database, and a port.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) address: SocketAddr,
    /// Variables of the environment of the program.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Site {
    /// A site with these lines in its configuration, after the address and the database.
    pub(crate) fn new(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Self { folder, address: free_address(), environment: Vec::new() };
        site.configure(lines);
        site
    }

    pub(crate) fn configure(&self, lines: &str) {
        let database = self.path("gateway.db");
        let address = self.address;
        // Tests ask more often than people.
        let limits = if lines.contains("[limits]") { "" } else { "[limits]\nrequests = 100000" };
        let text = format!("listen = \"{address}\"\ndatabase = {database:?}\n{lines}\n{limits}\n");
        fs::write(self.path("gateway.toml"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the program.
    pub(crate) fn spawn(&self) -> Gateway {
        let log = fs::File::options().append(true).create(true).open(self.path("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(self.path("gateway.toml"))
            .env("RUST_BACKTRACE", "1")
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Gateway { child, address: self.address, last: Mutex::default() }
    }

    /// Starts the program, and waits until it answers.
    pub(crate) fn start(&self) -> Gateway {
        let mut gateway = self.spawn();
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(begun.elapsed() < WITHIN, "the gateway does not listen in {WITHIN:?}");
            let ended = gateway.child.try_wait().unwrap();
            assert!(ended.is_none(), "the gateway has ended: {ended:?}");
            thread::sleep(Duration::from_millis(1));
        }
        gateway
    }

    /// Starts the program, and waits until a modem is ready.
    pub(crate) fn start_ready(&self) -> Gateway {
        let gateway = self.start();
        until(|| gateway.get("/readyz").status == 200);
        gateway
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Drop for Site {
    /// A test that fails shows the end of the log.
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            eprintln!("the end of the log of {}:\n{}", self.address, shown.join("\n"));
        }
    }
}

/// A running program; it is killed when it is dropped.
pub(crate) struct Gateway {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The last request, and its answer.
    last: Mutex<String>,
}

impl Drop for Gateway {
    /// A test that fails shows the last answer.
    fn drop(&mut self) {
        if let (true, Ok(last)) = (thread::panicking(), self.last.lock()) {
            eprintln!("the last answer of {}: {last}", self.address);
        }
        self.kill();
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Gateway {
    /// Kills the program by SIGKILL.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until the program has ended by itself.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut ended = None;
        until(|| {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }

    /// Sends a request; `None` if the program ends before its answer.
    pub(crate) fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Option<Answer> {
        let answer = Self::ask(self.address, method, path, headers, body);
        if let Ok(mut last) = self.last.lock() {
            let shown = format!("{method} {path}: {answer:?}");
            *last = shown.chars().take(1_500).collect();
        }
        answer
    }

    /// Sends a request to an address; `None` if the program there ends before its answer.
    pub(crate) fn ask(
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(WITHIN)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        // A program that was killed may have written half of its answer.
        if length.is_some_and(|length| length != body.len().to_string()) {
            return None;
        }
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head: head.into(), body: body.into() })
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.try_request(method, path, headers, body.as_bytes()).expect("the gateway answers")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "", "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let json = "Content-Type: application/json\r\n";
        self.request("POST", path, json, &body.to_string())
    }

    /// Posts a message, and returns its identifier.
    pub(crate) fn send(&self, message: &Value) -> String {
        let answer = self.post("/v1/messages", message);
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["id"].as_str().unwrap().into()
    }

    pub(crate) fn message(&self, id: &str) -> Value {
        self.get(&format!("/v1/messages/{id}")).json()
    }

    /// Waits until a message has a status, and returns the message.
    pub(crate) fn wait_for(&self, id: &str, status: &str) -> Value {
        let begun = Instant::now();
        loop {
            let message = self.message(id);
            if message["status"] == status {
                return message;
            }
            assert!(begun.elapsed() < WITHIN, "not {status} in {WITHIN:?}: {message}");
            thread::sleep(POLL);
        }
    }

    /// All items of a list.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}?limit=100{after}")).json();
            items.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return items,
            }
        }
    }
}

/// Ten o'clock of the day in a month, in UTC. A schedule may not be a year ahead, nor in the past.
pub(crate) fn in_a_month() -> OffsetDateTime {
    let day = OffsetDateTime::now_utc() + time::Duration::days(30);
    day.replace_time(Time::from_hms(10, 0, 0).unwrap())
}

/// A time in RFC 3339, as so many hours ahead of UTC see it.
pub(crate) fn rfc_3339(time: OffsetDateTime, hours: i8) -> String {
    time.to_offset(UtcOffset::from_hms(hours, 0, 0).unwrap()).format(&Rfc3339).unwrap()
}

/// Waits until a condition holds.
#[track_caller]
pub(crate) fn until(condition: impl FnMut() -> bool) {
    until_within(WITHIN, condition);
}

/// Waits until a condition holds, at most so long.
#[track_caller]
pub(crate) fn until_within(within: Duration, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < within, "nothing has come in {within:?}");
        thread::sleep(POLL);
    }
}

/// Waits until a number of things that are left is zero, as long as it falls.
#[track_caller]
pub(crate) fn until_none_left(mut left: impl FnMut() -> usize) {
    let (mut begun, mut before) = (Instant::now(), usize::MAX);
    loop {
        let now = left();
        if now == 0 {
            return;
        }
        if now < before {
            (begun, before) = (Instant::now(), now);
        }
        assert!(begun.elapsed() < WITHIN, "{now} are left, and none has ended in {WITHIN:?}");
        thread::sleep(POLL);
    }
}
