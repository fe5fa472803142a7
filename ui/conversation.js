// What was said last is in view: the end of the conversation, or the beginning of what the interviewer says where that is
// longer than its window; and the window is in view when the interviewer begins to speak. Whoever scrolls meanwhile is
// left where they are until somebody speaks again.
(() => {
  let view, said, left, put;

  const settle = () => {
    const rows = view.querySelectorAll(".message-row");
    const last = rows[rows.length - 1];
    const heard = last?.classList.contains("bot-row");
    if (rows.length !== said) {
      [said, left] = [rows.length, false];
      if (heard && view.getBoundingClientRect().top < 0) view.scrollIntoView({ block: "nearest" });
    }
    if (left || !last) return;
    const end = view.scrollHeight - view.clientHeight;
    const begin = view.scrollTop + last.getBoundingClientRect().top - view.getBoundingClientRect().top;
    view.scrollTop = heard ? Math.min(end, begin) : end;
    put = view.scrollTop;
  };

  const grown = new ResizeObserver(settle);
  const watch = () => {
    for (const node of [view, ...view.children]) grown.observe(node);
  };
  const replaced = new MutationObserver(watch);
  new MutationObserver(() => {
    const found = document.querySelector("#mr-chat .bubble-wrap");
    if (found === (view ?? null)) return;
    grown.disconnect();
    replaced.disconnect();
    [view, said, left] = [found, 0, false];
    if (!view) return;
    watch();
    replaced.observe(view, { childList: true });
    view.addEventListener("scroll", () => (left ||= Math.abs(view.scrollTop - put) > 2));
  }).observe(document.documentElement, { subtree: true, childList: true });
})();
