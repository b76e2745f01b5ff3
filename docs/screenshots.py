"""Makes the pictures of the documentation from a running site: `make screenshots` (SITE=http://127.0.0.1:8000)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

SITE = os.environ.get("SITE", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
FOLDER = Path(__file__).parent / "images"
SHOTS = {
    "list": ("/tools/?q=text+to+speech&pricing=free-tier&has_api=yes", "light"),
    "tool": ("/tools/elevenlabs/", "light"),
    "compare": ("/compare/?tools=qdrant,milvus,weaviate", "dark"),
}


def main() -> int:
    """Write docs/images/<name>.jpg; return 1 with a sentence when the site or Chromium is missing."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (path, theme) in SHOTS.items():
                page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
                page.goto(SITE + path)
                page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=70)
        except Error as error:
            sys.stderr.write(f"No picture was made: {error}\nStart the site with `make run` and try again.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
