"""Questions with answers, learned beside sentences: ScanQA's form, about the scans of the data."""

import json
from dataclasses import replace

import pytest
import torch

from whatwhere.errors import ConfigError, SceneError
from whatwhere.training.answering import Answering, read_questions
from whatwhere.training.config import read_config
from whatwhere.training.distributed import Ranks
from whatwhere.training.loop import GrounderTraining


@pytest.fixture(scope="session")
def questions(data, tmp_path_factory):
    """Two questions per scan, one of them about places."""
    path = tmp_path_factory.mktemp("questions") / "ScanQA_v1.0_train.json"
    rows = [
        {
            "scene_id": scan.name,
            "question_id": f"train-{scan.name}-{number}",
            "question": text,
            "answers": answers,
            "object_ids": [1],
            "object_names": ["table"],
        }
        for scan in sorted((data / "scans").iterdir())
        for number, (text, answers) in enumerate(
            [("what is left of the table", ["the chair", "chair"]), ("what is the chair", ["red"])]
        )
    ]
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture
def asked(trainee_of, dataset, questions):
    """What is trained, and its questions: `asked(answer_weight="1")`."""

    def made(**changes):
        trainee, config = trainee_of("siglip+qwen2", questions=f'"{questions}"', **changes)
        return trainee, config, trainee.samples(dataset)

    return made


def test_fused_learns_the_answers_and_2d_is_kept_from_them(asked):
    trainee, config, samples = asked(answer_pseudo_label_weight="1", questions_per_step="4")
    training = GrounderTraining(
        trainee.network,
        trainee.sampler(samples),
        config,
        num_attributes=trainee.num_attributes,
        lessons=trainee.lessons(samples),
    )
    told = [training.take_step().values for _ in range(config.steps)]
    assert told[-1]["loss/answer"] < 0.9 * told[0]["loss/answer"]
    assert told[0]["loss/answer_pseudo_label"] == 0, "the ramp begins at 0"
    assert 0 < told[1]["loss/answer_pseudo_label"] < 1
    assert {"loss/alignment", "loss/total"} <= set(told[0])


def gradient_of(trainee, answering, step=3, ranks=None, ramped=1.0):
    network = trainee.network
    network.zero_grad(set_to_none=True)
    shares = {}
    for number in range(ranks or 1):
        alone = Ranks()
        alone.number, alone.count = number, ranks or 1
        for name, value in answering.backward(step, ramped, alone, torch.Tensor.backward).items():
            shares[name] = shares.get(name, 0) + value
    gradient = {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}
    return shares, gradient


def test_the_shares_of_ranks_are_the_whole(asked):
    trainee, _, samples = asked(answer_pseudo_label_weight="0.5", questions_per_step="4")
    answering = trainee.lessons(samples)
    whole, gradient = gradient_of(trainee, answering)
    shared, summed = gradient_of(trainee, answering, ranks=3)
    assert shared == pytest.approx(whole, abs=1e-5)
    assert set(summed) == set(gradient)
    for name, value in gradient.items():
        torch.testing.assert_close(summed[name], value, rtol=1e-4, atol=1e-6)


def test_the_hinge_is_for_questions_about_places_and_has_its_weight(asked):
    trainee, config, samples = asked(answer_pseudo_label_weight="1", questions_per_step="4")
    answering = trainee.lessons(samples)
    assert sorted(item.is_spatial for item in answering.questions) == [False, False, True, True]
    plain, without = gradient_of(trainee, answering, ramped=0.0)
    pushed, with_hinge = gradient_of(trainee, answering)
    assert plain["answer_pseudo_label"] == 0 < pushed["answer_pseudo_label"]
    assert plain["answer"] == pytest.approx(pushed["answer"], abs=1e-6)
    assert any(not torch.equal(with_hinge[name], value) for name, value in without.items())

    placeless = [replace(item, is_spatial=False) for item in answering.questions]
    plain_preset = config.model_copy(update={"pseudo_label": "none"})
    unpushed, _ = gradient_of(
        trainee, Answering(trainee.network, samples.sights, answering.questions, plain_preset)
    )
    assert unpushed["answer_pseudo_label"] == 0, "such a preset has no such loss"
    none, same = gradient_of(trainee, Answering(trainee.network, samples.sights, placeless, config))
    assert none["answer_pseudo_label"] == 0
    for name, value in without.items():
        torch.testing.assert_close(same[name], value, rtol=1e-5, atol=1e-7)


def test_questions_that_cannot_be_learned_from_are_refused(asked, questions, tmp_path):
    with pytest.raises(ConfigError, match="questions"):
        read_config("plain", {"base": "default", "questions": str(questions)})
    rows = json.loads(questions.read_text())
    hidden = tmp_path / "test.json"
    hidden.write_text(json.dumps([{**row, "answers": []} for row in rows]))
    with pytest.raises(SceneError, match="none of its questions has an answer"):
        read_questions(hidden)
    trainee, _, samples = asked()
    elsewhere = tuple(replace(item, scene_id="scene0000_00") for item in trainee.questions)
    with pytest.raises(SceneError, match="about a scene of the training split"):
        replace(trainee, questions=elsewhere).lessons(samples)
