"""Signs with a function, as with a device that keeps the key to itself.

python callback_signer.py HOST:PORT HOTKEY
"""

import sys
import time

import ltn
import ltn.blocking


class Device:
    """Stands for the hardware: it tells its public key and signs, and takes its time."""

    def __init__(self) -> None:
        self._inside = ltn.Signer.from_seed(ltn.generate_seed())
        self.public_key = self._inside.key

    def sign(self, message: bytes) -> bytes:
        time.sleep(0.05)
        return self._inside.sign(message)


device = Device()
signer = ltn.Signer.from_callback(device.public_key, device.sign)
with ltn.blocking.Client(signer, signer_timeout_ms=5_000) as client:
    answer = client.call((sys.argv[2], sys.argv[1]), "greet", timeout=5)
    assert answer["text"] == f"hello, {signer.hotkey}"
    print(answer["text"])
