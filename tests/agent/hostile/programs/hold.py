# Does not end, or not as one expects: hold.py sleep|pipe|deaf|noise|lines
import os, signal, sys, time

what = sys.argv[1]
print(f"holding: {what}", flush=True)
for name in ("SIGTERM", "SIGINT", "SIGHUP"):
    if what == "deaf":
        signal.signal(getattr(signal, name), signal.SIG_IGN)
if what == "pipe":
    # The build ends, and what it printed to stays open.
    if os.fork():
        os._exit(0)
    os.setsid()
end = time.time() + 600
block = (b"x" * 79 + b"\n") * 4096 if what == "noise" else b"\n" * 65536
while time.time() < end:
    if what in ("noise", "lines"):
        try:
            os.write(1, block)
        except OSError:
            break
    else:
        time.sleep(1)
