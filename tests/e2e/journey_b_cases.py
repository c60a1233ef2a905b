"""A diagnosis of the bedroom's own sentences, made up without a model, in the user's folder."""

from dataclasses import replace

import numpy as np

from whatwhere.demo.shipped import ShippedRoom, shipped_rooms
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere.language.splits import open_split
from whatwhere_app.services.diagnoses import diagnoses_folder


def bedroom() -> ShippedRoom:
    """The room of the journey."""
    return shipped_rooms()[0]


def write_diagnosis() -> int:
    """Write it where the window looks; gives the number of cases."""
    room = bedroom()
    split = open_split(room.expressions)
    sentences = split.file.expressions
    count = len(sentences)
    made = made_cases(count, seed=2)
    columns = replace(
        made.columns,
        scene_ids=(room.path.name,),
        scenes=np.zeros(count, np.int32),
        target_ids=np.array([item.target_id for item in sentences], np.int32),
        excluded=np.full(count, -1, np.int32),
    )
    facts = replace(made.facts, data=str(room.expressions), split="demo", scans="")
    texts = tuple(item.text for item in sentences)
    write_cases(diagnoses_folder() / facts.name, facts, columns, texts)
    return count


if __name__ == "__main__":
    write_diagnosis()
