"""The page: wires the tabs together and mounts them beside the API."""

from __future__ import annotations

import secrets
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request, Response

from interviewer.service import InterviewService
from ui.interview_tab import build_interview_tab
from ui.model_tab import build_model_tab
from ui.report_tab import build_report_tab
from ui.sessions_tab import build_sessions_tab
from ui.visitor import COOKIE, COOKIE_SECONDS

_HERE = Path(__file__).parent

# Fonts of the system only: the page must not fetch anything from another host.
_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def mount_page(app: FastAPI, service: InterviewService) -> FastAPI:
    """Mount the page at `/` and give every browser a cookie by which it finds its session again."""

    @app.middleware("http")
    async def remember_browser(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        if request.url.path == "/" and COOKIE not in request.cookies:
            response.set_cookie(
                COOKIE, secrets.token_urlsafe(24), max_age=COOKIE_SECONDS, httponly=True, samesite="lax"
            )
        return response

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build_page(service),
        path="/",
        footer_links=[],
        show_error=True,
        ssr_mode=False,
        theme=gr.themes.Soft(primary_hue="lime", neutral_hue="slate", font=_FONT, font_mono=_MONO),
        css_paths=[_HERE / "style.css"],
        head=f"<script>{(_HERE / 'clock.js').read_text(encoding='utf-8')}</script>",
    )
    return mounted


def build_page(service: InterviewService) -> gr.Blocks:
    """The page's components and their events."""
    info = service.role.pack.info
    page: gr.Blocks
    with gr.Blocks(title="mockround", analytics_enabled=False, fill_width=False) as page:
        gr.HTML(
            f'<div class="mr-head"><h1>mockround</h1><span class="mr-soft">{escape(info.title)} · as of {info.as_of}</span></div>'
            f'<p class="mr-soft">{escape(info.notice)}</p>'
        )
        session_id = gr.Textbox(visible="hidden", elem_id="mr-session")
        with gr.Tabs(selected="interview") as tabs:
            with gr.Tab("Interview", id="interview"):
                interview = build_interview_tab(service, session_id, tabs)
            with gr.Tab("Report", id="report"):
                report = build_report_tab(service, session_id)
            with gr.Tab("Past sessions", id="sessions") as sessions_tab:
                sessions = build_sessions_tab(service)
            with gr.Tab("Model", id="model"):
                build_model_tab(service, interview.status)
        interview.connect(page, report)
        sessions.connect(sessions_tab, tabs, session_id, interview, report)
    return page
