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
    // A paper is handed in as its time ends: once, and again only if the server's figure is another one by then.
    if (clock.dataset.ends && clock.dataset.step === "-1" && time <= 0 && clock.told !== clock.dataset.shown) {
      clock.told = clock.dataset.shown;
      window.mockroundTell("mr-over", String(Date.now()));
    }
    clock.classList.toggle("mr-low", clock.dataset.up !== "1" && time < 300);
  }
  // In the Coding tab the time of a paper stands beside the editor.
  const ending = document.querySelector(".mr-clock[data-ends]");
  for (const copy of document.querySelectorAll(".mr-clock-copy")) {
    copy.parentElement.hidden = !ending;
    if (ending && copy.textContent !== ending.textContent) copy.textContent = ending.textContent;
  }
}, 1000);
