//! The journal in a file: its lock, its tail, its damage, and its snapshots.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use modem::at::Instant;
use modem::blocking::{Modem, SimulatedPort};
use modem::journal::{File, OpenJournalError, Store};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Confirm, Event, SendOutcome, Session, tokio as front};
use testkit::{message, paused_runtime};

/// A folder of its own, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modem-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.confirm = Confirm::Records;
    config
}

fn port() -> SimulatedPort {
    SimulatedPort::new(Simulator::new(Profile::GENERIC))
}

fn open(folder: &Folder, port: SimulatedPort) -> Modem<SimulatedPort> {
    let (file, history) = File::open(folder.journal()).unwrap();
    let mut session = Session::new(config());
    session.replay(history, Instant::ZERO).unwrap();
    Modem::open_journaled(port, session, file).unwrap()
}

#[test]
fn an_outcome_is_repeated_over_restarts_until_it_is_settled() {
    let folder = Folder::new("settled");
    let mut modem = open(&folder, port());
    let id = modem.send(&message("Hello")).unwrap().message;
    for _ in 0..2 {
        let mut port = modem.into_port();
        port.reconnect();
        modem = open(&folder, port);
        let repeated = modem.next_event(Duration::from_secs(60)).unwrap();
        let Event::SendFinished(result) = repeated else { panic!("{repeated:?}") };
        assert_eq!((result.message, result.outcome()), (id, SendOutcome::Sent));
    }
    modem.settle(id);
    let mut port = modem.into_port();
    port.reconnect();
    let mut modem = open(&folder, port);
    let events = core::iter::from_fn(|| modem.next_event(Duration::from_secs(60)));
    assert!(!events.into_iter().any(|event| matches!(event, Event::SendFinished(_))));
}

#[test]
fn a_second_process_does_not_get_the_journal() {
    let folder = Folder::new("lock");
    let (first, _) = File::open(folder.journal()).unwrap();
    let refused = File::open(folder.journal()).unwrap_err();
    assert!(matches!(&refused, OpenJournalError::InUse(path) if *path == folder.journal()));
    assert!(refused.to_string().contains("is in use by another process"), "{refused}");
    drop(first);
    File::open(folder.journal()).unwrap();
}

#[test]
fn a_torn_tail_is_cut_off_and_a_damaged_log_is_left_as_it_is() {
    let folder = Folder::new("torn");
    let mut modem = open(&folder, port());
    modem.send(&message("Hello")).unwrap();
    modem.sync().unwrap();
    drop(modem);
    let sound = fs::read(folder.journal()).unwrap();

    let mut torn = sound.clone();
    torn.extend_from_slice(&sound[sound.len() - 7..]);
    fs::write(folder.journal(), &torn).unwrap();
    let (_, history) = File::open(folder.journal()).unwrap();
    assert_eq!(history.valid_length(), sound.len());
    assert_eq!(fs::read(folder.journal()).unwrap(), sound);

    let mut damaged = sound.clone();
    damaged[80] ^= 1;
    fs::write(folder.journal(), &damaged).unwrap();
    let refused = File::open(folder.journal()).unwrap_err();
    let OpenJournalError::Damaged { source, .. } = &refused else { panic!("{refused}") };
    assert!(source.position <= 80 && source.record > 0, "{source}");
    assert_eq!(fs::read(folder.journal()).unwrap(), damaged);

    // A file that never was a journal.
    fs::write(folder.journal(), "a letter").unwrap();
    let refused = File::open(folder.journal()).unwrap_err();
    assert!(matches!(refused, OpenJournalError::Damaged { .. }), "{refused}");
    assert_eq!(fs::read_to_string(folder.journal()).unwrap(), "a letter");
}

#[test]
fn a_full_log_is_replaced_by_its_snapshot() {
    let folder = Folder::new("full");
    let (mut file, history) = File::open(folder.journal()).unwrap();
    let mut session = Session::new(config());
    session.replay(history, Instant::ZERO).unwrap();
    let mut largest = 0;
    let text = message("Hello ".repeat(20));
    let mut kept = None;
    for _ in 0..8_000 {
        let batch: Vec<_> = core::iter::from_fn(|| session.poll_record()).collect();
        file.append(&batch).unwrap();
        let last = session.last_record();
        session.handle_durable(last, Instant::ZERO);
        let id = session.enqueue(&text, Instant::ZERO).unwrap();
        match kept {
            None => kept = Some(id),
            Some(_) => assert!(session.withdraw(id)),
        }
        largest = largest.max(fs::metadata(folder.journal()).unwrap().len());
        if file.is_full() {
            let snapshot = session.compact(Instant::ZERO).unwrap();
            file.replace(&(&snapshot).into()).unwrap();
            session.handle_durable(snapshot.last_record(), Instant::ZERO);
        }
    }
    drop(file);
    let size = fs::metadata(folder.journal()).unwrap().len();
    assert!(largest > 1_000_000 && size < 500_000, "{largest} bytes, then {size}");
    let (_, history) = File::open(folder.journal()).unwrap();
    let mut session = Session::new(config());
    session.replay(history, Instant::ZERO).unwrap();
    let waiting: Vec<_> = session.waiting().collect();
    assert_eq!(waiting, kept.into_iter().collect::<Vec<_>>());
}

#[test]
fn an_async_modem_writes_its_journal_off_the_executor() {
    let folder = Folder::new("tokio");
    let runtime = paused_runtime();
    let restart = || {
        let (file, history) = File::open(folder.journal()).unwrap();
        let mut session = Session::new(config());
        session.replay(history, Instant::ZERO).unwrap();
        (file, session)
    };
    let id = runtime.block_on(async {
        let (file, session) = restart();
        let (stream, _) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let (modem, mut inbox) = front::Modem::open_journaled(stream, session, file).await.unwrap();
        let sent = modem.send(&message("Hello")).await.unwrap();
        assert_eq!(sent.outcome(), SendOutcome::Sent);
        let settled = modem.send(&message("Hello again")).await.unwrap();
        modem.settle(settled.message);
        modem.sync().await.unwrap();
        modem.close();
        while inbox.next().await.is_some() {}
        sent.message
    });
    drop(runtime);
    let (_file, session) = restart();
    let unsettled: Vec<_> = session.unsettled().map(|result| result.message).collect();
    assert_eq!(unsettled, [id]);
}

/// A store whose disk is full.
#[derive(Debug)]
struct Full;

impl Store for Full {
    fn append(&mut self, _: &[modem::journal::Entry]) -> std::io::Result<()> {
        Err(std::io::Error::other("the disk is full"))
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn replace(&mut self, _: &modem::journal::Snapshot) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_store_that_fails_is_an_event_of_either_front_end() {
    let mut modem = Modem::open_journaled(port(), Session::new(config()), Full).unwrap();
    let events = core::iter::from_fn(|| modem.next_event(Duration::from_secs(5)));
    let failed = Event::JournalFailed("the disk is full".into());
    assert!(events.into_iter().any(|event| event == failed));
    assert!(modem.sync().is_err() && modem.enqueue(&message("Hello")).is_err());
    assert!(modem.signal().is_ok(), "what can be taken back still works");

    let failed = paused_runtime().block_on(async {
        let (stream, _) = front::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        front::Modem::open_journaled(stream, Session::new(config()), Full).await.map(drop)
    });
    assert_eq!(*failed.unwrap_err().kind(), modem::ErrorKind::Journal);
}

#[cfg(unix)]
#[test]
fn a_journal_holds_messages_and_is_readable_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("private");
    let _opened = File::open(folder.journal()).unwrap();
    let mode = fs::metadata(folder.journal()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
