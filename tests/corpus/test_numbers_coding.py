"""Figures of the notes and questions on algorithms and ML coding, computed again."""

from __future__ import annotations

from math import ceil, comb, e, log, sqrt

from computed import says

GRAPHS = "questions/coding-graphs.yaml"
SEQUENCES = "questions/coding-sequences.yaml"
STREAMING = "questions/coding-streaming.yaml"
PYTORCH = "questions/coding-pytorch.yaml"
DEBUGGING = "questions/coding-debugging.yaml"
SKETCHES = "notes/streaming-sketch-sizes.md"
PRIMITIVES = "notes/scan-compaction-sort-on-gpu.md"
BACKWARD = "notes/backward-passes-by-hand.md"
ORDER = "notes/data-order-sharding-resume.md"

HBM = 3.35e12  # bytes per second of an H100


def slowest_stage(cost: list[int], stages: int) -> int:
    """Smallest possible load of the fullest of `stages` consecutive groups."""

    def fits(limit: int) -> bool:
        used, load = 1, 0
        for one in cost:
            if load + one > limit:
                used, load = used + 1, 0
            load += one
        return used <= stages

    return next(limit for limit in range(max(cost), sum(cost) + 1) if fits(limit))


def candidate(similarity: float, bands: int, hashes: int) -> float:
    """Probability that a pair becomes a candidate of MinHash with bands."""
    return 1 - (1 - similarity**hashes) ** bands


def test_transfer_over_two_hops() -> None:
    says(GRAPHS, "eleven times 2 ms is 22 ms", 11 * 0.1 / 50 * 1000)
    says(GRAPHS, "20 ms twice, 40 ms", 2 * 1 / 50 * 1000)
    says(GRAPHS, "PCIe needs 83 ms", 1 / 12 * 1000)


def test_bounds_of_a_replay() -> None:
    says(GRAPHS, "3,440 / 2 = 1,720", 3440 / 2)
    says(GRAPHS, "which is 9% of the summed durations", 310 / 3440 * 100)


def test_contraction_orders() -> None:
    b, d, r, o = 32, 4096, 16, 1024
    right_to_left = r * d * o + d * r * o + b * d * o
    best = b * d * r + r * d * o + b * r * o
    says(GRAPHS, "134 million; 268 million", right_to_left / 1e6)
    says(GRAPHS, "69.7 million, a factor", best / 1e6, 1)
    says(GRAPHS, "a factor of 3.8. If", right_to_left / best, 1)
    says(GRAPHS, "the rest is 2.6 million", (best - r * d * o) / 1e6, 1)
    says(GRAPHS, "8.8 trillion multiplications", b * d * r * d * o / 1e12, 1)
    says("../../rubrics/nvidia_mle/coding-graphs.yaml", "three to the twelve, 531 thousand", 3**12 / 1000)


def test_pipeline_cut() -> None:
    cost = [4] + [11] * 32 + [37]
    says(GRAPHS, "393 / 8 = 49.1", sum(cost) / 8, 1)
    says(GRAPHS, "4 x 11 + 37 = 81 ms", 4 * 11 + 37)
    says(GRAPHS, "The optimum is 55:", slowest_stage(cost, 8))
    says(GRAPHS, "81 / 55 = 1.47", 81 / 55, 2)
    says(GRAPHS, "7 / 39 = 18%", 7 / 39 * 100)
    says(GRAPHS, "50% before, 27% after", 100 * (1 - 32 * sum(cost) / (8 * 39 * 81)))
    says(GRAPHS, "50% before, 27% after", 100 * (1 - 32 * sum(cost) / (8 * 39 * 55)))


def test_traffic_saved_by_recomputing() -> None:
    saved = (32 + 32) + (64 - 32)  # MB: b and c not written, a read instead of b and c
    says(GRAPHS, "That is 96 MB less", saved)
    says(GRAPHS, "about 29 us at 3.35 TB/s", saved * 1e6 / HBM * 1e6)


