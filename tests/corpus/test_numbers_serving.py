"""Figures of the notes and questions on serving, retrieval and agents, computed again."""

from __future__ import annotations

from math import ceil, comb, floor, log2, sqrt

from computed import says

ENGINES = "questions/serving-engines.yaml"
SCALE = "questions/serving-scale.yaml"
RAG = "questions/serving-rag.yaml"
AGENTS = "questions/serving-agents.yaml"

KIB = 1024
H100_FP8 = 1979e12  # dense FLOP/s
H100_BF16 = 989e12
BUSY = 0.45  # share of the peak that prefill reaches in the examples
CACHE_70B = 2 * 80 * 8 * 128  # bytes per token in FP8
FLOP_70B = 140e9  # per token
EXPERT = 3 * 7168 * 2048  # weights of one expert of DeepSeek-V3
EXPERT_LAYERS = 58


def tokens_per_step(accepted: float, drafted: int) -> float:
    return (1 - accepted ** (drafted + 1)) / (1 - accepted)


def test_cache_of_8b_and_70b() -> None:
    assert CACHE_70B == 160 * KIB
    says(ENGINES, "x 2 bytes = 131,072 bytes, 128 KiB", 2 * 32 * 8 * 128 * 2)


def test_chats_beside_an_8b() -> None:
    pool = 0.9 * 80e9 - 16e9 - 4e9
    tokens = pool / (128 * KIB)
    says(ENGINES, "so about 52 GB become the KV pool", pool / 1e9)
    says(ENGINES, "roughly 397,000 tokens", tokens, -3)
    says(ENGINES, "or 24,800 blocks of 16", tokens / 16, -2)
    says(ENGINES, "about 132 chats", tokens / 3000)
    says(ENGINES, "it would be only 12, so", tokens / 32768)
    says(ENGINES, "some 20 chats more", 8e9 / (128 * KIB) / 3000)


def test_preemption() -> None:
    seconds = 1600 * FLOP_70B / (2 * H100_FP8 * BUSY)
    says(ENGINES, "1,600 tokens x 140 GFLOP are 224 TFLOP", 1600 * FLOP_70B / 1e12)
    says(ENGINES, "costs 0.126 s of the whole replica", seconds, 3)
    says(ENGINES, "Three per second are 38% of the machine", 300 * seconds)
    says(ENGINES, "402,800 / 2,200 = 183", 402800 / 2200)
    says(ENGINES, "the drop of 31%", 100 * (1 - 2700 / 3900))


