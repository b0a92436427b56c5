"""The security headers that every response carries."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOWHERE = "'none'"
ANYWHERE = "*"

FIXED = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def content_security_policy(frame_ancestors: str = NOWHERE, frames: str = "") -> str:
    """Allow what the pages need and nothing else.

    Args:
        frame_ancestors: who may frame this page.
        frames: what it may frame; nothing if empty.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "font-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            *([f"frame-src {frames}"] if frames else []),
            f"frame-ancestors {frame_ancestors}",
        ]
    )


def secure(headers: MutableHeaders) -> None:
    """Add what is missing; a response that has set a header itself keeps it."""
    headers.setdefault("Content-Security-Policy", content_security_policy())
    for name, value in FIXED.items():
        headers.setdefault(name, value)


class SecurityHeaders:
    """ASGI middleware that secures each response as it starts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the headers added."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        forward: Callable[[Message], Awaitable[None]] = secured if scope["type"] == "http" else send
        await self.app(scope, receive, forward)
