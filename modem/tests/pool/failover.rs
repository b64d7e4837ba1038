//! Failover, retries and quarantine.

use core::time::Duration;

use modem::at::Instant;
use modem::pool::{Cause, Ending, MemberState, PoolEvent, Rules};
use modem::{ErrorKind, PartOutcome};

use crate::bench::{Bench, long, part};

#[test]
fn a_part_that_certainly_did_not_go_out_is_tried_by_another_member_at_once() {
    for (kind, cause) in [(ErrorKind::Timeout, "modem"), (ErrorKind::NoSim, "SIM")] {
        let mut bench = Bench::new(Rules::default(), &["a", "b"]);
        let id = bench.text("x");
        assert_eq!(bench.sends(), [part("a", id, 0)]);
        bench.failed("a", kind);
        assert_eq!(bench.sends(), [part("b", id, 0)], "{cause}");
        bench.sent("b");
        assert_eq!(bench.endings(), [(id, Ending::Sent)]);
    }
    for code in [10, 21, 38, 42, 50, 310, 331] {
        let mut bench = Bench::new(Rules::default(), &["a", "b"]);
        let id = bench.text("x");
        assert_eq!(bench.sends(), [part("a", id, 0)]);
        bench.refused("a", code);
        assert_eq!(bench.sends(), [part("b", id, 0)], "+CMS ERROR: {code}");
    }
}

#[test]
fn a_fault_of_the_recipient_or_the_caller_ends_the_message() {
    for code in [1, 27, 195, 198] {
        let mut bench = Bench::new(Rules::default(), &["a", "b"]);
        let id = bench.text("x");
        bench.sends();
        bench.refused("a", code);
        assert_eq!(bench.sends(), [], "+CMS ERROR: {code}");
        assert_eq!(bench.endings(), [(id, Ending::Failed)]);
        assert_eq!(bench.events(), [], "nobody is quarantined");
    }
}

#[test]
fn an_unknown_part_is_never_sent_again_by_anybody() {
    let mut bench = Bench::new(Rules::default(), &["a", "b", "c"]);
    let id = bench.submit(long(3));
    bench.sends();
    bench.sent("a");
    bench.sends();
    bench.unknown("a");
    bench.at(1_000_000);
    assert_eq!(bench.sends(), []);
    let results = bench.results();
    assert_eq!((results[0].message.get(), results[0].ending), (id, Ending::Unknown));
    assert_eq!(results[0].outcome(), modem::SendOutcome::Unknown);
    assert_eq!(results[0].sent(), 1);
    assert_eq!(results[0].parts[2].outcome, PartOutcome::NotAttempted);
    assert_eq!(results[0].parts[1].sim.as_deref(), Some("sim-a"));
}

#[test]
fn the_same_sim_tries_again_after_a_pause_that_depends_on_the_cause_and_grows() {
    for (code, pauses) in [(42, [30, 60, 120]), (38, [60, 120, 240]), (21, [600, 1200, 2400])] {
        // One failure after the other, without quarantine.
        let mut rules = Rules::default();
        rules.min_pause = Duration::ZERO;
        let mut bench = Bench::new(rules, &["a"]);
        let id = bench.text("x");
        let mut now = 0;
        for pause in pauses {
            assert_eq!(bench.sends(), [part("a", id, 0)]);
            bench.refused("a", code);
            bench.at(now + pause - 1);
            assert_eq!(bench.sends(), [], "+CMS ERROR: {code}");
            now += pause;
            bench.at(now);
        }
        assert_eq!(bench.sends(), [part("a", id, 0)]);
        bench.sent("a");
        assert_eq!(bench.endings(), [(id, Ending::Sent)]);
    }
}

#[test]
fn a_message_that_fails_as_often_as_it_may_ends_with_its_last_reason() {
    let mut rules = Rules::default();
    rules.max_attempts = 3;
    let mut bench = Bench::new(rules, &["a", "b", "c", "d"]);
    let id = bench.text("x");
    for name in ["a", "b", "c"] {
        assert_eq!(bench.sends(), [part(name, id, 0)]);
        bench.refused(name, 42);
    }
    assert_eq!(bench.sends(), []);
    let results = bench.results();
    assert_eq!(results[0].ending, Ending::Failed);
    let PartOutcome::Failed { error } = &results[0].parts[0].outcome else { panic!("it failed") };
    assert_eq!(*error, crate::bench::refusal(42));
}

