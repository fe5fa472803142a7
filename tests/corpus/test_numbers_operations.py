"""Figures of the texts about operations and edge systems: `operations-*.yaml` and eight notes."""

from __future__ import annotations

from math import ceil, comb, log, sqrt
from statistics import NormalDist

from computed import says

CLUSTER = "questions/operations-cluster.yaml"
FLEET = "questions/operations-fleet.yaml"
LIFECYCLE = "questions/operations-lifecycle.yaml"
EDGE = "questions/operations-edge.yaml"
HOURS_A_DAY = 24
SECONDS_AN_HOUR = 3600


def test_idle_sms_beside_mig_instances() -> None:
    says("notes/mig-placement-rules.md", "Two 3g use 120 SMs", 2 * 60)
    says("notes/mig-placement-rules.md", "so 12 stay idle", 132 - 2 * 60)
    says("notes/mig-placement-rules.md", "seven 1g use 112", 7 * 16)
    says("notes/mig-placement-rules.md", "so 20 stay idle", 132 - 7 * 16)


def test_mig_budgets_of_the_third_wish() -> None:
    says(CLUSTER, "Compute is 3 + 2 + 1 + 1 = 7", 3 + 2 + 1 + 1)
    says(CLUSTER, "memory 4 + 2 + 1 + 1 = 8", 4 + 2 + 1 + 1)


def test_clock_event_masks() -> None:
    assert (0x40 + 0x8, 0x80 + 0x8) == (0x48, 0x88)
    says(FLEET, "0x48 is 0x40 + 0x8", 48)
    says("notes/clock-event-reasons.md", "0x88 is power brake plus hardware slowdown", 88)


def test_slurm_utilization_and_window() -> None:
    says(CLUSTER, "512 GPUs with 96 idle is 81% in use", 100 * (512 - 96) / 512)
    says("notes/slurm-gpu-scheduling.md", "one day (1,440 minutes)", HOURS_A_DAY * 60)
    says("notes/slurm-gpu-scheduling.md", "10,080 minutes for seven days", 7 * HOURS_A_DAY * 60)


def test_gpu_hours_of_a_deadlocked_night() -> None:
    says(CLUSTER, "2,688 GPU hours", 24 * 8 * 14)
    says("notes/kubernetes-gangs-quota-dra.md", "12 pods each, 192 GPUs allocated", 2 * 12 * 8)


def test_image_pulls() -> None:
    seconds = 256 * 11 / 5
    hours = 2048 * (seconds / 60 + 3) / 60
    says(CLUSTER, "are 2,816 GB", 256 * 11)
    says(CLUSTER, "563 seconds", seconds)
    says(CLUSTER, "conversion gives 12.4", seconds / 60 + 3, 1)
    says(CLUSTER, "423 GPU hours per start", hours)
    says(CLUSTER, "about 3,800 for nine", 9 * hours, -2)
    says(CLUSTER, "at 100 GB/s is 28 seconds", 256 * 11 / 100)


def test_storage_budget() -> None:
    a_gpu = 1200 * 110e3
    fleet = 256 * a_gpu / 1e9
    images = 14e12 / 110e3
    at_full_speed, at_limit = images / (256 * 1200), 14e12 / 20e9
    for path in (CLUSTER, "notes/training-storage-budget.md"):
        says(path, "132 MB/s", a_gpu / 1e6)
        says(path, "1.06 GB/s", 8 * a_gpu / 1e9, 2)
        says(path, "33.8 GB/s", fleet, 1)
        says(path, "700 seconds", at_limit)
        says(path, "448 TB", 32 * 14)
        says(path, "6.2 hours", 32 * 14e12 / 20e9 / SECONDS_AN_HOUR, 1)
    says(CLUSTER, "that is 59% of it", 100 * 20 / fleet)
    says(CLUSTER, "an epoch would take 414", at_full_speed)
    says(CLUSTER, "7.1 hours", 90 * (at_limit - at_full_speed) / SECONDS_AN_HOUR, 1)


def test_useful_gpus_of_a_platform() -> None:
    allocated = 0.92 * 3360
    says(CLUSTER, "92% of 3,360", 384 * 8 + 4 * 72)
    says(CLUSTER, "are 3,091 allocated", allocated)
    says(CLUSTER, "about 1,270 GPUs", allocated * 0.41, -1)
    says(CLUSTER, "38% of what we own", 92 * 0.41)
    says(CLUSTER, "0.14 x 3,091, 430 GPUs", 0.14 * allocated, -1)
    working = allocated * 0.41 / (allocated - 600)
    says(CLUSTER, "1,267 / 2,491, 51%", allocated * 0.41)
    says(CLUSTER, "1,267 / 2,491, 51%", allocated - 600)
    says(CLUSTER, "1,267 / 2,491, 51%", 100 * working)
    says(CLUSTER, "some 305 of the 430", 600 * working)


