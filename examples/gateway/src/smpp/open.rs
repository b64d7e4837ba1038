//! The time before a bind.

use std::net::IpAddr;
use std::time::Duration;

use rusmpp::pdus::{BindReceiverResp, BindTransceiverResp, BindTransmitterResp};
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::Server;
use super::accounts::Bind;
use super::frames::{self, Header};
use super::wire::{Received, Wire};

/// The time in which a client has to bind.
const BIND_WITHIN: Duration = Duration::from_secs(30);

/// The number of PDUs that a client can send before it has bound.
const MAX_PDUS: usize = 16;

/// The version of SMPP of this server.
const VERSION: InterfaceVersion = InterfaceVersion::Smpp3_4;

/// The directions of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Transmitter,
    Receiver,
    Transceiver,
}

impl Kind {
    /// The kind of a request to bind.
    pub(super) const fn of(id: CommandId) -> Option<Self> {
        match id {
            CommandId::BindTransmitter => Some(Self::Transmitter),
            CommandId::BindReceiver => Some(Self::Receiver),
            CommandId::BindTransceiver => Some(Self::Transceiver),
            _ => None,
        }
    }

    /// Returns `true` if the client sends messages.
    pub(super) fn transmits(self) -> bool {
        self != Self::Receiver
    }

    /// Returns `true` if the client receives messages and receipts.
    pub(super) fn receives(self) -> bool {
        self != Self::Transmitter
    }
}

/// A session that is bound.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) bind: Bind,
    pub(super) kind: Kind,
    /// The client knows TLVs.
    pub(super) has_tlvs: bool,
}

/// Waits for the client to bind; `None` if it does not, and the connection is closed.
pub(super) async fn open<S: AsyncRead + AsyncWrite>(
    server: &Server,
    wire: &mut Wire<S>,
    peer: IpAddr,
) -> Option<Opened> {
    let opened = tokio::time::timeout(BIND_WITHIN, async {
        for _ in 0..MAX_PDUS {
            let (header, frame) = match wire.next().await {
                Received::End => return None,
                Received::Broken => {
                    frames::write_nack(&mut wire.out, 0, CommandStatus::EsmeRinvcmdlen);
                    let _ = wire.flush().await;
                    return None;
                }
                Received::Frame(header, frame) => (header, frame),
            };
            let id = CommandId::from(header.id);
            if let Some(kind) = Kind::of(id) {
                return bind(server, wire, peer, header, kind, frames::read(frame)).await;
            }
            answer(&mut wire.out, header, id);
            wire.flush().await.ok()?;
            if id == CommandId::Unbind {
                return None;
            }
        }
        None
    });
    server.stop.run_until_cancelled(opened).await?.ok().flatten()
}

/// Answers a PDU that is not a bind.
fn answer(out: &mut Vec<u8>, header: Header, id: CommandId) {
    match id {
        _ if header.is_response() => {}
        CommandId::EnquireLink => {
            frames::write(out, CommandStatus::EsmeRok, header.sequence, Pdu::EnquireLinkResp);
        }
        CommandId::Unbind => {
            frames::write(out, CommandStatus::EsmeRok, header.sequence, Pdu::UnbindResp);
        }
        CommandId::Other(_) => {
            frames::write_nack(out, header.sequence, CommandStatus::EsmeRinvcmdid);
        }
        _ => {
            frames::write_error(out, header.id, header.sequence, CommandStatus::EsmeRinvbndsts);
        }
    }
}

async fn bind<S: AsyncRead + AsyncWrite>(
    server: &Server,
    wire: &mut Wire<S>,
    peer: IpAddr,
    header: Header,
    kind: Kind,
    command: Result<rusmpp::Command, CommandStatus>,
) -> Option<Opened> {
    let command = command.map_err(|status| match status {
        CommandStatus::EsmeRinvsysid | CommandStatus::EsmeRinvpaswd => status,
        _ => CommandStatus::EsmeRbindfail,
    });
    // The PDU itself is never logged: it has the password.
    let result = command.and_then(|command| {
        let (system_id, password, version) = match command.pdu() {
            Some(Pdu::BindTransmitter(bind)) => {
                (&bind.system_id, &bind.password, bind.interface_version)
            }
            Some(Pdu::BindReceiver(bind)) => {
                (&bind.system_id, &bind.password, bind.interface_version)
            }
            Some(Pdu::BindTransceiver(bind)) => {
                (&bind.system_id, &bind.password, bind.interface_version)
            }
            _ => return Err(CommandStatus::EsmeRbindfail),
        };
        let bind = server.accounts.bind(system_id.as_str(), password.as_str())?;
        Ok(Opened { bind, kind, has_tlvs: u8::from(version) >= u8::from(VERSION) })
    });
    match result {
        Ok(opened) => {
            server.refusals.forget(peer);
            let name = server.config.smpp.system_id.clone();
            let name = COctetString::from_string(name).unwrap_or_default();
            let version = opened.has_tlvs.then_some(VERSION);
            let pdu: Pdu = match kind {
                Kind::Transmitter => BindTransmitterResp::new(name, version).into(),
                Kind::Receiver => BindReceiverResp::new(name, version).into(),
                Kind::Transceiver => BindTransceiverResp::new(name, version).into(),
            };
            frames::write(&mut wire.out, CommandStatus::EsmeRok, header.sequence, pdu);
            wire.flush().await.ok()?;
            Some(opened)
        }
        Err(status) => {
            let delay = server.refusals.note(peer, Instant::now());
            tracing::warn!(%peer, ?status, "a client of SMPP was refused");
            tokio::time::sleep(delay).await;
            frames::write_error(&mut wire.out, header.id, header.sequence, status);
            let _ = wire.flush().await;
            None
        }
    }
}
