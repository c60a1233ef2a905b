"""One good file of every data set, written here."""

import csv
import io
import json

import pytest

SCANREFER = [
    {
        "scene_id": "scene0000_00",
        "object_id": str(number),
        "object_name": "coffee_table",
        "ann_id": str(number),
        "description": f"the coffee table near sofa {number}.",
        "token": ["the", "coffee", "table", "near", "sofa", str(number), "."],
        "camera": {"position": [1.0, 2.0, 1.5], "rotation": [0, 0, 0], "lookat": [number, 0, 0.5]},
    }
    for number in range(4)
]
NR3D = [
    {
        "stimulus_id": "scene0525_00-coffee_table-2-4-7",
        "utterance": "the coffee table left of the desk",
        "scan_id": "scene0525_00",
        "instance_type": "coffee table",
        "target_id": "4",
        "tokens": "['the', 'coffee', 'table', 'left', 'of', 'the', \"desk's\"]",
        "dataset": "nr3d",
        "mentions_target_class": "True",
        "correct_guess": "True",
    },
    {
        "stimulus_id": "scene0525_00-plant-5-9-10-11-12-13",
        "utterance": "the plant, leftover",
        "scan_id": "scene0525_00",
        "instance_type": "plant",
        "target_id": "9",
        "tokens": "['the', 'plant', 'leftover']",
        "dataset": "nr3d",
        "mentions_target_class": "True",
        "correct_guess": "False",
    },
]
SR3D = [
    {
        "scan_id": "scene0645_00",
        "target_id": "42",
        "distractor_ids": "[55]",
        "utterance": "find the window that is far from the shoes",
        "stimulus_id": "scene0645_00-window-2-42-55",
        "reference_type": "farthest",
        "instance_type": "window",
        "anchors_types": "['shoes']",
        "anchor_ids": "[85]",
        "tokens": "['find', 'the', 'window']",
        "dataset": "sr3d",
        "mentions_target_class": "True",
    }
]
SCANENTS3D = [
    {
        "scene_id": "scene0599_00",
        "object_id": 2,
        "object_name": "tv",
        "ann_id": 0,
        "description": "tv is infront of white board",
        "token": ["tv", "is", "infront", "of", "white", "board"],
        "entities": [[[0], ["2_tv"]], [[4, 5], ["4_white_board", "9_white_board"]]],
        "scene_dataset": "ScanNet",
    }
]
SCANQA = [
    {
        "answers": ["dark brown", "brown"],
        "object_ids": [4, 5],
        "object_names": ["chair", "chair"],
        "question": "What color is the chair in the kitchen?",
        "question_id": "val-scene0011-0",
        "scene_id": "scene0011_00",
    },
    {"question": "Where?", "question_id": "test-scene0011-1", "scene_id": "scene0011_00"},
]
SQA3D_QUESTIONS = {
    "questions": [
        {
            "scene_id": "scene0249_00",
            "situation": "I am wiping a table.",
            "alternative_situation": ["I stand at a table."],
            "question": "Which direction should I toss a napkin?",
            "question_id": 220602000037,
        }
    ]
}
SQA3D_ANNOTATIONS = {
    "annotations": [
        {
            "scene_id": "scene0249_00",
            "question_id": 220602000037,
            "answers": [{"answer": "right", "answer_confidence": "yes"}],
            "rotation": {"_x": 0, "_y": 0, "_z": 1, "_w": 0},
            "position": {"x": -1.5, "y": 3.0, "z": 0},
        }
    ]
}
QUESTIONS_NAME = "v1_balanced_questions_val_scannetv2.json"
ANNOTATIONS_NAME = "v1_balanced_sqa_annotations_val_scannetv2.json"


def table(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def language_folder(tmp_path):
    """A folder with a good file of every form, by the names that tests go by."""
    for name, document in {
        "scanrefer.json": SCANREFER,
        "scanents3d.json": SCANENTS3D,
        "scanqa.json": SCANQA,
        QUESTIONS_NAME: SQA3D_QUESTIONS,
        ANNOTATIONS_NAME: SQA3D_ANNOTATIONS,
    }.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "nr3d.csv").write_text(table(NR3D))
    (tmp_path / "sr3d.csv").write_text(table(SR3D))
    entities = "[[[1, 2], ['4_coffee_table']], [[6], ['1_desk']]]"
    (tmp_path / "scanents3d.csv").write_text(table([{**NR3D[0], "entities": entities}]))
    return tmp_path
