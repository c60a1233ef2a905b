"""What the processes that train one model together say to each other.

All ranks draw the same batch and compute a share of its rooms; what they found is put together
before the objectives look at it, so that every mean is over the whole batch, and gradients are
added. So several ranks make the steps that one makes, but for rounding.

Alone, a process is rank 0 of one, and everything here is as cheap as nothing.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from whatwhere.errors import RunError
from whatwhere.training.peers import Peer, Peers, this_host
from whatwhere.training.wishes import Wish

_WISHES: tuple[Wish, ...] = ("go", "pause", "stop")
_ENDED, _DONE = 0, 1
_BUCKET = 2**24
"""Numbers that are added in one go."""

# Rank 0 may read rooms, look at the probe set or be paused for as long as it likes.
_PATIENCE = timedelta(days=7)
_NOTICE_S = 5.0
REMEDY = "Resume the run from its last checkpoint"
"""What to do when another rank is gone."""


class RankLostError(RunError):
    """Another process of the run is gone, so this one cannot go on."""


class Rank0Ended(SystemExit):
    """Rank 0 ended in a part of the run that is its alone, and has said why."""


class Ranks:
    """This process among those that train one model together.

    Attributes:
        number: 0 is the one that writes the run folder and speaks.
        count: of all of them.
    """

    def __init__(
        self,
        number: int = 0,
        count: int = 1,
        *,
        device: torch.device | None = None,
        peers: Peers | None = None,
    ) -> None:
        self.number, self.count = number, count
        self._device, self._peers = device or torch.device("cpu"), peers
        self._said = dist.new_group(backend="gloo", timeout=_PATIENCE) if count > 1 else None
        self.last_words: Callable[[int], str] = lambda number: ""

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0."""
        return self.number == 0

    @contextlib.contextmanager
    def first(self) -> Iterator[None]:
        """Rank 0 does something while the others wait; then they do it, too.

        Raises:
            Rank0Ended: here, because rank 0 did not come to the end of it.
            RankLostError: another process is gone.
        """
        if self.count == 1:
            yield
            return
        if not self.is_first:
            if self._from_first(_DONE) == _ENDED:
                raise Rank0Ended(0)
            yield
            return
        try:
            yield
        except BaseException:
            # Who is gone already need not be told.
            with contextlib.suppress(RuntimeError, RankLostError):
                self._from_first(_ENDED)
            raise
        self._from_first(_DONE)

    def told(self, text: str) -> str:
        """What rank 0 gives."""
        if self.count == 1:
            return text
        data = text.encode()
        size = self._from_first(len(data))
        letters = torch.zeros(size, dtype=torch.uint8)
        if self.is_first:
            letters = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        self._together(lambda: dist.broadcast(letters, 0, group=self._said))
        return bytes(letters.tolist()).decode()

    def agreed(self, wish: Wish) -> Wish:
        """The strongest of all ranks' wishes, at the same step for all."""
        return _WISHES[self.highest(_WISHES.index(wish))]

    def wish_of_first(self, wish: Wish) -> Wish:
        """Rank 0's wish."""
        return wish if self.count == 1 else _WISHES[self._from_first(_WISHES.index(wish))]

    def whole(self, own: Tensor, index: Tensor, count: int) -> Tensor:
        """Put the rows of all ranks together; a gradient reaches the own rows alone.

        Args:
            own: rows of this rank, as many as `index` has or, when it has none, any.
            index: where they belong.
            count: of all rows.

        Returns:
            (count, ...), the same for every rank.
        """
        index = index.to(own.device)
        own = own[: len(index)]
        everything = own.new_zeros(count, *own.shape[1:])
        everything[index] = own.detach()
        self._together(lambda: dist.all_reduce(everything))
        return everything.index_copy(0, index, own)

    def summed(self, values: Mapping[str, float]) -> dict[str, float]:
        """Sums by name over all ranks that have it, in the order in which rank 0 names them."""
        if self.count == 1:
            return dict(values)
        found: dict[str, float] = {}
        for names in self._everybody_says("\n".join(values)):
            found |= {name: 0.0 for name in names.splitlines() if name not in found}
        numbers = torch.tensor([values.get(name, 0.0) for name in found], dtype=torch.float64)
        self._together(lambda: dist.all_reduce(numbers, group=self._said))
        return dict(zip(found, numbers.tolist(), strict=True))

    def highest(self, number: int) -> int:
        """The highest that a rank gives."""
        if self.count == 1:
            return number
        shared = torch.tensor([number])
        self._together(lambda: dist.all_reduce(shared, dist.ReduceOp.MAX, group=self._said))
        return int(shared)

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Sum over the ranks; a parameter without a gradient anywhere stays so."""
        if self.count == 1:
            return
        everything = [p for p in parameters if p.requires_grad]
        has = torch.tensor([p.grad is not None for p in everything], dtype=torch.int32)
        has = has.to(self._device)
        self._together(lambda: dist.all_reduce(has, dist.ReduceOp.MAX))
        for parameter, is_reached in zip(everything, has.tolist(), strict=True):
            if is_reached and parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [p.grad for p in everything if p.grad is not None]
        for some in _buckets(gradients):
            flat = torch.cat([gradient.flatten() for gradient in some])
            self._together(lambda flat=flat: dist.all_reduce(flat))  # type: ignore[misc]
            for gradient, added in zip(some, flat.split([g.numel() for g in some]), strict=True):
                gradient.copy_(added.view_as(gradient))

    def start_alike(self, tensors: Iterable[Tensor]) -> None:
        """Give all ranks the numbers that rank 0 has."""
        if self.count == 1:
            return
        for tensor in tensors:
            numbers = tensor.detach()
            self._together(lambda numbers=numbers: dist.broadcast(numbers, 0))  # type: ignore[misc]

    def part(self) -> None:
        """Wait for the others; from now on each may end when it likes."""
        if self.count == 1:
            return
        if self._peers:
            self._peers.watch(())
        self._together(lambda: dist.barrier(group=self._said))

    def table(self) -> tuple[Peer, ...]:
        """All ranks."""
        numbers = torch.zeros(self.count, 2, dtype=torch.int64)
        numbers[self.number] = torch.tensor([this_host(), os.getpid()])
        self._together(lambda: dist.all_reduce(numbers, group=self._said))
        return tuple(Peer(n, host, pid) for n, (host, pid) in enumerate(numbers.tolist()))

    def lost(self, why: str) -> RankLostError:
        """The sentence that says which rank is gone, `why` if that cannot be found out."""
        deadline = time.monotonic() + _NOTICE_S
        gone = self._peers.gone() if self._peers else {}
        while self._peers and not gone and time.monotonic() < deadline:
            time.sleep(0.05)
            gone = self._peers.gone()
        how = f"a rank of {self.count} is gone ({why})"
        # One that failed by itself first, then one that was killed: the others followed it.
        for number, ending in sorted(gone.items(), key=lambda item: "killed" not in item[1]):
            if words := self.last_words(number):
                how = f"rank {number} of {self.count} failed: {words.rstrip('.')}"
                break
            if how.startswith("a rank"):
                how = f"rank {number} of {self.count} {ending}"
        return RankLostError(how, remedy=REMEDY)

    def _everybody_says(self, text: str) -> list[str]:
        """The texts of all ranks, in their order."""
        data = text.encode()
        letters = torch.zeros(self.count, self.highest(len(data)), dtype=torch.uint8)
        letters[self.number, : len(data)] = torch.tensor(list(data), dtype=torch.uint8)
        self._together(lambda: dist.all_reduce(letters, group=self._said))
        return [bytes(row.tolist()).rstrip(b"\0").decode() for row in letters]

    def _from_first(self, number: int) -> int:
        shared = torch.tensor([number])
        self._together(lambda: dist.broadcast(shared, 0, group=self._said))
        return int(shared)

    def _together(self, work: Callable[[], object]) -> None:
        if self.count == 1:
            return
        try:
            work()
        except RuntimeError as error:  # torch has no narrower one for a closed connection
            raise self.lost(str(error).partition("\n")[0]) from error


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """As many of one type in a row as are added in one go."""
    some: list[Tensor] = []
    for tensor in tensors:
        is_other = bool(some) and tensor.dtype != some[0].dtype
        if some and (is_other or sum(t.numel() for t in some) + tensor.numel() > _BUCKET):
            yield some
            some = []
        some.append(tensor)
    if some:
        yield some
