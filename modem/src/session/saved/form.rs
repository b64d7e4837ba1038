//! The form of a saved session for serde. Form 2 has a checksum; form 1 is read only.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use pdu::collections::{Deque, Map};

use serde::{Deserialize, Serialize};

use super::{
    Fate, RestoreError, SavedAwaited, SavedMessage, SavedPart, SavedSession, SavedSubmit, State,
    remember,
};
use crate::message::{PduLine, digest};

const VERSION: u8 = 2;

/// The fields of both forms. PDUs are hexadecimal digits, and times are milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Form {
    version: u8,
    #[serde(default)]
    sequence: u64,
    next_reference: u16,
    messages_given: u64,
    messages: Vec<FormMessage>,
    awaited: Vec<SavedAwaited>,
    /// The SIM of the first opening was read.
    #[serde(default)]
    sim_read: bool,
    #[serde(default)]
    first_iccid: Option<String>,
    #[serde(default)]
    pin_tried: Vec<Option<String>>,
    /// Received parts that the modem does not keep.
    #[serde(default)]
    taken: Vec<FormPart>,
    /// Digests of delivered parts, in hexadecimal digits.
    #[serde(default)]
    delivered: Vec<String>,
    /// Form 1 only: the ages of the parts of incomplete messages.
    #[serde(default, skip_serializing)]
    reassembly: Option<pdu::Saved<u64>>,
    /// Form 1 only: the parts of incomplete messages.
    #[serde(default, skip_serializing)]
    parts: Vec<(u64, String)>,
    /// Form 1 only: delivered parts that are unacknowledged and no longer in the modem.
    #[serde(default, skip_serializing)]
    handed_out: Vec<(u64, String)>,
    /// Not written any more: digests that are delivered ones now.
    #[serde(default, skip_serializing)]
    misplaced: Vec<u64>,
    /// The digest of the content; form 1 has none.
    #[serde(default)]
    checksum: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FormMessage {
    id: u64,
    parts: Vec<FormSubmit>,
    expires_in: Option<u64>,
    ended: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FormSubmit {
    pdu: String,
    fate: Fate,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FormPart {
    key: u64,
    pdu: PduLine,
    age: u64,
}

impl State {
    /// The checksum of the binary form, which has every field of the state.
    fn checksum(&self) -> String {
        let mut bytes = Vec::new();
        crate::journal::put_snapshot(self.sequence, &self.facts(), Duration::ZERO, &mut bytes);
        format!("{:08x}", crc32fast::hash(&bytes))
    }
}

impl From<SavedSession> for Form {
    fn from(SavedSession(state): SavedSession) -> Self {
        let checksum = Some(state.checksum());
        let message = |(id, message): (u64, SavedMessage)| FormMessage {
            id,
            parts: message.parts.into_iter().map(FormSubmit::from).collect(),
            expires_in: message.expires_in,
            ended: message.ended,
        };
        let part = |(key, part): (u64, SavedPart)| FormPart {
            key,
            pdu: part.pdu,
            age: u64::try_from(part.age.as_millis()).unwrap_or(u64::MAX),
        };
        Self {
            version: VERSION,
            sequence: state.sequence,
            next_reference: state.next_reference,
            messages_given: state.issued,
            messages: state.messages.into_iter().map(message).collect(),
            awaited: state.awaited.into(),
            sim_read: state.first_iccid.is_some(),
            first_iccid: state.first_iccid.flatten(),
            pin_tried: state.pin_tried.into_iter().collect(),
            taken: state.taken.into_iter().map(part).collect(),
            delivered: state.delivered.iter().map(|digest| format!("{digest:016x}")).collect(),
            reassembly: None,
            parts: Vec::new(),
            handed_out: Vec::new(),
            misplaced: Vec::new(),
            checksum,
        }
    }
}

impl TryFrom<Form> for SavedSession {
    type Error = RestoreError;

    fn try_from(form: Form) -> Result<Self, RestoreError> {
        let (version, checksum) = (form.version, form.checksum.clone());
        let state = form.into_state()?;
        match (version, checksum) {
            (1, None) => {}
            (VERSION, Some(checksum)) if checksum == state.checksum() => {}
            (1 | VERSION, _) => {
                return Err(RestoreError::Damaged("its checksum does not match its content"));
            }
            (version, _) => return Err(RestoreError::Version(version)),
        }
        state.check()?;
        Ok(Self(state))
    }
}

impl Form {
    fn into_state(self) -> Result<State, RestoreError> {
        let mut messages = Map::new();
        for message in self.messages {
            let parts = message.parts.into_iter().map(FormSubmit::into_saved);
            let parts = parts.collect::<Result<_, _>>()?;
            let FormMessage { id, expires_in, ended, .. } = message;
            if messages.insert(id, SavedMessage { parts, expires_in, ended }).is_some() {
                return Err(RestoreError::Damaged("two messages have the same number"));
            }
        }
        let mut taken = Map::new();
        let mut delivered = Deque::new();
        for digits in &self.delivered {
            let digest = u64::from_str_radix(digits, 16);
            let unreadable = |_| RestoreError::Damaged("a digest cannot be read");
            remember(digest.map_err(unreadable)?, &mut delivered);
        }
        for digest in &self.misplaced {
            remember(*digest, &mut delivered);
        }
        let ages: Map<u64, u64> = self
            .reassembly
            .iter()
            .flat_map(pdu::Saved::parts)
            .map(|(_, age, _, k)| (*k, age))
            .collect();
        let pending = self.parts.into_iter().map(|(key, pdu)| {
            let age = ages.get(&key).copied().unwrap_or_default();
            FormPart { key, pdu: PduLine::new(pdu.as_bytes()), age }
        });
        let handed_out = self.handed_out.into_iter().map(|(key, pdu)| {
            let pdu = PduLine::new(pdu.as_bytes());
            // The application may have received it before the restart.
            remember(digest(&pdu), &mut delivered);
            FormPart { key, pdu, age: 0 }
        });
        for FormPart { key, pdu, age } in self.taken.into_iter().chain(pending).chain(handed_out) {
            let age = Duration::from_millis(age);
            if taken.insert(key, SavedPart { pdu, age }).is_some() {
                return Err(RestoreError::Damaged("two parts have the same number"));
            }
        }
        Ok(State {
            sequence: self.sequence,
            next_reference: self.next_reference,
            issued: self.messages_given,
            first_iccid: self.sim_read.then_some(self.first_iccid),
            pin_tried: self.pin_tried.into_iter().collect(),
            messages,
            awaited: self.awaited.into(),
            taken,
            delivered,
        })
    }
}

impl From<SavedSubmit> for FormSubmit {
    fn from(saved: SavedSubmit) -> Self {
        Self { pdu: PduLine::of_octets(&saved.pdu).as_str().into(), fate: saved.fate }
    }
}

impl FormSubmit {
    fn into_saved(self) -> Result<SavedSubmit, RestoreError> {
        let mut pdu = alloc::vec![0; self.pdu.len() / 2];
        let unreadable = |_| RestoreError::Damaged("a message is not in hexadecimal digits");
        faster_hex::hex_decode(self.pdu.as_bytes(), &mut pdu).map_err(unreadable)?;
        Ok(SavedSubmit { pdu, fate: self.fate })
    }
}
