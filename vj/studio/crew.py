"""Entries made by processes of this machine, one per core; a process that dies is replaced and its entry made again.

`python -m vj.studio.crew KIT` is such a process: tasks come as lines of JSON, and it ends when its input does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vj.core.errors import VjError
from vj.core.paths import PACKAGE
from vj.studio.entrykeys import Kit, Task

LIVES = 3
"""times that an entry may take its process with it"""
MOST = 8
"""processes; each has the model in its memory"""


@dataclass(frozen=True, slots=True)
class Job:
    """An entry and the file to keep it in."""

    task: Task
    path: Path


@dataclass(frozen=True, slots=True)
class Crew:
    """Who makes the entries: what they work with (`vj.studio.entrykeys.about`), and how they are set to work."""

    about: Mapping[str, Any]
    work: Callable[[Sequence[Job]], Iterator[Job]]


def work(jobs: Sequence[Job], kit: Kit, workers: int) -> Iterator[Job]:
    """Each job as soon as its file is there, in any order. Raises VjError; what is kept stays."""
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    done: queue.SimpleQueue[Job | VjError] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    hands: list[Hand] = []
    try:
        for _ in range(min(workers, MOST, len(jobs))):
            hands.append(Hand(kit, todo, done))
        for _ in jobs:
            got = done.get()
            if isinstance(got, VjError):
                raise got
            yield got
    finally:
        for hand in hands:
            hand.stop()


class Hand:
    """Feeds one process, starts another when it dies."""

    def __init__(self, kit: Kit, todo: queue.SimpleQueue[Job], done: queue.SimpleQueue[Job | VjError]) -> None:
        self._kit, self._todo, self._done = kit, todo, done
        self._stopped = False
        self._process = self._begun()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._process.kill()  # what it was writing is a part, and nobody looks at parts
        self._thread.join(5)
        self._process.kill()  # another, if the first had died just before
        self._process.wait()

    def _run(self) -> None:
        while not self._stopped:
            try:
                job = self._todo.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put(self._made(job))
            except OSError as error:
                self._done.put(VjError(f"{sys.executable}: does not start: {error}"))

    def _made(self, job: Job) -> Job | VjError:
        for _ in range(LIVES):
            answer = self._asked(job)
            if answer is not None:
                return VjError(answer["error"]) if "error" in answer else job
            if self._stopped:
                break
            self._process.wait()
            self._process = self._begun()
        return VjError(f"{job.task.kind} {job.task.what}: its process was killed {LIVES} times", "is memory short?")

    def _asked(self, job: Job) -> dict[str, str] | None:
        """None: the process is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"task": asdict(job.task), "path": str(job.path)}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            answer: dict[str, str] | None = json.loads(line) if line.endswith("\n") else None
        except (OSError, ValueError):
            return None
        return answer

    def _begun(self) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "vj.studio.crew", json.dumps(asdict(self._kit))]
        env = {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **os.environ}  # a process per core is enough
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, cwd=PACKAGE.parent, env=env)


def task_of(raw: dict[str, object]) -> Task:
    """Back from JSON."""
    return Task(**{**raw, "size": tuple(raw["size"])})  # type: ignore[arg-type]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's: it closes our input
    out, sys.stdout = sys.stdout, sys.stderr  # whatever libraries print must not look like an answer
    from engine.errors import EngineError
    from vj.studio.entries import Maker
    from vj.studio.entrystore import keep

    maker: Maker | None = None
    for line in sys.stdin:
        job = json.loads(line)
        task, path = task_of(job["task"]), Path(job["path"])
        answer: dict[str, str] = {}
        try:
            maker = maker or Maker(Kit(**json.loads(sys.argv[1])))
            if not path.is_file():  # another run may have been quicker
                keep(path, maker.make(task))
        except (VjError, EngineError) as error:
            answer = {"error": str(error)}
        except OSError as error:
            answer = {"error": f"{path}: {error.strerror or error}"}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
