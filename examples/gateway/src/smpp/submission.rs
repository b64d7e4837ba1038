//! submit_sm, query_sm and cancel_sm of a session.

use bytes::BytesMut;
use rusmpp::pdus::SubmitSmResp;
use rusmpp::types::COctetString;
use rusmpp::{CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use super::session::Session;
use super::{deliver, frames, submit};
use crate::api::Accepted;
use crate::clock;
use crate::engine::{Command, Handle};
use crate::keys::sha256;
use crate::store::smpp::{self, Known, Origin};
use crate::store::{Insert, Request, StoreError, Waiting};

/// A message that is durable. The engine gets it when this is dropped: once its answer is written,
/// or cannot be written any more.
pub(super) struct Stored {
    engine: Handle,
    message: Option<Box<Waiting>>,
}

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            self.engine.send(Command::Accept(message));
        }
    }
}

/// The end of the acceptance of a submit_sm: its message id, or the status of its answer.
pub(super) struct Done {
    sequence: u32,
    result: Result<(String, Option<Stored>), CommandStatus>,
}

impl<S: AsyncRead + AsyncWrite> Session<S> {
    /// Begins to store a message. Its answer follows once it is durable.
    ///
    /// # Errors
    /// Fails with the status for the answer.
    pub(super) fn submit(&mut self, sequence: u32, frame: BytesMut) -> Result<(), CommandStatus> {
        let server = &self.server;
        let member = &self.opened.bind.0;
        if self.is_closing() {
            return Err(CommandStatus::EsmeRsyserr);
        }
        if member.limiter.check().is_err() {
            return Err(CommandStatus::EsmeRthrottled);
        }
        if server.engine.waiting() >= server.config.limits.waiting {
            return Err(CommandStatus::EsmeRmsgqful);
        }
        let command = frames::read(frame)?;
        let Some(Pdu::SubmitSm(pdu)) = command.pdu() else {
            return Err(CommandStatus::EsmeRinvcmdlen);
        };
        let now = clock::now();
        let submitted = submit::read(pdu, &member.account, &server.config, now)?;
        let account = member.account.system_id.clone();
        let reference = submitted.reference.filter(|_| member.account.user_message_reference);
        let key = reference.map(|reference| {
            // References come round: only the same message is the same one.
            let message = serde_json::to_string(&submitted.checked.message).unwrap_or_default();
            let key = sha256(format!("smpp\n{account}\n{reference}\n{message}").as_bytes());
            (key, key)
        });
        let id = server.ids.next(now);
        let request =
            Request { checked: submitted.checked, id: id.to_string(), resend_of: None, key };
        let origin = Origin {
            id,
            account,
            registered: submitted.registered,
            parties: submitted.parties,
            bundle: submitted.bundle,
        };
        self.open += 1;
        let (finish, engine) = (self.finish.clone(), server.engine.clone());
        server.store.write_then(
            move |tx| tx.insert_smpp(&request, &origin),
            move |inserted| {
                let result = stored(inserted, engine);
                // Of a session that has ended the message goes on anyway.
                let _ = finish.send(Done { sequence, result });
            },
        );
        Ok(())
    }

    /// Answers a submit_sm.
    pub(super) fn complete(&mut self, done: Done) {
        self.open = self.open.saturating_sub(1);
        let out = &mut self.wire.out;
        let answer = done.result.and_then(|(id, stored)| {
            let id = COctetString::from_string(id).map_err(|_| CommandStatus::EsmeRsyserr)?;
            Ok((SubmitSmResp::new(id, Vec::new()), stored))
        });
        match answer {
            Ok((pdu, stored)) => {
                frames::write(out, CommandStatus::EsmeRok, done.sequence, pdu);
                self.accepted.extend(stored);
                self.count(CommandStatus::EsmeRok);
            }
            Err(status) => self.refuse(done.sequence, status),
        }
    }

    /// Answers a submit_sm by a status.
    pub(super) fn refuse(&mut self, sequence: u32, status: CommandStatus) {
        frames::write_error(&mut self.wire.out, CommandId::SubmitSm.into(), sequence, status);
        self.count(status);
    }

    fn count(&self, status: CommandStatus) {
        let account = &self.opened.bind.0.account.system_id;
        self.server.metrics.smpp_submitted(account, status.into());
    }

    /// Answers query_sm and cancel_sm.
    ///
    /// # Errors
    /// Fails with the status for the answer.
    pub(super) async fn look_up(
        &mut self,
        sequence: u32,
        frame: BytesMut,
    ) -> Result<(), CommandStatus> {
        let command = frames::read(frame)?;
        let (id, source, failure) = match command.pdu() {
            Some(Pdu::QuerySm(query)) => {
                (&query.message_id, &query.source_addr, CommandStatus::EsmeRqueryfail)
            }
            Some(Pdu::CancelSm(cancel)) => {
                (&cancel.message_id, &cancel.source_addr, CommandStatus::EsmeRcancelfail)
            }
            _ => return Err(CommandStatus::EsmeRinvcmdlen),
        };
        let id = id.as_str();
        // Groups of messages, which an empty id stands for, are not supported.
        let number: i64 = id.parse().map_err(|_| CommandStatus::EsmeRinvmsgid)?;
        let account = self.opened.bind.0.account.system_id.clone();
        let found =
            self.server.store.read(move |connection| smpp::find(connection, &account, number));
        let known = found.await.map_err(|error| failed(&error))?;
        let known =
            known.filter(|known| source.as_str().is_empty() || known.source == source.as_str());
        let known = known.ok_or(CommandStatus::EsmeRinvmsgid)?;
        let pdu: Pdu = if matches!(command.pdu(), Some(Pdu::QuerySm(_))) {
            deliver::state(id, &known).ok_or(failure)?.into()
        } else {
            if !self.cancel(&known).await {
                return Err(failure);
            }
            Pdu::CancelSmResp
        };
        frames::write(&mut self.wire.out, CommandStatus::EsmeRok, sequence, pdu);
        Ok(())
    }

    async fn cancel(&self, known: &Known) -> bool {
        let (answer, cancelled) = oneshot::channel();
        self.server.engine.send(Command::Cancel(known.seq, answer));
        // An engine that has ended cancels nothing.
        cancelled.await.unwrap_or(false)
    }
}

/// The message id of an acceptance, with the message if it is new.
fn stored(
    inserted: Result<Insert, StoreError>,
    engine: Handle,
) -> Result<(String, Option<Stored>), CommandStatus> {
    match inserted {
        Ok(Insert::New(message, _)) => {
            Ok((message.id.clone(), Some(Stored { engine, message: Some(message) })))
        }
        Ok(Insert::Replayed(answer)) => {
            let answer: Result<Accepted, _> = serde_json::from_str(&answer);
            answer.map(|answer| (answer.id, None)).map_err(|_| CommandStatus::EsmeRsyserr)
        }
        Ok(Insert::KeyReused | Insert::NoSuchReply) => Err(CommandStatus::EsmeRsubmitfail),
        Err(error) => Err(failed(&error)),
    }
}

/// The status for a failure of the database: the client tries again.
fn failed(error: &StoreError) -> CommandStatus {
    tracing::error!(%error, "a request by SMPP has failed");
    match error {
        StoreError::Closed => CommandStatus::EsmeRsyserr,
        _ => CommandStatus::EsmeRmsgqful,
    }
}
