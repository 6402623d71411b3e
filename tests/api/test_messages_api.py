"""What callers left, over HTTP and at the prompt: listed, fetched, marked, deleted, refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from acd.commands import EnterIvr
from acd.ids import CallId
from acd.message import MessageKind
from ivr.keeper import Room
from tests.api.fake_engine import FakeEngine
from tests.api.test_cli import engine_shell, listening  # noqa: F401 - fixtures
from tests.cti.test_message_files import speech, tiff


async def leaves(
    engine: FakeEngine,
    call_id: str,
    *,
    kind: MessageKind = MessageKind.VOICEMAIL,
    mailbox: str | None = "claims",
    caller: str = "+3312",
) -> str:
    """A caller leaves something and hangs up."""
    name = CallId(call_id)
    await engine.runtime.ask(EnterIvr(call_id=name, caller=caller, dialled="8000", flow="main"))
    room = await engine.keeper.make_room(call_id=call_id, kind=kind, mailbox=mailbox)
    assert isinstance(room, Room)
    directory = {"voicemail": "voicemail", "recording": "recordings", "fax": "fax"}[kind]
    path = engine.keeper._place().here / directory / room.message_id
    if kind is MessageKind.FAX:
        path.with_name(f"{path.name}.tif").write_bytes(tiff(2))
    else:
        speech(path.with_name(f"{path.name}.wav"), 2)
    assert await engine.keeper.take_in(message_id=room.message_id, kind=kind) is not None
    await engine.hangs_up(name)
    await engine.writes_history()
    return room.message_id


async def test_messages_are_listed_and_narrowed(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    voice = await leaves(engine, "c1")
    fax = await leaves(engine, "c2", kind=MessageKind.FAX, mailbox="orders")
    comment = await leaves(engine, "c3", kind=MessageKind.RECORDING, mailbox=None)

    async def names(**asked: Any) -> list[str]:
        page = (await http.get("/messages", params=asked)).json()
        return [message["message_id"] for message in page["messages"]]

    assert await names() == [comment, fax, voice]
    assert await names(kind="fax") == await names(mailbox="orders") == await names(call_id="c2") == [fax]
    assert await names(state="heard") == await names(customer_id="mia") == []
    first = (await http.get("/messages", params={"limit": 2})).json()
    rest = (await http.get("/messages", params={"limit": 2, "before": first["next"]})).json()
    assert [m["message_id"] for m in (*first["messages"], *rest["messages"])] == [comment, fax, voice]
    assert rest["next"] is None
    told = (await http.get(f"/messages/{fax}")).json()
    assert (told["pages"], told["length_s"], told["caller"], told["by"]) == (2, None, "+3312", None)


async def test_what_was_said_can_be_heard(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    voice = await leaves(engine, "c1")
    fax = await leaves(engine, "c2", kind=MessageKind.FAX)
    said = await http.get(f"/messages/{voice}/file")
    assert said.status_code == 200
    assert said.headers["content-type"] == "audio/wav"
    assert said.headers["content-disposition"].startswith("attachment")
    assert said.content[:4] == b"RIFF"
    part = await http.get(f"/messages/{voice}/file", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    pages = await http.get(f"/messages/{fax}/file")
    assert (pages.headers["content-type"], pages.content[:2]) == ("image/tiff", b"II")
    (engine.keeper._place().voicemail / f"{voice}.wav").unlink()
    assert (await http.get(f"/messages/{voice}/file")).status_code == 404


async def test_a_message_is_heard_done_and_deleted(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    voice = await leaves(engine, "c1")
    assert [item["why"] for item in (await http.get("/unanswered")).json()] == ["voicemail"]
    heard = await http.put(f"/messages/{voice}/state", json={"state": "heard", "by": "ana"})
    assert (heard.status_code, heard.json()["state"], heard.json()["by"]) == (200, "heard", "ana")
    await http.put(f"/messages/{voice}/state", json={"state": "done", "by": "ana"})
    await engine.settles()
    assert (await http.get("/unanswered")).json() == []
    gone = await http.delete(f"/messages/{voice}", params={"by": "ben"})
    assert (gone.status_code, gone.json()["state"]) == (200, "deleted")
    assert not (engine.keeper._place().voicemail / f"{voice}.wav").exists()
    for answer in (
        await http.get(f"/messages/{voice}"),
        await http.get(f"/messages/{voice}/file"),
        await http.put(f"/messages/{voice}/state", json={"state": "new", "by": "ana"}),
        await http.delete(f"/messages/{voice}", params={"by": "ben"}),
    ):
        assert answer.status_code == 404
    await engine.settles()
    told = [type(e.message).__name__ for e in engine.said]
    assert told.count("MessageLeft") == 1
    assert told.count("MessageChanged") == 3


async def test_what_cannot_be_deleted_stays(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    voice = await leaves(engine, "c1")
    file = engine.keeper._place().voicemail / f"{voice}.wav"
    file.unlink()
    file.mkdir()  # a stand-in for whatever keeps us from it: root may remove any file
    assert (await http.delete(f"/messages/{voice}", params={"by": "ben"})).status_code == 409
    assert (await http.get(f"/messages/{voice}")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/messages/..%2F..%2Fsecrets.json/file", None),
        ("GET", "/messages/%2e%2e", None),
        ("PUT", "/messages/x/state", {"state": "deleted", "by": "ana"}),
        ("PUT", "/messages/x/state", {"state": "done"}),
        ("PUT", "/messages/x/state", {"state": "done", "by": "a\r\nb"}),
        ("DELETE", "/messages/x", None),
        ("GET", "/messages?before=x", None),
        ("GET", "/messages?mailbox=A%20B", None),
    ],
)
async def test_nonsense_is_refused(http: httpx.AsyncClient, method: str, path: str, body: Any) -> None:
    answer = await http.request(method, path, json=body)
    assert answer.status_code in (404, 422), answer.text


async def test_at_the_prompt(
    engine: FakeEngine,
    engine_shell: Callable[..., Any],  # noqa: F811
    tmp_path: Path,
) -> None:
    assert "Nobody has left anything" in (await engine_shell("messages")).out
    voice = await leaves(engine, "c1")
    listed = await engine_shell("messages", "--kind", "voicemail", "--mailbox", "claims")
    assert voice in listed.out
    assert "2 s" in listed.out
    fetched = await engine_shell("messages", "fetch", voice, str(tmp_path / "m.wav"))
    assert fetched.code == 0, fetched.err
    assert (tmp_path / "m.wav").read_bytes()[:4] == b"RIFF"
    again = await engine_shell("messages", "fetch", voice, str(tmp_path / "m.wav"))
    assert (again.code, "exists" in again.out) == (1, True)
    marked = await engine_shell("messages", "mark", voice, "done", "--by", "ana")
    assert marked.out.strip() == f"{voice} is done"
    assert (await engine_shell("messages", "--json")).data["messages"][0]["by"] == "ana"
    assert (await engine_shell("messages", "delete", voice, "--by", "ana")).code == 0
    missing = await engine_shell("messages", "fetch", voice, str(tmp_path / "n.wav"))
    assert (missing.code, "there is no message" in missing.err) == (1, True)
