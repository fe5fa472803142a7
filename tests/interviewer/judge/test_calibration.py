"""The fitted files that ship: whole, for these features, and honest about where they come from."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import pytest

from bench.labelled import answers_sha256
from interviewer.judge.background import shipped_background, word_weights
from interviewer.judge.calibration import HEADS, read_calibration, shipped_calibration
from interviewer.judge.features import FEATURES, TOPIC
from interviewer.judge.whole import ABOUT, CLOSENESS, TURNED
from interviewer.packs import load_role_pack
from retrieval import Embedder

TEXT = resources.files("interviewer.judge").joinpath("calibration.json").read_text("utf-8")


def test_every_number_is_there_and_finite() -> None:
    found = shipped_calibration()
    size = len(FEATURES)
    assert found.mean.shape == found.scale.shape == found.topic.shape == found.contradiction.shape == (size,)
    assert len(found.heads) == len(HEADS)
    assert found.hidden.shape[0] == size
    for array in (found.mean, found.scale, found.hidden, found.topic, *(h.weights for h in found.heads)):
        assert np.isfinite(array).all()
    for factor, names in ((found.closeness, CLOSENESS), (found.upright, TURNED), (found.about, ABOUT)):
        for array in (factor.mean, factor.scale, factor.weights):
            assert array.shape == (len(names),)
            assert np.isfinite(array).all()
        assert (factor.scale > 0).all()
    assert (found.scale > 0).all()
    assert all(head.step > 0 for head in found.heads)


def test_what_all_criteria_of_an_answer_share_decides_no_credit() -> None:
    found = shipped_calibration()
    shared = [FEATURES.index(name) for name in TOPIC]
    assert found.topic[shared].all()
    for weights in (found.hidden[shared], *(head.weights[shared] for head in found.heads)):
        assert not weights.any()


def test_it_says_what_it_was_fitted_from() -> None:
    provenance = json.loads(TEXT)["provenance"]
    assert provenance["script"] == "bench/fit_embedded_judge.py"
    assert provenance["seed"] == 0
    assert "no human" in provenance["statement"]
    for name, data in provenance["human_graded"].items():
        assert len(data["sha256"]) == 64, name
        assert data["answers"] > 0
        assert f"{name}.pearson" in provenance["held_out"]
    readers = provenance["readers"]
    assert readers["sha256"] == answers_sha256(load_role_pack())
    assert (readers["answers"], readers["verdicts"]) == (200, 2 * 2260)
    assert "readers of this project" in provenance["statement"]
    assert "own.pearson" in provenance["held_out"]


@pytest.mark.parametrize(
    "change", [{"features": ["similarity"]}, {"heads": {}}, {"whole": {}}, {"width": {}}]
)
def test_a_calibration_for_other_features_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fit_embedded_judge\.py"):
        read_calibration(json.dumps({**json.loads(TEXT), **change}))


def test_its_identity_changes_with_a_single_number() -> None:
    data = json.loads(TEXT)
    data["topic_bias"] += 0.001
    assert (
        read_calibration(json.dumps(data)).identity != read_calibration(json.dumps(json.loads(TEXT))).identity
    )


def test_the_half_width_says_which_misses_it_was_fitted_to() -> None:
    told = json.loads(TEXT)["provenance"]["width"]
    assert (told["script"], told["seed"], told["split"]) == ("bench/conformal.py", 0, "10 folds by question")
    assert list(told["misses"]) == ["mohler", "nnexam", "saf", "own"]
    answers = {name: data["answers"] for name, data in json.loads(TEXT)["provenance"]["human_graded"].items()}
    for name, count in told["misses"].items():
        assert count + told["refused_by_gates"][name] == answers.get(name, 200)
        assert 0.7 < told["held_out"][f"{name}.embedded.coverage_of_80"] < 0.9
    assert len(told["own_sha256"]) == 64


def test_a_word_of_many_documents_weighs_less() -> None:
    # Ten documents: ln(11/10.5) / ln(11/1.5) = 0.023, ln(11/2.5) / ln(11/1.5) = 0.744; once only is not listed.
    documents = [["gradient norm"], ["gradient norm"], *([["gradient"]] * 7), ["gradient xid"]]
    assert word_weights(documents) == {"gradient": 0.023, "norm": 0.744}


def test_the_background_fits_the_packaged_embedder(embedder: Embedder) -> None:
    background = shipped_background()
    vectors = embedder.embed_passages(["Clip the gradient by its norm.", "Offer the candidate more equity."])
    centred = background.centred(vectors)
    assert np.allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-5)
    assert centred[0] @ centred[1] < vectors[0] @ vectors[1]
    assert 0 <= background.weight("model") < 0.6
    assert background.weight("zzyzx") == 1.0
