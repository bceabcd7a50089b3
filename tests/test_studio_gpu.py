"""The one command for a rented GPU: its pieces fit into a mail, its stages into ten minutes, its jobs go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from vj.studio import gpu
from vj.studio.gpu import PIECE, STAGES, Lease, pieces


def test_pieces_make_the_file_again(tmp_path: Path) -> None:
    whole = bytes(range(256)) * (PIECE // 256) + b"the rest"
    (tmp_path / "w.safetensors").write_bytes(whole)
    made = pieces(tmp_path / "w.safetensors", tmp_path)
    assert [p.name for p in made] == ["w.safetensors.00", "w.safetensors.01"]
    assert all(p.stat().st_size < 16 * 2**20 for p in made)
    assert b"".join(p.read_bytes() for p in made) == whole


def test_stages_are_short_and_together_fit_the_lease() -> None:
    lease = Lease()
    minutes = [lease.minutes_of(stage.__name__) for stage in STAGES]
    assert max(minutes) < 10
    assert sum(minutes) <= lease.minutes + 1e-9
    job = gpu._job(lease, 12.0, 6.0)
    assert (job.minutes, job.session, job.device) == (12.0, 6.0, "cuda")
    assert job.start is not None and job.start.is_file(), "there are weights to go on from"
    assert sum(float(entry.rpartition(":")[2]) for entry in job.latents) == pytest.approx(1.0)
