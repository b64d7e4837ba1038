//! submit_sm as a message: its addresses, times and options.

use rusmpp::CommandStatus;
use rusmpp::pdus::SubmitSm;
use rusmpp::tlvs::TlvValue;

use super::body::{self, Body};
use super::times::SmppTime;
use crate::api::{Checked, Data, MAX_VALIDITY, NewMessage, Urgency};
use crate::clock;
use crate::config::{Account, AlphanumericSource, Config};
use crate::problem::Problem;
use crate::store::smpp::{Parties, Party};

/// The highest type of number, and that of a name.
const MAX_TON: u8 = 6;
pub(super) const ALPHANUMERIC: u8 = 5;

/// The longest name of a sender, in characters.
const MAX_NAME: usize = 11;

/// A message that a client has submitted.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) checked: Checked,
    pub(super) registered: u8,
    pub(super) parties: Parties,
    pub(super) bundle: Option<String>,
    /// The TLV user_message_reference.
    pub(super) reference: Option<u16>,
}

/// The TLVs that matter.
#[derive(Debug, Default)]
struct Tlvs {
    payload: Option<Vec<u8>>,
    sar: (Option<u16>, Option<u8>, Option<u8>),
    port: Option<u16>,
    reference: Option<u16>,
    time_to_live: Option<u32>,
}

impl Tlvs {
    fn of(submit: &SubmitSm) -> Self {
        let mut tlvs = Self::default();
        for value in submit.tlvs().iter().filter_map(rusmpp::tlvs::Tlv::value) {
            match value {
                TlvValue::MessagePayload(payload) => {
                    tlvs.payload = Some(payload.value.as_ref().to_vec());
                }
                TlvValue::SarMsgRefNum(number) => tlvs.sar.0 = Some(*number),
                TlvValue::SarTotalSegments(total) => tlvs.sar.1 = Some(*total),
                TlvValue::SarSegmentSeqnum(sequence) => tlvs.sar.2 = Some(*sequence),
                TlvValue::DestPort(port) => tlvs.port = Some(*port),
                TlvValue::UserMessageReference(reference) => {
                    tlvs.reference = Some(reference.value);
                }
                TlvValue::QosTimeToLive(seconds) => tlvs.time_to_live = Some(*seconds),
                // Others are the client's own, or advice.
                _ => {}
            }
        }
        tlvs
    }
}

/// Reads a submit_sm as a message of an account.
///
/// # Errors
/// Fails with the status for the answer.
pub(super) fn read(
    submit: &SubmitSm,
    account: &Account,
    config: &Config,
    now: i64,
) -> Result<Submitted, CommandStatus> {
    let parties = Parties {
        source: party(submit.source_addr_ton, submit.source_addr_npi, submit.source_addr.as_str()),
        destination: party(
            submit.dest_addr_ton,
            submit.dest_addr_npi,
            submit.destination_addr.as_str(),
        ),
    };
    check_source(&parties.source, account)?;
    let to = recipient(&parties.destination, account)?;
    let priority = match u8::from(submit.priority_flag) {
        0 => Urgency::Bulk,
        1 => Urgency::Normal,
        2 | 3 => Urgency::Alarm,
        _ => return Err(CommandStatus::EsmeRinvprtflg),
    };
    if u8::from(submit.replace_if_present_flag) != 0 {
        return Err(CommandStatus::EsmeRinvrepflag);
    }
    let tlvs = Tlvs::of(submit);
    let short = submit.short_message().as_ref();
    let octets = match &tlvs.payload {
        Some(_) if !short.is_empty() => return Err(CommandStatus::EsmeRinvmsglen),
        Some(payload) => payload.as_slice(),
        None if short.is_empty() && submit.sm_default_msg_id != 0 => {
            return Err(CommandStatus::EsmeRinvdftmsgid);
        }
        None => short,
    };
    let send_at = send_at(submit.schedule_delivery_time.as_str(), now)?;
    let begin = send_at.unwrap_or(now);
    let validity = submit.validity_period.as_str();
    let expires_in = expires_in(validity, tlvs.time_to_live, begin, now)?;
    let registered = u8::from(submit.registered_delivery) & 3;
    let has_header = u8::from(submit.esm_class) & 0x40 != 0;
    let sar = body::sar(tlvs.sar)?;
    let coding = body::coding(submit.data_coding.into(), account.default_alphabet)?;
    let body = body::read(octets, coding, has_header, sar, &to)?;
    let mut message = NewMessage {
        to,
        priority,
        route: account.route.clone(),
        send_at: send_at.map(clock::format),
        expires_in,
        report: registered != 0,
        ..NewMessage::default()
    };
    let mut reference = None;
    match body {
        Body::Text(text) => (message.text, message.class) = (Some(text), coding.class),
        Body::Data(octets) => {
            let hex = faster_hex::hex_string_upper(&octets);
            message.data = Some(Data { hex, port: tlvs.port });
            message.class = coding.class;
        }
        Body::Part { tpdu, concatenation } => {
            message.tpdu = Some(faster_hex::hex_string_upper(&tpdu));
            reference = concatenation;
        }
    }
    let (source, to) = (&parties.source.address, &message.to);
    let bundle =
        reference.map(|reference| format!("{}\n{source}\n{to}\n{reference}", account.system_id));
    let checked = message.check(config, now).map_err(|problem| status(&problem))?;
    Ok(Submitted { checked, registered, parties, bundle, reference: tlvs.reference })
}

