// Follows the Coordinator: when the server says that there is something else to show, the page is fetched and put in place of the old one.
(() => {
  "use strict";
  const source = new EventSource("/events?version=" + encodeURIComponent(document.body.dataset.version));
  let isBusy = false;
  let isOutdated = false;

  const say = (text) => {
    document.getElementById("live").textContent = text;
  };

  // A name for an element that the next page has, too.
  const nameOf = (element) => {
    if (!element || element === document.body) {
      return null;
    }
    if (element.id) {
      return "#" + CSS.escape(element.id);
    }
    if (element.tagName === "SUMMARY") {
      return "#" + CSS.escape(element.parentElement.id) + " > summary";
    }
    if (element.tagName === "A") {
      return 'a[href="' + CSS.escape(element.getAttribute("href")) + '"]';
    }
    const label = element.getAttribute("aria-labelledby") || element.getAttribute("aria-label");
    return label ? '[aria-labelledby="' + CSS.escape(label) + '"], [aria-label="' + CSS.escape(label) + '"]' : null;
  };

  const show = (page) => {
    const focused = nameOf(document.activeElement);
    const open = [...document.querySelectorAll("details[open]")].map((details) => details.id);
    const places = [...document.querySelectorAll(".scroll")].map((box) => [nameOf(box), box.scrollLeft, box.scrollTop]);
    for (const part of ["header", "main"]) {
      document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
    }
    document.title = page.title;
    document.body.dataset.version = page.body.dataset.version;
    for (const id of open) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    for (const [name, left, top] of places) {
      document.querySelector(name)?.scrollTo(left, top);
    }
    if (focused) {
      document.querySelector(focused)?.focus({ preventScroll: true });
    }
    say(page.getElementById("live").textContent);
  };

  const refresh = async () => {
    if (isBusy) {
      isOutdated = true;
      return;
    }
    isBusy = true;
    try {
      do {
        isOutdated = false;
        const answer = await fetch(location.pathname + location.search, { cache: "no-store", credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!answer.ok || !page.querySelector("main")) {
          throw new Error();
        }
        show(page);
        if (!page.querySelector('script[src="/assets/dashboard.js"]')) {
          source.close();
        }
      } while (isOutdated);
    } catch {
      say("This page is not up to date: the dashboard does not answer.");
    } finally {
      isBusy = false;
    }
  };

  source.addEventListener("view", refresh);
  // The browser opens the stream again by itself. What was missed is shown, and so is that nothing was missed.
  let isCut = false;
  source.addEventListener("open", () => {
    if (isCut) {
      isCut = false;
      refresh();
    }
  });
  source.addEventListener("error", () => {
    isCut = true;
    say("This page is not up to date: the dashboard does not answer.");
  });
})();
