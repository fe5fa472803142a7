"""Talk that says nothing: what a candidate adds to an answer to make it longer. It must earn nothing and cost nothing.

Half of the sentences are fitted with, the other half are kept for measuring. Neither half has a sentence of the
scripted candidate who pads (`interviewer/personas.py`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

FITTED = (
    "Thank you for asking, this is a topic that I really like to discuss.",
    "I think it makes sense to take a step back and look at the bigger picture here.",
    "Every company does this in its own way and there is no single right answer.",
    "From my experience it always comes down to finding the right balance.",
    "I am a fast learner and I enjoy working on difficult problems with other people.",
    "We had many meetings about this and everybody agreed that it was important.",
    "It is a very common question and a lot has been written about it.",
    "I would first make sure that I understand what the customer really needs.",
    "Good communication between the teams is the key to success in such a project.",
    "In my last job we did something similar and it worked out very well.",
    "As you surely know, technology changes quickly and one has to keep up with it.",
    "So, where do I begin, there is so much that could be said about that.",
    "Of course I would discuss it with my manager before I change anything.",
    "We should not forget that quality matters more than speed in the long run.",
    "It really depends on what you want to achieve and how much time you have.",
    "I try to keep things simple and to follow best practices wherever I can.",
)
MEASURED = (
    "I am glad that you bring this up, because it is close to my heart.",
    "There is always a trade-off, and one needs to weigh all the options carefully.",
    "Different people will tell you different things about it, and that is fine.",
    "I have seen this many times in my career and I feel quite comfortable with it.",
    "What matters most to me is that the whole team moves in the same direction.",
    "Let me try to put this into simple words so that everybody can follow.",
    "I would look at the requirements, make a plan, and then carry it out step by step.",
    "This is a broad subject and I could go on about it for hours.",
    "The most important thing is to stay curious and to keep improving every day.",
    "Naturally I would also involve the right people and listen to their feedback.",
    "Much has changed in this area lately, and I find that very exciting.",
    "In the end it is all about making the best use of what you have.",
)


def padded(statements: Sequence[str], filler: Sequence[str], chance: random.Random) -> str:
    """The statements in their order, each behind one or two sentences of `filler`, with one more at the end.

    No sentence of filler is said twice as long as there are enough of them.
    """
    rest: list[str] = []

    def more() -> str:
        if not rest:
            rest.extend(chance.sample(filler, len(filler)))
        return rest.pop()

    said: list[str] = []
    for statement in statements:
        said += [more() for _ in range(chance.randint(1, 2))]
        said.append(statement)
    return " ".join([*said, more()])
