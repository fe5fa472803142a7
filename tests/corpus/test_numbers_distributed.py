"""Figures of the notes and questions on distributed training."""

from __future__ import annotations

import math

from computed import says

NCCL = "questions/distributed-nccl.yaml"
PARALLEL = "questions/distributed-parallelism.yaml"
RELIABLE = "questions/distributed-reliability.yaml"
TOPOLOGY = "notes/nccl-topology-gpudirect-rails.md"
SWITCH = "notes/in-network-reduction-nvls-sharp.md"
ROCE = "notes/roce-congestion-ecn-pfc.md"
FSDP = "notes/fsdp2-hsdp-mesh-and-traffic.md"
PIPELINE = "notes/pipeline-schedules-bubbles.md"
CONTEXT = "notes/context-parallel-ring-attention.md"
EXPERTS = "notes/expert-parallel-all-to-all.md"
SILENT = "notes/silent-data-corruption-in-training.md"
GOODPUT = "notes/goodput-and-recovery-at-scale.md"


def all_reduce(size: float, ranks: int, bandwidth: float) -> float:
    """Time of a ring all-reduce in the units of size over bandwidth."""
    return size * 2 * (ranks - 1) / ranks / bandwidth


def busiest_of(flows: int, links: int) -> float:
    """Mean number of flows on the busiest link, each flow choosing a link at random."""
    # Ways to put the flows onto the links with at most `most` on each, by exponential generating functions.
    mean = 0.0
    for most in range(flows):
        ways = [1.0] + [0.0] * flows
        for _ in range(links):
            ways = [
                sum(ways[n - k] / math.factorial(k) for k in range(min(n, most) + 1))
                for n in range(flows + 1)
            ]
        mean += 1 - ways[flows] * math.factorial(flows) / links**flows
    return mean


def test_benchmark_columns() -> None:
    algbw = 4 * 2**30 / 25.11e-3 / 1e9
    says(NCCL, "algbw 171 GB/s", algbw)
    says(NCCL, "busbw 331 GB/s", algbw * 2 * 31 / 32)
    gathered = 4 * 2**30 / 12.91e-3 / 1e9
    says(NCCL, "12.91 ms, 333 and 322", gathered)
    says(NCCL, "333 and 322 GB/s", gathered * 31 / 32)
    says(NCCL, "13/171 is 76 ms", 13e3 / 171)
    says(NCCL, "1.99/331 = 78 ms", 13e3 * 2 * 255 / 256 / 331)
    says(NCCL, "64 KiB at 2 GB/s is 33 microseconds", 64 * 1024 / 2e9 * 1e6)


def test_bytes_per_collective() -> None:
    says(NCCL, "2 x 7/8 x 2 GB, 3.5 GB", 2 * 7 / 8 * 2, 1)
    says(NCCL, "7/8 of 400, 350 MB", 7 / 8 * 400)


def test_ring_and_tree() -> None:
    ring, tree = 2 * 63 * 6, 2 * math.log2(64) * 6
    per_mb = all_reduce(1e6, 64, 45e9) * 1e6
    says(NCCL, "126 x 6 = 756 microseconds", ring)
    says(NCCL, "12 steps, 72 microseconds", tree)
    says(NCCL, "43.75 microseconds per MB", per_mb, 2)
    says(NCCL, "it needs 48.6 per MB", per_mb / 0.9, 1)
    says(NCCL, "times the size: 141 MB", (ring - tree) / (per_mb / 0.9 - per_mb))
    says(NCCL, "the ring takes 1,456 microseconds", ring + 16 * per_mb)
    says(NCCL, "the tree 850", tree + 16 * per_mb / 0.9)
    says(NCCL, "44.5 ms against 48.7", (ring + 1000 * per_mb) / 1e3, 1)
    says(NCCL, "44.5 ms against 48.7", (tree + 1000 * per_mb / 0.9) / 1e3, 1)
    far = all_reduce(1e6, 256, 45e9) * 1e6
    says(NCCL, "about 600 MB", (2 * 255 * 6 - 2 * 8 * 6) / (far / 0.9 - far), -2)


def test_job_with_forced_variables() -> None:
    says(NCCL, "1.45 s is 35 GB/s", all_reduce(26, 64, 1.45))
    says(NCCL, "At 350 it would be 146 ms", all_reduce(26e3, 64, 350))
    says(NCCL, "loses 1.3 s", 1.45 - all_reduce(26, 64, 350), 1)


