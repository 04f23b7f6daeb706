// The button that leads back to the top, which appears when a reader scrolls up. The theme has this in Bootstrap's script, which the
// site leaves out.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";

  const button = document.getElementById("pst-back-to-top");
  if (!button) return;
  let before = scrollY;
  addEventListener(
    "scroll",
    () => {
      button.style.display = scrollY < before && scrollY > innerHeight ? "block" : "none";
      before = scrollY;
    },
    { passive: true },
  );
  button.addEventListener("click", () => scrollTo(0, 0));
});
