//! Routes: the members that may send a message, and the explanation.

use modem::OutgoingMessage;
use modem::pool::{Place, Route, Rules, Submission, SubmitError, Via, WhyNot};

use crate::bench::{Bench, message, part};

fn to(number: &str) -> OutgoingMessage {
    OutgoingMessage::text(number.parse().unwrap(), "x")
}

fn routed(routes: Vec<Route>) -> Bench {
    let mut rules = Rules::default();
    rules.routes = routes;
    Bench::empty(rules)
}

#[test]
fn the_longest_prefix_of_the_recipient_chooses_the_route() {
    let mut bench = routed(vec![
        Route::new("world").prefix("").member("world", 1),
        Route::new("germany").prefix("+49").member("germany", 1),
        Route::new("mobile").prefix("+49171").prefix("+49172").member("mobile", 1),
    ]);
    for name in ["world", "germany", "mobile"] {
        bench.join(name, &[]);
    }
    for (number, name) in [
        ("+491715550100", "mobile"),
        ("+491725550100", "mobile"),
        ("+491735550100", "germany"),
        ("+44161496000", "world"),
        ("12345", "world"),
    ] {
        let id = bench.submit(to(number));
        assert_eq!(bench.sends(), [part(name, id, 0)], "{number}");
        bench.sent(name);
    }
}

#[test]
fn a_message_without_a_route_is_sent_by_any_member_in_turn() {
    let mut bench = routed(vec![Route::new("germany").prefix("+49").member("a", 1)]);
    for name in ["a", "b", "c"] {
        bench.join(name, &[]);
    }
    let mut names = Vec::new();
    for _ in 0..6 {
        bench.submit(to("+44161496000"));
        let name = bench.sends().remove(0).0;
        bench.sent(&name);
        names.push(name);
    }
    assert_eq!(names, ["a", "b", "c", "a", "b", "c"]);
}

#[test]
fn a_message_names_a_member_a_sim_a_group_or_a_route() {
    let mut bench = routed(vec![Route::new("r").group("g", 1)]);
    bench.join("a", &[]);
    bench.join("b", &[]);
    bench.join("c", &["g"]);
    for (via, name) in [
        (Via::Member("b".into()), "b"),
        (Via::Sim("sim-b".into()), "b"),
        (Via::Group("g".into()), "c"),
        (Via::Route("r".into()), "c"),
    ] {
        let id = bench.submit(Submission::new(message("x")).via(via.clone()));
        assert_eq!(bench.sends(), [part(name, id, 0)], "{via:?}");
        bench.sent(name);
    }
    let unknown = Submission::new(message("x")).via(Via::Route("no".into()));
    let refused = bench.pool.submit(unknown, bench.instant()).unwrap_err();
    assert_eq!(refused, SubmitError::NoRoute("no".into()));
    assert_eq!(refused.to_string(), "there is no route no: check its name");
}

#[test]
fn a_message_for_a_member_that_is_not_there_waits_for_it() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let ids = ["later", "new"]
        .map(|name| bench.submit(Submission::new(message("x")).via(Via::Member(name.into()))));
    let sim = bench.submit(Submission::new(message("x")).via(Via::Sim("sim-z".into())));
    assert_eq!(bench.sends(), []);
    bench.join("later", &[]);
    assert_eq!(bench.sends(), [part("later", ids[0], 0)]);
    bench.sent("later");
    bench.up("later", "sim-z");
    assert_eq!(bench.sends(), [part("later", sim, 0)]);
}

#[test]
fn the_shares_of_members_are_as_their_weights() {
    let mut bench = routed(vec![Route::new("r").prefix("").member("a", 3).member("b", 1)]);
    bench.join("a", &[]);
    bench.join("b", &[]);
    let mut shares = [0, 0];
    for _ in 0..400 {
        bench.text("x");
        let name = bench.sends().remove(0).0;
        bench.sent(&name);
        shares[usize::from(name == "b")] += 1;
    }
    assert_eq!(shares, [300, 100]);
}

#[test]
fn a_member_that_was_away_does_not_catch_up() {
    let mut bench = Bench::new(Rules::default(), &["a", "b"]);
    bench.down("b");
    for _ in 0..50 {
        bench.text("x");
        bench.drain();
    }
    bench.up("b", "sim-b");
    let mut names = Vec::new();
    for _ in 0..6 {
        bench.text("x");
        let name = bench.sends().remove(0).0;
        bench.sent(&name);
        names.push(name);
    }
    assert_eq!(names.iter().filter(|name| *name == "b").count(), 3, "{names:?}");
}

