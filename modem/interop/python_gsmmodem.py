"""The tasks for python-gsmmodem-new; the last line of the output is the result as JSON."""

import json
import sys
import threading

from gsmmodem.modem import GsmModem, Sms, StatusReport


def main(port, task, *arguments):
    received = threading.Event()
    messages = []

    def take(sms):
        messages.append(sms)
        received.set()

    modem = GsmModem(port, 115200, smsReceivedCallbackFunc=take if task == "receive" else None)
    modem.connect(waitingForModemToStartInSeconds=1)
    try:
        if task == "send":
            number, text = arguments
            sms = modem.sendSms(number, text, waitForDeliveryReport=True, deliveryTimeout=180)
            delivered = sms.report.deliveryStatus == StatusReport.DELIVERED
            return {"references": [sms.reference], "report": "delivered" if delivered else "failed"}
        if task == "receive":
            print("ready", flush=True)
            received.wait(180)
            return {"number": messages[0].number, "text": messages[0].text}
        if task == "list":
            return [[sms.number, sms.text] for sms in modem.listStoredSms(status=Sms.STATUS_ALL, memory="SM")]
        if task == "delete":
            modem.deleteStoredSms(int(arguments[0]), memory="SM")
            return {}
        if task in ("ussd", "menu"):
            reply = modem.sendUssd(arguments[0])
            for answer in arguments[1:]:
                reply = reply.reply(answer)
            return {"text": reply.message, "open": reply.sessionActive}
        raise SystemExit(f"unknown task {task}")
    finally:
        modem.close()


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
