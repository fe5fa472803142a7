// Counts the round's time on between two answers of the server; the server's figure is the one that counts.
setInterval(() => {
  for (const clock of document.querySelectorAll(".mr-clock")) {
    if (clock.seen !== clock.dataset.shown) {
      clock.seen = clock.dataset.shown;
      clock.since = Date.now();
    }
    const passed = (Number(clock.dataset.step) * (Date.now() - clock.since)) / 1000;
    const time = Math.round(Number(clock.dataset.shown) + passed);
    const shown = Math.abs(time);
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(shown / 60);
    const long = minutes >= 60 ? Math.floor(minutes / 60) + ":" + two(minutes % 60) : String(minutes);
    const text = (time < 0 ? "+" : "") + long + ":" + two(shown % 60);
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("mr-low", clock.dataset.up !== "1" && time < 300);
  }
}, 1000);
