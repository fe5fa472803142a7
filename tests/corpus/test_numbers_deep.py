"""Figures of the texts about deep learning and generative models: `deep-*.yaml` and ten notes."""

from __future__ import annotations

from math import comb, cos, exp, log, log2, pi, sqrt

from computed import says

FUNDAMENTALS = "questions/deep-fundamentals.yaml"
ARCHITECTURE = "questions/deep-architecture.yaml"
OPTIMISATION = "questions/deep-optimisation.yaml"
POSTTRAINING = "questions/deep-posttraining.yaml"
GENERATIVE = "questions/deep-generative.yaml"
ROPE = "notes/rope-scaling-and-yarn.md"
STATE = "notes/sequence-state-hybrids-and-windows.md"
SCALING = "notes/scaling-laws-and-overtraining.md"
OPTIMISERS = "notes/weight-decay-schedules-muon.md"
DATA = "notes/data-deduplication-and-mixtures.md"
PREFERENCE = "notes/preference-and-rl-failure-modes.md"
SAMPLING = "notes/sampling-votes-verifiers-abstention.md"
FLOW = "notes/flow-matching-guidance-and-tokens.md"
FIRST = "notes/first-numbers-of-a-training-run.md"
WIDTH = "notes/mup-and-norm-placement.md"


def wavelength(pair: int, base: float = 10_000, dim: int = 128) -> float:
    """Tokens of one turn of a rotary pair."""
    return 2 * pi * float(base ** (2 * pair / dim))


def loss(parameters: float, tokens: float) -> float:
    """The published compute-optimal fit."""
    return 1.69 + 406.4 / float(parameters**0.34) + 410.7 / float(tokens**0.28)


def caught(similarity: float, rows: int = 13, bands: int = 20) -> float:
    """Chance that a pair becomes a MinHash candidate."""
    return 1 - (1 - similarity**rows) ** bands


def majority_of_five(right: float) -> float:
    """Chance that at least three of five samples are right."""
    return sum(comb(5, k) * right**k * (1 - right) ** (5 - k) for k in (3, 4, 5))


def flat(right: float, group: int = 8) -> float:
    """Chance that all samples of a group get the same reward."""
    return right**group + (1 - right) ** group


def shifted(time: float, shift: float) -> float:
    """A time of flow matching, moved towards more noise."""
    return shift * time / (1 + (shift - 1) * time)


def test_rotary_wavelengths() -> None:
    turned = sum(wavelength(pair) <= 8192 for pair in range(64))
    kept = sum(wavelength(pair) <= 8192 / 32 for pair in range(64))
    says(ROPE, "50 of 64 pairs complete", turned)
    says(ROPE, "14 never do", 64 - turned)
    says(ROPE, "wavelength of 54,410 tokens", wavelength(63))
    says(ROPE, "covers 15 % of a turn", 100 * 8192 / wavelength(63))
    says(ROPE, "26 pairs unchanged", kept)
    says(ROPE, "24 on the ramp", turned - kept)
    says(ARCHITECTURE, "so 50 pairs have seen every angle", turned)
    says(ARCHITECTURE, "the 26 fastest pairs", kept)
    says(ARCHITECTURE, "wavelength under 256", 8192 / 32)


def test_rotary_scaling_for_eight() -> None:
    says(ROPE, "becomes about 82,700", 10_000 * 8 ** (128 / 126), -2)
    says(ROPE, "is 1.21 for s = 8", 0.1 * log(8) + 1, 2)
    says(ROPE, "by a factor of 1.46", (0.1 * log(8) + 1) ** 2, 2)
    says(ARCHITECTURE, "10,000 x 8^(128/126), about 82,700", 10_000 * 8 ** (128 / 126), -2)
    says(ARCHITECTURE, "One million is 128 times the training length", 2**20 / 8192)


def test_bytes_of_attention_state() -> None:
    token = 2 * 8 * 128 * 2
    says(STATE, "that is 4,096 bytes per token and layer", token)
    says(STATE, "32 layers cost 128 KiB", token * 32 / 1024)
    says(STATE, "8.6 GB at 65,536 tokens", token * 32 * 65_536 / 1e9, 1)
    says(STATE, "take 16.1 GB if all are global", token * 30 * 131_072 / 1e9, 1)
    mixed = token * (5 * 131_072 + 25 * 1024)
    says(STATE, "5 global ones 2.79 GB", mixed / 1e9, 2)
    says(STATE, "the local ones are 0.1 GB", token * 25 * 1024 / 1e9, 1)
    says(ARCHITECTURE, "2.79 GB, 5.8 times less", token * 30 * 131_072 / mixed, 1)


