//! The journal of a pool: nothing is sent twice, lost or counted again after a restart.

use core::time::Duration;

use modem::at::Instant;
use modem::journal::{History, Snapshot};
use modem::pool::{Action, Ending, Limits, Pool, PoolEvent, Rate, Rules, Submission};
use modem::{ErrorKind, MessageId, PartOutcome, RestoreError};

use crate::accept::{about, at_hours};
use crate::bench::{Bench, long, message, part};

const TIME: Duration = Duration::from_secs(1_700_000_000);

fn recording() -> Rules {
    let mut rules = Rules::default();
    rules.records = true;
    rules
}

/// A log in memory.
struct Log(Vec<u8>);

impl Log {
    fn new() -> Self {
        let mut log = Vec::new();
        Snapshot::default().encode(TIME, &mut log);
        Self(log)
    }

    /// Appends the records, and confirms them.
    fn sync(&mut self, bench: &mut Bench) {
        while let Some(entry) = bench.pool.poll_record() {
            entry.encode(TIME + bench.now, &mut self.0);
        }
        let (last, now) = (bench.pool.last_record(), bench.instant());
        bench.pool.handle_durable(last, now);
    }

    /// The pool after a restart that takes `pause`.
    fn restart(&self, rules: Rules, at: Duration, pause: Duration) -> Bench {
        let history = History::read(&self.0, TIME + at + pause).unwrap();
        let mut bench = Bench::empty(rules);
        bench.pool.replay(history, Instant::ZERO).unwrap();
        bench
    }
}

#[test]
fn no_part_is_sent_before_its_record_is_durable() {
    let mut bench = Bench::new(recording(), &["a"]);
    let mut log = Log::new();
    let id = bench.text("x");
    log.sync(&mut bench);
    assert_eq!(bench.assigned(), [part("a", id, 0)]);
    let (member, now) = (bench.id("a"), bench.instant());
    bench.pool.handle_attempting(member, now);
    assert_eq!(bench.pool.poll_action(), None);
    assert!(bench.pool.needs_sync());
    log.sync(&mut bench);
    assert_eq!(bench.pool.poll_action(), Some(Action::Confirm(member)));
    assert!(!bench.pool.needs_sync());
}

#[test]
fn a_message_that_was_accepted_waits_again_after_a_restart() {
    let mut bench = Bench::empty(recording());
    let mut log = Log::new();
    let id = bench.submit(Submission::new(message("x")).key("k"));
    let expiring = bench.submit(message("y").with_expiry(Duration::from_secs(100)));
    log.sync(&mut bench);
    let mut bench = log.restart(recording(), bench.now, Duration::from_secs(99));
    assert_eq!(bench.submit(Submission::new(message("x")).key("k")), id);
    bench.at(1);
    log.sync(&mut bench);
    assert_eq!(bench.endings(), [(expiring, Ending::Expired)]);
    bench.join("a", &[]);
    assert_eq!(bench.assigned(), [part("a", id, 0)]);
    // Its number is not given again.
    assert!(bench.text("z") > expiring);
}

#[test]
fn a_part_under_way_at_the_restart_is_unknown_and_never_sent_again() {
    let mut bench = Bench::new(recording(), &["a"]);
    let mut log = Log::new();
    let id = bench.submit(long(3));
    log.sync(&mut bench);
    for _ in 0..2 {
        assert_eq!(bench.assigned().len(), 1);
        let (member, now) = (bench.id("a"), bench.instant());
        bench.pool.handle_attempting(member, now);
        log.sync(&mut bench);
        if bench.pool.members().next().unwrap().counters.sent == 0 {
            bench.pool.poll_action();
            bench.sent("a");
            log.sync(&mut bench);
        }
    }
    let mut bench = log.restart(recording(), bench.now, Duration::ZERO);
    bench.join("a", &[]);
    assert_eq!(bench.assigned(), []);
    log.sync(&mut bench);
    let result = bench.results().remove(0);
    assert_eq!((result.message.get(), result.ending), (id, Ending::Unknown));
    assert_eq!(result.sent(), 1);
    assert_eq!(
        result.parts[1].outcome,
        PartOutcome::Unknown { error: ErrorKind::Interrupted.into() }
    );
    assert_eq!(result.parts[1].sim.as_deref(), Some("sim-a"));
}