def test_prefix_reuse() -> None:
    blocks = 4500 // 16
    says(ENGINES, "are 281 full blocks", blocks)
    says(ENGINES, "4,496 tokens; only full blocks", blocks * 16)
    says(ENGINES, "some 304 tokens are computed", 4800 - blocks * 16)
    says(ENGINES, "94% less", 100 * blocks * 16 / 4800)
    says(ENGINES, "about 5.5 ms of prefill", 1e3 * (4800 - blocks * 16) / 55000, 1)
    says(ENGINES, "of prefill instead of 87", 1e3 * 4800 / 55000)
    says(ENGINES, "2,592 of 4,800 tokens", 2600 // 16 * 16)
    says(ENGINES, "2,592 of 4,800 tokens, 54%", 100 * (2600 // 16 * 16) / 4800)
    says("notes/prefix-cache-and-kv-aware-routing.md", "4,500 static tokens 281 blocks of 16", blocks)
    says("notes/prefix-cache-and-kv-aware-routing.md", "in one case of n: 8.3% for twelve", 100 / 12, 1)


def test_triton_ensemble() -> None:
    says(ENGINES, "4 / 0.0044 = 909 images per second", 4 / 0.0044)
    says(ENGINES, "54,000 / 33,750 = 1.6", 54000 / 33750, 1)
    says(ENGINES, "900 x 0.053 = 48 clients", 900 * 0.053)
    says(ENGINES, "48 / 909 = 53 ms", 48e3 / 909)
    says(ENGINES, "1,800 x 0.0044 = 7.9 busy instances", 1800 * 0.0044, 1)
    says(ENGINES, "1,667 per second for one instance", 8 / 0.0048)
    says(ENGINES, "16 give 2,105", 16 / 0.0076)


def test_speculation() -> None:
    note = "notes/speculative-decoding-arithmetic.md"
    for accepted, phrases in {
        0.5: ("| 1.75 |", "| 1.94 |", "| 2.00 |"),
        0.7: ("| 2.19 |", "| 2.77 |", "| 3.20 |"),
        0.85: ("| 2.57 |", "| 3.71 |", "| 5.12 |"),
    }.items():
        for drafted, phrase in zip((2, 4, 8), phrases, strict=True):
            says(note, phrase, tokens_per_step(accepted, drafted), 2)
    single = tokens_per_step(0.7, 4) * 30 / (31 + 4 * 2.4)
    crowded = tokens_per_step(0.7, 4) * 38 / (82 + 4 * 5)
    says(note, "k = 4 give 2.05", single, 2)
    says(note, "acceptance gives 1.03", crowded, 2)
    says(note, "a = 0.5 gives 0.72", tokens_per_step(0.5, 4) * 38 / 102, 2)
    says(ENGINES, "2.77 x 30 / 40.6 = 2.05 times", single, 2)
    says(ENGINES, "2.77 x 38 / 102 = 1.03", crowded, 2)
    says(ENGINES, "still gains 1.38 at batch 128", tokens_per_step(0.85, 4) * 38 / 102, 2)
    says(ENGINES, "at batch 1 it still gains 1.43", tokens_per_step(0.5, 4) * 30 / 40.6, 2)


def test_stale_draft_head() -> None:
    says(ENGINES, "34 ms / 18 ms = 1.9 tokens per step", 34 / 18, 1)
    says(ENGINES, "fell to 61%", 100 * 1.9 / 3.1)
    says(ENGINES, "needs 1.6 times the replicas", 3.1 / 1.9, 1)


def test_smoothing_factors() -> None:
    factors = [sqrt(x / w) for x, w in zip((1, 2, 64, 4), (0.5, 0.5, 0.25, 1), strict=True)]
    says(ENGINES, "sqrt(1/0.5) = 1.41", factors[0], 2)
    says(ENGINES, "sqrt(64/0.25) = 16", factors[2])
    says(ENGINES, "the step is 64 / 127 = 0.5", 64 / 127, 1)
    says(ENGINES, "4 / 127 = 0.031", 4 / 127, 3)
    says(ENGINES, "uses about 22 levels", 1 / factors[0] / (4 / 127))
    says("notes/weight-and-activation-quantization.md", "weight maximum of 0.25 give s = 16", factors[2])


def test_four_bit_formats() -> None:
    note = "notes/weight-and-activation-quantization.md"
    assert 2 ** (floor(log2(7)) - 2) == 1
    says(ENGINES, "7/6 = 1.167", 7 / 6, 3)
    says(ENGINES, "code 6, so 6.75 comes back", 6 * 1.125, 2)
    says(ENGINES, "comes back, 3.6% off", 100 * (7 - 6.75) / 7, 1)
    says(ENGINES, "code 2, 2.25, 13% off", 100 * (2.6 - 2.25) / 2.6)
    says(ENGINES, "0.5625, 6% off", 100 * (0.6 - 0.5625) / 0.6)
    says(ENGINES, "becomes 3, 15% off", 100 * (3 - 2.6) / 2.6)
    says(ENGINES, "4 + 8/32 = 4.25 for MXFP4", 4 + 8 / 32, 2)
    says(ENGINES, "70B are 37 and 39 GB", 70 * 4.5 / 8)
    says(note, "costs 4.125 bits per weight", 4 + 16 / 128, 3)
    says(note, "4-bit zero point 4.16", 4 + 20 / 128, 2)
    says(note, "70B weights take 37 and 39 GB", 70 * 4.25 / 8)


def test_grammar_masks() -> None:
    says(ENGINES, "128,256 bits are 16 KB", 128256 / 8 / 1000)
    says(ENGINES, "1 MB at batch 64", 64 * 128256 / 8 / 1e6)


def test_engine_migration() -> None:
    says(ENGINES, "61 x 3 days are 183", 61 * 3)
    says(ENGINES, "it is 85 days", ceil(49 * 0.5 + 12 * 5))


def test_batch_cost() -> None:
    hours = 40e6 / 30 / 3600
    says(SCALE, "370 GPU hours, about 926 dollars", hours)
    says(SCALE, "370 GPU hours, about 926 dollars", hours * 2.5)
    says(SCALE, "370 / 24 = 15.4 GPUs", hours / 24, 1)
    says(SCALE, "input tokens, 7,200 dollars", 40e6 * 1200 * 0.15 / 1e6)
    says(SCALE, "together 8,640", (40e6 * 1200 * 0.15 + 40e6 * 60 * 0.6) / 1e6)
    says(SCALE, "1.8 cents per million tokens", 100 * hours * 2.5 / (40 * 1260), 1)


def test_nim_on_two_l40s() -> None:
    says(SCALE, "2 x 48 x 0.9 is 86 GB", 2 * 48 * 0.9)
    says(SCALE, "about 61,000 tokens", 10e9 / CACHE_70B, -3)
    says(SCALE, "90 GB at 100 MB/s are 15 minutes", 90e9 / 100e6 / 60)


def test_kv_tiers() -> None:
    note = "notes/kv-cache-tiers-offload.md"
    conversation = 24000 * CACHE_70B
    recompute = 24000 * FLOP_70B / (4 * H100_FP8 * BUSY)
    prefill = 4 * H100_FP8 * BUSY / FLOP_70B
    written = 6000 * CACHE_70B * 86400 / 1e12
    for path in (note, SCALE):
        says(path, "3.93 GB", conversation / 1e9, 2)
        says(path, "0.94 s", recompute, 2)
        says(path, "4.2 GB/s", CACHE_70B * prefill / 1e9, 1)
        says(path, "20 ms", conversation / 200e9 * 1e3)
        says(path, "79 ms", conversation / 50e9 * 1e3)
        says(path, "0.33 s", conversation / 12e9, 2)
        says(path, "85 TB a day", written)
        says(path, "5.7 drive", written / 15, 1)
    says(note, "25,400 tokens per second", prefill, -2)
    says(SCALE, "hold about 51 of 900", 202e9 / conversation)
    says(SCALE, "are 0.75 per second", 900 / 1200, 2)
    says(SCALE, "71% of the replica", 100 * 900 / 1200 * recompute)
    says(SCALE, "Host memory holds 381", 1.5e12 / conversation)
    says(SCALE, "900 conversations are 3.5 TB", 900 * conversation / 1e12, 1)


def test_adapters() -> None:
    note = "notes/multi-lora-serving.md"
    per_rank = 2 * (4096 + 4096) + 2 * (4096 + 1024) + 3 * (4096 + 14336)
    adapter = 16 * 32 * per_rank * 2
    says(SCALE, "the real mix is 18 GB", (196 + 4 * 4) * adapter / 1e9)
    for path in (note, SCALE):
        says(path, "81,920 r", per_rank)
        says(path, "84 MB", adapter / 1e6)
        says(path, "336 MB", 4 * adapter / 1e6)
        says(path, "17 GB", 200 * adapter / 1e9)
        says(path, "3.4 GB", 40 * adapter / 1e9, 1)
        says(path, "21% more bytes", 40 * adapter / 16e9 * 100)
        says(path, "10.7", 32 * 4 * adapter / 1e9, 1)
        says(path, "2.7", 32 * adapter / 1e9, 1)
        says(path, "2 ms", adapter / 50e9 * 1e3)


def test_image_tokens() -> None:
    tokens = (4032 // 28) * (3024 // 28)
    patches = 4 * tokens
    attention = 4 * patches**2 * 1280 * 32
    linear = 2 * 675e6 * patches
    says(SCALE, "144 x 108 = 15,552 visual tokens", tokens)
    says(SCALE, "218 TFLOP, 0.49 s", tokens * 14e9 / 1e12)
    says(SCALE, "218 TFLOP, 0.49 s", tokens * 14e9 / (BUSY * H100_BF16), 2)
    says(SCALE, "0.89 GB instead of 73 MB", tokens * 2 * 28 * 4 * 128 * 2 / 1e9, 2)
    says(SCALE, "Its linear part is 84 TFLOP", linear / 1e12)
    says(SCALE, "x 32 = 634 TFLOP", attention / 1e12)
    says(SCALE, "together 1.6 s at the same rate", (attention + linear) / (BUSY * H100_BF16), 1)
    small = 4 * 1280
    says(SCALE, "against 11 TFLOP for the thumbnail", (2 * 675e6 * small + 4 * small**2 * 1280 * 32) / 1e12)
    says(SCALE, "1,120 x 560 is 800 tokens", 40 * 20)


def test_cold_start_backlog() -> None:
    note = "notes/autoscaling-llm-cold-start.md"
    seconds = 150 + 86 + 117 + 25 + 95 + 20
    ramp = 36 * 270 / 2
    rest = 36 * (seconds - 300)
    for path in (note, SCALE):
        says(path, "493", seconds)
        says(path, "4,860", ramp)
        says(path, "6,948", rest)
    says(SCALE, "Together 95 s", 5 + 20 + 25 + 25 + 20)


def test_prefill_and_decode_workers() -> None:
    note = "notes/disaggregated-serving-sizing.md"
    for path in (note, SCALE):
        says(path, "0.98 GB", 6000 * CACHE_70B / 1e9, 2)
        says(path, "19,200", 3 * 160 / 0.025)
    says(SCALE, "7.7 prefill workers", 16 * 6000 / 12500, 1)
    says(SCALE, "0.6 prefill workers", 5 * 1500 / 12500, 1)
    says(SCALE, "3.1 decode workers", 5 * 4000 / 6400, 1)
    says(SCALE, "5 x 100 s = 500 sequences", 5 * 4000 * 0.025)
    says(SCALE, "15.7 GB/s in all", 16 * 6000 * CACHE_70B / 1e9, 1)
    says(note, "takes 7.7 and 0.75 workers", 16 * 300 / 6400, 2)


def test_router_costs() -> None:
    workers = ((450, 900), (0, 300), (200, 400))
    one = [500 - cached + active for cached, active in workers]
    three = [3 * (500 - cached) + active for cached, active in workers]
    for cost in one:
        says("notes/prefix-cache-and-kv-aware-routing.md", "Weight 1: 950, 800, 700", cost)
    for cost in three:
        says("notes/prefix-cache-and-kv-aware-routing.md", "Weight 3: 1,050, 1,800, 1,300", cost)
    assert one.index(min(one)) == 2
    assert three.index(min(three)) == 0


def test_wide_expert_parallelism() -> None:
    note = "notes/moe-serving-wide-ep.md"
    routed = 256 * EXPERT_LAYERS * EXPERT
    exchanged = 8 * (7168 + 2 * 7168)
    step = EXPERT_LAYERS * 94 * exchanged
    for path in (note, SCALE):
        says(path, "44 MB", EXPERT / 1e6)
        says(path, "654 GB", routed / 1e9)
        says(path, "82 GB", routed / 8 / 1e9)
        says(path, "10 GB", routed / 64 / 1e9)
        says(path, "188", 6000 * 8 / 256)
        says(path, "23", 750 * 8 / 256)
        says(path, "206", H100_FP8 / 4.8e12 / 2)
        says(path, "172 kB", exchanged / 1e3)
        says(path, "0.32 ms", 94 * exchanged / 50e9 * 1e3, 2)
        says(path, "19 ms", step / 50e9 * 1e3)
    says(note, "1.0 ms at 900 GB/s", step / 900e9 * 1e3, 1)
    says(note, "58 x 44 MB = 2.55 GB", EXPERT_LAYERS * EXPERT / 1e9, 2)
    says(note, "(2.4 GiB)", EXPERT_LAYERS * EXPERT / 2**30, 1)
    says(note, "that is B = 6,592", 206 * 32)
    says(SCALE, "126 GB, just about full, 26 ms", 126 / 4.8)
    says(SCALE, "94 sequences x 288 MB", 2 * 576 * 61 * 4096 / 1e6)


def test_idle_fleet() -> None:
    says(SCALE, "so 84 come back", 96 - 12)
    says(SCALE, "16% of the fleet", 100 * 84 / 512)
    says(SCALE, "2,400 GPU hours a day", (300 - 200) * 24)
    assert ceil(20000 / 2400) == 9


def test_manual_in_the_prompt() -> None:
    says(RAG, "is about 618 per manual", ceil((210000 - 400) / 340) + 1)
    says(RAG, "= 2,800 tokens against", 6 * 400 + 400)
    says(RAG, "210,000 x 128 KiB = 27.5 GB", 210000 * 128 * KIB / 1e9, 1)
    says(RAG, "overlap stores 18% more", 100 * 60 / 340)
    says(RAG, "27.5 GB, 8 ms per technician", 210000 * 128 * KIB / 3.35e12 * 1e3)


def test_rank_fusion() -> None:
    says(RAG, "0.0164 + 0.0093 = 0.0257", 1 / 61 + 1 / 108, 4)
    says(RAG, "0.0159 + 0.0145 = 0.0304", 1 / 63 + 1 / 69, 4)
    says(RAG, "0.7 x 0.88 = 0.74", 0.3 * 0.41 + 0.7 * 0.88, 2)
    says(RAG, "at 0.3B are 12 TFLOP", 50 * 400 * 2 * 0.3e9 / 1e12)


def test_value_of_abstaining() -> None:
    bins = ((400, 0.94), (250, 0.83), (200, 0.66), (150, 0.41))
    values = [count * (5 * right - 4) for count, right in bins]
    says(RAG, "Answering everything gives -115", sum(values))
    says(RAG, "gives 317.5", values[0] + values[1], 1)
    says(RAG, "/ 650 = 90% right", 100 * (376 + 207.5) / 650)
    says(RAG, "777 points against", sum(count * right for count, right in bins))
    says(RAG, "standard error of 2.4 points", 100 * sqrt(0.83 * 0.17 / 250), 1)
    says("notes/llm-judges-and-abstention.md", "c / (1 + c): 0.8 for c = 4", 4 / 5, 1)


def test_vector_indexes() -> None:
    note = "notes/ann-index-memory-and-filters.md"
    vectors = 500e6
    scanned = 64 * vectors / 131072
    for path in (note, RAG):
        says(path, "4,352", 4 * 1024 + 2 * 32 * 4)
        says(path, "2.2 TB", vectors * 4352 / 1e12, 1)
        says(path, "1.15 TB", vectors * (2 * 1024 + 64 * 4) / 1e12, 2)
        says(path, "52 GB", vectors * 104 / 1e9)
        says(path, "244,000", scanned, -3)
        says(path, "23 MB", scanned * 96 / 1e6)
        says(path, "7 microseconds", scanned * 96 / 3.35e12 * 1e6)
        says(path, "10 PFLOP", 10000 * vectors * 1024 * 2 / 1e15)
        says(path, "492 MB", 240000 * 2048 / 1e6)
    says(RAG, "1.15 TB, 17 GPUs", ceil(vectors * 2304 / 70e9))
    says(RAG, "0.996^200 = 45%", 100 * 0.996**200)
    says(note, "none in 45% of the cases", 100 * 0.996**200)
    says(RAG, "reads in 0.15 ms", 240000 * 2048 / 3.35e12 * 1e3, 2)


def test_embedding_migration() -> None:
    flop = 800e6 * 350 * 2 * 0.6e9
    says(RAG, "= 336 EFLOP", flop / 1e18)
    says(RAG, "at 396 TFLOPS 236 GPU hours", flop / (0.4 * H100_BF16) / 3600)
    says(RAG, "1.64 TB of vectors", 800e6 * 1024 * 2 / 1e12, 2)
    says(RAG, "become 4.1", 800e6 * 2560 * 2 / 1e12, 1)


def test_chain_of_steps() -> None:
    note = "notes/agents-reliability-and-injection.md"
    checked = 0.97 + 0.03 * 0.8 * 0.97
    says(AGENTS, "0.97^12 = 0.69", 0.97**12, 2)
    says(AGENTS, "0.9^(1/12) = 0.991", 0.9 ** (1 / 12), 3)
    says(AGENTS, "x 0.8 x 0.97 = 0.9933", checked, 4)
    says(AGENTS, "power 0.92", checked**12, 2)
    says(AGENTS, "six steps at 0.97 give 0.83", 0.97**6, 2)
    says(note, "0.97 over 12 steps is 0.69", 0.97**12, 2)
    says(note, "a step needs 0.9913", 0.9 ** (1 / 12), 4)
    says(note, "all fail in 36% of the cases", 100 * 0.95**20)
    says(AGENTS, "twenty fail is 36%", 100 * 0.95**20)


def test_repeated_trials() -> None:
    note = "notes/agents-reliability-and-injection.md"
    tasks = ((0.5, 0.95), (0.25, 0.7), (0.25, 0.28))
    always = sum(share * right**4 for share, right in tasks)
    once = sum(share * (1 - (1 - right) ** 4) for share, right in tasks)
    says(note, "pass@4 0.93 and pass^4 0.47", once, 2)
    says(note, "pass@4 0.93 and pass^4 0.47", always, 2)
    says(note, "k = 4 give 0.21", comb(6, 4) / comb(8, 4), 2)
    says(AGENTS, "+ 0.183 = 93%", 100 * once)
    says(AGENTS, "x 0.006 = 47%", 100 * always)
    says(AGENTS, "0.72^4 = 27%", 100 * 0.72**4)
    says(AGENTS, "960 runs cost 384 dollars", 960 * 0.4)


def test_guardrail_wait() -> None:
    says(AGENTS, "200 / 40 = 5 s; blocking makes it 5 s plus 0.35", 200 / 40)
    says(AGENTS, "1.25 + 0.35 = 1.6 s", 50 / 40 + 0.35, 1)
    says(AGENTS, "With 50 tokens it is 1.25 s", 50 / 40, 2)
    says(AGENTS, "6 calls per second with whole chunks", 30 * 40 / 200)
    says(AGENTS, "8 calls per second", 30 * 40 / (200 - 50))
    says(AGENTS, "30 calls per second, 75% load", 30 * 40 / (50 - 10))
    says("notes/agents-reliability-and-injection.md", "takes 5 s with chunks of 200", 200 / 40)
    says("notes/agents-reliability-and-injection.md", "1.25 s with 50", 50 / 40, 2)


def test_judge() -> None:
    note = "notes/llm-judges-and-abstention.md"
    chance = 66 / 120 * 58 / 120 + 54 / 120 * 62 / 120
    kappa = (89 / 120 - chance) / (1 - chance)
    for path in (note, AGENTS):
        says(path, "sqrt(68) = 1.7", (150 - 136) / sqrt(68), 1)
        says(path, "74%", 100 * 89 / 120)
        says(path, "0.498", chance, 3)
        says(path, "= 0.49", kappa, 2)
    says(AGENTS, "z = 18 / sqrt(32) = 3.2", (82 - 64) / sqrt(32), 1)
    says(note, "One order shows 58% for B", 100 * (150 + 82) / 400)
    says(note, "the other 49%", 100 * (150 + 46) / 400)


def test_thinking_budget() -> None:
    says(AGENTS, "4.6 GPUs at full load", 2e6 * 300 / 1500 / 86400, 1)
    says(AGENTS, "9 billion, 69 GPUs", 2e6 * 4500 / 1500 / 86400)
    says(AGENTS, "+ 0.6 - 0.4 = 3.4 points", 0.12 * 19 + 0.08 * 12 + 0.6 - 0.4, 1)
    says(AGENTS, "and 3.2 of them", 0.12 * 19 + 0.08 * 12, 1)
    says(AGENTS, "17.6 GPUs, a quarter", (0.4e6 * 4500 + 1.6e6 * 300) / 1500 / 86400, 1)
    says(AGENTS, "9% of everything", 100 * 40000 * 20000 / 9e9)
