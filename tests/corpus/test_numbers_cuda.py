"""Figures in the CUDA questions and notes that follow from others by arithmetic."""

from __future__ import annotations

from math import ceil, comb, exp, sqrt
from statistics import NormalDist

from computed import says

MEMORY = "questions/cuda-memory.yaml"
KERNELS = "questions/cuda-kernels.yaml"
PRECISION = "questions/cuda-precision.yaml"
PROFILING = "questions/cuda-profiling.yaml"
BANKS = "notes/cuda-coalescing-and-banks.md"
OCCUPANCY = "notes/occupancy-registers-spilling.md"
SCOPES = "notes/cuda-memory-model-scopes.md"
HOPPER = "notes/hopper-tma-wgmma-clusters.md"
BLACKWELL = "notes/blackwell-tmem-tcgen05.md"
STREAMS = "notes/streams-graphs-pinned-memory.md"
ALLOCATOR = "notes/pytorch-caching-allocator.md"
PROFILER = "notes/nsight-compute-stalls-and-timing.md"
ROUNDING = "notes/reductions-and-rounding.md"
RECIPES = "notes/low-precision-training-recipes.md"
FUSION = "notes/triton-and-torch-compile-fusion.md"

H100_BANDWIDTH = 3.35e12
H100_TFLOPS = 989e12
SMS = 132
WARP = 32
REGISTERS = 65_536
PHI = NormalDist().cdf
QUANTILE = NormalDist().inv_cdf


def registers_per_block(threads: int, registers: int) -> int:
    """Registers are allotted per warp in units of 256."""
    return threads // WARP * ceil(registers * WARP / 256) * 256


def test_sectors_of_strided_lanes() -> None:
    says(BANKS, "1,024 bytes for 128 useful ones", WARP * 32)
    says(BANKS, "12.5%", 128 / (WARP * 32) * 100, 1)
    says(MEMORY, "that is 3.2 GB against", 100e6 * 32 / 1e9, 1)
    says(MEMORY, "1.2 GB of positions", 100e6 * 12 / 1e9, 1)
    says(MEMORY, "(6.4 + 0.4) GB is 2.0 ms", 6.8e9 / H100_BANDWIDTH * 1e3, 1)
    says(MEMORY, "1.6 GB is 0.48 ms", 1.6e9 / H100_BANDWIDTH * 1e3, 2)


def test_resident_blocks_by_registers_and_shared_memory() -> None:
    assert REGISTERS // registers_per_block(256, 72) == 3
    assert REGISTERS // registers_per_block(256, 64) == 4
    assert REGISTERS // registers_per_block(256, 40) == 6
    assert 228 // (50 + 1) == 4
    says(MEMORY, "72 x 256 = 18,432", registers_per_block(256, 72))
    says(OCCUPANCY, "24 warps, 37.5%", 3 * 8 / 64 * 100, 1)


def test_registers_that_halve_the_resident_blocks() -> None:
    says(MEMORY, "a block takes 30,720", registers_per_block(256, 118))
    says(MEMORY, "144 x 256 = 36,864", registers_per_block(256, 140))
    assert REGISTERS // registers_per_block(256, 118) == 2
    assert REGISTERS // registers_per_block(256, 140) == 1
    says(SCOPES, "264 blocks fit on 132 SMs", 2 * SMS)


def test_bytes_in_flight_by_littles_law() -> None:
    needed = H100_BANDWIDTH * 700e-9
    says(OCCUPANCY, "2.35 MB", needed / 1e6, 2)
    says(OCCUPANCY, "17.8 KB per SM of an H100", needed / SMS / 1e3, 1)
    says(OCCUPANCY, "37.8 KB per SM", 8e12 * 700e-9 / 148 / 1e3, 1)
    says(OCCUPANCY, "reach 17%", 24 * WARP * 4 / (needed / SMS) * 100)
    says(MEMORY, "12,288 bytes, 69%", 24 * WARP * 16 / (needed / SMS) * 100)
    says(MEMORY, "need only 8.9 KB in flight", needed / SMS / 2 / 1e3, 1)
    says(MEMORY, "18.5 bytes outstanding", 8e12 * 700e-9 / 148 / 2048, 1)
    says(PROFILING, "4.1 / 17.8 = 23%", 8 * 512 / (needed / SMS) * 100)
    says(PROFILING, "92% of what is needed", 4 * 8 * 512 / (needed / SMS) * 100)


def test_memory_reserved_by_the_allocator() -> None:
    says(ALLOCATOR, "74.6 GiB held by PyTorch", 58.3 + 16.3, 1)
    says(MEMORY, "58.3 + 16.3 = 74.6 GiB", 58.3 + 16.3, 1)


