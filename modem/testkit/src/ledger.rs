//! The reports of a session against the facts of its network, part by part.

use std::collections::{BTreeMap, BTreeSet};

use modem::simulator::{Fact, Memory};
use modem::{Attempt, MessageId, PartOutcome, Receipt, SendResult};

/// An account of both sides: the facts logged by the network and the modem, and the results
/// reported by the session.
///
/// A part is identified by its TPDU in upper-case hexadecimal digits. The ledger only counts. The
/// test decides about a discrepancy, since only the test knows the damage in transit.
#[derive(Debug, Default)]
pub struct Ledger {
    sending: BTreeMap<String, Sending>,
    deliveries: BTreeMap<String, Delivery>,
    attempts: BTreeMap<(MessageId, usize), String>,
    /// The references that the network has assigned, and the reported ones.
    references: BTreeSet<(String, u8)>,
    reported_references: Vec<(String, u8)>,
    stored: usize,
    unacknowledged: usize,
    life: u32,
}

/// The account of a part that was to be sent, with the numbers of equal parts added up.
#[derive(Debug, Default, Clone, Copy)]
#[non_exhaustive]
pub struct Sending {
    /// The number of times that the network has accepted the part.
    pub submitted: usize,
    /// The number of times that the part was reported as sent.
    pub sent: usize,
    /// The number of times that the outcome of the part was reported as unknown.
    pub unknown: usize,
    /// The number of times that the part was reported as failed or not attempted.
    pub failed: usize,
}

impl Sending {
    /// The number of times that the part was reported as sent, but was not.
    pub fn false_sent(&self) -> usize {
        self.sent.saturating_sub(self.submitted)
    }

    /// The number of times that the part was sent, but reported as failed or not at all.
    pub fn false_failed(&self) -> usize {
        self.submitted.saturating_sub(self.sent + self.unknown)
    }
}

/// The account of a part that was received.
#[derive(Debug, Default, Clone, Copy)]
#[non_exhaustive]
pub struct Delivery {
    /// The modem has stored the part.
    pub is_stored: bool,
    /// The part was deleted from the storage of the modem.
    pub is_deleted: bool,
    /// The application has acknowledged the part.
    pub is_acknowledged: bool,
    /// The session has delivered the part to the application.
    pub is_delivered: bool,
    /// The number of times that the part was delivered again without the notice that it may be a
    /// duplicate.
    pub repeated: usize,
    /// The number of times that the part was delivered again with that notice.
    pub announced: usize,
    /// The number of times that the part was delivered again without notice by a restored session.
    pub after_restart: usize,
    life: u32,
}

/// The facts.
impl Ledger {
    /// Records a fact.
    pub fn record(&mut self, fact: &Fact) {
        match fact {
            Fact::Submitted { reference, tpdu, .. } => {
                self.sending.entry(hex(tpdu)).or_default().submitted += 1;
                self.references.insert((hex(tpdu), *reference));
            }
            Fact::Stored { tpdu, memory: Memory::Sm | Memory::Me | Memory::Mt, .. } => {
                let delivery = self.deliveries.entry(hex(tpdu)).or_default();
                self.stored += usize::from(!delivery.is_stored);
                delivery.is_stored = true;
            }
            Fact::Deleted { tpdu, .. } => {
                self.deliveries.entry(hex(tpdu)).or_default().is_deleted = true;
            }
            Fact::Unacknowledged { .. } => self.unacknowledged += 1,
            _ => {}
        }
    }

    /// The number of parts that the modem has stored.
    pub fn stored(&self) -> usize {
        self.stored
    }

    /// The number of deliveries that the modem has refused to the network.
    pub fn unacknowledged(&self) -> usize {
        self.unacknowledged
    }
}

/// The reports.
impl Ledger {
    /// Enters an attempt to send a part.
    pub fn attempt(&mut self, attempt: &Attempt) {
        let key = (attempt.message, attempt.part);
        self.attempts.insert(key, tpdu_of(&attempt.pdu));
    }

