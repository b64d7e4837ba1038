"""smpplib over TLS, against the certificate in the file given."""

import ssl
import sys

import smpplib.client

from common import ECHO, PORT, WITHIN

context = ssl.create_default_context(cafile=sys.argv[1])
# The library does not pass the name on; the certificate itself is verified.
context.check_hostname = False
ids = []
client = smpplib.client.Client(
    "127.0.0.1", PORT, timeout=WITHIN, ssl_context=context, allow_unknown_opt_params=True
)
client.set_message_sent_handler(lambda pdu: ids.append(pdu.message_id))
client.connect()
client.bind_transmitter(system_id="smpplib", password="secret08")
client.send_message(dest_addr_ton=1, destination_addr=ECHO, short_message=b"Over TLS")
while not ids:
    client.read_once()
client.unbind()
client.disconnect()

# Without TLS there is no answer.
plain = smpplib.client.Client("127.0.0.1", PORT, timeout=WITHIN, allow_unknown_opt_params=True)
plain.connect()
try:
    plain.bind_transmitter(system_id="smpplib", password="secret08")
    sys.exit("a client without TLS was bound")
except smpplib.exceptions.ConnectionError:
    plain.disconnect()
print("TLS: a message, and none without it")
