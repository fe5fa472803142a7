"""The numbers of the pack senior_mle: what can be computed is computed here, and the texts must say the same."""

from __future__ import annotations

import math
from functools import partial
from statistics import NormalDist

import computed
import numpy as np
import pytest

says = partial(computed.says, pack="senior_mle")

RANKING = "questions/design-ranking.yaml"
DECISIONS = "questions/design-decisions.yaml"
METRICS = "questions/fundamentals-metrics.yaml"
MODELS = "questions/fundamentals-models.yaml"
DATA = "questions/production-data.yaml"
OPERATION = "questions/production-operation.yaml"
DESIGN = "questions/experimentation-design.yaml"
CAUSAL = "questions/experimentation-causal.yaml"
CODING = "questions/coding-data.yaml"
LLM = "questions/llm-products.yaml"
RECRUITER = "questions/recruiter.yaml"
BEHAVIORAL = "questions/behavioral.yaml"


def odds_scaled(probability: float, factor: float) -> float:
    """The probability whose odds are `factor` times those of `probability`."""
    odds = probability / (1 - probability) * factor
    return odds / (1 + odds)


def entropy(probability: float) -> float:
    return -probability * math.log(probability) - (1 - probability) * math.log(1 - probability)


def per_arm(variance: float, difference: float) -> float:
    """Users per arm for 80% power at 5%, by the rule of thumb."""
    return 16 * variance / difference**2


def shifted_loss(area: float, base: float, factor: float, steps: int = 2_000) -> float:
    """Log loss of a model whose log-odds are right up to `factor` on the odds, for normal scores with this AUC."""
    normal = NormalDist()
    distance = normal.inv_cdf(area) * math.sqrt(2)
    loss = 0.0
    for positive, share in ((1, base), (0, 1 - base)):
        for i in range(steps):
            score = normal.inv_cdf((i + 0.5) / steps) + distance * positive
            odds = base / (1 - base) * math.exp(distance * score - distance**2 / 2) * factor
            loss -= share / steps * math.log(odds / (1 + odds) if positive else 1 / (1 + odds))
    return loss


def auc(labels: list[int], scores: list[float]) -> float:
    """The function of the model answer in coding-data.yaml."""
    rows = sorted(zip(scores, labels, strict=True))
    pos = sum(labels)
    neg = len(rows) - pos
    rank_sum, i = 0.0, 0
    while i < len(rows):
        j = i
        while j < len(rows) and rows[j][0] == rows[i][0]:
            j += 1
        rank_sum += (i + 1 + j) / 2 * sum(y for _, y in rows[i:j])
        i = j
    return (rank_sum - pos * (pos + 1) / 2) / (pos * neg)


def test_cost_of_the_feed() -> None:
    scan, ranked = 30e6 * 40e-6, 500 * 40e-6
    for path in (RANKING, "notes/retrieval-ranking-funnel.md"):
        says(path, "1,200 core-seconds", scan)
        says(path, "240 busy cores", 12_000 * ranked)
    says(RANKING, "500 times 40 microseconds is 20 ms", ranked * 1e3)


def test_in_batch_negatives() -> None:
    says(RANKING, "about 41 times and track B 0.4 times", 4095 * 0.01)
    says(RANKING, "track B 0.4 times", 4095 * 1e-4, 1)
    says("notes/two-tower-sampling-correction.md", "ln 0.01 = -4.61", math.log(0.01), 2)
    says("notes/two-tower-sampling-correction.md", "for 0.01% -9.21", math.log(1e-4), 2)
    says(RANKING, "that is ln 0.01, minus 4.6", -math.log(0.01), 1)
    assert math.exp(math.log(0.01) - math.log(1e-4)) == pytest.approx(100)


def test_position_bias() -> None:
    propensity = 2.0 / 8.0
    says(RANKING, "propensity 0.25 relative to position 1", propensity, 2)
    says(RANKING, "1.2 divided by 0.25, 4.8%", 1.2 / propensity, 1)
    says("notes/position-bias-and-propensities.md", "would have 4.8%", 1.2 / propensity, 1)


