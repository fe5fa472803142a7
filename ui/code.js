// The Coding tab: code that was written outlives a change of problem and a reload (it stays in this browser), the time
// spent on a problem is counted while it is in view, and Ctrl+Enter runs the examples.
(() => {
  const CODE = "mockround-code:";
  const LAST = "mockround-code-last";
  const TIME = "mockround-code-time:";
  const FOR = "mockround-code-for:";
  const HIDDEN = "mockround-code-timer-hidden";
  // Without storage (private mode) nothing is kept; nothing else depends on it.
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const write = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // As above.
    }
  };

  const session = () => document.querySelector("#mr-session textarea, #mr-session input")?.value || "";
  // Problems of the paper that is worked on; what was written for them before it began is no part of it.
  const ofPaper = () => (document.querySelector("#mr-items-nav nav")?.dataset.problems || "").split(" ");
  const own = (id) => !ofPaper().includes(id) || read(FOR + id) === session();

  // What the page's events are given: see code_tab.py and interview_tab.py.
  window.mockroundCode = {
    // The problem that is open, or was open in this browser at last, and its code.
    arrive: (open) => {
      const last = open || read(LAST) || "";
      return [open, last, last ? read(CODE + last) : null];
    },
    choose: (id) => {
      if (id) write(LAST, id);
      return [id, id && own(id) ? read(CODE + id) : null];
    },
    drafts: () =>
      JSON.stringify(
        Object.fromEntries(
          ofPaper()
            .filter((id) => id && own(id) && read(CODE + id))
            .map((id) => [id, read(CODE + id)]),
        ),
      ),
    keep: (id, code) => {
      if (id) {
        write(LAST, id);
        write(CODE + id, code);
        write(FOR + id, session() || null);
      }
    },
    startOver: (id) => {
      if (!id || !confirm("Put the starter in the place of your code? Your code for this problem is lost.")) return [""];
      write(CODE + id, null);
      write(TIME + id, null);
      return [id];
    },
  };

  document.addEventListener(
    "keydown",
    (event) => {
      const wanted = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
      if (!wanted || !event.target.closest?.("#mr-code-editor")) return;
      event.preventDefault();
      event.stopPropagation();
      const run = document.querySelector("#mr-code-run");
      if (run && !run.disabled) run.click();
    },
    true,
  );

  const show = (watch) => {
    const hidden = read(HIDDEN) === "1";
    watch.querySelector(".mr-stopwatch-text").hidden = hidden;
    const button = watch.querySelector(".mr-stopwatch-toggle");
    const words = hidden ? "Show the timer" : "Hide the timer";
    if (button.textContent !== words) button.textContent = words;
    button.setAttribute("aria-pressed", String(hidden));
    const seconds = Math.floor(Number(read(TIME + watch.dataset.problem) || 0));
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    const long = minutes >= 60 ? Math.floor(minutes / 60) + ":" + two(minutes % 60) : String(minutes);
    const text = long + ":" + two(seconds % 60);
    const time = watch.querySelector(".mr-stopwatch-time");
    if (time.textContent !== text) time.textContent = text;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".mr-stopwatch-toggle");
    if (!button) return;
    write(HIDDEN, read(HIDDEN) === "1" ? null : "1");
    show(button.closest(".mr-stopwatch"));
  });

  let before = Date.now();
  setInterval(() => {
    const now = Date.now();
    // A machine that slept did not work on the problem.
    const passed = Math.min((now - before) / 1000, 5);
    before = now;
    const watch = document.querySelector(".mr-stopwatch");
    if (!watch || !watch.offsetParent) return;
    const id = watch.dataset.problem;
    const solved = document.querySelector("#mr-code-results [data-solved]")?.dataset.solved === id;
    if (!solved && document.visibilityState === "visible") {
      write(TIME + id, String(Number(read(TIME + id) || 0) + passed));
    }
    show(watch);
  }, 1000);
})();
