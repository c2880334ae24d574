"""Edge Impulse's data acquisition format by Python's json, hmac and the package cbor2.

    edge_impulse.py write FOLDER KEY   writes walk.1.json and walk.2.cbor, signed, and prints their payloads
    edge_impulse.py read FILE KEY      prints a file's payload and whether its signature matches the key
"""

import hashlib
import hmac
import json
import math
import os
import sys

import cbor2

EMPTY = "0" * 64


def signed(document, encode, key):
    document["signature"] = EMPTY
    document["signature"] = hmac.new(key.encode(), encode(document), hashlib.sha256).hexdigest()
    return encode(document)


def document(values):
    return {
        "protected": {"ver": "v1", "alg": "HS256", "iat": 1600000000},
        "signature": EMPTY,
        "payload": {
            "device_name": "ac:87:a3:0a:2d:1b",
            "device_type": "SYNTHETIC",
            "interval_ms": 12.5,
            "sensors": [{"name": "accX", "units": "m/s2"}, {"name": "acc\u2202", "units": "m/s2"}],
            "values": values,
        },
    }


def read(path, key):
    data = open(path, "rb").read()
    decoded = cbor2.loads(data) if path.endswith(".cbor") else json.loads(data)
    signature = decoded["signature"]
    if decoded["protected"]["alg"] == "none":
        state = "none"
    else:
        # The bytes as they were signed.
        unsigned = data.replace(signature.encode(), EMPTY.encode(), 1)
        expected = hmac.new(key.encode(), unsigned, hashlib.sha256).hexdigest()
        state = "matches" if hmac.compare_digest(signature, expected) else "differs"
    return {"payload": decoded["payload"], "signature": state}


if sys.argv[1] == "write":
    folder, key = sys.argv[2:4]
    values = [[round(9.81 * math.sin(k / 7), 4), k - 30 if k % 3 else 0.5] for k in range(60)]
    with open(os.path.join(folder, "walk.1.json"), "wb") as file:
        file.write(signed(document(values), lambda d: json.dumps(d).encode(), key))
    with open(os.path.join(folder, "walk.2.cbor"), "wb") as file:
        file.write(signed(document(values), cbor2.dumps, key))
    print(json.dumps({name: read(os.path.join(folder, name), key) for name in ["walk.1.json", "walk.2.cbor"]}))
else:
    print(json.dumps(read(*sys.argv[2:4])))