def test_smoothed_rates() -> None:
    says(RANKING, "7 of 250, 2.8%", 100 * 7 / 250, 1)
    says(RANKING, "4 of 210, 1.9%", 100 * 4 / 210, 1)
    says(RANKING, "0.98 to the tenth is 82%", 100 * 0.98**10)


def test_maximal_marginal_relevance() -> None:
    says(RANKING, "0.285, so 0.331", 0.7 * 0.88 - 0.3 * 0.95, 3)
    says(RANKING, "0.49 minus 0.06, 0.43", 0.7 * 0.70 - 0.3 * 0.20, 2)
    says(RANKING, "lambda is 0.806", 0.75 / 0.93, 3)


def test_ndcg() -> None:
    dcg = 7 + 3 / math.log2(4) + 1 / math.log2(5)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    for path in (RANKING, "notes/metrics-by-hand.md"):
        says(path, "8.93", dcg, 2)
        says(path, "9.39", ideal, 2)
        says(path, "0.951", dcg / ideal, 3)
    linear = (3 + 1 + 1 / math.log2(5)) / (3 + 2 / math.log2(3) + 0.5)
    says(RANKING, "with a linear gain it would be 0.930", linear, 3)
    says(RANKING, "0.1 over root 500, 0.0045", 0.1 / math.sqrt(500), 4)


def test_reciprocal_rank_fusion() -> None:
    says(RANKING, "plus 1/100, 0.0264", 1 / 61 + 1 / 100, 4)
    says(RANKING, "plus 1/66, 0.0305", 1 / 65 + 1 / 66, 4)
    says(RANKING, "is 120,000 searches a day", 0.06 * 2e6)


def test_sampled_negatives() -> None:
    says(DECISIONS, "0.30 / (0.30 + 14) = 0.0210", odds_scaled(0.30, 0.05), 4)
    says("notes/calibration-after-sampling.md", "is really 0.021", odds_scaled(0.30, 0.05), 3)
    says(DECISIONS, "= 0.29 clicks", odds_scaled(0.02, 20), 2)
    says("notes/calibration-after-sampling.md", "contain 29% positives", 100 * odds_scaled(0.02, 20))
    says(DECISIONS, "at 0.9 the true value is 0.31", odds_scaled(0.9, 0.05), 2)
    says(DECISIONS, "times 0.104, 0.042", 0.4 * odds_scaled(0.7, 0.05), 3)
    says("notes/calibration-after-sampling.md", "by ln w = -3.0", math.log(0.05), 1)


def test_fraud_exploration() -> None:
    says(DECISIONS, "200 times 0.6 times 40, 4,800 dollars", 200 * 0.6 * 40)
    for path in (DECISIONS, "notes/delayed-labels.md"):
        says(path, "a standard error of 1.3 points", 100 * math.sqrt(0.6 * 0.4 / 1400), 1)
    says(DECISIONS, "for a payment of 100 dollars about 11%", 100 * 12 / 112)


def test_quantiles_from_costs() -> None:
    says(DECISIONS, "5 over 6, about 0.83", 5 / 6, 2)
    says("notes/forecasts-and-quantiles.md", "5/6, 0.83", 5 / 6, 2)
    says(DECISIONS, "0.833 times 6, 5.0", 5 / 6 * 6, 1)
    says(DECISIONS, "0.167 times 6, 1.0", 1 / 6 * 6, 1)
    says("notes/forecasts-and-quantiles.md", "10/11, 0.91", 10 / 11, 2)


def test_intermittent_demand() -> None:
    sales = [0, 0, 4, 0, 0, 0, 2, 0, 0, 6, 0, 0]
    absolute = [sum(abs(x - c) for x in sales) / 12 for c in (0, 1)]
    squared = [math.sqrt(sum((x - c) ** 2 for x in sales) / 12) for c in (0, 1)]
    says(DECISIONS, "12 over 12, 1.0", absolute[0], 1)
    says(DECISIONS, "18 over 12, 1.5", absolute[1], 1)
    says(DECISIONS, "root 4.67, 2.16", squared[0], 2)
    says(DECISIONS, "root 3.67, 1.91", squared[1], 2)
    says("notes/forecasts-and-quantiles.md", "2.16 against 1.91", squared[1], 2)


