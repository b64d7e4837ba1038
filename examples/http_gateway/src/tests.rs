//! The gateway over HTTP, and restarts of it at each stage, against the simulated network.

use std::io;
use std::path::PathBuf;

use modem::simulator::Fact;
use modem::tokio::SimulatorHandle;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::*;

const SENDER: &str = "+491715550177";
const RECIPIENT: &str = "+491715550100";

/// A database file that is deleted at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("http_gateway-{}-{name}.db", std::process::id());
        let file = Self(env::temp_dir().join(name));
        let _ = std::fs::remove_file(&file.0);
        file
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A process: the gateway and the driver of its modem. Dropping it is a kill.
struct Process {
    gateway: Arc<Gateway>,
    inbox: Inbox,
    _driver: JoinSet<()>,
}

impl Process {
    fn start(file: &File, world: &SimulatorHandle) -> Self {
        let mut db = Connection::open(&file.0).unwrap();
        let session = restore(&mut db).unwrap();
        db.execute_batch("PRAGMA synchronous = OFF").unwrap(); // the disk survives the kill
        let world = world.clone();
        let open = move || future::ready(Ok::<_, io::Error>(world.reconnect()));
        let (modem, inbox, driver) =
            Modem::with_reconnecting_driver(open, session, Backoff::default());
        let gateway = Arc::new(Gateway { db: Mutex::new(db), modem });
        Self { gateway, inbox, _driver: JoinSet::from_iter([driver]) }
    }

    /// Handles events until nothing happens for a minute, or until the step `last` is done: taking,
    /// storing and acting are three steps. Returns the number of the steps.
    async fn run(&mut self, last: usize) -> usize {
        let mut steps = 0;
        while let Ok(Some(event)) = timeout(Duration::from_secs(60), self.inbox.next()).await {
            for step in 0..3 {
                match step {
                    1 => self.gateway.store(&event).unwrap(),
                    2 => self.gateway.act(&event),
                    _ => {}
                }
                steps += 1;
                if steps > last {
                    return steps;
                }
            }
        }
        steps
    }

    fn statuses(&self) -> Vec<String> {
        let statuses = "SELECT json_group_array(json ->> 'status') FROM message_json";
        let (_, Json(statuses)) = self.gateway.query(statuses).unwrap();
        serde_json::from_value(statuses).unwrap()
    }

    fn texts(&self) -> Vec<String> {
        let texts = "SELECT json_group_array(text) FROM inbox";
        let (_, Json(texts)) = self.gateway.query(texts).unwrap();
        serde_json::from_value(texts).unwrap()
    }
}

fn world() -> SimulatorHandle {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::from_millis(300));
    SimulatedStream::new(simulator).1
}

/// The texts that subscribers have read.
fn read(world: &SimulatorHandle) -> Vec<String> {
    let text = |fact: &Fact| match fact {
        Fact::Received { text, .. } => text.clone(),
        _ => None,
    };
    world.with(|simulator, _| simulator.truth().iter().filter_map(|e| text(&e.fact)).collect())
}

/// Checks after a restart that nothing is lost, sent twice or reported wrongly.
fn check(process: &Process, world: &SimulatorHandle, texts: &[String], context: &str) {
    let (statuses, read) = (process.statuses(), read(world));
    assert_eq!(statuses.len(), texts.len(), "{context}");
    for (text, status) in texts.iter().zip(&statuses) {
        let count = read.iter().filter(|other| *other == text).count();
        match status.as_str() {
            "sent" | "delivered" => assert_eq!(count, 1, "{context}: {text} is {status}"),
            "unknown" => assert!(count <= 1, "{context}: {text} was sent twice"),
            _ => panic!("{context}: {text} is {status}"),
        }
    }
    assert!(statuses.iter().filter(|status| *status == "unknown").count() <= 1, "{context}");
    assert_eq!(process.texts(), ["Incoming"], "{context}");
    // The modem's copy is deleted, so it is not delivered again.
    let count = |deleted: bool| {
        let is = |fact: &Fact| match fact {
            Fact::Stored { .. } => !deleted,
            Fact::Deleted { .. } => deleted,
            _ => false,
        };
        world.with(|simulator, _| simulator.truth().iter().filter(|e| is(&e.fact)).count())
    };
    assert_eq!(count(false), count(true), "{context}");
}

/// Runs a process with three messages to send and one to receive, kills it by `kill`, runs the next
/// process to the end, and checks the result. Returns the number of steps before the kill.
async fn restart(file: &File, kill_at: usize, kill_after: Duration) -> usize {
    let (world, context) = (world(), format!("step {kill_at}, {kill_after:?}"));
    let texts = ["One", &"Three parts. ".repeat(30), "Last"].map(String::from);
    let mut process = Process::start(file, &world);
    for text in &texts {
        process.gateway.accept(RECIPIENT, text).unwrap();
    }
    world.with(|simulator, now| simulator.deliver(SENDER, "Incoming", now)).unwrap();
    let steps = timeout(kill_after, process.run(kill_at)).await;
    drop(process);
    sleep(Duration::from_secs(1)).await;
    let mut process = Process::start(file, &world);
    process.run(usize::MAX).await;
    check(&process, &world, &texts, &context);
    steps.unwrap_or(usize::MAX)
}

