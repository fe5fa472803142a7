"""What can go wrong in retrieval.

RetrievalError
├── EmbedderError   the embedding model cannot be found or loaded: the name is wrong, a folder holds no
│                   model, or it is not on this machine and the network does not give it. Fix the name.
└── IndexFolderError  the index's folder cannot be written or another process holds it for too long: free
                    disk space, permissions, or wait. (A damaged index is no error: it is rebuilt.)
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Anything below; the message is one sentence that says what to do."""


class EmbedderError(RetrievalError):
    """The embedding model cannot be used."""


class IndexFolderError(RetrievalError):
    """The index cannot be written where it was asked for."""
