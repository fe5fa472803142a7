from collections.abc import Iterator

import pytest
from real_vllm import RealServer, running_server


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with running_server(tmp_path_factory.mktemp("vllm")) as server:
        yield server