#[tokio::test(start_paused = true)]
async fn a_kill_after_any_step_loses_nothing_and_sends_nothing_twice() {
    for step in 0.. {
        let file = File::new("step");
        if restart(&file, step, Duration::from_secs(3600)).await <= step {
            assert!(step > 30, "all steps were tried");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_time_loses_nothing_and_sends_nothing_twice() {
    for millis in (0..6000).step_by(100) {
        restart(&File::new("time"), usize::MAX, Duration::from_millis(millis)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_stored_and_not_enqueued_is_sent_after_the_restart() {
    let (file, world) = (File::new("stored"), world());
    let process = Process::start(&file, &world);
    let insert = "INSERT INTO messages (recipient, text) VALUES (?, 'Hello')";
    process.gateway.db.lock().unwrap().execute(insert, [RECIPIENT]).unwrap();
    drop(process);
    let mut process = Process::start(&file, &world);
    process.run(usize::MAX).await;
    assert_eq!(
        (process.statuses(), read(&world)),
        (vec!["delivered".into()], vec!["Hello".into()])
    );
}

#[tokio::test(start_paused = true)]
async fn an_announced_attempt_that_was_not_confirmed_stays_queued() {
    let (file, world) = (File::new("announced"), world());
    let process = Process::start(&file, &world);
    process.gateway.accept(RECIPIENT, "One").unwrap();
    sleep(Duration::from_secs(10)).await; // the attempt is announced, and nobody takes the event
    process.gateway.accept(RECIPIENT, "Two").unwrap();
    drop(process);
    let mut process = Process::start(&file, &world);
    process.run(usize::MAX).await;
    assert_eq!(process.statuses(), ["delivered", "delivered"]);
    assert_eq!(read(&world).len(), 2);
}

/// The status and the body of an answer.
async fn request(port: u16, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json";
    let length = body.len();
    let request = format!("{method} {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((request + body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|_| body.into()))
}

/// Asks for something until a condition holds for it.
async fn wait_for(port: u16, path: &str, condition: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let found = timeout(Duration::from_secs(120), async {
        loop {
            last = request(port, "GET", path, "").await.1;
            if condition(&last) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(found.await.is_ok(), "{path} does not become what it should: {last}");
    last
}

#[tokio::test]
async fn messages_are_sent_and_received_over_http() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_report_delay(Some(Duration::from_millis(100)));
    simulator.set_subscriber(SENDER, Subscriber::Echo);
    for (number, subscriber) in [("1", Subscriber::Rejected(1)), ("2", Subscriber::Expired)] {
        simulator.set_subscriber(number, subscriber);
    }
    let (file, world) = (File::new("http"), SimulatedStream::new(simulator).1);
    let Process { gateway, inbox, _driver } = Process::start(&file, &world);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(gateway.serve(inbox, listener));

    let expected = [(SENDER, "delivered"), ("1", "failed"), ("2", "undelivered")];
    for (id, (to, status)) in (1..).zip(expected) {
        let body = json!({ "to": to, "text": "Grüße 🦊" }).to_string();
        assert_eq!(request(port, "POST", "/messages", &body).await, (202, json!({ "id": id })));
        let has_status = |message: &Value| message["status"] == status;
        let message = wait_for(port, &format!("/messages/{id}"), has_status).await;
        assert_eq!((&message["to"], &message["text"]), (&json!(to), &json!("Grüße 🦊")));
        assert_eq!(message["error"].is_null(), status != "failed");
    }
    let has_items = |inbox: &Value| inbox.as_array().is_some_and(|items| !items.is_empty());
    let inbox = wait_for(port, "/inbox", has_items).await;
    assert_eq!(inbox.as_array().unwrap().len(), 1);
    assert_eq!((&inbox[0]["from"], &inbox[0]["text"]), (&json!(SENDER), &json!("Grüße 🦊")));

    let long = json!({ "to": "1", "text": "x".repeat(40_000) }).to_string();
    for (method, path, body, expected, word) in [
        ("POST", "/messages", "{", 400, "JSON"),
        ("POST", "/messages", "{}", 400, "to is not a string"),
        ("POST", "/messages", r#"{"to": "+49", "text": 1}"#, 400, "text is not a string"),
        ("POST", "/messages", r#"{"to": "Bob", "text": "Hi"}"#, 400, "not allowed in a number"),
        ("POST", "/messages", &long, 400, "255"),
        ("GET", "/messages/first", "", 400, "first"),
        ("GET", "/messages/99", "", 404, "no such message"),
    ] {
        let (status, answer) = request(port, method, path, body).await;
        assert_eq!(status, expected, "{answer}");
        assert!(answer.as_str().is_some_and(|text| text.contains(word)), "{answer}");
    }
    server.abort();
}
