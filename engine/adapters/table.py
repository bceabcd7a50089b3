"""Every set of open weights that there is an adapter for: one row each; command, check and docs come from it.

Revisions are commits that were seen named in public; where None, the first download pins what it finds (and the sha256
of every file, in lock.json beside the weights). No torch here."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from engine.adapters.contracts import AdapterError, Rule

SD = ("text_encoder/{m}.safetensors", "unet/{d}.safetensors", "vae/{d}.safetensors")
MODEL, DIFFUSION = "model", "diffusion_pytorch_model"
PLAIN = tuple(name.format(m=MODEL, d=DIFFUSION) for name in SD)
CONFIGS = ("model_index.json", "*/*.json", "tokenizer*/*.txt")


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one repository of the hub, put into `folder` under the model's own."""

    repository: str
    revision: str | None
    files: tuple[str, ...]
    """patterns of what is needed; anything but safetensors, JSON and text is refused"""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """One row."""

    id: str
    adapter: str
    """file of engine/adapters"""
    parts: tuple[Part, ...]
    licence: str
    size: str
    """about; the exact size is asked and shown before a download"""
    use: str
    rule: Rule | str
    """frames and sides"""
    size_px: tuple[int, int] | None = None
    """(W, H) that it was trained for"""


DIFFUSERS = (*CONFIGS, "*/*.safetensors", "tokenizer/*.model")

