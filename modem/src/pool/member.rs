//! The members of a pool: modems, with their health.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use at_proto::Instant;

use super::cause::{Cause, Strikes};
use super::sim::SimId;
use super::target::TargetId;
use crate::message::MessageId;
use crate::profile::Profile;

use super::priority::Runs;
use super::route::Tier;

/// A member of a pool, as long as it is one. A member that comes back has another identifier and
/// the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub(super) u32);

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member {}", self.0)
    }
}

/// The identity of a modem and its SIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a test writes it down")]
pub struct Identity {
    /// The serial number of the modem.
    pub imei: Option<String>,
    /// The subscriber identity on the SIM.
    pub imsi: Option<String>,
    /// The serial number of the SIM card. Without one the IMSI names the SIM, and without both the
    /// member does.
    pub iccid: Option<String>,
}

impl From<&Profile> for Identity {
    /// The identity that a session has read.
    fn from(profile: &Profile) -> Self {
        Self {
            imei: profile.imei.clone(),
            imsi: profile.imsi.clone(),
            iccid: profile.iccid.clone(),
        }
    }
}

/// The numbers of a member since it was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberCounters {
    /// The parts that the network has accepted.
    pub sent: u64,
    /// The parts that were certainly not sent.
    pub failed: u64,
    /// The parts whose outcome is unknown.
    pub unknown: u64,
    /// The received messages and status reports.
    pub received: u64,
}

/// A member as [`Pool::members`](super::Pool::members) shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberView<'a> {
    /// The identifier.
    pub id: MemberId,
    /// The stable name.
    pub name: &'a str,
    /// The groups.
    pub groups: &'a [String],
    /// The identity, as last read.
    pub identity: &'a Identity,
    /// The state.
    pub state: MemberState,
    /// The counters.
    pub counters: MemberCounters,
}

/// The state of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberState {
    /// The modem is not ready.
    Down,
    /// The member waits for a part, as far as its limits allow.
    Idle,
    /// The member sends a part of this message.
    Sending(MessageId),
    /// The modem or its SIM has failed too often, and rests until the next probe.
    Quarantined {
        /// The last failure.
        cause: Cause,
        /// The time of the next probe.
        until: Instant,
    },
}

/// The part that a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InFlight {
    pub(super) message: MessageId,
    pub(super) part: u8,
    pub(super) sim: SimId,
    pub(super) stage: Stage,
    /// The month and the day for which the part is counted.
    pub(super) counted: Option<(u32, u32)>,
    /// The attempt is in the journal.
    pub(super) is_recorded: bool,
}

/// The progress of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The session has the part, and nothing has left.
    Assigned,
    /// The session waits for the confirmation, until the record of the attempt is durable.
    Recorded,
    /// The Ctrl-Z may have left.
    Confirmed,
    /// The part is taken back before its Ctrl-Z.
    Refused,
}

/// The place of a member among those that serve a target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Membership {
    pub(super) target: TargetId,
    pub(super) tier: Tier,
    /// The step of the pass for each part: small for a large weight.
    pub(super) stride: u64,
    /// The member with the lowest pass is the next one.
    pub(super) pass: u64,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
    pub(super) identity: Identity,
    pub(super) is_ready: bool,
    /// The number of links that have ended.
    pub(super) link: u32,
    pub(super) sim: Option<SimId>,
    pub(super) in_flight: Option<InFlight>,
    pub(super) strikes: Strikes,
    pub(super) runs: Runs,
    pub(super) memberships: Vec<Membership>,
    /// The member is in the free sets of its targets.
    pub(super) is_free: bool,
    /// The member is counted as usable in its targets.
    pub(super) is_usable: bool,
    /// The time at which the member is looked at again.
    pub(super) timer: Option<Instant>,
    pub(super) counters: MemberCounters,
}

impl Member {
    pub(super) fn new(name: String, groups: Vec<String>) -> Self {
        Self {
            name,
            groups,
            identity: Identity::default(),
            is_ready: false,
            link: 0,
            sim: None,
            in_flight: None,
            strikes: Strikes::default(),
            runs: Runs::default(),
            memberships: Vec::new(),
            is_free: false,
            is_usable: false,
            timer: None,
            counters: MemberCounters::default(),
        }
    }
}
