"""A model in this process through transformers: a folder, a hub id (offline settings are honoured) or a GGUF file.

For trying things out and for machines without a server; one request at a time. On a CPU the weights are kept in
float32 (4 bytes a parameter), which is what its arithmetic is fast in; on a GPU as they are stored.
"""

from __future__ import annotations

import asyncio
import importlib.util
import struct
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interviewer.llm.dialect import fold_system
from interviewer.llm.errors import ContextTooLong, ModelGarbled, ModelMisconfigured, ModelUnavailable
from interviewer.llm.labels import check_labels, choice_of, label_variants
from interviewer.llm.protocol import Choice, Message
from interviewer.llm.thinking import BLOCKS, ThinkFilter, opens_thinking

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

# What reading a folder or file that is no model, is damaged, or is too large has been seen to raise.
_LOADING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    RuntimeError,
    MemoryError,
    struct.error,
)


class LocalModel:
    """A transformers model; torch is imported and the weights are loaded with the first use, or by `load`."""

    def __init__(self, source: str, threads: int | None = None) -> None:
        """`source` is a folder, a GGUF file or a hub id; `threads` limits torch on a CPU.

        Raises:
            ModelMisconfigured: `source` is a path and nothing is there, or reading GGUF needs a missing package.
        """
        self._source = source
        self._threads = threads
        self._gguf = _gguf_file(source)
        # One worker is the lock: the model and its tokenizer are used by one thread at a time.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-model")
        self._loaded: tuple[Any, Any] | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """The folder's or file's name, or the hub id."""
        path = Path(self._source).expanduser()
        return path.name if path.exists() else self._source

    @property
    def where(self) -> str:
        """`this process`."""
        return "this process"

    async def load(self) -> None:
        """Load the model now instead of with the first use.

        Raises:
            ModelMisconfigured: there is no such model here, or it cannot be used for chatting.
        """
        await self._run(self._model)

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """Stream the reply's text. Closing the iterator stops the generation after the token under way.

        Raises:
            ModelGarbled: no text came.
            ContextTooLong: the messages do not fit the model's context.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stop = threading.Event()

        def say(text: str | None) -> None:
            if not stop.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, text)

        job = asyncio.ensure_future(
            self._run(lambda: self._generate(messages, max_tokens, temperature, say, stop))
        )
        job.add_done_callback(lambda _: pieces.put_nowait(None))
        sieve = ThinkFilter()
        said = False
        try:
            while (piece := await pieces.get()) is not None:
                text = sieve.feed(piece)
                if text and (said or text.strip()):
                    yield text if said else text.lstrip()
                    said = True
            await job
        finally:
            stop.set()
            job.cancel()
        rest = sieve.finish()
        if rest:
            yield rest
        elif not said:
            raise ModelGarbled(f"{self.name} said nothing; try again, or choose another model.")

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """How likely each label is as the next token, from the model's logits.

        Raises:
            ValueError: the labels are not different letters or digits.
            ModelGarbled: most of the probability falls on other tokens.
            ModelMisconfigured: a label is more than one token for this model.
            ContextTooLong: the messages do not fit the model's context.
        """
        labels = check_labels(choices)
        return await self._run(lambda: self._next_label(messages, labels))

    async def aclose(self) -> None:
        """Let go of the model; what is under way ends first."""
        self._closed = True
        self._loaded = None
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise ModelUnavailable(f"{self.name} has been closed; connect it again.")
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # On the worker's thread

    def _model(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = _load(self._source, self._gguf, self._threads)
        return self._loaded

    def _encode(self, messages: Sequence[Message]) -> Any:
        from jinja2 import TemplateError

        model, tokenizer = self._model()
        try:
            text = _render(tokenizer, messages)
        except TemplateError:
            text = _render(tokenizer, fold_system(messages))
        if opens_thinking(text):
            opening, close = max(BLOCKS, key=lambda block: text.rfind(block[0]))
            text = text[: text.rfind(opening)] + f"{opening}\n\n{close}\n\n"
        inputs = tokenizer(text, return_tensors="pt", add_special_tokens=False).to(model.device)
        limit = getattr(model.config, "max_position_embeddings", None)
        if limit is not None and inputs["input_ids"].shape[1] >= limit:
            raise ContextTooLong(
                f"The text has {inputs['input_ids'].shape[1]} tokens and {self.name} reads {limit}; shorten it."
            )
        return inputs

    def _generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        say: Callable[[str | None], None],
        stop: threading.Event,
    ) -> None:
        if stop.is_set():
            return
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList, TextStreamer

        class Speaker(TextStreamer):
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                say(text)

        class Stop(StoppingCriteria):
            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                return torch.full((input_ids.shape[0],), stop.is_set(), device=input_ids.device)

        model, tokenizer = self._model()
        inputs = self._encode(messages)
        sampling = (
            {"do_sample": True, "temperature": temperature} if temperature > 0 else {"do_sample": False}
        )
        with torch.inference_mode(), _translated(self.name):
            model.generate(
                **inputs,
                **sampling,
                max_new_tokens=max_tokens,
                pad_token_id=tokenizer.pad_token_id
                if tokenizer.pad_token_id is not None
                else tokenizer.eos_token_id,
                streamer=Speaker(tokenizer, skip_prompt=True, skip_special_tokens=True),
                stopping_criteria=StoppingCriteriaList([Stop()]),
            )

    def _next_label(self, messages: Sequence[Message], labels: tuple[str, ...]) -> Choice:
        import torch

        model, tokenizer = self._model()
        ids = _label_ids(tokenizer, labels, self.name)
        inputs = self._encode(messages)
        with torch.inference_mode(), _translated(self.name):
            logits = model(**inputs, logits_to_keep=1).logits[0, -1].float()
            probabilities = torch.softmax(logits, dim=-1)
        tokens = [(label, float(probabilities[token])) for token, label in ids.items()]
        return choice_of(tokens, labels, self.name)


def _gguf_file(source: str) -> Path | None:
    path = Path(source).expanduser()
    if path.suffix.lower() != ".gguf":
        if not path.exists() and (source.startswith(("/", "~", ".")) or "\\" in source):
            raise ModelMisconfigured(
                f"There is no model at {source}; give a folder, a GGUF file or a hub id."
            )
        return None
    if not path.is_file():
        raise ModelMisconfigured(f"There is no GGUF file at {source}; check the path.")
    missing = [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelMisconfigured(
            f"Reading a GGUF file needs the package {missing[0]}; install mockround with its extra: pip install 'mockround[local]'."
        )
    return path


def _load(source: str, gguf: Path | None, threads: int | None) -> tuple[Any, Any]:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if threads is not None:
        torch.set_num_threads(threads)
    on_gpu = torch.cuda.is_available()
    path = Path(source).expanduser()
    where = str(gguf.parent) if gguf is not None else str(path) if path.exists() else source
    more = {"gguf_file": gguf.name} if gguf is not None else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False, **more)
        model: Any = AutoModelForCausalLM.from_pretrained(
            where,
            dtype="auto" if on_gpu else torch.float32,
            trust_remote_code=False,
            use_safetensors=True,
            **more,
        )
    except (*_LOADING_ERRORS, SafetensorError) as error:
        raise ModelMisconfigured(
            f"The model {source} cannot be loaded here ({_first_line(error)}); give a folder, a GGUF file or a hub id of an instruct model."
        ) from error
    if not getattr(tokenizer, "chat_template", None):
        raise ModelMisconfigured(f"The model {source} has no chat template; choose an instruct model.")
    model.eval()
    return (model.to("cuda") if on_gpu else model), tokenizer


def _render(tokenizer: Any, messages: Sequence[Message]) -> str:
    text: str = tokenizer.apply_chat_template(
        [{"role": message.role, "content": message.content} for message in messages],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    return text


def _label_ids(tokenizer: Any, labels: tuple[str, ...], who: str) -> dict[int, str]:
    """Token ids by which a label may come; the first form of a label wins an id."""
    ids: dict[int, str] = {}
    for label in labels:
        found = [
            pieces[0]
            for form in label_variants(label, labels)
            if len(pieces := tokenizer.encode(form, add_special_tokens=False)) == 1
        ]
        if not found:
            raise ModelMisconfigured(
                f"{who} has no single token for the label {label}; choose another model."
            )
        for token in found:
            ids.setdefault(token, label)
    return ids


@contextmanager
def _translated(who: str) -> Iterator[None]:
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ModelUnavailable(f"There is not enough memory to run {who}; use a smaller model.") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise ModelGarbled(f"{who} failed to answer ({_first_line(error)}).") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160].rstrip(" .")