TABLE = (
    Weights(
        "wan",
        "wan",
        (Part("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "0fad780a534b6463e45facd96134c9f345acfa5b", DIFFUSERS),),
        "Apache-2.0",
        "28.9 GB (22.7 of them the text encoder, in fp32)",
        "video from words; goes on from a clip or a picture",
        Rule(stride=4, rest=1, window=81, overlap=5, multiple=16, steps=50, guidance=5.0),
        (832, 480),
    ),
    Weights(
        "ltx",
        "ltx",
        (Part("Lightricks/LTX-Video-0.9.5", None, DIFFUSERS),),
        "LTX-Video open weights licence: Lightricks' own, with conditions; read it in the repository",
        "asked at download",
        "video from words, quick; goes on from a clip or a picture; frames between two frames",
        Rule(stride=8, rest=1, window=121, overlap=9, multiple=32, steps=40, guidance=3.0),
        (768, 512),
    ),
    Weights(
        "animatediff",
        "animatediff",
        (
            Part(
                "stable-diffusion-v1-5/stable-diffusion-v1-5",
                "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
                (*CONFIGS, *PLAIN),
                "base",
            ),
            Part(
                "guoyww/animatediff-motion-adapter-v1-5-2",
                "6167b88ffe39b4441fdf2113e77b99a6f56b7906",
                ("config.json", f"{DIFFUSION}.safetensors"),
                "motion",
            ),
        ),
        "CreativeML OpenRAIL-M (base, limits on use); AnimateDiff is Apache-2.0, its repository of weights names none",
        "6.1 GB",
        "video from words in the manner of Stable Diffusion 1.5",
        Rule(stride=1, rest=0, window=16, overlap=4, multiple=64, least=16, steps=25, guidance=7.5),
        (512, 512),
    ),
    Weights(
        "lcm-sd15",
        "sd_lcm",
        (
            Part(
                "SimianLuo/LCM_Dreamshaper_v7",
                "60066b2d56008c3c503b5146238daf0db018ec4a",
                (*CONFIGS, *PLAIN),
            ),
        ),
        "MIT",
        "about 4.3 GB",
        "pictures in 4 steps; live refinement of a picture",
        Rule(stride=1, rest=0, window=1, overlap=0, multiple=64, steps=4, guidance=8.0),
        (768, 768),
    ),
    Weights(
        "lcm-sdxl",
        "sd_lcm",
        (
            Part(
                "stabilityai/stable-diffusion-xl-base-1.0",
                "462165984030d82259a11f4367a4eed129e94a7b",
                (*CONFIGS, "text_encoder*/model.fp16.safetensors", f"vae/{DIFFUSION}.fp16.safetensors"),
                "base",
            ),
            Part(
                "latent-consistency/lcm-sdxl",
                "0fa535eca2d11d49664c6f5553fc544901a38569",
                ("config.json", f"{DIFFUSION}.fp16.safetensors"),
                "unet",
            ),
        ),
        "CreativeML OpenRAIL++-M (both, limits on use)",
        "about 7 GB",
        "larger pictures in 4 steps",
        Rule(stride=1, rest=0, window=1, overlap=0, multiple=64, steps=4, guidance=8.0),
        (1024, 1024),
    ),
    Weights(
        "flux-klein",
        "flux_klein",
        (Part("black-forest-labs/FLUX.2-klein-4B", None, (*DIFFUSERS, "tokenizer/*.jinja")),),
        "Apache-2.0 (the 4B; the 9B is not)",
        "about 16 GB",
        "pictures in 4 steps from words and a reference picture",
        Rule(stride=1, rest=0, window=1, overlap=0, multiple=16, steps=4, guidance=4.0),
        (1024, 1024),
    ),
    Weights(
        "taesd",
        "taesd",
        (
            Part(
                "madebyollin/taesd",
                "614f76814bbe30edbe2e627ace1c2234c81a2c0e",
                ("config.json", f"{DIFFUSION}.safetensors"),
            ),
        ),
        "MIT",
        "9.8 MB",
        "tiny decoder for Stable Diffusion 1.5 and AnimateDiff",
        "sides by 8",
    ),
    Weights(
        "taesdxl",
        "taesd",
        (Part("madebyollin/taesdxl", None, ("config.json", f"{DIFFUSION}.safetensors")),),
        "MIT",
        "9.8 MB",
        "tiny decoder for SDXL",
        "sides by 8",
    ),
    Weights(
        "taehv",
        "taehv",
        (),
        "MIT (madebyollin/taehv)",
        "asked at download",
        "tiny decoder for Wan 2.1: put taew2_1.safetensors of its repository into the folder by hand",
        "4 (F - 1) + 1 frames from F latents",
    ),
    Weights(
        "depth",
        "depth",
        (
            Part(
                "depth-anything/Depth-Anything-V2-Small-hf",
                "870a35c76c2bc1d82fbde922d95015496cb7dd6c",
                ("config.json", "preprocessor_config.json", "model.safetensors"),
            ),
        ),
        "Apache-2.0 (the Small; Base and Large are not)",
        "99 MB",
        "depth from one picture: parallax, camera moves",
        "any size",
    ),
    Weights(
        "realesrgan",
        "superres",
        (Part("Comfy-Org/Real-ESRGAN_repackaged", None, ("RealESRGAN_x4plus.safetensors",)),),
        "BSD-3-Clause (Real-ESRGAN; repackaged by others as safetensors)",
        "67 MB",
        "super-resolution x4; needs `pip install spandrel`",
        "any size, tiles of 256",
    ),
    Weights(
        "clip",
        "clip",
        (
            Part(
                "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
                "1a25a446712ba5ee05982a381eed697ef9b435cf",
                ("config.json", "model.safetensors", "tokenizer*.json", "vocab.json", "merges.txt", "special*.json"),
            ),
        ),
        "MIT",
        "0.6 GB",
        "scores how well pictures and words go together",
        "any size",
    ),
)


def row(name: str) -> Weights:
    """Raises AdapterError for an id that is none."""
    for found in TABLE:
        if found.id == name:
            return found
    ids = [w.id for w in TABLE]
    near = difflib.get_close_matches(name, ids, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise AdapterError(f'no weights "{name}"', f"{hint}there are: {', '.join(ids)}")


def rule_of(name: str) -> Rule:
    """The frame rule of a row that makes pictures."""
    rule = row(name).rule
    assert isinstance(rule, Rule)
    return rule


def markdown() -> str:
    """docs/models-open.md, whole."""
    columns = ("id", "repository and revision", "licence", "size", "what for", "frames and sides")
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"
    lines = []
    for w in TABLE:
        places = [f"`{p.repository}` at `{p.revision[:12] if p.revision else 'what is found first'}`" for p in w.parts]
        lines.append(f"| `{w.id}` | {', '.join(places) or 'by hand'} | {w.licence} | {w.size} | {w.use} | {w.rule} |")
    return f"{INTRODUCTION}\n{head}" + "\n".join(lines) + "\n"


INTRODUCTION = """# Open weights

Everything works without these. Whoever wants the look of a large model fetches it by name; nothing is ever downloaded
without being asked, and nothing is asked of the network afterwards. This page is written by `vj models table` from
`engine/adapters/table.py`.

```
pip install 'vj[models]'        the libraries
vj models ls                    what there is, what is here
vj models fetch wan             shows licence and exact size, asks, downloads, checks, locks
vj models verify wan            reads every file again and compares
vj models forget wan            deletes it
```

- **Safetensors only.** Pickles (`.bin`, `.ckpt`, `.pt`, `.pth`) are neither downloaded nor loaded, and a file that only
  calls itself safetensors is refused.
- **Pinned.** Each download is of one commit. Where this table names it, that one; else the first download notes the
  commit it found. The sha256 of every file is noted in `lock.json` beside the weights, and what comes later must be the
  same (trust on first use). For large files the hub says the sha256 too, and it is checked as they come.
- **Offline afterwards.** Weights are read from their folder with the hub switched off (`HF_HUB_OFFLINE=1`).
- **Licences** are what the makers said when the row was written. Read them: weights can forbid uses, whatever the
  licence of this program.
- **Not tried with the real weights.** None were at hand where this was written: the adapters were run with tiny random
  weights of the real classes. Speed, memory and looks with the real ones are not known here.
- **Frames.** The asked number is what comes, exactly; more are made where the family's rule says so, and cut off. Long
  videos are made window after window, each shown the end of the one before. A context (frames to go on from) comes
  back first, bit for bit, then what follows from it.
"""
