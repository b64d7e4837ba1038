//! A NATS server.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The port of the next server, free when it is looked at.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The messages of a stream, by the monitoring page of its server.
pub(crate) fn stored(monitor: u16, stream: &str) -> u64 {
    let mut connection = TcpStream::connect(("127.0.0.1", monitor)).unwrap();
    // The server cuts an answer to a newer version of HTTP into chunks.
    connection.write_all(b"GET /jsz?streams=true HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let page: serde_json::Value = serde_json::from_str(body).unwrap();
    let streams = page["account_details"][0]["stream_detail"].as_array().unwrap();
    let found = streams.iter().find(|found| found["name"] == stream).unwrap();
    found["state"]["messages"].as_u64().unwrap()
}

pub(crate) struct Nats {
    folder: TempDir,
    pub(crate) port: u16,
    child: Option<Child>,
}

impl Nats {
    /// Starts a server that writes everything at once, with further lines in its configuration.
    pub(crate) fn start(port: u16, lines: &str) -> Self {
        // A file system in memory: a process that is killed loses nothing of it.
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.unwrap();
        let store = folder.path().join("store");
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{\n store_dir: {store:?}\n \
             sync_interval: always\n}}\n{lines}\n"
        );
        fs::write(folder.path().join("nats.conf"), text).unwrap();
        let mut nats = Self { folder, port, child: None };
        nats.restart();
        nats
    }

    /// Starts the server again, and waits until it listens.
    pub(crate) fn restart(&mut self) {
        let program = std::env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".into());
        let log =
            fs::File::options().append(true).create(true).open(self.folder.path().join("log"));
        let child = Command::new(&program)
            .arg("-c")
            .arg(self.folder.path().join("nats.conf"))
            .stdout(Stdio::null())
            .stderr(log.unwrap())
            .spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{program}: {error}")));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the server by SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}
