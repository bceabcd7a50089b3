"""Real devices for tests: a PulseAudio server of our own with a null sink that is a club's PA and a microphone in one.

with pulse(tmp_path) as club:
    subprocess.Popen(argv, env=club.env)      # PortAudio sees the input "default"
    club.play(wav)                            # what paplay plays is what it hears
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ALSA = """
pcm.!default { type pulse }
ctl.!default { type pulse }
"""
NEEDED = ("pulseaudio", "paplay", "pactl")


def missing() -> str:
    """Why there can be no sound server here, or an empty string."""
    gone = [tool for tool in NEEDED if shutil.which(tool) is None]
    return f"apt install pulseaudio pulseaudio-utils libasound2-plugins ({', '.join(gone)} missing)" if gone else ""


@dataclass
class Club:
    """A running sound server. `env` goes to every process that is to hear or play in it."""

    folder: Path
    env: dict[str, str]
    server: subprocess.Popen[bytes] | None = None
    players: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.server = subprocess.Popen(
            [
                "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--use-pid-file=no", "--disable-shm=yes",
                "-L", "module-null-sink sink_name=club rate=48000",
                "-L", "module-native-protocol-unix",
            ],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            if subprocess.run(["pactl", "info"], env=self.env, capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("pulseaudio does not answer after 10 s")

    def stop(self) -> None:
        """End the server, as when it crashes; `start` brings it back."""
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(5)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
            self.server = None

    def play(self, wav: Path) -> subprocess.Popen[bytes]:
        """Play a file into the club; ends with the file, or with the club."""
        player = subprocess.Popen(["paplay", "--latency-msec=50", str(wav)], env=self.env, stderr=subprocess.DEVNULL)
        self.players.append(player)
        return player

    def close(self) -> None:
        for player in self.players:
            if player.poll() is None:
                player.terminate()
            player.wait()
        self.stop()


@contextlib.contextmanager
def pulse(folder: Path) -> Iterator[Club]:
    """A sound server with its own runtime folder and home, so that it meets no other one."""
    run = Path(tempfile.mkdtemp(prefix="club-"))  # socket paths must be short
    config = folder / "asound.conf"
    system = Path("/usr/share/alsa/alsa.conf")
    config.write_text((f"<{system}>\n" if system.exists() else "") + ALSA)
    env = {
        **os.environ,
        "HOME": str(run),
        "XDG_RUNTIME_DIR": str(run),
        "PULSE_RUNTIME_PATH": str(run / "pulse"),
        "ALSA_CONFIG_PATH": str(config),
    }
    for name in ("PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        env.pop(name, None)
    club = Club(folder, env)
    try:
        club.start()
        yield club
    finally:
        club.close()
        shutil.rmtree(run, ignore_errors=True)
