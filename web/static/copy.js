// Shows the buttons that copy, which are of no use without a script.
"use strict";
if (navigator.clipboard) {
  for (const b of document.querySelectorAll("button.copy")) {
    b.hidden = false;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(b.dataset.copy);
      const text = b.textContent;
      b.textContent = b.dataset.done;
      setTimeout(() => { b.textContent = text; }, 2000);
    });
  }
}
