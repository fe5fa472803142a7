"""Finding passages: embeddings, the index on disk, and the retriever over both. torch is imported when first needed."""

from retrieval.embedder import (
    Embedder,
    HashEmbedder,
    Precision,
    Progress,
    Vectors,
    default_embedder,
    embed_with_progress,
    is_native,
)
from retrieval.errors import EmbedderError, IndexFolderError, RetrievalError
from retrieval.index import Opening, index_state
from retrieval.passages import build_passages
from retrieval.retriever import Hit, Mode, Retriever, open_retriever, search_items

__all__ = [
    "Embedder",
    "EmbedderError",
    "HashEmbedder",
    "Hit",
    "IndexFolderError",
    "Mode",
    "Opening",
    "Precision",
    "Progress",
    "RetrievalError",
    "Retriever",
    "Vectors",
    "build_passages",
    "default_embedder",
    "embed_with_progress",
    "index_state",
    "is_native",
    "open_retriever",
    "search_items",
]
