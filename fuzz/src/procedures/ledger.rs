//! What the application was told, against what really happened.

use std::collections::{BTreeMap, BTreeSet};

use modem::pdu::Incoming;
use modem::simulator::{Fact, Fault, Subscriber, Verb};
use modem::{Config, Event, PartOutcome, Receipt, SendReport, WhenFull};

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Octets were changed on their way, or commands meddled: then nobody knows what is true.
    is_dirty: bool,
    /// Texts that were delivered, unless others came too.
    texts: BTreeSet<String>,
    has_other_texts: bool,
    /// Parts that certainly went out, and those that may have, by their TPDU.
    sent: BTreeMap<Vec<u8>, usize>,
    unknown: BTreeMap<Vec<u8>, usize>,
    /// What the network took.
    submitted: BTreeMap<Vec<u8>, usize>,
    references: BTreeSet<(Vec<u8>, u8)>,
    claimed: Vec<(Vec<u8>, u8)>,
    receipts: Vec<Receipt>,
    /// PDUs that were handed over, and those that were acknowledged, in hexadecimal digits.
    handed_over: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
    stored: BTreeSet<Vec<u8>>,
    is_ready: bool,
    /// The card asks for its PIN, which nobody has given.
    cannot_read: bool,
    /// The application deletes what it has not seen, or lets the session do so.
    deletes: bool,
}

impl Ledger {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            deletes: config.when_full == WhenFull::EraseOldest,
            ..Self::default()
        }
    }

    /// The application deletes what it may not have seen.
    pub(super) fn deletes(&mut self) {
        self.deletes = true;
    }

    /// A message is still on its way, and what became of its parts is not told yet.
    pub(super) fn is_open(&mut self) {
        self.is_dirty = true;
    }

    /// Another session has taken the place of the one before.
    pub(super) fn restarted(&mut self) {
        self.is_ready = false;
    }

    /// A command of the application's own may change anything.
    pub(super) fn asked(&mut self, line: &str) {
        self.is_dirty |= !matches!(line, "AT" | "AT+CSQ" | "AT+CREG?" | "AT+COPS?" | "AT+CGMI");
    }

    /// The world does this.
    pub(super) fn done(&mut self, verb: &Verb) {
        match verb {
            Verb::Deliver { text, .. } => {
                self.texts.insert(text.clone());
            }
            Verb::Pdu(_)
            | Verb::Full
            | Verb::Subscriber {
                subscriber: Subscriber::Echo,
                ..
            } => {
                self.has_other_texts = true;
            }
            Verb::Pin(_) => self.cannot_read = true,
            Verb::Fault(
                Fault::Lose { .. } | Fault::Corrupt { .. } | Fault::Duplicate { .. } | Fault::Insert { .. },
            ) => self.is_dirty = true,
            // A modem that says OK and does nothing lies.
            Verb::Fault(Fault::Refuse { answer, .. }) => {
                self.is_dirty |= !answer.starts_with("+CMS ERROR: ") && !answer.starts_with("+CME ERROR: ");
            }
            _ => {}
        }
    }

    pub(super) fn reported(&mut self, report: &SendReport) {
        let mut stopped = false;
        for part in &report.parts {
            let mut octets = [0; 200];
            let count = part.submit.encode(&mut octets).unwrap();
            let tpdu = octets[..count].to_vec();
            assert!(
                !stopped || matches!(part.outcome, PartOutcome::NotAttempted),
                "tried after the first one not sent"
            );
            match part.outcome {
                PartOutcome::Sent { reference } => {
                    self.claimed.push((tpdu.clone(), reference));
                    *self.sent.entry(tpdu).or_default() += 1;
                }
                PartOutcome::Unknown { .. } => *self.unknown.entry(tpdu).or_default() += 1,
                _ => {}
            }
            stopped |= !matches!(part.outcome, PartOutcome::Sent { .. });
        }
    }

    pub(super) fn received(&mut self, event: Event) {
        let receipt = match event {
            Event::Received(message) => {
                if let (Some(text), true) = (&message.text, message.missing.is_empty()) {
                    let known = self.texts.contains(text) || self.has_other_texts || self.is_dirty;
                    assert!(known, "nobody wrote {text:?}");
                }
                message.receipt
            }
            Event::Part(part) => part.receipt,
            Event::Report(report) => report.receipt,
            Event::Undecodable(undecodable) => undecodable.receipt,
            Event::Ready => return self.is_ready = true,
            Event::Closed => return self.is_ready = false,
            _ => return,
        };
        self.handed_over.extend(receipt.pdus().map(String::from));
        self.receipts.push(receipt);
    }

    /// The receipts that were not acknowledged yet, which they are now.
    pub(super) fn acknowledge(&mut self) -> Vec<Receipt> {
        let pdus = self.receipts.iter().flat_map(Receipt::pdus).map(String::from);
        self.acknowledged.extend(pdus);
        core::mem::take(&mut self.receipts)
    }

    pub(super) fn happened(&mut self, fact: Fact) {
        match fact {
            Fact::Submitted { reference, tpdu, .. } => {
                self.references.insert((tpdu.clone(), reference));
                *self.submitted.entry(tpdu).or_default() += 1;
            }
            Fact::Stored { tpdu, .. } => {
                self.stored.insert(tpdu);
            }
            Fact::Deleted { tpdu, .. } if !self.is_dirty && !self.deletes => {
                assert!(
                    holds(&self.acknowledged, &tpdu),
                    "deleted before it was acknowledged: {tpdu:02X?}"
                );
            }
            _ => {}
        }
    }

    pub(super) fn check(&self) {
        if self.is_dirty {
            return;
        }
        let of = |parts: &BTreeMap<Vec<u8>, usize>, tpdu| parts.get(tpdu).copied().unwrap_or_default();
        for (tpdu, &count) in &self.submitted {
            let most = of(&self.sent, tpdu) + of(&self.unknown, tpdu);
            assert!(
                count <= most,
                "went out {count} times and {most} were known: {tpdu:02X?}"
            );
        }
        for (tpdu, &count) in &self.sent {
            assert!(
                of(&self.submitted, tpdu) >= count,
                "said to be sent and was not: {tpdu:02X?}"
            );
        }
        for claim in &self.claimed {
            assert!(
                self.references.contains(claim),
                "never had this reference: {claim:02X?}"
            );
        }
    }

    /// All messages of one part that the modem stored were handed over, if it could be initialised.
    pub(super) fn check_inbox(&self) {
        if self.is_dirty || self.deletes || self.cannot_read || !self.is_ready {
            return;
        }
        let is_whole = |tpdu: &&Vec<u8>| match Incoming::decode(tpdu).map(|decoded| decoded.value) {
            Ok(Incoming::Deliver(deliver)) => deliver.concatenation().is_none(),
            _ => false,
        };
        for tpdu in self.stored.iter().filter(is_whole) {
            assert!(holds(&self.handed_over, tpdu), "kept back: {tpdu:02X?}");
        }
    }
}

/// Whether a PDU in hexadecimal digits ends in this TPDU.
fn holds(pdus: &BTreeSet<String>, tpdu: &[u8]) -> bool {
    let digits: String = tpdu.iter().map(|octet| format!("{octet:02X}")).collect();
    pdus.iter().any(|pdu| pdu.ends_with(&digits))
}
