"""What bsdtar lists of each archive, as lines of JSON: libarchive, called in the order in which bsdtar calls it."""

import base64
import ctypes
import json
import sys

lib = ctypes.CDLL("libarchive.so.13")
POINTER = ctypes.c_void_p
for name, result, arguments in [
    ("read_new", POINTER, []),
    ("read_support_filter_all", ctypes.c_int, [POINTER]),
    ("read_support_format_all", ctypes.c_int, [POINTER]),
    ("read_open_memory", ctypes.c_int, [POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    ("read_next_header", ctypes.c_int, [POINTER, ctypes.POINTER(POINTER)]),
    ("read_data", ctypes.c_ssize_t, [POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    ("read_free", ctypes.c_int, [POINTER]),
    ("error_string", ctypes.c_char_p, [POINTER]),
    ("entry_pathname", ctypes.c_char_p, [POINTER]),
    ("entry_pathname_w", ctypes.c_wchar_p, [POINTER]),
    ("entry_filetype", ctypes.c_uint, [POINTER]),
    ("entry_hardlink", ctypes.c_char_p, [POINTER]),
    ("entry_symlink", ctypes.c_char_p, [POINTER]),
]:
    function = getattr(lib, "archive_" + name)
    function.restype, function.argtypes = result, arguments

END, RETRY, WARN, FATAL = 1, -10, -20, -30
REGULAR, FOLDER = 0o100000, 0o040000


def body(archive):
    room = ctypes.create_string_buffer(1 << 16)
    out = b""
    while len(out) < 1 << 24:
        got = lib.archive_read_data(archive, room, len(room))
        if got <= 0:
            break
        out += room.raw[:got]
    return out


def text(raw):
    return (raw or b"").decode("utf-8", "replace")


def read(path, found):
    data = open(path, "rb").read()
    archive = lib.archive_read_new()
    lib.archive_read_support_filter_all(archive)
    lib.archive_read_support_format_all(archive)
    entry = POINTER()
    if lib.archive_read_open_memory(archive, data, len(data)) == 0:
        for _ in range(10000):
            status = lib.archive_read_next_header(archive, ctypes.byref(entry))
            if status == END:
                break
            if status < WARN:
                found["error"] = text(lib.archive_error_string(archive))
            if status <= FATAL:
                break
            if status == RETRY:
                continue
            name = lib.archive_entry_pathname(entry)
            name = text(name) if name is not None else lib.archive_entry_pathname_w(entry) or ""
            link = lib.archive_entry_hardlink(entry) or lib.archive_entry_symlink(entry)
            kind = lib.archive_entry_filetype(entry)
            content = body(archive)
            if link:
                found["links"].append([name, text(link)])
            if (kind & 0o170000 != FOLDER and not link) or content:
                found["files"].append([name, base64.b64encode(content).decode()])
    else:
        found["error"] = text(lib.archive_error_string(archive))
    lib.archive_read_free(archive)


print("ready", flush=True)
for line in sys.stdin:
    found = {"files": [], "links": [], "error": None}
    read(line.rstrip("\n"), found)
    print(json.dumps(found), flush=True)
