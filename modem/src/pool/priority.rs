//! Priority classes, and their fairness.

use pdu::collections::Set;

use crate::message::MessageId;

/// The priority class of a message.
///
/// A part of a higher class goes first. After eight alarms in a row on a member one other part goes
/// if one waits, and after eight normal parts one bulk part: nothing starves, and an alarm waits
/// for at most one part of another class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[expect(clippy::exhaustive_enums, reason = "a caller must be able to match all")]
pub enum Priority {
    /// Before everything else.
    Alarm,
    /// The usual class.
    #[default]
    Normal,
    /// After everything else.
    Bulk,
}

impl Priority {
    /// All classes, the highest first.
    pub const ALL: [Self; 3] = [Self::Alarm, Self::Normal, Self::Bulk];
}

/// The number of parts of a class in a row, after which a lower class has its turn.
const MAX_RUN: u32 = 8;

/// The parts that a member has sent in a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Runs {
    alarms: u32,
    normal: u32,
}

impl Runs {
    /// The classes in the order in which the next part is looked for.
    pub(super) const fn order(self) -> [Priority; 3] {
        use Priority::{Alarm, Bulk, Normal};
        match (self.alarms >= MAX_RUN, self.normal >= MAX_RUN) {
            (false, false) => [Alarm, Normal, Bulk],
            (false, true) => [Alarm, Bulk, Normal],
            (true, false) => [Normal, Bulk, Alarm],
            (true, true) => [Bulk, Normal, Alarm],
        }
    }

    pub(super) const fn served(&mut self, class: Priority) {
        match class {
            Priority::Alarm => self.alarms = self.alarms.saturating_add(1),
            Priority::Normal => {
                (self.alarms, self.normal) = (0, self.normal.saturating_add(1));
            }
            Priority::Bulk => (self.alarms, self.normal) = (0, 0),
        }
    }
}

/// Waiting messages, by class and age.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    alarm: Set<MessageId>,
    normal: Set<MessageId>,
    bulk: Set<MessageId>,
}

impl Lanes {
    pub(super) const fn of(&self, class: Priority) -> &Set<MessageId> {
        match class {
            Priority::Alarm => &self.alarm,
            Priority::Normal => &self.normal,
            Priority::Bulk => &self.bulk,
        }
    }

    pub(super) const fn of_mut(&mut self, class: Priority) -> &mut Set<MessageId> {
        match class {
            Priority::Alarm => &mut self.alarm,
            Priority::Normal => &mut self.normal,
            Priority::Bulk => &mut self.bulk,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.alarm.is_empty() && self.normal.is_empty() && self.bulk.is_empty()
    }

    /// All messages, by class.
    pub(super) fn iter(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.alarm.iter().chain(&self.normal).chain(&self.bulk).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Priority, Runs};

    #[test]
    fn after_eight_parts_of_a_class_the_lower_ones_have_their_turn() {
        let mut runs = Runs::default();
        let mut counts = [0; 3];
        for _ in 0..81 * 10 {
            // Every class has something to send.
            let class = runs.order()[0];
            runs.served(class);
            counts[class as usize] += 1;
        }
        assert_eq!(counts, [720, 80, 10]);
    }

    #[test]
    fn an_alarm_is_next_after_any_other_part() {
        let mut runs = Runs::default();
        for class in [Priority::Alarm; 20].into_iter().chain([Priority::Normal; 20]) {
            runs.served(class);
        }
        assert_eq!(runs.order()[0], Priority::Alarm);
    }
}
