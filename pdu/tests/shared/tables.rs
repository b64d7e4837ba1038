//! Tables of the standard.

use core::time::Duration;
use std::fs;

use pdu::{
    CbsDcs, Class, Dcs, Element, ElementId, FailureCause, Information, Pid, RelativeValidity,
    Status, StatusCategory,
};

use crate::messages::name;
use crate::shared;

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn tables_of_the_standard_agree() {
    let folder = shared();
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(folder.join("data").join(name)).unwrap();
        text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    };
    let octet = |text: &str| u8::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
    let class =
        |class: Option<Class>| class.map_or("-".to_owned(), |class| class.raw().to_string());
    let bit = |flag: bool| if flag { "1" } else { "0" };

    for row in table("dcs.tsv") {
        let dcs = Dcs::from_raw(octet(&row[0]));
        // Reserved, but in use in Korea for octets.
        let set = if dcs.raw() == 0x84 { "8bit" } else { row[2].as_str() };
        assert_eq!(name(dcs.character_set()), set, "{row:?}");
        assert_eq!(class(dcs.class()), row[3], "{row:?}");
        assert_eq!(bit(dcs.is_compressed()), row[4], "{row:?}");
        assert_eq!(bit(dcs.is_auto_deleted()), row[5], "{row:?}");
        let waiting = dcs.waiting();
        assert_eq!(
            waiting.map_or("-", |waiting| if waiting.store { "store" } else { "discard" }),
            row[6],
            "{row:?}"
        );
        assert_eq!(waiting.map_or("-", |waiting| bit(waiting.active)), row[7], "{row:?}");
        let kind =
            waiting.map_or("-".to_owned(), |waiting| format!("{:?}", waiting.kind).to_lowercase());
        assert_eq!(kind, row[8], "{row:?}");
        assert_eq!(bit(dcs.is_reserved()), row[9], "{row:?}");
    }
    for row in table("cbs_dcs.tsv") {
        let dcs = CbsDcs::from_raw(octet(&row[0]));
        assert_eq!(name(dcs.character_set()), row[2], "{row:?}");
        assert_eq!(dcs.language().unwrap_or("-"), row[3], "{row:?}");
        assert_eq!(class(dcs.class()), row[4], "{row:?}");
        assert_eq!(bit(dcs.is_compressed()), row[5], "{row:?}");
        assert_eq!(bit(dcs.has_header()), row[6], "{row:?}");
        assert_eq!(dcs.has_language_prefix(), row[7] != "-", "{row:?}");
        assert_eq!(bit(dcs.is_reserved()), row[8], "{row:?}");
    }
    for row in table("tp_st.tsv") {
        let status = Status::from_raw(octet(&row[0]));
        let category = match status.category() {
            StatusCategory::Completed => "completed",
            StatusCategory::Temporary => "temporary-trying",
            StatusCategory::Permanent => "permanent",
            StatusCategory::GivenUp => "temporary-given-up",
        };
        assert_eq!(category, row[5], "{row:?}");
        assert_eq!(status.is_reserved(), row[3] == "reserved", "{row:?}");
    }
    for row in table("tp_fcs.tsv") {
        assert_eq!(
            FailureCause::from_raw(octet(&row[0])).is_reserved(),
            row[2] == "reserved",
            "{row:?}"
        );
    }
    for row in table("tp_pid.tsv") {
        assert_eq!(Pid::from_raw(octet(&row[0])).is_reserved(), row[3] == "reserved", "{row:?}");
    }
    for row in table("vp_relative.tsv") {
        let validity = RelativeValidity::from_raw(row[0].parse().unwrap());
        let duration = Duration::from_secs(row[1].parse().unwrap());
        assert_eq!(validity.duration(), duration, "{row:?}");
        assert_eq!(RelativeValidity::at_least(duration), Ok(validity), "{row:?}");
    }
    for row in table("iei.tsv") {
        let id = ElementId::from_raw(octet(&row[0]));
        assert_eq!(id.is_repeatable(), row[3] != "no", "{row:?}");
        let reserved = row[1].starts_with("Reserved") || row[1].starts_with("Value not used");
        assert_eq!(id.name() == "reserved", reserved, "{row:?}");
        // Only a fixed length is decoded.
        if let (Ok(len), true) = (row[4].parse::<usize>(), id.raw() < 0x0A || id.raw() > 0x21) {
            let data = vec![1; len + 1];
            for wrong in [&data[..len - 1], &data] {
                assert!(
                    matches!(Element { id, data: wrong }.information(), Information::Other(_)),
                    "{row:?}"
                );
            }
        }
    }
}
