// Two helps; everything on the console works without them.

// The workbench: a link to a line of the file that is open selects that line.
(() => {
  "use strict";
  const text = document.querySelector("textarea.code#text");
  if (!text) return;
  const go = () => {
    const line = /^#line-(\d+)$/.exec(location.hash);
    if (!line) return;
    const lines = text.value.split("\n");
    const before = lines.slice(0, Number(line[1]) - 1);
    const from = before.reduce((sum, one) => sum + one.length + 1, 0);
    text.focus();
    text.setSelectionRange(from, from + (lines[before.length] || "").length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, before.length - 5);
  };
  window.addEventListener("hashchange", go);
  go();
})();

// The review page: one pair at a time, answered by keys.
(() => {
  "use strict";
  const root = document.getElementById("pairs");
  if (!root) return;
  document.documentElement.classList.add("js");

  const FETCH_AT = 6; // Pairs left when more are fetched.
  const HOLD_MS = 8000; // How long the last answer can be taken back before it is sent.
  const AGAIN_MS = 2000; // How long until what could not be sent is sent again.
  const SHOWN = 3; // Refusals that stay on the page.
  const STORE = "huiliu-review"; // Where answers wait that are not taken yet, so that a reload loses none.
  const sending = document.getElementById("sending");
  const unsent = document.getElementById("unsent");
  const refused = document.getElementById("refused");
  const finished = document.getElementById("finished");
  const later = document.getElementById("later");
  if (later) later.hidden = true;

  const pairs = [...root.querySelectorAll(".pair")];
  const known = new Set(pairs.map((pair) => pair.dataset.id));
  const past = []; // Places of pairs that were answered or put off, for undo.
  let next = root.dataset.next;
  let at = 0;
  let fetching = false;
  let busy = false;
  let held = null; // The last answer: it is sent with the next one, or after a while.
  let timer = 0;

  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(STORE)) || [];
    } catch {
      return [];
    }
  };
  const queue = stored(); // Answers that are not taken yet, in their order.
  const keep = () => {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(held ? [...queue, held] : queue));
    } catch {
      // Without a store a reload asks before it loses anything.
    }
    const waits = queue.length;
    sending.textContent = waits ? `${sending.dataset.sending} ${waits}` : sending.dataset.sent;
  };
  const complain = (said) => {
    unsent.textContent = said || "";
    unsent.hidden = !said;
  };

  const refuse = (id, said) => {
    const one = document.createElement("p");
    one.textContent = `${id}: ${said}`;
    refused.prepend(one);
    while (refused.children.length > SHOWN) refused.lastChild.remove();
  };

  const show = () => {
    for (const pair of root.querySelectorAll(".pair.shown")) pair.classList.remove("shown");
    const pair = pairs[at];
    finished.hidden = Boolean(pair);
    if (!pair) return;
    pair.classList.add("shown");
    pair.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };

  // One answer after the other. What could not be sent stays in its place; what was refused is said and done with.
  const send = async () => {
    if (busy || !queue.length) return;
    busy = true;
    const { id, same } = queue[0];
    const body = new URLSearchParams({ form_token: root.dataset.form, same: String(same) });
    let trouble = "";
    try {
      const answer = await fetch(`/console/review/${encodeURIComponent(id)}`, { method: "POST", body, redirect: "manual", keepalive: true });
      if (answer.type === "opaqueredirect") trouble = sending.dataset.signedOut;
      else if (answer.status >= 500) trouble = sending.dataset.trouble;
      else {
        queue.shift();
        complain("");
        if (!answer.ok) refuse(id, await answer.text());
      }
    } catch {
      trouble = sending.dataset.trouble;
    }
    busy = false;
    keep();
    if (!trouble) return void send();
    complain(trouble);
    setTimeout(send, AGAIN_MS);
  };

  const release = () => {
    clearTimeout(timer);
    if (held) {
      queue.push(held);
      pairs.find((pair) => pair.dataset.id === held.id)?.classList.add("sent");
    }
    held = null;
    keep();
    send();
  };

  const fetchMore = async () => {
    if (fetching || !next || pairs.length - at > FETCH_AT) return;
    fetching = true;
    try {
      const answer = await fetch(`/console/review?after=${encodeURIComponent(next)}`, { redirect: "manual" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("pairs");
      next = page ? page.dataset.next : "";
      const waited = at >= pairs.length;
      for (const pair of page ? page.querySelectorAll(".pair") : []) {
        if (known.has(pair.dataset.id)) continue;
        known.add(pair.dataset.id);
        const own = document.importNode(pair, true);
        root.append(own);
        pairs.push(own);
      }
      if (waited) show();
    } catch {
      // The next answer tries again.
    } finally {
      fetching = false;
    }
  };

  const step = (same) => {
    const pair = pairs[at];
    if (!pair) return;
    past.push(at);
    at += 1;
    show();
    if (held || same !== null) release();
    if (same !== null) {
      held = { id: pair.dataset.id, same };
      keep();
      timer = setTimeout(release, HOLD_MS);
    }
    fetchMore();
  };

  // Back to the pair before. Its answer is taken back while it is still here; what was sent is undone on its ticket.
  const back = () => {
    if (!past.length) return;
    at = past.pop();
    const id = pairs[at].dataset.id;
    const sent = pairs[at].classList.contains("sent");
    if (held && held.id === id) {
      clearTimeout(timer);
      held = null;
      keep();
    }
    complain(sent ? sending.dataset.tooLate : "");
    show();
  };

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|select|textarea)$/i.test(event.target.tagName)) return;
    const can = root.querySelector("form.answer") !== null;
    const deed = { s: () => can && step(true), d: () => can && step(false), l: () => step(null), u: back }[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    step(event.submitter.value === "true");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") release();
  });
  window.addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
  keep();
  send();
  show();
})();
