// What the theme leaves undone for readers who listen to a page, use the keyboard, or print.
document.addEventListener("DOMContentLoaded", () => {
  const each = (css, change) => document.querySelectorAll(css).forEach(change);
  // Their text says what they do, and a label would say another.
  each(".search-button-field, .cell summary", (one) => one.removeAttribute("aria-label"));
  each(".bd-sidebar-primary", (one) => {
    one.role = "complementary";
    one.ariaLabel = "Site";
  });
  each("div.math", (one) => { one.tabIndex = 0; }); // a wide formula scrolls, with the keyboard, too
  each("th.head", (one) => {
    if (!one.textContent.trim()) one.replaceWith(document.createElement("td")); // it heads nothing
  });
  window.addEventListener("beforeprint", () => each("details", (one) => { one.open = true; }));
});
