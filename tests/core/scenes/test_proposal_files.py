import io
import json
import zipfile

import numpy as np
import pytest
from mutating import broken_bytes, broken_values
from scipy import sparse

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError, WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalFiles, best_overlaps
from whatwhere.scenes.proposals import annotation_proposals

BOXES = {
    "tiny0000_00": [
        {"label": "chair", "score": 0.9, "aabb_min": [0, 0, 0], "aabb_max": [1, 1, 1]},
        {"label": "chair", "score": 0.8, "aabb_min": [2, 0, 0], "aabb_max": [2, 1, 1]},
        {"label": "table", "score": 0.7, "aabb_min": [3, 0, 0], "aabb_max": [4, 2, 1]},
    ]
}


@pytest.fixture
def scene(tmp_path, write_scan):
    return open_scene(write_scan(tmp_path / "scans"))


@pytest.fixture
def masks(scene):
    """(3, N): an office chair, nothing, the other office chair."""
    table = np.zeros((3, len(scene.mesh.vertices)), bool)
    chairs = [item for item in scene.objects if item.box is not None]
    for row, chair in zip((0, 2), chairs, strict=True):
        table[row, chair.vertex_indices] = True
    return table


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("dtype", [bool, np.float32])
def test_masks_become_boxes_with_the_files_own_numbers(scene, masks, tmp_path, kind, dtype):
    path = tmp_path / "masks.npz"
    sparse.save_npz(path, sparse.csr_matrix(masks.astype(dtype)).asformat(kind))
    found = ProposalFiles(path).of(scene)
    assert [item.proposal for item in found.proposals] == [0, 2]
    assert found.num_empty == 1
    assert {item.source for item in found.proposals} == {"mask3d"}
    assert [item.box for item in found.proposals] == [
        item.box for item in annotation_proposals(scene)
    ]
    assert [item.proposal for item in ProposalFiles(path, first=2).of(scene).proposals] == [0]


def test_boxes_between_corners_keep_their_labels_for_display(scene, tmp_path):
    path = tmp_path / "mask3d.json"
    path.write_text(json.dumps(BOXES))
    found = ProposalFiles(path).of(scene)
    assert [(item.proposal, item.label) for item in found.proposals] == [(0, "chair"), (2, "table")]
    assert found.proposals[1].box == Box((3.5, 1.0, 0.5), (1.0, 2.0, 1.0))
    assert found.num_empty == 1


def test_a_folder_holds_a_file_per_scene(scene, masks, tmp_path):
    folder = tmp_path / "mask"
    folder.mkdir()
    with pytest.raises(MissingFileError, match="Proposals of tiny0000_00 not found"):
        ProposalFiles(folder).of(scene)
    sparse.save_npz(folder / "tiny0000_00.mask.npz", sparse.csr_matrix(masks))
    assert len(ProposalFiles(folder).of(scene).proposals) == 2
    with pytest.raises(MissingFileError, match="Proposals not found"):
        ProposalFiles(tmp_path / "nowhere")


def test_masks_of_another_mesh_are_refused(scene, masks, tmp_path, write_scan):
    path = tmp_path / "masks.npz"
    sparse.save_npz(path, sparse.csr_matrix(masks[:, 1:]))
    with pytest.raises(BrokenFileError, match="of 440 vertices, but the mesh has 441"):
        ProposalFiles(path).of(scene)
    sparse.save_npz(path, sparse.csr_matrix(masks))
    bare = open_scene(write_scan(tmp_path / "bare", mesh=False))
    with pytest.raises(SceneError, match="this scene has none"):
        ProposalFiles(path).of(bare)


def test_an_archive_that_promises_too_much_is_refused_before_it_is_unpacked(scene, tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.npy", bytes(80 * 2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(BrokenFileError, match="unpacked it would be larger"):
        ProposalFiles(path).of(scene)


def test_a_header_that_promises_too_much_is_refused(scene, tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<i8", "fortran_order": False, "shape": (10**12,)}
    )
    path = tmp_path / "lie.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.npy", header.getvalue())
    with pytest.raises(BrokenFileError, match="shorter or longer than its header says"):
        ProposalFiles(path).of(scene)


def test_objects_are_never_unpickled(scene, tmp_path):
    path = tmp_path / "pickled.npz"
    np.savez(path, data=np.array([{}], object))
    with pytest.raises(BrokenFileError, match="holds Python objects"):
        ProposalFiles(path).of(scene)


def test_damaged_masks_are_refused(scene, masks, tmp_path):
    path = tmp_path / "masks.npz"
    sparse.save_npz(path, sparse.csr_matrix(masks))
    _all_refused_or_read(path, scene, broken_bytes(path.read_bytes()))


def test_damaged_members_are_refused(scene, masks, tmp_path):
    """The archive holds together, but what is in it does not."""
    path = tmp_path / "masks.npz"
    arrays = {"data": masks[masks], "format": np.array(b"csr"), "shape": np.array(masks.shape)}
    matrix = sparse.csr_matrix(masks)
    arrays |= {"indices": matrix.indices, "indptr": matrix.indptr}
    generator = np.random.default_rng(0)
    for number in range(300):
        name = list(arrays)[number % len(arrays)]
        raw = io.BytesIO()
        np.save(raw, arrays[name])
        broken = bytearray(raw.getvalue())
        broken[generator.integers(8, len(broken))] ^= 1 << int(generator.integers(8))
        with zipfile.ZipFile(path, "w") as archive:
            for other, values in arrays.items():
                body = io.BytesIO()
                np.save(body, values)
                archive.writestr(f"{other}.npy", broken if other == name else body.getvalue())
        _all_refused_or_read(path, scene, [path.read_bytes()])


def test_damaged_boxes_are_refused(scene, tmp_path):
    path = tmp_path / "mask3d.json"
    texts = [json.dumps(document).encode() for document in broken_values(BOXES)]
    texts += broken_bytes(json.dumps(BOXES).encode())
    _all_refused_or_read(path, scene, texts)


def _all_refused_or_read(path, scene, contents):
    for data in contents:
        path.write_bytes(data)
        try:
            found = ProposalFiles(path).of(scene)
        except WhatWhereError:
            continue
        for item in found.proposals:
            assert np.isfinite(item.box.as_row()).all()
            assert min(item.box.size) >= 0


def test_the_best_overlap_of_each_target(scene):
    chairs = annotation_proposals(scene)
    far = Box((50.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert best_overlaps([chairs[1].box, far, None], chairs) == pytest.approx([1, 0, 0], abs=1e-6)
    assert best_overlaps([far], ()).tolist() == [0]


def test_the_real_proposals(realdata, tmp_path, write_scan):
    scene = open_scene(write_scan(tmp_path, mesh=False, scene_id="scene0011_00"))
    found = ProposalFiles(realdata / "scannet" / "proposals" / "mask3d_val_half.json").of(scene)
    assert len(found.proposals) == 50
    assert found.num_empty == 0
    assert found.proposals[0].label == "ceiling"
