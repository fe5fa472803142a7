"""The numbers of the texts on behaviour, hiring managers, recruiters and offers."""

from __future__ import annotations

import math
from datetime import date, timedelta

from computed import says

SCORED = "notes/how-a-behavioural-answer-is-scored.md"
EVIDENCE = "notes/project-deep-dive-evidence.md"
LOGISTICS = "notes/recruiter-logistics-level-pay.md"
REFRESH = "notes/refresh-signing-bonus-and-withholding.md"
LEADERSHIP = "questions/people-leadership.yaml"
VALUES = "questions/behavioral-values.yaml"
NEGOTIATION = "questions/negotiation.yaml"
SCREEN = "questions/hiring-manager-screen.yaml"
CALL = "questions/recruiter-screen.yaml"
MANAGER = "questions/people-manager.yaml"
RECRUITER = "questions/people-recruiter.yaml"
OFFER = "questions/people-offer.yaml"

EVEN = (0.25, 0.25, 0.25, 0.25)
FRONT = (0.4, 0.3, 0.2, 0.1)


def vested(grant: float, schedule: tuple[float, ...], refresh: float, year: int) -> float:
    """Thousands that vest in a year, with one refresh grant at the end of every year, each over four years."""
    first = grant * schedule[year - 1] if year <= len(schedule) else 0.0
    return first + refresh / 4 * min(year - 1, 4)


def test_minutes_for_probes_in_a_behavioural_round() -> None:
    per_question = 45 / 4
    says(SCORED, "11 minutes are left for each", per_question)
    assert round(per_question - 3) == 8


def test_shares_of_disappointing_hires() -> None:
    says(SCORED, "28% and 6%", 100 * 5 / 18)
    says(SCORED, "28% and 6%", 100 * 1 / 16)
    says(SCORED, "would make the second 12.5%", 100 * 2 / 16, 1)


def test_bound_of_decoding_by_memory_bandwidth() -> None:
    seconds = 8e9 * 2 / 3.35e12
    says(EVIDENCE, "needs at least 4.8 ms a token", seconds * 1e3, 1)
    says(EVIDENCE, "makes at most 209 tokens a second", 1 / seconds)
    says(EVIDENCE, "187 is 89% of the simple bound", 100 * 187 * seconds)
    without_embedding = 3.35e12 / 15e9
    says(EVIDENCE, "one row is read, at most 223", without_embedding)
    says(MANAGER, "one row is read, it is 223", without_embedding)
    says(MANAGER, "187 is 89% of the first bound", 100 * 187 * seconds)
    says(MANAGER, "that takes at least 4.8 ms", seconds * 1e3, 1)
    assert 1 / seconds < without_embedding < 226


def test_corrected_speed_up() -> None:
    says(MANAGER, "plus 9.4%", 100 * (187 / 171 - 1), 1)
    half_width = 1.96 * 0.6 * (2 / 20) ** 0.5
    says(MANAGER, "a 95% interval of 9.0 to 9.8", 9.4 - half_width, 1)
    says(MANAGER, "a 95% interval of 9.0 to 9.8", 9.4 + half_width, 1)


def test_speed_up_from_tokens_that_were_never_made() -> None:
    """One prompt of six that stopped at once but was counted in full turns 187 into about 226."""
    assert abs(187 * 6 / 5 - 226) / 226 < 0.01
    says(MANAGER, "measured 41% more tokens", 100 * (226 / 160 - 1))


def test_halving_time_from_five_weeks_to_a_day() -> None:
    """The text says three to four months."""
    months = 18 / math.log2(5 * 7)
    assert 3 < months < 4


def test_gain_left_by_a_fallback() -> None:
    remaining = 0.88 / 1.07 + 0.12
    for path in (EVIDENCE, MANAGER):
        says(path, "0.942", remaining, 3)
    says(EVIDENCE, "a gain of 6.1%", 100 * (1 / remaining - 1), 1)
    says(MANAGER, "a gain of about 6.1%", 100 * (1 / remaining - 1), 1)


def test_accuracy_of_always_saying_no() -> None:
    says(EVIDENCE, "accuracy of 93% means nothing", 100 - 7)
    says(MANAGER, 'always saying "no crack" has 93%', 100 - 7)


def test_difference_between_the_levels() -> None:
    says(LOGISTICS, "a difference of $99k or 50%", 298 - 199)
    says(LOGISTICS, "a difference of $99k or 50%", 100 * (298 - 199) / 199)


def test_refresh_grants_on_an_even_first_grant() -> None:
    years = [vested(600, EVEN, 100, year) for year in range(1, 6)]
    assert years == [150, 175, 200, 225, 100]
    says(REFRESH, "is 150, 175, 200, 225 and 100", years[3])
    says(OFFER, "I get 150, 175, 200, 225", years[1])
    says(REFRESH, "Both pay 750 in the first four years", sum(years[:4]))
    says(OFFER, "a cliff of 125", years[3] - years[4])


def test_refresh_grants_on_a_front_loaded_first_grant() -> None:
    years = [round(vested(600, FRONT, 100, year)) for year in range(1, 6)]
    assert years == [240, 205, 170, 135, 100]
    says(REFRESH, "it is 240, 205, 170, 135 and 100", years[1])
    says(OFFER, "I get 240, 205, 170, 135, and also 100", years[2])
    says(OFFER, "The first four years add up to 750", sum(years[:4]))
    says(REFRESH, "it fell by $35,000 a year before", 1e3 * (years[0] - years[1]))


def test_signing_bonus() -> None:
    says(REFRESH, "is a lead of $25,000 in the first year", 40_000 - 15_000)
    says(REFRESH, "of 2% over four years", 100 * 25 / 1200)
    says(REFRESH, "leaves $10,000 to repay", 40_000 * 3 / 12)


