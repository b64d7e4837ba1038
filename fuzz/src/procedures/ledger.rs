//! The reports to the application, compared with the truth log: the claims that a story can check.

use std::collections::BTreeSet;

use modem::pdu::Incoming;
use modem::simulator::{Fact, Fault, Subscriber, Verb};
use modem::{Config, Event, Receipt, SendResult, WhenFull};

#[derive(Debug, Default)]
pub(super) struct Ledger {
    account: testkit::Ledger,
    /// Bytes were changed on the line, or commands interfered: nothing can be checked.
    is_dirty: bool,
    /// The texts that were delivered.
    texts: BTreeSet<String>,
    /// Other texts were delivered too.
    has_other_texts: bool,
    receipts: Vec<Receipt>,
    /// The TPDUs of the messages of one part that the modem has stored.
    whole: BTreeSet<Vec<u8>>,
    is_ready: bool,
    /// The SIM asks for its PIN, which is not configured.
    cannot_read: bool,
    /// The application deletes messages that it has not seen, or lets the session do so.
    deletes: bool,
}

impl Ledger {
    pub(super) fn new(config: &Config) -> Self {
        Self { deletes: config.when_full == WhenFull::EraseOldest, ..Self::default() }
    }

    /// Records that the application deletes messages that it may not have seen.
    pub(super) fn deletes(&mut self) {
        self.deletes = true;
    }

    /// Records that a message is still being sent, without a result for its parts.
    pub(super) fn is_open(&mut self) {
        self.is_dirty = true;
    }

    /// Records that a new session has replaced the previous one.
    pub(super) fn restarted(&mut self) {
        self.is_ready = false;
        self.account.restart();
    }

    /// Records a command of the application, which may change anything.
    pub(super) fn asked(&mut self, line: &str) {
        self.is_dirty |= !matches!(line, "AT" | "AT+CSQ" | "AT+CREG?" | "AT+COPS?" | "AT+CGMI");
    }

    /// Records a verb of the simulator.
    pub(super) fn done(&mut self, verb: &Verb) {
        match verb {
            Verb::Deliver { text, .. } => {
                self.texts.insert(text.clone());
            }
            Verb::Pdu(_) | Verb::Full | Verb::Subscriber { subscriber: Subscriber::Echo, .. } => {
                self.has_other_texts = true;
            }
            Verb::Pin(_) => self.cannot_read = true,
            Verb::Fault(
                Fault::Lose { .. }
                | Fault::Corrupt { .. }
                | Fault::Duplicate { .. }
                | Fault::Insert { .. },
            ) => self.is_dirty = true,
            // A modem that answers OK without executing the command makes the truth unknown.
            Verb::Fault(Fault::Refuse { answer, .. }) => {
                self.is_dirty |=
                    !answer.starts_with("+CMS ERROR: ") && !answer.starts_with("+CME ERROR: ");
            }
            _ => {}
        }
    }

    pub(super) fn reported(&mut self, result: &SendResult) {
        self.account.report(result);
    }

    pub(super) fn received(&mut self, event: Event) {
        let (receipt, possible_duplicate) = match event {
            Event::Received(message) => {
                if let (Some(text), true) = (&message.text, message.missing.is_empty()) {
                    let known = self.texts.contains(text) || self.has_other_texts || self.is_dirty;
                    assert!(known, "no sender wrote {text:?}");
                }
                (message.receipt, message.possible_duplicate)
            }
            Event::PartReceived(part) => (part.receipt, false),
            Event::StatusReport(report) => (report.receipt, report.possible_duplicate),
            Event::Undecodable(undecodable) => {
                (undecodable.receipt, undecodable.possible_duplicate)
            }
            Event::Ready => return self.is_ready = true,
            Event::Closed => return self.is_ready = false,
            _ => return,
        };
        self.account.deliver(&receipt, possible_duplicate);
        self.receipts.push(receipt);
    }

    /// Returns `true` if a receipt is not acknowledged yet.
    pub(super) fn has_receipts(&self) -> bool {
        !self.receipts.is_empty()
    }

    /// Acknowledges the open receipts, and returns them.
    pub(super) fn acknowledge(&mut self) -> Vec<Receipt> {
        for receipt in &self.receipts {
            self.account.acknowledge(receipt);
        }
        core::mem::take(&mut self.receipts)
    }

    pub(super) fn happened(&mut self, fact: &Fact) {
        self.account.record(fact);
        match fact {
            Fact::Stored { tpdu, .. } if is_whole(tpdu) => {
                self.whole.insert(tpdu.clone());
            }
            Fact::Deleted { tpdu, .. } if !self.is_dirty && !self.deletes => {
                assert!(
                    self.account.delivery_of(tpdu).is_acknowledged,
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
        for (tpdu, sending) in self.account.sending() {
            assert_eq!(
                sending.false_failed(),
                0,
                "sent, but reported as failed: {tpdu}, {sending:?}"
            );
            assert_eq!(
                sending.false_sent(),
                0,
                "reported as sent, but was not: {tpdu}, {sending:?}"
            );
        }
        let claim = self.account.false_references().next();
        assert_eq!(claim, None, "the network never assigned this reference");
    }

    /// Checks that all stored messages of one part were delivered, if the modem could be
    /// initialised.
    pub(super) fn check_inbox(&self) {
        if self.is_dirty || self.deletes || self.cannot_read || !self.is_ready {
            return;
        }
        for tpdu in &self.whole {
            let delivery = self.account.delivery_of(tpdu);
            assert!(delivery.is_delivered, "not delivered: {tpdu:02X?}");
        }
    }
}

/// Returns `true` for a message of one part.
fn is_whole(tpdu: &[u8]) -> bool {
    match Incoming::decode(tpdu).map(|decoded| decoded.value) {
        Ok(Incoming::Deliver(deliver)) => deliver.concatenation().is_none(),
        _ => false,
    }
}
