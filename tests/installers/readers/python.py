"""What CPython's tarfile lists of each archive, as lines of JSON; argv[1] is "tar" or "zip"."""

import base64
import json
import sys
import tarfile
import zipfile
import zlib
import lzma

FAULTS = (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError,
          NotImplementedError, RuntimeError, OverflowError, RecursionError, KeyError, IndexError, MemoryError)


def shown(name):
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_tar(path, found):
    with tarfile.open(path, "r:*", errors="surrogateescape") as archive:
        for member in archive:
            if member.issym() or member.islnk():
                found["links"].append([shown(member.name), shown(member.linkname)])
            elif member.isfile() or member.type not in tarfile.SUPPORTED_TYPES:
                if member.size > 1 << 24:
                    raise ValueError("a size that nobody has")
                body = archive.extractfile(member)
                found["files"].append([shown(member.name), base64.b64encode(body.read()).decode()])


def read_zip(path, found):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            try:
                body = archive.read(member)
            except FAULTS as fault:
                found["error"] = f"{type(fault).__name__}: {fault}"
                continue
            found["files"].append([shown(member.filename), base64.b64encode(body).decode()])


print("ready", flush=True)
for line in sys.stdin:
    found = {"files": [], "links": [], "error": None}
    try:
        (read_tar if sys.argv[1] == "tar" else read_zip)(line.rstrip("\n"), found)
    except FAULTS as fault:
        found["error"] = f"{type(fault).__name__}: {fault}"
    print(json.dumps(found), flush=True)
