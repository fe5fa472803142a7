// Buttons inside a report: they say what was pressed to a hidden field, which the page's events watch. And the words
// that a reader marks in the answer of a contested verdict, which are put into the field beside it.
(() => {
  const tell = (id, value) => {
    const field = document.querySelector(`#${id} textarea, #${id} input`);
    if (!field) return;
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
    own.set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  window.mockroundTell = tell;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-mr-tell]");
    // The time makes pressing the same button twice two events.
    if (button) tell(button.dataset.mrTell, `${Date.now()}|${button.dataset.mrValue}`);
  });

  document.addEventListener("selectionchange", () => {
    const answer = document.querySelector("#mr-contest-answer");
    const marked = document.getSelection();
    if (!answer || !marked || marked.isCollapsed || !answer.contains(marked.anchorNode)) return;
    if (!answer.contains(marked.focusNode)) return;
    const words = marked.toString().trim();
    if (words) tell("mr-contest-words", words);
  });

  // The verdicts that somebody ticked, by criterion.
  window.mockroundVerdicts = () => {
    const ticked = document.querySelectorAll("#mr-self-form input[type=radio]:checked");
    return JSON.stringify(Object.fromEntries([...ticked].map((field) => [field.dataset.criterion, field.value])));
  };
})();
