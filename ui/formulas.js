// Draws the formulas of reports, cards and notes with the KaTeX that the page's own server carries; the chat draws its own.
(() => {
  const [script, style] = (document.querySelector("meta[name=mr-katex]")?.content ?? "").split(" ");
  if (!script) return;
  const address = (file) => new URL(file, document.baseURI).href;
  let katex;

  const load = async () => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address(style) });
    document.head.append(link);
    return (await import(address(script))).default;
  };

  const draw = async () => {
    const waiting = document.querySelectorAll(".mr-math:not([data-mr-drawn])");
    if (!waiting.length) return;
    katex ??= load();
    const { render } = await katex;
    for (const place of waiting) {
      if (place.dataset.mrDrawn) continue;
      place.dataset.mrDrawn = "1";
      render(place.textContent, place, { displayMode: !!place.dataset.mrDisplay, throwOnError: false, trust: false });
    }
  };

  new MutationObserver(draw).observe(document.documentElement, { subtree: true, childList: true });
})();