#[test]
fn a_begun_message_waits_for_its_sim_after_a_restart_with_its_reference() {
    let mut bench = Bench::new(recording(), &["a"]);
    let mut log = Log::new();
    let id = bench.submit(long(2));
    let Some(Action::Send(first)) = bench.pool.poll_action() else { panic!("a is free") };
    let (member, now) = (bench.id("a"), bench.instant());
    bench.pool.handle_attempting(member, now);
    log.sync(&mut bench);
    bench.pool.poll_action();
    bench.sent("a");
    log.sync(&mut bench);
    for compacted in [false, true] {
        let mut bench = log.restart(recording(), bench.now, Duration::from_secs(5));
        if compacted {
            log.0.clear();
            bench.pool.compact(bench.instant()).unwrap().encode(TIME, &mut log.0);
            bench = log.restart(recording(), Duration::ZERO, Duration::from_secs(5));
        }
        bench.join("b", &[]);
        assert_eq!(bench.assigned(), []);
        bench.join("a", &[]);
        let Some(Action::Send(second)) = bench.pool.poll_action() else { panic!("a is free") };
        assert_eq!((second.message.get(), second.part), (id, 1));
        let reference =
            |part: &modem::pool::Assignment| part.submit.concatenation().unwrap().reference();
        assert_eq!(reference(&first), reference(&second));
    }
}

#[test]
fn the_ages_of_parts_tell_their_reports_apart_after_a_restart() {
    let mut bench = Bench::new(recording(), &["a"]);
    let mut log = Log::new();
    let mut ids = Vec::new();
    for hour in [0, 4] {
        bench.at(hour * 3_600);
        ids.push(bench.submit(message("x").request_status_report()));
        log.sync(&mut bench);
        assert_eq!(bench.assigned().len(), 1);
        let (member, now) = (bench.id("a"), bench.instant());
        bench.pool.handle_attempting(member, now);
        log.sync(&mut bench);
        bench.pool.poll_action();
        bench.outcome("a", PartOutcome::Sent { reference: 7 });
        log.sync(&mut bench);
    }
    bench.results();
    for compacted in [false, true] {
        let mut after = log.restart(recording(), bench.now, Duration::from_secs(60));
        if compacted {
            log.0.clear();
            after.pool.compact(after.instant()).unwrap().encode(TIME, &mut log.0);
            after = log.restart(recording(), Duration::ZERO, Duration::from_secs(60));
        }
        after.join("a", &[]);
        after.results();
        after.events();
        assert_eq!(about(&mut after, "a", at_hours(8, 12)), Some((ids[0], 0)));
        assert_eq!(about(&mut after, "a", at_hours(12, 12)), Some((ids[1], 0)));
    }
}

#[test]
fn a_restart_resets_no_quota_no_gap_and_no_bucket() {
    let mut rules = recording();
    let mut limits = Limits::default();
    (limits.per_day, limits.per_month) = (Some(3), Some(5));
    limits.min_gap = Duration::from_secs(10);
    limits.rate = Some(Rate { parts: 2, period: Duration::from_secs(200) });
    rules.limits = limits;
    for compacted in [false, true] {
        let mut bench = Bench::new(rules.clone(), &["a"]);
        bench.calendar(1, 31, 0);
        let mut log = Log::new();
        for _ in 0..9 {
            bench.text("x");
        }
        let send = |bench: &mut Bench, log: &mut Log| {
            let assigned = bench.assigned();
            for (name, ..) in &assigned {
                let (member, now) = (bench.id(name), bench.instant());
                bench.pool.handle_attempting(member, now);
                log.sync(bench);
                assert_eq!(bench.pool.poll_action(), Some(Action::Confirm(member)));
                bench.sent(name);
                log.sync(bench);
            }
            assigned.len()
        };
        let restart = |log: &mut Log, bench: &mut Bench, pause: u64| {
            if compacted {
                log.0.clear();
                let snapshot = bench.pool.compact(bench.instant()).unwrap();
                snapshot.encode(TIME + bench.now, &mut log.0);
            }
            let pause = Duration::from_secs(pause);
            let mut next = log.restart(rules.clone(), bench.now, pause);
            next.join("a", &[]);
            // The log goes on from a snapshot at the new time.
            log.0.clear();
            let snapshot = next.pool.compact(next.instant()).unwrap();
            snapshot.encode(TIME, &mut log.0);
            next
        };
        assert_eq!(send(&mut bench, &mut log), 1);
        let mut bench = restart(&mut log, &mut bench, 4);
        bench.calendar(1, 31, 100);
        assert_eq!(send(&mut bench, &mut log), 0, "the gap has 6 seconds left");
        bench.at(6);
        assert_eq!(send(&mut bench, &mut log), 1);
        let mut bench = restart(&mut log, &mut bench, 50);
        bench.calendar(1, 31, 200);
        assert_eq!(send(&mut bench, &mut log), 0, "the bucket is empty");
        bench.at(40);
        assert_eq!(send(&mut bench, &mut log), 1);
        let mut bench = restart(&mut log, &mut bench, 5_000);
        bench.calendar(1, 31, 80_000);
        assert_eq!(send(&mut bench, &mut log), 0, "the day is used up");
        bench.calendar(1, 32, 0);
        for second in [0, 10] {
            bench.at(second);
            assert_eq!(send(&mut bench, &mut log), 1);
        }
        let mut bench = restart(&mut log, &mut bench, 5_000);
        bench.calendar(1, 33, 0);
        assert_eq!(send(&mut bench, &mut log), 0, "the month is used up");
        bench.calendar(2, 34, 0);
        assert_eq!(send(&mut bench, &mut log), 1);
    }
}