def test_whole_nodes_free_by_chance() -> None:
    says(GRAPHS, "0.12^8, four in a hundred million", 0.12, 2)
    assert round(0.12**8 * 1e8) == 4
    says(GRAPHS, "12% of 10,240 GPUs are 1,228", int(0.12 * 10240))


def test_packed_int4() -> None:
    weights = 4096 * 4096
    says(SEQUENCES, "weights are 8.4 MB", weights / 2 / 1e6, 1)
    says(SEQUENCES, "of two bytes are 0.26 MB", weights / 128 * 2 / 1e6, 2)
    says(SEQUENCES, "so 4.125 bits per weight", 4 + 16 / 128, 3)
    says(SEQUENCES, "16 / 4.125 = 3.9 times", 16 / 4.125, 1)
    says(SEQUENCES, "the first byte is 0x5D, 93.", (-3 & 15) | 5 << 4)
    says(SEQUENCES, "give 0x87, 135.", 7 | (-8 & 15) << 4)


def test_band_of_an_edit_distance() -> None:
    says(SEQUENCES, "n x 17 = 34,000 cells", 2000 * 17)
    says(SEQUENCES, "118 times fewer", 2000 * 2000 / 34000)


def test_prefix_sums_instead_of_a_tree() -> None:
    says(SEQUENCES, "512 x 20, about 10,000", 512 * 20, -4)
    says(SEQUENCES, "It moves 8.4 MB", 2 * 2**20 * 4 / 1e6, 1)
    says(SEQUENCES, "about 2.5 us at 3.35 TB/s", 2 * 2**20 * 4 / HBM * 1e6, 1)


def test_sparse_product() -> None:
    moved = 50e6 * 8 + 4_000_001 * 4
    says(SEQUENCES, "200 + 200 + 16 MB = 416 MB", moved / 1e6)
    says(SEQUENCES, "3.35 TB/s is 0.12 ms", moved / HBM * 1e3, 2)
    says(SEQUENCES, "31 ms is 250 times slower", 31e-3 / (moved / HBM), -1)
    says(SEQUENCES, "the 31 ms are 28 ns a step", 31e-3 / 1.1e6 * 1e9)
    says(SEQUENCES, "= 4.4 trillion entries", 4e6 * 1.1e6 / 1e12, 1)


def test_compaction_traffic() -> None:
    kept = 0.03 * 400e6
    moved = 400e6 * 4 + kept * 32 + kept * 20
    says(SEQUENCES, "at most 0.38 GB", kept * 32 / 1e9, 2)
    says(SEQUENCES, "20 bytes = 0.24 GB", kept * 20 / 1e9, 2)
    says(SEQUENCES, "About 2.2 GB, 0.66 ms", moved / HBM * 1e3, 2)
    says(SEQUENCES, "about 11 GB, 3.3 ms", 11e9 / HBM * 1e3, 1)
    says(SEQUENCES, "over 97,657 tiles", ceil(400e6 / 4096))


def test_external_shuffle() -> None:
    says(SEQUENCES, "4,096 piles of 9.8 GB", 40e12 / 4096 / 1e9, 1)
    says(SEQUENCES, "that is 153 MB per node and pile", 40e12 / 4096 / 64 / 1e6)
    says(SEQUENCES, "8 MB buffers 34 GB of memory", 4096 * 8 * 2**20 / 1e9)
    says(SEQUENCES, "160 TB at 200 GB/s = 800 s", 4 * 40e12 / 200e9)
    says(SEQUENCES, "2.44 million documents", 1e10 / 4096 / 1e6, 2)
    says(SEQUENCES, "standard deviation 1,560", sqrt(1e10 / 4096), -1)
    assert round(1e20 / 2**65) == 3  # expected pairs of equal keys


def test_reservoir() -> None:
    says(STREAMING, "ln(10,000) = 9,210", 1000 * log(10_000), -1)
    says(STREAMING, "1,000 / 20,000 = 5% likely", 1000 / 20_000 * 100)
    says(STREAMING, "one of the large 0.11%", 1000 / 900_000 * 100, 2)
    says(STREAMING, "that factor of 45", 900_000 / 20_000)