#[test]
fn a_fallback_sends_only_while_no_member_of_the_first_choice_can() {
    let mut bench = routed(vec![Route::new("r").prefix("").group("first", 1).fallback("second")]);
    bench.join("a", &["first"]);
    bench.join("z", &["second"]);
    let ids = [bench.text("one"), bench.text("two"), bench.text("three")];
    assert_eq!(bench.sends(), [part("a", ids[0], 0)], "a busy member is not a reason");
    assert_eq!(bench.why(ids[1]).members[1].1, Some(WhyNot::OnlyFallback));
    bench.sent("a");
    assert_eq!(bench.sends(), [part("a", ids[1], 0)]);
    bench.down("a");
    assert_eq!(bench.sends(), [part("z", ids[2], 0)]);
    bench.failed("a", modem::ErrorKind::Closed);
    bench.sent("z");
    assert_eq!(bench.sends(), [part("z", ids[1], 0)]);
    bench.sent("z");
    bench.up("a", "sim-a");
    let last = bench.text("four");
    assert_eq!(bench.sends(), [part("a", last, 0)]);
}

#[test]
fn a_fallback_sends_what_the_first_choice_could_not_send_at_once() {
    let mut bench = routed(vec![Route::new("r").prefix("").group("first", 1).fallback("second")]);
    bench.join("a", &["first"]);
    bench.join("z", &["second"]);
    let id = bench.text("x");
    assert_eq!(bench.sends(), [part("a", id, 0)]);
    bench.refused("a", 42);
    assert_eq!(bench.sends(), [part("z", id, 0)]);
}

#[test]
fn the_fallback_begins_when_the_last_quota_of_the_first_choice_is_used_up() {
    let mut rules = Rules::default();
    rules.routes = vec![Route::new("r").prefix("").group("first", 1).fallback("second")];
    let mut limits = modem::pool::Limits::default();
    limits.per_day = Some(1);
    rules.sims.insert("sim-a".into(), limits);
    let mut bench = Bench::empty(rules);
    bench.calendar(1, 1, 0);
    bench.join("a", &["first"]);
    bench.join("y", &["second"]);
    bench.join("z", &["second"]);
    let ids = [bench.text("1"), bench.text("2"), bench.text("3")];
    assert_eq!(bench.sends(), [part("a", ids[0], 0)]);
    bench.sent("a");
    assert_eq!(bench.sends(), [part("y", ids[1], 0), part("z", ids[2], 0)]);
}

#[test]
fn a_message_explains_its_route_its_place_and_each_member() {
    let mut bench = routed(vec![Route::new("germany").prefix("+49").group("g", 1).fallback("h")]);
    bench.join("a", &["g"]);
    bench.join("b", &["g"]);
    bench.join("c", &["h"]);
    bench.join("d", &[]);
    bench.down("b");
    let ids = [bench.text("one"), bench.text("two")];
    let members = ["a", "b", "c", "d"].map(|name| bench.id(name));
    let why = bench.why(ids[0]);
    assert_eq!(why.place, Place::With(members[0], 0));
    assert_eq!(why.route, Some(("germany".into(), Some("+49".into()))));
    let why = bench.why(ids[1]);
    assert_eq!((why.via, why.place), (Via::Recipient, Place::Waiting));
    let reasons = [WhyNot::Busy, WhyNot::Down, WhyNot::OnlyFallback, WhyNot::NotMeant];
    assert_eq!(why.members, members.into_iter().zip(reasons.map(Some)).collect::<Vec<_>>());
    assert!(bench.pool.why(modem::MessageId::from(99)).is_none());
}

#[test]
fn members_come_and_go_and_a_part_that_was_not_confirmed_goes_to_another_one() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.text("x");
    assert_eq!(bench.assigned(), [part("a", id, 0)]);
    let (member, now) = (bench.id("a"), bench.instant());
    bench.join("b", &[]);
    bench.pool.remove(member, now);
    assert_eq!(bench.sends(), [part("b", id, 0)]);
    assert!(bench.pool.member("a").is_none());
    // The outcome of a confirmed part is not known without its session.
    let (member, now) = (bench.id("b"), bench.instant());
    bench.pool.remove(member, now);
    assert_eq!(bench.endings(), [(id, modem::pool::Ending::Unknown)]);
    bench.join("b", &[]);
    assert_eq!(bench.sends(), []);
}

#[test]
fn fifty_members_send_100_000_messages_each_of_them_once() {
    let mut rules = Rules::default();
    rules.routes = (0..10)
        .map(|n| Route::new(format!("r{n}")).prefix(format!("+49{n}")).group(format!("g{n}"), 1))
        .collect();
    let mut bench = Bench::empty(rules);
    for n in 0..100_000 {
        bench.submit(to(&format!("+49{:06}", n * 7 % 1_000_000)));
    }
    for n in 0..50 {
        let groups = [format!("g{}", n % 10), format!("g{}", (n + 3) % 10)];
        bench.join(&format!("m{n}"), &groups.each_ref().map(String::as_str));
    }
    let mut sent = bench.drain();
    sent.sort_unstable();
    assert_eq!(sent, (1..=100_000).collect::<Vec<_>>());
}
