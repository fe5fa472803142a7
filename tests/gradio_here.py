"""For tests that run Gradio in their own process."""

from __future__ import annotations

import pytest

# It names options of pandas that pandas is about to drop.
GRADIO_WARNINGS = (
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
)
