"use strict";
(() => {
  const input = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("[data-row]")];
  const texts = rows.map((row) => row.dataset.row.toLowerCase());
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      count += row.hidden ? 0 : 1;
    });
    shown.textContent = words.length ? `${count} of ${rows.length} shown` : "";
  };
  const follow = () => {
    let words = location.hash.slice(1);
    try {
      words = decodeURIComponent(words);
    } catch {
      // As it stands.
    }
    input.value = words;
    filter();
  };
  input.addEventListener("input", filter);
  addEventListener("hashchange", follow);
  follow();
})();
