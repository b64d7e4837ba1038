//! The decision about a delivered item, by the states of its parts.

use std::time::Duration;

use super::entry::{Claimant, Entry};
use super::hosts::Life;
use crate::claims::State;

/// The decision about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is left to do: the item is acknowledged.
    Over,
    /// Nothing has left: a modem of this host may have the message.
    Take,
    /// This process has the message.
    InProgress,
    /// Another process has the message: the item is offered again later.
    Later,
    /// The claimant of these parts is gone: they are unknown, and the rest fails.
    Orphaned(Vec<i64>),
    /// The message was decided about, except for these parts.
    Close(Ending, Vec<i64>),
}

/// The way in which the parts that nobody has tried end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Expired,
    Cancelled,
    /// Another part of the message has failed or is unknown.
    Rest,
    /// The host that has sent the first part did not come back.
    Stranded,
}

/// The circumstances of a delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) host: &'a str,
    pub(crate) boot: &'a str,
    /// The item was delivered before.
    pub(crate) is_repeated: bool,
    pub(crate) is_expired: bool,
    /// This process has the message in its pool.
    pub(crate) is_live: bool,
    pub(crate) orphan_after: Duration,
}

/// The claimant whose life the decision depends on.
pub(crate) fn claimant<'a>(parts: &'a [Entry], facts: &Facts<'_>) -> Option<&'a Claimant> {
    let claimed = parts.iter().find(|part| part.state == State::Claimed);
    let begun = || parts.iter().find(|part| !part.state.is_open());
    let claimant = claimed.or_else(begun)?.claimant.as_ref()?;
    (claimant.boot != facts.boot).then_some(claimant)
}

