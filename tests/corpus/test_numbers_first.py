"""Figures of the first notes and questions of the bank, computed again."""

from __future__ import annotations

from math import comb, exp, isclose, log, log10, sqrt

from computed import says

GENERATIVE = "questions/dl-genai-generative.yaml"
SCIENTIFIC = "questions/dl-genai-scientific.yaml"
TRAINING = "questions/dl-genai-training.yaml"
TRANSFORMERS = "questions/dl-genai-transformers.yaml"
SERVING = "questions/ml-systems-serving.yaml"
SYSTEMS = "questions/ml-systems-training.yaml"
OPERATIONS = "questions/mlops-operations.yaml"

KIB = 1024
MIB = 1024**2
GIB = 1024**3
H100 = 3.35e12  # bytes per second
BF16 = 989e12  # dense FLOP/s
FP8 = 1979e12
BUSY = 0.45  # share of the peak that prefill reaches in the examples
D = 4096  # hidden size of the 7B shape
MLP = 11008
CONTEXT = 32768


def note(slug: str) -> str:
    return f"notes/{slug}.md"


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def logit(p: float) -> float:
    return log(p / (1 - p))


def sent(size: float, ranks: int, passes: int = 2) -> float:
    """Bytes that one rank of a ring sends, for an all-reduce in two passes."""
    return passes * (ranks - 1) / ranks * size


def test_gradscaler() -> None:
    path = note("amp-gradscaler-accumulation")
    scale, weights = 2**16, 1.1e9
    says(path, "Defaults: scale 65,536", scale)
    says(path, "0.0013 after scaling", 2e-8 * scale, 4)
    each = 1 / scale / sqrt(weights)
    says(path, "becomes 1.5e-5 after unscaling", 1e5 / scale, 1)
    says(path, "weights that is 4.6e-10 each", 1e10 * each, 1)
    says(path, "updates shrink to about 4%", 100 * each / (each + 1e-8))
    says(path, "weighs 20 times more", 1800 / 90)
    says(path, "all-reduce covers 4.4 GB", 4 * weights / 1e9, 1)
    says(path, "7.7 GB sent per", sent(4 * weights, 8) / 1e9, 1)
    says(path, "in groups of 8 leave 3", 1003 % 8)


def test_masks() -> None:
    path = note("attention-masking-pitfalls")
    says(path, "near 1e9 are 64 apart", 2.0 ** (29 - 23))
    says(path, "fp16 ends at -65,504", (2 - 2**-10) * 2**15)


def test_batch_size() -> None:
    path = note("batch-size-learning-rate-scaling")
    says(path, "so 3.2 at 8,192 images", 0.1 * 8192 / 256, 1)
    says(path, "about 780 updates", 5 * 1281167 / 8192, -1)
    rows = {2: ("| 1.41 |", "| 0.998 |", "| 0.90 |"), 4: ("| 2.00 |", "| 0.996 |", "| 0.80 |")}
    rows[8] = ("| 2.83 |", "| 0.992 |", "| 0.60 |")
    for k, (rate, slow, fast) in rows.items():
        says(path, rate, sqrt(k), 2)
        says(path, slow, 1 - k * 0.001, 3)
        says(path, fast, 1 - k * 0.05, 2)
    says(path, "k = 10 for beta1 = 0.9", 1 / (1 - 0.9))
    for ratio, (updates, samples, rate) in {
        0.1: ("| 11 x min |", "| 1.1 x min |", "| 9% of max |"),
        10: ("| 1.1 x |", "| 11 x |", "| 91% |"),
    }.items():
        says(path, updates, 1 + 1 / ratio, 0 if ratio < 1 else 1)
        says(path, samples, 1 + ratio, 1 if ratio < 1 else 0)
        says(path, rate, 100 / (1 + 1 / ratio))


