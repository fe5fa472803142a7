// What Gradio's own parts lack for the keyboard and for who hears the page: a name, and a place to scroll from. They are
// built anew now and then, so this is looked at again.
setInterval(() => {
  document.querySelector("#mr-ready-date .calendar")?.setAttribute("aria-label", "Choose the date from a calendar");
  document.querySelector("#mr-chat .bubble-wrap")?.setAttribute("tabindex", "0");
  const editor = document.querySelector("#mr-code-editor .cm-content");
  editor?.setAttribute("tabindex", "0");
  editor?.setAttribute("aria-label", "Your solution in Python. Tab indents; Escape, then Tab leaves the editor.");
}, 500);
