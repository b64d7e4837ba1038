//! Parts in any order against a list that is searched from end to end.

use core::time::Duration;

use gsm7::{Alphabet, Coding};
use pdu::{
    Address, Concatenation, Deliver, DeliverRef, Information, Limits, Message, Outcome,
    Reassembler, Reference, Timestamp, UserData,
};

use crate::input::Input;

/// The lowest limits that there are.
const LIMITS: Limits = Limits { parts: 255, parts_per_sender: 255, age: Duration::from_secs(100) };

/// Operations of four octets: what, which reference and total, which part, and how much later.
pub fn reassembly(data: &[u8]) {
    let limits = Limits { parts: 255 + 64 * usize::from(data.len() > 512), ..LIMITS };
    let mut reassembler = Reassembler::new(limits);
    let mut naive = Naive { limits, messages: Vec::new(), count: 0 };
    let mut now = Duration::from_secs(1_000);
    let mut tag = 0;
    let mut input = Input::new(data);
    for _ in 0..data.len().div_ceil(4) {
        let [what, message, part, later] = input.array();
        now += Duration::from_secs(u64::from(later) / 8);
        match what {
            0xF0..=0xF7 => {
                let expired = reassembler.expire(now);
                assert_eq!(tags(&expired), naive.expire(now));
            }
            0xF8..=0xFB => {
                let oldest = reassembler.take_oldest();
                assert_eq!(oldest.as_ref().map(tags_of), naive.take_oldest());
            }
            0xFC.. => {
                reassembler = restored(&reassembler, limits, now);
                naive.restored(now);
            }
            _ => {
                tag += 1;
                let deliver = deliver(what, message, part);
                let outcome = insert(&mut reassembler, now, &deliver, tag);
                naive.insert(now + limits.age, &deliver, tag, outcome);
            }
        }
        assert_eq!(reassembler.len(), naive.len());
        assert!(reassembler.len() <= limits.parts);
        assert_eq!(reassembler.parts().count(), reassembler.len());
        assert_eq!(reassembler.next_expiry(), naive.next_expiry());
    }
}

/// Inserts a part as a view of its octets, or as an owned message.
fn insert(
    reassembler: &mut Reassembler<u32>,
    now: Duration,
    deliver: &Deliver,
    tag: u32,
) -> Outcome<u32> {
    if tag % 2 == 0 {
        return reassembler.insert(now, deliver, tag);
    }
    let mut octets = [0; 188];
    let length = deliver.encode(&mut octets).unwrap();
    let view = DeliverRef::decode(&octets[..length]).unwrap().value;
    reassembler.insert(now, view, tag)
}

fn deliver(what: u8, message: u8, part: u8) -> Deliver {
    let sender: Address =
        ["1", "+1", "123456", "+37120000000"][usize::from(what % 4)].parse().unwrap();
    let total = [2, 3, 8, 255][usize::from(message >> 6)];
    let reference = match message & 0x20 {
        0 => Reference::Eight(message & 0x1F),
        _ => Reference::Sixteen(u16::from(message & 0x1F)),
    };
    let text = if what & 0x40 == 0 { "a" } else { "b" };
    let header = Concatenation::new(reference, total, part).map(Information::Concatenation);
    let header: Vec<Information<'_>> = header.into_iter().collect();
    let mut deliver = Deliver::new(sender, Timestamp::default());
    deliver.user_data = UserData::text(text, Coding::Gsm7(Alphabet::DEFAULT), &header).unwrap();
    // The network may repeat a part with different flags.
    deliver.more_messages = what & 0x20 == 0;
    deliver
}

fn tags_of(message: &Message<u32>) -> Vec<u32> {
    message.tags().copied().collect()
}

fn tags(messages: &[Message<u32>]) -> Vec<Vec<u32>> {
    messages.iter().map(tags_of).collect()
}

/// Saved and taken back: nothing is lost, nothing is added.
fn restored(reassembler: &Reassembler<u32>, limits: Limits, now: Duration) -> Reassembler<u32> {
    let mut again = Reassembler::new(limits);
    let handed_over = again.restore(now, reassembler.save(now).unwrap()).unwrap();
    assert!(handed_over.is_empty());
    let parts = |reassembler: &Reassembler<u32>| -> Vec<(u8, Deliver, u32)> {
        reassembler.parts().map(|part| (part.sequence, part.deliver, part.tag)).collect()
    };
    assert_eq!(parts(&again), parts(reassembler));
    again
}

/// The same promises by looking through everything.
struct Naive {
    limits: Limits,
    messages: Vec<Incomplete>,
    count: u64,
}

type Key = (Address, Reference, u8);

