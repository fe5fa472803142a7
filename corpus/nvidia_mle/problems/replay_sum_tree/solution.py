class SumTree:
    """Partial sums in one array: leaves at size + i, node x has the children 2 x and 2 x + 1, the root is 1."""

    def __init__(self, n: int) -> None:
        self.size = 1 << (n - 1).bit_length()
        self.sums = [0] * (2 * self.size)

    def set(self, i: int, priority: int) -> None:
        if priority < 0:
            raise ValueError(f"priority {priority} of transition {i} is negative")
        node = i + self.size
        self.sums[node] = priority
        while node > 1:
            node //= 2
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1]

    def find(self, u: int) -> int:
        if not 0 <= u < self.sums[1]:
            raise ValueError(f"{u} is outside of 0 .. {self.sums[1]}")
        node = 1
        while node < self.size:
            node *= 2
            if u >= self.sums[node]:
                u -= self.sums[node]
                node += 1
        return node - self.size

    def total(self) -> int:
        return self.sums[1]


def replay_sum_tree(n: int, calls: list[list]) -> list[int | None]:
    tree = SumTree(n)
    return [getattr(tree, name)(*arguments) for name, *arguments in calls]
