"""What is under deploy/ is well formed and says of the app only what is true.

No image is built here: that needs a container engine. The same checks run wherever the tests do.
"""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer.main
import yaml
from packaging.requirements import Requirement

from interviewer.cli import app
from interviewer.config import Settings
from interviewer.http_guard import OPEN_PATHS
from interviewer.llm.gpu_models import CONTEXT_TOKENS, by_name
from interviewer.llm.vllm_server import WANTED_FLAGS
from interviewer.server import ENDED_AFTER_S, check_address

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))
# Settings of other programs that the images read; everything else has to be one of ours.
FOREIGN = {
    "app": {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "HF_HOME", "GRADIO_TEMP_DIR"},
    "vllm": {"HF_TOKEN", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"},
}
OURS = {f"MOCKROUND_{name.upper()}" for name in Settings.model_fields}


def manifests() -> Iterator[dict[str, Any]]:
    for name in KUSTOMIZATION["resources"]:
        yield from yaml.safe_load_all((BASE / name).read_text(encoding="utf-8"))


MANIFESTS = {f"{one['kind']}/{one['metadata']['name']}": one for one in manifests()}


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = MANIFESTS[f"Deployment/{name}"]["spec"]["template"]
    return found


def container(name: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(name)["spec"]["containers"][0]
    return found


def instructions(word: str) -> list[str]:
    """What follows an instruction of the Dockerfile, with continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(f"{word} ")]


def run_tool(*command: str | Path) -> None:
    """Run a linter of the environment on files of the repository."""
    tool = Path(sysconfig.get_path("scripts")) / command[0]
    done = subprocess.run(
        [tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def serve_command() -> list[str]:
    """What the image starts, without the command's name."""
    words: list[str] = yaml.safe_load(instructions("CMD")[-1])
    return words


# Linters and schemas


def test_the_dockerfile_is_clean() -> None:
    run_tool("hadolint", "--failure-threshold", "style", "deploy/Dockerfile")


def test_the_yaml_is_clean() -> None:
    run_tool("yamllint", "--strict", "--config-file", "deploy/.yamllint.yaml", "deploy")


def test_the_compose_file_follows_the_specification() -> None:
    run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml")


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_follows_the_schema_of_kubernetes(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], kubernetes_validate.latest_version(), strict=True)


def test_every_manifest_belongs_to_the_base() -> None:
    files = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(KUSTOMIZATION["resources"])
    assert all(one["metadata"]["labels"]["app.kubernetes.io/part-of"] == "mockround" for one in manifests())
    assert not any(key.startswith("Secret/") for key in MANIFESTS), "secrets are not kept in files"


# What is said of the app


def test_every_setting_is_one_that_the_app_has() -> None:
    in_image = re.findall(r"([A-Z_]+)=", " ".join(instructions("ENV")))
    assert set(in_image) <= OURS | FOREIGN["app"]
    folders = {"MOCKROUND_DATA", "MOCKROUND_PACK", "MOCKROUND_EMBEDDER"}
    assert set(COMPOSE["services"]["app"]["environment"]) == OURS - folders, "what .env gives reaches the app"
    assert set(COMPOSE["services"]["vllm"]["environment"]) <= FOREIGN["vllm"]
    assert set(MANIFESTS["ConfigMap/mockround"]["data"]) <= OURS
    assert {item["name"] for item in container("mockround")["env"]} <= OURS
    assert {item["name"] for item in container("vllm")["env"]} <= FOREIGN["vllm"]
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([A-Z_]+)=", example, flags=re.MULTILINE))
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"\$\{([A-Z_]+)", compose))


def test_the_configured_values_are_ones_that_the_app_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MANIFESTS["ConfigMap/mockround"]["data"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.allowed_hosts == ("interviews.example",)
    assert settings.connection.url == "http://vllm:8000/v1"
    # What Compose puts in where .env leaves a setting out.
    for name, value in COMPOSE["services"]["app"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{[A-Z_]+(?::-([^}]*)|[^}]*)\}", r"\1", value))
    settings = Settings()
    assert (settings.llm, settings.llm_url, settings.llm_key) == ("auto", None, None)
    assert settings.allowed_hosts == ("localhost",)


