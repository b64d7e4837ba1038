//! Reference vectors and tables of other projects, in the folder that `MODEM_SHARED` names.
//!
//! Rows that differ on purpose are listed in `DIFFERENCES` and explained in `tests/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

mod broadcast;
#[path = "../common/mod.rs"]
mod common;
mod fields;
mod long;
mod messages;
mod tables;
mod ussd;

use broadcast::{cell_broadcast, cell_broadcast_scenario, ussd_decode, ussd_encode};
use common::octets;
use fields::{
    address_decode, address_encode, dcs_decode, header_decode, smsc_decode, smsc_encode,
    timestamp_decode, timestamp_encode, validity_decode, validity_encode,
};
use long::{
    assembly, report_matching, segment, submit_limit, submit_segment, submit_segment_count,
    text_encode,
};
use messages::{deliver_report, pdu_mode, submit_report, tpdu};

/// Rows whose answer contradicts the standard, or is strict where this crate is lenient: see
/// README.md.
const DIFFERENCES: &[&str] = &[
    "ofono-sr-3",
    "deliver-report-003",
    "submit-report-004",
    "smsc-decode-006",
    "address-encode-001",
    "address-encode-004",
    "address-encode-005",
    "address-encode-008",
    "address-encode-009",
    "timestamp-encode-005",
    "timestamp-encode-006",
    "vp-encode-011",
];

fn shared() -> PathBuf {
    std::env::var_os("MODEM_SHARED")
        .expect("MODEM_SHARED names the folder with the reference vectors")
        .into()
}

struct Row {
    id: String,
    kind: String,
    input: String,
    expected: Value,
}

impl Row {
    fn text(&self) -> String {
        String::from_utf8(octets(&self.input)).unwrap()
    }

    fn str(&self, key: &str) -> &str {
        self.expected[key].as_str().unwrap_or_default()
    }
}

fn rows(folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in ["ofono.tsv", "warthog618.tsv"] {
        let text = fs::read_to_string(folder.join("vectors").join(file)).unwrap();
        rows.extend(text.lines().skip(1).map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [id, kind, input, expected] = columns[..] else { panic!("{line}") };
            Row {
                id: id.to_owned(),
                kind: kind.to_owned(),
                input: input.to_owned(),
                expected: serde_json::from_str(expected).unwrap_or(Value::Null),
            }
        }));
    }
    rows
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn vectors_agree_but_for_the_differences_that_are_listed() {
    let mut disagree = Vec::new();
    let mut checked = 0;
    for row in rows(&shared()) {
        let Some(result) = check(&row) else { continue };
        checked += 1;
        match (result, DIFFERENCES.contains(&row.id.as_str())) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => {
                disagree.push(format!("{}: agrees, though it is listed as a difference", row.id));
            }
            (Err(error), false) => disagree.push(format!("{} ({}): {error}", row.id, row.kind)),
        }
    }
    println!("{checked} rows checked");
    assert!(checked > 300);
    assert!(disagree.is_empty(), "{} rows disagree:\n{}", disagree.len(), disagree.join("\n"));
}

type Check = Result<(), String>;

fn check(row: &Row) -> Option<Check> {
    Some(match row.kind.as_str() {
        "deliver" | "pdumode-deliver" => pdu_mode(row, false),
        "submit" => pdu_mode(row, true),
        "tpdu-deliver" | "status-report-tpdu" | "status-report" | "tpdu-reserved" => {
            tpdu(row, false)
        }
        "submit-tpdu" | "tpdu-submit" | "tpdu-command" => tpdu(row, true),
        "deliver-report" => deliver_report(row),
        "submit-report" => submit_report(row),
        "address-decode" => address_decode(row),
        "address-encode" => address_encode(row),
        "smsc-decode" => smsc_decode(row),
        "smsc-encode" => smsc_encode(row),
        "timestamp-decode" => timestamp_decode(row),
        "timestamp-encode" => timestamp_encode(row),
        "vp-decode" => validity_decode(row),
        "vp-encode" => validity_encode(row),
        "dcs-decode" => dcs_decode(row),
        "udh-decode" => header_decode(row),
        "submit-segment" => submit_segment(row),
        "submit-limit" => submit_limit(row),
        "submit-segment-count" => submit_segment_count(row),
        "assembly" => assembly(row),
        "status-report-assembly-scenario" => report_matching(row),
        "cbs" => cell_broadcast(row),
        "cbs-assembly-scenario" => cell_broadcast_scenario(row),
        "ussd-decode" => ussd_decode(row),
        "ussd-encode" => ussd_encode(row),
        "segment" => segment(row),
        "text-encode" => text_encode(row),
        _ => return None,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the values are made for the call")]
fn equal<T: PartialEq + core::fmt::Debug>(what: &str, got: T, expected: T) -> Check {
    if got == expected { Ok(()) } else { Err(format!("{what}: {got:?} instead of {expected:?}")) }
}
