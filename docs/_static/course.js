// What the theme leaves undone for readers who listen to a page.
document.addEventListener("DOMContentLoaded", () => {
  const each = (css, change) => document.querySelectorAll(css).forEach(change);
  // Their text says what they do, and a label would say another.
  each(".search-button-field, .cell summary", (one) => one.removeAttribute("aria-label"));
  each(".bd-sidebar-primary", (one) => {
    one.role = "complementary";
    one.ariaLabel = "Site";
  });
  each("th.head", (one) => {
    if (!one.textContent.trim()) one.replaceWith(document.createElement("td")); // it heads nothing
  });
});
