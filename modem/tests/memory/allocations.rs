//! The allocations of a session for a message, without those of the simulated modem.

use allocation_counter::{AllocationInfo, measure};
use modem::simulator::{Memory, Profile, Simulator};
use modem::{Config, OutgoingMessage, Session};
use testkit::apart::{Apart, Meter, Side};
use testkit::{RECIPIENT, message};

/// The allocations of each side.
#[derive(Debug, Default)]
struct Allocations {
    session: u64,
    simulator: u64,
}

impl Meter for Allocations {
    fn measure(&mut self, side: Side, call: &mut dyn FnMut()) {
        let AllocationInfo { count_total, .. } = measure(call);
        *match side {
            Side::Session => &mut self.session,
            Side::Simulator => &mut self.simulator,
        } += count_total;
    }
}

fn open() -> Apart<Allocations> {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_slots(Memory::Sm, 1_000);
    let mut config = Config::default();
    config.max_unacknowledged = 1_000;
    Apart::open(simulator, Session::new(config), Allocations::default())
}

/// The allocations of the session for one turn of `run`, the mean of a hundred after the first
/// hundred: by then the buffers have grown.
fn of_session(
    modem: &mut Apart<Allocations>,
    mut run: impl FnMut(&mut Apart<Allocations>, usize),
) -> u64 {
    (0..100).for_each(|turn| run(modem, turn));
    modem.meter = Allocations::default();
    (100..200).for_each(|turn| run(modem, turn));
    println!("{:?} for 100 messages", modem.meter);
    modem.meter.session.div_ceil(100)
}

/// Receives the message of a turn: two messages with the same text are a rare case.
fn receive(modem: &mut Apart<Allocations>, turn: usize) {
    modem.receive(RECIPIENT, &format!("Message {}", 10_000 + turn));
}

fn one_part() -> OutgoingMessage {
    message("a".repeat(160))
}

#[test]
fn a_message_is_sent_with_few_allocations() {
    let (mut modem, one_part) = (open(), one_part());
    let count = of_session(&mut modem, |modem, _| modem.send(&one_part));
    assert!(count <= 11, "{count} allocations");
}

#[test]
fn a_message_is_received_acknowledged_and_deleted_with_few_allocations() {
    let mut modem = open();
    let count = of_session(&mut modem, receive);
    assert!(count <= 24, "{count} allocations");
}

#[test]
fn a_message_costs_the_same_allocations_whatever_is_unacknowledged() {
    let mut costs = Vec::new();
    for waiting in [0, 10, 900] {
        let mut modem = open();
        for number in 0..waiting {
            modem.deliver(RECIPIENT, &format!("Message {number}"));
        }
        costs.push(of_session(&mut modem, receive));
    }
    // A large tree has nodes that a small one has not.
    assert!(costs.iter().all(|cost| cost.abs_diff(costs[0]) <= 6), "{costs:?}");
}

/// The bytes of an idle session: its own and those that it has allocated.
fn held(modem: Apart<Allocations>) -> usize {
    let Apart { session, .. } = modem;
    let freed = measure(|| drop(session)).bytes_current;
    size_of::<Session>() + usize::try_from(-freed).expect("nothing is allocated")
}

/// The bytes of an idle session after its opening, after ten messages each way, and after a
/// thousand.
fn held_by(config: &Config) -> [usize; 3] {
    [0, 10, 1_000].map(|turns| {
        let simulator = Simulator::new(Profile::GENERIC);
        let session = Session::new(config.clone());
        let mut modem = Apart::open(simulator, session, Allocations::default());
        for turn in 0..turns {
            modem.send(&one_part());
            receive(&mut modem, turn);
        }
        held(modem)
    })
}

#[test]
fn an_idle_session_takes_the_same_memory_however_many_messages_it_had() {
    let config = Config::default();
    let mut without_lines = config.clone();
    without_lines.recent_lines = 0;
    let (all, rest) = (held_by(&config), held_by(&without_lines));
    let own = size_of::<Session>();
    println!("{all:?} bytes, {rest:?} without the recent lines, {own} of them its own");
    for ([opened, few, many], most) in [(all, 14_336), (rest, 10_240)] {
        assert!(opened < few && few == many && many < most, "{opened} {few} {many}");
    }
}
