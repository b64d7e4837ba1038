//! Cell broadcasts: pages, whole messages of UMTS, and ETWS primary notifications. 3GPP TS 23.041,
//! 9.4.

use faster_hex::hex_string_upper;
use pdu::{
    Broadcast, CbsDcs, CellBroadcast, EtwsPrimary, GeographicalScope, MessageId, Page,
    SerialNumber, UmtsBroadcast, WarningType, Warnings,
};

use super::content::{Cut, count};
use super::meaning;
use super::printable::{quoted, words};
use super::report::{Failure, Field, Report, Values};

pub(crate) fn decode(octets: &[u8]) -> Result<(CellBroadcast, Warnings), Failure> {
    let decoded = CellBroadcast::decode(octets)?;
    Ok((decoded.value, decoded.warnings))
}

pub(crate) fn explain(octets: &[u8]) -> Result<Report, Failure> {
    let (message, warnings) = decode(octets)?;
    let mut report = match &message {
        CellBroadcast::Page(page) => explain_page(page),
        CellBroadcast::EtwsPrimary(warning) => explain_warning(warning),
        CellBroadcast::Umts(message) => explain_umts(message),
        _ => {
            return Err(Failure::new("the cell broadcast is of an unknown format", 0, "report it"));
        }
    };
    let (serial, id) = (message.serial_number(), message.message_id());
    report.values.set("serial_number", serial.raw());
    report.values.set("message_id", id.raw());
    report.values.set("scope", words(&serial.scope()));
    report.values.set("code", serial.code());
    report.values.set("update", serial.update());
    report.values.set("topic", id.topic().name());
    report.values.set("severity", id.severity().map(|severity| words(&severity)));
    report.octets = octets.to_vec();
    report.warnings = warnings;
    Ok(report)
}

/// Returns a report without octets and warnings.
fn report(title: String, summary: String, fields: Vec<Field>, values: Values) -> Report {
    Report {
        octets: Vec::new(),
        title,
        summary,
        fields,
        warnings: Warnings::NONE,
        hints: Vec::new(),
        values,
    }
}

fn serial(serial: SerialNumber, id: MessageId) -> String {
    let scope = match serial.scope() {
        GeographicalScope::CellImmediate => "cell (shown immediately)",
        GeographicalScope::Network => "network",
        GeographicalScope::Area => "area",
        GeographicalScope::Cell => "cell",
    };
    let head = format!("scope {scope}, code {}, update {}", serial.code(), serial.update());
    match serial.etws(id) {
        Some(etws) => {
            let alert = if etws.emergency_user_alert { ", user alert" } else { "" };
            let popup = if etws.popup { ", popup" } else { "" };
            format!("{head}{alert}{popup}")
        }
        None => head,
    }
}

fn identifier(id: MessageId) -> String {
    let mut names = vec![id.topic().name().to_owned()];
    names.extend(id.eu_alert().map(str::to_owned));
    names.extend(id.kpas().map(|class| format!("KPAS {class}")));
    names.extend(id.severity().map(|severity| format!("severity {}", words(&severity))));
    names.extend(id.urgency().map(|urgency| format!("urgency {}", words(&urgency))));
    names.extend(id.certainty().map(|certainty| format!("certainty {}", words(&certainty))));
    if id.is_additional_language() {
        names.push("in an additional language".to_owned());
    }
    format!("message identifier {id}: {}", names.join(", "))
}

fn coding(dcs: CbsDcs, values: &mut Values) -> String {
    values.set("dcs", dcs.raw());
    values.set("character_set", meaning::character_set(dcs.character_set()));
    values.set("class", dcs.class().map(pdu::Class::raw));
    meaning::cbs_dcs(dcs)
}

/// Returns the field of a page's content.
fn content(octets: core::ops::Range<usize>, page: &Page) -> Field {
    match page.text() {
        Some(text) => Field::new("content", octets, quoted(&text)),
        None => Field::new("content", octets, count(page.content().len())).with_dump(),
    }
}

fn explain_page(page: &Page) -> Report {
    let mut values = Values::new("cell-broadcast");
    let (number, total) = (page.number(), page.total());
    let language = page.language().map(|language| language.to_string());
    let mut coding = coding(page.dcs, &mut values);
    if let (Some(language), true) = (&language, page.dcs.has_language_prefix()) {
        coding.push_str(&format!(" ({language})"));
    }
    let text = page.text();
    values.set("language", language);
    values.set("page", number);
    values.set("pages", total);
    if text.is_none() {
        values.set("data", hex_string_upper(page.content()));
    }
    let mut cut = Cut(0);
    let fields = vec![
        Field::new("serial", cut.next(2), serial(page.serial_number, page.message_id)),
        Field::new("identifier", cut.next(2), identifier(page.message_id)),
        Field::new("dcs", cut.next(1), coding),
        Field::new("page", cut.next(1), format!("page {number} of {total}")),
        content(cut.next(page.content().len()), page),
    ];
    let shown = text.as_deref().map_or_else(|| count(page.content().len()), quoted);
    let summary = format!(
        "a cell broadcast ({}), page {number} of {total}: {shown}",
        page.message_id.topic().name()
    );
    values.set("text", text);
    let octets = cut.0;
    let title = format!("a page of a cell broadcast: {octets} octets");
    report(title, summary, fields, values)
}

