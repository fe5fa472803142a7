"""Finding passages: embeddings, the index on disk, and the retriever over both."""

from retrieval.embedder import Embedder, HashEmbedder, Vectors, default_embedder
from retrieval.errors import EmbedderError, IndexFolderError, RetrievalError

__all__ = [
    "Embedder",
    "EmbedderError",
    "HashEmbedder",
    "IndexFolderError",
    "RetrievalError",
    "Vectors",
    "default_embedder",
]
