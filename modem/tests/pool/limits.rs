//! Limits: gaps, rates, quotas and quiet hours of SIMs, and the priority classes.

use core::time::Duration;

use modem::pool::{Limits, Priority, QuietHours, Rate, Rules, Submission, WhyNot};

use crate::bench::{Bench, long, message, part};

fn limited(change: impl FnOnce(&mut Limits)) -> Rules {
    let mut rules = Rules::default();
    change(&mut rules.limits);
    rules
}

#[test]
fn a_fixed_gap_lies_between_the_end_of_a_part_and_the_next_part() {
    let mut bench = Bench::new(limited(|limits| limits.min_gap = Duration::from_secs(10)), &["a"]);
    let ids = [bench.text("one"), bench.text("two")];
    assert_eq!(bench.sends(), [part("a", ids[0], 0)]);
    bench.at(5);
    bench.sent("a");
    bench.at(14);
    assert_eq!(bench.sends(), []);
    let until = modem::at::Instant::from(Duration::from_secs(15));
    assert_eq!(bench.why(ids[1]).members, [(bench.id("a"), Some(WhyNot::Gap(until)))]);
    bench.at(15);
    assert_eq!(bench.sends(), [part("a", ids[1], 0)]);
}

#[test]
fn a_random_gap_lies_in_its_range_and_depends_on_the_seed() {
    let gaps = |seed| {
        let mut rules = limited(|limits| {
            (limits.min_gap, limits.max_gap) = (Duration::from_secs(2), Duration::from_secs(9));
        });
        rules.seed = seed;
        let mut bench = Bench::new(rules, &["a"]);
        let mut gaps = Vec::new();
        for _ in 0..50 {
            bench.text("x");
        }
        for _ in 0..49 {
            assert_eq!(bench.sends().len(), 1);
            bench.sent("a");
            let ended = bench.now;
            let next = bench.pool.poll_timeout().unwrap();
            bench.now = next.since_epoch();
            bench.pool.handle_timeout(next);
            gaps.push(bench.now - ended);
        }
        gaps
    };
    let first = gaps(1);
    assert_eq!(first, gaps(1));
    assert_ne!(first, gaps(2));
    let (min, max) = (first.iter().min().unwrap(), first.iter().max().unwrap());
    assert!(*min >= Duration::from_secs(2) && *max <= Duration::from_secs(9), "{first:?}");
    assert!(*max - *min > Duration::from_secs(3), "{first:?}");
}

#[test]
fn a_token_bucket_allows_a_burst_and_then_its_rate() {
    let rate = Rate { parts: 5, period: Duration::from_secs(50) };
    let mut bench = Bench::new(limited(|limits| limits.rate = Some(rate)), &["a"]);
    for _ in 0..20 {
        bench.text("x");
    }
    assert_eq!(bench.drain().len(), 5);
    bench.at(9);
    assert_eq!(bench.drain().len(), 0);
    bench.at(10);
    assert_eq!(bench.drain().len(), 1);
    bench.at(40);
    assert_eq!(bench.drain().len(), 3);
    // A long pause fills the bucket and no more.
    bench.at(1_000);
    assert_eq!(bench.drain().len(), 5);
}

#[test]
fn a_daily_quota_starts_again_at_midnight_and_a_monthly_one_at_the_end_of_the_month() {
    let mut bench = Bench::new(
        limited(|limits| (limits.per_day, limits.per_month) = (Some(3), Some(4))),
        &["a"],
    );
    for _ in 0..20 {
        bench.text("x");
    }
    assert!(bench.pool.needs_calendar());
    assert_eq!(bench.sends(), [], "the day is not known yet");
    assert_eq!(bench.why(1).members[0].1, Some(WhyNot::NoCalendar));
    bench.calendar(1, 30, 86_000);
    assert_eq!(bench.drain().len(), 3);
    assert_eq!(bench.why(4).members[0].1, Some(WhyNot::DailyQuota));
    // The pool asks for the date at midnight.
    assert_eq!(bench.pool.poll_timeout().unwrap().since_epoch(), Duration::from_secs(400));
    bench.at(400);
    assert!(bench.pool.needs_calendar());
    bench.calendar(1, 31, 0);
    assert_eq!(bench.drain().len(), 1);
    assert_eq!(bench.why(5).members[0].1, Some(WhyNot::MonthlyQuota));
    bench.at(86_800);
    bench.calendar(2, 32, 0);
    assert_eq!(bench.drain().len(), 3);
}

#[test]
fn a_clock_that_steps_back_resets_no_quota() {
    let mut bench = Bench::new(limited(|limits| limits.per_day = Some(2)), &["a"]);
    for _ in 0..9 {
        bench.text("x");
    }
    bench.calendar(1, 10, 100);
    assert_eq!(bench.drain().len(), 2);
    for day in [9, 10, 3, 10] {
        bench.calendar(1, day, 50_000);
        assert_eq!(bench.drain().len(), 0, "day {day}");
    }
    bench.calendar(1, 11, 0);
    assert_eq!(bench.drain().len(), 2);
}