fn explain_warning(warning: &EtwsPrimary) -> Report {
    let mut values = Values::new("etws-primary");
    let kind = warning.warning_type;
    let name = match kind.value() {
        WarningType::EARTHQUAKE => "earthquake",
        WarningType::TSUNAMI => "tsunami",
        WarningType::EARTHQUAKE_AND_TSUNAMI => "earthquake and tsunami",
        WarningType::TEST => "test",
        WarningType::OTHER => "other emergency",
        _ => "reserved",
    };
    values.set("warning_type", name);
    values.set("user_alert", kind.is_emergency_user_alert());
    values.set("popup", kind.is_popup());
    let mut cut = Cut(0);
    let alert = if kind.is_emergency_user_alert() { ", user alert" } else { "" };
    let popup = if kind.is_popup() { ", popup" } else { "" };
    let mut fields = vec![
        Field::new("serial", cut.next(2), serial(warning.serial_number, warning.message_id)),
        Field::new("identifier", cut.next(2), identifier(warning.message_id)),
        Field::new("warning type", cut.next(2), format!("{name}{alert}{popup}")),
    ];
    let security = warning.security().len();
    if security > 0 {
        let issued = warning.issued_at();
        values.set(
            "timestamp",
            issued.and_then(|time| time.date_time()).map(|time| time.to_string()),
        );
        let time = issued
            .map_or("without a time".to_owned(), |time| format!("signed {}", meaning::time(time)));
        fields.push(Field::new("time", cut.next(security.min(7)), time));
        let signature = warning.signature();
        if !signature.is_empty() {
            let octets = cut.next(signature.len());
            let meaning = if signature.iter().all(|octet| *octet == 0) {
                "not signed"
            } else {
                "digital signature"
            };
            fields.push(Field::new("signature", octets, meaning));
        }
    }
    let title = format!("an ETWS primary notification: {} octets", cut.0);
    report(title, format!("an emergency warning without text: {name}"), fields, values)
}

fn explain_umts(message: &UmtsBroadcast) -> Report {
    let mut values = Values::new("cell-broadcast-umts");
    let pages: Vec<Page> = message.pages().collect();
    let mut cut = Cut(0);
    let mut fields = vec![
        Field::new("type", cut.next(1), "a message"),
        Field::new("identifier", cut.next(2), identifier(message.message_id())),
        Field::new("serial", cut.next(2), serial(message.serial_number(), message.message_id())),
        Field::new("dcs", cut.next(1), coding(message.dcs(), &mut values)),
        Field::new("pages", cut.next(1), count_pages(pages.len())),
    ];
    values.set("pages", pages.len());
    let end = message.octets().len().saturating_sub(message.warning_area().len());
    for page in &pages {
        let left = end.saturating_sub(cut.0);
        let range = cut.next(left.min(82));
        fields.push(content(range, page));
        if cut.0 < end {
            let used = format!("{} octets of the page count", page.content().len());
            fields.push(Field::new("used", cut.next(1), used));
        }
    }
    let to_check: Vec<String> = message
        .geo_fencing()
        .map(|(id, serial)| format!("message {id}, serial {:#06x}", serial.raw()))
        .collect();
    let area = message.warning_area().len();
    if !to_check.is_empty() {
        let meaning = format!("check the area again for {}", to_check.join("; "));
        fields.push(Field::new("geo-fencing", cut.next(area), meaning).with_dump());
    } else if area > 0 {
        let meaning = "the warning area, coordinates";
        fields.push(Field::new("area", cut.next(area), meaning).with_dump());
    }
    let text = joined_text(message);
    let shown = text.as_deref().map_or_else(|| count(message.octets().len()), quoted);
    if let (Some(text), true) = (&text, pages.len() > 1) {
        fields.push(Field::value("joined", quoted(text)));
    }
    let topic = message.message_id().topic().name();
    let summary = format!("a cell broadcast ({topic}), {}: {shown}", count_pages(pages.len()));
    values.set("text", text);
    let octets = message.octets().len();
    report(
        format!("a cell broadcast in the format of UMTS: {octets} octets"),
        summary,
        fields,
        values,
    )
}

fn count_pages(pages: usize) -> String {
    if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }
}

fn joined_text(message: &UmtsBroadcast) -> Option<String> {
    let mut broadcasts = pdu::Broadcasts::new(1);
    broadcasts
        .insert(core::time::Duration::ZERO, CellBroadcast::from(message.clone()))
        .and_then(|whole: Broadcast| whole.text())
}
