// Saves a page of a draft as somebody types: the page's own form, sent to the page's own address. Every page works without this.
const form = document.getElementById("draft");
const region = document.getElementById("saving");
const PAUSE = 1500; // milliseconds without a key before it is saved
const TRIES = 8;

if (form && region) start();

function start() {
  let edition = form.elements.edition?.value;
  let last = written(); // as it was drawn, or last saved
  let lost = null; // sent, and nobody knows whether it arrived
  let timer, sending = null, stopped = false, tries = 0;

  // The edition is told whenever the form is read and never written into the page, so that going back shows no old one.
  form.addEventListener("formdata", (event) => event.formData.set("edition", edition));

  function written() {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "then") said.append(name, value);
    said.delete("edition");
    return said.toString();
  }

  function later(wait) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, wait);
  }

  function save() {
    sending ??= send().finally(() => (sending = null));
    return sending;
  }

  async function send() {
    // What may have arrived goes first, unchanged: where it did, the answer says so and tells the edition.
    const body = lost ?? written();
    if (stopped || body === last) return;
    const sent = new URLSearchParams(body);
    sent.set("edition", edition);
    sent.set("then", "typing");
    try {
      const answer = await fetch(location.pathname, { method: "POST", body: sent, redirect: "manual", keepalive: body.length < 60000 });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        stopped = true;
        say(region.dataset.out);
        return;
      }
      const said = await answer.json();
      if (answer.ok) edition = said.edition;
      stopped ||= Boolean(said.stop);
      last = body;
      lost = null;
      tries = 0;
      say(said.said);
      for (const [name, words] of Object.entries(said.parts ?? {})) part(name, words);
      if (written() !== last) later(PAUSE);
    } catch {
      lost = body;
      say(region.dataset.later);
      if (++tries < TRIES) later(Math.min(60000, 2500 * 2 ** tries));
    }
  }

  function say(words) {
    region.textContent = words;
  }

  function part(name, words) {
    const place = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
    const before = place?.dataset.before;
    if (place) place.textContent = words && before ? `${before} ${words}` : words;
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, () => { tries = 0; later(PAUSE); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && written() !== last) save(); });
  window.addEventListener("online", () => { tries = 0; later(0); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // The button waits for what is on its way, so that nobody is told that they met themselves.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!sending && !lost) { stopped = true; return; }
    event.preventDefault();
    await (sending ?? save());
    lost = null;
    sending = null;
    stopped = true;
    form.requestSubmit(event.submitter);
  });
}
