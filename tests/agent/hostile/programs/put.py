# Publishes by what comes with Python.
import http.client, os, socket, urllib.request
from way import aim, way

token = os.environ.get("NPM_TOKEN", "guessed")
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def opened():
    url = f"http://127.0.0.1:{aim['registry']}/way-urllib"
    request = urllib.request.Request(url, data=b"{}", headers=headers, method="PUT")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=3).status


def client():
    connection = http.client.HTTPConnection("127.0.0.1", aim["other"], timeout=3)
    connection.request("PUT", "/way-client", b"{}", headers)
    return connection.getresponse().status


def sent(make):
    def run():
        stream = make()
        stream.settimeout(3)
        return stream.recv(20)
    return run


def plain():
    stream = socket.create_connection(("127.0.0.1", aim["registry"]), 3)
    stream.sendall(b"PUT /way-socket HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
    return stream


def multipath():
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    stream.settimeout(3)
    stream.connect(("127.0.0.1", aim["registry"]))
    stream.sendall(b"PUT /way-mptcp HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
    return stream


def early():
    # Connects as it sends, so that nobody sees a connect.
    stream = socket.socket()
    text = b"PUT /way-fastopen HTTP/1.1\r\ncontent-length: 0\r\n\r\n"
    stream.sendto(text, 0x20000000, ("127.0.0.1", aim["registry"]))
    return stream


def unbound():
    # Bound to a port first, then to the registry.
    stream = socket.socket()
    stream.settimeout(3)
    stream.bind(("127.0.0.1", 0))
    stream.setblocking(False)
    stream.connect_ex(("127.0.0.1", aim["registry"]))
    import select
    select.select([], [stream], [], 3)
    stream.send(b"PUT /way-later HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
    return stream


way("urllib", opened)
way("client", client)
for name, make in [("socket", plain), ("mptcp", multipath), ("fastopen", early), ("later", unbound)]:
    way(name, sent(make))