def test_exploration_budget() -> None:
    says(DECISIONS, "2,857 a day", 20_000 / 7)
    says(DECISIONS, "so 175 impressions each", 500_000 / (20_000 / 7))
    says(DECISIONS, "over 175, 1.3 points", 100 * math.sqrt(0.03 * 0.97 / 175), 1)
    says(DECISIONS, "is 9,000 clicks a day of 1.5 million, 0.6%", 500_000 * 0.018)
    says(DECISIONS, "of 1.5 million, 0.6%", 100 * 9_000 / 1.5e6, 1)


def test_delayed_conversions() -> None:
    for path in (DECISIONS, "notes/delayed-labels.md"):
        says(path, "1.6%", 0.4 * 4, 1)
        says(path, "2.8%", 0.7 * 4, 1)
    says(DECISIONS, "factor 2.5 on its positives", 1 / 0.4, 1)


def test_value_of_a_push() -> None:
    says(DECISIONS, "0.0005 times 30, 0.015, leaves 0.005", 0.02 - 0.0005 * 30, 3)
    says(DECISIONS, "0.03, leaves 0.03, six times as much", 0.06 - 0.001 * 30, 2)
    says("notes/effects-without-a-split.md", "are 0.005 and 0.03", 0.06 - 0.001 * 30, 2)


def test_size_of_embeddings() -> None:
    for path in (DECISIONS, "notes/vector-index-arithmetic.md"):
        says(path, "205 GB", 400e6 * 256 * 2 / 1e9)
        says(path, "2.8 hours", 400e6 / (16 * 2_500) / 3600, 1)


def test_churn_economics() -> None:
    says(DECISIONS, "4.4 points", 22 / 5, 1)
    says(DECISIONS, "the gain is 5.3 dollars per call", 0.044 * 120, 1)


def test_auc_by_hand() -> None:
    labels, scores = [1, 0, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.4, 0.4, 0.2]
    value = auc(labels, scores)
    for path in (METRICS, CODING, "notes/metrics-by-hand.md"):
        says(path, "0.722", value, 3)
    says(METRICS, "6 of 9, 0.667", auc(labels, [float(s > 0.5) for s in scores]), 3)
    assert auc(labels, [s * s for s in scores]) == pytest.approx(value)
    assert auc(labels, [-s for s in scores]) == pytest.approx(1 - value)


def test_precision_from_the_base_rate() -> None:
    for path in (METRICS, "notes/metrics-by-hand.md"):
        says(path, "13.8%", 100 * 160 / (160 + 998), 1)
    says(METRICS, "1%, 998, are flagged", 99_800 * 0.01)
    says(METRICS, "160 of 99,800, 0.16%", 100 * 160 / 99_800, 2)
    says(METRICS, "At 0.1% it would be 61.6%", 100 * 160 / (160 + 99.8), 1)
    says(METRICS, "29 dollars per caught takeover", 1_158 * 4 / 160)


def test_log_loss_of_a_constant() -> None:
    says(METRICS, "0.0782 plus 0.0198, 0.098", entropy(0.02), 3)
    says(METRICS, "normalised by that it is 1.07", 0.105 / entropy(0.02), 2)
    says("notes/calibration-after-sampling.md", "has a log loss of 0.098", entropy(0.02), 3)
    says(METRICS, "is near 5.8%", 100 * odds_scaled(0.02, 3), 1)
    assert shifted_loss(0.74, 0.02, 3) == pytest.approx(0.105, abs=0.002)


def test_undersampled_defaults() -> None:
    kept = 0.005 * 0.8 / (0.2 * 0.995)
    says(METRICS, "so w = 0.0201", kept, 4)
    says(METRICS, "is really odds of 0.0201, 1.97%", 100 * odds_scaled(0.5, kept), 2)
    says(METRICS, "corresponds to 0.85 on this scale", odds_scaled(0.1, 1 / kept), 2)
    says(METRICS, "who really have 0.22%", 100 * odds_scaled(0.1, kept), 2)