def test_the_command_has_options_that_exist_and_may_listen() -> None:
    name, *options = serve_command()
    assert container("mockround")["args"] == [name, *options]
    command: Any = typer.main.get_command(app)
    context = command.commands[name].make_context(name, list(options))
    host, port, allow_remote = (context.params[key] for key in ("host", "port", "allow_remote"))
    assert (host, port) == ("0.0.0.0", 7860)
    check_address(host, 0, allow_remote)


def test_ports_are_the_ones_that_are_served() -> None:
    port = serve_command()[serve_command().index("--port") + 1]
    assert instructions("EXPOSE") == [port]
    assert COMPOSE["services"]["app"]["ports"][0].rpartition(":")[2] == port
    assert f"app:{port}" in (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    for name, number in (("mockround", int(port)), ("vllm", 8000)):
        assert container(name)["ports"] == [{"name": "http", "containerPort": number}]
        assert pod(name)["metadata"]["annotations"]["prometheus.io/port"] == str(number)
        assert MANIFESTS[f"Service/{name}"]["spec"]["ports"][0]["targetPort"] == "http"
        rules = MANIFESTS[f"NetworkPolicy/{name}"]["spec"]["ingress"]
        assert [rule["ports"] for rule in rules] == [[{"protocol": "TCP", "port": number}]]


def test_the_port_is_published_on_this_machine_only() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_health_is_asked_where_it_is_answered() -> None:
    """On paths that are answered under any host's name; readiness asks for the database, liveness does not."""
    probes = {
        kind: container("mockround")[f"{kind}Probe"]["httpGet"]
        for kind in ("startup", "readiness", "liveness")
    }
    assert {kind: probe["path"] for kind, probe in probes.items()} == {
        "startup": "/readyz",
        "readiness": "/readyz",
        "liveness": "/healthz",
    }
    assert {probe["port"] for probe in probes.values()} == {"http"}
    port = instructions("EXPOSE")[0]
    assert f"http://127.0.0.1:{port}/readyz" in DOCKERFILE
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    metrics = {job["metrics_path"] for job in scraped["scrape_configs"]}
    metrics |= {pod("mockround")["metadata"]["annotations"]["prometheus.io/path"]}
    assert metrics | {probe["path"] for probe in probes.values()} <= OPEN_PATHS


def test_open_streams_end_before_the_container_does() -> None:
    assert pod("mockround")["spec"]["terminationGracePeriodSeconds"] > 2 * ENDED_AFTER_S
    assert COMPOSE["services"]["app"]["stop_grace_period"] == "30s"


def test_vllm_is_the_version_that_the_project_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = Requirement(project["optional-dependencies"]["vllm"][0])
    image = f"vllm/vllm-openai:v{str(pinned.specifier).removeprefix('==')}"
    assert COMPOSE["services"]["vllm"]["image"] == container("vllm")["image"] == image


def test_vllm_gets_the_flags_that_the_service_wants() -> None:
    for flags in (COMPOSE["services"]["vllm"]["command"], container("vllm")["args"]):
        assert set(WANTED_FLAGS) <= set(flags)
        assert f"--max-model-len={CONTEXT_TOKENS}" in flags
        assert "--port=8000" in flags
    models = {COMPOSE["services"]["vllm"]["command"][0], container("vllm")["args"][0]}
    named = {re.sub(r"--model=(?:\$\{VLLM_MODEL:-)?([^}]*)\}?", r"\1", flag) for flag in models}
    assert len(named) == 1
    assert by_name(named.pop()) is not None, "a model of which the project knows what memory it takes"


def test_the_image_is_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert COMPOSE["services"]["app"]["image"] == f"mockround:{project['version']}"
    assert KUSTOMIZATION["images"][0]["newTag"] == project["version"]
    assert container("mockround")["image"] == KUSTOMIZATION["images"][0]["name"]
    tag = re.search(r"PYTHON_TAG=(\d+)\.(\d+)", DOCKERFILE)
    assert tag is not None
    assert (int(tag[1]), int(tag[2])) >= (3, 11)


def test_what_the_image_copies_is_let_through_and_is_all_there_is() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        word.rstrip("/")
        for line in instructions("COPY")
        if not line.startswith("--from")
        for word in line.split()[:-1]
    }
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        name.removesuffix("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert packages <= copied


# What a deployment must not do


def test_the_image_that_runs_has_bubblewrap_and_no_lists_of_packages() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :].replace("\\\n", " ")
    (install,) = [line for line in last.splitlines() if "apt-get install" in line]
    assert re.search(r"--no-install-recommends\s+bubblewrap\b", install)
    assert install.endswith("rm -rf /var/lib/apt/lists/*")
    assert last.index("apt-get install") < last.index("USER 10001")