#[test]
fn a_lost_link_does_not_count_as_an_attempt() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.text("x");
    for round in 1..=20 {
        assert_eq!(bench.assigned(), [part("a", id, 0)], "round {round}");
        bench.down("a");
        bench.failed("a", ErrorKind::Closed);
        assert_eq!(bench.assigned(), []);
        // A link that ends again and again leads to a quarantine of the member.
        bench.at(round * 10_000);
        bench.up("a", "sim-a");
    }
    assert_eq!(bench.sends(), [part("a", id, 0)]);
    bench.sent("a");
    assert_eq!(bench.endings(), [(id, Ending::Sent)]);
}

#[test]
fn a_message_that_was_begun_waits_for_its_sim_in_whatever_modem_that_is() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    let id = bench.submit(long(2));
    bench.sends();
    bench.sent("a");
    assert_eq!(bench.assigned(), [part("a", id, 1)]);
    bench.down("a");
    bench.failed("a", ErrorKind::Closed);
    assert_eq!(bench.sends(), [], "the first part was sent by another SIM");
    let stranded = PoolEvent::Stranded(modem::MessageId::from(id));
    assert!(bench.events().contains(&stranded));
    bench.up("b", "sim-a");
    assert_eq!(bench.sends(), [part("b", id, 1)]);
    bench.sent("b");
    let result = bench.results().remove(0);
    assert_eq!(result.ending, Ending::Sent);
    assert_eq!(references(&result)[0], references(&result)[1]);
}

fn references(result: &modem::pool::PoolResult) -> Vec<u16> {
    let positions = result.parts.iter().map(|part| part.submit.concatenation().unwrap());
    positions.map(|position| position.reference().value()).collect()
}

#[test]
fn the_references_of_a_sim_count_up_and_a_message_has_another_one_with_another_sim() {
    let mut rules = Rules::default();
    rules.seed = 7;
    let mut bench = Bench::new(rules, &["a"]);
    for _ in 0..3 {
        bench.submit(long(2));
    }
    bench.drain();
    let seen: Vec<_> = bench.results().iter().map(references).collect();
    let first = seen[0][0];
    let counted = [0, 1, 2].map(|n| vec![(first + n) % 256; 2]);
    assert_eq!(seen, counted);
    bench.submit(long(2));
    bench.sends();
    bench.join("b", &[]);
    bench.refused("a", 42);
    bench.drain();
    let moved = references(&bench.results()[0]);
    assert_eq!(moved[0], moved[1]);
    assert_ne!(moved[0], (first + 3) % 256, "the count of the other SIM");
}

#[test]
fn a_message_whose_sim_does_not_come_back_ends_with_its_parts_listed() {
    let mut rules = Rules::default();
    rules.stranded_after = Duration::from_secs(3600);
    let mut bench = Bench::new(rules, &["a", "b"]);
    let id = bench.submit(long(2));
    bench.sends();
    bench.at(100);
    bench.sent("a");
    assert_eq!(bench.assigned(), [part("a", id, 1)]);
    bench.down("a");
    bench.failed("a", ErrorKind::Closed);
    bench.at(3699);
    assert_eq!(bench.endings(), []);
    bench.at(3700);
    let results = bench.results();
    assert_eq!((results[0].message.get(), results[0].ending), (id, Ending::Stranded));
    assert_eq!((results[0].sent(), results[0].parts.len()), (1, 2));
    assert_eq!(bench.sends(), []);
}

#[test]
fn a_later_part_that_fails_is_tried_again_by_the_same_sim_only() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    let id = bench.submit(long(2));
    bench.sends();
    bench.sent("a");
    assert_eq!(bench.sends(), [part("a", id, 1)]);
    bench.refused("a", 42);
    assert_eq!(bench.sends(), []);
    bench.at(30);
    assert_eq!(bench.sends(), [part("a", id, 1)]);
}