def test_token_bucket() -> None:
    says(STREAMING, "(6,000 - 1,500) / 2,000 = 2.25 s", 4500 / 2000, 2)
    says(STREAMING, "burst / rate = 10 s", 20_000 / 2000)


def test_heavy_hitters() -> None:
    says(STREAMING, "the error is at most 1.0 million", 2e9 / 2001 / 1e6, 1)
    says(STREAMING, "e / eps = 5,437", ceil(e / 0.0005))
    says(STREAMING, "5: 27,185 counters", 5 * ceil(e / 0.0005))
    says(STREAMING, "217 kB", 8 * 27_185 / 1e3)
    says(STREAMING, "but 14% of the gaps exceed 2,000", 100 * (1 - 0.001) ** 2000)


def test_minhash_bands() -> None:
    says(STREAMING, "0.68 at s = 0.8", candidate(0.8, 20, 13), 2)
    says(STREAMING, "0.18 at 0.7", candidate(0.7, 20, 13), 2)
    says(STREAMING, "0.997 at 0.9", candidate(0.9, 20, 13), 3)
    says(STREAMING, "(1/20)^(1/13) = 0.79", (1 / 20) ** (1 / 13), 2)
    says(STREAMING, "8 give 0.997 at 0.8", candidate(0.8, 32, 8), 3)
    says(STREAMING, "but 0.85 at 0.7", candidate(0.7, 32, 8), 2)
    says(STREAMING, "0.42 at 0.6", candidate(0.6, 32, 8), 2)
    says(STREAMING, "200 / 320 = 0.625", 200 / 320, 3)
    says(STREAMING, "Only 4% of such pairs", 100 * candidate(200 / 320, 20, 13))
    says(STREAMING, "1,040 bytes a document, 5.2 TB", 5e9 * 260 * 4 / 1e12, 1)
    says(STREAMING, "320 bytes, 1.6 TB", 5e9 * 20 * 16 / 1e12, 1)
    says(STREAMING, "deviation of 0.025", sqrt(0.8 * 0.2 / 256), 3)


def test_prefix_router() -> None:
    says(STREAMING, "64 of 65 keys move, 98%", 100 * 64 / 65)
    says(STREAMING, "only 1 / 65 = 1.5%", 100 / 65, 1)
    says(STREAMING, "on average 4.7 times the mean", sum(1 / i for i in range(1, 65)), 1)
    says(STREAMING, "0.3 x 64 / 1.25 = 15", 0.3 * 64 / 1.25)
    says(STREAMING, "8e9 = 80 TFLOP", 5000 * 2 * 8e9 / 1e12)
    says(STREAMING, "180 ms at 445 TFLOPS", 80e12 / (0.45 * 989e12) * 1e3, -1)
    says(STREAMING, "per second, 37 GPUs", 400 * 0.52 * 80e12 / (0.45 * 989e12))


def test_fraud_model() -> None:
    says(PYTORCH, "ln 2 = 0.693", log(2), 3)
    says(PYTORCH, "the entropy 0.0315", -(0.005 * log(0.005) + 0.995 * log(0.995)), 4)
    says(PYTORCH, "ln(0.005 / 0.995) = -5.29", log(0.005 / 0.995), 2)
    says(PYTORCH, "2 x 102 MB", 200_000 * 64 * 8 / 1e6)


def test_half_precision_sum() -> None:
    says(PYTORCH, "512 values of 128 reach (65,536)", 512 * 128)


def test_unrolled_convolution() -> None:
    rows, width = 32 * 56 * 56, 64 * 9
    says(PYTORCH, "there are 32 x 56 x 56 = 100,352", rows)
    says(PYTORCH, "x 4 bytes = 231 MB", rows * width * 4 / 1e6)
    says(PYTORCH, "against 25.7 MB of x", 32 * 64 * 56 * 56 * 4 / 1e6, 1)
    says(PYTORCH, "27.6 MB with the border", 32 * 64 * 58 * 58 * 4 / 1e6, 1)
    says(PYTORCH, "128 = 14.8 GFLOP", 2 * rows * width * 128 / 1e9, 1)


