//! Targets: what messages may be addressed to, each with the messages that wait and the members
//! that are free. They are the index of all decisions.

use alloc::string::String;
use alloc::vec::Vec;

use pdu::collections::{Map, Set};

use super::member::MemberId;
use super::priority::Lanes;

/// The index of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TargetId(usize);

/// The name of a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TargetKey {
    Any,
    Member(String),
    Sim(String),
    Group(String),
    Route(usize),
}

/// The messages and the members of one target.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// Messages that the members of the first choice may send.
    pub(super) fresh: Lanes,
    /// Messages that a member could not send, for all members.
    pub(super) returned: Lanes,
    /// The free members of the first choice, by their passes.
    pub(super) free: Set<(u64, MemberId)>,
    /// The free members of the fallback.
    pub(super) fallback: Set<(u64, MemberId)>,
    /// The members of the first choice that can send, now or soon.
    pub(super) usable: usize,
    /// The pass of the last member that was chosen.
    pub(super) pass: u64,
    /// The number of members, and of messages that are not at their end.
    pub(super) users: usize,
}

/// All targets that have a member or a message.
#[derive(Debug, Default)]
pub(super) struct Targets {
    list: Vec<Target>,
    keys: Vec<Option<TargetKey>>,
    index: Map<TargetKey, TargetId>,
    unused: Vec<TargetId>,
}

impl Targets {
    /// The target with this name, with one more user.
    pub(super) fn acquire(&mut self, key: TargetKey) -> TargetId {
        let id = match self.index.get(&key) {
            Some(id) => *id,
            None => {
                let id = self.unused.pop().unwrap_or_else(|| {
                    self.list.push(Target::default());
                    self.keys.push(None);
                    TargetId(self.list.len().saturating_sub(1))
                });
                if let Some(slot) = self.keys.get_mut(id.0) {
                    *slot = Some(key.clone());
                }
                self.index.insert(key, id);
                id
            }
        };
        if let Some(target) = self.list.get_mut(id.0) {
            target.users = target.users.saturating_add(1);
        }
        id
    }

    /// Takes a user from a target. One without a user is forgotten, so that names that are not used
    /// any more take no memory.
    pub(super) fn release(&mut self, id: TargetId) {
        let Some(target) = self.list.get_mut(id.0) else {
            return;
        };
        target.users = target.users.saturating_sub(1);
        if target.users == 0 {
            *target = Target::default();
            if let Some(key) = self.keys.get_mut(id.0).and_then(Option::take) {
                self.index.remove(&key);
                self.unused.push(id);
            }
        }
    }

    pub(super) fn get(&self, id: TargetId) -> Option<&Target> {
        self.list.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: TargetId) -> Option<&mut Target> {
        self.list.get_mut(id.0)
    }

    pub(super) fn key(&self, id: TargetId) -> Option<&TargetKey> {
        self.keys.get(id.0)?.as_ref()
    }
}
