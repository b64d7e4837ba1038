"""aiosmpplib, which puts long texts into message_payload and parses receipts strictly."""

import asyncio
import collections

from aiosmpplib import ESME, NPI, TON, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.hook import AbstractHook

from common import ECHO, PORT, TEXTS, Until, is_gsm, receipt_id


class Hook(AbstractHook):
    def __init__(self):
        self.ids, self.receipts, self.texts, self.errors = [], [], [], []

    async def sending(self, smpp_message, pdu, client_id):
        pass

    async def received(self, smpp_message, pdu, client_id):
        if isinstance(smpp_message, SubmitSmResp):
            self.ids.append(smpp_message.message_id)
        elif isinstance(smpp_message, DeliverSm) and smpp_message.is_receipt():
            parsed = smpp_message.parse_receipt()
            assert parsed["stat"] == "DELIVRD" and parsed["err"] == 0, parsed
            assert parsed["id"] == receipt_id(smpp_message.short_message)
            self.receipts.append(parsed["id"])
        elif isinstance(smpp_message, DeliverSm):
            self.texts.append(smpp_message.message_payload or smpp_message.short_message)
        elif smpp_message is None:
            self.errors.append(pdu.hex())

    async def send_error(self, smpp_message, error, client_id):
        self.errors.append(repr(error))


async def run(texts):
    """Sends texts, and waits for the answers, receipts and echoes."""
    hook = Hook()
    esme = ESME(
        smsc_host="127.0.0.1",
        smsc_port=PORT,
        system_id="aiosmpplib",
        password="secret08",
        hook=hook,
        log_level="ERROR",
    )
    task = asyncio.create_task(esme.start())
    for number, text in enumerate(texts):
        message = SubmitSm(
            short_message=text,
            source=PhoneNumber("Shop", TON.ALPHANUMERIC, NPI.UNKNOWN),
            destination=PhoneNumber(ECHO, TON.INTERNATIONAL, NPI.ISDN),
            encoding="gsm0338" if is_gsm(text) else "ucs2",
            log_id=str(number),
        )
        await esme.broker.enqueue(message)
    until = Until()
    counts = lambda: (len(hook.ids), len(hook.receipts), len(hook.texts))
    while counts() != (len(texts),) * 3:
        until.holds_on((counts(), hook.errors))
        await asyncio.sleep(0.01)
    await esme.stop()
    await task
    assert not hook.errors, hook.errors
    assert sorted(hook.ids) == sorted(hook.receipts), (hook.ids, hook.receipts)
    assert collections.Counter(hook.texts) == collections.Counter(texts), hook.texts
    return len(texts)


total = asyncio.run(run(TEXTS)) + asyncio.run(run(["Back again"]))
print(f"aiosmpplib: {total} messages, each with its receipt and its echo")
