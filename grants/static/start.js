// Starts the design system's own behaviour where its files are here. Every page works without this.
const design = document.querySelector('link[rel="modulepreload"]');
if (design) {
  import(design.href).then(({ initAll }) => initAll());
} else {
  document.querySelector(".govuk-error-summary")?.setAttribute("tabindex", "-1");
  document.querySelector(".govuk-error-summary")?.focus();
}

// An open section of the menu closes when somebody goes elsewhere or presses Escape. Without this, pressing its word closes it.
const sections = [...document.querySelectorAll(".menu__section")];
document.addEventListener("click", (press) => {
  for (const section of sections) if (!section.contains(press.target)) section.open = false;
});
document.addEventListener("keydown", (press) => {
  const open = press.key === "Escape" && sections.find((section) => section.open);
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// A sum that follows what is typed. Without this it is worked out when the page is sent.
for (const sum of document.querySelectorAll("[data-adds-up]")) {
  const parts = [...document.querySelectorAll(`input[name$="-${sum.dataset.addsUp}"]`)];
  const add = () => {
    sum.textContent = parts.reduce((whole, part) => whole + (Number(part.value) || 0), 0);
  };
  for (const part of parts) part.addEventListener("input", add);
}
