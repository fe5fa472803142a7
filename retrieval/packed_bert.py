"""Several texts through a BERT at once, one behind the other in one sequence, each attending to itself alone.

The weights are read once for all of them, and nothing is padded. Every text gets the bits that it gets alone wherever a
row of a matrix product does not depend on how many rows there are, which holds for MKL from LEAST_ROWS on and is tried on
the machine at hand by `is_exact`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import BertModel

# Fewer rows are multiplied by other routines, to other bits.
LEAST_ROWS = 4
# More texts at once are no faster.
MOST_TEXTS = 8
# How many texts are tried at once; the lengths rise, so that these are from some twenty to a thousand rows.
_TRIED_AT_ONCE = (2, 3, 5, MOST_TEXTS)
# Lengths in tokens that are tried: those of most sentences, and of texts up to the window of most models.
_TRIED = (*range(LEAST_ROWS, 41), 48, 64, 96, 128, 192, 256)


def can_pack(model: object) -> bool:
    """Whether `hidden_states` computes what the model would."""
    from transformers import BertModel

    return isinstance(model, BertModel) and not model.config.is_decoder


def hidden_states(
    bert: BertModel, ids: torch.Tensor, lengths: list[int], layers: int | None = None
) -> torch.Tensor:
    """`(sum(lengths), d)`: what comes out of the last layer, or of the first `layers`, for every token of every text.

    `ids` are the tokens of all texts in order, with their marks.
    """
    import torch

    positions = torch.cat([torch.arange(length) for length in lengths])
    states: torch.Tensor = bert.embeddings(input_ids=ids[None], position_ids=positions[None])
    block: Any
    for block in bert.encoder.layer[:layers]:
        attention = block.attention
        parts = attention.self.query, attention.self.key, attention.self.value
        shape = (1, len(ids), -1, attention.self.attention_head_size)
        heads = [torch.split(part(states).view(shape).transpose(1, 2), lengths, dim=2) for part in parts]
        attended = torch.cat(
            [torch.nn.functional.scaled_dot_product_attention(*text) for text in zip(*heads, strict=True)],
            dim=2,
        )
        states = attention.output(attended.transpose(1, 2).reshape(states.shape), states)
        states = block.feed_forward_chunk(states)
    return states[0]


def is_exact(bert: BertModel) -> bool:
    """Whether texts get the same bits together as alone, and those of the model itself.

    All usual lengths are tried in one layer, since the layers are alike, and a few in all of them. False as well for a
    model of a library whose parts have other names than those that are known here.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    lengths = [length for length in _TRIED if length <= bert.config.max_position_embeddings]
    texts = torch.split(torch.randint(bert.config.vocab_size, (sum(lengths),), generator=generator), lengths)
    try:
        with torch.inference_mode():
            return _is_the_models(bert, texts[:: len(texts) // 3]) and _is_the_same_together(bert, texts)
    except (AttributeError, TypeError):
        return False


def _is_the_models(bert: BertModel, texts: Sequence[torch.Tensor]) -> bool:
    """Whether texts together get what the model gives for each."""
    import torch

    states = hidden_states(bert, torch.cat(list(texts)), [len(text) for text in texts])
    alone = [
        bert(input_ids=text[None], attention_mask=torch.ones_like(text)[None]).last_hidden_state[0]
        for text in texts
    ]
    return torch.equal(states, torch.cat(alone))


def _is_the_same_together(bert: BertModel, texts: Sequence[torch.Tensor]) -> bool:
    """Whether a layer gives texts together what it gives for each."""
    import torch

    alone = [hidden_states(bert, text, [len(text)], 1) for text in texts]
    for size in _TRIED_AT_ONCE:
        for first in range(0, len(texts), size):
            here = texts[first : first + size]
            states = hidden_states(bert, torch.cat(list(here)), [len(text) for text in here], 1)
            if not torch.equal(states, torch.cat(alone[first : first + size])):
                return False
    return True
