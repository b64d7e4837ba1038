"""smpplib, which splits long texts by itself."""

import collections
import sys

import smpplib.client
import smpplib.consts
import smpplib.gsm

from common import ECHO, PORT, TEXTS, WITHIN, Until, is_gsm, receipt_id


class Esme:
    def __init__(self):
        self.ids, self.receipts, self.texts = [], [], []
        self.client = smpplib.client.Client("127.0.0.1", PORT, timeout=WITHIN, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(lambda pdu: self.ids.append(pdu.message_id.decode()))
        self.client.set_message_received_handler(self.received)
        self.client.connect()

    def received(self, pdu):
        if pdu.esm_class & smpplib.consts.SMPP_MSGTYPE_DELIVERYACK or pdu.receipted_message_id:
            text = pdu.short_message.decode("ascii")
            found = receipt_id(text)
            tlv = pdu.receipted_message_id.rstrip(b"\0").decode()
            assert found == tlv and pdu.message_state == 2, (text, tlv, pdu.message_state)
            self.receipts.append(found)
        else:
            octets = pdu.message_payload or pdu.short_message
            if pdu.data_coding == 8:
                self.texts.append(octets.decode("utf-16-be"))
            else:
                assert pdu.data_coding == 0, pdu.data_coding
                table, text, octets = smpplib.gsm.GSM_CHARACTER_TABLE, "", list(octets)
                while octets:
                    octet = octets.pop(0)
                    text += table[octets.pop(0) + 0x80] if octet == 0x1B else table[octet]
                self.texts.append(text)
        return 0

    def send(self, text):
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        for part in parts:
            self.client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr="Shop",
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                destination_addr=ECHO,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        return len(parts)

    def run(self, texts, also=0):
        """Sends texts, and waits for the answers, receipts and echoes."""
        self.client.bind_transceiver(system_id="smpplib", password="secret08")
        parts = sum(self.send(text) for text in texts)
        until = Until()
        counts = lambda: (len(self.ids), len(self.receipts), len(self.texts))
        while counts() != (parts, parts + also, len(texts) + also):
            until.holds_on(counts())
            self.client.read_once()
        self.client.unbind()
        self.client.disconnect()


first = Esme()
first.run(TEXTS)
assert sorted(first.ids) == sorted(first.receipts), (first.ids, first.receipts)
assert len(set(first.ids)) == len(first.ids)
expected = collections.Counter(TEXTS)
assert collections.Counter(first.texts) == expected, first.texts

# A transmitter gets nothing; what waits comes once the client is back as a transceiver.
sender = Esme()
sender.client.bind_transmitter(system_id="smpplib", password="secret08")
sender.send("While you were out")
while not sender.ids:
    sender.client.read_once()
sender.client.unbind()
sender.client.disconnect()
back = Esme()
back.run(["Back again"], also=1)
assert sorted(back.receipts) == sorted(sender.ids + back.ids)
assert sorted(back.texts) == ["Back again", "While you were out"], back.texts

# A wrong password has an answer.
wrong = Esme()
try:
    wrong.client.bind_transmitter(system_id="smpplib", password="wrong")
    sys.exit("a wrong password was accepted")
except smpplib.exceptions.PDUError as error:
    assert error.args[1] == 0x0E, error
wrong.client.disconnect()
print(f"smpplib: {len(first.ids) + 2} messages, each with its receipt and its echo")
