//! Changes that are written in one transaction, and their consequences.

use modem::pool::MemberId;
use modem::{MessageId, Receipt};
use tokio::sync::oneshot;

use crate::api::Incoming;
use crate::claims::{Arrow, PartKey};
use crate::config::{Config, EventKind};
use crate::store::{Late, Tx, Waiting};

/// A change that is written in the next transaction.
pub(super) enum Change {
    One(PartKey, Arrow),
    All(i64, Arrow),
    /// Another host decides about the message.
    Elsewhere(i64),
    Submitted(i64, u64),
    /// The code with which the network has refused a part of a message.
    Refused(i64, u16),
    /// A status report about a part of a message, by its number in the pool, with TP-ST.
    Reported(u64, i64, Arrow, u8),
    /// A status report without a reference of ours.
    Late(Late),
    /// A received message, whose receipt is acknowledged afterwards.
    Received(Box<Incoming>),
    /// The state of a modem has changed.
    Modem(String, String),
}

/// The consequences of a write, once it is durable.
#[derive(Default)]
pub(super) struct After {
    pub(super) record: u64,
    pub(super) receipts: Vec<(MemberId, Receipt)>,
    pub(super) settled: Vec<MessageId>,
    pub(super) cancelled: Vec<(oneshot::Sender<bool>, bool)>,
    pub(super) messages: Vec<Waiting>,
    pub(super) received: Vec<Incoming>,
    /// The messages that the pool does not have any more.
    pub(super) ended: Vec<i64>,
}

impl Change {
    pub(super) fn write(
        self,
        tx: &Tx<'_>,
        config: &Config,
        after: &mut After,
    ) -> rusqlite::Result<()> {
        match self {
            Self::One(key, arrow) => {
                let is_sent = matches!(arrow, Arrow::Sent { .. });
                if !tx.apply(key, &arrow)? && is_sent {
                    tracing::error!(message = key.message, "a part was sent without its claim");
                }
            }
            Self::All(message, arrow) => drop(tx.apply_all(message, &arrow)?),
            Self::Elsewhere(message) => {
                if !tx.set_elsewhere(message)? {
                    let reason = "the claim was lost: the database was changed by another program";
                    tx.apply_all(message, &Arrow::Abandon { reason: reason.into() })?;
                }
            }
            Self::Submitted(message, id) => tx.set_pool_id(message, id)?,
            Self::Refused(message, code) => tx.set_smpp_error(message, code)?,
            Self::Reported(id, part, arrow, status) => match tx.by_pool_id(id)? {
                Some(message) => {
                    if matches!(arrow, Arrow::Undelivered { .. }) {
                        tx.set_smpp_error(message, status.into())?;
                    }
                    tx.apply(PartKey { message, part }, &arrow)?;
                }
                None => tracing::warn!("a status report is about no message of ours"),
            },
            Self::Late(late) => match tx.owner(&late)? {
                Some(key) => drop(tx.apply(key, &late.arrow)?),
                None => tracing::warn!("a status report is about no message of ours"),
            },
            Self::Received(incoming) => {
                let mut follows = crate::rules::follows(config, &incoming, tx.now);
                follows.extend(crate::smpp::follows(config, &incoming));
                let arrived = tx.receive(&incoming, &follows)?;
                if arrived.is_new {
                    after.messages.extend(arrived.messages);
                    after.received.push(*incoming);
                }
            }
            Self::Modem(name, data) => {
                tx.emit(EventKind::Modem, &name, None, &data)?;
            }
        }
        Ok(())
    }
}
