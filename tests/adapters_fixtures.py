"""Tiny pipelines with random weights, built in memory: every class is the real one, nothing is read or fetched."""

from __future__ import annotations

from functools import cache
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from skimage import data
from tokenizers import Tokenizer, models, pre_tokenizers

from engine.adapters import animatediff as animatediff_adapter
from engine.adapters import flux_klein, sd_lcm
from engine.adapters import ltx as ltx_adapter
from engine.adapters import wan as wan_adapter
from engine.adapters.contracts import AdapterJob, Clip, Generate, Rule

WORDS = ("<pad>", "<unk>", "<s>", "</s>", "red", "blue", "green", "tunnel", "city", "snow", "user", "assistant")


def tokenizer(length: int = 16) -> transformers.PreTrainedTokenizerFast:
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=length,
    )


def wan() -> diffusers.WanPipeline:
    torch.manual_seed(0)
    text = transformers.UMT5EncoderModel(
        transformers.UMT5Config(vocab_size=32, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    )
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
        text_dim=16, freq_dim=16, ffn_dim=16, num_layers=1, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )  # fmt: skip
    vae = diffusers.AutoencoderKLWan(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1)
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    return diffusers.WanPipeline(
        tokenizer=tokenizer(), text_encoder=text, vae=vae, scheduler=scheduler, transformer=transformer
    )


def ltx() -> diffusers.LTXConditionPipeline:
    torch.manual_seed(0)
    transformer = diffusers.LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, patch_size=1, patch_size_t=1, num_attention_heads=2, attention_head_dim=8,
        cross_attention_dim=16, num_layers=1, caption_channels=16,
    )  # fmt: skip
    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True, False), decoder_spatio_temporal_scaling=(True, True, True, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4, upsample_factor=(1,) * 4,
        timestep_conditioning=False, patch_size=4, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    text = transformers.T5EncoderModel(
        transformers.T5Config(vocab_size=32, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    )
    return diffusers.LTXConditionPipeline(
        transformer=transformer,
        vae=vae,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        text_encoder=text,
        tokenizer=tokenizer(),
    )


def _clip_text(**more: int) -> transformers.CLIPTextConfig:
    return transformers.CLIPTextConfig(
        vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=16, eos_token_id=3, bos_token_id=2, pad_token_id=0, **more,
    )  # fmt: skip


def _vae(channels: int = 4) -> diffusers.AutoencoderKL:
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    return diffusers.AutoencoderKL(
        latent_channels=channels, block_out_channels=(8, 8, 8, 8), norm_num_groups=4, layers_per_block=1, **kinds
    )


def _unet(**more: object) -> diffusers.UNet2DConditionModel:
    return diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=8, cross_attention_dim=16, attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=2, **more,
    )  # fmt: skip


def animatediff() -> diffusers.AnimateDiffPipeline:
    torch.manual_seed(0)
    motion = diffusers.MotionAdapter(
        block_out_channels=(8, 16), motion_layers_per_block=1, motion_norm_num_groups=2, motion_num_attention_heads=2
    )
    for weight in motion.parameters():  # born with motion switched off
        torch.nn.init.normal_(weight, std=0.3)
    return diffusers.AnimateDiffPipeline(
        vae=_vae(),
        text_encoder=transformers.CLIPTextModel(_clip_text()),
        tokenizer=tokenizer(),
        unet=_unet(),
        motion_adapter=motion,
        scheduler=diffusers.DDIMScheduler(),
    )


def plain_sd() -> diffusers.StableDiffusionPipeline:
    """Without guidance baked in, noise by the usual schedule: what AnimateDiff stands on."""
    torch.manual_seed(0)
    return diffusers.StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=transformers.CLIPTextModel(_clip_text()),
        tokenizer=tokenizer(),
        unet=_unet(),
        scheduler=diffusers.DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sd() -> diffusers.StableDiffusionPipeline:
    torch.manual_seed(0)
    return diffusers.StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=transformers.CLIPTextModel(_clip_text()),
        tokenizer=tokenizer(),
        unet=_unet(time_cond_proj_dim=16),
        scheduler=diffusers.LCMScheduler(steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl() -> diffusers.StableDiffusionXLPipeline:
    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=8, cross_attention_dim=32,
        attention_head_dim=(2, 4), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=2, use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=64, time_cond_proj_dim=16,
    )  # fmt: skip
    noise = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "timestep_spacing": "leading"}
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=transformers.CLIPTextModel(_clip_text()),
        text_encoder_2=transformers.CLIPTextModelWithProjection(_clip_text(projection_dim=16)),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(**noise, steps_offset=1),
        add_watermarker=False,
    )


def flux() -> diffusers.Flux2KleinPipeline:
    torch.manual_seed(0)
    text = transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=32,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=512,
        )
    )
    words = tokenizer(512)
    words.chat_template = "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} {% endfor %}assistant"
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    vae = diffusers.AutoencoderKLFlux2(
        latent_channels=4, block_out_channels=(8, 8, 8, 8), norm_num_groups=4, layers_per_block=1, **kinds
    )
    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, timestep_guidance_channels=32, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    return diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text,
        tokenizer=words,
        transformer=transformer,
        is_distilled=False,
    )


JOB = AdapterJob("red tunnel", frames=6, size=(32, 32), steps=2, seed=3)
SMALL = {
    "wan": Rule(stride=4, rest=1, window=13, overlap=5, multiple=16, steps=2, guidance=5.0),
    "ltx": Rule(stride=8, rest=1, window=25, overlap=9, multiple=32, steps=2, guidance=3.0),
    "animatediff": Rule(stride=1, rest=0, window=16, overlap=4, multiple=16, least=16, steps=2, guidance=7.5),
}


@cache
def generate(name: str) -> Generate:
    if name in ("sd", "sdxl"):
        return sd_lcm.open(globals()[name](), dtype=torch.float32)
    if name == "flux":
        return flux_klein.open(flux(), dtype=torch.float32, layers=(1, 2))
    opened: dict[str, Any] = {"wan": wan_adapter.open, "ltx": ltx_adapter.open, "animatediff": animatediff_adapter.open}
    made: Generate = opened[name](globals()[name](), dtype=torch.float32, rule=SMALL[name])
    return made


def on(done: int, total: int) -> bool:
    return True


def clip(name: str, job: AdapterJob = JOB) -> Clip:
    return np.stack(list(generate(name)(job, on)))


@cache
def usual(name: str) -> Clip:
    return clip(name)


def photo(width: int = 32, height: int = 32, shift: int = 0) -> NDArray[np.uint8]:
    return np.ascontiguousarray(data.astronaut()[40 : 40 + height, 180 + shift : 180 + shift + width])
