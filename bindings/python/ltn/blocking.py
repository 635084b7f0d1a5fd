"""The same client and server for threads: each call blocks its thread and nothing else.

A waiting thread does the network work itself, with the interpreter's lock released, and looks up
every tenth of a second, so that Ctrl-C works. Any number of threads may share one client.
"""

from ._blocking_client import Client, Stream
from ._blocking_server import Request, Server

__all__ = ["Client", "Request", "Server", "Stream"]
