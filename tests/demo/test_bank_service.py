"""The demo's bank answers who knows its token, and is closed without a trace."""

import asyncio

import httpx
import pytest

from demo.bank_service import ACCOUNT, PIN, SLOW_ACCOUNT, Appointment, Bank, at_work

WHO = "+3355500"


async def test_who_knows_the_token_is_served_and_nobody_else() -> None:
    bank = Bank(appointments={WHO: Appointment(day="2026-12-01", time="15:30")})
    async with at_work(bank) as address, httpx.AsyncClient(base_url=address) as stranger:
        assert (await stranger.post("/balance", json={"account": ACCOUNT, "pin": PIN})).status_code == 401
        known = {"Authorization": f"Bearer {bank.token}"}
        async with httpx.AsyncClient(base_url=address, headers=known) as client:
            told = await client.post("/balance", json={"account": ACCOUNT, "pin": PIN})
            assert told.json()["balance"] == "1234.56"
            for wrong in ({"account": ACCOUNT, "pin": "0000"}, {"account": "1", "pin": PIN}, {}):
                assert (await client.post("/balance", json=wrong)).status_code == 404
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/balance", json={"account": SLOW_ACCOUNT, "pin": PIN}, timeout=0.1)
            blocked = await client.post("/cards/block", json={"account": ACCOUNT})
            assert (blocked.json(), bank.blocked) == ({"reference": "4701"}, [ACCOUNT])
            assert (await client.get(f"/appointments/{WHO}")).json()["time"] == "15:30"
            assert (await client.get("/appointments/+1")).status_code == 404
            moved = await client.post(f"/appointments/{WHO}", json={"state": "to be moved"})
            assert (moved.json(), bank.appointments[WHO].state) == ({"state": "to be moved"}, "to be moved")
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as late:
            await late.get(f"{address}/appointments/{WHO}")
    assert len(asyncio.all_tasks()) == 1
