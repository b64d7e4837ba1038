//! TPDUs of every kind, held field by field against the dissector `gsm_sms`.

use core::error::Error;

use gsm7::{Alphabet, Coding, Language};
use pdu::{
    Address, Command, CommandType, Concatenation, DateTime, Dcs, Deliver, DeliverReport,
    FailureCause, Information, Pid, Reference, RelativeValidity, Status, StatusReport, Submit,
    SubmitReport, Timestamp, Tpdu, UserData, ValidityPeriod,
};

use crate::source::Source;
use crate::tshark;

/// The fields that are compared, in this order.
const FIELDS: [&str; 28] = [
    "tp-mti",
    "tp-oa",
    "tp-da",
    "tp-ra",
    "dis_field_addr.num_type",
    "dis_field_addr.num_plan",
    "tp-pid",
    "tp-dcs",
    "tp-mr",
    "tp-mms",
    "tp-lp",
    "tp-sri",
    "tp-srr",
    "tp-srq",
    "tp-udhi",
    "tp-rp",
    "tp-rd",
    "tp-vpf",
    "tp-fcs",
    "tp.command_type",
    "tp.message_number",
    "tp.user_data_length",
    "sms_text",
    "udh.mm.msg_id",
    "udh.mm.msg_parts",
    "udh.mm.msg_part",
    "dis_iei_lang.single_shift",
    "scts",
];

