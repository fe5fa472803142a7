from collections import deque


class Network:
    """Dinic's maximum flow. Arc i and its reverse i ^ 1 share one list."""

    def __init__(self, nodes: int) -> None:
        self.arcs_of: list[list[int]] = [[] for _ in range(nodes)]
        self.head: list[int] = []
        self.room: list[int] = []

    def connect(self, a: int, b: int, capacity: int) -> None:
        for start, end, room in ((a, b, capacity), (b, a, 0)):
            self.arcs_of[start].append(len(self.head))
            self.head.append(end)
            self.room.append(room)

    def levels(self, source: int) -> list[int]:
        level = [-1] * len(self.arcs_of)
        level[source] = 0
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for arc in self.arcs_of[node]:
                if self.room[arc] and level[self.head[arc]] < 0:
                    level[self.head[arc]] = level[node] + 1
                    queue.append(self.head[arc])
        return level

    def saturate(self, source: int, sink: int) -> None:
        while True:
            level = self.levels(source)
            if level[sink] < 0:
                return
            todo = [iter(arcs) for arcs in self.arcs_of]
            while self._augment(source, sink, level, todo):
                pass

    def _augment(self, source: int, sink: int, level: list[int], todo: list) -> bool:
        """Sends flow along one path of the level graph; False if there is none left."""
        path: list[int] = []
        node = source
        while node != sink:
            for arc in todo[node]:
                if self.room[arc] and level[self.head[arc]] == level[node] + 1:
                    path.append(arc)
                    node = self.head[arc]
                    break
            else:
                if not path:
                    return False
                level[node] = -1  # a dead end in this phase
                node = self.head[path.pop() ^ 1]
        flow = min(self.room[arc] for arc in path)
        for arc in path:
            self.room[arc] -= flow
            self.room[arc ^ 1] += flow
        for arc in path:  # an arc that is not full may be used again
            tail = self.head[arc ^ 1]
            if self.room[arc]:
                todo[tail] = _again(arc, todo[tail])
        return True


def _again(arc: int, rest):  # type: ignore[no-untyped-def]
    yield arc
    yield from rest


def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    """A minimum vertex cut between what cannot be recomputed and what backward reads.

    Value v is an arc from 2v to 2v + 1 with its size as capacity; data flow and demands are unlimited.
    """
    n = len(sizes)
    source, sink = 2 * n, 2 * n + 1
    unlimited = sum(sizes) + 1
    free = set(kept)
    computed = {v for _, v in edges}
    fixed = set(banned) | {v for v in range(n) if v not in computed}
    network = Network(2 * n + 2)
    for v in range(n):
        if v not in free:
            network.connect(2 * v, 2 * v + 1, sizes[v])
            if v in fixed:
                network.connect(source, 2 * v, unlimited)
    for u, v in set(map(tuple, edges)):
        if u not in free and v not in free:
            network.connect(2 * u + 1, 2 * v, unlimited)
    for v in needed:
        if v not in free:
            network.connect(2 * v + 1, sink, unlimited)
    network.saturate(source, sink)
    reached = network.levels(source)
    stored = [v for v in range(n) if v not in free and reached[2 * v] >= 0 and reached[2 * v + 1] < 0]
    return sum(sizes[v] for v in stored), stored
