"""Says who we are with the hotkey of a wallet.

python wallet.py HOST:PORT HOTKEY WALLETS [NAME [HOTKEY_NAME]]
"""

import getpass
import sys

import ltn
import ltn.blocking

address, hotkey, root = sys.argv[1:4]
names = sys.argv[4:] + ["default", "default"][len(sys.argv) - 4 :]
signer = ltn.Signer.from_wallet(
    names[0],
    names[1],
    root,
    # Only asked when the key file is encrypted and the environment has no password for it.
    ask=lambda path: getpass.getpass(f"Password of {path}: "),
)
if signer.warning:
    print(signer.warning, file=sys.stderr)
with ltn.blocking.Client(signer) as client:
    print(client.call((hotkey, address), "greet", timeout=5)["text"])
