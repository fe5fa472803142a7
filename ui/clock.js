// Counts the round's time down between two answers of the server; the server's figure is the one that counts.
setInterval(() => {
  for (const clock of document.querySelectorAll(".mr-clock")) {
    if (clock.seen !== clock.dataset.left) {
      clock.seen = clock.dataset.left;
      clock.since = Date.now();
    }
    const passed = clock.dataset.running === "1" ? (Date.now() - clock.since) / 1000 : 0;
    const left = Math.round(Number(clock.dataset.left) - passed);
    const shown = Math.abs(left);
    const text = (left < 0 ? "+" : "") + Math.floor(shown / 60) + ":" + String(shown % 60).padStart(2, "0");
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("mr-low", left < 300);
  }
}, 1000);
