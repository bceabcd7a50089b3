"""Hands and their 21 points by MediaPipe, where it is installed and its model file is here.

The library brings no weights: put `hand_landmarker.task` into `$VJ_MODELS/hands`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision
from numpy.typing import NDArray

from engine.adapters.contracts import AdapterError, Frame

Hands = Callable[[Frame], list[NDArray[np.float32]]]
"""a picture -> of each hand [21, 3]: x and y in pixels, z in the same unit, the wrist first, then four points of each
finger from the palm outwards, the thumb first"""
FILE = Path("hands") / "hand_landmarker.task"
MOST = 4


def open(source: Path | Any | None = None) -> Hands:
    """`source`: the model file, or a landmarker of the library; None: `$VJ_MODELS/hands/hand_landmarker.task`.
    Raises AdapterError where there is none."""
    source = source or Path(os.environ.get("VJ_MODELS", "models")) / FILE
    run: Any = source
    if isinstance(source, Path):
        if not source.is_file():
            raise AdapterError(f"{source}: not there", "put hand_landmarker.task of MediaPipe into $VJ_MODELS/hands")
        options = vision.HandLandmarkerOptions(tasks.BaseOptions(model_asset_path=str(source)), num_hands=MOST)
        run = vision.HandLandmarker.create_from_options(options)

    def hands(frame: Frame) -> list[NDArray[np.float32]]:
        height, width = frame.shape[:2]
        picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(frame))
        found = run.detect(picture).hand_landmarks
        return [np.array([(p.x * width, p.y * height, p.z * width) for p in hand], np.float32) for hand in found]

    return hands
