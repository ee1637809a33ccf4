# Sends datagrams in every way that a socket has.
import os, socket, struct
from way import aim, may

stolen = os.environ.get("NPM_TOKEN", "nothing").encode()
four, six = ("127.0.0.1", aim["udp"]), ("::1", aim["udp_six"])


def to(family, address, text):
    return socket.socket(family, socket.SOCK_DGRAM).sendto(text + stolen, address)


def connected():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.connect(four)
    return os.write(one.fileno(), b"way-connected " + stolen)


def message():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"way-sendmsg ", stolen], [], 0, four)


def raw():
    # The kernel adds the rest.
    text = b"way-raw " + stolen
    head = struct.pack("!HHHH", 40000, aim["udp"], 8 + len(text), 0)
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).sendto(head + text, ("127.0.0.1", 0))


may("udp", lambda: to(socket.AF_INET, four, b"way-udp "))
may("udp6", lambda: to(socket.AF_INET6, six, b"way-udpsix "))
may("udp-mapped", lambda: to(socket.AF_INET6, ("::ffff:127.0.0.1", aim["udp"]), b"way-mapped "))
may("udp-connected", connected)
may("udp-sendmsg", message)
may("udp-raw", raw)
