"""Look-alikes with exchanged appearance: what a tower saw of one, where another one stands.

Exchanged are the features of every patch that one of them owns, and with them whatever is pooled
from patches; places, depths, sizes and membership stay. What remains of the old appearance: the
patches of which a candidate covers too little to own them (its rim, and what is seen through it),
and what a tower that looks far around itself has carried into the patches next to it.

Shapes: F frames, K candidates, h x w patches, L levels, D width, N = F * h * w patches.
"""

import torch
from torch import Tensor

_LEAST_SHARE = 0.25
_NOBODY = -1


def owners(shares_KFyx: Tensor) -> Tensor:
    """(N,) the candidate that covers most of each patch; -1 where none covers a quarter of it."""
    most_N, owner_N = shares_KFyx.flatten(1).float().max(dim=0)
    return torch.where(most_N >= _LEAST_SHARE, owner_N, _NOBODY)


def exchanged_frames(features_FyxLD: Tensor, shares_KFyx: Tensor, looks_from_K: Tensor) -> Tensor:
    """The features of the frames if candidates looked as others do.

    The patches of a candidate, from its first frame to its last and row by row, get the features
    of the other's patches in the same order: the i-th of n those of the other's patch at the
    nearest share of the way. So with equal counts each patch is used once, and two candidates
    that exchange their looks twice are as they were; with unequal ones some are used twice or
    left out. Where the other owns no patch, all get its mean appearance.

    Args:
        features_FyxLD: of the frames.
        shares_KFyx: patch membership of the candidates.
        looks_from_K: the candidate whose looks each one has; itself where nothing changes.
    """
    owner_N = owners(shares_KFyx)
    flat_NLD = features_FyxLD.flatten(0, 2)
    source_N = torch.arange(len(flat_NLD), device=flat_NLD.device)
    found = flat_NLD
    for candidate, other in enumerate(looks_from_K.tolist()):
        own = (owner_N == candidate).nonzero()[:, 0]
        if other == candidate or not len(own):
            continue
        theirs = (owner_N == other).nonzero()[:, 0]
        if len(theirs):
            source_N[own] = theirs[_nearest(len(own), len(theirs)).to(own.device)]
        else:
            mean_LD = _mean(flat_NLD, shares_KFyx[other])
            found = found.index_copy(0, own, mean_LD.expand(len(own), -1, -1))
    taken_N = source_N != torch.arange(len(source_N), device=source_N.device)
    found = torch.where(taken_N[:, None, None], flat_NLD[source_N], found)
    return found.view_as(features_FyxLD)


def _nearest(count: int, others: int) -> Tensor:
    """(count,) indices among `others`, at the same share of the way."""
    return (2 * torch.arange(count) + 1) * others // (2 * count)


def _mean(flat_NLD: Tensor, shares_Fyx: Tensor) -> Tensor:
    """(L, D) over a candidate's pixels."""
    share_N = shares_Fyx.flatten().to(flat_NLD.dtype)
    return torch.einsum("n,nld->ld", share_N, flat_NLD) / share_N.sum().clamp(min=1e-6)
