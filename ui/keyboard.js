// What Gradio's own parts lack for the keyboard and for who hears the page: a name, and a place to scroll from. They are
// built anew now and then, so this is looked at again; who watches the page is not told of what is there already.
(() => {
  const give = (selector, attribute, value) => {
    const node = document.querySelector(selector);
    if (node && node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  };
  setInterval(() => {
    give("#mr-ready-date .calendar", "aria-label", "Choose the date from a calendar");
    give("#mr-chat .bubble-wrap", "tabindex", "0");
    for (const [button, key] of [["#mr-hint", "Alt+H"], ["#mr-skip", "Alt+K"]]) {
      give(button, "aria-keyshortcuts", key);
      give(button, "title", key);
    }
    const keys = "Your solution in Python. Tab indents; Escape, then Tab leaves the editor.";
    give("#mr-code-editor .cm-content", "tabindex", "0");
    give("#mr-code-editor .cm-content", "aria-label", keys);
    for (const formula of document.querySelectorAll(".katex-display, .mr-math[data-mr-display]")) {
      const scrolls = formula.scrollWidth > formula.clientWidth;
      if (scrolls === formula.hasAttribute("tabindex")) continue;
      if (scrolls) formula.setAttribute("tabindex", "0");
      else formula.removeAttribute("tabindex");
    }
  }, 200);

  // A date that Gradio's field cannot read is dropped there without a word.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("#mr-ready-date input.time")) return;
    const readable = !target.value.trim() || /^\d{4}-\d{2}-\d{2}$/.test(target.value.trim());
    target.setCustomValidity(readable ? "" : "Write the date as year-month-day, such as 2026-12-01.");
    target.reportValidity();
  });

  // What is chosen in a dropdown is marked when the field is entered, so that typing looks for something else at once.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.("input[role=combobox]:not([readonly])")) setTimeout(() => target.select());
  });
})();
