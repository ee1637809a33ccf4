"""Verifies an envelope with securesystemslib, and prints its payload: ENVELOPE PUBLIC_KEY KEYID"""
import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

envelope, key, keyid = sys.argv[1:]
with open(key, "rb") as file:
    key = SSlibKey.from_crypto(load_pem_public_key(file.read()), keyid=keyid)
with open(envelope, "rb") as file:
    envelope = Envelope.from_dict(json.load(file))
accepted = envelope.verify([key], 1)
assert list(accepted) == [keyid], accepted
print(envelope.payload.decode())