fn party(ton: impl Into<u8>, npi: impl Into<u8>, address: &str) -> Party {
    Party { ton: ton.into(), npi: npi.into(), address: address.into() }
}

fn check_source(source: &Party, account: &Account) -> Result<(), CommandStatus> {
    if source.ton > MAX_TON {
        return Err(CommandStatus::EsmeRinvsrcton);
    }
    let is_refused = source.ton == ALPHANUMERIC
        && (account.alphanumeric_source == AlphanumericSource::Refuse
            || source.address.len() > MAX_NAME);
    let plain = source.address.trim_start_matches('+');
    let is_allowed = account.sources.is_empty()
        || account.sources.iter().any(|allowed| allowed.trim_start_matches('+') == plain);
    if is_refused || !is_allowed { Err(CommandStatus::EsmeRinvsrcadr) } else { Ok(()) }
}

/// The number as it is dialled.
fn recipient(destination: &Party, account: &Account) -> Result<String, CommandStatus> {
    if destination.ton > MAX_TON {
        return Err(CommandStatus::EsmeRinvdstton);
    }
    let number = match (destination.ton, destination.address.strip_prefix('+')) {
        (ALPHANUMERIC, _) => return Err(CommandStatus::EsmeRinvdstadr),
        (1, None) if !destination.address.is_empty() => format!("+{}", destination.address),
        _ => destination.address.clone(),
    };
    let is_allowed = account.prefixes.is_empty()
        || account.prefixes.iter().any(|prefix| number.starts_with(prefix));
    let is_number = number.parse::<pdu::Address>().is_ok();
    (is_allowed && is_number).then_some(number).ok_or(CommandStatus::EsmeRinvdstadr)
}

/// The time to send, if it is later than now.
fn send_at(text: &str, now: i64) -> Result<Option<i64>, CommandStatus> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = SmppTime::read(text).ok_or(CommandStatus::EsmeRinvsched)?;
    Ok(Some(time.at(now)).filter(|at| *at > now))
}

/// The time in seconds after the time to send. A relative time of zero is the default.
fn expires_in(
    text: &str,
    time_to_live: Option<u32>,
    begin: i64,
    now: i64,
) -> Result<Option<u64>, CommandStatus> {
    let left = match (time_to_live, text) {
        (Some(seconds), _) => i64::from(seconds) * 1000,
        (None, "") => return Ok(None),
        (None, text) => {
            let time = SmppTime::read(text).ok_or(CommandStatus::EsmeRinvexpiry)?;
            if matches!(time, SmppTime::Absolute(at) if at <= begin.max(now)) {
                return Err(CommandStatus::EsmeRinvexpiry);
            }
            time.at(begin) - begin
        }
    };
    // At least a second, since that is the unit.
    let seconds = u64::try_from(left).unwrap_or(0).div_ceil(1000);
    Ok(Some(seconds.min(MAX_VALIDITY)).filter(|seconds| *seconds > 0))
}

/// The status for a message that the check refuses.
fn status(problem: &Problem) -> CommandStatus {
    match problem.errors.first().map_or("", |field| field.pointer.as_str()) {
        "/to" => CommandStatus::EsmeRinvdstadr,
        "/text" | "/data/hex" | "/tpdu" => CommandStatus::EsmeRinvmsglen,
        "/send_at" => CommandStatus::EsmeRinvsched,
        "/expires_in" => CommandStatus::EsmeRinvexpiry,
        _ => CommandStatus::EsmeRsubmitfail,
    }
}