def test_label_noise() -> None:
    for path in (METRICS, "notes/leakage-checklist.md"):
        says(path, "95%", 100 * (0.86 - 0.1) / 0.8)
        says(path, "97.5%", 100 * (0.88 - 0.1) / 0.8, 1)
        says(path, "2.8%", 100 * (3 * 0.01 * 0.9 + 0.001), 1)


def test_one_split() -> None:
    says(MODELS, "minus 0.3, 0.7", 0.5 * 2 - 0.3, 1)
    says(MODELS, "compares 2.0 with gamma", 2 * 1.5**2 / (1.25 + 1), 1)
    says(MODELS, "1.5 / 2.25, 0.667 left", 1.5 / 2.25, 3)
    for path in (MODELS, "notes/boosted-trees-arithmetic.md"):
        says(path, "0.517", 1 / (1 + math.exp(-0.1 * 1.5 / 2.25)), 3)
        says(path, "0.77", 1 / (1 + math.exp(-1.2)), 2)
        says(path, "102 rows", math.ceil(1 / 0.0099))


def test_target_encoding() -> None:
    for path in (MODELS, "notes/leakage-checklist.md"):
        says(path, "4.8%", 100 * 2.5 / 52, 1)
        says(path, "2.9%", 100 * 1.5 / 51, 1)


def test_index_memory() -> None:
    for path in (MODELS, "notes/vector-index-arithmetic.md"):
        says(path, "51.2 GB", 100e6 * 128 * 4 / 1e9, 1)
        says(path, "76.8 GB", 100e6 * (512 + 64 * 4) / 1e9, 1)
        says(path, "2.4 GB", 100e6 * 24 / 1e9, 1)
        says(path, "38.4 GB", 100e6 * (128 + 256) / 1e9, 1)


def test_filtered_search() -> None:
    says(MODELS, "5 million, 3.8 GB as a graph", 0.05 * 100e6 * (512 + 64 * 4) / 1e9, 1)
    says(MODELS, "reads 51 MB a query", 0.001 * 100e6 * 512 / 1e6)
    says(MODELS, "at 5% it would be 2.6 GB", 0.05 * 100e6 * 512 / 1e9, 1)


def test_model_sizes() -> None:
    for path in (MODELS, "notes/compressing-models.md"):
        says(path, "440 MB", 110 * 4)
    says(MODELS, "264 MB in float32", 66 * 4)


def test_population_stability_index() -> None:
    parts = [-0.1 * math.log(0.4 / 0.5), 0.1 * math.log(0.3 / 0.2)]
    says(DATA, "is 0.0223, the middle 0", parts[0], 4)
    says(DATA, "together 0.063", sum(parts), 3)
    says("notes/data-checks-and-drift.md", "0.041 = 0.063", sum(parts), 3)


def test_a_break_in_four_percent_of_the_rows() -> None:
    says(DATA, "moves a global distribution by 0.04 at most", 0.04, 2)
    assert 1.63 * math.sqrt(2 / 1e6) < 0.04 / 10, "the test at 1% sees far less than that in a million rows"
    before, after = [0.1] * 10, [0.1 * 0.96 + 0.04] + [0.1 * 0.96] * 9
    assert sum((b - a) * math.log(b / a) for a, b in zip(before, after, strict=True)) < 0.02


def test_canary_precision() -> None:
    error = 100 * math.sqrt(0.002 * 0.998 / 60_000)
    for path in (OPERATION, "notes/rollout-and-retraining.md"):
        says(path, "0.018 points", error, 3)
    says(OPERATION, "60,000 in ten minutes", 0.05 * 2_000 * 600)
    twice = (
        2  # the new model's compute; a copy in shadow comes on top, a canary replaces the old model's share
    )
    says(OPERATION, "10% in shadow costs 20 of the 30 spare points", 10 * twice)
    says(OPERATION, "the stage of 25% costs 25", 25 * (twice - 1))
    says(OPERATION, "but half costs 50 and all 100", 50 * (twice - 1))


