"""What goes wrong between us and a language model.

ModelError
├── ModelUnavailable   the server's operator, or the network: refused, timed out, 5xx, 429; trying later may help
├── ModelRejected      our request or the user's settings: 4xx, unknown model, wrong key, context too long
├── ModelGarbled       the model: an answer that cannot be used (no text, labels outside the choices, broken stream)
└── ModelMisconfigured the user: no such file, unknown model name, missing package; says how to fix it
"""

from __future__ import annotations


class ModelError(Exception):
    """Something between us and a language model; the text is one sentence fit for a user."""


class ModelUnavailable(ModelError):
    """The server cannot be reached or refuses for now."""


class ModelRejected(ModelError):
    """The server understood and refuses this request."""


class ModelGarbled(ModelError):
    """The model answered with something that cannot be used."""


class ModelMisconfigured(ModelError):
    """The settings name something that is not there."""
