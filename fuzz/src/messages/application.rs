//! Application data: WAP push with its contents, EMS elements, packets for a SIM.

use pdu::{
    CommandPacket, Element, ElementId, Ems, Mms, PushContent, ResponsePacket, ServiceIndication,
    ServiceLoading, WapPush, WbxmlText,
};

/// Input: the octets as each kind of application data.
pub fn application(data: &[u8]) {
    if let Some(push) = WapPush::decode(data) {
        assert!(data.ends_with(push.data()));
        assert!(push.headers().count() <= push.header_octets().len());
        for header in push.headers() {
            let _ = (header.name(), header.value.integer(), format!("{header:?}"));
        }
        let _ = (push.content_type().media.name(), push.content_type().charset(), push.flags());
        match push.content() {
            PushContent::Data(data) => assert_eq!(data, push.data()),
            content => drop(format!("{content:?}")),
        }
    }
    if let Some(si) = ServiceIndication::decode(data) {
        let (href, id) = (si.href().as_ref().map(shown), si.id().as_ref().map(shown));
        let _ = (href, id, shown(&si.text()), si.created(), si.expires());
    }
    if let Some(sl) = ServiceLoading::decode(data) {
        let _ = (sl.href().as_ref().map(shown), sl.action());
    }
    if let Some(mms) = Mms::decode(data) {
        assert_eq!(mms.octets(), data);
        assert!(mms.headers().count() <= data.len());
        let _ = (format!("{mms:?}"), mms.subject().map(|subject| subject.to_string()));
        let _ = (mms.to().count(), mms.expiry(), mms.class(), mms.location(), mms.is_read());
        let _ = (mms.version(), mms.date(), mms.message_id(), mms.status_name());
    }
    if let Some((&id, data)) = data.split_first() {
        let _ = Ems::of(&Element { id: ElementId::from_raw(id), data });
    }
    if let Some(packet) = CommandPacket::decode(data) {
        assert_eq!(packet.clear().is_none(), packet.is_ciphered());
        if let Some(clear) = packet.clear() {
            assert_eq!(packet.rest().len(), 6 + clear.check.len() + clear.data.len());
        }
        let _ = (packet.kid_name(), packet.tar_name(), packet.proof());
    }
    if let Some(packet) = ResponsePacket::decode(data) {
        assert!(packet.rest.ends_with(packet.data()) && packet.status().is_some());
    }
}

fn shown(text: &WbxmlText<'_>) -> String {
    text.to_string()
}
