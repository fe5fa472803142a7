"""One small question with its rubric and some answers, for the judge's tests."""

from interviewer.judge.protocol import AnswerToJudge
from rubrics import Criterion, Kind, Rubric

QUESTION = "What is gradient clipping, which problem does it solve, and how do you choose the threshold?"
RUBRIC = Rubric(
    criteria=(
        Criterion(
            id="norm",
            text="Says that clipping rescales the gradient when its norm exceeds a threshold.",
            weight=3,
            shows=(
                "if the norm is above one, the whole gradient is scaled down to it",
                "you multiply the gradient by threshold over norm",
            ),
        ),
        Criterion(
            id="explode",
            text="Explains that exploding gradients make training diverge.",
            weight=2,
            shows=("a single huge step blows up the weights", "the loss goes to NaN after a spike"),
        ),
        Criterion(
            id="direction",
            text="Notes that clipping by norm keeps the direction, which clipping each value does not.",
            weight=2,
            shows=("the direction stays the same, only the length changes",),
        ),
        Criterion(
            id="choose",
            text="Chooses the threshold from logged gradient norms.",
            weight=2,
            shows=("I plot the norms of a healthy run and clip a bit above the usual value",),
        ),
        Criterion(
            id="vanishing",
            kind=Kind.RED_FLAG,
            weight=2,
            text="Claims that clipping cures vanishing gradients.",
            shows=("clipping stops gradients from vanishing",),
        ),
    )
)
GOOD = (
    "Clipping scales the gradient down when its norm is larger than a threshold. Without it one exploding gradient "
    "makes a huge step, the weights blow up and training diverges. Because the whole vector is multiplied by one "
    "factor, its direction stays the same. I log the gradient norms of a healthy run and set the threshold a little "
    "above them."
)
OTHER_TOPIC = (
    "Our tracks are loaded from a content delivery network. The player asks for the next song early, so that the user "
    "hears no gap. Album covers are stored in three sizes, and the smallest is sent to phones on slow networks."
)


def ask(answer: str, reference: str | None = None, rubric: Rubric = RUBRIC) -> AnswerToJudge:
    """An answer to the small question."""
    return AnswerToJudge(QUESTION, answer, rubric, reference)
