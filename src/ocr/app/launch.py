"""Starting the workbench: Streamlit's server with this project's look, bound to this machine, telling nobody."""

from __future__ import annotations

import socket
import threading
import webbrowser
from pathlib import Path
from typing import Any

from ocr.app import settings
from ocr.app.settings import Settings
from ocr.errors import BadConfiguration, MissingExtra, OcrError

SCRIPT = Path(__file__).with_name("main.py")

_FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"
_MONO = "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace"
_SHARED_LOOK: dict[str, Any] = {
    "font": _FONT,
    "headingFont": _FONT,
    "codeFont": _MONO,
    "baseFontSize": 14,
    "baseRadius": "6px",
    "buttonRadius": "6px",
    "headingFontWeights": [600, 600, 600],
    "showWidgetBorder": True,
    "metricValueFontSize": "1.35rem",
}
_LIGHT: dict[str, Any] = {
    "primaryColor": "#0b6e63",
    "backgroundColor": "#fbfaf7",
    "secondaryBackgroundColor": "#f1efe9",
    "textColor": "#20262b",
    "borderColor": "#dcd8ce",
    "linkColor": "#0b6e63",
    "redColor": "#b3422f",
    "greenColor": "#2f7d4f",
    "orangeColor": "#b8691a",
    "blueColor": "#2f6690",
    "chartCategoricalColors": ["#0b6e63", "#b8691a", "#2f6690", "#8a4f7d", "#6b705c"],
}
_DARK: dict[str, Any] = {
    "primaryColor": "#58c0b0",
    "backgroundColor": "#15181b",
    "secondaryBackgroundColor": "#1e2327",
    "textColor": "#e6e3dc",
    "borderColor": "#343b41",
    "linkColor": "#58c0b0",
    "redColor": "#e58671",
    "greenColor": "#7cc79a",
    "orangeColor": "#e0a25b",
    "blueColor": "#86b7de",
    "chartCategoricalColors": ["#58c0b0", "#e0a25b", "#86b7de", "#cf9ac4", "#b5b99f"],
}


def options(host: str, port: int, max_bytes: int) -> dict[str, Any]:
    """Streamlit's options by their dotted names."""
    look: dict[str, Any] = {}
    for part, colours in (("light", _LIGHT), ("dark", _DARK)):
        look |= {f"theme.{part}.{name}": value for name, value in colours.items()}
        look |= {f"theme.{part}.sidebar.backgroundColor": colours["secondaryBackgroundColor"]}
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": max(1, max_bytes // 2**20),
        "server.showEmailPrompt": False,
        "server.allowedHosts": list(settings.LOOPBACK) if host in settings.LOOPBACK else ["*"],
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
        **{f"theme.{name}": value for name, value in _SHARED_LOOK.items()},
        **look,
    }


def launch(host: str, port: int, allowed: Settings, *, open_browser: bool) -> None:
    """Serve the workbench until it is interrupted.

    Args:
        host: address to listen on.
        port: port to listen on.
        allowed: what this start allows.
        open_browser: show the first page in the browser of this machine.

    Raises:
        MissingExtra: Streamlit is not installed.
        BadConfiguration: the folder is missing, or the port cannot be had.
    """
    try:
        from streamlit.web import bootstrap
    except ImportError as error:
        raise MissingExtra(
            f"the workbench needs packages that are not installed ({error.name}); pip install 'receipt-ocr[app]' "
            f"with Python 3.11 or newer"
        ) from error
    if not allowed.root.is_dir():
        raise BadConfiguration(f"the folder {allowed.root} is missing; expected the one that --root names")
    _check_free(host, port)
    settings.apply(allowed)
    # Models are loaded while the browser fetches the first page.
    threading.Thread(target=_warm_up, daemon=True).start()
    chosen = options(host, port, allowed.limits.max_bytes)
    bootstrap.load_config_options(chosen)
    address = f"http://{'localhost' if host in settings.LOOPBACK else host}:{port}"
    print(f"workbench: {address} (Ctrl+C ends it)", flush=True)
    if host not in settings.LOOPBACK:
        print("workbench: other machines can reach it; it asks nobody for a password", flush=True)
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    bootstrap.run(str(SCRIPT), False, [], chosen)


def _check_free(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadConfiguration(
            f"{host} port {port} cannot be listened on: {reason}; give another one with --port"
        ) from error


def _warm_up() -> None:
    from ocr.app import bench

    # What is wrong with a model is said where it is used.
    try:
        bench.get().warm_up()
    except OcrError:
        return
