// The answer box: Ctrl+Enter sends, the cursor comes back when the interviewer is done, and what was typed but not
// sent outlives a reload. The draft stays in this browser.
(() => {
  const KEY = "mockround-draft";
  const box = () => document.querySelector("#mr-answer textarea");
  const send = () => document.querySelector("#mr-send");
  const session = () => document.querySelector("#mr-session textarea, #mr-session input")?.value || "";

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  };
  const keep = (id, text) => {
    try {
      if (text) localStorage.setItem(KEY, JSON.stringify({ id, text }));
      else if (read().id === id) localStorage.removeItem(KEY);
    } catch {
      // Without storage (private mode) there is no draft; nothing else depends on it.
    }
  };

  document.addEventListener("keydown", (event) => {
    const wanted = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
    if (!wanted || event.target !== box() || send()?.disabled) return;
    event.preventDefault();
    send().click();
  });
  // By the key's place, since Alt types other letters on some systems.
  const BUTTONS = { KeyH: "#mr-hint", KeyK: "#mr-skip" };
  document.addEventListener("keydown", (event) => {
    const name = event.altKey && !event.ctrlKey && !event.metaKey && BUTTONS[event.code];
    const button = name && document.querySelector(name);
    if (!button || !button.offsetParent || button.disabled) return;
    event.preventDefault();
    button.click();
  });
  // The last words must not wait for the next tick when the page is closed.
  document.addEventListener("input", (event) => {
    if (event.target === box() && session()) keep(session(), event.target.value);
  });

  // Of which session and in which box the draft was looked for; after a lost connection Gradio builds the page anew.
  let known = "";
  let knownField = null;
  let wasBusy = false;
  setInterval(() => {
    const field = box();
    const id = session();
    if (!field || !field.offsetParent || !id) {
      known = "";
      return;
    }
    if (known !== id || knownField !== field) {
      known = id;
      knownField = field;
      const draft = read();
      if (draft.id === id && !field.value) {
        field.value = draft.text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    } else {
      keep(id, field.value);
    }
    const busy = Boolean(send()?.disabled);
    const free = !document.activeElement || document.activeElement === document.body || send() === document.activeElement;
    if (wasBusy && !busy && free && matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
    wasBusy = busy;
  }, 250);
})();