struct Incomplete {
    key: Key,
    /// When it expires, and its number among all.
    age: (Duration, u64),
    parts: Vec<(u8, Deliver, u32)>,
}

impl Incomplete {
    fn tags(mut self) -> Vec<u32> {
        self.parts.sort_by_key(|part| part.0);
        self.parts.into_iter().map(|part| part.2).collect()
    }
}

impl Naive {
    fn len(&self) -> usize {
        self.messages.iter().map(|message| message.parts.len()).sum()
    }

    fn next_expiry(&self) -> Option<Duration> {
        self.messages.iter().map(|message| message.age.0).min()
    }

    /// Lets the messages that should have expired expire at once, in the same order.
    fn restored(&mut self, now: Duration) {
        self.messages.sort_by_key(|message| message.age);
        for (message, number) in self.messages.iter_mut().zip(0..) {
            message.age = (message.age.0.max(now), number);
            self.count = number + 1;
        }
    }

    fn load(&self, sender: Address) -> usize {
        let own = self.messages.iter().filter(|message| message.key.0 == sender);
        own.map(|message| message.parts.len()).sum()
    }

    fn take(&mut self, pick: impl Fn(&Incomplete) -> bool) -> Option<Vec<u32>> {
        let candidates = (0..self.messages.len()).filter(|&at| pick(&self.messages[at]));
        let oldest = candidates.min_by_key(|&at| self.messages[at].age)?;
        Some(self.messages.remove(oldest).tags())
    }

    fn take_oldest(&mut self) -> Option<Vec<u32>> {
        self.take(|_| true)
    }

    fn expire(&mut self, now: Duration) -> Vec<Vec<u32>> {
        core::iter::from_fn(|| self.take(|message| message.age.0 <= now)).collect()
    }

    /// The oldest message of a sender with, by order of magnitude, the most parts. The outcome
    /// tells which sender it was.
    fn take_of_most(&mut self, key: Key, outcome: &Outcome<u32>) -> Option<Vec<u32>> {
        let Outcome::Pending { displaced: Some(displaced), .. } = outcome else {
            panic!("{outcome:?}")
        };
        let magnitude = |message: &Incomplete| self.load(message.key.0).ilog2();
        let others = self.messages.iter().filter(|message| message.key != key);
        let most = others.map(magnitude).max();
        let sender = displaced.sender();
        assert_eq!(Some(self.load(sender).ilog2()), most);
        self.take(|message| message.key.0 == sender && message.key != key)
    }

    /// Takes the part, and compares what became of it.
    fn insert(&mut self, expiry: Duration, deliver: &Deliver, tag: u32, outcome: Outcome<u32>) {
        let Some(concatenation) = deliver.concatenation() else {
            let Outcome::Complete(message) = outcome else { panic!("{outcome:?}") };
            return assert_eq!(tags_of(&message), [tag]);
        };
        let (total, sequence) = (concatenation.total(), concatenation.sequence());
        let key = (deliver.originator, concatenation.reference(), total);
        let found = self.messages.iter_mut().find(|message| message.key == key);
        let mut gone = None;
        if let Some(message) = found {
            match message.parts.iter().find(|part| part.0 == sequence) {
                Some((_, other, _))
                    if (other.user_data, other.dcs) == (deliver.user_data, deliver.dcs) =>
                {
                    return assert_eq!(outcome, Outcome::Duplicate { tag });
                }
                Some(_) => gone = self.take(|message| message.key == key),
                None => {
                    message.parts.push((sequence, *deliver, tag));
                    if message.parts.len() == usize::from(total) {
                        let Outcome::Complete(complete) = outcome else { panic!("{outcome:?}") };
                        assert!(complete.is_complete() && complete.missing().is_empty());
                        return assert_eq!(
                            Some(tags_of(&complete)),
                            self.take(|message| message.key == key)
                        );
                    }
                    message.parts.pop();
                }
            }
        }
        let sender = key.0;
        if gone.is_some() {
        } else if self.load(sender) >= self.limits.parts_per_sender {
            gone = self.take(|message| message.key.0 == sender && message.key != key);
        } else if self.len() >= self.limits.parts {
            gone = self.take_of_most(key, &outcome);
        }
        if !self.messages.iter().any(|message| message.key == key) {
            self.messages.push(Incomplete { key, age: (expiry, self.count), parts: Vec::new() });
            self.count += 1;
        }
        let message = self.messages.iter_mut().find(|message| message.key == key).unwrap();
        message.parts.push((sequence, *deliver, tag));
        let Outcome::Pending { received, total: said, displaced } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!((usize::from(received), said), (message.parts.len(), total));
        assert_eq!(displaced.as_ref().map(tags_of), gone);
    }
}
