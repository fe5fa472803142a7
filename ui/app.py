"""The page: wires the tabs together and mounts them beside the API."""

from __future__ import annotations

import secrets
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request, Response
from starlette.middleware import Middleware

from interviewer.access.identity import SIGN_OUT
from interviewer.service import InterviewService
from ui.bank_tab import build_bank_tab
from ui.code_tab import build_code_tab
from ui.endpoints import add_endpoints
from ui.events import QUIET
from ui.followup_tab import build_followup_tab
from ui.gradio_door import MAX_UPLOAD_BYTES, GradioDoor
from ui.guide_tab import build_guide_tab
from ui.home_tab import build_home_tab
from ui.interview_tab import build_interview_tab
from ui.lean_page import LeanPage, use_lean_sessions
from ui.model_tab import build_model_tab
from ui.notes import render_notes
from ui.progress_tab import build_progress_tab
from ui.readiness_tab import build_readiness_tab
from ui.report_tab import build_report_tab
from ui.self_tab import build_self_tab
from ui.sessions_tab import build_sessions_tab
from ui.theme import build_theme
from ui.trust import trust_html
from ui.visitor import COOKIE, COOKIE_SECONDS, owner_of

_HERE = Path(__file__).parent

# The second line of defence behind escaping: whatever text reaches the page, the browser asks no other host for
# anything. Gradio needs inline scripts and styles.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


def mount_page(app: FastAPI, service: InterviewService, suited_models: str = "") -> FastAPI:
    """Mount the page at `/` and give every browser a cookie by which it finds its session again.

    `suited_models` is Markdown for the Model tab: which models suit the GPU of this machine.
    """

    @app.middleware("http")
    async def guard_page(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        if request.url.path == "/":
            response.headers["Content-Security-Policy"] = _POLICY
            if COOKIE not in request.cookies:
                response.set_cookie(
                    COOKIE,
                    secrets.token_urlsafe(24),
                    max_age=COOKIE_SECONDS,
                    httponly=True,
                    samesite="lax",
                    secure=request.url.scheme == "https",
                )
        return response

    scripts = "".join(
        f"<script>{(_HERE / name).read_text(encoding='utf-8')}</script>"
        for name in (
            "clock.js",
            "answer.js",
            "report.js",
            "bank.js",
            "code.js",
            "conversation.js",
            "keyboard.js",
            "formulas.js",
        )
    )
    page = build_page(service, suited_models)
    # Gradio asks whether a file was uploaded before it reads it, but only of pages that it launched itself: without
    # this, whoever calls an event that takes a file could name any file of the machine.
    page.has_launched = True
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        app_kwargs={"middleware": [Middleware(GradioDoor)]},
        footer_links=[],
        show_error=True,
        ssr_mode=False,
        # Said here, so that no variable of Gradio's decides; without the package, programs have the other doors.
        mcp_server=find_spec("mcp") is not None,
        max_file_size=MAX_UPLOAD_BYTES,
        theme=build_theme(),
        # What Gradio tells screen readers when something is done; it has no words for it and says the key.
        i18n=gr.I18n(en={"common.complete": "Done"}),
        css_paths=[_HERE / "style.css", _HERE / "report.css"],
        head=_katex() + scripts,
    )
    use_lean_sessions(mounted, page)
    return mounted


def _account(service: InterviewService) -> str:
    """Who is signed in, and the way out where there is one."""
    name = f'<span class="mr-soft">Signed in as {escape(owner_of(service))}</span>'
    if not service.settings.has_sign_in:
        return f'<div class="mr-account">{name}</div>'
    ways = {"Sign out": SIGN_OUT, "Sign out everywhere": f"{SIGN_OUT}?everywhere=true"}
    out = "".join(
        f'<form method="post" action="{action}"><button class="mr-link" type="submit">{label}</button></form>'
        for label, action in ways.items()
    )
    return f'<div class="mr-account">{name}{out}</div>'


def _katex() -> str:
    """Where `formulas.js` finds what Gradio draws the chat's formulas with."""
    assets = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    names = " ".join(
        f"assets/{file.name}" for kind in ("js", "css") for file in assets.glob(f"katex-*.{kind}")
    )
    return f'<meta name="mr-katex" content="{names}">'


def build_page(service: InterviewService, suited_models: str = "") -> gr.Blocks:
    """The page's components, their events, and the endpoints for programs."""
    info = service.role.pack.info
    notes = render_notes(service.role.pack.notes)
    page: gr.Blocks
    with LeanPage(title="mockround", analytics_enabled=False, fill_width=False) as page:
        # Before everything else: what comes later of a name that is taken gets another one.
        add_endpoints(service)
        with gr.Row(elem_id="mr-top"):
            gr.HTML(
                f'<div class="mr-head"><h1>mockround</h1><span class="mr-soft">{escape(info.title)} · <span class="mr-whole">as of {info.as_of}</span></span></div>'
            )
            if not service.settings.is_open:
                signed_in = gr.HTML("", elem_id="mr-account", padding=False)
                page.load(lambda: _account(service), None, signed_in, **QUIET)
        session_id = gr.Textbox(visible="hidden", elem_id="mr-session")
        with gr.Tabs(selected="interview") as tabs:
            with gr.Tab("Home", id="home") as home_tab:
                home = build_home_tab(service, notes)
            with gr.Tab("Interview", id="interview"):
                interview = build_interview_tab(service, session_id, tabs)
            with gr.Tab("Report", id="report") as report_tab:
                report = build_report_tab(service, session_id, notes)
            with gr.Tab("Progress", id="progress") as progress_tab:
                progress = build_progress_tab(service)
            with gr.Tab("Readiness", id="readiness") as readiness_tab:
                readiness = build_readiness_tab(service)
            with gr.Tab("Self-assessment", id="self") as self_tab:
                own_view = build_self_tab(service)
            with gr.Tab("Bank", id="bank") as bank_tab:
                bank = build_bank_tab(service)
            with gr.Tab("Coding", id="coding") as code_tab:
                code = build_code_tab(service, tabs)
            with gr.Tab("Guide", id="guide"):
                build_guide_tab(service)
            with gr.Tab("Follow-up lab", id="lab") as lab_tab:
                lab = build_followup_tab(service)
            with gr.Tab("Past sessions", id="sessions") as sessions_tab:
                sessions = build_sessions_tab(service)
            with gr.Tab("Model", id="model") as model_tab:
                build_model_tab(service, interview.status, model_tab, suited_models)
            with gr.Tab("How far to trust it", id="trust"):
                gr.HTML(trust_html(service.trust_page, service.trust_picture))
        gr.HTML(f'<footer class="mr-foot">{escape(info.notice)}</footer>')
        interview.connect(page, report)
        home.connect(page, home_tab, tabs, session_id, interview)
        report.connect(report_tab, tabs, interview)
        progress.connect(progress_tab)
        readiness.connect(readiness_tab, session_id, interview)
        own_view.connect(self_tab, tabs, report)
        bank.connect(bank_tab, session_id, interview)
        code.connect(code_tab, session_id, interview)
        lab.connect(lab_tab)
        sessions.connect(sessions_tab, tabs, session_id, interview, report)
    return page