def test_retraining_interval() -> None:
    def cost(days: float, release: float = 900) -> float:
        return 100 * days + release / days

    best = math.sqrt(2 * 900 / 200)
    says(OPERATION, "= 3 days, 300 plus 300, 600 a day", best)
    for path in (OPERATION, "notes/rollout-and-retraining.md"):
        says(path, "1,000", cost(1))
        says(path, "829", cost(7))
        says(path, "600", cost(best))
    says(OPERATION, "123 dollars per release", 45_000 / 365)
    says(OPERATION, "1,023, T = 3.2", math.sqrt(2 * 1_023 / 200), 1)
    says(OPERATION, "500 plus 123 gives T = 2.5", math.sqrt(2 * 623 / 200), 1)
    says(OPERATION, "the risk is 41 dollars a day", 45_000 / 365 / best)
    assert cost(3.2, 1_023) - min(cost(t / 100, 1_023) for t in range(100, 800)) < 1


def test_serving_cost() -> None:
    today, cascade = 8_000 * 600 / 25_000, 8_000 * 600 / 400_000 + 8_000 * 150 / 25_000
    for path in (OPERATION, "notes/rollout-and-retraining.md"):
        says(path, "192 GPUs", today)
        says(path, "3.36 million", today * 2 * 8760 / 1e6, 2)
        says(path, "1.05 million", cascade * 2 * 8760 / 1e6, 2)
    says(OPERATION, "69% less", 100 * (1 - cascade / today))
    says(OPERATION, "would need 105 cascade GPUs", cascade * 14 / 8)


def test_laplace_noise() -> None:
    for path in (OPERATION, "notes/privacy-in-pipelines.md"):
        says(path, "2.8", math.sqrt(2) * 2, 1)
        says(path, "14.1", math.sqrt(2) * 10, 1)
        says(path, "26", 52 * 0.5)
    says(OPERATION, "10 times ln 20, 30", 10 * math.log(20))


def composed_epsilon(epsilon: float, times: int, delta: float) -> float:
    """Epsilon at `delta` of `times` Laplace mechanisms with `epsilon` each, from their composed privacy losses.

    The loss is epsilon with chance 1/2, minus epsilon with chance exp(-epsilon)/2, and continuous in between; it is
    put on a grid (rounded up, so the result is a bound) and convolved.
    """
    steps, width = 500, epsilon / 500
    loss = np.zeros(2 * steps + 1)
    loss[-1], loss[0] = 0.5, 0.5 * math.exp(-epsilon)
    x = (np.arange(50_000) + 0.5) / 50_000
    cells = np.ceil(steps * (1 - 2 * x)).astype(int) + steps
    np.add.at(loss, cells, 0.5 * epsilon * np.exp(-epsilon * x) / 50_000)
    size = 2 ** math.ceil(math.log2(2 * steps * times + 1))
    spectrum = np.fft.rfft(loss / loss.sum(), size)
    total = np.clip(np.fft.irfft(spectrum**times, size)[: 2 * steps * times + 1], 0, None)
    losses = (np.arange(total.size) - steps * times) * width
    low, high = 0.0, epsilon * times
    while high - low > 1e-3:
        middle = (low + high) / 2
        beyond = float((total * np.clip(1 - np.exp(middle - losses), 0, None)).sum())
        low, high = (middle, high) if beyond > delta else (low, middle)
    return high


def test_a_year_of_weekly_releases() -> None:
    one_cell, five_cells = composed_epsilon(0.5, 52, 1e-6), composed_epsilon(0.1, 5 * 52, 1e-6)
    for path in (OPERATION, "notes/privacy-in-pipelines.md"):
        says(path, "19.3", one_cell, 1)
        says(path, "8.3", five_cells, 1)


def test_false_positive_rates() -> None:
    rates = [100 * base / (1 - base) * 0.4 / 0.6 * 0.7 for base in (0.2, 0.1)]
    for path in (OPERATION, "notes/fairness-arithmetic.md"):
        says(path, "11.7%", rates[0], 1)
        says(path, "5.2%", rates[1], 1)
        says(path, "2.25 times", rates[0] / rates[1], 2)


def test_moderation_errors() -> None:
    says(OPERATION, "2,460 proven errors a day", 300_000 * 0.02 * 0.41)
    says(OPERATION, "plus or minus 2.5 points", 196 * math.sqrt(0.8 * 0.2 / 1_000), 1)
    says(OPERATION, "cost only 360,000 a year", 0.04 * 9e6)


