//! Choices from the capabilities of a modem, as pure functions.

use alloc::vec::Vec;

use at_proto::NumberSet;
use at_proto::sms::{Indications, IndicationsOffered};

/// The settings of `+CNMI` worth trying, best first (3GPP TS 27.005, 3.4.1).
///
/// * Messages are stored and announced (mt 1), or with `direct` delivered directly (mt 2) if the
///   modem supports it.
/// * Reports are delivered (ds 1) or else stored (ds 2).
/// * Broadcasts are delivered (bm 2).
///
/// Modems refuse settings that they offer, so there is more than one candidate. An empty list means
/// that the modem does not announce messages.
pub(super) fn indications(offered: &IndicationsOffered, direct: bool) -> Vec<Indications> {
    // A modem that does not list its values may accept any.
    let of = |offered: &NumberSet, wanted: &[u8]| -> Vec<u8> {
        wanted
            .iter()
            .copied()
            .filter(|value| offered.is_empty() || offered.contains(u32::from(*value)))
            .collect()
    };
    let mut candidates = Vec::new();
    for mode in of(&offered.mode, &[2, 1]) {
        for mt in of(&offered.mt, if direct { &[2, 1] } else { &[1] }) {
            for bm in of(&offered.bm, &[2, 0]) {
                for ds in of(&offered.ds, &[1, 2, 0]) {
                    // Cinterion modems accept bfr 1 only.
                    let bfr = of(&offered.bfr, &[0, 1]).first().copied().unwrap_or(0);
                    candidates.push(Indications { mode, mt, bm, ds, bfr });
                }
            }
        }
    }
    candidates
}

/// The memories to name in `+CPMS`, one for each list of the test answer (3GPP TS 27.005, 3.2.2).
///
/// Messages are received in `wanted` if the modem has it, else in the memory in use `now`, else on
/// the SIM. Some modems need all three memories and some refuse more than one: the test answer has
/// as many lists as they accept.
pub(super) fn memories<M: Clone + PartialEq>(
    lists: &[Vec<M>],
    wanted: Option<&M>,
    now: Option<&M>,
    sim: &M,
) -> Vec<M> {
    let preferred = [wanted, now, Some(sim)];
    let received = lists.last().and_then(|last| {
        let listed = |memory: &&M| last.contains(memory);
        preferred.into_iter().flatten().find(listed).or(last.first())
    });
    let Some(received) = received else {
        return Vec::new();
    };
    lists
        .iter()
        .filter_map(|list| if list.contains(received) { Some(received) } else { list.first() })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use at_proto::sms::{Indications, IndicationsOffered, TestIndications};
    use at_proto::{Command as _, Response};

    use super::{indications, memories};

    fn values(indications: Indications) -> [u8; 5] {
        let Indications { mode, mt, bm, ds, bfr } = indications;
        [mode, mt, bm, ds, bfr]
    }

    #[test]
    fn indications_are_chosen_from_what_is_offered() {
        for (modem, offered, first) in [
            ("says nothing", "", Some([2, 1, 2, 1, 0])),
            ("offers all", "+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)", Some([2, 1, 2, 1, 0])),
            (
                "Cinterion: bfr 1 only",
                "+CNMI: (0-3),(0,1),(0,2,3),(0-2),(1)",
                Some([2, 1, 2, 1, 1]),
            ),
            ("SIM800: no broadcasts", "+CNMI: (0-2),(0-3),(0),(0,1),(0,1)", Some([2, 1, 0, 1, 0])),
            ("mode 1 at most", "+CNMI: (0,1),(0,1),(0),(0,2),(0)", Some([1, 1, 0, 2, 0])),
            ("does not announce", "+CNMI: (0-2),(0),(0),(0),(0)", None),
        ] {
            let offered = TestIndications.parse(&Response::ok([offered])).unwrap_or_default();
            assert_eq!(indications(&offered, false).first().copied().map(values), first, "{modem}");
        }
    }

    #[test]
    fn direct_delivery_is_chosen_where_it_is_wanted_and_offered() {
        for (offered, first) in [
            ("+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)", [2, 2, 2, 1, 0]),
            ("+CNMI: (0-2),(0,1),(0),(0,1),(0)", [2, 1, 0, 1, 0]),
        ] {
            let offered = TestIndications.parse(&Response::ok([offered])).unwrap();
            assert_eq!(indications(&offered, true).first().copied().map(values), Some(first));
        }
    }

    #[test]
    fn a_refusal_is_followed_by_the_settings_that_other_modems_take() {
        let candidates: Vec<_> =
            indications(&IndicationsOffered::default(), false).into_iter().map(values).collect();
        let ladder =
            [[2, 1, 2, 1, 0], [2, 1, 2, 2, 0], [2, 1, 2, 0, 0], [2, 1, 0, 1, 0], [1, 1, 2, 1, 0]];
        let places: Vec<_> = ladder
            .iter()
            .map(|step| candidates.iter().position(|candidate| candidate == step))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    }

    #[test]
    fn memories_are_named_as_many_as_the_modem_lists_each_from_its_own_list() {
        for (modem, lists, now, chosen) in [
            (
                "three alike",
                vec![vec!["ME", "SM"], vec!["ME", "SM"], vec!["ME", "SM"]],
                "ME",
                vec!["ME", "ME", "ME"],
            ),
            (
                "Siemens: mem3 lacks ME",
                vec![vec!["ME", "SM", "MT"], vec!["ME", "SM", "MT"], vec!["SM", "MT"]],
                "MT",
                vec!["MT", "MT", "MT"],
            ),
            (
                "mem3 is SM only",
                vec![vec!["ME", "SM"], vec!["ME"], vec!["SM"]],
                "ME",
                vec!["SM", "ME", "SM"],
            ),
            ("Wavecom: one", vec![vec!["SM", "BM", "SR"]], "SM", vec!["SM"]),
            ("lists nothing", vec![], "SM", vec![]),
        ] {
            assert_eq!(memories(&lists, None, Some(&now), &"SM"), chosen, "{modem}");
        }
        assert_eq!(memories(&[vec!["ME", "SM"]], Some(&"SM"), Some(&"ME"), &"SM"), ["SM"]);
        assert_eq!(memories(&[vec!["ME", "SM"]], Some(&"XX"), Some(&"ME"), &"SM"), ["ME"]);
    }
}
