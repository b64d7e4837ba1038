//! Parts in any order, from any sender, over a restart.

use core::time::Duration;

use pdu::{
    Address, Concatenation, Dcs, Deliver, DeliverRef, Information, Limits, Message, Outcome,
    Reassembler, Reference, Timestamp, UserData,
};
use proptest::prelude::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn address(number: &str) -> Address {
    number.parse().unwrap()
}

fn part(sender: Address, reference: Reference, total: u8, sequence: u8, text: &str) -> Deliver {
    let part = Concatenation::new(reference, total, sequence).unwrap();
    let coding = gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT);
    let user_data = UserData::text(text, coding, &[Information::Concatenation(part)]).unwrap();
    Deliver::new(sender, Timestamp::default()).with_user_data(Dcs::GSM7, user_data)
}

fn complete<T: core::fmt::Debug>(outcome: Outcome<T>) -> Message<T> {
    match outcome {
        Outcome::Complete(message) => message,
        other => panic!("{other:?}"),
    }
}

/// Returns the displaced message of a part that is pending.
fn displaced<T: core::fmt::Debug>(outcome: Outcome<T>) -> Option<Message<T>> {
    match outcome {
        Outcome::Pending { displaced, .. } => displaced,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parts_come_in_any_order() {
    let mut reassembler = Reassembler::default();
    let send = |sequence, text| part(address("+1"), Reference::Eight(7), 3, sequence, text);
    let outcome = reassembler.insert(HOUR, &send(3, "c"), 30);
    assert_eq!(outcome, Outcome::Pending { received: 1, total: 3, displaced: None });
    let outcome = reassembler.insert(HOUR, &send(1, "a"), 10);
    assert_eq!(outcome, Outcome::Pending { received: 2, total: 3, displaced: None });
    let message = complete(reassembler.insert(HOUR, &send(2, "b"), 20));
    assert_eq!(message.text().as_deref(), Some("abc"));
    assert!(message.is_complete());
    assert!(message.tags().eq(&[10, 20, 30]));
    assert_eq!((message.sender(), message.reference()), (address("+1"), Some(Reference::Eight(7))));
    assert!(reassembler.is_empty());
    assert_eq!(reassembler.next_expiry(), None);
}

#[test]
fn messages_of_other_senders_references_widths_and_totals_do_not_mix() {
    let mut reassembler = Reassembler::default();
    let others = [
        (address("+1"), Reference::Eight(7), 2),
        (address("1"), Reference::Eight(7), 2),
        (address("+2"), Reference::Eight(7), 2),
        (address("+1"), Reference::Eight(8), 2),
        (address("+1"), Reference::Sixteen(7), 2),
        (address("+1"), Reference::Eight(7), 3),
    ];
    for (index, (sender, reference, total)) in others.into_iter().enumerate() {
        let outcome = reassembler.insert(
            HOUR,
            &part(sender, reference, total, 1, &format!("{index}")),
            index,
        );
        assert_eq!(outcome, Outcome::Pending { received: 1, total, displaced: None });
    }
    for (index, (sender, reference, total)) in others.into_iter().enumerate().take(5) {
        let message =
            complete(reassembler.insert(HOUR, &part(sender, reference, total, 2, "!"), index));
        assert_eq!(message.text(), Some(format!("{index}!")));
    }
    assert_eq!(reassembler.len(), 1);
}

#[test]
fn a_part_that_comes_twice_is_given_back() {
    let mut reassembler = Reassembler::default();
    let first = part(address("+1"), Reference::Eight(7), 2, 1, "a");
    assert!(matches!(reassembler.insert(HOUR, &first, "one"), Outcome::Pending { .. }));
    // A network that repeats a part may change the flags.
    let mut again = first;
    again.more_messages = true;
    assert_eq!(reassembler.insert(HOUR, &again, "two"), Outcome::Duplicate { tag: "two" });
    assert_eq!(reassembler.len(), 1);
}

#[test]
fn a_reference_in_use_again_hands_over_the_earlier_message() {
    let mut reassembler = Reassembler::default();
    let send = |sequence, text| part(address("+1"), Reference::Eight(1), 2, sequence, text);
    assert_eq!(displaced(reassembler.insert(HOUR, &send(1, "old"), ())), None);
    let old = displaced(reassembler.insert(2 * HOUR, &send(1, "new"), ())).unwrap();
    assert_eq!((old.text().as_deref(), old.missing()), (Some("old"), vec![2]));
    let new = complete(reassembler.insert(3 * HOUR, &send(2, " text"), ()));
    assert_eq!(new.text().as_deref(), Some("new text"));
}

#[test]
fn a_message_without_parts_is_complete_at_once() {
    let mut reassembler = Reassembler::default();
    let plain = Deliver::new(address("+1"), Timestamp::default());
    let message = complete(reassembler.insert(HOUR, &plain, ()));
    assert_eq!((message.total(), message.reference(), message.missing()), (1, None, vec![]));
    let one_of_one = part(address("+1"), Reference::Eight(1), 1, 1, "a");
    assert_eq!(complete(reassembler.insert(HOUR, &one_of_one, ())).text().as_deref(), Some("a"));
    assert!(reassembler.is_empty());
}

#[test]
fn what_stays_incomplete_is_returned_with_the_numbers_that_are_missing() {
    let mut reassembler = Reassembler::default();
    let send =
        |reference, sequence| part(address("+1"), Reference::Eight(reference), 4, sequence, "x");
    let _ = reassembler.insert(HOUR, &send(1, 2), ());
    let _ = reassembler.insert(2 * HOUR, &send(2, 1), ());
    let _ = reassembler.insert(3 * HOUR, &send(1, 4), ());
    assert_eq!(reassembler.next_expiry(), Some(25 * HOUR));
    assert!(reassembler.expire(25 * HOUR - Duration::from_millis(1)).is_empty());
    let expired = reassembler.expire(25 * HOUR);
    assert_eq!(expired.len(), 1);
    assert_eq!((expired[0].missing(), expired[0].is_complete()), (vec![1, 3], false));
    assert_eq!(reassembler.next_expiry(), Some(26 * HOUR));
    assert_eq!(reassembler.expire(Duration::MAX).len(), 1);
    assert!(reassembler.is_empty());
}

#[test]
fn an_escape_before_a_gap_is_not_joined_with_what_follows_it() {
    let mut reassembler = Reassembler::default();
    let escape = UserData::septets(
        &[0x61, 0x1B],
        &[Information::Concatenation(Concatenation::new(Reference::Eight(1), 3, 1).unwrap())],
    );
    let first = Deliver::new(address("+1"), Timestamp::default())
        .with_user_data(Dcs::GSM7, escape.unwrap());
    let _ = reassembler.insert(HOUR, &first, ());
    let _ = reassembler.insert(HOUR, &part(address("+1"), Reference::Eight(1), 3, 3, "e"), ());
    assert_eq!(reassembler.take_oldest().unwrap().text().as_deref(), Some("a e"));
}

#[test]
#[cfg_attr(miri, ignore = "takes 65,535 parts: an hour and a half")]
fn one_sender_cannot_push_out_another() {
    let limits = Limits { parts: 1_000, parts_per_sender: 300, ..Limits::default() };
    let mut reassembler = Reassembler::new(limits);
    let victim = part(address("+1"), Reference::Eight(1), 2, 1, "precious ");
    let _ = reassembler.insert(HOUR, &victim, 0);
    for reference in 0..u16::MAX {
        let flood = part(address("+666"), Reference::Sixteen(reference), 255, 1, "x");
        let displaced = displaced(reassembler.insert(HOUR, &flood, 1));
        assert!(displaced.is_none_or(|message| message.sender() == address("+666")));
        assert!(reassembler.len() <= 301);
    }
    let rest = part(address("+1"), Reference::Eight(1), 2, 2, "text");
    assert_eq!(
        complete(reassembler.insert(HOUR, &rest, 0)).text().as_deref(),
        Some("precious text")
    );
}

#[test]
#[cfg_attr(miri, ignore = "takes 450 parts: 40 s")]
fn many_senders_together_push_out_those_who_hold_most() {
    let limits = Limits { parts: 300, parts_per_sender: 300, ..Limits::default() };
    let mut reassembler = Reassembler::new(limits);
    for reference in 0..200 {
        let _ = reassembler.insert(
            HOUR,
            &part(address("+666"), Reference::Sixteen(reference), 2, 1, "x"),
            (),
        );
    }
    for sender in 0..250_u32 {
        let sender = address(&format!("+1{sender:03}"));
        let outcome = reassembler.insert(HOUR, &part(sender, Reference::Eight(1), 2, 1, "x"), ());
        assert!(displaced(outcome).is_none_or(|message| message.sender() == address("+666")));
        assert!(reassembler.len() <= 300);
    }
}

#[test]
fn the_longest_message_fits_the_smallest_limits() {
    let mut reassembler = Reassembler::new(Limits { parts: 0, parts_per_sender: 0, age: HOUR });
    for reference in 0..300 {
        let _ = reassembler.insert(
            Duration::ZERO,
            &part(address("+2"), Reference::Sixteen(reference), 2, 1, "x"),
            (),
        );
    }
    for sequence in 1..255 {
        let _ = reassembler.insert(
            Duration::ZERO,
            &part(address("+1"), Reference::Eight(1), 255, sequence, "y"),
            (),
        );
        assert!(reassembler.len() <= 255);
    }
    let last = part(address("+1"), Reference::Eight(1), 255, 255, "y");
    assert_eq!(
        complete(reassembler.insert(Duration::ZERO, &last, ())).text(),
        Some("y".repeat(255))
    );
}

#[cfg(feature = "serde")]
#[test]
fn what_is_pending_survives_a_restart_with_its_age() {
    let mut before = Reassembler::default();
    let send =
        |reference, sequence| part(address("+1"), Reference::Eight(reference), 2, sequence, "x");
    let _ = before.insert(10 * HOUR, &send(1, 1), "SM 1".to_owned());
    let _ = before.insert(12 * HOUR, &send(2, 2), "SM 2".to_owned());
    let saved = serde_json::to_string(&before.save(13 * HOUR).unwrap()).unwrap();

    // The clock of the next run begins at 0.
    let mut after = Reassembler::default();
    assert_eq!(after.restore(Duration::ZERO, serde_json::from_str(&saved).unwrap()).unwrap(), []);
    assert!(after.parts().eq(before.parts()));
    assert_eq!(after.next_expiry(), Some(21 * HOUR));
    let message = complete(after.insert(Duration::ZERO, &send(2, 1), "SM 3".to_owned()));
    assert!(message.tags().eq(&["SM 3", "SM 2"]));
    assert_eq!(after.expire(21 * HOUR).len(), 1);
}

#[cfg(feature = "serde")]
#[test]
fn damaged_or_hostile_state_is_refused_or_returned() {
    let restore = |json: &str| {
        let mut reassembler = Reassembler::<u8>::default();
        reassembler.restore(HOUR, serde_json::from_str(json).unwrap())
    };
    let error =
        restore(r#"{"messages":[{"age_ms":1,"parts":[{"pdu":"00zz","tag":1}]}]}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the saved state is damaged: message 0 has a part that cannot be read"
    );
    // A saved message without parts, with an age beyond all limits.
    let plain = r#"{"messages":[{"age_ms":18446744073709551615,"parts":[{"pdu":"000404913619000051507132200523 02C834","tag":1}]}]}"#;
    let returned = restore(&plain.replace(' ', "")).unwrap();
    assert_eq!(returned[0].text().as_deref(), Some("Hi"));
}

/// A naive reassembler that looks at every part it holds.
#[derive(Default)]
struct Naive {
    parts: Vec<(Address, Reference, u8, u8, String)>,
}

impl Naive {
    /// Returns the text of the message, if this part completes it.
    fn insert(
        &mut self,
        sender: Address,
        reference: Reference,
        total: u8,
        sequence: u8,
        text: &str,
    ) -> Option<String> {
        let same = |part: &&(Address, Reference, u8, u8, String)| {
            (part.0, part.1, part.2) == (sender, reference, total)
        };
        if let Some(other) = self.parts.iter().filter(same).find(|part| part.3 == sequence) {
            if other.4 == text {
                return None;
            }
            self.parts.retain(|part| !same(&part));
        }
        self.parts.push((sender, reference, total, sequence, text.to_owned()));
        let mut texts: Vec<(u8, String)> =
            self.parts.iter().filter(same).map(|part| (part.3, part.4.clone())).collect();
        if texts.len() == usize::from(total) {
            self.parts.retain(|part| !same(&part));
            texts.sort();
            return Some(texts.into_iter().map(|(_, text)| text).collect());
        }
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_agrees_with_one_that_looks_at_every_part(
        parts in prop::collection::vec((0..3_u8, 0..3_u8, 2..4_u8, 0..3_u8, 0..3_u8), 0..if cfg!(miri) { 30 } else { 120 })
    ) {
        let mut reassembler = Reassembler::default();
        let mut naive = Naive::default();
        for (sender, reference, total, sequence, text) in parts {
            let (sender, reference) = (address(&format!("+{sender}")), Reference::Eight(reference));
            let (sequence, text) = (sequence % total + 1, format!("text {text}"));
            let outcome = reassembler.insert(HOUR, &part(sender, reference, total, sequence, &text), ());
            let complete = match outcome {
                Outcome::Complete(message) => message.text(),
                _ => None,
            };
            prop_assert_eq!(complete, naive.insert(sender, reference, total, sequence, &text));
            prop_assert_eq!(reassembler.len(), naive.parts.len());
        }
    }

    /// A part that was cut within a septet is the same part only without the rest of that septet.
    #[test]
    fn a_view_is_inserted_as_the_owned_message_that_it_becomes(
        parts in prop::collection::vec((0..2_u8, 0..3_u8, 0..2_u8, 0..4_usize, any::<u8>()), 0..60)
    ) {
        let (mut by_view, mut by_owned) = (Reassembler::default(), Reassembler::default());
        for (tag, (reference, sequence, text, cut, damage)) in parts.into_iter().enumerate() {
            let text = ["one text", "another one"][usize::from(text)];
            let part = part(address("+1"), Reference::Eight(reference), 3, sequence + 1, text);
            let mut octets = [0; 188];
            let length = part.encode(&mut octets).unwrap();
            let tpdu = &mut octets[..length - cut];
            if let (1.., Some(last)) = (cut, tpdu.last_mut()) {
                // The bits beyond the last whole septet differ from those of the other parts.
                *last ^= damage & 0xF0;
            }
            let view = DeliverRef::decode(tpdu).unwrap().value;
            let owned = Deliver::decode(tpdu).unwrap().value;
            prop_assert_eq!(owned.view().to_deliver(), owned);
            let outcome = by_owned.insert(HOUR, &owned, tag);
            prop_assert_eq!(by_view.insert(HOUR, view, tag), outcome);
            prop_assert!(by_view.parts().eq(by_owned.parts()));
        }
    }
}
