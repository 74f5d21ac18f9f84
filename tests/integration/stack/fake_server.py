"""A server that starts at once and misbehaves as it is told."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path


def main(home: Path, port: int, behaviour: set[str]) -> None:
    count = home / "data" / "starts"
    count.write_text(str(int(count.read_text()) + 1 if count.exists() else 1))
    if "breaks" in behaviour:
        sys.exit("FATAL the soup is cold")
    if "children" in behaviour:
        subprocess.Popen(["sleep", "600"], start_new_session=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: None if "deaf" in behaviour else stop.set())
    print("listening", flush=True)
    if "mute" in behaviour:
        stop.wait()
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(0.02)
        while not stop.is_set():
            try:
                with listening.accept()[0] as connection:
                    connection.sendall(b"1.2.3")
            except TimeoutError:
                continue
    (home / "data" / "stopped").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), set(sys.argv[3:]))
