//! The time driver of `embassy-time` on the tick of the core.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::Mutex;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

struct Clock {
    state: Mutex<RefCell<State>>,
}

struct State {
    /// The milliseconds since the start.
    now: u64,
    queue: Queue,
}

time_driver_impl!(
    static CLOCK: Clock = Clock { state: Mutex::new(RefCell::new(State { now: 0, queue: Queue::new() })) }
);

impl Driver for Clock {
    fn now(&self) -> u64 {
        critical_section::with(|section| self.state.borrow_ref(section).now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| {
            self.state.borrow_ref_mut(section).queue.schedule_wake(at, waker);
        });
    }
}

/// Counts a millisecond, and wakes the tasks whose time has come.
pub(crate) fn tick() {
    critical_section::with(|section| {
        let mut state = CLOCK.state.borrow_ref_mut(section);
        state.now += 1;
        let now = state.now;
        state.queue.next_expiration(now);
    });
}