def test_kmeans() -> None:
    says(PYTORCH, "10 million x 4,096 floats, 164 GB", 1e7 * 4096 * 4 / 1e9)
    says(PYTORCH, "65,536 rows, 1.07 GB", 65_536 * 4096 * 4 / 1e9, 2)
    says(PYTORCH, "256 = 21 TFLOP per step", 2 * 1e7 * 4096 * 256 / 1e12)
    says(PYTORCH, "4,096 x 257 floats, 4.2 MB", 4096 * 257 * 4 / 1e6, 1)


def test_rmsnorm() -> None:
    size = 4 * 4096 * 8192 * 2
    says(PYTORCH, "2 bytes = 268 MB", size / 1e6)
    says(PYTORCH, "537 MB, 0.16 ms", 2 * size / HBM * 1e3, 2)
    says(PYTORCH, "805 MB, 0.24 ms", 3 * size / HBM * 1e3, 2)
    says(PYTORCH, "one float per token, 64 KiB", 4 * 4096 * 4 / 1024)
    says(BACKWARD, "65,536 bytes for 16,384 tokens", 4 * 4096 * 4)
    says(BACKWARD, "instead of 268 MB", size / 1e6)
    says(BACKWARD, "268 MB each, 0.16 ms", 2 * size / HBM * 1e3, 2)
    says(BACKWARD, "dx, 0.24 ms", 3 * size / HBM * 1e3, 2)


def test_sorting_a_vocabulary() -> None:
    pairs = 256 * 128_256 * 8
    says(PYTORCH, "4-byte ids, 263 MB", pairs / 1e6)
    says(PYTORCH, "2.1 GB, 0.6 ms", 4 * 2 * pairs / HBM * 1e3, 1)
    says(PRIMITIVES, "ids move 2.1 GB", 4 * 2 * pairs / 1e9, 1)
    says(PRIMITIVES, "2.1 GB, 0.63 ms", 4 * 2 * pairs / HBM * 1e3, 2)


def test_logits_of_preference_pairs() -> None:
    says(PYTORCH, "128,256 x 4 bytes = 8.4 GB, again", 8 * 2048 * 128_256 * 4 / 1e9, 1)


def test_expert_capacity() -> None:
    says(PYTORCH, "8,192 x 2 / 64 = 256", 8192 * 2 / 64)
    says(PYTORCH, "1.25 x 256 = 320", 1.25 * 256)
    says(PYTORCH, "4,096 x 2 bytes = 168 MB", 64 * 320 * 4096 * 2 / 1e6)
    says(PYTORCH, "against 67 MB of tokens", 8192 * 4096 * 2 / 1e6)
    says(PYTORCH, "balance 20% is padding", 100 * (1 - 256 / 320))
    says(PYTORCH, "fixed at 20,480 rows", 64 * 320)


def test_contrastive_logits() -> None:
    says(PYTORCH, "256 x 65,536 x 4 bytes = 67 MB", 256 * 65_536 * 4 / 1e6)
    says(PYTORCH, "instead of 17.2 GB", 65_536**2 * 4 / 1e9, 1)
    says(PYTORCH, "1,024 x 2 bytes = 134 MB", 65_536 * 1024 * 2 / 1e6)


def test_leaking_validation() -> None:
    says(DEBUGGING, "after twelve batches 37.2 GB", 12 * 3.1, 1)
    says(DEBUGGING, "the thirteenth needs 40.3 GB", 13 * 3.1, 1)


