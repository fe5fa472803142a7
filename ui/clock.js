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
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(shown / 60);
    const long = minutes >= 60 ? Math.floor(minutes / 60) + ":" + two(minutes % 60) : String(minutes);
    const text = (left < 0 ? "+" : "") + long + ":" + two(shown % 60);
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("mr-low", left < 300);
  }
}, 1000);
