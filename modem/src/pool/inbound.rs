//! Received messages and status reports of all members, in one stream.

use at_proto::Instant;

use super::Pool;
use super::event::{Inbound, PoolEvent};
use super::member::MemberId;
use crate::event::{Event, Kept};
use crate::message::StatusReport;

/// Receiving.
impl Pool {
    /// Takes in an event of a member's session. What was received is reported as an event of the
    /// pool, with its member; everything else as [`PoolEvent::Member`].
    ///
    /// [`Event::Ready`] comes with an identity: call [`handle_ready`](Self::handle_ready) as well.
    ///
    /// Receipts are acknowledged to the session of the member.
    pub fn handle_event(&mut self, id: MemberId, event: Event, now: Instant) {
        self.enter(now);
        let event = match event {
            Event::Attempting(_) => return self.handle_attempting(id, now),
            Event::Closed | Event::Restarted(_) => {
                self.handle_down(id, now);
                PoolEvent::Member { member: id, event }
            }
            Event::Received(content) => PoolEvent::Received(self.inbound(id, content)),
            Event::StatusReport(report) => {
                let about = self.about(id, &report);
                PoolEvent::StatusReport { inbound: self.inbound(id, report), about }
            }
            event => match event.kept() {
                // The session limits what the application has not acknowledged.
                Kept::Always => {
                    let event = PoolEvent::Member { member: id, event };
                    self.events.push_back(event);
                    return;
                }
                _ => return self.note(PoolEvent::Member { member: id, event }),
            },
        };
        match event {
            PoolEvent::Member { .. } => self.note(event),
            event => self.events.push_back(event),
        }
    }

    fn inbound<T>(&mut self, id: MemberId, content: T) -> Inbound<T> {
        let member = self.members.get_mut(&id);
        let (iccid, name) = member.map_or_else(Default::default, |member| {
            member.counters.received = member.counters.received.wrapping_add(1);
            (member.identity.iccid.clone(), member.name.clone())
        });
        Inbound { member: id, iccid, name, content }
    }

    /// The part that a status report is about, whichever member it came through.
    fn about(&mut self, id: MemberId, report: &StatusReport) -> Option<(crate::MessageId, usize)> {
        let member = self.members.get(&id)?;
        // A report that the session has not matched was in the modem before this link: it cannot
        // be about a part that left over the link.
        let this_link = report.about.is_none().then_some((id, member.link));
        self.reports.find(&report.tpdu, member.sim, this_link, self.now)
    }
}