def test_state_of_a_hybrid() -> None:
    layer = 128 * 64 * 128 * 4
    hybrid = 24 * layer + 4 * 4096 * 65_536
    transformer = 32 * 4096 * 65_536
    says(STATE, "are 4.2 MB per layer", layer / 1e6, 1)
    says(STATE, "101 MB for 24 layers", 24 * layer / 1e6)
    says(STATE, "65,536 tokens takes 1.17 GB", hybrid / 1e9, 2)
    says(STATE, "7.3 times less", transformer / hybrid, 1)
    says(ARCHITECTURE, "so 34 sequences", 40e9 // hybrid)
    says(ARCHITECTURE, "101 MB equal 6,144 tokens", 24 * layer / (4 * 4096))
    says(ARCHITECTURE, "about 900 tokens against the full cache", 24 * layer / (28 * 4096), -2)


def test_parameters_of_a_mixture() -> None:
    expert = 3 * 4096 * 14_336
    attention = 32 * (2 * 4096**2 + 2 * 4096 * 1024)
    embeddings = 2 * 32_000 * 4096
    routers = 32 * 4096 * 8
    total = 32 * 8 * expert + attention + embeddings + routers
    active = 32 * 2 * expert + attention + embeddings + routers
    says(ARCHITECTURE, "so 176 million parameters", expert / 1e6)
    says(ARCHITECTURE, "in 32 layers are 45.1 billion", 256 * expert / 1e9, 1)
    says(ARCHITECTURE, "Together 46.7 billion", total / 1e9, 1)
    says(ARCHITECTURE, "11.3 + 1.3 + 0.3 = 12.9 billion", active / 1e9, 1)
    says(ARCHITECTURE, "46.7 x 2 bytes = 93 GB", total * 2 / 1e9)
    says(ARCHITECTURE, "reads 25.8 GB of weights", active * 2 / 1e9, 1)
    says(ARCHITECTURE, "0.75 to the 16th, 1 %", 100 * 0.75**16)


def test_vocabulary_of_a_small_model() -> None:
    says(ARCHITECTURE, "are 65.5 million", 32_000 * 2048 / 1e6, 1)
    says(ARCHITECTURE, "128,000 x 2,048 are 262 million", 128_000 * 2048 / 1e6)
    says(ARCHITECTURE, "2.10 / ln 2 / 4.0 = 0.757", 2.10 / log(2) / 4.0, 3)
    says(ARCHITECTURE, "2.75 / ln 2 / 5.4 = 0.735", 2.75 / log(2) / 5.4, 3)
    says(ARCHITECTURE, "4 bytes = 16.8 GB", 8 * 4096 * 128_000 * 4 / 1e9, 1)
    says(ARCHITECTURE, "means 26 % fewer tokens", 100 * (1 - 4.0 / 5.4))
    untied = 2 * 128_000 * 2048
    model = 1.1e9 - 2 * 32_000 * 2048 + untied
    says(ARCHITECTURE, "becomes 1.49B", model / 1e9, 2)
    says(ARCHITECTURE, "and 35 % of it is vocabulary", 100 * untied / model)


def test_growth_of_the_residual_stream() -> None:
    says(ARCHITECTURE, "the variance at the end is 121, the rms 11", sqrt(1 + 120))
    says(WIDTH, "its rms is 11", sqrt(1 + 120))
    says(WIDTH, "changes it by 9 %", 100 / sqrt(121))
    says(WIDTH, "1/sqrt(2L), 0.09 for 60 layers", 1 / sqrt(120), 2)
    says(WIDTH, "hidden rates fall by 32", 8192 / 256)


def test_compute_optimal_models() -> None:
    size = sqrt(6e23 / 120)
    says(SCALING, "N = 70.7 billion", size / 1e9, 1)
    says(SCALING, "D = 1.41 trillion", 20 * size / 1e12, 2)
    says(SCALING, "2e25 gives 408 billion", sqrt(2e25 / 120) / 1e9)
    says(SCALING, "and 8.2 trillion", 20 * sqrt(2e25 / 120) / 1e12, 1)
    says(SCALING, "the 20:1 model has a loss of 1.936", loss(size, 20 * size), 3)
    says(SCALING, "tokens (1,562 per parameter) 1.953", loss(8e9, 12.5e12), 3)
    says(SCALING, "costs 0.017 nats", loss(8e9, 12.5e12) - loss(size, 20 * size), 3)
    says(SCALING, "8.8 times less compute", size / 8e9, 1)
    says(SCALING, "limited by data (0.163)", 410.7 / (20 * size) ** 0.28, 3)
    says(SCALING, "by parameters (0.175)", 406.4 / 8e9**0.34, 3)
    says(OPTIMISATION, "The 8B gets D = 6e23 / (6 x 8e9) = 12.5 trillion", 6e23 / 6 / 8e9 / 1e12, 1)


def test_minimum_of_the_published_fit() -> None:
    ratio = (0.34 * 406.4 / (0.28 * 410.7)) ** (1 / 0.62)
    size = ratio * 1e23 ** (0.28 / 0.62)
    tokens = 1e23 / size
    says(SCALING, "minimum there is 33 billion", size / 1e9)
    says(SCALING, "on 3.0 trillion tokens", tokens / 1e12, 1)
    says(SCALING, "93 per parameter", tokens / size)
    says(SCALING, "at 1.929", loss(size, tokens), 3)
    says(OPTIMISATION, "3.0 trillion tokens, 1.929", loss(size, tokens), 3)


def test_proxies_for_one_percent() -> None:
    says(OPTIMISATION, "1 % is 8.4e20", 0.01 * 6 * 7e9 * 2e12 / 1e20, 1)
    says(OPTIMISATION, "each cost 4.3e20", 12 * 6 * 3e8 * 2e10 / 1e20, 1)
    says(OPTIMISATION, "30 billion, 3.6e20", 2 * 6 * 1e9 * 3e10 / 1e20, 1)
    says(OPTIMISATION, "3.2 epochs of what exists", 2e25 / (6 * 70e9) / 15e12, 1)


def test_break_even_of_overtraining() -> None:
    size = sqrt(6e23 / 120)
    rest = loss(size, 20 * size) - 1.69 - 406.4 / 8e9**0.34
    tokens = (410.7 / rest) ** (1 / 0.28)
    extra = 6 * 8e9 * (tokens - 12.5e12)
    says(SCALING, "needs 26.8 trillion tokens", tokens / 1e12, 1)
    says(SCALING, "6.9e23 FLOP more", extra / 1e23, 1)
    says(SCALING, "after 5.5 trillion served", extra / (2 * (size - 8e9)) / 1e12, 1)
    says(SCALING, "are 1.4 epochs", 12.5 / 9, 1)
    says(OPTIMISATION, "Break-even at 5.5 trillion served tokens", extra / (2 * (size - 8e9)) / 1e12, 1)
    says(OPTIMISATION, "about 15 billion a day", extra / (2 * (size - 8e9)) / 365 / 1e9)


def test_isoflop_grid() -> None:
    budgets = [1e20, 3e20, 1e21, 3e21, 1e22, 3e22]
    says(SCALING, "cost 2.2e23", 5 * sum(budgets) / 1e23, 1)
    says(OPTIMISATION, "5 x 4.44e22 = 2.2e23", 5 * sum(budgets) / 1e23, 1)
    says(OPTIMISATION, "2.2e23, 37 % of the budget", 100 * 5 * sum(budgets) / 6e23)
    says(OPTIMISATION, "would bring it to 7.2e23", 5 * (sum(budgets) + 1e23) / 1e23, 1)
    says(OPTIMISATION, "a factor of 667", 2e25 / 3e22)
    says(OPTIMISATION, "2e25 takes 36 days", 2e25 / (16_384 * 989e12 * 0.4) / 86_400)
    says(OPTIMISATION, "D = 2e25 / 4.2e11 = 48 trillion", 2e25 / (6 * 70e9) / 1e12)


def test_timescale_of_weight_decay() -> None:
    rate = 3e-4 * 0.1
    says(OPTIMISERS, "a memory of 33,333 steps", 1 / rate)
    says(OPTIMISERS, "keeps 55 %", 100 * exp(-20_000 * rate))
    says(OPTIMISERS, "and 0.25 % after 200,000", 100 * exp(-200_000 * rate), 2)
    says(OPTIMISATION, "doubles the timescale to 66,667 steps", 2 / rate)


def test_cosine_and_trunk() -> None:
    def cosine(part: float) -> float:
        return 0.1 + 0.9 * (1 + cos(part * pi)) / 2

    says(OPTIMISERS, "stands at 0.285", cosine(0.7), 3)
    says(OPTIMISERS, "jump to 0.754", cosine(0.35), 3)
    says(OPTIMISATION, "a jump by 2.6", cosine(0.35) / cosine(0.7), 1)
    lengths = [0.25, 0.5, 1, 2]
    trunk = 0.8 * 2 + 0.2 * sum(lengths)
    says(OPTIMISERS, "cost 3.75 trillion tokens", sum(lengths), 2)
    says(OPTIMISERS, "and 2.35 trillion as one trunk", trunk, 2)
    says(OPTIMISATION, "2.35 trillion, 37 % less", 100 * (1 - trunk / sum(lengths)))


def test_overhead_of_muon() -> None:
    short, wide = 4096, 14_336
    flop = 5 * (4 * short**2 * wide + 2 * short**3)
    says(OPTIMISERS, "that is 5.5 TFLOP", flop / 1e12, 1)
    says(OPTIMISERS, "0.4 % of the matrix's", 100 * flop / (6 * short * wide * 4_194_304), 1)
    says(OPTIMISERS, "and 12 % at 131,072", 100 * flop / (6 * short * wide * 131_072))
    says(OPTIMISERS, "24 here", 0.2 * sqrt(wide))
    says(OPTIMISATION, "4.19 million tokens = 1,478 TFLOP", 6 * short * wide * 4_194_304 / 1e12)
    says(OPTIMISATION, "1/sqrt(max(m, n)) = 0.0084", 1 / sqrt(wide), 4)
    says(OPTIMISATION, "28 GB of 7B", 4 * 7)


def test_epochs_and_minhash() -> None:
    says(DATA, "textbooks are 16.7 epochs", 200 / 12, 1)
    says(DATA, "of code 6.7", 400 / 60, 1)
    says(DATA, "at 48 billion, 2.4 %", 100 * 4 * 12 / 2000, 1)
    says(DATA, "3 % at 0.6", 100 * caught(0.6))
    says(DATA, "18 % at 0.7", 100 * caught(0.7))
    says(DATA, "68 % at 0.8", 100 * caught(0.8))
    says(DATA, "99.7 % at 0.9", 100 * caught(0.9), 1)
    says(DATA, "(1/b)^(1/r) = 0.79", (1 / 20) ** (1 / 13), 2)
    says(OPTIMISATION, "18 % at 0.7, 68 % at 0.8, 99.7 % at 0.9", 100 * caught(0.8))


def test_preference_margins() -> None:
    says(PREFERENCE, "ln 2 = 0.693", log(2), 3)
    says(PREFERENCE, "margin 2.7, loss 0.065", log(1 + exp(-0.1 * (-18 + 45))), 3)
    says(POSTTRAINING, "Margin 2.7, loss log(1 + e^-2.7) = 0.065", log(1 + exp(-2.7)), 3)
    says(POSTTRAINING, "reward -1.8", 0.1 * -18, 1)
    says(POSTTRAINING, "reward -4.5", 0.1 * -45, 1)


def test_reward_optimum() -> None:
    def reward(distance: float) -> float:
        return distance * (0.72 - 0.38 * log(distance))

    top = exp(0.72 / 0.38 - 1)
    says(PREFERENCE, "that is 6.0 nats", top**2, 1)
    says(PREFERENCE, "costs 1.8 nats", log(16) - 15 / 16, 1)
    says(POSTTRAINING, "d = 2.45, KL = 6.0 nats", top**2, 1)
    says(POSTTRAINING, "with a value of 0.93", reward(top), 2)
    says(POSTTRAINING, "At KL 4 it is 0.91", reward(2), 2)
    says(POSTTRAINING, "at 45 it is -0.02", reward(sqrt(45)), 2)


def test_flat_groups_and_advantages() -> None:
    for path in (PREFERENCE, POSTTRAINING):
        says(path, "0.8 % at", 100 * flat(0.5), 1)
        says(path, "43 % at 0.9", 100 * flat(0.9))
        says(path, "85 % at 0.02", 100 * flat(0.02))
        deviation = sqrt(1 / 8 * 7 / 8)
        says(path, "+2.65", 7 / 8 / deviation, 2)
        says(path, "-0.38", -1 / 8 / deviation, 2)
        says(path, "2.47 and -0.35", 7 / 8 / (deviation * sqrt(8 / 7)), 2)
        says(path, "2.47 and -0.35", -1 / 8 / (deviation * sqrt(8 / 7)), 2)


def test_votes_and_verifiers() -> None:
    says(SAMPLING, "99.0 % at 0.6", 100 * (1 - 0.4**5), 1)
    says(SAMPLING, "83.2 % at 0.3", 100 * (1 - 0.7**5), 1)
    says(SAMPLING, "turn 0.6 into 68.3 %", 100 * majority_of_five(0.6), 1)
    says(SAMPLING, "0.3 into 16.3 %", 100 * majority_of_five(0.3), 1)
    says(SAMPLING, "falls to 42.3 %", 50 * (majority_of_five(0.6) + majority_of_five(0.3)), 1)
    says(SAMPLING, "0.27/0.34 = 79 % right", 100 * 0.27 / 0.34)
    says(SAMPLING, "after 2.9 draws", 1 / 0.34, 1)
    says(POSTTRAINING, "0.54/0.58 = 93 %", 100 * 0.54 / 0.58)
    says(POSTTRAINING, "Together 86 %", 50 * (0.27 / 0.34 + 0.54 / 0.58))


def test_price_of_a_wrong_answer() -> None:
    says(SAMPLING, "75 % for three", 100 * 3 / 4)
    says(SAMPLING, "equal at a cost of 0.30", (62 - 55) / (38 - 15), 2)
    says(POSTTRAINING, "62 - 3 x 38 = -52", 62 - 3 * 38)
    says(POSTTRAINING, "55 - 45 = +10", 55 - 45)
    says(POSTTRAINING, "in 55/70 = 79 %", 100 * 55 / 70)


def test_memory_of_a_quantised_fine_tune() -> None:
    blocks = 80 * (2 * 8192**2 + 2 * 8192 * 1024 + 3 * 8192 * 28_672)
    ends = 2 * 128_256 * 8192
    adapters = 80 * 16 * (2 * (8192 + 8192) + 2 * (8192 + 1024) + 3 * (8192 + 28_672))
    says(POSTTRAINING, "= 856 million, 68.5 billion", blocks / 1e9, 1)
    says(POSTTRAINING, "is 4.5 bits: 38.5 GB", blocks * 4.5 / 8e9, 1)
    says(POSTTRAINING, "= 0.127 bits", 8 / 64 + 32 / (64 * 256), 3)
    says(POSTTRAINING, "so 4.127 bits: 35.3 GB", blocks * (4 + 8 / 64 + 32 / (64 * 256)) / 8e9, 1)
    says(POSTTRAINING, "2.1 billion, 4.2 GB", ends * 2 / 1e9, 1)
    says(POSTTRAINING, "207 million in all", adapters / 1e6)
    says(POSTTRAINING, "16 bytes each, 3.3 GB", adapters * 16 / 1e9, 1)
    says(POSTTRAINING, "2 bytes x 80 = 5.4 GB", 4096 * 8192 * 2 * 80 / 1e9, 1)
    says(POSTTRAINING, "1.13 TB for 70.6 billion", (blocks + ends) / 1e9, 1)


def test_pruning_against_training() -> None:
    distil = 6 * 4e9 * 1e11 + 2 * 8e9 * 1e11
    says(POSTTRAINING, "together 4e21", distil / 1e21)
    says(POSTTRAINING, "6 x 4e9 x 15e12 = 3.6e23", 6 * 4e9 * 15e12 / 1e23, 1)
    says(POSTTRAINING, "times 100 billion = 25.7 PB", 128_256 * 2 * 1e11 / 1e15, 1)
    says(POSTTRAINING, "are 384 bytes, 38 TB", 384 * 1e11 / 1e12)


def test_step_of_reasoning_rl() -> None:
    tokens = 512 * 16 * 12_000
    generate = tokens / (64 * 2500)
    train = 6 * 3e9 * tokens / (64 * 989e12 * 0.3)
    says(POSTTRAINING, "12,000 = 98 million tokens", tokens / 1e6)
    says(POSTTRAINING, "160,000 per second, 614 s", generate)
    says(POSTTRAINING, "1.9e16 per second, 93 s", train)
    says(POSTTRAINING, "So 87 % is generation", 100 * generate / (generate + train))
    says(POSTTRAINING, "alone needs 533 s", 32_000 / 60)


def test_guard_at_a_low_base_rate() -> None:
    right, wrong = 0.95 * 5000, 0.01 * (5e6 - 5000)
    says(POSTTRAINING, "4,750 caught", right)
    says(POSTTRAINING, "is 49,950", wrong)
    says(POSTTRAINING, "54,700 blocks 8.7 % are right", 100 * right / (right + wrong), 1)
    says(POSTTRAINING, "standard errors of 1.8 and", 100 * sqrt(0.09 * 0.91 / 250), 1)
    says(POSTTRAINING, "and 3.0 points", 100 * sqrt(0.34 * 0.66 / 250), 1)


def test_flow_matching_times() -> None:
    says(FLOW, "maps 0.5 to 0.667", shifted(0.5, 2), 3)
    says(FLOW, "become 1, 0.9, 0.75, 0.5", shifted(0.75, 3), 1)
    says(FLOW, "so it becomes 4", 4 * ((1 - 0.5) / 0.5) ** 2)
    says(FLOW, "a mix of 0.7 gives 0.82", 0.7 / 1.35 + 0.3, 2)
    says(GENERATIVE, "turns 0.5 into 0.667", shifted(0.5, 2), 3)
    says(GENERATIVE, "0.7/1.35 + 0.3 = 0.82", 0.7 / 1.35 + 0.3, 2)


def test_video_tokens_and_flop() -> None:
    tokens = (1 + 120 // 8) * (720 // 16) * (1280 // 16)
    linear, attention = 24 * 4096**2, 4 * tokens * 4096
    quarter = tokens / 4 * (linear + attention / 4)
    says(FLOW, "16 x 45 x 80 = 57,600 tokens", tokens)
    says(FLOW, "24 d^2 = 0.40 GFLOP", linear / 1e9, 2)
    says(FLOW, "4 L d = 0.94", attention / 1e9, 2)
    says(FLOW, "in attention, 70 %", 100 * attention / (linear + attention))
    says(FLOW, "is 8.4 times less work", tokens * (linear + attention) / quarter, 1)
    total = 70 * tokens * 32 * (linear + attention)
    says(GENERATIVE, "At 400 TFLOP/s 434 s", total / 400e12)
    says(GENERATIVE, "about 6.4 s on 8 GPUs", 70 * 32 * quarter / 400e12 / 8, 1)


def test_tokens_of_an_image() -> None:
    says(GENERATIVE, "336/14 = 24 patches along a side, 576 tokens", (336 // 14) ** 2)
    says(GENERATIVE, "it is 5 x 576 = 2,880 tokens", 5 * 576)
    says(GENERATIVE, "2,880 x 128 KiB = 377 MB", 2880 * 131_072 / 1e6)
    says(GENERATIVE, "2,880 = 46 TFLOP", 2 * 8e9 * 2880 / 1e12)
    says(GENERATIVE, "A line of 42 pixels becomes 4 pixels", 42 * 336 / 3508)
    says(GENERATIVE, "cost 13 x 144 = 1,872 tokens", 13 * 144)
    says(GENERATIVE, "4,096 x 4,096 = 21 million", (1024 * 4096 + 4096 * 4096) / 1e6)


def test_codebook_bits() -> None:
    says(GENERATIVE, "log2 37 = 5.2 bits", log2(37), 1)
    says(GENERATIVE, "1,334 bits per image", 256 * log2(37))
    says(GENERATIVE, "of 3,328", 256 * 13)
    says(GENERATIVE, "8 x 8 x 8 x 6 x 5 = 15,360", 8 * 8 * 8 * 6 * 5)


def test_frames_of_fast_speech() -> None:
    says(GENERATIVE, "12 seconds give 150 frames", 12 / 0.08)
    says(GENERATIVE, "190 + 9 = 199 frames", 190 + 9)
    says(GENERATIVE, "(1 + 1 + 2)/12 = 33 %", 100 * 4 / 12)


def test_forecast_scores() -> None:
    says(GENERATIVE, "RMSE 14.1", sqrt((0 + 20**2) / 2), 1)
    says(GENERATIVE, "half of it 5, so 5", 10 - (0 + 20 + 20 + 0) / 4 / 2)


def test_simulations_for_two_percent() -> None:
    needed = 800 * 1.5 ** (1 / 0.35)
    says(GENERATIVE, "1.5^(1/0.35) = 2,550", needed, -1)
    says(GENERATIVE, "10.5 million core-hours", (needed - 800) * 6000 / 1e6, 1)


def test_first_losses() -> None:
    says(FIRST, "ln 50 = 3.91", log(50), 2)
    says(FIRST, "ln 128,256 = 11.76", log(128_256), 2)
    says(FIRST, "6.24 means 512", log(512), 2)
    says(FIRST, "10.40 means 32,768", log(32_768), 2)
    says(FIRST, "ln 32 = 3.47", log(32), 2)
    says(FUNDAMENTALS, "ln 32 = 3.466", log(32), 3)
    says(FUNDAMENTALS, "67 MB in fp32 per direction", 512 * 32_768 * 4 / 1e6)
    says(FUNDAMENTALS, "the matrix costs 4.3 GB", 32_768**2 * 4 / 1e9, 1)


def test_prior_bias_of_a_detector() -> None:
    says(FIRST, "cost 69,315 at p = 0.5", 1e5 * log(2))
    says(FIRST, "-ln 99 = -4.6", -log(99), 1)
    says(FIRST, "negatives then cost 1,005", -1e5 * log(0.99))
    says(FIRST, "and positives 92", -20 * log(0.01))
    says(FUNDAMENTALS, "the 20 positives about 14", 20 * log(2))


def test_convolutional_stem() -> None:
    separable = 9 * 64 + 64 * 128
    says(FUNDAMENTALS, "3 x 64 = 9,408", 49 * 3 * 64)
    says(FUNDAMENTALS, "73,728 x 3,136 = 231 million", 9 * 64 * 128 * 56 * 56 / 1e6)
    says(FUNDAMENTALS, "576 + 8,192 = 8,768 weights", separable)
    says(FUNDAMENTALS, "73,728 / 8,768 = 8.4", 9 * 64 * 128 / separable, 1)
    says(FUNDAMENTALS, "so 19 pixels", 7 + 2 * 2 + 2 * 4)
    says(FUNDAMENTALS, "give 19 + 96 = 115", 19 + 8 * (2 + 4 + 6))


def test_sampling_errors_of_rates() -> None:
    says(FUNDAMENTALS, "plus or minus 2.6 points", 196 * sqrt(0.165 * 0.835 / 800), 1)
    says(FUNDAMENTALS, "a standard error of 1.4 points", 100 * sqrt(0.91 * 0.09 / 400), 1)
    says(FUNDAMENTALS, "is plus or minus 10 points", 196 * sqrt(0.91 * 0.09 / 30))
    says(FUNDAMENTALS, "9 x 24 x 256 = 55,000 GPU hours", 9 * 24 * 256, -3)
    says(FUNDAMENTALS, "above 1/31, about 3.2 %", 100 / 31, 1)


def test_kinds_of_a_collapsed_generator() -> None:
    entropy = -0.9 * log(0.9) - 0.1 * log(0.1 / 11)
    says(FUNDAMENTALS, "entropy 0.565 nats", entropy, 3)
    says(FUNDAMENTALS, "exp of it 1.8 of 12", exp(entropy), 1)
    says(FUNDAMENTALS, "a loss of 2 ln 2 = 1.39", 2 * log(2), 2)


def test_false_negatives_of_mining() -> None:
    says(FUNDAMENTALS, "1/(1 + e^-1) = 0.73", 1 / (1 + exp(-(0.80 - 0.78) / 0.02)), 2)
    says(FUNDAMENTALS, "plus or minus 6.4 points", 196 * sqrt(0.31 * 0.69 / 200), 1)
    says(FUNDAMENTALS, "1 - 0.69^10 = 98 %", 100 * (1 - 0.69**10))
