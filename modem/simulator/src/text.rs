//! The form of messages, in PDU mode and in text mode: 3GPP TS 27.005, 3.1, 3.4 and 4.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gsm7::charset::Charset;
use gsm7::{Alphabet, Coding};
use pdu::{
    Address, CharacterSet, Dcs, Incoming, Outgoing, Pid, RelativeValidity, Submit, Timestamp,
    UserData, ValidityPeriod,
};

use crate::card::type_of;
use crate::desk::Desk;
use crate::profile::{Header, Memory};
use crate::store::{Slot, Status};
use crate::tpdu;

/// The SMS-SUBMIT of a body in text mode, by the first octet, the validity and the protocol of
/// `+CSMP`.
pub(crate) fn submit(
    charset: Charset,
    number: &str,
    [first, validity, protocol]: [u8; 3],
    dcs: Dcs,
    body: &[u8],
) -> Option<Vec<u8>> {
    let has_header = first & 0x40 != 0;
    let user_data = match dcs.character_set() {
        CharacterSet::Gsm7 if !has_header => {
            UserData::text(&charset.decode(body), Coding::Gsm7(Alphabet::DEFAULT), &[]).ok()?
        }
        // Any other coding is two digits an octet, whatever the character set: 27.005, 3.1, <data>.
        // Some hosts leave +CSMP at GSM 7-bit with +CSCS="UCS2" and are served by the branch above.
        CharacterSet::Ucs2 if charset != Charset::Ucs2 && unhex(body).is_none() => {
            UserData::text(&charset.decode(body), Coding::Ucs2, &[]).ok()?
        }
        _ => UserData::data(&unhex(body)?, &[]).ok()?,
    };
    let validity = match first >> 3 & 3 {
        2 => Some(ValidityPeriod::Relative(RelativeValidity::from_raw(validity))),
        _ => None,
    };
    let submit = Submit {
        pid: Pid::from_raw(protocol),
        dcs,
        validity,
        user_data,
        reject_duplicates: first & 0x04 != 0,
        status_report: first & 0x20 != 0,
        reply_path: first & 0x80 != 0,
        ..Submit::new(number.parse().ok()?)
    };
    tpdu::encoded(|out| submit.encode(out))
}

fn unhex(body: &[u8]) -> Option<Vec<u8>> {
    crate::verb::unhex(core::str::from_utf8(body).ok()?.trim()).ok()
}

impl Desk {
    /// A stored message with its header, as `+CMGR` (in full) or `+CMGL` shows it.
    pub(crate) fn show(
        &self,
        slot: &Slot,
        memory: Memory,
        head: &str,
        listed: bool,
        centre: &str,
    ) -> Vec<Vec<u8>> {
        if self.settings.text_mode {
            self.text_of_slot(slot, memory, head, listed, centre)
        } else {
            self.pdu_lines(head, slot)
        }
    }

    /// The header and the octets of a message in PDU mode.
    fn pdu_lines(&self, head: &str, slot: &Slot) -> Vec<Vec<u8>> {
        let (status, length) = (slot.status.number(), slot.tpdu.len());
        let head = match self.profile.header {
            Header::Standard => format!("{head}{status},,{length}"),
            Header::Quoted => format!("{head}{status},\"\",{length}"),
            Header::WithoutName => format!("{head}{status},{length}"),
            Header::WithoutStatus => format!("{head},,{length}"),
        };
        self.with_pdu(head, &slot.smsc, &slot.tpdu)
    }

    /// A header, followed by the hex of a PDU.
    pub(crate) fn with_pdu(&self, head: String, smsc: &[u8], tpdu: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = alloc::vec![head.into_bytes()];
        if self.profile.empty_line_before_pdu {
            lines.push(Vec::new());
        }
        lines.push(hex(&[smsc, tpdu].concat()).into_bytes());
        lines
    }

    fn text_of_slot(
        &self,
        slot: &Slot,
        memory: Memory,
        head: &str,
        listed: bool,
        centre: &str,
    ) -> Vec<Vec<u8>> {
        let status = slot.status.description();
        let mut line = Vec::from(head);
        line.extend(format!("\"{status}\"").bytes());
        if memory == Memory::Bm {
            let (fields, text) = self.text_of_page(&slot.tpdu);
            line.push(b',');
            line.extend(fields.bytes());
            return alloc::vec![line, text];
        }
        let full = self.settings.csdh;
        let outgoing = matches!(slot.status, Status::Unsent | Status::Sent);
        if outgoing {
            let Some(Outgoing::Submit(submit)) = tpdu::submission(&slot.tpdu) else {
                return alloc::vec![line, hex(&slot.tpdu).into_bytes()];
            };
            self.push_address(&mut line, &submit.destination);
            line.extend(b",");
            let (kind, length) = (submit.destination.octet(), submit.user_data.length());
            if listed {
                line.extend(b",");
                if full {
                    line.extend(format!(",{kind},{length}").bytes());
                }
            } else if full {
                let [first, pid, dcs] =
                    [slot.tpdu.first().copied().unwrap_or(0), submit.pid.raw(), submit.dcs.raw()];
                let validity = match submit.validity {
                    Some(ValidityPeriod::Relative(validity)) => validity.raw().to_string(),
                    _ => String::new(),
                };
                line.extend(format!(",{kind},{first},{pid},{dcs},{validity}").bytes());
                self.push_service_centre(&mut line, centre);
                line.extend(format!(",{length}").bytes());
            }
            let text = self.data(&submit.user_data, submit.dcs);
            return alloc::vec![line, text];
        }
        match tpdu::incoming(&slot.tpdu) {
            Some(Incoming::Deliver(deliver)) => {
                self.push_address(&mut line, &deliver.originator);
                line.extend(format!(",,\"{}\"", self.timestamp(deliver.timestamp)).bytes());
                let (kind, length) = (deliver.originator.octet(), deliver.user_data.length());
                if full && listed {
                    line.extend(format!(",{kind},{length}").bytes());
                } else if full {
                    self.push_deliver_tail(&mut line, &slot.tpdu, &deliver, centre);
                }
                let text = self.data(&deliver.user_data, deliver.dcs);
                alloc::vec![line, text]
            }
            Some(Incoming::StatusReport(report)) => {
                line.push(b',');
                line.extend(self.report_fields(&slot.tpdu, &report));
                alloc::vec![line]
            }
            _ => alloc::vec![line, hex(&slot.tpdu).into_bytes()],
        }
    }