def test_collisions() -> None:
    none = math.factorial(8) / 8**8 * 100
    says(NCCL, "8!/8^8, 0.24%", none, 2)
    says(ROCE, "8!/8^8 = 0.24%", none, 2)
    says(NCCL, "the busiest link carries 2.6 flows", busiest_of(8, 8), 1)
    says(ROCE, "the busiest link carries 2.6 flows", busiest_of(8, 8), 1)
    says(ROCE, "the busiest carries 1.76 times", busiest_of(32, 8) / 4, 2)
    says(NCCL, "eight times that is 180 GB/s", 8 * 45 / 2)
    says(NCCL, "three give 120", 8 * 45 / 3)
    says(NCCL, "four give 90", 8 * 45 / 4)


def test_reduction_in_the_switch() -> None:
    for path in (NCCL, SWITCH):
        says(path, "78 ms", 3.5e3 / 45)
        says(path, "151", all_reduce(3.5e3, 32, 45))
    says(NCCL, "2 x 31/32 x 3.5 = 6.8 GB", all_reduce(3.5, 32, 1), 1)
    says(SWITCH, "a gain of 1.3", 275 / 211, 1)
    says(SWITCH, "275 against 211", 370 / (2 * 7 / 8))
    for path in (NCCL, SWITCH):
        says(path, "1.56", (2 * 7 / 8) / (9 / 8), 2)


def test_cost_of_a_slow_upgrade() -> None:
    says(NCCL, "about 92,900 GPU hours", 2048 * 504 * 0.09, -2)


def test_ports_of_a_node() -> None:
    says(TOPOLOGY, "8 x 50 = 400 GB/s", 8 * 400 / 8)


def test_accumulation() -> None:
    reduce = all_reduce(5.2e3, 16, 40)
    says(PARALLEL, "at 40 GB/s that is 244 ms", reduce)
    exposed = reduce - 120
    says(PARALLEL, "8 x (60 + 120 + 124) = 2.43 s", 8 * (180 + exposed) / 1e3, 2)
    says(PARALLEL, "together 1.56 s", (8 * 180 + exposed) / 1e3, 2)
    says(PARALLEL, "1.55 times the speed", 8 * (180 + exposed) / (8 * 180 + exposed), 2)


def test_hybrid_sharding() -> None:
    says(FSDP, "1.6 GB", 13 * 16 / 128, 1)
    says(FSDP, "26 GB", 13 * 16 / 8)
    says(FSDP, "860 ms over the network", 4 * 3 * 26e3 * 127 / 128 / 360)
    says(FSDP, "780 ms on NVLink", 4 * 3 * 26e3 * 7 / 8 / 350)
    says(FSDP, "135 ms, once", all_reduce(3.25e3, 16, 45))
    says(FSDP, "38.7 GB", 4 * 3 * 26 * 127 / 128 / 8, 1)
    says(FSDP, "6.1 GB", all_reduce(3.25, 16, 1), 1)


def test_tensor_parallel_block() -> None:
    size = 2 * 4096 * 8192 / 1e6
    says(PARALLEL, "2 x 4,096 x 8,192 = 67 MB", size)
    says(PARALLEL, "is 0.29 ms", all_reduce(size, 4, 350), 2)
    says(PARALLEL, "1.15 ms for all", 4 * all_reduce(size, 4, 350), 2)
    attention, mlp = 2 * 8192**2 + 2 * 8192 * 1024, 3 * 8192 * 28672
    says(PARALLEL, "856M weights", (attention + mlp) / 1e6)
    says(PARALLEL, "151M in attention", attention / 1e6)
    says(PARALLEL, "705M in the MLP", mlp / 1e6)
    flops = 6 * (attention + mlp) * 4096 / 4
    says(PARALLEL, "is 5.3 TFLOP per GPU", flops / 1e12, 1)
    says(PARALLEL, "13.1 ms", flops / 400e12 * 1e3, 1)


def test_pipeline_schedules() -> None:
    useful, bubble = 32 * 30, 7 * 30
    says(PIPELINE, "210 ms on 960", bubble)
    says(PIPELINE, "so 1,170 ms", useful + bubble)
    says(PIPELINE, "52.5 ms for v = 4", bubble / 4, 1)
    says(PIPELINE, "here 1.22", 1 + 7 / 32, 2)
    says(PIPELINE, "(p-1)(F+B-W) = 70 ms", 7 * (10 + 10 - 10))
    says(PIPELINE, "here 15 instead of 8", 2 * 8 - 1)
    says(PIPELINE, "costs 144 ms", useful * 0.15)
    says(PIPELINE, "9%", 3 / 32 * 100)
    says(PIPELINE, "of 75%", 3 / 4 * 100)
    says(PARALLEL, "the bubble divides by four: 52 ms", bubble / 4)


