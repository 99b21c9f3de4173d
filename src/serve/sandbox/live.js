"use strict";
(() => {
  const trouble = document.getElementById("trouble");
  const main = document.querySelector("main");
  const ask = async (path, options) => {
    const response = await fetch(path, options);
    if (!response.ok) {
      throw new Error(await response.text());
    }
    return response.text();
  };
  const refresh = async () => {
    const page = new DOMParser().parseFromString(await ask(location.href), "text/html");
    const fresh = page.querySelector("main");
    if (fresh.innerHTML !== main.innerHTML) {
      main.replaceChildren(...fresh.childNodes);
    }
  };
  const attempt = async (what) => {
    try {
      await what();
      trouble.textContent = "";
    } catch (error) {
      trouble.textContent = `The workspace did not answer: ${error.message}`;
    }
  };
  for (const button of document.querySelectorAll("[data-ms]")) {
    button.addEventListener("click", () => attempt(async () => {
      await ask("/advance", { method: "POST", body: JSON.stringify({ ms: Number(button.dataset.ms) }) });
      await refresh();
    }));
  }
  const follow = async () => {
    await attempt(refresh);
    setTimeout(follow, 1000);
  };
  setTimeout(follow, 1000);
})();
