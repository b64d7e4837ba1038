//! Routes: the members that may send to a recipient.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use pdu::Address;
use pdu::collections::Map;

/// The wish of a message: the members that may send it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a caller must be able to match all")]
pub enum Via {
    /// The route with the longest prefix of the recipient's number; any member if there is none.
    #[default]
    Recipient,
    /// The member with this name.
    Member(String),
    /// The SIM with this ICCID, in whatever modem it is.
    Sim(String),
    /// The members of this group.
    Group(String),
    /// The route with this name.
    Route(String),
}

/// A route: prefixes of recipients, and the members that send to them.
///
/// The first choice of the members is by [`group`](Self::group), [`member`](Self::member) and
/// [`sim`](Self::sim), with weights. A member of the [`fallback`](Self::fallback) sends only while
/// no member of the first choice can, or a message that one of them could not send.
///
/// ```
/// use modem::pool::Route;
///
/// let route = Route::new("germany")
///     .prefix("+49")
///     .group("contract", 3)
///     .group("prepaid", 1)
///     .fallback("roaming");
/// assert_eq!(route.name(), "germany");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    name: String,
    prefixes: Vec<String>,
    /// Members with their weights; the second choice has no weights.
    choices: Vec<(Choice, Tier, u32)>,
}

/// A set of members that a route names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    Member(String),
    Sim(String),
    Group(String),
}

/// The choice of a route that a member belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    First,
    Fallback,
}

impl Route {
    /// Creates a route without prefixes and members.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), prefixes: Vec::new(), choices: Vec::new() }
    }

    /// Adds a prefix of the numbers that the route is for, as `+49171`. An empty prefix is the
    /// prefix of every number.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefixes.push(prefix.into());
        self
    }

    /// Adds the members of a group. The shares of members in a pool with little to do are as their
    /// weights; under full load each member sends as fast as its limits allow. A weight of 0 counts
    /// as 1.
    #[must_use]
    pub fn group(self, name: impl Into<String>, weight: u32) -> Self {
        self.choice(Choice::Group(name.into()), Tier::First, weight)
    }

    /// Adds one member.
    #[must_use]
    pub fn member(self, name: impl Into<String>, weight: u32) -> Self {
        self.choice(Choice::Member(name.into()), Tier::First, weight)
    }

    /// Adds the member that has the SIM with this ICCID.
    #[must_use]
    pub fn sim(self, iccid: impl Into<String>, weight: u32) -> Self {
        self.choice(Choice::Sim(iccid.into()), Tier::First, weight)
    }

    /// Adds a group for the time in which no member of the first choice can send.
    #[must_use]
    pub fn fallback(self, group: impl Into<String>) -> Self {
        self.choice(Choice::Group(group.into()), Tier::Fallback, 1)
    }

    fn choice(mut self, choice: Choice, tier: Tier, weight: u32) -> Self {
        self.choices.push((choice, tier, weight));
        self
    }

    /// The name of the route.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place of a member in the route, with its weight.
    pub(super) fn place(
        &self,
        name: &str,
        groups: &[String],
        iccid: Option<&str>,
    ) -> Option<(Tier, u32)> {
        let is_meant = |choice: &Choice| match choice {
            Choice::Member(member) => member == name,
            Choice::Sim(sim) => Some(sim.as_str()) == iccid,
            Choice::Group(group) => groups.contains(group),
        };
        let meant = self.choices.iter().filter(|(choice, ..)| is_meant(choice));
        // The first choice comes first, and the largest weight in it.
        meant
            .map(|(_, tier, weight)| (*tier, *weight))
            .min_by_key(|(tier, weight)| (*tier, u32::MAX.saturating_sub(*weight)))
    }
}

/// The prefixes of all routes.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    routes: Map<String, usize>,
    longest: usize,
}

impl Prefixes {
    pub(super) fn new(routes: &[Route]) -> Self {
        let mut prefixes = Self::default();
        for (index, route) in routes.iter().enumerate() {
            for prefix in &route.prefixes {
                // Of two routes with one prefix the first one is taken.
                prefixes.routes.entry(prefix.clone()).or_insert_with(|| index);
                prefixes.longest = prefixes.longest.max(prefix.len());
            }
        }
        prefixes
    }

    /// The index of the route with the longest prefix of a number, and that prefix. The look-up
    /// takes a step for each character of the number, whatever the number of routes.
    pub(super) fn find(&self, recipient: &Address) -> Option<(usize, String)> {
        if self.routes.is_empty() {
            return None;
        }
        let number = recipient.to_string();
        let lengths = (0..=number.len().min(self.longest)).rev();
        lengths
            .filter_map(|length| number.get(..length))
            .find_map(|prefix| self.routes.get(prefix).map(|index| (*index, prefix.into())))
    }
}
