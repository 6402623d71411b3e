"""The least a FastAGI server can be: reads a line, writes a line. No limits, no flow, no engine.

The script's last digit says how many menus a silent caller hears. A process of its own, on an event loop like
the engine's. Run: python -m bench.common.bare_agi HOST PORT PROMPT TIMEOUT_MS
"""

import asyncio
import sys

import uvloop


async def main(host: str, port: int, prompt: str, timeout_ms: int) -> None:
    """Serve until the process is ended."""
    menu = (f'STREAM FILE "{prompt}" "0123456789*#"\n'.encode(), f'WAIT FOR DIGIT "{timeout_ms}"\n'.encode())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        menus = 1
        while line := (await reader.readline()).strip():
            if line.startswith(b"agi_network_script: "):
                menus = int(line[-1:])
        for _ in range(menus):
            for command in menu:
                writer.write(command)
                await reader.readline()
        writer.write(b'SET VARIABLE "CTI_NEXT" "bye"\n')
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(serve, host, port, backlog=500)
    print("up", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