/// Decides about an item. `life` is that of its [`claimant`].
pub(crate) fn judge(parts: &[Entry], life: Option<Life>, facts: &Facts<'_>) -> Verdict {
    let with = |wanted: &dyn Fn(State) -> bool| -> Vec<i64> {
        let parts = (0..).zip(parts).filter(|(_, part)| wanted(part.state));
        parts.map(|(number, _)| number).collect()
    };
    let any = |state: State| parts.iter().any(|part| part.state == state);
    let open = with(&State::is_open);
    let claimed = with(&|state| state == State::Claimed);
    if open.is_empty() && claimed.is_empty() {
        return Verdict::Over;
    }
    if facts.is_live {
        return Verdict::InProgress;
    }
    if !claimed.is_empty() {
        return match life {
            Some(Life::Gone(_) | Life::Restarted) if facts.is_repeated => {
                Verdict::Orphaned(claimed)
            }
            Some(_) => Verdict::Later,
            // The claim is of this process, which does not have the message any more.
            None => Verdict::Later,
        };
    }
    if open.len() < parts.len() {
        if any(State::Cancelled) {
            return Verdict::Close(Ending::Cancelled, open);
        }
        if any(State::Expired) {
            return Verdict::Close(Ending::Expired, open);
        }
        if any(State::Unknown) || any(State::Failed) {
            return Verdict::Close(Ending::Rest, open);
        }
        // An earlier process of this host has begun the message, and its database is gone.
        let of_host = claimant(parts, facts).is_some_and(|claimant| claimant.host == facts.host);
        // The recipient joins the parts of one SIM only.
        return match life {
            None => Verdict::Close(Ending::Stranded, open),
            Some(_) if facts.is_expired => Verdict::Close(Ending::Expired, open),
            Some(Life::Gone(since)) if since >= facts.orphan_after => {
                Verdict::Close(Ending::Stranded, open)
            }
            Some(Life::Restarted) if of_host => Verdict::Close(Ending::Stranded, open),
            Some(_) => Verdict::Later,
        };
    }
    if facts.is_expired {
        return Verdict::Close(Ending::Expired, open);
    }
    Verdict::Take
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Cancelled, Claimed, Delivered, Expired, Failed, Released, Sent, Unknown, Waiting};

    fn entries(states: &[State], boot: &str) -> Vec<Entry> {
        let entry = |state: &State| {
            let claimant = Claimant { host: "h".into(), boot: boot.into(), token: "t".into() };
            let claimant = (*state != Waiting).then_some(claimant);
            Entry { state: *state, claimant, ..Entry::waiting() }
        };
        states.iter().map(entry).collect()
    }

    const FACTS: Facts<'_> = Facts {
        host: "here",
        boot: "here",
        is_repeated: true,
        is_expired: false,
        is_live: false,
        orphan_after: Duration::from_secs(600),
    };

    const GONE: Option<Life> = Some(Life::Gone(Duration::from_secs(10)));
    const LONG_GONE: Option<Life> = Some(Life::Gone(Duration::from_secs(601)));

    fn verdict(states: &[State], life: Option<Life>, facts: Facts<'_>) -> Verdict {
        judge(&entries(states, "there"), life, &facts)
    }

    #[test]
    fn only_an_untouched_message_is_taken() {
        let take = |states: &[State]| verdict(states, None, FACTS) == Verdict::Take;
        assert!(take(&[Waiting]) && take(&[Waiting, Released]));
        for state in State::ALL.into_iter().filter(|state| !state.is_open()) {
            for life in [None, GONE, Some(Life::Alive), Some(Life::Restarted)] {
                for states in [vec![state], vec![state, Waiting], vec![Released, state]] {
                    assert_ne!(verdict(&states, life, FACTS), Verdict::Take, "{states:?} {life:?}");
                }
            }
        }
    }

    #[test]
    fn a_claim_is_called_unknown_after_its_item_came_again_and_its_host_is_gone() {
        let orphaned = Verdict::Orphaned(vec![1]);
        assert_eq!(verdict(&[Sent, Claimed, Waiting], GONE, FACTS), orphaned);
        let first = Facts { is_repeated: false, ..FACTS };
        assert_eq!(verdict(&[Sent, Claimed], GONE, first), Verdict::Later);
        assert_eq!(verdict(&[Claimed], Some(Life::Alive), FACTS), Verdict::Later);
        assert_eq!(verdict(&[Claimed], Some(Life::Restarted), FACTS), Verdict::Orphaned(vec![0]));
        let live = Facts { is_live: true, ..FACTS };
        assert_eq!(verdict(&[Claimed], GONE, live), Verdict::InProgress);
    }

    #[test]
    fn the_rest_of_a_message_waits_for_the_host_of_its_first_part() {
        let begun = [Sent, Waiting];
        assert_eq!(verdict(&begun, Some(Life::Alive), FACTS), Verdict::Later);
        assert_eq!(verdict(&begun, GONE, FACTS), Verdict::Later);
        let close = |ending| Verdict::Close(ending, vec![1]);
        assert_eq!(verdict(&begun, LONG_GONE, FACTS), close(Ending::Stranded));
        let late = Facts { is_expired: true, ..FACTS };
        assert_eq!(verdict(&begun, GONE, late), close(Ending::Expired));
        assert_eq!(verdict(&begun, Some(Life::Restarted), FACTS), Verdict::Later);
        let mine = Facts { host: "h", ..FACTS };
        assert_eq!(verdict(&begun, Some(Life::Restarted), mine), close(Ending::Stranded));
        assert_eq!(verdict(&begun, GONE, Facts { is_live: true, ..FACTS }), Verdict::InProgress);
        assert_eq!(verdict(&begun, None, FACTS), close(Ending::Stranded));
    }

    #[test]
    fn the_rest_of_a_message_ends_as_its_decided_part() {
        for (states, ending) in [
            ([Cancelled, Waiting], Ending::Cancelled),
            ([Expired, Released], Ending::Expired),
            ([Unknown, Waiting], Ending::Rest),
            ([Failed, Waiting], Ending::Rest),
        ] {
            assert_eq!(verdict(&states, GONE, FACTS), Verdict::Close(ending, vec![1]));
        }
        for states in [[Sent, Sent], [Unknown, Failed], [Delivered, Sent], [Cancelled, Cancelled]] {
            assert_eq!(verdict(&states, None, FACTS), Verdict::Over);
        }
        let late = Facts { is_expired: true, ..FACTS };
        assert_eq!(verdict(&[Waiting], None, late), Verdict::Close(Ending::Expired, vec![0]));
    }

    #[test]
    fn the_life_of_another_process_decides_and_of_this_one_the_pool() {
        assert!(claimant(&entries(&[Sent, Waiting], "there"), &FACTS).is_some());
        assert!(claimant(&entries(&[Sent, Waiting], "here"), &FACTS).is_none());
        assert!(claimant(&entries(&[Waiting], "there"), &FACTS).is_none());
    }
}
