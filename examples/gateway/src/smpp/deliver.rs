//! deliver_sm: receipts and received messages.

use modem::gsm7::charset::Charset;
use modem::gsm7::{Alphabet, encode_to_vec};
use rusmpp::CommandStatus;
use rusmpp::pdus::{DeliverSm, QuerySmResp};
use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Tlv;
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, ErrorCodeNetworkType, EsmClass, MessagePayload, MessageState, NetworkErrorCode,
};

use super::submit::ALPHANUMERIC;
use super::times;
use crate::api::{Incoming, Status, octets};
use crate::config::{Account, Config, DefaultAlphabet};
use crate::store::smpp::{Content, Known, Outcome, Party, Receipt};

/// The longest short_message in octets; more goes into message_payload.
const MAX_SHORT: usize = 254;

/// The longest address in characters.
const MAX_ADDRESS: usize = 20;

/// esm_class of a receipt.
const RECEIPT: u8 = 0x04;

impl Outcome {
    /// The word of seven letters that clients look for.
    const fn stat(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Unknown => "UNKNOWN",
        }
    }

    const fn state(self) -> MessageState {
        match self {
            Self::Delivered => MessageState::Delivered,
            Self::Expired => MessageState::Expired,
            Self::Deleted => MessageState::Deleted,
            Self::Undeliverable => MessageState::Undeliverable,
            Self::Unknown => MessageState::Unknown,
        }
    }
}

/// The PDU of a delivery; `None` for content that SMPP cannot carry, such as a PDU that cannot be
/// decoded.
pub(super) fn pdu(content: &Content, account: &Account, config: &Config) -> Option<DeliverSm> {
    match content {
        Content::Receipt(receipt) => receipt_pdu(receipt, account),
        Content::Message(incoming) => message_pdu(incoming, account, config),
    }
}

/// The text of a receipt, in the form that clients parse.
fn receipt_text(receipt: &Receipt, utc_offset: i16) -> String {
    let delivered = u8::from(receipt.outcome == Outcome::Delivered);
    format!(
        "id:{} sub:001 dlvrd:{delivered:03} submit date:{} done date:{} stat:{} err:{:03} text:",
        receipt.id,
        times::date(receipt.submitted_at, utc_offset),
        times::date(receipt.done_at, utc_offset),
        receipt.outcome.stat(),
        receipt.error.unwrap_or_default().min(999),
    )
}

fn receipt_pdu(receipt: &Receipt, account: &Account) -> Option<DeliverSm> {
    let text = receipt_text(receipt, account.utc_offset.0);
    let mut tlvs = vec![
        Tlv::ReceiptedMessageId(COctetString::from_string(receipt.id.clone()).ok()?),
        Tlv::MessageState(receipt.outcome.state()),
    ];
    let error = receipt.error.map(|code| NetworkErrorCode::new(ErrorCodeNetworkType::Gsm, code));
    tlvs.extend(error.map(Tlv::NetworkErrorCode));
    let mut pdu = addressed(&receipt.parties.destination, &receipt.parties.source)?;
    pdu.esm_class = EsmClass::from(RECEIPT);
    // The text is ASCII without the characters that differ in the GSM 7-bit default alphabet.
    pdu.set_short_message(OctetString::from_string(text).ok()?);
    pdu.set_tlvs(tlvs);
    Some(pdu)
}

