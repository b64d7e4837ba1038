//! The USSD dialogue of a modem that waits for its answer at a prompt, and takes no command line
//! meanwhile.

use core::time::Duration;

use at_proto::ussd::{Reply, Wanted};
use at_proto::{Instant, Notification};

use super::Session;
use super::job::Job;
use crate::event::Event;

/// The time that other work waits for the answer to a question.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// The choice of the next job while a question may be open.
pub(super) enum Turn {
    /// Any job may run.
    Any,
    /// This job of the dialogue runs, or none.
    Dialogue(Option<Job>),
}

impl Session {
    /// Keeps a question open for the application, and ends the dialogue if other work cannot wait.
    pub(super) fn turn_at_prompt(&mut self, now: Instant) -> Turn {
        if !self.engine.is_at_ussd_prompt() {
            self.answer_until = None;
            return Turn::Any;
        }
        let until = *self.answer_until.get_or_insert(now + ANSWER_TIME);
        if self.desk.link.runs_jobs() && !self.desk.queue.is_pressed() {
            let job = self.desk.queue.next_ussd();
            if job.is_some() || now < until || !self.desk.queue.has_next() {
                return Turn::Dialogue(job);
            }
        }
        Turn::Any
    }

    /// Reports the end of a dialogue whose prompt the next command leaves.
    pub(super) fn leave_prompt(&mut self, job: &Job) {
        if !job.is_ussd() && self.answer_until.take().is_some() {
            let ended = Reply::new(Wanted::ENDED, None, None);
            self.desk.emit(Event::Notification(Notification::Ussd(ended)));
        }
    }

    /// The time at which other work ends the dialogue.
    pub(super) fn next_end_of_dialogue(&self) -> Option<Instant> {
        let waits = self.engine.is_at_ussd_prompt() && self.desk.queue.has_next();
        self.answer_until.filter(|until| waits && *until > self.last_timeout)
    }
}
