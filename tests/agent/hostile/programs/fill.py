# Takes all there is of something, up to a bound: fill.py memory|processes|disk|files|depth|sparse|shm|descriptors
import ctypes, os, sys, time

# The first to go when memory is short, so that nobody else is.
try:
    open("/proc/self/oom_score_adj", "w").write("1000")
except OSError:
    pass


def free():
    return int(next(line for line in open("/proc/meminfo") if line.startswith("MemAvailable")).split()[1]) << 10


def memory():
    held = []
    for number in range(64 * 8):
        if free() < 2 << 30:
            return f"{number / 8} GB, which is all this machine has"
        held.append(b"x" * (1 << 27))
        if number % 8 == 7:
            print(f"MAY memory: {(number + 1) // 8} GB", flush=True)
    return "64 GB"


def processes():
    children = []
    for number in range(5000):
        try:
            child = os.fork()
        except OSError as error:
            time.sleep(5)
            return f"{number} processes, then {error}"
        if not child:
            time.sleep(20)
            os._exit(0)
        children.append(child)
    return "5000 processes"


def disk(folder="."):
    with open(os.path.join(folder, "filling"), "wb", 0) as file:
        for number in range(30 * 64):
            stat = os.statvfs(folder)
            if stat.f_bavail * stat.f_frsize < 4 << 30 and folder == ".":
                return f"{number / 64} GB, which is all there is"
            file.write(b"x" * (1 << 24))
            if number % 64 == 63:
                print(f"MAY disk: {(number + 1) // 64} GB", flush=True)
    return "30 GB"


def files():
    os.makedirs("dist/many", exist_ok=True)
    for number in range(200_000):
        open(f"dist/many/{number}", "w").close()
    return "200000 files"


def depth():
    here = os.open("dist", os.O_RDONLY)
    for number in range(3000):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    return "3000 folders, each in the one before"


def sparse():
    with open("dist/sparse", "wb") as file:
        file.truncate(8 << 30)
    return "8 GB of nothing in the package"


def shm():
    for folder in ("/dev/shm", "/tmp", os.environ.get("HOME", ".")):
        try:
            path, stat = os.path.join(folder, f"lastlook-filling-{os.getpid()}"), os.statvfs(folder)
            limit = min(4 << 30, stat.f_bavail * stat.f_frsize // 2)
            with open(path, "wb", 0) as file:
                done = 0
                while done < limit and free() > 2 << 30:
                    done += file.write(b"x" * (1 << 24))
            print(f"MAY room in {folder}: {done >> 20} MB", flush=True)
        except OSError as error:
            print(f"no room in {folder}: {error}", flush=True)
        finally:
            try:
                os.unlink(path)
            except OSError:
                pass


def descriptors():
    held = []
    while len(held) < 200_000:
        try:
            held += os.pipe()
        except OSError as error:
            return f"{len(held)} descriptors, then {error}"
    return "200000 descriptors"


try:
    print("MAY", sys.argv[1] + ":", globals()[sys.argv[1]](), flush=True)
except (OSError, MemoryError) as error:
    print("no", sys.argv[1] + ":", type(error).__name__, error, flush=True)