def test_activity_while_busy() -> None:
    says(FLEET, "0.38 / 0.41 is 0.93", 0.38 / 0.41, 2)


def test_price_of_tokens() -> None:
    full = 3 / (2500 * SECONDS_AN_HOUR / 1e6)
    says(FLEET, "are 9.0 million tokens an hour", 2500 * SECONDS_AN_HOUR / 1e6, 1)
    says(FLEET, "so 0.33 dollars per million", full, 2)
    says(FLEET, "0.333 / 0.35 is 0.95 dollars", full / 0.35, 2)
    says(FLEET, "divides the price by 1.2, to 0.79", full / 0.35 / 1.2, 2)
    says(FLEET, "0.333 / 0.60, 0.56 dollars", full / 0.60, 2)
    says(FLEET, "both together give 0.46", full / 0.60 / 1.2, 2)
    says(FLEET, "A 20% faster engine makes it 0.28", full / 1.2, 2)
    says(FLEET, "56% average load", 100 * full / 0.60)


def test_bus_bandwidth_of_a_slow_node() -> None:
    factor = 2 * (8 - 1) / 8
    says(FLEET, "1.75 for eight", factor, 2)
    says(FLEET, "350 GB/s", factor * 4 / 0.020)
    says(FLEET, "111 and 194 GB/s", 4 / 0.036)
    says(FLEET, "111 and 194 GB/s", factor * 4 / 0.036)
    says(FLEET, "56% of its peers", 100 * 20 / 36)


def test_pairs_of_a_burn_in() -> None:
    says(FLEET, "4,560 pairs", comb(96, 2))
    says(FLEET, "that is 152 hours", comb(96, 2) * 2 / 60)
    says(FLEET, "in 95 rounds: 190 minutes", 95 * 2)
    says(FLEET, "55,296 GPU hours", 768 * 72)
    says(FLEET, "give about 1.1", 768 * 72 / 50_000, 1)


def test_waves_of_a_driver_rollout() -> None:
    says(FLEET, "8% of 600 is 48 nodes", 0.08 * 600)
    says(FLEET, "15 waves of 35 minutes, 8.75 hours", 600 / 40 * 35 / 60, 2)


def test_runs_until_sure_of_a_bad_gpu() -> None:
    says(FLEET, "14 runs for 95%", ceil(log(0.05) / log(0.8)))


def test_error_budget_of_a_night() -> None:
    budget = 30 * HOURS_A_DAY * 60 * 0.001
    bad = 96 * 0.4
    says(FLEET, "is 38.4 bad minutes", bad, 1)
    says(FLEET, "is 43.2 minutes", budget, 1)
    says(FLEET, "so 89% is gone", 100 * bad / budget)
    says(FLEET, "4.8 minutes are left", budget - bad, 1)
    says(FLEET, "burns 400 times the budget", 0.4 / 0.001)


def test_rows_of_a_retried_step() -> None:
    says(LIFECYCLE, "2,400,000 in all", (6 + 8 + 10) * 100_000)
    says(LIFECYCLE, "1,400,000 are surplus", (6 + 8) * 100_000)


def test_false_alarms_of_a_noisy_gate() -> None:
    noise = 1.5 * sqrt(2)
    alarm = 1 - NormalDist().cdf(2 / noise)
    says(LIFECYCLE, "1.5% x 1.41 = 2.1%", noise, 1)
    says(LIFECYCLE, "0.94 sigma", 2 / noise, 2)
    says(LIFECYCLE, "17%", 100 * alarm)
    says(LIFECYCLE, "5.2 alarms a night", 30 * alarm, 1)
    says(LIFECYCLE, "in only 68% of nights", 100 * NormalDist().cdf(1 / noise))
    says(LIFECYCLE, "4.47 = 0.13%", 0.4 * sqrt(2) / sqrt(20), 2)


def test_best_retraining_interval() -> None:
    decay = 0.4 * 20_000 / 2
    says(LIFECYCLE, "the average loss is 4,000 T", decay)
    says(LIFECYCLE, "= 1.5 months", sqrt(9000 / decay), 1)
    says(LIFECYCLE, "12,000 a month", 2 * sqrt(9000 * decay))
    says(LIFECYCLE, "= 37,000", 9000 / 0.25 + decay * 0.25)
    says(LIFECYCLE, "= 13,000", 9000 + decay)
    says(LIFECYCLE, "= 15,000", 9000 / 3 + decay * 3)
    says(LIFECYCLE, "T is 0.87 months", sqrt(3000 / decay), 2)


def test_share_of_an_epoch_between_preemptions() -> None:
    says(LIFECYCLE, "are 6.7%", 100 * 8 / (5 * HOURS_A_DAY), 1)
    says(LIFECYCLE, "about 18 times in six days", 6 * HOURS_A_DAY / 8)
    says(LIFECYCLE, "shrinks by 6%", 100 * (1 - 120 / 128))


