//! The async pool with real sessions and simulated modems.

use core::time::Duration;

use modem::pool::{Ending, Limits, MemberState, PoolEvent, Priority, Route, Rules, Submission};
use testkit::paused_runtime;

use crate::model::{Random, Wrong};
use crate::program::{NUMBERS, Program};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn messages_are_shared_by_all_members_and_each_has_its_result() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 3, 0).await;
        let ids: Vec<u64> = (0..12).map(|n| program.submit(1 + n % 3, Submission::new)).collect();
        program.run(seconds(120)).await;
        assert_eq!(program.results.keys().copied().collect::<Vec<_>>(), ids);
        assert!(program.results.values().all(|result| result.ending == Ending::Sent));
        assert_eq!(program.wrong(), Wrong::default());
        let sent = program
            .pool
            .with(|pool, _| pool.members().map(|member| member.counters.sent).collect::<Vec<_>>());
        assert_eq!(sent.iter().sum::<u64>(), 24);
        assert!(sent.iter().all(|sent| *sent > 4), "{sent:?}");
    });
}

#[test]
fn a_modem_that_is_unplugged_leaves_its_messages_to_the_others_and_comes_back() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 2, 0).await;
        program.run(seconds(10)).await;
        for _ in 0..20 {
            program.submit(1, Submission::new);
        }
        program.run(Duration::from_millis(900)).await;
        assert!(program.modems[0].unplug());
        program.run(seconds(60)).await;
        assert_eq!(program.results.len(), 20);
        assert_eq!(program.wrong(), Wrong::default());
        let states = |program: &Program| {
            program
                .pool
                .with(|pool, _| pool.members().map(|member| member.state).collect::<Vec<_>>())
        };
        assert_eq!(states(&program), [MemberState::Down, MemberState::Idle]);
        program.modems[0].plug();
        program.run(seconds(120)).await;
        assert_eq!(states(&program), [MemberState::Idle, MemberState::Idle]);
    });
}

#[test]
fn a_sim_without_credit_is_quarantined_and_loses_nothing() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 2, 0).await;
        program.modems[0].set_credit(false);
        for _ in 0..20 {
            program.submit(1, Submission::new);
        }
        program.run(seconds(600)).await;
        assert!(program.results.values().all(|result| result.ending == Ending::Sent));
        assert_eq!((program.results.len(), program.wrong()), (20, Wrong::default()));
        let is_quarantine = |event: &PoolEvent| {
            matches!(event, PoolEvent::Quarantined { cause: modem::pool::Cause::NoCredit, .. })
        };
        assert!(program.events.iter().any(is_quarantine));
    });
}

#[test]
fn an_alarm_overtakes_a_long_message_of_a_real_session() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 1, 0).await;
        program.run(seconds(10)).await;
        program.submit(6, Submission::new);
        program.run(Duration::from_millis(300)).await;
        let before = program.accepted().len();
        program.submit(1, |message| Submission::new(message).priority(Priority::Alarm));
        program.run(seconds(60)).await;
        let order: Vec<u64> = program.accepted().iter().map(|(_, _, number, _)| *number).collect();
        let alarm = order.iter().position(|number| *number == 1).unwrap();
        assert!(before < 5 && alarm <= before + 1, "{before} parts before: {order:?}");
        assert_eq!(program.wrong(), Wrong::default());
    });
}

#[test]
fn a_question_is_answered_by_the_sim_that_received_it_and_a_report_finds_its_message() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 3, 0).await;
        program.run(seconds(10)).await;
        program.modems[1].perform(&format!("deliver {} status?", NUMBERS[0]));
        program.run(seconds(20)).await;
        let received = program.events.iter().find_map(|event| match event {
            PoolEvent::Received(received) => Some(received.clone()),
            _ => None,
        });
        let received = received.unwrap();
        assert_eq!(received.name, "usb1");
        assert_eq!(received.content.text.as_deref(), Some("status?"));
        let id = program.submit(1, |message| received.reply(message.request_status_report()));
        program.run(seconds(60)).await;
        assert_eq!(program.accepted().iter().map(|(_, sim, ..)| *sim).collect::<Vec<_>>(), [1]);
        let about = program.events.iter().find_map(|event| match event {
            PoolEvent::StatusReport { about, .. } => Some(*about),
            _ => None,
        });
        assert_eq!(about, Some(Some((modem::MessageId::from(id), 0))));
    });
}

#[test]
fn a_cancelled_part_is_taken_back_from_a_real_session() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 1, 0).await;
        program.run(seconds(10)).await;
        // Without a network the session waits before its Ctrl-Z.
        program.modems[0].perform("register 2");
        program.run(seconds(10)).await;
        let id = program.submit(1, Submission::new);
        program.run(seconds(5)).await;
        assert!(program.pool.cancel(modem::MessageId::from(id)));
        program.modems[0].perform("register 1");
        program.run(seconds(200)).await;
        assert_eq!(program.results[&id].ending, Ending::Cancelled);
        assert_eq!(program.accepted(), []);
        let id = program.submit(1, Submission::new);
        program.run(seconds(30)).await;
        assert_eq!(program.results[&id].ending, Ending::Sent);
    });
}

