"""Entries made by a Ray cluster: the same tasks, the same files, the same bytes as on one machine.

One actor per GPU, or per core where there is none, loads the model once. An actor that dies is started again by Ray
and its entry made again; the files are written here, by whoever started the job.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from vj.core.errors import VjError
from vj.studio.crew import LIVES, Crew, Job
from vj.studio.entrykeys import Kit, about

RESTARTS = 8
"""times that Ray starts an actor again before it is given up"""
ANSWER_S = 5.0
START_S = 300.0
"""until every actor has loaded the model; a cluster that is busy with something else does not make it"""
AHEAD = 2
"""entries that an actor has before it: the next is there when one is done"""


class Hand:
    """What an actor is: a Maker on one core or GPU. Without ray in it, so that it can be read and tested alone."""

    def __init__(self, kit: Mapping[str, str]) -> None:
        from vj.studio.entries import Maker

        self._kit = Kit(**kit)
        self._maker = Maker(self._kit)

    def about(self) -> dict[str, Any]:
        return about(self._kit)

    def make(self, task: Any, frames: Any = None) -> tuple[str, bytes]:
        """(an error in one line, or nothing; the entry)."""
        from engine.errors import EngineError

        try:
            return "", self._maker.make(task, frames)
        except (VjError, EngineError) as error:
            return str(error), b""


@contextmanager
def joined(address: str, kit: Kit, workers: int, say: Callable[[str], None]) -> Iterator[Crew]:
    """A cluster by its address, or (`auto`) the one that runs here, or one of this machine alone, for as long as this
    lasts. Raises VjError where Ray is missing, nothing answers, or its machines have another version of the program."""
    ray = _ray()
    _connect(ray, address)
    try:
        have = ray.cluster_resources()
        gpus = int(have.get("GPU", 0))
        most = gpus or max(1, int(have.get("CPU", 1)))
        count = min(workers or most, most)  # one more would wait for a place for ever
        needs = {"num_gpus": 1, "num_cpus": 1} if gpus else {"num_cpus": 1}
        how = {**needs, "max_restarts": RESTARTS, "max_task_retries": LIVES}
        remote = ray.remote(Hand).options(**how)
        actors = [remote.remote({"assets": kit.assets, "memory": kit.memory}) for _ in range(count)]
        first = _agreed(ray, actors, kit)
        say(f"ray: {count} actors on {len(ray.nodes())} machines, {first['arithmetic']}")
        yield Crew(first, lambda jobs: _spread(ray, actors, jobs))
    finally:
        ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise VjError("--ray: ray is not installed", "pip install 'vj[cluster]'") from None
    return ray


def _connect(ray: Any, address: str) -> None:
    if address != "auto":
        _answers(address)
    quiet = {"logging_level": "error", "log_to_driver": False, "configure_logging": True}
    try:
        ray.init(address=address, **quiet)
    except ConnectionError as error:
        if address != "auto":
            raise VjError(f"--ray {address}: no cluster answers there", "ray start --head says the address") from error
        _alone(ray, quiet)
    except (ValueError, RuntimeError) as error:
        raise VjError(f"--ray {address}: {str(error).splitlines()[0]}", "write auto or HOST:6379") from None


def _answers(address: str) -> None:
    """Ray itself would try for many minutes. Raises VjError when nothing listens there."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise VjError(f"--ray {address}: not an address", "write auto or HOST:6379")
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise VjError(f"--ray {address}: no cluster answers there ({error})", "ray start --head says it") from None


def _alone(ray: Any, quiet: Mapping[str, Any]) -> None:
    """A cluster of this machine."""
    try:
        ray.init(num_cpus=os.cpu_count() or 1, include_dashboard=False, **quiet)
    except Exception as error:  # seam: Ray raises a bare Exception when one of its processes does not come up
        mend = "its logs are in /tmp/ray/session_latest/logs; without --ray it goes too"
        raise VjError(f"--ray auto: Ray does not start here: {_last(error)}", mend) from None


def _agreed(ray: Any, actors: Sequence[Any], kit: Kit) -> dict[str, Any]:
    """What all of them work with. Entries of machines that differ would not be the same."""
    try:
        said: list[dict[str, Any]] = ray.get([actor.about.remote() for actor in actors], timeout=START_S)
    except ray.exceptions.RayError as error:
        raise VjError(f"--ray: an actor does not start: {_last(error)}", "is vj installed on every machine?") from None
    here = about(kit)
    for other in said:
        for name in ("code", "weights", "memory"):
            if other[name] != here[name]:
                raise VjError(f"--ray: a machine has other {name} than this one", "install the same version on all")
        if other["arithmetic"] != said[0]["arithmetic"]:
            raise VjError(
                f"--ray: machines of two kinds: {other['arithmetic']} and {said[0]['arithmetic']}", "use those of one"
            )
    return said[0]


def _spread(ray: Any, actors: Sequence[Any], jobs: Sequence[Job]) -> Iterator[Job]:
    """Each job as soon as its file is there. Never more than AHEAD entries per actor are under way."""
    from vj.studio.entries import taken_frames
    from vj.studio.entrystore import keep

    waiting, busy = list(reversed(jobs)), dict[Any, tuple[Job, Any]]()

    def give(actor: Any) -> None:
        job = waiting.pop()
        frames = taken_frames(job.task) if job.task.kind == "media" else None  # other machines have not the file
        busy[actor.make.remote(job.task, frames)] = (job, actor)

    for actor in list(actors) * AHEAD:
        if waiting:
            give(actor)
    while busy:
        (ready,), _ = ray.wait(list(busy), num_returns=1)
        job, actor = busy.pop(ready)
        try:
            error, whole = ray.get(ready)
        except ray.exceptions.RayError as lost:
            raise VjError(f"--ray: {job.task.what}: its actor died {LIVES} times: {_last(lost)}") from None
        if error:
            raise VjError(error)
        keep(job.path, whole)
        if waiting:
            give(actor)
        yield job


def _last(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