#[test]
fn a_part_that_was_certainly_not_sent_is_not_counted_and_one_with_an_unknown_outcome_is() {
    let mut bench = Bench::new(limited(|limits| limits.per_day = Some(2)), &["a"]);
    bench.calendar(1, 1, 0);
    for _ in 0..5 {
        bench.text("x");
    }
    assert_eq!(bench.sends().len(), 1);
    bench.refused("a", 1);
    assert_eq!(bench.sends().len(), 1);
    bench.unknown("a");
    assert_eq!(bench.drain().len(), 1);
    assert_eq!(bench.pool.waiting(), 2);
}

#[test]
fn the_parts_of_a_message_are_counted_and_not_the_message() {
    let mut bench = Bench::new(limited(|limits| limits.per_day = Some(4)), &["a"]);
    bench.calendar(1, 1, 0);
    let id = bench.submit(long(6));
    assert_eq!(bench.drain(), [id; 4]);
    bench.calendar(1, 2, 0);
    assert_eq!(bench.drain(), [id; 2]);
}

#[test]
fn nothing_is_sent_in_quiet_hours_and_the_pool_asks_for_the_time_at_their_ends() {
    let quiet = QuietHours { from: 22 * 3600 + 300, to: 7 * 3600 };
    let mut bench = Bench::new(limited(|limits| limits.quiet = Some(quiet)), &["a"]);
    bench.calendar(1, 1, 22 * 3600);
    let first = bench.text("late");
    assert_eq!(bench.drain(), [first]);
    assert_eq!(bench.pool.poll_timeout().unwrap().since_epoch(), Duration::from_secs(300));
    bench.at(300);
    bench.calendar(1, 1, 22 * 3600 + 300);
    let second = bench.text("at night");
    assert_eq!(bench.drain(), []);
    assert_eq!(bench.why(second).members[0].1, Some(WhyNot::QuietHours));
    bench.calendar(1, 2, 7 * 3600);
    assert_eq!(bench.drain(), [second]);
}

#[test]
fn the_limits_of_a_sim_stay_with_it_in_another_modem() {
    let mut rules = Rules::default();
    let mut limits = Limits::default();
    limits.per_day = Some(1);
    rules.sims.insert("sim-a".into(), limits);
    let mut bench = Bench::new(rules, &["a", "b"]);
    bench.calendar(1, 1, 0);
    bench.down("b");
    bench.text("one");
    assert_eq!(bench.drain().len(), 1);
    bench.down("a");
    bench.up("b", "sim-a");
    let second = bench.text("two");
    assert_eq!(bench.drain(), [], "the SIM has used its quota in the other modem");
    bench.up("a", "sim-b");
    assert_eq!(bench.drain(), [second]);
}

#[test]
fn a_part_that_comes_to_its_ctrl_z_after_the_quiet_hours_began_is_taken_back() {
    let quiet = QuietHours { from: 3600, to: 7200 };
    let mut bench = Bench::new(limited(|limits| limits.quiet = Some(quiet)), &["a"]);
    bench.calendar(1, 1, 3599);
    let id = bench.text("x");
    assert_eq!(bench.assigned(), [part("a", id, 0)]);
    bench.at(1);
    bench.calendar(1, 1, 3600);
    let (member, now) = (bench.id("a"), bench.instant());
    bench.pool.handle_attempting(member, now);
    assert_eq!(bench.pool.poll_action(), Some(modem::pool::Action::Refuse(member)));
    bench.failed("a", modem::ErrorKind::Withdrawn);
    assert_eq!(bench.sends(), []);
    bench.calendar(1, 1, 7200);
    assert_eq!(bench.drain(), [id]);
    bench.results();
    assert_eq!(bench.events(), [], "nobody has failed");
}

fn of(priority: Priority) -> Submission {
    Submission::new(message("x")).priority(priority)
}

#[test]
fn an_alarm_waits_for_at_most_one_part() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let bulk = bench.submit(long(10));
    assert_eq!(bench.sends(), [part("a", bulk, 0)]);
    let alarm = bench.submit(of(Priority::Alarm));
    bench.sent("a");
    assert_eq!(bench.sends(), [part("a", alarm, 0)]);
    bench.sent("a");
    assert_eq!(bench.sends(), [part("a", bulk, 1)]);
}

#[test]
fn after_eight_urgent_parts_one_other_goes_and_nothing_starves() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let bulk: Vec<u64> = (0..3).map(|_| bench.submit(of(Priority::Bulk))).collect();
    let normal: Vec<u64> = (0..30).map(|_| bench.submit(of(Priority::Normal))).collect();
    let alarms: Vec<u64> = (0..400).map(|_| bench.submit(of(Priority::Alarm))).collect();
    let order = bench.drain();
    assert_eq!(order.len(), 433);
    let at = |id: u64| order.iter().position(|other| *other == id).unwrap();
    // The first one was assigned before the others came.
    assert_eq!(at(bulk[0]), 0);
    for (n, id) in normal.iter().take(8).enumerate() {
        assert_eq!(at(*id), 9 * (n + 1), "after eight alarms each");
    }
    assert_eq!(at(bulk[1]), 9 * 9, "after eight normal parts");
    assert!(at(bulk[2]) < at(*alarms.last().unwrap()));
}

#[test]
fn messages_of_one_class_go_in_their_order_and_a_begun_one_is_completed_first() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let ids = [bench.submit(long(2)), bench.text("x"), bench.submit(long(3)), bench.text("y")];
    let expected = [ids[0], ids[0], ids[1], ids[2], ids[2], ids[2], ids[3]];
    assert_eq!(bench.drain(), expected);
}
