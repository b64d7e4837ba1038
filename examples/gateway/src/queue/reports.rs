//! Status reports that come to another host than that of their message: its SIM has moved.

use modem::Receipt;
use modem::pool::MemberId;
use serde::{Deserialize, Serialize};

use super::Queue;
use super::entry::{self, Followed};
use super::items::Undecided;
use super::record::Record;
use super::server::Away;
use crate::claims::Arrow;
use crate::engine::Command;

/// A status report about a part that this host has not sent.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) member: MemberId,
    /// Acknowledged once the report is on the server.
    pub(crate) receipt: Option<Receipt>,
    pub(crate) sim: Option<String>,
    pub(crate) reference: u8,
    pub(crate) recipient: String,
    pub(crate) arrow: Arrow,
}

/// The part that a reference stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Referred {
    message: String,
    part: i64,
}

/// The key of a reference: the numbers without a plus sign.
fn key(sim: &str, reference: u8, recipient: &str) -> String {
    let digits: String = recipient.chars().filter(char::is_ascii_digit).collect();
    format!("{}.{reference}.{digits}", super::names::token(sim))
}

impl Queue {
    /// Notes the reference of a part whose report is awaited.
    pub(super) async fn refer(
        &self,
        (sim, reference, recipient): (&str, u8, &str),
        message: &str,
        part: i64,
    ) -> Result<(), Away> {
        let referred = Referred { message: message.into(), part };
        self.server.references.put(&key(sim, reference, recipient), &referred).await
    }

    /// Takes a status report, and acknowledges it to the modem.
    pub(super) async fn report(&self, report: &Report) -> Result<(), Undecided> {
        self.report_to_message(report).await?;
        if let (Some(engine), Some(receipt)) = (self.engine(), report.receipt.clone()) {
            engine.send(Command::Acknowledge(report.member, receipt));
        }
        Ok(())
    }

    async fn report_to_message(&self, report: &Report) -> Result<(), Undecided> {
        let Some(sim) = &report.sim else { return Ok(()) };
        let key = key(sim, report.reference, &report.recipient);
        let Some(found) = self.server.references.read::<Referred>(&key).await? else {
            return Ok(());
        };
        let Referred { message, part } = found.value;
        let (parts, by) = (&self.server.parts, self.claims.by(""));
        let followed = entry::follow(parts, &message, part, &report.arrow, &by).await?;
        if let Followed::Won(_) = followed
            && let Some(record) = self.server.messages.read::<Record>(&message).await?
        {
            self.announce(&record.value).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_reference_has_one_key_with_or_without_a_plus_sign() {
        assert_eq!(key("8949", 7, "+491715550100"), "8949.7.491715550100");
        assert_eq!(key("8949", 7, "491715550100"), key("8949", 7, "+491715550100"));
    }
}