def test_swizzle_is_a_permutation_of_rows_and_of_columns() -> None:
    for fixed in range(32):
        assert {fixed ^ other for other in range(32)} == set(range(32))
    says(BANKS, "all 32 banks", 8 * 16 / 4)


def test_waves_of_tiles() -> None:
    says(KERNELS, "512/132 = 3.88", 512 / SMS, 2)
    says(KERNELS, "544 tiles, 4.12", 544 / SMS, 2)
    says(KERNELS, "544/660 = 82%", 544 / (5 * SMS) * 100)
    says(KERNELS, "33 x 128 = 4,224", 4 * SMS / 16 * 128)
    says(KERNELS, "about 412 microseconds", 544 / SMS * 100)
    says(PROFILER, "4 rounds at 97%", 512 / (4 * SMS) * 100)


def test_tail_warp_and_number_of_atomics() -> None:
    says(KERNELS, "31,250 x 32 + 3", 1_000_003 - 31_250 * WARP)
    says(KERNELS, "issues 31,251 atomics", ceil(1_000_003 / WARP))
    says(KERNELS, "block of 256 would be 3,907", ceil(1_000_003 / 256))


def test_bytes_of_a_fused_norm() -> None:
    unit = 8192 * 4096 * 2
    says(FUSION, "1.41 GB", 21 * unit / 1e9, 2)
    says(FUSION, "421 microseconds", 21 * unit / H100_BANDWIDTH * 1e6)
    says(FUSION, "268 MB, 80 microseconds", 4 * unit / H100_BANDWIDTH * 1e6)
    says(FUSION, "95 microseconds are 84% of peak", 4 * unit / 95e-6 / H100_BANDWIDTH * 100)


def test_partials_of_split_attention() -> None:
    says(KERNELS, "= 33 KB of partials", 64 * 130 * 4 / 1e3)
    says(KERNELS, "= 67 MB of bf16 keys and values", 131_072 * 128 * 2 * 2 / 1e6)


def test_budget_of_a_hopper_matmul() -> None:
    stage = (128 + 256) * 64 * 2
    seconds = 2 * 128 * 256 * 64 / (H100_TFLOPS / SMS)
    says(HOPPER, "four stages are 192 KB", 4 * stage / 1024)
    says(HOPPER, "takes 128 KB, half of an SM's register file", 128 * 256 * 4 / 1024)
    says(HOPPER, "128 x (40 + 2 x 232) = 64,512", 128 * (40 + 2 * 232))
    says(HOPPER, "a stage lasts 0.56", seconds * 1e6, 2)
    says(HOPPER, "read 11.6 TB/s", stage / seconds * SMS / 1e12, 1)
    says(HOPPER, "7.7 TB/s", 32 * 1024 / seconds * SMS / 1e12, 1)
    says(KERNELS, "Four stages are 192 KB", 4 * stage / 1024)
    says(KERNELS, "2.7 times as many bytes", (128 * 256 / (128 + 256)) / (64 * 64 / (64 + 64)), 1)


def test_cycles_of_an_attention_tile() -> None:
    flops = 2 * 2 * 128**3
    says(BLACKWELL, "2,048 matmul cycles on Hopper", flops / 4096)
    says(BLACKWELL, "1,024 on Blackwell", flops / 8192)
    says(BLACKWELL, "1,024 cycles of exponentials", 128 * 128 / 16)
    says(KERNELS, "need 768 cycles", 0.75 * 128 * 128 / 16)
    says(KERNELS, "4,096 x 10 / 128 = 320", 4096 * 10 / 128)
    says(BLACKWELL, "512 columns of 32 bits, 256 KB", 128 * 512 * 4 / 1024)


def test_floor_and_boundaries_of_a_decode_step() -> None:
    floor = 16e9 / H100_BANDWIDTH * 1e3
    says(KERNELS, "16 GB / 3.35 TB/s = 4.8 ms", floor, 1)
    says(STREAMS, "288 boundaries at 5 microseconds are 1.44 ms", 288 * 5e-3, 2)
    says(KERNELS, "4.86 / (7.4 - 1.44) is 82%", 4.86 / (7.4 - 1.44) * 100)
    says(KERNELS, "plus 1.44 so about 4.4 ms", (floor / 2 + 0.08) / 0.82 + 1.44, 1)


