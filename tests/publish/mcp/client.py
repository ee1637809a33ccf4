"""The Python package mcp, which nobody here wrote -> lastlook mcp, with real tarballs.

usage: client.py MODE VERSION LASTLOOK WORDS...
"""

import asyncio
import base64
import hashlib
import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

TOOLS = ["audit", "explain", "recover_summary", "release_status", "publish", "verify"]


def digest(path: str) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(Path(path).read_bytes()).digest()).decode()


async def main() -> None:
    mode, version, program, *words = sys.argv[1:]
    server = StdioServerParameters(command=program, args=words, env=dict(os.environ), cwd=os.getcwd())
    async with Client(server, mode=mode) as client:
        assert client.protocol_version == version, client.protocol_version

        # call_tool checks what comes back against the output schema.
        async def good(name: str, /, **arguments: str) -> dict:
            result = await client.call_tool(name, arguments)
            assert not result.is_error and result.structured_content, (name, result)
            return result.structured_content

        async def bad(name: str, says: str, /, **arguments: str) -> None:
            result = await client.call_tool(name, arguments)
            assert result.is_error and says in result.content[0].text, (name, result)

        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS, tools
        for tool in tools:
            assert tool.annotations.read_only_hint is (tool.name != "publish")

        leaks = await good("audit", path="leaks.tgz")
        assert (leaks["verdict"], leaks["sha512"]) == ("blocked", ""), leaks
        assert leaks["findings"][0]["rule"] == "map/embedded-sources", leaks
        assert "esbuild" in (await good("explain", rule="map/embedded-sources"))["page"]
        recovered = await good("recover_summary", path="leaks.tgz")
        assert recovered["names"] == ["../src/index.ts"], recovered
        assert "never meant to show" not in str(recovered)

        nothing = "nothing with this digest was cleared in this session"
        await bad("publish", "unknown field `path`", path="clear.tgz")
        await bad("publish", "64 bytes in base64", sha512="clear.tgz")
        await bad("publish", nothing, sha512=digest("leaks.tgz"))
        await bad("publish", nothing, sha512=digest("clear.tgz"))
        await bad("release_status", "nothing was released")
        await bad("audit", "outside the working directory", path="../home/token")
        try:
            await client.call_tool("waive", {})
            raise AssertionError("an unknown tool was taken")
        except MCPError as error:
            assert error.error.code == -32602, error

        clear = await good("audit", path="clear.tgz")
        assert (clear["verdict"], clear["sha512"]) == ("clear", digest("clear.tgz")), clear
        out = await good("publish", sha512=clear["sha512"])
        assert (out["integrity"], out["tag"]) == (clear["sha512"], "latest"), out
        await bad("publish", "was handed in already", sha512=clear["sha512"])
        seen = await good("verify", name=out["name"], version=out["version"])
        assert (seen["verdict"], seen["integrity"], seen["odd"]) == ("clear", clear["sha512"], []), seen
        status = await good("release_status")
        assert [package["state"] for package in status["packages"]] == ["published"], status
        print(f"{mode}: {client.protocol_version}, {len(tools)} tools")


asyncio.run(main())
