//! An HTTP gateway for SMS. Whenever it is killed, it loses nothing and sends nothing twice.
//! Each step is committed to SQLite before the step that cannot be undone: a message before it is
//! enqueued, an attempt before it is confirmed, a received message before it is acknowledged.

#[path = "../../common/private.rs"]
mod private;

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::{env, future, time::Duration};

use axum::extract::{Path, State, rejection::JsonRejection};
use axum::{Json, Router, http::StatusCode, routing};
use modem::at::Instant;
use modem::pdu::{AddressError, StatusCategory::Completed};
use modem::simulator::{Profile, Simulator, Subscriber};
use modem::tokio::{Inbox, Modem, SimulatedStream, open_serial};
use modem::{Backoff, Config, Event, OutgoingMessage, Receipt, Received, Session, StatusReport};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
type Body = Result<Json<Value>, JsonRejection>;
type Answer = Result<(StatusCode, Json<Value>), (StatusCode, String)>;

/// The database and the modem. A failed commit ends the program, which then restores the session.
struct Gateway {
    db: Mutex<Connection>,
    modem: Modem,
}

/// Restores the session as last committed, and enqueues the messages that it does not have.
fn restore(db: &mut Connection) -> Result<Session> {
    db.execute_batch(include_str!("schema.sql"))?;
    let (mut config, now) = (Config::default(), Instant::ZERO);
    config.confirm = modem::Confirm::Attempts;
    let mut session = Session::new(config);
    let tx = db.transaction()?;
    let query = "SELECT state, max(0, unixepoch() - saved_at) FROM session";
    let saved = tx.query_row(query, [], |row| row.try_into()).optional()?;
    if let Some((state, since)) = saved as Option<(String, u64)> {
        session.restore(serde_json::from_str(&state)?, Duration::from_secs(since), now)?;
    }
    // The session calls an announced message unknown. Without a confirmed attempt it has not left.
    let waiting: Vec<u64> = session.waiting().map(|message| message.get()).collect();
    let reset = "UPDATE messages SET session_id = NULL WHERE outcome IS NULL AND NOT attempted
        AND session_id NOT IN (SELECT value FROM json_each(?))";
    tx.execute(reset, [serde_json::to_string(&waiting)?])?;
    commit(tx, &mut session, now)?;
    Ok(session)
}

/// Enqueues the stored messages that the session does not have, and commits the session's state.
fn commit(tx: Transaction<'_>, session: &mut Session, now: Instant) -> Result<()> {
    let query = "SELECT id, recipient, text FROM messages WHERE session_id IS NULL ORDER BY id";
    let rows: Vec<(i64, String, String)> =
        tx.prepare_cached(query)?.query_map([], |row| row.try_into())?.collect::<Result<_, _>>()?;
    for (id, to, text) in rows {
        // If too many messages are waiting, a later commit tries again.
        let Ok(message) = session.enqueue(&outgoing(&to, &text)?, now) else { break };
        tx.execute("UPDATE messages SET session_id = ? WHERE id = ?", (message.get(), id))?;
    }
    let state = serde_json::to_string(&session.save(now)?)?;
    tx.execute("INSERT OR REPLACE INTO session VALUES (1, ?, unixepoch())", [state])?;
    Ok(tx.commit()?)
}

fn outgoing(to: &str, text: &str) -> Result<OutgoingMessage, AddressError> {
    Ok(OutgoingMessage::text(to.parse()?, text).request_status_report())
}

impl Gateway {
    /// Commits an event, so that `act` may do what cannot be undone.
    fn store(&self, event: &Event) -> Result<()> {
        let mut db = self.db.lock().unwrap();
        let tx = db.transaction()?;
        let pdus = |receipt: &Receipt| receipt.pdus().collect::<Vec<_>>().join(" ");
        match event {
            Event::Attempting(attempt) => {
                let update = "UPDATE messages SET attempted = 1 WHERE session_id = ?";
                let is_stored = tx.execute(update, [attempt.message.get()])? == 1;
                is_stored.then_some(()).ok_or("an attempt belongs to no stored message")?;
            }
            Event::SendFinished(result) => {
                let outcome = result.outcome().to_string();
                let error = result.error().map(ToString::to_string);
                let row = (result.message.get(), outcome, error, result.parts.len());
                let columns = "(outcome, error, parts) = (?2, ?3, ?4)";
                tx.execute(&format!("UPDATE messages SET {columns} WHERE session_id = ?1"), row)?;
            }
            Event::StatusReport(StatusReport { about: Some((message, part)), tpdu, .. }) => {
                let category = tpdu.status.category();
                let row =
                    (message.get(), part, category.is_final().then_some(category == Completed));
                tx.execute("INSERT OR REPLACE INTO reports VALUES (?, ?, ?)", row)?;
            }
            // After a kill the modem may deliver a stored message again.
            Event::Received(Received { sender, text, timestamp, receipt, .. }) => {
                let row = (sender.to_string(), text, timestamp.to_string(), pdus(receipt));
                tx.execute("INSERT OR IGNORE INTO inbox VALUES (NULL, ?, ?, ?, ?)", row)?;
            }
            Event::Undecodable(m) => {
                tx.execute("INSERT OR IGNORE INTO inbox (pdus) VALUES (?)", [pdus(&m.receipt)])?;
            }
            Event::Failed(error) => log(&error),
            Event::Reconnecting { after, reason, .. } => {
                log(&format_args!("{reason}: again in {after:?}"));
            }
            _ => {}
        }
        self.modem.with(|session, now| commit(tx, session, now))
    }

