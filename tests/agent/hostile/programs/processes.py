# Looks into every process that it sees. It prints what holds a canary, and nothing else of others.
import glob, os, re
from way import aim, way

mark = aim["mark"].encode()
own = {str(os.getpid()), str(os.getppid())}


def holding(data):
    return [text.decode() for text in re.findall(rb"[ -~]{0,20}" + mark + rb"[ -~]{0,40}", data)][:3]


def read(path):
    with open(path, "rb", 0) as file:
        return file.read(1 << 20)


def memory(pid):
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for line in open(f"/proc/{pid}/maps"):
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "rw" not in line or end - start > 1 << 26:
                continue
            try:
                file.seek(start)
                found += holding(file.read(end - start))
            except (OSError, OverflowError):
                pass
            if found:
                return found
    return found


def descriptors(pid):
    found = []
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        if os.path.isfile(path):
            found += holding(read(path))
    return found


def tries(pid):
    yield "environ", lambda: holding(read(f"/proc/{pid}/environ"))
    yield "cmdline", lambda: holding(read(f"/proc/{pid}/cmdline"))
    yield "memory", lambda: memory(pid)
    yield "descriptors", lambda: descriptors(pid)
    yield "folder", lambda: holding(b"\n".join(read(p) for p in glob.glob(f"/proc/{pid}/cwd/.npmrc")))
    yield "root", lambda: holding(read(f"/proc/{pid}/root{aim['token']}"))
    for task in glob.glob(f"/proc/{pid}/task/*"):
        yield "thread", lambda task=task: holding(read(task + "/environ"))


seen = sorted((os.path.basename(path) for path in glob.glob("/proc/[0-9]*")), key=int)
print(f"sees {len(seen)} processes")
for pid in seen:
    if pid in own:
        continue
    for name, look in tries(pid):
        try:
            for text in look():
                print(f"GOT {name} of {pid}: {text}", flush=True)
        except (OSError, ValueError):
            pass
if str(aim["process"]) not in seen:
    print(f"no process: {aim['process']} is not to be seen")
