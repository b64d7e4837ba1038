//! Acceptance: keys, expiry, cancelling, bounds; and received messages and reports.

use core::time::Duration;

use modem::pdu::{self, Deliver, Status, Timestamp};
use modem::pool::{Action, Ending, PoolEvent, Rules, Submission, SubmitError, Via};
use modem::{ErrorKind, Event, MessageId, PartOutcome, Received, StatusReport};

use crate::bench::{Bench, TO, long, message, part};

fn keyed(text: &str, key: &str) -> Submission {
    Submission::new(message(text)).key(key)
}

#[test]
fn a_key_that_comes_twice_is_one_message_also_after_its_end() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.submit(keyed("one", "k"));
    assert_eq!(bench.submit(keyed("one", "k")), id);
    assert_eq!(bench.drain(), [id]);
    assert_eq!(bench.endings(), [(id, Ending::Sent)]);
    assert_eq!(bench.submit(keyed("one", "k")), id);
    assert_eq!(bench.drain(), []);
}

#[test]
fn a_key_with_another_body_or_another_wish_is_an_error() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    bench.submit(keyed("one", "k"));
    let wish = keyed("one", "k").via(Via::Group("g".into()));
    let other = modem::OutgoingMessage::text("+491715550101".parse().unwrap(), "one");
    for other in [keyed("two", "k"), wish, Submission::new(other).key("k")] {
        let refused = bench.pool.submit(other, bench.instant());
        assert_eq!(refused, Err(SubmitError::KeyReused));
    }
}

#[test]
fn a_key_is_kept_for_its_time_and_the_oldest_one_is_forgotten_if_there_are_too_many() {
    let mut rules = Rules::default();
    rules.key_age = Duration::from_secs(100);
    rules.max_keys = 3;
    let mut bench = Bench::new(rules, &["a"]);
    let first = bench.submit(keyed("1", "a"));
    bench.at(99);
    assert_eq!(bench.submit(keyed("1", "a")), first);
    bench.at(100);
    let again = bench.submit(keyed("1", "a"));
    assert_ne!(again, first, "it is too old");
    for key in ["b", "c", "d"] {
        bench.submit(keyed("1", key));
    }
    bench.at(101);
    assert_ne!(bench.submit(keyed("1", "a")), again, "three others are remembered");
}

#[test]
fn a_message_expires_while_it_waits_and_between_its_parts() {
    let mut bench = Bench::empty(Rules::default());
    let id = bench.submit(message("x").with_expiry(Duration::from_secs(60)));
    bench.at(59);
    assert_eq!(bench.endings(), []);
    bench.at(60);
    assert_eq!(bench.endings(), [(id, Ending::Expired)]);

    bench.join("a", &[]);
    let id = bench.submit(long(3).with_expiry(Duration::from_secs(60)));
    assert_eq!(bench.sends(), [part("a", id, 0)]);
    bench.at(130);
    assert_eq!(bench.endings(), [], "a part under way is not forgotten");
    bench.sent("a");
    let results = bench.results();
    assert_eq!((results[0].ending, results[0].sent()), (Ending::Expired, 1));
    assert_eq!(results[0].parts.len(), 3);
}

#[test]
fn a_part_has_the_rest_of_the_time_of_its_message() {
    let mut bench = Bench::empty(Rules::default());
    bench.submit(message("x").with_expiry(Duration::from_secs(60)));
    bench.at(20);
    bench.join("a", &[]);
    let Some(Action::Send(assigned)) = bench.pool.poll_action() else { panic!("a is free") };
    assert_eq!(assigned.expires_in, Some(Duration::from_secs(40)));
    assert_eq!(assigned.outgoing().recipient().to_string(), TO);
}

#[test]
fn a_message_is_cancelled_while_nothing_of_it_has_left() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let under_way = bench.text("one");
    let waiting = bench.text("two");
    assert_eq!(bench.sends(), [part("a", under_way, 0)]);
    let now = bench.instant();
    assert!(bench.pool.cancel(MessageId::from(waiting), now));
    assert!(!bench.pool.cancel(MessageId::from(waiting), now), "it has ended");
    assert!(!bench.pool.cancel(MessageId::from(under_way), now), "its Ctrl-Z is confirmed");
    assert_eq!(bench.endings(), [(waiting, Ending::Cancelled)]);
    bench.sent("a");
    assert_eq!(bench.endings(), [(under_way, Ending::Sent)]);
    assert_eq!(bench.sends(), []);
}