    fn act(&self, event: &Event) {
        if let Event::Attempting(attempt) = event {
            self.modem.confirm(attempt);
        }
        if let Some(receipt) = event.receipt() {
            self.modem.acknowledge(receipt);
        }
    }

    /// Stores a message, then enqueues it.
    fn accept(&self, to: &str, text: &str) -> Result<i64> {
        let mut db = self.db.lock().unwrap();
        db.execute("INSERT INTO messages (recipient, text) VALUES (?, ?)", (to, text))?;
        let (id, tx) = (db.last_insert_rowid(), db.transaction()?);
        self.modem.with(|session, now| commit(tx, session, now)).map(|()| id)
    }

    /// Answers with the JSON that a query returns.
    fn query(&self, query: &str) -> Answer {
        let json = self.db.lock().unwrap().query_row(query, [], |row| row.get(0)).optional();
        let json: Option<String> = json.map_err(refuse(StatusCode::INTERNAL_SERVER_ERROR))?;
        let json = json.ok_or("no such message").map_err(refuse(StatusCode::NOT_FOUND))?;
        Ok((StatusCode::OK, Json(serde_json::from_str(&json).expect("the view makes JSON"))))
    }

    /// Serves HTTP and the modem until a commit fails.
    async fn serve(self: Arc<Self>, mut inbox: Inbox, listener: TcpListener) -> Result<()> {
        let router = Router::new()
            .route("/messages", routing::post(post_message))
            .route("/messages/{id}", routing::get(get_message))
            .route("/inbox", routing::get(get_inbox))
            .with_state(Arc::clone(&self));
        tokio::spawn(axum::serve(listener, router).into_future());
        while let Some(event) = inbox.next().await {
            self.store(&event)?;
            self.act(&event);
        }
        Ok(())
    }
}

fn refuse<E: ToString>(status: StatusCode) -> impl Fn(E) -> (StatusCode, String) {
    move |error| (status, error.to_string())
}

async fn post_message(State(gateway): State<Arc<Gateway>>, body: Body) -> Answer {
    let bad = StatusCode::BAD_REQUEST;
    let Json(body) = body.map_err(|error| (bad, error.body_text()))?;
    let field = |name: &str| body[name].as_str().ok_or((bad, format!("{name} is not a string")));
    let (to, text) = (field("to")?, field("text")?);
    outgoing(to, text).map_err(refuse(bad))?.plan().map_err(refuse(bad))?;
    let id = gateway.accept(to, text).map_err(refuse(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))))
}

async fn get_message(State(gateway): State<Arc<Gateway>>, Path(id): Path<i64>) -> Answer {
    gateway.query(&format!("SELECT json FROM message_json WHERE id = {id}"))
}

/// Prints a line; the gateway works on if nobody reads it.
fn log(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

async fn get_inbox(State(gateway): State<Arc<Gateway>>) -> Answer {
    gateway.query("SELECT json FROM inbox_json")
}

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let known = |name: &str| ["--listen", "--database", "--port", "--tcp"].contains(&name);
    if !args.chunks(2).all(|pair| pair.len() == 2 && known(&pair[0])) {
        return Err("use --listen ADDRESS:PORT --database FILE --port PATH --tcp HOST:PORT".into());
    }
    let option = |name| args.chunks(2).find(|p| p[0] == name).map(|p| p[1].clone());
    let path = option("--database").unwrap_or("gateway.db".into());
    private::append(path.as_ref())?; // SQLite gives its other files the same permissions
    let mut db = Connection::open(path)?;
    let (session, backoff) = (restore(&mut db)?, Backoff::default());
    let (modem, inbox) = if let Some(port) = option("--port") {
        let open = move || future::ready(open_serial(&port, 115_200).map_err(Into::into));
        Modem::reconnecting(open, session, backoff)
    } else if let Some(host) = option("--tcp") {
        Modem::reconnecting(move || TcpStream::connect(host.clone()), session, backoff)
    } else {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber("+491715550177", Subscriber::Echo);
        let (_, world) = SimulatedStream::new(simulator);
        Modem::reconnecting(move || future::ready(Ok(world.reconnect())), session, backoff)
    };
    let listener = TcpListener::bind(option("--listen").unwrap_or("127.0.0.1:8025".into())).await?;
    Arc::new(Gateway { db: Mutex::new(db), modem }).serve(inbox, listener).await
}

#[cfg(test)]
mod tests;