def test_withholding_gap() -> None:
    withheld, owed = 0.22 * 230, 0.35 * 230
    says(REFRESH, "$50,600 are withheld", withheld * 1e3)
    says(REFRESH, "$80,500 owed", owed * 1e3)
    says(REFRESH, "$29,900 are missing", (owed - withheld) * 1e3)
    says(OFFER, "withholds at a flat 22%, 50.6,", withheld, 1)
    says(OFFER, "35% I owe 80.5", owed, 1)
    says(OFFER, "So 29.9 are missing", owed - withheld, 1)


def test_pay_at_a_lower_share_price() -> None:
    low = 270 + 0.6 * 230
    says(REFRESH, "46% of pay depends on one price", 100 * 230 / 500)
    says(REFRESH, "$408,000, 18.4% less", low * 1e3)
    says(REFRESH, "$408,000, 18.4% less", 100 * (1 - low / 500), 1)
    says(OFFER, "that is 408, 18.4% less", low)
    says(OFFER, "300 of 700, 43% of the savings", 100 * 300 / 700)
    says(OFFER, "1,060 instead of 920 in the grant, 15% more", 100 * (1060 / 920 - 1))
    says(OFFER, "at a price 13% lower", 100 * (1 - 920 / 1060))


def test_three_offers() -> None:
    even, front = 2 * 205 + 180 + 15, 2 * 205 + 0.7 * 360 + 15
    other = 2 * 225 + 140 + 40
    says(OFFER, "820, 360 and 15, that is 1,195", 4 * 205 + 360 + 15)
    says(OFFER, "40 signing, 1,220", 4 * 225 + 280 + 40)
    says(OFFER, "410, 180 and 15, 605", even)
    says(OFFER, "410, 252 and 15, 677", front)
    says(OFFER, "450, 140 and 40, 630", other)
    says(OFFER, "A leads by 47", front - other)
    says(OFFER, "A would pay 241 and B 295, 54 less", 205 + 36)
    says(OFFER, "A would pay 241 and B 295, 54 less", 295 - 241)
    says(OFFER, "56% of their paper value", 100 * (1220 - 940) / 500)
    says(OFFER, "which brings it to 1,235", 820 + 400 + 15)
    says(OFFER, "30% of A moves with its share", 100 * 360 / 1195)


def test_memory_of_a_model_of_seven_billion_parameters() -> None:
    says(RECRUITER, "7 billion parameters are 14 GB of weights", 7 * 2)
    says(RECRUITER, "In FP32 it would be 28 GB", 7 * 4)
    says(RECRUITER, "That is at least 112 GB", 7 * (2 + 2 + 4 + 4 + 4))
    says(RECRUITER, "about 3.5 GB", 7 / 2, 1)


def test_fraud_table() -> None:
    true_positive, flagged, fraud, payments = 60, 150, 100, 10_000
    false_positive = flagged - true_positive
    true_negative = payments - fraud - false_positive
    says(RECRUITER, "90 false alarms", false_positive)
    says(RECRUITER, "9,810 rightly let through", true_negative)
    says(RECRUITER, "98.7%", 100 * (true_positive + true_negative) / payments, 1)
    says(RECRUITER, "Flagging nothing has 99.0%", 100 * (payments - fraud) / payments, 1)
    says(RECRUITER, "Precision is 60 of 150, 40%", 100 * true_positive / flagged)
    says(RECRUITER, "recall 60 of 100, 60%", 100 * true_positive / fraud)
    says(RECRUITER, "for 750 dollars of checks", 5 * flagged)


def test_cost_of_the_stopped_training_run() -> None:
    says(LEADERSHIP, "about 6,100", 256 * 24, -2)


def test_drowsy_events_missed() -> None:
    says(LEADERSHIP, "we missed 14%, 41 of 290 events", 100 * 41 / 290)


def test_first_day_after_filing_and_notice() -> None:
    first_day = date(2026, 3, 20) + timedelta(weeks=4 + 3)
    assert first_day.month == 5
    says(LOGISTICS, "three weeks of notice give 8 May", first_day.day)
    says(RECRUITER, "so I would start around 8 May", first_day.day)


def test_sensitivity_without_leaked_patients() -> None:
    found, leaked, positive = 291, 140, 310
    says(VALUES, "The 94% sensitivity", 100 * found / positive)
    says(VALUES, "it came out at 89%, 151 of 170", 100 * (found - leaked) / (positive - leaked))
    says(VALUES, "it came out at 89%, 151 of 170", positive - leaked)


def test_step_time_left_after_the_fused_kernel() -> None:
    says(SCREEN, "78% of a step went into gathering", 78)
    assert 310 * (1 - 0.78) < 88


def test_two_offers_of_the_same_total() -> None:
    here, there = 4 * 200 + 400 + 10, 4 * 215 + 300 + 50
    assert here == there
    says(NEGOTIATION, "800 plus 400 plus 10 makes $1,210,000", 1e3 * here)
    says(NEGOTIATION, "In the first year they pay 340 and you 310", 215 + 75 + 50)
    says(NEGOTIATION, "In the first year they pay 340 and you 310", 200 + 100 + 10)
    says(NEGOTIATION, "yours would be worth 1,090 and theirs 1,120", here - 0.3 * 400)
    says(NEGOTIATION, "yours would be worth 1,090 and theirs 1,120", there - 0.3 * 300)
    says(NEGOTIATION, "brings the total to 1,290", here + 80)


def test_operations_per_byte_of_an_addition_and_of_the_chip() -> None:
    says(CALL, "about 0.17 operations per byte", 1 / (2 + 2 + 2), 2)
    says(CALL, "the tensor cores could do nearly 300 for each byte", 989e12 / 3.35e12, -2)