def test_temperature() -> None:
    path = note("calibration-temperature-scaling")
    for z, phrases in {
        1: ("| 0.731 |", "| 0.661 |", "| 0.622 |"),
        2: ("| 0.881 |", "| 0.791 |", "| 0.731 |"),
        4: ("| 0.982 |", "| 0.935 |", "| 0.881 |"),
        6: ("| 0.998 |", "| 0.982 |", "| 0.953 |"),
    }.items():
        for temperature, phrase in zip((1, 1.5, 2), phrases, strict=True):
            says(path, phrase, sigmoid(z / temperature), 3)
    false_before, false_after = log(1 + exp(6)), log(1 + exp(4))
    true_before, true_after = log(1 + exp(-6)), log(1 + exp(-4))
    says(path, "a false case costs 6.00 nats", false_before, 2)
    says(path, "nats and 4.02 after T = 1.5", false_after, 2)
    says(path, "a true one 0.002 and", true_before, 3)
    says(path, "0.002 and 0.018.", true_after, 3)
    gain, loss = false_before - false_after, true_after - true_before
    says(path, "more than 0.8% of such cases", 100 * loss / (gain + loss), 1)
    says(path, "standard error of 1.5 points", 100 * sqrt(0.9 * 0.1 / 400), 1)
    says(path, "a cut at 0.3 is the old 0.22", sigmoid(1.5 * logit(0.3)), 2)
    says(path, "one at 0.9 the old 0.964", sigmoid(1.5 * logit(0.9)), 3)


def test_canary() -> None:
    path = note("canary-rollback-gates")
    says(path, "on 5% of traffic are 1% overall", 0.2 * 5)
    says(path, "90 per second, 27,000 in five minutes", 0.1 * 900 * 300)
    says(path, "standard error of 0.10 points", 100 * sqrt(0.03 * 0.97 / 27000), 2)
    says(path, "14.4 x 1 h / 720 h = 2%", 100 * 14.4 / 720)
    says(path, "| page | 6 h | 30 min | 6 | 5% |", 100 * 6 * 6 / 720)
    says(path, "| ticket | 3 d | 6 h | 1 | 10% |", 100 * 72 / 720)
    says(path, "cannot exceed 20", 1 / 0.05)
    says(path, "14.4 would mean that 72%", 14.4 * 5)


def test_checkpoint_interval() -> None:
    path = note("checkpoint-interval-young-daly")
    mean = 8 * 3600.0

    def young(cost: float, between: float = mean) -> float:
        return sqrt(2 * cost * between)

    def lost(cost: float, interval: float, between: float = mean) -> float:
        return 100 * (cost / interval + interval / (2 * between))

    says(path, "| 62 min (Daly", young(240) / 60)
    daly = young(240) * (1 + sqrt(240 / (2 * mean)) / 3 + 240 / (18 * mean)) - 240
    says(path, "(Daly 59)", daly / 60)
    assert isclose(lost(240, young(240)), 100 * sqrt(2 * 240 / mean))
    says(path, "| 12.9% |", lost(240, young(240)), 1)
    says(path, "| 21.0% |", lost(240, 10800), 1)
    says(path, "| 9.8 min |", young(6) / 60, 1)
    says(path, "| 2.0% |", lost(6, young(6)), 1)
    says(path, "restart of 24 minutes adds 5%", 100 * 24 * 60 / mean)
    says(path, "one of 5 minutes 1%", 100 * 5 * 60 / mean)
    says(path, "halves to 4.9 min at 6 s", young(6, mean / 4) / 60, 1)
    says(path, "double to 4.1%", lost(6, young(6, mean / 4), mean / 4), 1)
    says(path, "24-minute restart costs 20%", 100 * 24 * 60 / (mean / 4))
    says(path, "1,024 GPUs fail every 49 h", 50000 / 1024)
    assert round(54 * 24 / 419) == 3
    says(path, "at 14 bytes are 0.99 TB", 70.6e9 * 14 / 1e12, 2)
    says(path, "0.97 GB per rank of 1,024", 70.6 * 14 / 1024, 2)
    says(path, "take 25% longer", 100 * (1 / 0.8 - 1))
    says(SYSTEMS, "steps up to 25% longer", 100 * (1 / 0.8 - 1))
    says(SYSTEMS, "= sqrt(2*240*28800) = 3,718 s", young(240))
    today = lost(240, 10800) + 100 * 24 * 60 / mean
    says(SYSTEMS, "together 26%", today)
    says(SYSTEMS, "are 81, so this is", 60 / (1 - today / 100))


