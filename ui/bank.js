// The list of the bank. Filters narrow it here, at once and without the server, which is asked for what is nearest to a
// search. What is chosen is said to a hidden field, which the page's events watch.
(() => {
  const PAGE = 25;
  const NAMES = { round: "Round", level: "Question's level", category: "Category", topic: "Topic" };
  // The list that is on the page: its rows as they came and as they stand, what is found, and how much of it is shown.
  let list = null;
  let rows = [];
  let ordered = [];
  let ranked = false;
  let wanted = {};
  let found = [];
  let shown = PAGE;

  const read = () => {
    const there = document.querySelector("#mr-bank-list fieldset");
    if (!there || there === list) return Boolean(there);
    list = there;
    ranked = false;
    wanted = {};
    rows = [...list.querySelectorAll("label")].map((label) => ({
      label,
      input: label.querySelector("input"),
      facets: JSON.parse(label.dataset.facets),
    }));
    ordered = rows;
    return true;
  };

  const has = ({ facets }, name) => !wanted[name] || facets[name].includes(wanted[name]);

  // Which filter to give up: each that leaves something without it, or else all of them.
  const nothing = (names) => {
    const without = (name) => names.filter((other) => other !== name);
    const alone = names.filter((name) => rows.some((row) => without(name).every((other) => has(row, other))));
    const labels = (alone.length ? alone : names).map((name) => NAMES[name]);
    return `No question of the bank is like that. Set ${labels.join(alone.length ? " or " : " and ")} to “Any”.`;
  };

  const say = (number, names) => {
    const place = document.querySelector("#mr-bank-found [role=status]");
    const how = ranked ? ", nearest to what you searched for first" : "";
    place.className = number ? "mr-soft" : "mr-notice";
    place.textContent = number ? `${number} question${number === 1 ? "" : "s"}${how}` : nothing(names);
  };

  const draw = () => {
    const open = new Set(found.slice(0, shown));
    for (const row of rows) {
      row.label.hidden = !open.has(row) && !(row.input.checked && found.includes(row));
      row.input.disabled = row.label.hidden;
    }
    list.hidden = !found.length;
    const more = list.nextElementSibling;
    more.hidden = found.length <= shown;
    more.textContent = `Show more (${found.length - shown} left)`;
  };

  const show = () => {
    if (!read()) return [];
    // A topic of another category is about to be taken back.
    const together = rows.some((row) => has(row, "category") && has(row, "topic"));
    const names = Object.keys(wanted).filter((name) => wanted[name] && (together || name !== "topic"));
    found = ordered.filter((row) => names.every((name) => has(row, name)));
    if (ranked) found = found.slice(0, Number(list.dataset.nearest));
    shown = PAGE;
    // What is not listed any more is closed.
    const input = list.querySelector("input:checked");
    if (input && !found.some((row) => row.input === input)) {
      input.checked = false;
      window.mockroundTell("mr-bank-chosen", "");
    }
    say(found.length, names);
    draw();
    list.scrollTop = 0;
    return [];
  };

  window.mockroundBank = {
    show,
    filter: (name, value) => {
      if (!read()) return [];
      wanted[name] = value;
      return show();
    },
    // By nearness to what was searched for; as they came where nothing was.
    order: (ids) => {
      if (!read()) return [];
      const place = new Map(ids.split(" ").map((id, at) => [id, at]));
      const at = ({ input }) => place.get(input.value) ?? rows.length;
      ranked = Boolean(ids);
      ordered = ranked ? [...rows].sort((one, other) => at(one) - at(other)) : rows;
      list.append(...ordered.map(({ label }) => label));
      return show();
    },
  };

  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("#mr-bank-list input")) window.mockroundTell("mr-bank-chosen", target.value);
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.matches?.("#mr-bank-list button")) return;
    const first = found[shown];
    shown += PAGE;
    draw();
    // Who came by the keyboard goes on where the new ones begin.
    first.input.focus();
  });
})();