def test_output_head() -> None:
    layer, head = 2 * 218e6 + 67e6, 2 * 4096 * 262144
    says(PARALLEL, "about 503 MFLOP per token", layer / 1e6)
    says(PARALLEL, "4.27 layers", head / layer, 2)
    says(PARALLEL, "4.53/8.27 = 55%", (32 + head / layer) / 8 / (4 + head / layer) * 100)
    says(PARALLEL, "4.53/5 = 91%", (32 + head / layer) / 8 / 5 * 100)
    says(PARALLEL, "x 4 bytes = 8.6 GB in fp32", 8192 * 262144 * 4 / 1e9, 1)
    says(PIPELINE, "are 2.15 GFLOP per token", head / 1e9, 2)


def test_context_parallelism() -> None:
    for path in (CONTEXT, PARALLEL):
        says(path, "67 MB", 16384 * 8 * 128 * 2 * 2 / 1e6)
        says(path, "1.5 ms", 16384 * 8 * 128 * 2 * 2 / 45e9 * 1e3, 1)
        says(path, "537 MB", 16384 * 64 * 128 * 2 * 2 / 1e6)
        says(path, "11.9 ms", 16384 * 64 * 128 * 2 * 2 / 45e9 * 1e3, 1)
        says(path, "1.875 times", 15 / 64 / (1 / 8), 3)
    says(CONTEXT, "4.4 TFLOP", 4 * 16384**2 * 8192 / 2 / 1e12, 1)
    says(CONTEXT, "8.8 ms", 4 * 16384**2 * 8192 / 2 / 500e12 * 1e3, 1)
    says(CONTEXT, "at 53% efficiency", 1 / 1.875 * 100)


def test_expert_traffic() -> None:
    dispatch = 4096 * 8 * 7168 * 2
    for path in (EXPERTS, PARALLEL):
        says(path, "470 MB", dispatch / 1e6)
        says(path, "411 MB", dispatch * 7 / 8 / 1e6)
        says(path, "9.1 ms", dispatch * 7 / 8 / 45e9 * 1e3, 1)
        says(path, "1.2 ms", dispatch * 7 / 8 / 350e9 * 1e3, 1)
        says(path, "235 MB", dispatch / 2 / 1e6)
        says(path, "5.2 ms", dispatch / 2 / 45e9 * 1e3, 1)
        says(path, "2.6 ms", dispatch / 4 / 45e9 * 1e3, 1)
        says(path, "2.9 TFLOP", 3 * 7168 * 2048 * 8 * 2 * 4096 / 1e12, 1)
        says(path, "7.2 ms", 3 * 7168 * 2048 * 8 * 2 * 4096 / 400e12 * 1e3, 1)
    says(EXPERTS, "touch 5.3 of eight nodes", 8 * (1 - (7 / 8) ** 8), 1)


def test_racks_of_72() -> None:
    dispatch = 8192 * 8 * 7168 * 2
    for path in (EXPERTS, PARALLEL):
        says(path, "940 MB", dispatch / 1e6)
        says(path, "1.3 ms at 700 GB/s", dispatch * 63 / 64 / 700e9 * 1e3, 1)
    says(EXPERTS, "21 ms on a 400", dispatch * 63 / 64 / 45e9 * 1e3)
    says(PARALLEL, "12 bytes, 23 GB", 1e12 / 512 * 12 / 1e9)
    says(PARALLEL, "3.9B at 9 bytes, 35 GB", 1e12 / 256 * 9 / 1e9)
    says(PARALLEL, "117 MB per micro-batch", 8192 * 7168 * 2 / 1e6)
    says(PARALLEL, "between two replicas, 5.9 GB, 0.13 s", 1e12 / 512 * (4 + 2) / 2 / 1e9, 1)


def test_eight_bits() -> None:
    says(PARALLEL, "0.12 + 0.08 = 0.745", 0.62 / 1.7 + 0.38, 3)
    says(PARALLEL, "so 1.34 times at best", 1 / (0.62 / 1.7 + 0.38), 2)
    says(PARALLEL, "in all 0.70, 1.43", 1 / (0.62 / 1.7 + 0.335), 2)


def test_strong_scaling() -> None:
    says(PARALLEL, "8.6 s of computation", 6 * 70e9 * 2048 * 8192 / 2048 / 400e12, 1)
    says(PARALLEL, "13.1 GB, 292 ms", 70e9 / 32 * 6 / 45e9 * 1e3)
    says(PARALLEL, "15T tokens are 894,000 steps", 15e12 / (2048 * 8192), -3)
    says(PARALLEL, "97 days today", 15e12 / (2048 * 8192) * 9.4 / 86400)
    says(PARALLEL, "22 days at 2.1 s", 15e12 / (2048 * 8192) * 2.1 / 86400)
    says(PARALLEL, "4.5 times faster", 9.4 / 2.1, 1)
    steps, compute = 15e12 / (2048 * 8192), 8.6 / 4
    says(PARALLEL, "25 to 32 days on 8,192", steps * (compute * (1 + 3 / 40) + 0.1) / 86400)
    says(PARALLEL, "25 to 32 days on 8,192", steps * (compute * (1 + 3 / 8) + 0.1) / 86400)