    /// The lines of `+CMT` in text mode.
    pub(crate) fn text_of_deliver(
        &self,
        tpdu: &[u8],
        deliver: &pdu::Deliver,
        centre: &str,
    ) -> Vec<Vec<u8>> {
        let mut line = Vec::from("+CMT: ");
        line.extend(self.quoted(&deliver.originator.to_string()));
        line.extend(format!(",,\"{}\"", self.timestamp(deliver.timestamp)).bytes());
        if self.settings.csdh {
            self.push_deliver_tail(&mut line, tpdu, deliver, centre);
        }
        alloc::vec![line, self.data(&deliver.user_data, deliver.dcs)]
    }

    /// The fields of a status report: `<fo>,<mr>,[<ra>],[<tora>],<scts>,<dt>,<st>`.
    pub(crate) fn report_fields(&self, tpdu: &[u8], report: &pdu::StatusReport) -> Vec<u8> {
        let first = tpdu.first().copied().unwrap_or(0);
        let mut line = format!("{first},{}", report.message_reference).into_bytes();
        self.push_address(&mut line, &report.recipient);
        let (kind, status) = (report.recipient.octet(), report.status.raw());
        let [sent, done] = [report.timestamp, report.discharge].map(|time| self.timestamp(time));
        line.extend(format!(",{kind},\"{sent}\",\"{done}\",{status}").bytes());
        line
    }

    /// The fields of a broadcast page, `<sn>,<mid>,<dcs>,<page>,<pages>`, and its text.
    pub(crate) fn text_of_page(&self, page: &[u8]) -> (String, Vec<u8>) {
        let octet = |at: usize| u16::from(page.get(at).copied().unwrap_or(0));
        let (serial, channel) = (octet(0) << 8 | octet(1), octet(2) << 8 | octet(3));
        let fields =
            format!("{serial},{channel},{},{},{}", octet(4), octet(5) >> 4, octet(5) & 0x0f);
        (fields, self.in_charset(&tpdu::page_text(page)))
    }

    fn push_deliver_tail(
        &self,
        line: &mut Vec<u8>,
        tpdu: &[u8],
        deliver: &pdu::Deliver,
        centre: &str,
    ) {
        let first = tpdu.first().copied().unwrap_or(0);
        let (kind, pid, dcs) = (deliver.originator.octet(), deliver.pid.raw(), deliver.dcs.raw());
        line.extend(format!(",{kind},{first},{pid},{dcs}").bytes());
        self.push_service_centre(line, centre);
        line.extend(format!(",{}", deliver.user_data.length()).bytes());
    }

    fn push_address(&self, line: &mut Vec<u8>, address: &Address) {
        line.push(b',');
        line.extend(self.quoted(&address.to_string()));
    }

    fn push_service_centre(&self, line: &mut Vec<u8>, centre: &str) {
        line.push(b',');
        line.extend(self.quoted(centre));
        line.extend(format!(",{}", type_of(centre)).bytes());
    }

    /// `yy/MM/dd,hh:mm:ss±zz`, with the digits of the message.
    fn timestamp(&self, timestamp: Timestamp) -> String {
        let raw = timestamp.raw();
        let [year, month, day, hour, minute, second, zone] =
            raw.map(|octet| format!("{:X}{:X}", octet & 0x0f, octet >> 4));
        let sign = if raw[6] & 0x08 == 0 { '+' } else { '-' };
        let zone =
            if raw[6] & 0x08 == 0 { zone } else { format!("{:X}{:X}", raw[6] & 0x07, raw[6] >> 4) };
        let zone =
            if self.profile.short_zone { zone.trim_start_matches('0').to_string() } else { zone };
        format!("{year}/{month}/{day},{hour}:{minute}:{second}{sign}{zone}")
    }

    /// `<data>`: text in the character set of `+CSCS` if the message is plain text, otherwise hex.
    fn data(&self, user_data: &UserData, dcs: Dcs) -> Vec<u8> {
        match dcs.character_set() {
            CharacterSet::Gsm7 if !user_data.has_header() => {
                self.in_charset(&user_data.to_text(dcs).unwrap_or_default())
            }
            _ => hex(&[user_data.header_octets(), user_data.body_octets()].concat()).into_bytes(),
        }
    }
}

/// Octets as pairs of hexadecimal digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
