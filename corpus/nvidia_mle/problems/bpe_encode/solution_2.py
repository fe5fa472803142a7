import heapq
import itertools


class Cell:
    def __init__(self, place: int, text: str) -> None:
        self.place = place
        self.text = text
        self.left: Cell | None = None
        self.right: Cell | None = None


def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    """One queue of places per merge that is possible now, and a heap of their ranks.

    An entry is checked when its turn comes: the cell must still hold the left text and have the right one behind it.
    """
    cells = [Cell(place, text) for place, text in enumerate(symbols)]
    for left, right in itertools.pairwise(cells):
        left.right, right.left = right, left
    places: dict[int, list[int]] = {}
    parts: dict[int, tuple[str, str]] = {}
    ranks: list[int] = []

    def offer(cell: Cell | None) -> None:
        if cell is None or cell.right is None:
            return
        order = rank.get((cell.text, cell.right.text), -1)
        if order < 0:
            return
        if not places.get(order):
            places[order] = []
            parts[order] = cell.text, cell.right.text
            heapq.heappush(ranks, order)
        heapq.heappush(places[order], cell.place)

    for cell in cells:
        offer(cell)
    while ranks:
        order = ranks[0]
        if not places[order]:
            heapq.heappop(ranks)
            continue
        cell = cells[heapq.heappop(places[order])]
        gone = cell.right
        if gone is None or (cell.text, gone.text) != parts[order]:
            continue
        cell.text += gone.text
        cell.right = gone.right
        if gone.right is not None:
            gone.right.left = cell
        gone.text, gone.right = "", None
        offer(cell)
        offer(cell.left)
    result = []
    cell_or_end = cells[0] if cells else None
    while cell_or_end is not None:
        result.append(cell_or_end.text)
        cell_or_end = cell_or_end.right
    return result