#[test]
fn a_sim_without_credit_is_quarantined_after_three_refusals_and_probed_with_growing_pauses() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    for text in ["1", "2", "3"] {
        bench.down("b");
        bench.text(text);
        assert_eq!(bench.sends().len(), 1);
        bench.up("b", "sim-b");
        bench.refused("a", 21);
        assert_eq!(bench.sends()[0].0, "b");
        bench.sent("b");
    }
    let member = bench.id("a");
    let until = |seconds| Instant::from(Duration::from_secs(seconds));
    let event = |until| {
        let cause = Cause::NoCredit;
        PoolEvent::Quarantined { member, sim: true, cause, until }
    };
    bench.results();
    assert_eq!(bench.events(), [event(until(60))]);
    let state = bench.pool.members().next().unwrap().state;
    assert_eq!(state, MemberState::Quarantined { cause: Cause::NoCredit, until: until(60) });
    bench.down("b");
    let mut now = 60;
    for (n, pause) in [120, 240, 480].into_iter().enumerate() {
        let id = bench.text(&format!("probe {n}"));
        bench.at(now - 1);
        assert_eq!(bench.sends(), []);
        bench.at(now);
        assert_eq!(bench.sends().len(), 1, "one part is the probe");
        bench.refused("a", 21);
        now += pause;
        assert_eq!(bench.events(), [event(until(now))]);
        assert!(bench.pool.cancel(modem::MessageId::from(id), bench.instant()));
        bench.results();
    }
    // The SIM has credit again.
    bench.text("paid");
    bench.at(now);
    assert_eq!(bench.sends().len(), 1);
    bench.sent("a");
    bench.results();
    assert_eq!(bench.events(), [PoolEvent::Recovered(member)]);
}

#[test]
fn a_refusal_for_the_recipients_sake_is_no_failure_of_the_sim() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    for _ in 0..20 {
        bench.text("x");
    }
    for code in [21, 21, 1, 21, 21, 1, 27, 195] {
        assert_eq!(bench.sends().len(), 1);
        bench.refused("a", code);
    }
    bench.results();
    assert_eq!(bench.events(), []);
}

#[test]
fn unknown_outcomes_lead_to_a_quarantine_too() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    for _ in 0..4 {
        bench.text("x");
    }
    for _ in 0..3 {
        assert_eq!(bench.sends().len(), 1);
        bench.unknown("a");
    }
    assert_eq!(bench.sends(), []);
    assert_eq!(bench.endings().len(), 3);
    let rests = bench.events().into_iter().map(|event| match event {
        PoolEvent::Quarantined { sim, cause, .. } => (sim, cause),
        event => panic!("{event:?}"),
    });
    assert_eq!(rests.collect::<Vec<_>>(), [(true, Cause::Unknown), (false, Cause::Unknown)]);
}

#[test]
fn a_quarantined_sim_takes_its_quarantine_into_another_modem_and_a_modem_keeps_its_own() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    let first = bench.text("x");
    assert_eq!(bench.sends(), [part("a", first, 0)]);
    // The operator has barred the SIM: one answer is enough.
    bench.refused("a", 10);
    assert_eq!(bench.sends(), [part("b", first, 0)]);
    bench.sent("b");
    bench.down("a");
    bench.up("b", "sim-a");
    let id = bench.text("y");
    assert_eq!(bench.sends(), []);
    bench.up("a", "sim-b");
    assert_eq!(bench.sends(), [part("a", id, 0)]);
    bench.sent("a");

    let mut bench = Bench::new(Rules::default(), &["a"]);
    for _ in 0..5 {
        bench.text("x");
    }
    for _ in 0..3 {
        assert_eq!(bench.sends().len(), 1);
        bench.failed("a", ErrorKind::Timeout);
    }
    bench.up("a", "sim-new");
    assert_eq!(bench.sends(), [], "the modem rests, with any SIM");
    bench.at(60);
    assert_eq!(bench.sends().len(), 1);
}

#[test]
fn a_sim_that_moves_while_it_has_a_part_gets_no_second_one() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    bench.down("b");
    let first = bench.text("one");
    let second = bench.text("two");
    assert_eq!(bench.sends(), [part("a", first, 0)]);
    bench.up("b", "sim-a");
    assert_eq!(bench.sends(), [], "the network may still be given the first part");
    bench.unknown("a");
    assert_eq!(bench.sends(), [part("b", second, 0)]);
}

#[test]
fn a_session_that_announces_a_part_that_the_pool_did_not_assign_is_refused() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let (member, now) = (bench.id("a"), bench.instant());
    bench.pool.handle_attempting(member, now);
    assert_eq!(bench.pool.poll_action(), Some(modem::pool::Action::Refuse(member)));
}