#[test]
fn a_part_that_waits_for_its_confirmation_is_taken_back_when_its_message_is_cancelled() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.text("one");
    assert_eq!(bench.assigned(), [part("a", id, 0)]);
    let (member, now) = (bench.id("a"), bench.instant());
    assert!(bench.pool.cancel(MessageId::from(id), now));
    bench.pool.handle_attempting(member, now);
    assert_eq!(bench.pool.poll_action(), Some(Action::Refuse(member)));
    bench.failed("a", ErrorKind::Withdrawn);
    assert_eq!(bench.endings(), [(id, Ending::Cancelled)]);
    let next = bench.text("two");
    assert_eq!(bench.sends(), [part("a", next, 0)]);
}

#[test]
fn a_message_of_which_a_part_has_left_is_not_cancelled() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.submit(long(2));
    bench.sends();
    bench.sent("a");
    let now = bench.instant();
    assert!(!bench.pool.cancel(MessageId::from(id), now));
    assert_eq!(bench.drain(), [id]);
}

#[test]
fn an_invalid_message_and_one_too_many_are_refused() {
    let mut rules = Rules::default();
    rules.max_messages = 2;
    let mut bench = Bench::empty(rules);
    let huge = message(&"x".repeat(40_000));
    let refused = bench.pool.submit(huge, bench.instant());
    assert!(matches!(refused, Err(SubmitError::Invalid(_))), "{refused:?}");
    bench.text("one");
    let id = bench.text("two");
    let refused = bench.pool.submit(message("three"), bench.instant());
    assert_eq!(refused, Err(SubmitError::Full));
    // A result that nobody has taken takes room as well.
    assert!(bench.pool.cancel(MessageId::from(id), bench.instant()));
    assert_eq!(bench.pool.submit(message("x"), bench.instant()), Err(SubmitError::Full));
    assert_eq!(bench.endings(), [(id, Ending::Cancelled)]);
    bench.text("three");
}

#[test]
fn events_that_nobody_takes_do_not_pile_up() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let (member, now) = (bench.id("a"), bench.instant());
    for _ in 0..5_000 {
        bench.pool.handle_event(member, Event::Rearmed, now);
    }
    assert_eq!(bench.events().len(), 1024);
}

/// A report about a part with this reference.
fn report(reference: u8) -> StatusReport {
    let time = Timestamp::from_raw([0; 7]);
    timed(reference, time, time)
}

/// A report about the reference 7: the hours at which the part was submitted and dealt with, by the
/// clock of the service centre.
pub(crate) fn at_hours(submitted: u8, dealt_with: u8) -> StatusReport {
    let time = |hour: u8| {
        let hour = ((hour % 10) << 4) | (hour / 10);
        Timestamp::from_raw([0x62, 0x11, 0x82, hour, 0, 0, 0])
    };
    timed(7, time(submitted), time(dealt_with))
}

fn timed(reference: u8, submitted: Timestamp, dealt_with: Timestamp) -> StatusReport {
    let status = Status::DELIVERED;
    let mut report = StatusReport::from(pdu::StatusReport::new(
        reference,
        TO.parse().unwrap(),
        submitted,
        dealt_with,
        status,
    ));
    // As the session of the sending link reports it.
    report.about = Some((MessageId::from(1), 0));
    report
}

pub(crate) fn about(bench: &mut Bench, name: &str, report: StatusReport) -> Option<(u64, usize)> {
    let (member, now) = (bench.id(name), bench.instant());
    bench.pool.handle_event(member, Event::StatusReport(report), now);
    match bench.events().pop() {
        Some(PoolEvent::StatusReport { inbound, about }) => {
            assert_eq!((inbound.member, inbound.name.as_str()), (member, name));
            about.map(|(message, part)| (message.get(), part))
        }
        event => panic!("{event:?}"),
    }
}

fn sent_with(bench: &mut Bench, name: &str, reference: u8) {
    assert_eq!(bench.sends().len(), 1);
    bench.outcome(name, PartOutcome::Sent { reference });
}

#[test]
fn a_status_report_finds_its_message_whichever_member_it_came_through() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.submit(message("x").request_status_report());
    sent_with(&mut bench, "a", 7);
    let long = bench.submit(long(2).request_status_report());
    sent_with(&mut bench, "a", 8);
    sent_with(&mut bench, "a", 9);
    bench.results();
    assert_eq!(about(&mut bench, "a", report(9)), Some((long, 1)));
    // The SIM is in another modem now.
    bench.join("b", &[]);
    bench.up("b", "sim-a");
    assert_eq!(about(&mut bench, "b", report(7)), Some((id, 0)));
    // The first modem had stored the report, and has another SIM.
    bench.up("a", "sim-c");
    assert_eq!(about(&mut bench, "a", report(8)), Some((long, 0)));
    assert_eq!(about(&mut bench, "a", report(10)), None);
}

