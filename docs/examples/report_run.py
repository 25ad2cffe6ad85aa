#!/usr/bin/env python3
"""Reports a patch run with nats-py: python3 report_run.py, with NATS_URL set."""
import asyncio
import hashlib
import json
import os

import nats

# What the program knows of the run. Times are of the host's own clock. An id is never used twice by a host, and is
# best one that nobody can guess, such as uuid.uuid4().
EVENT = json.loads("""
{
  "v": 1,
  "id": "8f3c1f0e-2b64-4d5c-9c1a-7f0d8a51e3b2",
  "host": "web-1",
  "run_id": "play-2026-11-20",
  "operation": "install",
  "started_at": "2026-11-20T10:20:00Z",
  "finished_at": "2026-11-20T10:21:17Z",
  "exit_code": 100,
  "succeeded": false,
  "reboot_required": false,
  "outcomes": [
    {"name": "openssl", "arch": "amd64", "from": "3.0.15-1~deb12u1", "to": "3.0.17-1~deb12u2", "result": "installed"},
    {"name": "nginx", "arch": "amd64", "from": "1.22.1-9", "to": "1.22.1-9+deb12u2", "result": "failed",
     "stage": "configure", "error": "installed nginx package post-installation script subprocess returned error exit status 1"},
    {"name": "curl", "arch": "amd64", "from": "7.88.1-10+deb12u8", "to": "7.88.1-10+deb12u12", "result": "skipped",
     "stage": "plan", "error": "held"}
  ]
}
""")


def machine():
    """Which machine speaks, as patchstream's own scans and runs have it: not the machine's id itself (machine-id(5))."""
    with open("/etc/machine-id") as f:
        return hashlib.sha256(("patchstream:" + f.read().strip()).encode()).hexdigest()[:32]


async def main():
    EVENT["machine"] = machine()
    nc = await nats.connect(os.environ["NATS_URL"])
    try:
        # The promise begins with the acknowledgement: without one, publish the same event again.
        ack = await nc.jetstream().publish(
            "patch.run." + EVENT["host"],
            json.dumps(EVENT).encode(),
            headers={
                "Content-Type": "application/json",
                "Nats-Msg-Id": "run/" + EVENT["host"] + "/" + EVENT["id"],
            },
        )
        print("stored as", ack.stream, ack.seq)
    finally:
        await nc.close()


if __name__ == "__main__":
    asyncio.run(main())