    /// Enters the result of a message.
    ///
    /// # Panics
    /// Panics if a part was attempted after one that was not sent.
    pub fn report(&mut self, report: &SendResult) {
        let mut has_ended = false;
        for part in &report.parts {
            let mut bytes = [0; 300];
            let count = part.submit.encode(&mut bytes).unwrap();
            let tpdu = hex(&bytes[..count]);
            assert!(
                !has_ended || matches!(part.outcome, PartOutcome::NotAttempted),
                "a part was attempted after one that was not sent"
            );
            has_ended |= !matches!(part.outcome, PartOutcome::Sent { .. });
            let sending = self.sending.entry(tpdu.clone()).or_default();
            match part.outcome {
                PartOutcome::Sent { reference } => {
                    sending.sent += 1;
                    self.reported_references.push((tpdu, reference));
                }
                PartOutcome::Unknown { .. } => sending.unknown += 1,
                _ => sending.failed += 1,
            }
        }
    }

    /// Enters the parts of a delivery to the application.
    pub fn deliver(&mut self, receipt: &Receipt, possible_duplicate: bool) {
        for pdu in receipt.pdus() {
            let delivery = self.deliveries.entry(tpdu_of(pdu)).or_default();
            if !delivery.is_delivered {
                delivery.is_delivered = true;
                delivery.life = self.life;
            } else if possible_duplicate {
                delivery.announced += 1;
            } else if delivery.life != self.life {
                delivery.life = self.life;
                delivery.after_restart += 1;
            } else {
                delivery.repeated += 1;
            }
        }
    }

    /// Enters an acknowledgement by the application.
    pub fn acknowledge(&mut self, receipt: &Receipt) {
        for pdu in receipt.pdus() {
            self.deliveries.entry(tpdu_of(pdu)).or_default().is_acknowledged = true;
        }
    }

    /// Enters a restart: another session continues from the saved state.
    pub fn restart(&mut self) {
        self.life += 1;
    }
}

/// The comparison.
impl Ledger {
    /// The parts that were to be sent.
    pub fn sending(&self) -> impl Iterator<Item = (&str, Sending)> {
        self.sending.iter().map(|(tpdu, sending)| (tpdu.as_str(), *sending))
    }

    /// The account of one part that was to be sent.
    pub fn sending_of(&self, tpdu: &[u8]) -> Sending {
        self.sending.get(&hex(tpdu)).copied().unwrap_or_default()
    }

    /// The parts that were received.
    pub fn deliveries(&self) -> impl Iterator<Item = (&str, Delivery)> {
        let deliveries = self.deliveries.iter();
        deliveries.map(|(tpdu, delivery)| (tpdu.as_str(), *delivery))
    }

    /// The account of one part that was received.
    pub fn delivery_of(&self, tpdu: &[u8]) -> Delivery {
        self.deliveries.get(&hex(tpdu)).copied().unwrap_or_default()
    }

    /// The parts that the network has accepted more often than they were attempted.
    pub fn sent_twice(&self) -> impl Iterator<Item = &str> {
        // Equal parts of two messages are attempted once each.
        let mut attempts: BTreeMap<&str, usize> = BTreeMap::new();
        for tpdu in self.attempts.values() {
            *attempts.entry(tpdu).or_default() += 1;
        }
        self.sending().filter_map(move |(tpdu, sending)| {
            let attempts = attempts.get(tpdu).copied().unwrap_or_default();
            (sending.submitted > attempts).then_some(tpdu)
        })
    }

    /// The reported references that the network has not assigned.
    pub fn false_references(&self) -> impl Iterator<Item = &(String, u8)> {
        let reported = self.reported_references.iter();
        reported.filter(|reference| !self.references.contains(*reference))
    }
}

/// Bytes in upper-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The TPDU of a PDU, after the address of the service centre; all of a line that is not
/// hexadecimal.
pub fn tpdu_of(pdu: &str) -> String {
    if !pdu.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return pdu.to_string();
    }
    let length = usize::from_str_radix(pdu.get(..2).unwrap_or("00"), 16).unwrap_or(0);
    pdu.get(2 + 2 * length..).unwrap_or_default().to_string()
}