def test_savings_add_up() -> None:
    says(OPERATION, "Sum 6.4", 1.5 + 3.5 + 1.0 + 0.4, 1)
    says(OPERATION, "That makes 7.7", 6.4 + 1.3, 1)


def test_sample_size() -> None:
    for path in (DESIGN, "notes/sample-size-and-variance.md"):
        says(path, "190,000 per arm", per_arm(0.0475, 0.002))
        says(path, "5.0%", 100 * 4 * math.sqrt(0.0475 / 120_000) / 0.05, 1)
        says(path, "70,000", per_arm(0.125 * 0.875, 0.005))
    visitors = per_arm(0.125 * 0.875, 0.005) / 0.4
    says(DESIGN, "Those are 175,000 visitors", visitors)
    says(DESIGN, "8% fewer only", 100 * (1 - visitors / per_arm(0.0475, 0.002)))
    says(DESIGN, "of perhaps 60%", 100 * NormalDist().cdf(0.002 / math.sqrt(2 * 0.0475 / 120_000) - 1.96), -1)
    says(CAUSAL, "436,000 users per arm", per_arm(0.245, 0.003), -3)


def test_simpson() -> None:
    for path in (DESIGN, "notes/trustworthy-readouts.md"):
        says(path, "8.4%", 100 * 840 / 10_000, 1)
        says(path, "4.2%", 100 * 420 / 10_000, 1)
        says(path, "6.75%", (11 + 2.5) / 2, 2)


def test_sample_ratio_mismatch() -> None:
    says(DESIGN, "is 2,600 above, 5.2 standard deviations", 2_600 / 500, 1)
    for path in (DESIGN, "notes/trustworthy-readouts.md"):
        says(path, "27.0", 2 * 2_600**2 / 500_000, 1)
    says(DESIGN, "about 2 in ten million", 1e7 * math.erfc(math.sqrt(2 * 2_600**2 / 500_000 / 2)))


def false_launches(looks: int, step: float = 0.02, bound: float = 1.96) -> float:
    """Chance that a standard random walk is ever beyond `bound` standard deviations at `looks` equal steps."""
    grid = [step * i for i in range(-500, 501)]
    density = {x: NormalDist().pdf(x) if abs(x) < bound else 0.0 for x in grid}
    kernel = [NormalDist().pdf(step * i) for i in range(1001)]
    alive = [density[x] for x in grid]
    for look in range(2, looks + 1):
        edge = bound * math.sqrt(look)
        moved = [0.0] * len(grid)
        for i, weight in enumerate(alive):
            if weight > 0:
                for j in range(max(0, i - 250), min(len(grid), i + 251)):
                    moved[j] += weight * kernel[abs(i - j)] * step
        alive = [w if abs(x) < edge else 0.0 for x, w in zip(grid, moved, strict=True)]
    return 1 - sum(alive) * step


def test_peeking() -> None:
    five, fourteen = 100 * false_launches(5, 0.04), 100 * false_launches(14, 0.04)
    for path in (DESIGN, "notes/trustworthy-readouts.md"):
        says(path, "22%", fourteen)
        says(path, "14%", five)
    says(DESIGN, "1 - 0.95 to the 14, 51%", 100 * (1 - 0.95**14))
    harm = false_launches(14, 0.04, NormalDist().inv_cdf(1 - 0.02 / 2)) / 2
    says(DESIGN, "at most about 5% of harmless changes", 100 * harm)


def test_cuped() -> None:
    for path in (DESIGN, "notes/sample-size-and-variance.md"):
        says(path, "51%", 100 * (1 - 0.7**2))
        says(path, "10.2", 20 * (1 - 0.7**2), 1)
    says(DESIGN, "1 - 0.7 times 0.49 = 66%", 100 * (1 - 0.7 * 0.49))
    says(DESIGN, "would remain, 13 days", 20 * (1 - 0.7 * 0.49))


