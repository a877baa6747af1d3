import js from "@eslint/js";

// What a page has. The scripts use nothing else, and fetch nothing.
const PAGE = [
  "document",
  "matchMedia",
  "setInterval",
  "clearInterval",
  "addEventListener",
  "dispatchEvent",
  "localStorage",
  "Blob",
  "DOMPoint",
  "Event",
  "ImageData",
  "IntersectionObserver",
  "URL",
];

export default [
  js.configs.recommended,
  {
    languageOptions: { globals: Object.fromEntries(PAGE.map((name) => [name, "readonly"])) },
    rules: { "prefer-const": "error", "no-var": "error", eqeqeq: "error" },
  },
];