def test_no_container_of_ours_is_privileged() -> None:
    user, group = instructions("USER")[-1].split(":")
    context = pod("mockround")["spec"]["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"], context["runAsGroup"]) == (
        True,
        int(user),
        int(group),
    )
    assert int(user) > 0
    assert container("mockround")["securityContext"]["readOnlyRootFilesystem"]
    assert COMPOSE["services"]["app"]["read_only"]
    for name in ("mockround", "vllm"):
        assert container(name)["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not container(name)["securityContext"]["allowPrivilegeEscalation"]
        # Variables that Kubernetes makes of Services would be read as settings.
        assert pod(name)["spec"]["enableServiceLinks"] is False


def test_everything_that_is_written_lies_on_a_volume() -> None:
    data = re.search(r"MOCKROUND_DATA=(\S+)", DOCKERFILE)
    assert data is not None
    assert instructions("VOLUME") == [data[1]]
    assert {mount["mountPath"] for mount in container("mockround")["volumeMounts"]} == {data[1], "/tmp"}
    assert COMPOSE["services"]["app"]["volumes"] == [f"app-data:{data[1]}"]
    assert COMPOSE["services"]["app"]["tmpfs"] == ["/tmp"]
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists()


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    provisioning = DEPLOY / "grafana-provisioning"
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))
    assert "prometheus" in COMPOSE["services"]
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    provider = yaml.safe_load((provisioning / "dashboards" / "mockround.yaml").read_text(encoding="utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert f"./grafana/mockround.json:{folder}/mockround.json:ro" in COMPOSE["services"]["grafana"]["volumes"]


def test_replicas_outlive_a_node_and_a_page_keeps_its_replica() -> None:
    assert MANIFESTS["Deployment/mockround"]["spec"]["replicas"] >= 2
    budget = MANIFESTS["PodDisruptionBudget/mockround"]["spec"]
    assert 1 <= budget["minAvailable"] < MANIFESTS["Deployment/mockround"]["spec"]["replicas"]
    assert MANIFESTS["Service/mockround"]["spec"]["sessionAffinity"] == "ClientIP"
    labels = pod("mockround")["metadata"]["labels"].items()
    for selector in (budget["selector"]["matchLabels"], MANIFESTS["Service/mockround"]["spec"]["selector"]):
        assert selector.items() <= labels
    assert container("vllm")["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_what_is_referred_to_is_there_or_is_documented() -> None:
    spec = pod("mockround")["spec"]["containers"][0]
    assert f"ConfigMap/{spec['envFrom'][0]['configMapRef']['name']}" in MANIFESTS
    claim = pod("vllm")["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert f"PersistentVolumeClaim/{claim}" in MANIFESTS
    keys = {
        item["valueFrom"]["secretKeyRef"]["key"]
        for name in ("mockround", "vllm")
        for item in container(name)["env"]
        if "valueFrom" in item
    }
    documentation = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert all(f"--from-literal={key}=" in documentation for key in keys)
    assert 'mockround-client: "true"' in documentation
