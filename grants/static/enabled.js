// Says that scripts run, before the page is drawn; the design system's styles look for these two words.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
