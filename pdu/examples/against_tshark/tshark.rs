//! Running tshark over a list of TPDUs.

use core::error::Error;
use core::fmt::Write as _;
use std::fs;
use std::process::Command;

use pdu::DateTime;

pub(crate) fn is_installed() -> bool {
    Command::new("tshark").arg("--version").output().is_ok()
}

/// Adds a TPDU to a dump, in the form that `text2pcap` reads.
pub(crate) fn add_packet(dump: &mut String, from_mobile: bool, tpdu: &[u8]) {
    dump.push_str(if from_mobile { "I\n000000" } else { "O\n000000" });
    for octet in tpdu {
        write!(dump, " {octet:02x}").expect("a string takes all");
    }
    dump.push('\n');
}

/// Returns the output of tshark about the TPDUs of a dump.
pub(crate) fn read(dump: &str, options: &[String]) -> Result<String, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("against-tshark-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (text, capture) = (folder.join("tpdus.txt"), folder.join("tpdus.pcapng"));
    fs::write(&text, dump)?;
    let written = Command::new("text2pcap")
        .args(["-q", "-D", "-l", "147"])
        .args([&text, &capture])
        .output()?;
    if !written.status.success() {
        return Err(String::from_utf8_lossy(&written.stderr).into());
    }
    let read = Command::new("tshark")
        .env("TZ", "UTC")
        .arg("-r")
        .arg(&capture)
        .args(["-o", "uat:user_dlts:\"User 0 (DLT=147)\",\"gsm_sms\",\"0\",\"\",\"0\",\"\""])
        .args(options)
        .output()?;
    fs::remove_dir_all(&folder)?;
    // The output holds octets of texts in other character sets as they are.
    Ok(String::from_utf8_lossy(&read.stdout).into_owned())
}

/// Returns a value without the hexadecimal form that tshark prints for some numbers.
pub(crate) fn plain(value: &str) -> String {
    let number = value.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    number.map_or(value.to_owned(), |number| number.to_string())
}

/// Returns octets as ASCII, with a replacement for each of the others.
pub(crate) fn masked(octets: &[u8]) -> String {
    octets
        .iter()
        .map(
            |&octet| if octet.is_ascii() { char::from(octet) } else { char::REPLACEMENT_CHARACTER },
        )
        .collect()
}

pub(crate) fn date_time(seconds: u64) -> DateTime {
    let seconds = i64::try_from(seconds).expect("a year below 2038");
    DateTime::from_unix_seconds(seconds, 0).expect("a year below 2038")
}

/// Returns a time as tshark shows it.
pub(crate) fn shown_date(seconds: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let DateTime { year, month, day, hour, minute, second, .. } = date_time(seconds);
    let month = MONTHS[usize::from(month) - 1];
    format!("{month} {day:2}, {year} {hour:02}:{minute:02}:{second:02} UTC")
}
