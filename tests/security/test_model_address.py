"""Which addresses a page's user can make the server call, and what comes back from there."""

from __future__ import annotations

import httpx2
import pytest

from interviewer.llm.address import expect_no_trap, parse_address
from interviewer.llm.connect import Connection, connect
from interviewer.llm.errors import ModelError, ModelMisconfigured

NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "both.example": ["10.0.0.1", "169.254.169.254"],
    "gpu.lan": ["192.168.1.7"],
}


async def resolve(host: str) -> list[str]:
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


TRAPS = [
    "169.254.169.254",
    "http://169.254.169.254/latest/meta-data/iam",
    "http://[fe80::1]:8000",
    "http://[::ffff:169.254.169.254]:80",
    "http://[fd00:ec2::254]",
    "http://100.100.100.200/latest",
    "http://168.63.129.16",
    "http://224.0.0.1",
    "http://metadata.google.internal/computeMetadata/v1",
    "http://both.example",
]


@pytest.mark.parametrize("url", TRAPS)
async def test_where_a_cloud_keeps_its_secrets_nothing_is_asked(url: str) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, json={"data": [{"id": "secret"}]})

    with pytest.raises(ModelMisconfigured, match="is not where a model server is"):
        await connect(
            Connection("server", url),
            must_answer=True,
            transport=httpx2.MockTransport(answer),
            resolve=resolve,
        )
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://0.0.0.0:8000",
        "http://gpu.lan",
        "http://[::1]",
        "http://10.1.2.3",
        "http://nowhere",
    ],
)
async def test_where_model_servers_are_is_left_alone(url: str) -> None:
    await expect_no_trap(parse_address(url), resolve)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_on(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.host)
        return httpx2.Response(status, headers={"Location": "http://169.254.169.254/latest"})

    with pytest.raises(ModelError):
        await connect(
            Connection("server", "http://gpu.lan:8000"),
            must_answer=True,
            transport=httpx2.MockTransport(answer),
            resolve=resolve,
        )
    assert set(asked) == {"gpu.lan"}


async def test_what_another_service_says_is_not_told() -> None:
    secret = "root:x:0:0"

    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text=f"<html>{secret}</html>")

    with pytest.raises(ModelError) as caught:
        await connect(
            Connection("server", "http://gpu.lan:6379"),
            must_answer=True,
            transport=httpx2.MockTransport(answer),
            resolve=resolve,
        )
    assert secret not in str(caught.value)