def test_design_effect() -> None:
    effect = 1 + 19 * 0.1
    for path in (DESIGN, "notes/sample-size-and-variance.md"):
        says(path, "2.9", effect, 1)
        says(path, "1.53", 2.6 / math.sqrt(effect), 2)
    says(DESIGN, "I would expect about 25%", 200 * NormalDist().cdf(-1.96 / math.sqrt(effect)), 0)


def test_encouragement() -> None:
    for path in (CAUSAL, "notes/effects-without-a-split.md"):
        says(path, "3.75 points", 0.3 / 0.08, 2)
    says(CAUSAL, "so about 3 points", 60 - 55 - (42 - 40))


def test_switchback() -> None:
    for path in (CAUSAL, "notes/interference-and-markets.md"):
        says(path, "6,720 cells", 40 * 14 * 12)
        says(path, "0.15%", 6 * math.sqrt(2 / 3_360), 2)
    says(CAUSAL, "there are only 560 cells", 40 * 14)
    says(CAUSAL, "a detectable effect of 0.8%", 2.8 * 0.3, 1)


def test_net_of_the_trade() -> None:
    conversion, retention = 1.2 / 2 / 1.96, 0.8 / 2 / 1.96
    says(CAUSAL, "has a standard error of 0.31", conversion, 2)
    says(CAUSAL, "taken as independent, about 1.07", math.hypot(conversion, 5 * retention), 2)
    says(CAUSAL, "plus or minus 2.1", 1.96 * math.hypot(conversion, 5 * retention), 1)
    assert pytest.approx(-0.3) == 1.2 - 5 * 0.3


def test_chance_winners() -> None:
    says(CAUSAL, "at a two-sided 5%, 28", 1_100 * 0.025)
    says(CAUSAL, "more like 20%, 220", 1_100 * 0.20)
    normal = NormalDist()
    truth = 1.96 - normal.inv_cdf(0.8)  # in standard errors, for a power of 20%
    seen = truth + normal.pdf(1.96 - truth) / 0.2
    assert 2 <= seen / truth < 2.5, "a power of 20% roughly doubles significant estimates"


def test_bookings_behind_an_experiment() -> None:
    says(CAUSAL, "3 million searches a day, 6,000 bookings", 2 * 16 / 0.01**2 / 56, -3)
    assert pytest.approx(80) == 8 * 7 / (7 * 0.10)


def misra_gries(stream: str, counters: int) -> dict[str, int]:
    kept: dict[str, int] = {}
    for item in stream:
        if item in kept or len(kept) < counters:
            kept[item] = kept.get(item, 0) + 1
        else:
            kept = {key: count - 1 for key, count in kept.items() if count > 1}
    return kept


def test_heavy_hitters() -> None:
    assert misra_gries("abacabad", 2) == {"a": 2}
    says(CODING, "Here 8 / 3, 2.67", 8 / 3, 2)
    says(CODING, "n / 100, for a million 10,000", 1e6 / 100)


def test_velocity_memory() -> None:
    says(CODING, "10.8 million timestamps of 8 bytes, 86 MB", 3_000 * 3_600 * 8 / 1e6)
    says(CODING, "for all 40 million 4.8 GB", 40e6 * 120 / 1e9, 1)
    says(CODING, "for 5 million active ones 0.6 GB", 5e6 * 120 / 1e9, 1)
    says("notes/small-memory-and-windows.md", "86 MB of raw timestamps", 3_000 * 3_600 * 8 / 1e6)
    says(CODING, "4 bytes a bucket, so 360 bytes", 60 * (2 + 4))
    says("notes/small-memory-and-windows.md", "makes 360 bytes of it", 60 * (2 + 4))


def test_hashed_weights() -> None:
    says(CODING, "float32, 16.8 MB each", 2**22 * 4 / 1e6, 1)
    says(CODING, "1 - exp(-3/4.19), 51%", 100 * (1 - math.exp(-3e6 / 2**22)))
    says(CODING, "doubling to 2^23 gives 30%", 100 * (1 - math.exp(-3e6 / 2**23)))
    step = 0.1 / (1 + math.sqrt(0.64)) * 0.8
    says(CODING, "times 0.8, 0.044", step, 3)
    says(CODING, "would be about 0.60", odds_scaled(0.2, math.exp(40 * step)), 2)


