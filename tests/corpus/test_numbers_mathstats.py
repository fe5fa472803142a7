"""Figures in the questions and notes on mathematics and statistics that follow from others by arithmetic."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import comb, exp, factorial, log, log2, pi, sqrt
from statistics import NormalDist

import pytest
from computed import says

PROBABILITY = "questions/mathstats-probability.yaml"
INFERENCE = "questions/mathstats-inference.yaml"
LINEAR = "questions/mathstats-linear.yaml"
CHOICES = "questions/assessment-choices.yaml"
QUEUES = "notes/queueing-utilisation-knee.md"
CHANCES = "notes/maxima-collisions-coverage.md"
CONDITION = "notes/conditioning-and-convergence.md"
EXPERIMENTS = "notes/experiments-peeking-cuped-interference.md"
ENTROPY = "notes/entropy-bounds-and-importance-weights.md"

NORMAL = NormalDist()


def harmonic(n: int) -> float:
    return sum(1 / i for i in range(1, n + 1))


@cache
def expected_maximum(n: int) -> float:
    """Of n standard normal values: the integral of 1 - F^n above zero minus that of F^n below it."""
    step = 0.002
    grid = [(i + 0.5) * step for i in range(4_500)]
    return step * sum(1 - NORMAL.cdf(x) ** n - NORMAL.cdf(-x) ** n for x in grid)


def any_of(n: int, p: float) -> float:
    return 1 - (1 - p) ** n


def erlang_c(servers: int, load: float) -> float:
    blocked = 1.0
    for i in range(1, servers + 1):
        blocked = load * blocked / (i + load * blocked)
    rho = load / servers
    return blocked / (1 - rho + rho * blocked)


def wait(servers: int, load: float, service: float = 1.0, cv2: float = 1.0) -> float:
    return erlang_c(servers, load) / (servers - load) * service * (1 + cv2) / 2


def poisson_spares(mean: float, cover: float = 0.99) -> int:
    """The smallest s with P(N <= s) >= cover."""
    total, s = exp(-mean), 0
    while total < cover:
        s += 1
        total += exp(-mean) * mean**s / factorial(s)
    return s


def overdispersed_spares(mean: float, ratio: float, cover: float = 0.99) -> int:
    """As above for a negative binomial whose variance is `ratio` times its mean."""
    r, q = mean / (ratio - 1), 1 / ratio
    probability, total, s = q**r, q**r, 0
    while total < cover:
        probability *= (r + s) / (s + 1) * (1 - q)
        s += 1
        total += probability
    return s


def test_collisions_of_a_hash() -> None:
    n = 2.5e9
    says(PROBABILITY, "728 million colliding pairs", n**2 / 2**33 / 1e6)
    says(PROBABILITY, "1.895 billion", 2**32 * (1 - exp(-n / 2**32)) / 1e9, 3)
    says(PROBABILITY, "24.2%", 100 * (1 - 2**32 * (1 - exp(-n / 2**32)) / n), 1)
    says(PROBABILITY, "0.17 expected pairs", n**2 / 2**65, 2)
    says(PROBABILITY, "about 16%", 100 * (1 - exp(-(n**2) / 2**65)))
    says(PROBABILITY, "20 GB for the hashes", n * 8 / 1e9)
    assert 81 < 2 * log2(n) - 1 + log2(1e6) < 82
    says(CHANCES, "77,000 values", 1.1774 * 2**16, -3)
    says(CHANCES, "5.1 billion", 1.1774 * 2**32 / 1e9, 1)
    says(CHANCES, "0.027 pairs", 1e18 / 2**65, 3)


def test_tokens_of_a_speculative_round() -> None:
    for drafts, tokens, gain in (
        (4, "3.36/1.4", 2.40),
        (5, "3.69/1.5", 2.46),
        (6, "3.95/1.6", 2.47),
        (8, "4.33/1.8", 2.40),
    ):
        mean = (1 - 0.8 ** (drafts + 1)) / 0.2
        says(PROBABILITY, tokens, mean, 2)
        says(PROBABILITY, f"{tokens} = {gain:.2f}", mean / (1 + drafts / 10), 2)


def test_bytes_and_noise_of_gumbel_sampling() -> None:
    says(PROBABILITY, "16,032 columns", 128_256 / 8)
    says(PROBABILITY, "131 MB gathered", 256 * 128_256 * 4 / 1e6)
    says(PROBABILITY, "16 KB", 256 * 8 * 8 / 1024)
    says(PROBABILITY, "16.6", -log(-log(1 - 2**-24)), 1)
    says(ENTROPY, "the noise ends at 16.6", -log(-log(1 - 2**-24)), 1)


def test_step_time_of_many_ranks() -> None:
    few, many = 400 + 8 * expected_maximum(8), 400 + 8 * expected_maximum(1024)
    stall = any_of(1024, 1 / 5000)
    says(PROBABILITY, "1.42 x 8 = 411 ms", few)
    says(PROBABILITY, "3.25 x 8 = 426 ms", many)
    says(PROBABILITY, "= 18.5%", 100 * stall, 1)
    says(PROBABILITY, "= 569 ms", many + stall * (1200 - many))
    says(PROBABILITY, "costs 143 ms", stall * (1200 - many))
    says(PROBABILITY, "they cost 3 ms more", 8 * (expected_maximum(4096) - expected_maximum(1024)))
    says(PROBABILITY, "gains about 68 ms", (stall - any_of(1024, 1 / 10_000)) * (1200 - many))


def test_expected_maxima() -> None:
    table = {8: "1.42", 64: "2.34", 512: "3.04", 1024: "3.25", 4096: "3.63"}
    for n, text in table.items():
        says(CHANCES, f"| {text} |", expected_maximum(n), 2)
    says(CHANCES, "7.5 for 1,024", harmonic(1024), 1)
    says(CHANCES, "costs 26 ms", 8 * expected_maximum(1024))


def test_single_queue() -> None:
    says(PROBABILITY, "50/0.3 = 167 ms", 50 / 0.3)
    says(PROBABILITY, "50/0.1 = 500 ms", 50 / 0.1)
    says(PROBABILITY, "0.77 s before", log(100) / 6, 2)
    says(PROBABILITY, "2.3 s now", log(100) / 2, 1)
    says(PROBABILITY, "W = 91 ms", 50 / 0.55)
    says(PROBABILITY, "= 63 ms", 50 / (1 - 0.45**2))
    says(PROBABILITY, "W = 275 ms", 50 + 450 / 2)
    for rho, mean in ((0.5, "2.0"), (0.7, "3.3"), (0.8, "5.0"), (0.9, "10.0"), (0.95, "20.0")):
        p99 = log(100) / (1 - rho)
        says(QUEUES, f"| {rho} | {mean} S | {p99:.1f} S |", 1 / (1 - rho), 1)
        says(QUEUES, f"| {rho} | {mean} S | {p99:.1f} S |", p99, 1)


def test_pooled_queues() -> None:
    for servers, text in ((1, "9.0"), (2, "4.3"), (4, "2.0"), (8, "0.88"), (16, "0.37"), (32, "0.14")):
        says(QUEUES, f"| {text} |", wait(servers, 0.9 * servers), len(text) - 2)
    levers = {
        "wait 3.5 s": (wait(8, 7.2, 2, 3), 1),
        "server: 0.96 s": (wait(9, 7.2, 2, 3), 2),
        "faster: 1.14 s": (wait(8, 6.48, 1.8, 3), 2),
        "1: 1.75 s": (wait(8, 7.2, 2), 2),
        "pooled: 1.48 s": (wait(16, 14.4, 2, 3), 2),
        "traffic: 2.02 s": (wait(8, 6.84, 2, 3), 2),
    }
    for phrase, (value, digits) in levers.items():
        says(QUEUES, phrase, value, digits)
    says(CHOICES, "8 servers and 7.2 erlangs is 0.70", erlang_c(8, 7.2), 2)
    says(CHOICES, "All four: 0.57 s", wait(32, 28.8, 2, 3), 2)


def test_length_biased_jobs() -> None:
    hours, shares = (0.2, 2.0, 30.0), (0.80, 0.15, 0.05)
    mean = sum(s * h for h, s in zip(hours, shares, strict=True))
    square = sum(s * h * h for h, s in zip(hours, shares, strict=True))
    says(PROBABILITY, "= 1.96 hours", mean, 2)
    says(PROBABILITY, "= 45.6", square, 1)
    says(PROBABILITY, "23.3 hours", square / mean, 1)
    says(PROBABILITY, "11.6 hours", square / mean / 2, 1)
    says(PROBABILITY, "1.96 = 77%", 100 * 1.5 / mean)
    says(PROBABILITY, "6.5% of the GPU time", 100 * 0.128 / mean, 1)


def test_effective_samples_of_long_rollouts() -> None:
    says(PROBABILITY, "exp(-0.8) = 45%", 100 * exp(-0.8))
    says(PROBABILITY, "17% remain", 100 * exp(-1.8))
    says(PROBABILITY, "14 rollouts carry", 512 * exp(-3.6))
    says(PROBABILITY, "from 20 to 67%", 100 * exp(-1.6))
    says(PROBABILITY, "from 20 to 67%", 100 * exp(-0.4))
    for s, row in ((0.01, (90, 82, 67)), (0.02, (67, 45, 20))):
        for tokens, share in zip((1000, 2000, 4000), row, strict=True):
            says(ENTROPY, f"{share}%", 100 * exp(-tokens * s * s))
    says(ENTROPY, "2.7%", 100 * exp(-3.6), 1)


def test_truncated_weights() -> None:
    variance, cap = 0.8, log(2)
    s, m = sqrt(variance), -variance / 2
    above = 1 - NORMAL.cdf((cap - m) / s)
    mean = NORMAL.cdf((cap - m - variance) / s) + 2 * above
    square = exp(variance) * NORMAL.cdf((cap - m - 2 * variance) / s) + 4 * above
    says(PROBABILITY, "cuts 15% of the mean weight", 100 * (1 - mean))
    says(PROBABILITY, "from 1.23 to 0.36", exp(variance) - 1, 2)
    says(PROBABILITY, "from 1.23 to 0.36", square - mean**2, 2)


def test_states_of_a_node() -> None:
    degraded = 0.004 / 0.70
    down = (0.001 + 0.10 * degraded) / 0.50
    healthy = 1 / (1 + degraded + down)
    says(PROBABILITY, "healthy 99.12%", 100 * healthy, 2)
    says(PROBABILITY, "degraded 0.57%", 100 * degraded * healthy, 2)
    says(PROBABILITY, "down 0.31%", 100 * down * healthy, 2)
    says(PROBABILITY, "0.9912^256 = 10.5%", 100 * healthy**256, 1)
    # a = 1 + 0.995 a + 0.004 b and b = 1 + 0.60 a + 0.30 b
    a = (1 + 0.004 / 0.70) / (0.005 - 0.004 * 0.60 / 0.70)
    says(PROBABILITY, "a = 640 hours", a)
    says(PROBABILITY, "b = 550", (1 + 0.60 * a) / 0.70)
    says(PROBABILITY, "0.636 come unannounced", 0.001 / 0.005 / (1 - 0.8 * 0.60 / 0.70), 3)


def test_spares_of_a_fleet() -> None:
    assert (poisson_spares(4), poisson_spares(32)) == (9, 46)
    assert (overdispersed_spares(4, 3), overdispersed_spares(32, 3)) == (15, 58)
    says(PROBABILITY, "clusters hold 72", 8 * poisson_spares(4))
    says(PROBABILITY, "Saving: 26 nodes", 8 * poisson_spares(4) - poisson_spares(32))
    says(PROBABILITY, "120 in all", 8 * overdispersed_spares(4, 3))
    says(PROBABILITY, "the pool needs 58", overdispersed_spares(32, 3))
    says(PROBABILITY, "31 and 21 spares", poisson_spares(20))
    says(PROBABILITY, "31 and 21 spares", poisson_spares(12))
    says(PROBABILITY, "42 and 29 with", overdispersed_spares(20, 3))
    says(PROBABILITY, "42 and 29 with", overdispersed_spares(12, 3))
    says(PROBABILITY, "spares down to 48", 8 * poisson_spares(2))


def test_bits_per_byte() -> None:
    a, b = 1.92 / 4.1 / log(2), 2.16 / 4.8 / log(2)
    for path in (INFERENCE, ENTROPY):
        says(path, "0.676", a, 3)
        says(path, "0.649", b, 3)
    says(INFERENCE, "by 3.9%", 100 * (1 - b / a), 1)
    says(INFERENCE, "16.2 MB", 200 * b / 8, 1)
    says(INFERENCE, "41.7 million against 48.8 million", 200 / 4.8, 1)
    says(ENTROPY, "10.82 for 50,257", log(50_257), 2)


def test_pass_at_k() -> None:
    says(INFERENCE, "6188/15504 = 0.601", 1 - comb(17, 5) / comb(20, 5), 3)
    says(INFERENCE, "where the plug-in says 0.556", 1 - 0.85**5, 3)

    def plug_in(p: float) -> float:
        return sum(comb(20, c) * p**c * (1 - p) ** (20 - c) * (1 - (1 - c / 20) ** 5) for c in range(21))

    says(INFERENCE, "the plug-in is 0.518", plug_in(0.15), 3)
    says(INFERENCE, "at 0 give 0.416", (1 - 0.7**5) / 2, 3)
    says(INFERENCE, "report 51.5,", 100 * (0.25 * plug_in(0.95) + 0.42 * plug_in(0.2)), 1)
    says(INFERENCE, "and 85.6%", 100 * (1 - (1 - 0.25 * 0.95 - 0.42 * 0.2) ** 5), 1)


def test_regression_to_the_mean() -> None:
    worst = NORMAL.pdf(NORMAL.inv_cdf(0.05)) / 0.05  # of very many; 2.05 for 20 of 400
    assert worst == pytest.approx(2.05, abs=0.02)
    says(INFERENCE, "2.05 x 5 = 89.7", 100 - 2.053 * 5, 1)
    says(INFERENCE, "0.4 x 10.3 = 95.9", 100 - 0.4 * 2.053 * 5, 1)
    says(INFERENCE, "a standard error of 2.05 per week", 5 * sqrt(0.84 * 2 / 10), 2)
    says(INFERENCE, "some 33 weeks", (5 * sqrt(0.84 * 2 / 10) * 2.8) ** 2)
    says(INFERENCE, "= 0.73", 1.6 / 2.2, 2)


def test_sample_size_and_peeking() -> None:
    power = (NORMAL.inv_cdf(0.975) + NORMAL.inv_cdf(0.8)) ** 2
    says(EXPERIMENTS, "n = 15.7", 2 * power, 1)
    says(EXPERIMENTS, "72,200 users", 2 * power * 0.0736 / 0.004**2, -2)
    says(INFERENCE, "72,800", 14 * 5200)
    says(INFERENCE, "= 0.47", 1.96 * 100 * sqrt(2 * 0.0736 / 26_000), 2)
    says(EXPERIMENTS, "7.9 at the first", 2.1 * sqrt(14), 1)
    says(EXPERIMENTS, "z = 3.0", 600 / sqrt(40_600), 1)


def crossing(looks: int, bound: float = 1.96) -> float:
    """P(|z| > bound at one of equally spaced looks), by carrying the density of the sum from look to look."""
    step = 0.05
    edge = bound
    density = {
        round(i * step, 4): NORMAL.pdf(i * step) for i in range(-int(edge / step), int(edge / step) + 1)
    }
    for look in range(2, looks + 1):
        reach = int(bound * sqrt(look) / step)
        new = {}
        for i in range(-reach, reach + 1):
            s = i * step
            new[round(s, 4)] = step * sum(p * NORMAL.pdf(s - x) for x, p in density.items() if abs(s - x) < 6)
        density = new
    return 1 - step * sum(density.values())


def test_error_of_repeated_looks() -> None:
    """A coarse grid: one percentage point of tolerance."""
    shown = {2: 8, 5: 14, 10: 19, 14: 22, 28: 27}
    for looks, percent in shown.items():
        says(EXPERIMENTS, f"| {percent}% |", percent)
        assert 100 * crossing(looks) == pytest.approx(percent, abs=1)


def test_simpson() -> None:
    says(INFERENCE, "0.2 x 60 = 88.0", 0.8 * 95 + 0.2 * 60, 1)
    says(INFERENCE, "0.8 x 65 = 71.4", 0.2 * 97 + 0.8 * 65, 1)
    says(INFERENCE, "0.2 x 65 = 90.6%", 0.8 * 97 + 0.2 * 65, 1)
    says(INFERENCE, "77.5 against 81.0", (95 + 60) / 2, 1)
    says(INFERENCE, "77.5 against 81.0", (97 + 65) / 2, 1)


def test_forty_slices() -> None:
    p = (0.0002, 0.0008, 0.0021, 0.0049, 0.0088, 0.011, 0.019, 0.031, 0.042, 0.048)

    def rejected(q: float) -> int:
        return max(i for i, value in enumerate(p, 1) if value <= q * i / 40)

    assert (rejected(0.05), rejected(0.10)) == (4, 6)
    assert sum(value <= 0.05 / 40 for value in p) == 2
    says(INFERENCE, "probability 87%", 100 * any_of(40, 0.05))
    says(INFERENCE, "1/i = 4.28", harmonic(40), 2)
    says(EXPERIMENTS, "87% for m = 40", 100 * any_of(40, 0.05))


def test_ratio_metric_and_cuped() -> None:
    variance = (1500**2 - 2 * 150 * 0.6 * 1500 * 9 + 150**2 * 9**2) / 8**2
    difference = sqrt(2 * variance / 20_000)
    says(INFERENCE, "is 25,664", variance)
    says(INFERENCE, "1.13 tokens per arm", sqrt(variance / 20_000), 2)
    says(INFERENCE, "1.60 for the difference", difference, 2)
    says(INFERENCE, "1.06 for the difference", sqrt(2) * 300 / 400, 2)
    says(INFERENCE, "1.60 to 1.14", difference * sqrt(0.51), 2)
    says(INFERENCE, "4.5 to 3.2 tokens", 2.8 * difference, 1)
    says(INFERENCE, "4.5 to 3.2 tokens", 2.8 * difference * sqrt(0.51), 1)
    says(EXPERIMENTS, "0.51 at rho = 0.7", 1 - 0.7**2, 2)


def test_gap_of_a_lower_bound() -> None:
    x, noise = 1.5, 0.25
    exact = -0.5 * log(2 * pi * 1.25) - x**2 / 2.5

    def elbo(mean: float, variance: float) -> float:
        prior = 0.5 * (variance + mean**2 - 1 - log(variance))
        return -0.5 * log(2 * pi * noise) - ((x - mean) ** 2 + variance) / (2 * noise) - prior

    says(INFERENCE, "= -1.931", exact, 3)
    says(INFERENCE, "its ELBO is -2.031", elbo(1.0, 0.2), 3)
    says(INFERENCE, "would be -6.73", elbo(0.0, 1.0), 2)
    assert elbo(1.2, 0.2) == pytest.approx(exact)
    says(INFERENCE, "0.0020 bits per pixel", 1.1 / 784 / log(2), 4)


def test_shared_cluster() -> None:
    says(INFERENCE, "to 0.7725;", 0.75 * 1.03, 4)
    says(INFERENCE, "to 0.8625;", 0.75 * 1.15, 4)
    says(INFERENCE, "to 0.975.", 0.75 * 1.3, 3)
    for rho, waiting in ((0.7725, "3.4"), (0.8625, "6.3")):
        says(INFERENCE, f"{waiting}", rho / (1 - rho), 1)
    says(INFERENCE, "and 39 service times", 0.975 / 0.025)

    def wait_of(share: float) -> float:
        """Pollaczek-Khinchine, relative: arrivals stay, a share of the requests takes 1.3 times as long."""
        return (1 + 0.69 * share) / (1 - 0.75 * (1 + 0.3 * share))

    for share, ratio, digits in ((0.1, "1.17", 2), (0.5, "2.4", 1), (1.0, "17", 0)):
        assert f"{wait_of(share) / wait_of(0):.{digits}f}" == ratio
    says(INFERENCE, "is 1.17, 2.4 and 17 times the old one", wait_of(0.1) / wait_of(0), 2)
    says(INFERENCE, "= 1.3%, detectable 3.7%", 12 * sqrt(2 / 168), 1)
    says(INFERENCE, "= 1.3%, detectable 3.7%", 2.8 * 12 * sqrt(2 / 168), 1)


def test_spectrum_of_a_weight_matrix() -> None:
    energy = harmonic(64) / harmonic(4096)
    says(LINEAR, "4.74/8.90 = 53%", 100 * energy)
    says(LINEAR, "= 68%", 100 * sqrt(1 - energy))
    says(LINEAR, "= 2,985", 4096 * 11_008 / (4096 + 11_008))
    says(LINEAR, "about 3,750", exp(0.99 * harmonic(4096) - 0.5772), -1)
    says(LINEAR, "r of about 1,680", exp(0.9 * harmonic(4096) - 0.5772), -1)


def test_softmax_product() -> None:
    weights = [exp(2), exp(1), 1.0]
    p = [w / sum(weights) for w in weights]
    result = [p[0] * (1 - p[0]), -p[1] * p[0], -p[2] * p[0]]
    for value in result:
        says(LINEAR, "(0.223, -0.163, -0.060)", value, 3)
    says(LINEAR, "65.8 GB", 128_256**2 * 4 / 1e9, 1)


def test_digits_of_least_squares() -> None:
    says(LINEAR, "1/u = 1.7e7", 2**24 / 1e7, 1)
    says(LINEAR, "about 1.5: no digit", 5000**2 * 2**-24, 1)
    assert 4096**2 == 2**24
    says(CONDITION, "2,048 for fp16", 2**11)


def test_cosine_of_embeddings() -> None:
    says(LINEAR, "0.56 sigma", (0.3 - 0.25) / 0.09, 2)
    says(LINEAR, "and 29% of random pairs", 100 * (1 - NORMAL.cdf((0.3 - 0.25) / 0.09)))
    says(LINEAR, "0.09/0.75 = 0.12", 0.09 / 0.75, 2)
    says(LINEAR, "1/0.12^2 = 69 dimensions", 1 / 0.12**2)
    for eps, text in ((0.1, "13,816 dimensions for 10 million"), (0.3, "needs 1,791")):
        says(LINEAR, text, 4 * log(1e7) / (eps**2 / 2 - eps**3 / 3))


def test_steps_of_descent() -> None:
    steps = {100: ("691", "69"), 1000: ("6,908", "218"), 10_000: ("69,078", "691")}
    for kappa, (plain, heavy) in steps.items():
        says(CONDITION, f"| {plain} |", -log(1e-6) / -log((kappa - 1) / (kappa + 1)))
        says(CONDITION, f"| {heavy} |", -log(1e-6) / -log((sqrt(kappa) - 1) / (sqrt(kappa) + 1)))
    rate, beta = (2 / (sqrt(50) + sqrt(0.05))) ** 2, ((sqrt(1000) - 1) / (sqrt(1000) + 1)) ** 2
    says(LINEAR, "= 0.0752", rate, 4)
    says(LINEAR, "= 0.881", beta, 3)
    errors = [[1.0, 1.0], [1.0, 1.0]]
    while max(abs(value) for value in errors[-1]) > 1e-6:
        before, now = errors[-2], errors[-1]
        errors.append(
            [n - rate * h * n + beta * (n - b) for n, b, h in zip(now, before, (50, 0.05), strict=True)]
        )
    says(LINEAR, "a simulation needs 321", len(errors) - 2)


def test_sample_covariance() -> None:
    for path in (LINEAR, CONDITION):
        says(path, "0.086 to 2.91", (1 - sqrt(0.5)) ** 2, 3)
        says(path, "0.086 to 2.91", (1 + sqrt(0.5)) ** 2, 2)
        says(path, "number of 34", ((1 + sqrt(0.5)) / (1 - sqrt(0.5))) ** 2)
    says(LINEAR, "2,047/1,022 = 2.0", 2047 / 1022, 1)
    says(LINEAR, "about 2,050", 1024 * 2047 / 1022, -1)
    says(LINEAR, "at least 625 zero", 1024 - 399)
    says(LINEAR, "some 6e7", (1024 - 399) / 100)


def test_gradient_noise_scale() -> None:
    noise = (1.935 - 0.1186) / (1 / 32 - 1 / 1024)
    says(LINEAR, "= 60.0", noise, 1)
    says(LINEAR, "= 1,000 samples", noise / (0.1186 - noise / 1024), -1)
    for batch, steps, samples in (
        (256, "4.9 times", "1.26 times"),
        (1024, "1.98 and", "2.02"),
        (8192, "1.12 and 9.2", "9.2"),
    ):
        says(LINEAR, steps, 1 + 1000 / batch, len(steps.split()[0]) - 2)
        says(LINEAR, samples, 1 + batch / 1000, len(samples.split()[0]) - 2)
    says(LINEAR, "= 1.76, not by 8", (1 + 1000 / 1024) / (1 + 1000 / 8192), 2)


def test_refinement_against_factorisation() -> None:
    flops = 2 / 3 * 32_768**3
    says(LINEAR, "= 23.5 TFLOP", flops / 1e12, 1)
    says(LINEAR, "4.3 GFLOP", 4 * 32_768**2 / 1e9, 1)
    step = (8 + 2) * 2**30 / 3e12
    says(LINEAR, "3.6 ms", 1000 * step, 1)
    says(LINEAR, "0.116 s in all", flops / 240e12 + 5 * step, 3)
    says(LINEAR, "6.8 times faster", flops / 30e12 / (flops / 240e12 + 5 * step), 1)


def test_growing_buffer() -> None:
    says(CHOICES, "= 536,346,624", 1024 * sum(range(1, 1024)))
    says(CHOICES, "= 1,047,552", sum(1024 * 2**k for k in range(10)))


def test_bloom_filter() -> None:
    says(CHOICES, "= 0.82%", 100 * (1 - exp(-0.7)) ** 7, 2)
    says(CHOICES, "= 13.8%", 100 * (1 - exp(-1.4)) ** 7, 1)
    says(CHOICES, "= 1.9%", 100 * (1 - exp(-1.4)) ** 14, 1)


def test_cache_lines_of_a_matrix() -> None:
    says(CHOICES, "256 MiB", 8192**2 * 4 / 2**20)
    says(CHOICES, "67.1 million lines", 8192**2 / 1e6, 1)
    says(CHOICES, "512 KiB", 8192 * 64 / 1024)
    says(CHOICES, "into 4 sets, 32 places", 2**20 / 8 / (8192 * 4))


def test_convolution() -> None:
    says(CHOICES, "73,856", 128 * 64 * 9 + 128)
    says(CHOICES, "57.8 million per image", 28 * 28 * 128 * 64 * 9 / 1e6, 1)
    says(CHOICES, "8,960 parameters", 64 * 9 + 64 + 64 * 128 + 128)
    says(CHOICES, "about 8.4 times fewer", 128 * 9 / (9 + 128), 1)


def test_nucleus_sizes() -> None:
    logits = (3.0, 2.5, 1.5, 0.5, -0.5)
    for temperature, sizes, reached in ((0.5, 2, "0.960"), (1.0, 3, "0.942"), (2.0, 4, "0.936")):
        weights = [exp(z / temperature) for z in logits]
        sums = [sum(weights[: i + 1]) / sum(weights) for i in range(5)]
        assert next(i for i, value in enumerate(sums, 1) if value >= 0.9) == sizes
        assert all(a < b for a, b in pairwise(sums))
        says(CHOICES, reached, sums[sizes - 1], 3)


def test_contrastive_ceiling() -> None:
    for path in (CHOICES, ENTROPY):
        says(path, "5.55", log(256), 2)
        says(path, "8.32", log(4096), 2)
    says(CHOICES, "8.32 - 0.9 = 7.4", log(4096) - 0.9, 1)
    says(ENTROPY, "10.4 for 32,768", log(32_768), 1)


def test_serial_share() -> None:
    says(CHOICES, "70.6 ms, 28.3 times", 40 + 1960 / 64, 1)
    says(CHOICES, "70.6 ms, 28.3 times", 2000 / (40 + 1960 / 64), 1)
    says(CHOICES, "= 62.7 times", 0.02 + 0.98 * 64, 1)
    says(CHOICES, "= 50.6 ms", 20 + 1960 / 64, 1)
    says(CHOICES, "= 55.3 ms", 40 + 1960 / 128, 1)


def test_fan_out() -> None:
    says(CHOICES, "so 63.4% of the queries", 100 * any_of(100, 0.01), 1)
    says(CHOICES, "= 1.0% of the cases", 100 * any_of(100, 1e-4), 1)
    says(CHOICES, "and 40% of the queries are slow", 100 * any_of(100, 0.00505))
    says(CHANCES, "63% of requests", 100 * any_of(100, 0.01))
    says(CHANCES, "18% of those", 100 * any_of(20, 0.01))


def test_coverage_with_replacement() -> None:
    says(CHOICES, "= 36.8%", 100 * (1 - 1 / 4096) ** 4096, 1)
    says(CHOICES, "28 shards", 4096 * exp(-5))
    for path in (CHOICES, CHANCES):
        says(path, "36,434", 4096 * harmonic(4096))
    says(CHOICES, "46,400 draws", 4096 * (log(4096) + 3), -2)
    says(CHANCES, "draws 95%", 100 * exp(-exp(-3)))
    says(CHOICES, "which gives only 57%", 100 * exp(-exp(-0.5772)))
    says(CHANCES, "has a 57% chance", 100 * exp(-exp(-0.5772)))


def test_best_of_a_leaderboard() -> None:
    error = 100 * sqrt(0.8 * 0.2 / 5000)
    says(CHOICES, "= 0.57 points", error, 2)
    says(CHOICES, "1.55 points", error * expected_maximum(200), 2)
    says(CHOICES, "= 1.9 points", 100 * sqrt(log(2 / 0.05) / 10_000), 1)
    says(CHOICES, "eps = 3.0 points", 100 * sqrt(log(400 / 0.05) / 10_000), 1)
    says(CHOICES, "= 44,936", log(400 / 0.05) / (2 * 0.01**2))