fn message_pdu(incoming: &Incoming, account: &Account, config: &Config) -> Option<DeliverSm> {
    let (octets, coding) = match (&incoming.text, &incoming.data) {
        (Some(text), _) => encoded(text, account.default_alphabet),
        (None, Some(data)) => (octets(data).unwrap_or_default(), DataCoding::OctetUnspecified2),
        (None, None) => return None,
    };
    let modem = config.modems.iter().find(|modem| modem.name == incoming.modem);
    let destination = match modem.and_then(|modem| modem.number.as_deref()) {
        Some(number) => number_party(number),
        None => party(ALPHANUMERIC, 0, &incoming.modem),
    };
    let source = match incoming.number_type.as_str() {
        "international" => number_party(&incoming.from),
        "national" => party(2, 1, &incoming.from),
        "network_specific" => party(3, 1, &incoming.from),
        "subscriber" => party(4, 1, &incoming.from),
        "alphanumeric" => party(ALPHANUMERIC, 0, &incoming.from),
        "abbreviated" => party(6, 1, &incoming.from),
        _ => party(0, 1, &incoming.from),
    };
    let mut pdu = addressed(&source, &destination)?;
    pdu.data_coding = coding;
    if octets.len() <= MAX_SHORT {
        pdu.set_short_message(OctetString::from_vec(octets).ok()?);
    } else {
        pdu.push_tlv(Tlv::MessagePayload(MessagePayload::new(AnyOctetString::from_vec(octets))));
    }
    if let Some(port) = incoming.port {
        pdu.push_tlv(Tlv::DestPort(port));
    }
    Some(pdu)
}

/// The octets of a text, and their data coding: GSM 7-bit where data coding 0 stands for it, else
/// Latin 1, else UTF-16.
fn encoded(text: &str, default: DefaultAlphabet) -> (Vec<u8>, DataCoding) {
    let narrow = match default {
        DefaultAlphabet::Gsm7 => {
            encode_to_vec(text, Alphabet::DEFAULT).map(|septets| (septets, DataCoding::McSpecific))
        }
        DefaultAlphabet::Latin1 => {
            Charset::Iso8859_1.encode(text).map(|octets| (octets, DataCoding::Latin1))
        }
    };
    narrow.unwrap_or_else(|_| {
        (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), DataCoding::Ucs2)
    })
}

fn number_party(number: &str) -> Party {
    match number.strip_prefix('+') {
        Some(digits) => party(1, 1, digits),
        None => party(0, 1, number),
    }
}

/// An address in ASCII, at most as long as the field; other characters are replaced.
fn party(ton: u8, npi: u8, address: &str) -> Party {
    let is_printable = |character: char| character.is_ascii_graphic() || character == ' ';
    let characters = address.chars().take(MAX_ADDRESS);
    let address =
        characters.map(|character| if is_printable(character) { character } else { '?' }).collect();
    Party { ton, npi, address }
}

fn addressed(source: &Party, destination: &Party) -> Option<DeliverSm> {
    let mut pdu = DeliverSm::default();
    pdu.source_addr_ton = source.ton.into();
    pdu.source_addr_npi = source.npi.into();
    pdu.source_addr = COctetString::from_string(source.address.clone()).ok()?;
    pdu.dest_addr_ton = destination.ton.into();
    pdu.dest_addr_npi = destination.npi.into();
    pdu.destination_addr = COctetString::from_string(destination.address.clone()).ok()?;
    // The default of the library has a bit of other networks.
    pdu.esm_class = EsmClass::from(0);
    Some(pdu)
}

/// The answer to query_sm.
pub(super) fn state(id: &str, known: &Known) -> Option<QuerySmResp> {
    let state = match (known.outcome, known.status) {
        (Some(outcome), _) => outcome.state(),
        // Without a report this is all that can be known.
        (None, Status::Sent) if !known.wants_report => MessageState::Accepted,
        (None, _) => MessageState::Enroute,
    };
    let date = known.outcome.map(|_| times::absolute(known.updated_at)).unwrap_or_default();
    let error = known.error.and_then(|code| u8::try_from(code).ok()).unwrap_or_default();
    Some(QuerySmResp::new(
        COctetString::from_string(id.into()).ok()?,
        EmptyOrFullCOctetString::from_string(date).ok()?,
        state,
        error,
    ))
}

/// The consequence of the answer to a deliver_sm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// The client cannot take it now.
    Later,
    /// The client will never take it.
    Never,
}

impl Verdict {
    /// The name in metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Later => "later",
            Self::Never => "refused",
        }
    }

    /// The verdict of a status.
    pub(super) fn of(status: u32) -> Self {
        match CommandStatus::from(status) {
            CommandStatus::EsmeRok => Self::Taken,
            CommandStatus::EsmeRxPAppn | CommandStatus::EsmeRxRAppn => Self::Never,
            _ => Self::Later,
        }
    }
}
