"""The label of a file that grows over minutes: promised when it begins, written in the background when it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from vj.files.media import MovieSettings
from vj.labels.about import About
from vj.labels.promises import promise
from vj.labels.show import together


class Labelling:
    """Of one recording: `settings` for its writer, `finish` when its last byte is written, `join` before leaving."""

    def __init__(self, path: Path, about: About) -> None:
        self.about = replace(about, marked=about.mark)
        self._others: list[About] = []
        self._promise = promise(path, self.about)
        self._thread: threading.Thread | None = None

    def settings(self, settings: MovieSettings) -> MovieSettings:
        """With what the file says of itself while it grows: its comment and its watermark."""
        return replace(settings, comment=self.about.comment, mark=self.about.mark)

    def also(self, about: About) -> None:
        """The show was edited while it was recorded: what was added counts too."""
        self._others.append(about)

    def finish(self, frames: int) -> None:
        """Label the file without holding up the show; of none that got no frame."""
        if frames == 0:
            self.forget()
            return
        args = (together(self.about, self._others),)
        self._thread = threading.Thread(target=self._promise.sealed, args=args, name="labels")
        self._thread.start()

    def forget(self) -> None:
        """There is no file."""
        self._promise.forget()

    def join(self) -> None:
        """Wait until the file is labelled."""
        if self._thread is not None:
            self._thread.join()