def test_rate_behind_an_imperfect_judge() -> None:
    slope = 0.70 - 0.04
    raw = 100 * sqrt(0.08 * 0.92 / 2000)
    says(LIFECYCLE, "0.08 = 0.04 + 0.66 p", slope, 2)
    says(LIFECYCLE, "so p is 6.1%", 100 * (0.08 - 0.04) / slope, 1)
    says(LIFECYCLE, "(47%) of what it called bad was good", 100 * 0.04 * (1 - (0.08 - 0.04) / slope) / 0.08)
    says(LIFECYCLE, "standard error of 0.6 points", raw, 1)
    says(LIFECYCLE, "it is 0.9 for p", raw / slope, 1)
    says(LIFECYCLE, "between two days 1.3", sqrt(2) * raw / slope, 1)


def test_harmless_releases_that_a_committee_stops() -> None:
    says(LIFECYCLE, "19 of 212 is 9.0%", 100 * 19 / 212, 1)
    says(LIFECYCLE, "87% of harmless models", 100 * (1 - 0.95**40))


def test_engines_and_device_changes() -> None:
    says("notes/tensorrt-on-the-edge.md", "3 x 2 x 2 gives 12 engines", 3 * 2 * 2)
    for path in (EDGE, "notes/tensorrt-on-the-edge.md"):
        says(path, "46 changes", 23 * 2)
        says(path, "9.2 ms", 46 * 0.2, 1)
    says(EDGE, "8 + 4 + 9.2 = 21.2 ms", 8 + 4 + 46 * 0.2, 1)


def test_int8_steps() -> None:
    step = 6.0 / 127
    says(EDGE, "6.0 / 127 = 0.047", step, 3)
    says(EDGE, "0.3 / 0.047 = 6.4", 0.3 / round(step, 3), 1)
    says(EDGE, "14 / 127 = 0.11", 14 / 127, 2)
    says(EDGE, "0.04 x 0.23 is 0.009", 0.04 * 0.23, 3)
    says("notes/tensorrt-on-the-edge.md", "the step is 0.047", step, 3)
    says("notes/tensorrt-on-the-edge.md", "moves a mean over images by 0.9 points", 4 * 0.23, 1)


def test_parts_of_the_gap_to_reality() -> None:
    says(EDGE, "83 - 61 = 22 points", 83 - 61)
    says(EDGE, "94 - 83 = 11", 94 - 83)
    says(EDGE, "61 plus or minus 10", 100 * 1.96 * sqrt(0.61 * 0.39 / 100))
    says(EDGE, "83 plus or minus 7", 100 * 1.96 * sqrt(0.83 * 0.17 / 100))
    says(EDGE, "the 22 points are plus or minus 12", 100 * 1.96 * sqrt((0.61 * 0.39 + 0.83 * 0.17) / 100))


def test_rollout_over_the_air() -> None:
    events = 400 * 60 * 2 / 1000
    four, week = 4 * events, 7 * events
    says(EDGE, "72 TB, 57,600 euros", 40_000 * 1.8 * 0.8)
    says(EDGE, "8.8 TB", 40_000 * 0.22 / 1000, 1)
    says(EDGE, "7,040 euros", 40_000 * 0.22 * 0.8)
    for path in (EDGE, "notes/evidence-from-quiet-kilometres.md"):
        says(path, "3.5 sigma", 0.25 * four / sqrt(four), 1)
        says(path, "3.1 sigma", 0.25 * week / sqrt(2.25 * week), 1)
    says(EDGE, "only 2.3 against a control", 0.25 * four / sqrt(2.25 * four), 1)
    says("notes/evidence-from-quiet-kilometres.md", "standard deviation of 14", sqrt(four))
    says("notes/evidence-from-quiet-kilometres.md", "2.3 sigma", 0.25 * four / sqrt(2.25 * four), 1)


def test_rare_events() -> None:
    says("notes/evidence-from-quiet-kilometres.md", "one in 3.3 million", 10 / 3, 1)
    says("notes/evidence-from-quiet-kilometres.md", "24 million km", 3 * 8)
    for path in (EDGE, "notes/evidence-from-quiet-kilometres.md"):
        says(path, "38 million", 4.744 * 8)
    says(EDGE, "one in 3.3 million km", 10 / 3, 1)


def test_volume_of_a_robot_fleet() -> None:
    a_robot = 5e6 * 8 * SECONDS_AN_HOUR
    says(EDGE, "144 GB per robot", a_robot / 1e9)
    says(EDGE, "2.88 PB", 20_000 * a_robot / 1e15, 2)
    says(EDGE, "40 TB are 1.4%", 100 * 40e12 / (20_000 * a_robot), 1)
    says(EDGE, "2.7 TB", 9000 * 60 * 5e6 / 1e12, 1)
    says(EDGE, "Raw volume is 72 times", 20_000 * a_robot / 40e12)