/// The expected value of one TPDU: a field and its value.
type Expected = Vec<(&'static str, String)>;

/// Compares `count` TPDUs, and returns the number of those that tshark reads otherwise.
pub(crate) fn compare(count: usize) -> Result<usize, Box<dyn Error>> {
    let mut source = Source(2_026);
    let mut dump = String::new();
    let mut all = Vec::new();
    for kind in (0..6).cycle().take(count) {
        let (from_mobile, tpdu, expected) = generate(kind, &mut source);
        tshark::add_packet(&mut dump, from_mobile, &tpdu);
        all.push((tpdu, expected));
    }
    let rows = read_with_tshark(&dump)?;
    if rows.len() != all.len() {
        return Err(format!("tshark read {} TPDUs of {}", rows.len(), all.len()).into());
    }
    let mut differences = 0;
    for ((tpdu, expected), row) in all.iter().zip(rows) {
        for (field, expected) in expected {
            let at = FIELDS.iter().position(|name| name == field).ok_or("unknown field")?;
            if tshark::plain(&row[at]) != *expected {
                println!("{tpdu:02X?}\n  {field}: tshark {:?}, we {expected:?}", row[at]);
                differences += 1;
                break;
            }
        }
    }
    Ok(differences)
}

/// Returns the fields of every TPDU of a dump, as tshark reads them.
fn read_with_tshark(dump: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let mut options: Vec<String> =
        ["-o", "gsm_sms.reassemble:FALSE", "-T", "fields", "-E", "separator=/t"]
            .map(str::to_owned)
            .to_vec();
    options.extend(["-E", "occurrence=f"].map(str::to_owned));
    for field in &FIELDS[..FIELDS.len() - 1] {
        options.extend(["-e".to_owned(), format!("gsm_sms.{field}")]);
    }
    for part in ["year", "month", "day", "hour", "minutes", "seconds"] {
        options.extend(["-e".to_owned(), format!("gsm_sms.scts.{part}")]);
    }
    Ok(tshark::read(dump, &options)?.lines().map(row).collect())
}

/// Returns the columns of a line, with those of the time stamp in one.
fn row(line: &str) -> Vec<String> {
    let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let time = columns.split_off(FIELDS.len() - 1).join(" ");
    columns.push(time);
    columns
}

fn generate(kind: u32, source: &mut Source) -> (bool, Vec<u8>, Expected) {
    let (dcs, user_data, text) = &source.user_data();
    let mut expected: Expected = Vec::new();
    let mut expect = |field, value: String| expected.push((field, value));
    let about_address = |address: &Address| {
        vec![
            ("dis_field_addr.num_type", (address.octet() >> 4 & 7).to_string()),
            ("dis_field_addr.num_plan", (address.octet() & 0xF).to_string()),
        ]
    };
    let flag = |set: bool| if set { "1" } else { "0" }.to_owned();
    let (address, digits) = source.address();
    let (timestamp, time) = source.timestamp();
    let from_mobile = matches!(kind, 1 | 3 | 4);
    let about_data = |expect: &mut dyn FnMut(&'static str, String)| {
        expect("tp-udhi", flag(user_data.has_header()));
        expect("tp.user_data_length", user_data.length().to_string());
        expect("tp-dcs", dcs.raw().to_string());
        expect("sms_text", text.clone());
        if let Some(part) = user_data.header().and_then(|header| header.concatenation()) {
            expect("udh.mm.msg_id", part.reference().value().to_string());
            expect("udh.mm.msg_parts", part.total().to_string());
            expect("udh.mm.msg_part", part.sequence().to_string());
        }
        if let Some(language) = user_data.alphabet().single {
            expect("dis_iei_lang.single_shift", language.raw().to_string());
        }
    };
    let octets = match kind {
        0 => {
            let mut deliver = Deliver::new(address, timestamp).with_user_data(*dcs, *user_data);
            deliver.pid = Pid::from_raw(source.below(32));
            deliver.more_messages = source.flip();
            deliver.loop_prevention = source.flip();
            deliver.status_report = source.flip();
            deliver.reply_path = source.flip();
            expect("tp-mti", "0".to_owned());
            expect("tp-oa", digits);
            expect("tp-pid", deliver.pid.raw().to_string());
            expect("tp-mms", flag(!deliver.more_messages));
            expect("tp-lp", flag(deliver.loop_prevention));
            expect("tp-sri", flag(deliver.status_report));
            expect("tp-rp", flag(deliver.reply_path));
            expect("scts", time);
            about_data(&mut expect);
            about_address(&address).into_iter().for_each(|(field, value)| expect(field, value));
            encode(&deliver)
        }
        1 => {
            let validity = [
                None,
                Some(ValidityPeriod::Relative(RelativeValidity::from_raw(source.below(255)))),
                Some(ValidityPeriod::Absolute(timestamp)),
            ];
            let submit = Submit {
                message_reference: source.below(255),
                pid: Pid::from_raw(source.below(32)),
                dcs: *dcs,
                validity: validity[usize::from(source.below(3))],
                user_data: *user_data,
                reject_duplicates: source.flip(),
                status_report: source.flip(),
                reply_path: source.flip(),
                ..Submit::new(address)
            };
            expect("tp-mti", "1".to_owned());
            expect("tp-da", digits);
            expect("tp-mr", submit.message_reference.to_string());
            expect("tp-pid", submit.pid.raw().to_string());
            expect("tp-rd", flag(submit.reject_duplicates));
            expect("tp-srr", flag(submit.status_report));
            expect("tp-rp", flag(submit.reply_path));
            let format = match submit.validity {
                None => 0,
                Some(ValidityPeriod::Enhanced(_)) => 1,
                Some(ValidityPeriod::Relative(_)) => 2,
                Some(ValidityPeriod::Absolute(_)) => 3,
            };
            expect("tp-vpf", format.to_string());
            about_data(&mut expect);
            about_address(&address).into_iter().for_each(|(field, value)| expect(field, value));
            encode(&submit)
        }
        2 => {
            let status = Status::from_raw(source.below(0x70));
            let mut report =
                StatusReport::new(source.below(255), address, timestamp, timestamp, status);
            report.more_messages = source.flip();
            report.on_command = source.flip();
            expect("tp-mti", "2".to_owned());
            expect("tp-mr", report.message_reference.to_string());
            expect("tp-ra", digits);
            expect("tp-mms", flag(!report.more_messages));
            expect("tp-srq", flag(report.on_command));
            expect("scts", time);
            about_address(&address).into_iter().for_each(|(field, value)| expect(field, value));
            encode(&report)
        }
        3 => {
            let command = Command {
                message_reference: source.below(255),
                data: UserData::data(b"data", &[]).unwrap_or_default(),
                status_report: source.flip(),
                ..Command::new(CommandType::from_raw(source.below(4)), source.below(255), address)
            };
            expect("tp-mti", "2".to_owned());
            expect("tp-mr", command.message_reference.to_string());
            expect("tp-da", digits);
            expect("tp-srr", flag(command.status_report));
            expect("tp.command_type", command.command.raw().to_string());
            expect("tp.message_number", command.message_number.to_string());
            about_address(&address).into_iter().for_each(|(field, value)| expect(field, value));
            encode(&command)
        }
        4 => {
            let cause = FailureCause::from_raw(0xC0 | source.below(8));
            let report =
                if source.flip() { DeliverReport::refused(cause) } else { DeliverReport::ACCEPTED };
            expect("tp-mti", "0".to_owned());
            expect("tp-fcs", report.failure.map_or(String::new(), |cause| cause.raw().to_string()));
            encode(&report)
        }
        _ => {
            let mut report = SubmitReport::accepted(timestamp);
            report.failure = source.flip().then(|| FailureCause::from_raw(0xC0 | source.below(8)));
            expect("tp-mti", "1".to_owned());
            expect("tp-fcs", report.failure.map_or(String::new(), |cause| cause.raw().to_string()));
            expect("scts", time);
            encode(&report)
        }
    };
    (from_mobile, octets, expected)
}

fn encode(tpdu: &impl Tpdu) -> Vec<u8> {
    let mut octets = vec![0; tpdu.encoded_len()];
    let len = tpdu.encode(&mut octets).expect("the buffer has the length that is asked for");
    octets.truncate(len);
    octets
}

impl Source {
    /// Returns an address, and its digits as tshark prints them.
    fn address(&mut self) -> (Address, String) {
        let len = 3 + self.below(17);
        let number: String = self.pick("0123456789", len).collect();
        if self.flip() {
            (format!("+{number}").parse().expect("a number"), number)
        } else {
            (number.parse().expect("a number"), number)
        }
    }

    /// Returns a time stamp, and its parts as tshark prints them.
    fn timestamp(&mut self) -> (Timestamp, String) {
        let time = DateTime {
            year: 2000 + u16::from(self.below(60)),
            month: 1 + self.below(12),
            day: 1 + self.below(28),
            hour: self.below(24),
            minute: self.below(60),
            second: self.below(60),
            quarters: 4,
        };
        let DateTime { year, month, day, hour, minute, second, .. } = time;
        let shown = format!("{} {month} {day} {hour} {minute} {second}", year - 2000);
        (Timestamp::new(time).expect("a date"), shown)
    }

    /// Returns user data, its coding scheme, and the text as tshark prints it.
    fn user_data(&mut self) -> (Dcs, UserData, String) {
        let len = 1 + self.below(60);
        let part = Concatenation::new(Reference::Eight(self.below(255)), 5, 1 + self.below(5))
            .expect("a part");
        let wide =
            Concatenation::new(Reference::Sixteen(4_711), 5, 1 + self.below(5)).expect("a part");
        let header = match self.below(4) {
            0 => vec![Information::Concatenation(part)],
            1 => vec![Information::Concatenation(wide)],
            2 => {
                vec![Information::SingleShift(Language::TURKISH), Information::Concatenation(part)]
            }
            _ => Vec::new(),
        };
        let coding = if self.flip() { Coding::Gsm7(Alphabet::DEFAULT) } else { Coding::Ucs2 };
        let text: String = match coding {
            Coding::Gsm7(_) => self.pick("abcXYZ019 ,.!?äöüÄÖ£$@€{}", len).collect(),
            _ => self.pick("abcжЯ中文ĞşŁ", len).collect(),
        };
        let user_data = UserData::text(&text, coding, &header).expect("fits");
        (Dcs::of(coding, None), user_data, text)
    }
}