def test_spacing_of_bf16_and_the_weights_that_move() -> None:
    says(PRECISION, "2^-13 = 0.000122", 2**-13, 6)
    says(ROUNDING, "2^-13 = 0.000122", 2**-13, 6)
    says(PRECISION, "below 2^-8 = 0.0039", 2**-8, 4)
    says(PRECISION, "in magnitude is about 15%", (2 * PHI(2**-8 / 0.02) - 1) * 100)
    says(PRECISION, "3.5 GB per GPU if sharded", 7 * 4 / 8, 1)


def test_laplacian_in_tf32() -> None:
    says(PRECISION, "about 32 per input", 2**-11 * 256**2)
    stencil = 2**-10 / sqrt(12) * sqrt(4 * 1 + 4**2) * 256**2
    says(PRECISION, "sqrt(20) x 65,536 = 83", stencil)
    says(PRECISION, "8,192 times less, 0.01", stencil / 8192, 2)
    says(RECIPES, "becomes 32", 2**-11 * 256**2)


def nearest_e2m1(value: float) -> float:
    return min((0, 0.5, 1, 1.5, 2, 3, 4, 6), key=lambda level: abs(level - min(value, 6)))


def test_block_of_four_bit_values() -> None:
    nvfp4 = [1.75 * nearest_e2m1(value / 1.75) for value in (10.4, 3.1, 1.0, 0.3)]
    mxfp4 = [2 * nearest_e2m1(value / 2) for value in (10.4, 3.1, 1.0, 0.3)]
    assert nvfp4 == [10.5, 3.5, 0.875, 0]
    assert mxfp4 == [12, 3, 1, 0]
    assert 2 * nearest_e2m1(15 / 2) == 12
    assert 2.5 * nearest_e2m1(15 / 2.5) == 15
    says(RECIPES, "returns 10.5, MXFP4", nvfp4[0], 1)
    says(RECIPES, "returns 12.", mxfp4[0])
    says(RECIPES, "4.25 bits", 4 + 8 / 32, 2)
    says(RECIPES, "4.5 bits", 4 + 8 / 16, 1)


def test_fp8_scale_after_an_outlier() -> None:
    scale = 448 / 3072
    says(PRECISION, "448 / 3,072 = 0.146", scale, 3)
    says(PRECISION, "2^-6 / 0.146 = 0.107", 2**-6 / scale, 3)
    says(PRECISION, "everything below 0.0067", 2**-10 / scale, 4)
    says(PRECISION, "about 11% of the values are zero", (2 * PHI(2**-10 / scale / 0.05) - 1) * 100)
    says(PRECISION, "97% are subnormal or zero", (2 * PHI(2**-6 / scale / 0.05) - 1) * 100)


def test_stochastic_rounding_of_a_weight() -> None:
    chance = 1e-5 / 2**-7
    mean = sum(k * comb(1000, k) * chance**k * (1 - chance) ** (1000 - k) for k in range(60))
    says(PRECISION, "mean 1.28", mean, 2)
    deviation = 2**-7 * sqrt(1000 * chance * (1 - chance))
    says(PRECISION, "= 0.0088", deviation, 4)
    says(ROUNDING, "standard deviation 0.0088", deviation, 4)


def test_toy_model_of_a_short_accumulator() -> None:
    says(PRECISION, "0.4% for K = 4,096", 4096 / 32 / 2**15 * 100, 1)
    says(PRECISION, "1.6% for 16,384", 16_384 / 32 / 2**15 * 100, 1)
    says(PRECISION, "4.2 MFLOP / 8,192 = 512 cycles", 2 * 128**3 / 8192)
    says(PRECISION, "16,384 FMAs / 128 = 128 cycles", 128 * 128 / 128)


def test_log_ratio_of_a_long_sequence() -> None:
    deviation = 0.01 * sqrt(2000)
    says(PRECISION, "0.01 x sqrt(2,000) = 0.45", deviation, 2)
    says(PRECISION, "between 0.64 and 1.56", exp(deviation), 2)
    says(PRECISION, "between 0.64 and 1.56", exp(-deviation), 2)
    says(ROUNDING, "are 0.45 in", deviation, 2)


def test_amdahl_for_formats() -> None:
    says(RECIPES, "1.29 times faster", 1 / (0.3 + 0.7 / 1.6 + 0.04), 2)
    says(RECIPES, "gives 1.51", 1 / (0.3 + 0.7 / 2.4 + 0.07), 2)
    says(PRECISION, "standard error of 0.0057", 0.004 * sqrt(2), 4)


