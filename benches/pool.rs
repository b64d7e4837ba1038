//! The cost of a pool's decisions, with few and with many members and waiting messages.
//!
//! `cargo bench -p benches --bench pool`; it fails if a decision is far above its aim.

#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::time::Instant as Clock;

use modem::at::Instant;
use modem::pool::{Action, Identity, MemberId, Pool, Priority, Route, Rules, Submission, Via};
use modem::{ErrorKind, OutgoingMessage, PartOutcome};

/// The aim for a decision with 1,000 members and 100,000 waiting messages, in nanoseconds. `--test`
/// does not fail at it, since it depends on the processor.
const AIM: u128 = 2_000;

/// The groups of the members, two for each, and the routes.
const GROUPS: u32 = 64;

fn pool(members: u32, messages: u32) -> Pool {
    let mut rules = Rules::default();
    rules.routes = (0..GROUPS)
        .map(|group| Route::new(format!("r{group}")).group(format!("g{group}"), 1 + group % 3))
        .collect();
    let mut pool = Pool::new(rules);
    for member in 0..members {
        let groups = [member % GROUPS, (member + 7) % GROUPS].map(|group| format!("g{group}"));
        pool.add(&format!("m{member}"), &groups.each_ref().map(String::as_str), Instant::ZERO);
    }
    for number in 0..messages {
        let to = format!("+49{:09}", number % 1_000_000).parse().expect("a number");
        let submission = Submission::new(OutgoingMessage::text(to, "x"))
            .via(Via::Route(format!("r{}", number % GROUPS)))
            .priority(Priority::ALL[(number % 3) as usize]);
        pool.submit(submission, Instant::ZERO).expect("the message is valid");
    }
    pool
}

/// The members of the assignments that were not polled.
fn assigned(pool: &mut Pool) -> Vec<MemberId> {
    let mut members = Vec::new();
    while let Some(action) = pool.poll_action() {
        if let Action::Send(part) = action {
            members.push(part.member);
        }
    }
    members
}

/// Nanoseconds for taking a part back and deciding again, and for a result and the next decision.
fn measure(members: u32, messages: u32) -> (u128, u128) {
    let mut pool = pool(members, messages);
    for number in 0..members {
        let id = pool.member(&format!("m{number}")).expect("the member was added");
        let iccid = Some(format!("8949{number:015}"));
        pool.handle_ready(id, Identity { iccid, ..Identity::default() }, Instant::ZERO);
    }
    let mut busy = assigned(&mut pool);
    assert_eq!(busy.len(), members as usize, "each member has a part");

    let mut best = [u128::MAX; 2];
    // A figure is the best round: other work on the machine only adds to it.
    for _ in 0..20 {
        let count = busy.len() as u128;
        let begun = Clock::now();
        for id in &busy {
            let outcome = PartOutcome::Failed { error: ErrorKind::Withdrawn.into() };
            pool.handle_outcome(*id, outcome, Instant::ZERO);
        }
        best[0] = best[0].min(begun.elapsed().as_nanos() / count);
        busy = assigned(&mut pool);

        let begun = Clock::now();
        for id in &busy {
            pool.handle_outcome(*id, PartOutcome::Sent { reference: 0 }, Instant::ZERO);
        }
        best[1] = best[1].min(begun.elapsed().as_nanos() / count);
        busy = assigned(&mut pool);
        while pool.poll_event().is_some() {}
    }
    (best[0], best[1])
}

fn main() {
    println!("| members | messages | take back and decide, ns | result and decide, ns |");
    println!("|---:|---:|---:|---:|");
    let is_test = std::env::args().any(|argument| argument == "--test");
    let mut last = 0;
    for (members, messages) in [(10, 1_000), (100, 10_000), (1_000, 100_000)] {
        let (again, next) = measure(members, messages);
        println!("| {members} | {messages} | {again} | {next} |");
        last = again.max(next);
    }
    assert!(last < 3 * AIM || is_test, "a decision takes {last} ns, and its aim is {AIM} ns");
}
