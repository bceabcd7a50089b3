"""Faces: found where there is one, not where there is none; with few misses for consent, few mistakes for measuring."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

skimage_data = pytest.importorskip("skimage.data")

from engine.vision import faces  # noqa: E402

BOX = (178.0, 60.0, 92.0, 118.0)
"""the face of skimage's astronaut, by hand"""
networks = pytest.mark.skipif("networks" not in faces.installed(), reason="facenet-pytorch or torch is not installed")


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return np.asarray(skimage_data.astronaut(), np.uint8)


def hit(found: list[faces.Face], box: faces.Box = BOX) -> bool:
    return any(faces.overlap(face.box, box) > 0.25 for face in found)


@pytest.mark.parametrize("detector", faces.installed())
@pytest.mark.parametrize("sure", [True, False])
def test_every_detector_finds_the_face(astronaut, detector, sure, monkeypatch) -> None:
    monkeypatch.setattr(faces, "installed", lambda: (detector,))
    assert hit(faces.find(astronaut, sure))


def test_boxes_are_in_pixels_of_the_picture_that_was_given(astronaut) -> None:
    for scale in (0.6, 2.0):
        size = (round(512 * scale), round(512 * scale))
        found = faces.find(cv2.resize(astronaut, size, interpolation=cv2.INTER_AREA), sure=True)
        assert hit(found, tuple(scale * v for v in BOX))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "moon", "brick"])
def test_photographs_without_people_have_no_sure_faces(name) -> None:
    picture = np.asarray(getattr(skimage_data, name)(), np.uint8)
    if "networks" in faces.installed():
        assert faces.find(picture, sure=True) == []


def test_a_grey_picture_is_a_picture(astronaut) -> None:
    assert hit(faces.find(np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), np.uint8), sure=True))


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (9, 300), (300, 9), (64, 64)])
def test_small_and_thin_pictures_have_none(size) -> None:
    assert faces.find(np.zeros((*size, 3), np.uint8), sure=True) == []
    assert faces.find(np.full((*size, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("bad", [np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros(8, np.uint8)])
def test_what_is_no_picture_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        faces.find(bad)


def test_a_detector_that_fails_is_heard(astronaut, monkeypatch) -> None:
    def broken(picture: np.ndarray, sure: bool) -> list[faces.Face]:
        raise RuntimeError("out of order")

    monkeypatch.setitem(faces.DETECTORS, "cascade", broken)
    monkeypatch.setattr(faces, "installed", lambda: ("cascade",))
    with pytest.raises(RuntimeError, match="out of order"):
        faces.find(astronaut)


def test_overlapping_finds_are_one_face() -> None:
    a, b = faces.Face((0, 0, 10, 10), 0.9, "cascade"), faces.Face((1, 1, 10, 10), 0.7, "cascade")
    inside, far = faces.Face((3, 3, 4, 4), 0.5, "cascade"), faces.Face((40, 0, 10, 10), 0.1, "cascade")
    assert faces.grouped([b, inside, far, a]) == [a, far]
    assert faces.overlap(a.box, b.box) == pytest.approx(81 / 119)


@networks
@pytest.mark.parametrize("degrees", [-45, 30, 90, 180])
def test_heads_that_are_not_upright_are_found_where_consent_is_asked(astronaut, degrees) -> None:
    turned, back = faces._turned(astronaut, degrees)
    there = cv2.invertAffineTransform(back) @ (BOX[0] + BOX[2] / 2, BOX[1] + BOX[3] / 2, 1.0)
    box = (there[0] - BOX[2] / 2, there[1] - BOX[3] / 2, BOX[2], BOX[3])
    assert hit(faces.find(turned), box)


@networks
def test_dark_covered_and_coarse_faces_are_found_where_consent_is_asked(astronaut) -> None:
    dark = (astronaut * 0.12).astype(np.uint8)
    masked = astronaut.copy()
    masked[128:178, 178:270] = (70, 110, 160)
    _, jpeg = cv2.imencode(".jpg", astronaut, [cv2.IMWRITE_JPEG_QUALITY, 10])
    for picture in (dark, masked, np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR_RGB), np.uint8)):
        assert hit(faces.find(picture))


@networks
def test_the_points_of_a_face_are_where_they_belong(astronaut) -> None:
    (face,) = [one for one in faces.find(astronaut, sure=True) if hit([one])]
    left, right, nose, a, b = face.points
    assert left[0] < nose[0] < right[0] and a[0] < b[0]
    assert max(left[1], right[1]) < nose[1] < min(a[1], b[1])


@networks
def test_the_threads_of_torch_are_left_as_they_were(astronaut) -> None:
    import torch

    before = torch.get_num_threads()
    faces.find(astronaut, sure=True)
    assert torch.get_num_threads() == before
