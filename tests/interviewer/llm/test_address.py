import pytest

from interviewer.llm.address import leaves_private_network, parse_address
from interviewer.llm.errors import ModelMisconfigured


@pytest.mark.parametrize(
    ("given", "base", "root"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
        (" http://box:8000/ ", "http://box:8000/v1", "http://box:8000"),
        ("https://example.org/api/v1/", "https://example.org/api/v1", "https://example.org/api"),
        ("https://example.org/v1/chat/completions", "https://example.org/v1", "https://example.org"),
        ("https://example.org/openai?token=x", "https://example.org/openai", "https://example.org/openai"),
        ("http://[::1]:8000", "http://[::1]:8000/v1", "http://[::1]:8000"),
    ],
)
def test_an_address_is_put_into_form(given: str, base: str, root: str) -> None:
    address = parse_address(given)
    assert (address.base_url, address.root_url) == (base, root)


@pytest.mark.parametrize(
    "given", ["", "http://", "ftp://x/v1", "http://a b/v1", "http://x:99999/v1", "file:///etc"]
)
def test_what_is_no_address_is_said_in_a_sentence(given: str) -> None:
    with pytest.raises(ModelMisconfigured, match="looks like http://127"):
        parse_address(given)


def test_a_page_of_text_in_place_of_an_address_is_not_repeated() -> None:
    with pytest.raises(ModelMisconfigured, match="too long") as caught:
        parse_address(f"http://{'a' * 5000}")
    assert len(str(caught.value)) < 200


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ModelMisconfigured) as caught:
        parse_address("http://me:hunter2@example.org/v1")
    assert "hunter2" not in str(caught.value)


NAMES = {
    "nas.lan": ["192.168.1.7"],
    "both.example": ["10.0.0.1", "93.184.216.34"],
    "six.lan": ["fd00::1"],
    "mapped.lan": ["::ffff:10.0.0.1"],
    "api.example": ["93.184.216.34"],
}


async def resolve(host: str) -> list[str]:
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


@pytest.mark.parametrize(
    ("host", "outside"),
    [
        ("localhost", False),
        ("127.0.0.2", False),
        ("[::1]", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("8.8.8.8", True),
        ("[2606:4700::1]", True),
        ("nas.lan", False),
        ("six.lan", False),
        ("mapped.lan", False),
        ("both.example", True),
        ("api.example", True),
        ("unknown.example", True),
    ],
)
async def test_whether_answers_leave_the_private_network(host: str, outside: bool) -> None:
    assert await leaves_private_network(parse_address(f"http://{host}:8000"), resolve) is outside
