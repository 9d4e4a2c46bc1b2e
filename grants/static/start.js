// Starts the design system's own behaviour where its files are here. Every page works without this.
const design = document.querySelector('link[rel="modulepreload"]');
if (design) {
  import(design.href).then(({ initAll }) => initAll());
} else {
  document.querySelector(".govuk-error-summary")?.setAttribute("tabindex", "-1");
  document.querySelector(".govuk-error-summary")?.focus();
}
