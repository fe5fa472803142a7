"""Colours and fonts. Text reaches 4.5:1 against what it stands on (WCAG 2.2, level AA), light and dark."""

from __future__ import annotations

import gradio as gr

# Fonts of the system only: the page must not fetch anything from another host.
_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

# White on 500 and darker is readable; on a dark page, text takes 300.
GREEN = gr.themes.Color(
    name="green",
    c50="#f3f9ec",
    c100="#e4f1d4",
    c200="#cbe4ae",
    c300="#a5cf7a",
    c400="#6fa83a",
    c500="#3f7d12",
    c600="#38700f",
    c700="#2f5e0d",
    c800="#264b0c",
    c900="#1d3a0a",
    c950="#12260a",
)

# Gradio's medium sizes in the browser's own unit, so that they follow the text size that is set there.
TEXT = gr.themes.Size(
    name="text_rem",
    xxs="0.5625rem",
    xs="0.625rem",
    sm="0.75rem",
    md="0.875rem",
    lg="1rem",
    xl="1.375rem",
    xxl="1.625rem",
)


def build_theme() -> gr.themes.Base:
    """The theme of the page."""
    return gr.themes.Soft(
        primary_hue=GREEN,
        secondary_hue=GREEN,
        neutral_hue="slate",
        text_size=TEXT,
        font=_FONT,
        font_mono=_MONO,
    ).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_padding="0",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        block_border_width="1px",
        block_shadow="none",
        input_border_width="1px",
        input_shadow="none",
        input_shadow_focus="none",
        input_border_color="*neutral_300",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_300",
        checkbox_border_color="*neutral_400",
        input_border_color_dark="*neutral_600",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_500",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color_dark="white",
        button_secondary_background_fill_hover_dark="*neutral_600",
        button_secondary_border_color="*neutral_300",
        button_border_width="1px",
        slider_color="*primary_500",
        slider_color_dark="*primary_300",
        link_text_color="*primary_600",
        link_text_color_dark="*primary_300",
    )
