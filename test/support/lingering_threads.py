"""Runs a Python program whose daemon threads take their time to end, and fails when one is left once the program is over.

    python lingering_threads.py PROGRAM [ARGUMENT...]

The interpreter may hang at its end when a thread of gRPC's is still at work then. That is rare; here it is made certain.
"""

import os
import runpy
import sys
import threading
import time

LINGER_SECONDS = 0.5

run = threading.Thread.run


def run_and_linger(thread: threading.Thread) -> None:
    run(thread)
    if thread.daemon:
        time.sleep(LINGER_SECONDS)


threading.Thread.run = run_and_linger  # type: ignore[method-assign]
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    if end.code:
        raise
left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
sys.stdout.flush()
if left:
    print(f"still at work at the end: {', '.join(left)}", file=sys.stderr, flush=True)
# Not the interpreter's own end: with a thread left it might not come.
os._exit(1 if left else 0)