#[test]
fn a_result_is_reported_again_until_it_is_settled() {
    let mut bench = Bench::empty(recording());
    let mut log = Log::new();
    let ids = [bench.text("x"), bench.submit(long(2))];
    for id in ids {
        assert!(bench.pool.cancel(MessageId::from(id), bench.instant()));
    }
    assert!(bench.results().is_empty() && bench.pool.needs_sync(), "a crash could take them back");
    log.sync(&mut bench);
    let results = bench.results();
    assert_eq!(results.len(), 2);
    bench.pool.settle(MessageId::from(ids[0]));
    log.sync(&mut bench);
    for _ in 0..2 {
        let mut bench = log.restart(recording(), Duration::ZERO, Duration::ZERO);
        assert_eq!(bench.pool.unsettled().count(), 1);
        assert_eq!(bench.endings(), [(ids[1], Ending::Cancelled)]);
        log.0.clear();
        bench.pool.compact(bench.instant()).unwrap().encode(TIME, &mut log.0);
    }
}

#[test]
fn a_journal_that_cannot_be_written_stops_all_sending() {
    let mut bench = Bench::new(recording(), &["a", "b"]);
    let mut log = Log::new();
    let ids = [bench.text("x"), bench.text("y")];
    log.sync(&mut bench);
    assert_eq!(bench.assigned(), [part("a", ids[0], 0), part("b", ids[1], 0)]);
    let (member, now) = (bench.id("a"), bench.instant());
    bench.pool.handle_attempting(member, now);
    bench.pool.handle_journal_lost("the disk is full", now);
    assert_eq!(bench.events(), [PoolEvent::JournalFailed("the disk is full".into())]);
    assert_eq!(bench.pool.poll_action(), Some(Action::Refuse(member)));
    bench.failed("a", ErrorKind::Withdrawn);
    let other = bench.id("b");
    bench.pool.handle_attempting(other, now);
    assert_eq!(bench.pool.poll_action(), Some(Action::Refuse(other)));
    bench.failed("b", ErrorKind::Withdrawn);
    assert_eq!(bench.pool.poll_action(), None, "nothing is tried again and again");
    let refused = bench.pool.submit(message("z"), now).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the journal cannot be written: restart the program once it can"
    );
    // The durable message waits again.
    let mut bench = log.restart(recording(), Duration::ZERO, Duration::ZERO);
    bench.join("a", &[]);
    assert_eq!(bench.assigned(), [part("a", ids[0], 0)]);
}

#[test]
fn the_journals_of_a_pool_and_a_session_are_not_mixed_up() {
    let mut bench = Bench::new(recording(), &["a"]);
    bench.text("x");
    let mut log = Log::new();
    log.sync(&mut bench);
    let history = History::read(&log.0, TIME).unwrap();
    let mut session = modem::Session::new(modem::Config::default());
    let refused = session.replay(history, Instant::ZERO).unwrap_err();
    let reason = "the journal is that of a pool";
    assert_eq!(refused, RestoreError::Record { number: 1, reason });

    let mut config = modem::Config::default();
    config.confirm = modem::Confirm::Records;
    let mut session = modem::Session::new(config);
    let mut log = Log::new();
    while let Some(entry) = session.poll_record() {
        entry.encode(TIME, &mut log.0);
    }
    let history = History::read(&log.0, TIME).unwrap();
    let mut pool = Pool::new(recording());
    let refused = pool.replay(history, Instant::ZERO).unwrap_err();
    let reason = "the journal is that of a session";
    assert_eq!(refused, RestoreError::Record { number: 1, reason });
    assert_eq!(bench.pool.replay(History::default(), Instant::ZERO), Err(RestoreError::InUse));
}

#[test]
fn a_pool_with_100_000_messages_is_compacted_and_restored() {
    let mut bench = Bench::empty(recording());
    for n in 0..100_000 {
        let submission = Submission::new(message("x")).key(format!("key {n}"));
        bench.submit(submission);
        if n % 1000 == 0 {
            while bench.pool.poll_record().is_some() {}
        }
    }
    let mut log = Log(Vec::new());
    bench.pool.compact(bench.instant()).unwrap().encode(TIME, &mut log.0);
    assert!(log.0.len() < 100_000 * 120, "{} bytes", log.0.len());
    let mut again = log.restart(recording(), Duration::ZERO, Duration::ZERO);
    assert_eq!(again.pool.waiting(), 100_000);
    assert_eq!(again.submit(Submission::new(message("x")).key("key 77777")), 77_778);
    again.join("a", &[]);
    assert_eq!(again.assigned(), [part("a", 1, 0)]);
}