#[test]
fn members_join_and_leave_while_messages_wait() {
    paused_runtime().block_on(async {
        let mut program = Program::new(Rules::default(), 2, 0).await;
        assert!(program.pool.leave("usb0") && !program.pool.leave("usb0"));
        for _ in 0..6 {
            program.submit(1, Submission::new);
        }
        program.run(seconds(60)).await;
        assert!(program.accepted().iter().all(|(_, sim, ..)| *sim == 1));
        assert_eq!((program.results.len(), program.wrong()), (6, Wrong::default()));
        program.pool.sync().await.unwrap();
        program.pool.close();
        program.run(seconds(60)).await;
        assert!(program.pool.sync().await.is_ok(), "everything was durable");
    });
}

/// Runs one plan. Returns what is wrong, and the number of messages that are left.
async fn plan(seed: u64) -> (Wrong, usize) {
    let mut random = Random(seed ^ 0x5EED);
    let count = if seed % 40 == 7 { 50 } else { 2 + random.below(5) };
    let mut rules = Rules::default();
    let mut limits = Limits::default();
    if random.once_in(2) {
        limits.min_gap = random.millis(10_000);
    }
    if random.once_in(2) {
        limits.per_day = Some(8 + u32::try_from(random.below(8)).unwrap());
    }
    if random.once_in(3) {
        limits.per_month = Some(20 + u32::try_from(random.below(20)).unwrap());
    }
    rules.limits = limits;
    if random.once_in(2) {
        rules.routes.push(Route::new("r").prefix("+49").group("even", 2).fallback("odd"));
    }
    rules.seed = seed;
    rules.stranded_after = Duration::from_secs(40_000);
    // Midnight and the end of a month of ten days are near.
    let base = 9 * 86_400 + 86_000 + random.below(300);
    let modems = usize::try_from(count).unwrap();
    let mut program = Program::new(rules, modems, base).await;
    for _ in 0..30 {
        let modem = usize::try_from(random.below(count)).unwrap();
        match random.below(12) {
            0..=5 => {
                let parts = if random.once_in(4) { 3 } else { 1 };
                let priority = Priority::ALL[usize::try_from(random.below(3)).unwrap()];
                program.submit(parts, |message| Submission::new(message).priority(priority));
            }
            6 => drop(program.modems[modem].unplug()),
            7 => program.modems.iter().for_each(super::program::Modem::plug),
            8 => program.modems[modem].set_credit(random.once_in(2)),
            9 => program.modems[modem].perform(["register 2", "register 1"][modem % 2]),
            10 => program.crash(usize::try_from(random.below(500)).unwrap()).await,
            _ => swap(&mut program, modem).await,
        }
        let longest = if random.once_in(6) { 120_000 } else { 6_000 };
        let pause = random.millis(longest);
        program.run(pause).await;
    }
    for modem in &program.modems {
        modem.plug();
        modem.set_credit(true);
        modem.perform("register 1");
    }
    for _ in 0..50 {
        if program.pool.with(|pool, _| pool.waiting()) == 0 {
            break;
        }
        program.run(seconds(7_200)).await;
    }
    program.run(seconds(60)).await;
    let left = program.pool.with(|pool, _| pool.waiting());
    (program.wrong(), left)
}

/// Exchanges the SIMs of two modems that are unplugged for it.
async fn swap(program: &mut Program, first: usize) {
    let second = (first + 1) % program.modems.len();
    program.modems[first].unplug();
    program.modems[second].unplug();
    // A submitted part is sent by the SIM that the modem had.
    program.run(seconds(5)).await;
    let now = program.elapsed();
    let sims = [first, second].map(|modem| program.cards[modem].last().unwrap().1);
    for (modem, sim) in [(first, sims[1]), (second, sims[0])] {
        program.modems[modem].insert(sim);
        program.cards[modem].push((now, sim));
        program.modems[modem].plug();
    }
}

#[test]
fn random_plans_against_real_sessions_and_simulated_modems() {
    let plans = std::env::var("MODEM_POOL_REAL").ok().and_then(|plans| plans.parse().ok());
    let plans: u64 = plans.unwrap_or(10);
    let (mut twice, mut lost, mut limits) = (0, 0, 0);
    let first = std::env::var("MODEM_POOL_FIRST").ok().and_then(|first| first.parse().ok());
    let first: u64 = first.unwrap_or(0);
    for seed in first..first + plans {
        let (wrong, left) = paused_runtime().block_on(plan(seed));
        assert_eq!((wrong.untrue, left), (0, 0), "plan {seed}: {wrong:?}");
        assert_eq!(wrong, Wrong::default(), "plan {seed}");
        twice += wrong.twice;
        lost += wrong.lost;
        limits += wrong.limits;
    }
    println!(
        "real sessions: plans {plans}, sent twice {twice}, lost {lost}, limits broken {limits}"
    );
}