def test_couriers_per_ring() -> None:
    says(CODING, "0.09 square kilometres, 18 couriers", 0.09 * 200)
    says(CODING, "9 cells, 162 couriers", 9 * 18)
    says(CODING, "25 cells, 450", 25 * 18)


def test_ticket_routing() -> None:
    says(LLM, "At 3 dollars 630 a day", 300_000 * 700 * 3 / 1e6)
    says(LLM, "at 0.15 dollars 31.50 a day", 300_000 * 700 * 0.15 / 1e6, 2)
    says(LLM, "230,000 a year", 630 * 365, -4)
    says(LLM, "at 2 dollars 6,000 dollars", 3_000 * 2)


def test_prefix_cache() -> None:
    plain = (6_400 * 3 + 300 * 15) / 1e6
    cached = (6_000 * 0.3 + 400 * 3 + 300 * 15) / 1e6
    for path in (LLM, "notes/llm-features-by-numbers.md"):
        says(path, "0.0237", plain, 4)
        says(path, "0.0075", cached, 4)
    says(LLM, "are 11,850 dollars a day", 5e5 * plain)
    says(LLM, "3,750 a day, 68% less", 100 * (1 - cached / plain))
    says(LLM, "0.0107, 5,370 a day", 5e5 * (0.8 * cached + 0.2 * plain))
    says(LLM, "0.0045 of 0.0075, 60%", 100 * 0.0045 / cached)


def test_retrieval_or_writing() -> None:
    for path in (LLM, "notes/llm-features-by-numbers.md"):
        says(path, "76.8%", 100 * (0.82 * 0.91 + 0.18 * 0.12), 1)
        says(path, "84.7%", 100 * (0.92 * 0.91 + 0.08 * 0.12), 1)
        says(path, "80.9%", 100 * (0.82 * 0.96 + 0.18 * 0.12), 1)
    says(LLM, "wrong with confidence, 13% of all traffic", 15 * 0.88)


def test_kappa() -> None:
    chance = 0.75 * 0.85 + 0.25 * 0.15
    for path in (LLM, "notes/llm-features-by-numbers.md", "notes/metrics-by-hand.md"):
        says(path, "0.385", (0.80 - chance) / (1 - chance), 3)
    says(LLM, "at a true quality of 75% it reports 85%", 100 * (0.75 * 70 / 75 + 0.25 * 0.6))
    says(LLM, "60% plus or minus 19", 196 * math.sqrt(0.6 * 0.4 / 25))
    says(LLM, "until 200 more are bad, about 800 answers", 200 / 0.25)


def test_refund_confirmations() -> None:
    says(LLM, "1,200 refunds a day", 40_000 * 0.03)
    says(LLM, "360 confirmations", 1_200 * 0.3)


def test_two_offers() -> None:
    for path in (RECRUITER, "notes/comparing-offers.md"):
        says(path, "930", 4 * 170 + 240 + 10)
        says(path, "1,140", 4 * 185 + 400)
        says(path, "840", 4 * 185 + 100)
        says(path, "47.5%", 100 * (930 - 740) / 400, 1)
    says(RECRUITER, "185 + 25 = 210 against 240", 185 + 100 / 4)


def test_visits_of_the_example() -> None:
    gaps = [10, 35, 30, 31]
    assert 1 + sum(gap > 30 for gap in gaps) == 3


def test_stories_with_numbers() -> None:
    says(BEHAVIORAL, "six people are 18, less three for leave and three for operation. So 12", 6 * 3 - 3 - 3)
    says(BEHAVIORAL, "Cost: 68 minutes", (10 * 60 + 58) - (9 * 60 + 50))
    lost = (0.44 - 0.31) / (1 - 0.31)  # share of the searches with a click that lost it
    assert 0.05 * lost * 0.7 < 0.008 < 0.06 * 68 / 60 * lost, "app only, an hour of 5 to 6% of a day's orders"
    assert 61 / 140 < 0.5, "so the median ratio cannot lie below one half"
    says(RECRUITER, "a gap of 55", 170 + 60 + 10 - 185)