#[test]
fn the_same_reference_of_two_sims_is_kept_apart_and_a_repeated_one_means_the_last_part() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let first = bench.submit(message("1").request_status_report());
    sent_with(&mut bench, "a", 7);
    bench.down("a");
    bench.join("b", &[]);
    let second = bench.submit(message("2").request_status_report());
    sent_with(&mut bench, "b", 7);
    bench.up("a", "sim-a");
    bench.results();
    bench.events();
    assert_eq!(about(&mut bench, "a", report(7)), Some((first, 0)));
    assert_eq!(about(&mut bench, "b", report(7)), Some((second, 0)));
    bench.down("b");
    let third = bench.submit(message("3").request_status_report());
    sent_with(&mut bench, "a", 7);
    bench.results();
    bench.events();
    assert_eq!(about(&mut bench, "a", report(7)), Some((third, 0)));
}

#[test]
fn a_late_report_is_about_the_earlier_of_two_parts_with_one_reference() {
    // The phone was off; or only the report itself was late.
    for (late, order) in
        [(at_hours(8, 12), [0, 1]), (at_hours(8, 12), [1, 0]), (at_hours(8, 8), [1, 0])]
    {
        let mut bench = Bench::new(Rules::default(), &["a"]);
        let first = bench.submit(message("1").request_status_report());
        sent_with(&mut bench, "a", 7);
        bench.at(4 * 3_600);
        let second = bench.submit(message("2").request_status_report());
        sent_with(&mut bench, "a", 7);
        bench.at(4 * 3_600 + 60);
        bench.results();
        bench.events();
        let reports = [(late, first), (at_hours(12, 12), second)];
        for index in order.into_iter().chain(order) {
            let (report, message) = &reports[index];
            assert_eq!(about(&mut bench, "a", report.clone()), Some((*message, 0)), "{order:?}");
        }
    }
}

#[test]
fn a_report_that_never_comes_leaves_that_of_the_later_part_with_its_reference() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let mut last = 0;
    for hour in 0..10 {
        bench.at(hour * 3_600);
        last = bench.submit(message("x").request_status_report());
        sent_with(&mut bench, "a", 7);
    }
    bench.results();
    for _ in 0..3 {
        assert_eq!(about(&mut bench, "a", at_hours(9, 9)), Some((last, 0)));
    }
}

#[test]
fn a_report_that_was_in_the_modem_before_its_link_is_not_about_a_part_of_this_link() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let id = bench.submit(message("x").request_status_report());
    sent_with(&mut bench, "a", 7);
    bench.results();
    let mut old = report(7);
    old.about = None;
    assert_eq!(about(&mut bench, "a", old.clone()), None);
    bench.down("a");
    bench.up("a", "sim-a");
    bench.events();
    assert_eq!(about(&mut bench, "a", old), Some((id, 0)), "it left over an earlier link");
}

#[test]
fn a_reply_goes_out_by_the_sim_that_has_received_the_question() {
    let mut bench = Bench::new(Rules::default(), &["a", "b", "c"]);
    let question = Deliver::new(TO.parse().unwrap(), Timestamp::from_raw([0; 7]));
    let (member, now) = (bench.id("b"), bench.instant());
    bench.pool.handle_event(member, Event::Received(Received::from(question)), now);
    let Some(PoolEvent::Received(received)) = bench.events().pop() else { panic!("a message") };
    assert_eq!((received.member, received.iccid.as_deref()), (member, Some("sim-b")));
    for _ in 0..3 {
        let id = bench.submit(received.reply(message("the answer")));
        assert_eq!(bench.sends(), [part("b", id, 0)]);
        bench.sent("b");
    }
    // The SIM moves, and the reply with it.
    bench.up("c", "sim-b");
    let id = bench.submit(received.reply(message("the answer")));
    assert_eq!(bench.sends(), [part("c", id, 0)]);
}

#[test]
fn what_a_member_reports_is_reported_with_its_member() {
    let mut bench = Bench::new(Rules::default(), &["a"]);
    let (member, now) = (bench.id("a"), bench.instant());
    let undecodable = modem::Undecodable::of_line("00040B91").unwrap();
    for event in [Event::StorageFull(None), Event::Undecodable(undecodable)] {
        bench.pool.handle_event(member, event.clone(), now);
        assert_eq!(bench.events(), [PoolEvent::Member { member, event }]);
    }
}
