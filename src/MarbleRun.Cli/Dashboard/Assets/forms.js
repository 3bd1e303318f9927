// The token of forms comes once, in the fragment of the address to which the link leads. It is kept for this tab and this port alone:
// cookies of 127.0.0.1 go to all ports of it, and so they are not enough to change anything.
(() => {
  "use strict";
  const name = "marblerun-form";
  if (/^#form=[0-9a-f]{64}$/.test(location.hash)) {
    sessionStorage.setItem(name, location.hash.slice("#form=".length));
    history.replaceState(null, "", location.pathname + location.search);
  }
  for (const field of document.querySelectorAll('input[name="form"]')) {
    field.value = sessionStorage.getItem(name) ?? "";
  }
})();