def test_sampler() -> None:
    says(RELIABLE, "= 15,626 samples per rank", math.ceil(1_000_003 / 64))
    says(RELIABLE, "1,000,064 in all, so 61 samples", 64 * 15_626 - 1_000_003)
    says(RELIABLE, "about 36.5%", (1 - 1 / 64) ** 64 * 100, 1)


def test_straggler() -> None:
    says(RELIABLE, "0.21 of 1.31 s is 16%", 0.21 / 1.31 * 100)
    says(RELIABLE, "one bad GPU wastes 82", 512 * 0.21 / 1.31)


def test_staging() -> None:
    says(RELIABLE, "34e9 x 14 = 476 GB", 34 * 14)
    says(RELIABLE, "59.5 GB per node", 34 * 14 / 8, 1)
    says(RELIABLE, "at 1.2 GB/s takes 397 s", 34 * 14 / 1.2)
    says(RELIABLE, "8 x 12 x 1.2 = 115 GB", 8 * 12 * 1.2)


def test_small_files() -> None:
    says(RELIABLE, "1,024 x 450 = 460,800 files", 1024 * 450)
    says(RELIABLE, "times 110 KB 50.7 GB/s", 1024 * 450 * 110e3 / 1e9, 1)
    says(RELIABLE, "120,000 opens, 26%", 120_000 / 460_800 * 100)
    says(RELIABLE, "6,300 requests per second", 1024 * 450 * 110e3 / 8e6, -2)


def test_thirty_replicas() -> None:
    says(RELIABLE, "take 35 micro-batches, 26 take 34", 30 - (1024 - 30 * 34))
    says(RELIABLE, "38/35, plus 8.6%", (38 / 35 - 1) * 100, 1)
    says(RELIABLE, "1,024/960, 6.7%", (1024 / 960 - 1) * 100, 1)
    says(GOODPUT, "26 take 34", 30 - (1024 - 30 * 34))


def test_goodput_account() -> None:
    lost = 31 * 72 / 60 + 300 * 90 / 3600 + 144 * 0.2 + 15 + 2.5
    says(RELIABLE, "Sum 91.0", lost, 1)
    says(RELIABLE, "336 - 91 = 245", 336 - lost)
    says(GOODPUT, "are 37.2 hours", 31 * 72 / 60, 1)
    says(GOODPUT, "lose a fifth, 28.8 hours", 144 * (1 - 1 / 1.25), 1)
    says(GOODPUT, "38% at 73% is 28%", 38 * 0.73)
    says(RELIABLE, "one in 22,000 GPU hours", 336 * 2048 / 31, -3)
    gained = 28.8 + 31 * (18 + 8 + 25) / 60 + (300 * 90 - 1800 * 3) / 3600 + 15
    says(RELIABLE, "Together about 76 hours", gained)


def test_silent_corruption() -> None:
    hours = 16384 * 54 * 24 / 6
    for path in (RELIABLE, SILENT):
        says(path, "3.5 million GPU hours", hours / 1e6, 1)
        says(path, "in 36 days" if path == RELIABLE else "one in about 36 days", hours / 4096 / 24)


def test_searching_nodes() -> None:
    says(RELIABLE, "need 255 rounds, 2.1 hours", 255 * 30 / 3600, 1)


def test_interruptions() -> None:
    says(GOODPUT, "one per 3.1 hours", 54 * 24 / 419, 1)
    says(GOODPUT, "one per 31 minutes", 54 * 24 * 60 / 419 / 6)
    says(RELIABLE, "is one per 3.1 hours", 54 * 24 / 419, 1)
    says(RELIABLE, "2,048 GPUs, 13.7 GB each", 2e12 * 14 / 2048 / 1e9, 1)
    says(RELIABLE, "in 0.3 s at 45 GB/s", 2e12 * 14 / 2048 / 45e9, 1)


def test_two_sites() -> None:
    says(RELIABLE, "(16,384 x 400e12) = 6.1 s", 6 * 200e9 * 33.5e6 / (16384 * 400e12), 1)
    says(GOODPUT, "400 GB per step", 200 * 2)
    says(RELIABLE, "2 bytes is 1.1 TB per step", 33.5e6 * 16384 * 2 / 1e12, 1)