def test_files_over_readers() -> None:
    for path in (DEBUGGING, ORDER):
        says(path, "have 153,600 samples" if path == ORDER else "128 files, 153,600 samples", 128 * 1200)
        says(path, "148,800", 124 * 1200)
    says(DEBUGGING, "1,000 / 32 = 31.25", 1000 / 32, 2)
    says(DEBUGGING, "4 x 1.2 = 4.8 million", 4 * 1.2, 1)
    says(ORDER, "use each sample 32 times", 8 * 4)


def test_decay_of_the_start() -> None:
    says(DEBUGGING, "is left, 90% at 1,000", 100 * 0.9999**1000)
    says(DEBUGGING, "and 0.25% at 60,000", 100 * 0.9999**60_000, 2)


def test_sums_of_log_probabilities() -> None:
    says(DEBUGGING, "3 tokens at 0.8 give -0.67", 3 * log(0.8), 2)
    says(DEBUGGING, "30 give -6.7", 30 * log(0.8), 1)
    says(DEBUGGING, "about 60 us at 3.35 TB/s", 2 * 5 * 200 * 100e3 / HBM * 1e6, -1)


def test_ring_cache() -> None:
    token = 2 * 32 * 8 * 128 * 2
    says(DEBUGGING, "x 2 bytes = 131 kB", token / 1e3)
    says(DEBUGGING, "The ring has 537 MB per stream", 4096 * token / 1e6)
    says(DEBUGGING, "8.6 GB for 16", 16 * 4096 * token / 1e9, 1)
    says(DEBUGGING, "would be 131 GB for one", 1e6 * token / 1e9)
    says(DEBUGGING, "= slot 1,816", 4 + (10_000 - 4) % 4092)


def test_uneven_global_batch() -> None:
    assert 192 * 10 + 128 == 128 * 11 + 64 * 10 == 2048
    says(DEBUGGING, "11 instead of 10.67", 2048 / 192, 2)
    says(DEBUGGING, "10.67, 3% lost", 100 * (11 / (2048 / 192) - 1))
    says(DEBUGGING, "900 million int64 is 7.2 GB", 900e6 * 8 / 1e9, 1)


def test_kernel_bias_and_luck() -> None:
    says(DEBUGGING, "0.28% of one sign would become 20%", 100 * (1 - 0.9972**80))
    says(DEBUGGING, "of random sign 2.5%", 0.28 * sqrt(80), 1)
    says(DEBUGGING, "15/70 = 0.21", comb(4, 2) * comb(4, 0) / comb(8, 2), 2)


def test_sketch_note() -> None:
    says(SKETCHES, "k ln(n / k) = 9,210", 1000 * log(10_000), -1)
    says(SKETCHES, "2 billion events give 999,500", 2e9 / 2001, 0)
    says(SKETCHES, "need 5,437 x 5 counters", ceil(e / 0.0005))
    says(SKETCHES, "217 kB at 8 bytes", 5 * ceil(e / 0.0005) * 8 / 1e3)
    says(SKETCHES, "1.04 / sqrt(m), 0.81%", 104 / sqrt(16_384), 2)
    says(SKETCHES, "registers, 12,288 bytes", 16_384 * 6 / 8)
    says(SKETCHES, "an error of some 161,000", 0.0081 * 19.9e6, -3)


def test_primitives_note() -> None:
    says(PRIMITIVES, "numbers are 0.8 GB", 2 * 100e6 * 4 / 1e9, 1)
    says(PRIMITIVES, "0.8 GB, 0.24 ms", 2 * 100e6 * 4 / HBM * 1e3, 2)
    says(PRIMITIVES, "reads the input twice, 1.2 GB", 3 * 100e6 * 4 / 1e9, 1)
    says(PRIMITIVES, "22% of the 32-byte sectors", 100 * (1 - 0.97**8))


def test_order_note() -> None:
    says(ORDER, "32 readers are 31.25", 1000 / 32, 2)
    says(ORDER, "piles are 9.8 GB each", 40e12 / 4096 / 1e9, 1)
    says(ORDER, "160 TB, 800 s at 200 GB/s", 4 * 40e12 / 200e9)
