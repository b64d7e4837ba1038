//! Time: repetitions, supervision and wake-up.

use core::time::Duration;

use super::super::channel::State;
use super::super::event::{ClosedReason, DownReason};
use super::requests::Request;
use super::{Link, Mux};
use crate::time::Instant;

/// The time without a byte after which an unfinished frame is given up.
const FRAME_TIMEOUT: Duration = Duration::from_secs(2);

/// The interval between two calls to wake the other side.
const WAKING_INTERVAL: Duration = Duration::from_millis(100);

/// The state of power saving: 27.010, 5.4.7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Awake,
    /// The other side sleeps once it has our answer.
    Falling,
    Asleep,
    /// Flags are sent until the other side answers.
    Waking {
        until: Instant,
        next: Instant,
    },
}

/// The supervision of the other side.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The time of the last byte.
    pub(super) read: Instant,
    /// The time of the last valid frame, or of the last test.
    pub(super) heard: Instant,
    /// A valid frame came since the test began.
    pub(super) is_answered: bool,
    /// The other side has answered a test.
    pub(super) is_supported: bool,
    /// A test stayed without an answer while frames came.
    pub(super) is_off: bool,
    /// Text outside frames has begun the test.
    pub(super) has_text: bool,
    /// The number of the last test.
    pub(super) number: u32,
}

impl Watch {
    pub(super) fn since(now: Instant) -> Self {
        Self { read: now, heard: now, ..Self::default() }
    }
}

impl Mux {
    /// Reports that time has passed; call it when [`poll_timeout`](Self::poll_timeout) is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        while let Some((dlci, request)) = self.requests.expired(self.now) {
            self.expire(dlci, request);
        }
        self.end_draining(true);
        // The rest of it may begin with another unfinished frame.
        while self.frame_deadline().is_some_and(|at| at <= self.now) {
            self.reader.abandon();
            self.read_frames(&[]);
        }
        if self.test_deadline().is_some_and(|at| at <= self.now) {
            self.begin_test();
        }
        match self.power {
            Power::Waking { until, .. } if until <= self.now => self.go_down(DownReason::NoAnswer),
            Power::Waking { until, next } if next <= self.now => {
                self.power = Power::Waking { until, next: self.now + WAKING_INTERVAL };
                self.replies.flags = true;
            }
            _ => {}
        }
    }

    /// The time of the next [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let draining = self.channels.iter().filter_map(|channel| match channel.state {
            State::Draining(until) => Some(until),
            _ => None,
        });
        let waking = match self.power {
            Power::Waking { until, next } => Some(until.min(next)),
            _ => None,
        };
        let requests = self.requests.0.iter().map(|pending| pending.due);
        let others = [self.frame_deadline(), self.test_deadline(), waking];
        requests.chain(draining).chain(others.into_iter().flatten()).min()
    }

    pub(super) fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn frame_deadline(&self) -> Option<Instant> {
        self.reader.is_mid_frame().then(|| self.watch.read + FRAME_TIMEOUT)
    }

    fn test_deadline(&self) -> Option<Instant> {
        let interval = self.config.test_interval?;
        let is_due = self.link == Link::Open
            && self.role.is_initiator()
            && self.power == Power::Awake
            && !self.watch.is_off
            && !self.is_testing();
        is_due.then(|| self.watch.heard + interval)
    }

    fn is_testing(&self) -> bool {
        self.requests.0.iter().any(|pending| pending.request == Request::Test)
    }

    /// Begins a test, unless one is under way.
    pub(super) fn begin_test(&mut self) {
        if self.is_testing() {
            return;
        }
        self.watch.number = self.watch.number.wrapping_add(1);
        self.watch.is_answered = false;
        self.request(0, Request::Test);
    }

    /// Repeats a request whose timeout is over, or gives it up.
    fn expire(&mut self, dlci: u8, request: Request) {
        let due = self.now + request.timeout(&self.config);
        if let Some(pending) = self.requests.find(dlci, request) {
            if pending.left > 0 {
                pending.left = pending.left.saturating_sub(1);
                pending.queued = true;
                // A timeout of zero must not expire again at once.
                pending.due = due.max(self.now + Duration::from_millis(1));
                return;
            }
        }
        self.requests.take(dlci, request);
        match request {
            Request::Open if dlci == 0 => self.go_down(DownReason::NoAnswer),
            Request::Open => {
                self.end_channel(dlci, ClosedReason::NoAnswer);
                // A modem that opens it later would send data to nobody.
                self.request(dlci, Request::Close);
            }
            Request::Close if dlci == 0 => self.go_down(DownReason::Requested),
            Request::Close => self.end_channel(dlci, ClosedReason::Requested),
            Request::CloseDown => self.request(0, Request::Close),
            Request::Test => self.test_failed(),
            // A modem without these commands goes on.
            Request::Status | Request::PowerSaving | Request::FlowOn => {}
        }
    }

    fn test_failed(&mut self) {
        self.watch.heard = self.now;
        let has_text = core::mem::take(&mut self.watch.has_text);
        if self.watch.is_answered {
            // It lives, and has no test command.
            self.watch.is_off = !self.watch.is_supported;
        } else if has_text {
            self.go_down(DownReason::AtMode);
        } else if self.watch.is_supported {
            self.go_down(DownReason::NoAnswer);
        } else {
            self.watch.is_off = true;
        }
    }

    /// Closes the channels whose data is sent, or whose time for that is over.
    pub(super) fn end_draining(&mut self, only_late: bool) {
        let now = self.now;
        loop {
            let next = self.channels.iter_mut().find(|channel| match channel.state {
                State::Draining(until) => until <= now || !only_late && channel.out.is_empty(),
                _ => false,
            });
            let Some(channel) = next else { return };
            channel.state = State::Closing;
            channel.out.take(usize::MAX);
            let dlci = channel.dlci;
            self.requests.remove(Some(dlci), None);
            if self.link == Link::Open {
                self.request(dlci, Request::Close);
            } else {
                self.end_channel(dlci, ClosedReason::Requested);
            }
        }
    }

    /// Begins to wake the other side.
    pub(super) fn begin_waking(&mut self) {
        self.power =
            Power::Waking { until: self.now + self.config.t3, next: self.now + WAKING_INTERVAL };
        self.replies.flags = true;
    }

    /// The other side is awake.
    pub(super) fn heard_flags(&mut self) {
        match self.power {
            Power::Asleep => {
                self.power = Power::Awake;
                self.replies.flags = true;
            }
            Power::Waking { .. } => {
                self.power = Power::Awake;
                self.watch.heard = self.now;
                self.replies.flags = false;
            }
            Power::Awake | Power::Falling => {}
        }
    }
}
