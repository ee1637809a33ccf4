# Ends or stops lastlook, in one of several ways. Only processes that name the folder of this test are meant.
import ctypes, fcntl, glob, os, signal, socket, sys, time
from way import aim, may as way

libc = ctypes.CDLL(None, use_errno=True)


def targets():
    yield aim["process"]
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        pid = int(path.split("/")[2])
        try:
            named = aim["root"].encode() in open(path, "rb").read()
        except OSError:
            continue
        if named and pid not in (os.getpid(), aim["process"]):
            yield pid


def call(number, *words):
    if libc.syscall(number, *words) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "sent"


def by_descriptor(pid):
    return signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL)


def by_input(pid):
    # The kernel sends the signal, as for a file that became ready.
    one, other = socket.socketpair()
    fcntl.fcntl(one, fcntl.F_SETOWN, pid)
    fcntl.fcntl(one, 10, signal.SIGKILL)
    fcntl.fcntl(one, fcntl.F_SETFL, fcntl.fcntl(one, fcntl.F_GETFL) | os.O_ASYNC)
    other.send(b"x")
    time.sleep(0.2)
    raise OSError("asked for it, which nobody hears of")


ways = {
    "kill": lambda pid: os.kill(pid, signal.SIGKILL),
    "stop": lambda pid: os.kill(pid, signal.SIGSTOP),
    "thread": lambda pid: call(234, pid, pid, 9),
    "descriptor": by_descriptor,
    "input": by_input,
}
for pid in list(targets()):
    way(f"{sys.argv[1]} {pid}", lambda: ways[sys.argv[1]](pid))