def test_step_on_other_cards() -> None:
    says(PROFILING, "60 + 30 / 1.43 + 10 = 91 ms", 60 + 30 / (4.8 / 3.35) + 10)
    says(PROFILING, "26.4 + 12.6 + 10 = 49 ms", 60 / (2250 / 989) + 30 / (8 / 3.35) + 10)
    says(PROFILING, "2,731 FLOPs per byte", 8192 / 3)
    says(PROFILING, "989 / 3.35 = 295", 989 / 3.35)


def test_shortest_time_of_a_matmul() -> None:
    flops = 2 * 4096**3
    says(PROFILER, "less than 139 microseconds", flops / H100_TFLOPS * 1e6)
    says(PROFILING, "would be 7.6 PFLOPS", flops / 18e-6 / 1e15, 1)
    says(PROFILING, "Four pairs are 268 MB", 8 * 4096**2 * 2 / 1e6)


def test_traffic_of_spills() -> None:
    threads = 264 * 256
    says(OCCUPANCY, "67,584 threads", threads)
    says(OCCUPANCY, "are 830 MB", threads * 64 * 192 / 1e6)
    says(OCCUPANCY, "65,536 / 512 = 128", REGISTERS / 512)
    says(OCCUPANCY, "170, rounded down to 168", REGISTERS // 384 // 8 * 8)


def test_waves_beside_a_collective() -> None:
    says(PROFILING, "264 / 116 = 2.28", 264 / 116, 2)
    says(PROFILING, "264 / 128 = 2.06", 264 / 128, 2)
    says(PROFILING, "264 / 116 x 0.5 = 1.14 ms", 264 / 116 * 0.5, 2)
    says(PROFILING, "five waves, 1.25 ms", ceil(528 / 116) * 0.25, 2)


def test_gpus_freed_by_a_faster_kernel() -> None:
    says(PROFILING, "(1 - 1/1.3) = 76 GPUs", 4096 * 0.08 * (1 - 1 / 1.3))
    says(PROFILING, "whole tail of 0.4% frees 11", 4096 * 0.004 * (1 - 1 / 3))
    says(PROFILING, "1/4 = 174 GPUs", 4096 * 0.17 / 4)


def test_false_alarms_and_runs_of_a_gate() -> None:
    noise = 1.5 * sqrt(2)
    share = 2 * (1 - PHI(2 / noise))
    says(PROFILER, "has 2.1%", noise, 1)
    says(PROFILER, "alarms on 35%", share * 100)
    quantile = QUANTILE(1 - 0.05 / 220 / 2)
    says(PROFILER, "28 runs per side", ceil(2 * 1.5**2 * (quantile + QUANTILE(0.9)) ** 2 / 2**2))


def test_two_orientations_of_a_quantised_weight() -> None:
    values = 4096 * 16_384
    byte = 1 + 1 / 32
    says(PRECISION, "half of 134 MB", values * 2 / 1e6)
    says(PRECISION, "1.03 bytes are 138 MB", 2 * values * byte / 1e6)
    says(PRECISION, "x 1.03 = 35 MB", 8192 * 4096 * byte / 1e6)


def pipeline_ms(pieces: int) -> float:
    return 30 + (24 + 12) / pieces + 0.04 * pieces


def test_pieces_of_a_copy_pipeline() -> None:
    best = min(range(1, 1000), key=pipeline_ms)
    says(PROFILING, "sqrt(36/0.04) = 30", best)
    says(PROFILING, "30 + 1.2 + 1.2 = 32.4", pipeline_ms(best), 1)
    says(PROFILING, "30 + 2.4 + 0.6 = 33.0", pipeline_ms(15), 1)
    assert round(pipeline_ms(60), 1) == 33.0
    says(PROFILING, "For n = 1 that is 66", pipeline_ms(1))


def test_clock_and_throughput_under_a_power_cap() -> None:
    needed = 590 * 1.25
    clock = (600 / needed) ** (1 / 3)
    says(PROFILING, "= 0.934 of the clock", clock, 3)
    says(PROFILING, "1,638 MHz", 1755 * clock)
    says(PROFILING, "1.06 x 0.934 = 0.99", 1.06 * clock, 2)
    lower = (450 / 590) ** (1 / 3)
    says(PROFILING, "(450/590)^(1/3) = 0.914", lower, 3)
    says(PROFILING, "28,571 GPUs at 700 W", 20e6 / 700)
    says(PROFILING, "36,364 at 550 W", 20e6 / 550)
    site = 20e6 / 550 * lower / (20e6 / 700 * (600 / 590) ** (1 / 3))
    says(PROFILING, "total rises by 16%", (site - 1) * 100)
    says(PROFILING, "15% more per joule", (lower / (550 / 690) - 1) * 100)
