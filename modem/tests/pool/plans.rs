//! Random plans: unplugging, SIMs that move, failures of every kind, limits over midnight and the
//! end of the month, and restarts in the middle.

use core::time::Duration;

use modem::pool::{Limits, Priority, QuietHours, Rate, Route, Rules, Submission, Via};

use crate::bench::{long, message};
use crate::model::{Random, World, Wrong, broken};

/// The number of plans: `MODEM_POOL_PLANS`, or fewer in a plain run.
fn plans() -> u64 {
    std::env::var("MODEM_POOL_PLANS").ok().and_then(|plans| plans.parse().ok()).unwrap_or(5_000)
}

pub(crate) fn limits(random: &mut Random) -> Limits {
    let mut limits = Limits::default();
    if random.once_in(2) {
        limits.min_gap = random.millis(20_000);
        limits.max_gap = random.millis(60_000);
    }
    if random.once_in(3) {
        let parts = 1 + u32::try_from(random.below(5)).unwrap();
        limits.rate = Some(Rate { parts, period: Duration::from_secs(1 + random.below(200)) });
    }
    if random.once_in(3) {
        limits.per_day = Some(3 + u32::try_from(random.below(20)).unwrap());
    }
    if random.once_in(5) {
        limits.per_month = Some(10 + u32::try_from(random.below(40)).unwrap());
    }
    if random.once_in(5) {
        let from = u32::try_from(random.below(86_400)).unwrap();
        limits.quiet = Some(QuietHours { from, to: (from + 20_000) % 86_400 });
    }
    limits
}

pub(crate) fn rules(random: &mut Random, modems: usize) -> Rules {
    let mut rules = Rules::default();
    rules.limits = limits(random);
    for sim in 0..modems {
        if random.once_in(3) {
            rules.sims.insert(format!("sim-{sim}"), limits(random));
        }
    }
    if random.once_in(2) {
        let route = Route::new("r").prefix("+49");
        rules.routes.push(match random.once_in(2) {
            true => route.group("even", 3).group("odd", 1),
            false => route.group("even", 1).fallback("odd"),
        });
    }
    rules.seed = random.below(u64::MAX);
    rules.records = random.once_in(2);
    rules.stranded_after = Duration::from_secs(3600 * (1 + random.below(100)));
    rules
}

pub(crate) fn submission(random: &mut Random) -> Submission {
    let parts = if random.once_in(3) { 2 + usize::try_from(random.below(3)).unwrap() } else { 1 };
    let number = random.below(30);
    let mut body = if parts == 1 { message(&format!("text {number}")) } else { long(parts) };
    if random.once_in(4) {
        body = body.with_expiry(Duration::from_secs(1 + random.below(20_000)));
    }
    let via = match random.below(8) {
        0 => Via::Group("odd".into()),
        1 => Via::Sim("sim-0".into()),
        2 => Via::Member("usb1".into()),
        _ => Via::Recipient,
    };
    let priority = Priority::ALL[usize::try_from(random.below(3)).unwrap()];
    let submission = Submission::new(body).priority(priority);
    if parts == 1 && random.once_in(4) {
        // The same key has the same text and wish.
        return submission.key(format!("key {number}"));
    }
    submission.via(via)
}

/// Runs one plan. Returns what is wrong, and the number of messages that are left.
fn plan(seed: u64) -> (Wrong, usize, usize) {
    let mut random = Random(seed);
    let modems = 2 + usize::try_from(random.below(if seed % 50 == 0 { 48 } else { 4 })).unwrap();
    let rules = rules(&mut random, modems);
    // Midnight and the end of a month of ten days are near.
    let base = 9 * 86_400 + 80_000 + random.below(6_000);
    let mut world = World::new(rules, modems, base, random.clone());
    let steps = 20 + random.below(40);
    for _ in 0..steps {
        match random.below(20) {
            0..=9 => {
                let submission = submission(&mut random);
                world.submit(submission);
            }
            10 | 11 => world.unplug(),
            12 | 13 => world.plug(false),
            14 => world.toggle_credit(),
            15 => world.cancel(),
            16 => world.crash(),
            _ => {}
        }
        let pause = if random.once_in(8) { 3_600_000 } else { 30_000 };
        let until = world.now + random.millis(pause);
        world.run(until);
    }
    world.repair();
    // A quota of three parts a day takes its time.
    for _ in 0..90 {
        if world.pool.waiting() == 0 {
            break;
        }
        let until = world.now + Duration::from_secs(86_400);
        world.run(until);
    }
    (world.wrong(), world.pool.waiting(), world.crashes)
}

#[test]
fn random_plans_against_a_model_of_sessions_and_of_the_network() {
    let plans = plans();
    let (mut twice, mut lost, mut limits, mut crashes) = (0, 0, 0, 0);
    for seed in 0..plans {
        let (wrong, left, restarts) = plan(seed);
        assert_eq!((wrong.untrue, left), (0, 0), "plan {seed}: {wrong:?}");
        assert_eq!(wrong, Wrong::default(), "plan {seed}");
        twice += wrong.twice;
        lost += wrong.lost;
        limits += wrong.limits;
        crashes += restarts;
    }
    println!("plans {plans}, sent twice {twice}, lost {lost}, limits broken {limits}");
    println!("restarts in the middle of these plans: {crashes}");
    assert!(crashes > 0);
}

#[test]
fn the_comparison_finds_each_kind_of_fault() {
    let mut rules = Rules::default();
    rules.limits.min_gap = Duration::from_secs(5);
    let mut world = World::new(rules, 2, 0, Random(1));
    for text in ["one", "two", "three"] {
        world.submit(Submission::new(message(text)));
    }
    world.run(Duration::from_secs(3_600));
    assert_eq!(world.wrong(), Wrong::default());
    let accepted = world.accepted.clone();
    // The network has seen a part again, at once.
    world.accepted.push(accepted[0]);
    assert_eq!((world.wrong().twice, world.wrong().limits), (1, 1));
    // It has not seen a part that is said to be sent.
    world.accepted = accepted[1..].to_vec();
    assert_eq!(world.wrong().untrue, 1);
    world.accepted = accepted;
    // Nobody has sent a message.
    world.rules_allow_nothing();
    world.submit(Submission::new(message("four")));
    world.run(Duration::from_secs(7_200));
    assert_eq!(world.wrong().lost, 1);

    let seconds = |seconds: &[u64]| {
        seconds.iter().map(|second| Duration::from_secs(*second)).collect::<Vec<_>>()
    };
    let found = |change: &dyn Fn(&mut Limits), times: &[u64]| {
        let mut limits = Limits::default();
        change(&mut limits);
        broken(&limits, &seconds(times), 86_390)
    };
    let rate = Rate { parts: 2, period: Duration::from_secs(20) };
    assert_eq!(found(&|limits| limits.rate = Some(rate), &[0, 0, 10, 20, 40, 40]), 0);
    assert_eq!(found(&|limits| limits.rate = Some(rate), &[0, 0, 9, 40, 40, 40]), 2);
    assert_eq!(found(&|limits| limits.per_day = Some(2), &[0, 9, 10, 11]), 0);
    assert_eq!(found(&|limits| limits.per_day = Some(2), &[0, 8, 9, 11]), 1);
    assert_eq!(found(&|limits| limits.per_month = Some(3), &[0, 8, 9, 11]), 1);
    let quiet = QuietHours { from: 0, to: 10 };
    assert_eq!(found(&|limits| limits.quiet = Some(quiet), &[9, 10, 19, 20]), 2);
}