def test_mig_slices() -> None:
    path = note("containers-ngc-slurm-kubernetes")
    says(path, "a memory slice is 1/8", 80 / 10)
    says(OPERATIONS, "has 16 of the 132 SMs, 12%", 100 * 16 / 132)
    says(OPERATIONS, "8 with two replicas", 2 * (-(-19 // 7) + -(-3 // 3)))


def test_decode_roofline() -> None:
    path = note("decode-roofline-hbm")
    a100 = 5120 * 2 * 1593e6 / 8
    says(path, "1,593 MHz / 8 = 2.04 TB/s", a100 / 1e12, 2)
    says(path, "which is 7.67 TB/s", 7680 * 2 * 3996e6 / 8 / 1e12, 2)
    says(path, "| none | 153 |", 312e12 / a100)
    for phrase, bf16, bandwidth in (("| 295 / 591 |", 989, 3.35), ("| 206 / 412 |", 989, 4.8)):
        says(path, phrase, bf16 / bandwidth)
        says(path, phrase, 1979 / bandwidth)
    says(path, "| 281 / 562 |", 2250 / 8)
    says(path, "| 281 / 562 |", 4500 / 8)
    for phrase, gigabytes, bandwidth in (
        ("| 7.8 ms |", 16, 2.04),
        ("| 4.8 ms |", 16, 3.35),
        ("| 3.3 ms |", 16, 4.8),
        ("| 2.0 ms |", 16, 8.0),
        ("| 20.9 ms |", 70, 3.35),
        ("| 14.6 ms |", 70, 4.8),
        ("| 8.8 ms |", 70, 8.0),
    ):
        says(path, phrase, gigabytes / bandwidth, 1)
    says(path, "| 34 ms |", 70 / 2.04)
    says(path, "crossing near 74", BF16 / H100 / 4)
    cache = 64 * 4096 * 160 * KIB
    says(path, "64 x 4,096 tokens: 42.9 GB", cache / 1e9, 1)
    says(path, "42.9 GB, 6.4 ms on two H100", 1e3 * cache / (2 * H100), 1)
    says(path, "next to 10.4 ms for the weights", 70e12 / (2 * H100), 1)
    says(path, "an 8B model are 48 TFLOP", 3000 * 16e9 / 1e12)
    says(path, "about 54 ms at 45%", 1e3 * 48e12 / (BUSY * FP8))
    says(path, "H100, 108 ms in BF16", 1e3 * 48e12 / (BUSY * BF16))


def test_signal_to_noise() -> None:
    snr = 0.01
    amplification = sqrt(1 / snr)  # sigma over alpha
    assert isclose(amplification, 10)
    says(GENERATIVE, "At SNR = alpha^2/sigma^2 = 0.01 that factor is 10", amplification)
    alpha, sigma = sqrt(snr / (1 + snr)), sqrt(1 / (1 + snr))
    assert isclose(alpha**2 + sigma**2, 1)  # so v has unit variance if x has
    assert isclose((1 / sigma) ** 2, snr + 1)  # an error in x, x = alpha z - sigma v, seen in v


def test_flash_attention() -> None:
    path = note("flash-attention-io")
    n, heads, size = 8192, 32, 128
    scores = n * n * heads * 2
    says(path, "one layer take 4 GiB", scores / GIB)
    says(path, "about 17 GB, 5.1 ms", 4 * scores / 1e9)
    says(path, "17 GB, 5.1 ms at 3.35 TB/s", 1e3 * 4 * scores / H100, 1)
    flops = 4 * n * n * size * heads
    says(path, "per head, 1.1 TFLOP", flops / 1e12, 1)
    says(path, "TFLOP, 1.1 ms at", 1e3 * flops / BF16, 1)
    says(path, "output are 268 MB together", 4 * n * heads * size * 2 / 1e6)


def test_fp8_formats() -> None:
    path = note("fp8-formats-scaling")
    says(path, "| largest value | 448 |", 1.75 * 2**8)
    says(path, "| 448 | 57,344 |", 1.75 * 2**15)
    says(path, "2^-6 = 0.0156", 2**-6, 4)
    says(path, "2^-9 = 0.00195", 2**-9, 5)
    says(path, "below A / 28,672 are subnormal", 448 * 2**6)
    says(path, "below A / 458,752", 448 * 2**10)
    says(path, "4.5 bits per value", 4 + 8 / 16, 1)


def test_cache_sizes() -> None:
    path = note("kv-cache-sizes")

    def token(layers: int, heads: int) -> int:
        return 2 * layers * heads * 128 * 2

    for layers, heads, small, large in (
        (32, 32, "| 512 KiB |", "| 16 GiB |"),
        (32, 8, "| 128 KiB |", "| 4 GiB |"),
        (80, 8, "| 320 KiB |", "| 10 GiB |"),
    ):
        says(path, small, token(layers, heads) / KIB)
        says(path, large, token(layers, heads) * CONTEXT / GIB)
    says(path, "| 2.5 MiB | 80 GiB |", token(80, 64) / MIB, 1)
    says(path, "| 2.5 MiB | 80 GiB |", token(80, 64) * CONTEXT / GIB)
    says(path, "| 40 KiB | 1.25 GiB |", token(80, 1) * CONTEXT / GIB, 2)
    latent = (512 + 64) * 80 * 2
    says(path, "| 90 KiB | 2.8 GiB |", latent / KIB)
    says(path, "| 90 KiB | 2.8 GiB |", latent * CONTEXT / GIB, 1)
    says(path, "GQA with 2.25 groups", 576 / 256, 2)
    intensity = 2 * (576 + 512) / (576 * 2)
    says(path, "roughly 240 for MLA", 128 * intensity, -1)
    says(TRANSFORMERS, "some 120 with MLA's 64 heads", 64 * intensity, -1)
    left = 0.9 * 640e9 - 141e9
    says(TRANSFORMERS, "some 435 GB remain", left / 1e9)
    says(TRANSFORMERS, "about 40 with GQA-8", left / (token(80, 8) * CONTEXT), -1)
    assert left / (token(80, 64) * CONTEXT) > 5
    assert left / (latent * CONTEXT) > 140
    says(TRANSFORMERS, "18 if all eight hold it", left / 8 / (latent * CONTEXT))


def test_lora_sizes() -> None:
    path = note("lora-overfitting")
    block = 16 * (4 * 2 * D + 3 * (D + MLP))
    says(path, "has 1.25M parameters", block / 1e6, 2)
    says(path, "40M over 32 layers", 32 * block / 1e6)
    says(path, "0.6% of the model", 100 * 32 * block / 6.74e9, 1)
    says(path, "value only has 4.2M", 32 * 8 * 2 * 2 * D / 1e6, 1)
    says(path, "are 156 steps per epoch", 20000 / 128)


def test_mixed_precision() -> None:
    path = note("mixed-precision-loss-scaling")
    says(path, "smallest normal 6.1e-5", 1e5 * 2**-14, 1)
    says(path, "smallest subnormal 6.0e-8", 1e8 * 2**-24, 1)
    says(path, "2^-7, about 0.8%", 100 * 2**-7, 1)
    weights = 1.3e9
    says(path, "update 36 GB, 11 ms", 28 * weights / 1e9)
    says(path, "update 36 GB, 11 ms", 1e3 * 28 * weights / H100)
    unscale = 8 * weights / H100
    says(path, "unscale 10 GB, 3 ms", 8 * weights / 1e9)
    says(path, "unscale 10 GB, 3 ms", 1e3 * unscale)
    multiply = 6 * weights * 16384 / (BF16 / 2)
    says(path, "take about 260 ms", 1e3 * multiply, -1)
    says(path, "adds around 1% to them", 100 * unscale / multiply)
    says(path, "nearly 10% at 2,048", 100 * unscale / (multiply / 8))
    says(path, "is 295 FLOP per byte", BF16 / H100)
    says(path, "the often quoted 590", 2 * BF16 / H100, -1)


def test_collectives() -> None:
    path = note("nccl-collectives-cost")
    says(path, "64 ranks: 41 ms at 290 GB/s", 1e3 * sent(6, 64) / 290)
    says(path, "197 ms at 60 GB/s", 1e3 * sent(6, 64) / 60)
    says(path, "at 350 GB/s: 80 ms", 1e3 * sent(16, 8) / 350)
    says(path, "are data, about 94%", 100 * 120 / 128)
    says(SYSTEMS, "in 25 MiB buckets is 229 all-reduces", 6e9 / (25 * MIB))


def test_utilisation_target() -> None:
    says(note("nsight-systems-idle-gaps"), "85% that is 259 ms", 220 / 0.85)
    says(SYSTEMS, "so 141 of 180 idle ms", 400 - 220 / 0.85)


def test_training_state() -> None:
    path = note("parallelism-memory-arithmetic")
    for row, per_weight in {
        "| DDP, bf16 gradients | 16 | 128 GB |": 16,
        "| ZeRO-1 | 4 + 12/d | 44 GB |": 4 + 12 / 8,
        "| ZeRO-2 | 2 + 14/d | 30 GB |": 2 + 14 / 8,
        "| ZeRO-3, FSDP | 16/d | 16 GB |": 16 / 8,
        "fp32 gradients | 6 + 12/d | 60 GB |": 6 + 12 / 8,
    }.items():
        says(path, row, 8 * per_weight)


def test_layout_of_70b() -> None:
    path = note("parallelism-memory-arithmetic")
    tokens, hidden, weights = 8192, 8192, 70.6e9
    layer = 34 * tokens * hidden / 8
    says(path, "TP 8: 285 MB", layer / 1e6)
    says(path, "2.2B parameters and 16.5 GB", weights / 32 / 1e9, 1)
    says(path, "16.5 GB of state per GPU", weights / 32 * 7.5 / 1e9, 1)
    says(path, "23 GB of activations", 80 * layer / 1e9)
    reduced = 2 * tokens * hidden
    tensor = 20 * 4 * sent(reduced, 8)
    says(path, "19 GB per micro-batch, 54 ms", tensor / 1e9)
    says(path, "19 GB per micro-batch, 54 ms", 1e3 * tensor / 350e9)
    compute = 6 * weights * tokens / 32 / 400e12
    says(path, "beside 271 ms of compute", 1e3 * compute)
    says(SYSTEMS, "it would be 376 ms", 1e3 * tensor / 50e9)
    says(SYSTEMS, "all-reduces of 134 MB per layer", reduced / 1e6)
    data = sent(weights / 32 * (4 + 2), 8, passes=1)
    says(SYSTEMS, "gathers 11.6 GB once per step", data / 1e9, 1)
    says(SYSTEMS, "0.29 s of 17 s", 64 * compute)
    says(SYSTEMS, "activations quadruple to 91 GB", 4 * 80 * layer / 1e9)
    says(SYSTEMS, "fair rival: 4.4 GB of state", weights * 16 / 256 / 1e9, 1)


def test_latency_metrics() -> None:
    path = note("serving-latency-metrics")
    says(path, "in 400 tokens adds 4 ms", 1.7e3 / 400)
    says(path, "that stay 3.95 s are 316", 80 * 3.95)
    says(path, "throughput grows by 13%", 100 * (917 / 814 - 1))
    says(path, "x 0.0929) s = 99.7", 917 / 500 * (8 + 499 * 0.0929), 1)
    says(path, "in only 81% of cases", 100 * 0.95**4)
    for phrase, busy in (("twofold at 50%", 0.5), ("fivefold at 80%", 0.8), ("twentyfold at 95%", 0.95)):
        factor = {"twofold": 2, "fivefold": 5, "twentyfold": 20}[phrase.split()[0]]
        assert isclose(1 / (1 - busy), factor)
        says(path, phrase, 100 * busy)


def exact(gained: int, lost: int) -> float:
    """Two-sided p of McNemar's exact test."""
    tail = sum(comb(gained + lost, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2.0 ** (gained + lost))


def test_significance() -> None:
    path = note("significance-of-eval-gains")
    for p, phrases in {
        0.5: ("| 5.0 |", "| 3.5 |", "| 2.2 |", "| 1.6 |", "| 0.5 |"),
        0.7: ("| 4.6 |", "| 3.2 |", "| 2.0 |", "| 1.4 |", "| 0.5 |"),
        0.9: ("| 3.0 |", "| 2.1 |", "| 1.3 |", "| 0.9 |", "| 0.3 |"),
    }.items():
        for n, phrase in zip((100, 200, 500, 1000, 10000), phrases, strict=True):
            says(path, phrase, 100 * sqrt(p * (1 - p) / n), 1)
    for gained, lost in ((6, 0), (9, 1), (15, 5), (21, 9), (27, 13), (33, 17), (61, 39)):
        says(path, f"{gained}:{lost}", gained)
        assert exact(gained, lost) < 0.05 < exact(gained - 1, lost + 1)
    says(path, "exact p = 0.059", exact(31, 17), 3)
    spread = sqrt((0.71 * 0.29 + 0.738 * 0.262) / 500)
    says(path, "unpaired z would be only 0.99", 0.028 / spread, 2)
    error = 100 * sqrt(48 / 500 - 0.028**2) / sqrt(500)
    says(path, "Above: 1.4 points", error, 1)
    says(path, "interval about 0.1 to 5.5", 2.8 - 1.96 * error, 1)
    says(path, "interval about 0.1 to 5.5", 2.8 + 1.96 * error, 1)
    needs = {
        0.05: ("| 3,900 |", "| 970 |", "| 150 |"),
        0.1: ("| 7,800 |", "| 2,000 |", "| 310 |"),
        0.2: ("| 15,700 |", "| 3,900 |", "| 620 |"),
    }
    for share, row in needs.items():
        for gain, phrase in zip((0.01, 0.02, 0.05), row, strict=True):
            need = 7.85 * (share - gain**2) / gain**2
            says(path, phrase, need, -2 if need > 1000 else -1)
    says(path, "1 + 4 x 0.3 = 2.2", 1 + 4 * 0.3, 1)
    says(path, "false alarm in 34% of cases", 100 * (1 - 0.95**8))


def test_cross_entropy() -> None:
    path = note("stable-softmax-cross-entropy")
    says(path, "above 88.7 in float32", 128 * log(2), 1)
    says(path, "above 11.09 in fp16", log(65504), 2)
    assert 120 / log(10) > -log10(2**-149)  # exp(-120) is zero in float32
    says(path, "10.37 for V = 32,000", log(32000), 2)
    says(path, "11.76 for 128,256", log(128256), 2)
    says(path, "bf16 numbers are 0.0625 apart", 2.0 ** (3 - 7), 4)
    says(path, "fp16 numbers 0.0078", 2.0 ** (3 - 10), 4)
    says(path, "are 2.1 GB in bf16", 8192 * 128256 * 2 / 1e9, 1)
    says(path, "4.2 GB in float32", 8192 * 128256 * 4 / 1e9, 1)
    says(path, "tokens need 0.53 GB", 1024 * 128256 * 4 / 1e9, 2)


def test_transformer_by_hand() -> None:
    path = note("transformer-flops-memory")
    says(path, "about 1,230 GPU-days", 4.2e22 / (0.4 * BF16 * 86400), -1)
    linear = 8 * D**2 + 6 * D * MLP
    says(path, "24d^2 or 405 MFLOP", linear / 1e6)
    says(path, "about 24d^2", linear / D**2)
    says(path, "s = 6d, about 24.6k tokens", 6 * D / 1e3, 1)
    says(path, "or 49k with skipping", 12 * D / 1e3)
    says(path, "1.5x with skipping", (linear + 2 * CONTEXT * D) / (linear + 2 * 4096 * D), 1)
    says(path, "skipping and 2x without", (linear + 4 * CONTEXT * D) / (linear + 4 * 4096 * D))
    says(path, "needs at least 112 GB", 7 * 16)
    says(path, "it is 160 against 34", 5 * 32 * 4096 / D)
    says(path, "14 GB of weights (4.2 ms", 1e3 * 14e9 / H100, 1)
    says(TRANSFORMERS, "another 17 GB of cache, 5 ms", 512 * KIB * CONTEXT / 1e9)


def test_mixture_of_experts() -> None:
    says(TRANSFORMERS, "8 x 1.25 / 64 = 1,280", 8192 * 8 * 1.25 / 64)
    dispatched = 8192 * 8 * 4096 * 2
    says(TRANSFORMERS, "x 2 bytes = 537 MB", dispatched / 1e6)
    says(TRANSFORMERS, "over 50 GB/s = 9.4 ms", 1e3 * dispatched * 7 / 8 / 50e9, 1)
    flops = 8192 * 8 * 3 * 2 * 4096 * 2048
    says(TRANSFORMERS, "experts' 3.3 TFLOP", flops / 1e12, 1)
    says(TRANSFORMERS, "about 6.6 ms at 500", 1e3 * flops / 500e12, 1)
    assert (6 - 1.25) / 64 > 0.04  # an expert at six times the mean alone overflows by more than the average


def test_graph_tensors() -> None:
    says(SCIENTIFIC, "= 256 MB, an edge tensor", 1e6 * 128 * 2 / 1e6)
    says(SCIENTIFIC, "six times that, 1.5 GB", 6e6 * 128 * 2 / 1e9, 1)
    says(SCIENTIFIC, "15 x 4.6 = 69 GB", 15 * 6e6 * 384 * 2 / 1e9)


def test_serving_questions() -> None:
    says(SERVING, "= 316 requests in flight", 80 * (0.2 + 250 * 0.015))
    assert isclose(BUSY * FP8 / 16e9, 55000, rel_tol=0.02)
    says(SERVING, "that is 3.5 GPUs", 192000 / 55000, 1)
    attention = 4 * 32000**2 / 2 * 8192 * 80
    says(SERVING, "about 1.3e15 in attention", attention / 1e15, 1)
    says(SERVING, "TFLOPS, that is 1.6 s", (140e9 * 32000 + attention) / (4 * BUSY * FP8), 1)
    says(SERVING, "so the prompt 5.2 GB", 32000 * 160 * KIB / 1e9, 1)
    says(SERVING, "26 ms over four 400", 32000 * 160 * KIB / 4 / 50e6)
    says(SERVING, "60 answers worse and 30 better, z = 30/sqrt(90) = 3.2", 30 / sqrt(90), 1)
    says(SERVING, "1e-6 needs 3 million frames, 28 hours", 3e6 / 30 / 3600)
    says(SERVING, "30 per second is 21.6 late frames", 30 * 3600 / 5000, 1)


def test_operations_questions() -> None:
    says(OPERATIONS, "over 14 workers is 400 ms", 16 * 0.35 / 14 * 1e3)
    says(OPERATIONS, "1,000 is 64 x 15 + 40", 1000 % 64)
    says(OPERATIONS, "a difference of 0.0096", 1.358 * sqrt(2 / 40000), 4)
    says(OPERATIONS, "at least one on 95% of days", 100 * (1 - 0.95**60))
    says(OPERATIONS, "the standard error is 2.1 points", 100 * sqrt(0.9 * 0.1 / 200), 1)
    says(OPERATIONS, "two runs differ by 0.57", 0.4 * sqrt(2), 2)
