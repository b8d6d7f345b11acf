// The review page: one pair at a time, answered by keys. Everything else on the console works without scripts.
(() => {
  "use strict";
  const root = document.getElementById("pairs");
  if (!root) return;
  document.documentElement.classList.add("js");

  const FETCH_AT = 8; // Pairs left when more are fetched.
  const SHINGLE = 4; // Characters that make a shared passage.
  const sending = document.getElementById("sending");
  const unsent = document.getElementById("unsent");
  const finished = document.getElementById("finished");
  const later = document.getElementById("later");
  if (later) later.hidden = true;

  let pairs = [...root.querySelectorAll(".pair")];
  let next = root.dataset.next;
  let at = 0;
  let fetching = false;
  const known = new Set(pairs.map((pair) => pair.dataset.id));
  const queue = []; // Answers that are not taken yet, in their order.
  const given = []; // What was answered or put off, for undo.
  let busy = false;

  // Marks what both texts have in common.
  const marked = new WeakSet();
  const markShared = (pair) => {
    if (marked.has(pair)) return;
    marked.add(pair);
    const words = [...pair.querySelectorAll(".words")];
    if (words.length !== 2) return;
    const texts = words.map((one) => [...one.textContent]);
    const shingles = texts.map((text) => {
      const found = new Set();
      for (let i = 0; i + SHINGLE <= text.length; i += 1) found.add(text.slice(i, i + SHINGLE).join(""));
      return found;
    });
    words.forEach((one, side) => {
      const text = texts[side];
      const shared = new Array(text.length).fill(false);
      for (let i = 0; i + SHINGLE <= text.length; i += 1) {
        const piece = text.slice(i, i + SHINGLE).join("");
        if (shingles[1 - side].has(piece)) shared.fill(true, i, i + SHINGLE);
      }
      one.textContent = "";
      let from = 0;
      while (from < text.length) {
        let to = from;
        while (to < text.length && shared[to] === shared[from]) to += 1;
        const piece = document.createTextNode(text.slice(from, to).join(""));
        if (shared[from]) {
          const mark = document.createElement("mark");
          mark.append(piece);
          one.append(mark);
        } else {
          one.append(piece);
        }
        from = to;
      }
    });
  };

  const show = () => {
    for (const pair of root.querySelectorAll(".pair.shown")) pair.classList.remove("shown");
    const pair = pairs[at];
    finished.hidden = Boolean(pair);
    if (!pair) return;
    markShared(pair);
    pair.classList.add("shown");
    pair.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    if (pairs[at + 1]) markShared(pairs[at + 1]);
  };

  const told = () => {
    sending.textContent = queue.length ? `${sending.dataset.sending} ${queue.length}` : sending.dataset.sent;
  };

  // One answer after the other; what could not be sent stays in the queue and is said.
  const send = async () => {
    if (busy || !queue.length) return;
    busy = true;
    const { id, same } = queue[0];
    const body = new URLSearchParams({ form_token: root.dataset.form, same: String(same), quiet: "true" });
    try {
      const answer = await fetch(`/console/review/${encodeURIComponent(id)}`, { method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") throw new Error("401");
      if (answer.ok || answer.status < 500) {
        queue.shift();
        unsent.hidden = answer.ok;
        if (!answer.ok) unsent.textContent = await answer.text();
      } else {
        throw new Error(String(answer.status));
      }
      busy = false;
      told();
      send();
    } catch (error) {
      unsent.textContent = String(error.message);
      unsent.hidden = false;
      busy = false;
      setTimeout(send, 2000);
    }
  };

  const fetchMore = async () => {
    if (fetching || !next || pairs.length - at > FETCH_AT) return;
    fetching = true;
    try {
      const answer = await fetch(`/console/review?after=${encodeURIComponent(next)}`, { redirect: "manual" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const more = page.getElementById("pairs");
      next = more ? more.dataset.next : "";
      for (const pair of more ? more.querySelectorAll(".pair") : []) {
        if (known.has(pair.dataset.id)) continue;
        known.add(pair.dataset.id);
        const own = document.importNode(pair, true);
        root.append(own);
        pairs.push(own);
      }
      if (finished.hidden === false) show();
    } finally {
      fetching = false;
    }
  };

  const step = (verdict) => {
    const pair = pairs[at];
    if (!pair) return;
    given.push({ at, verdict });
    at += 1;
    show();
    if (verdict !== null) {
      queue.push({ id: pair.dataset.id, same: verdict });
      told();
      send();
    }
    fetchMore();
  };

  // Back to the pair before; an answer that was given to it is given anew from there.
  const back = () => {
    const last = given.pop();
    if (!last) return;
    const waiting = queue.findIndex((one, place) => one.id === pairs[last.at].dataset.id && !(busy && place === 0));
    if (waiting >= 0) queue.splice(waiting, 1);
    at = last.at;
    told();
    show();
  };

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|select|textarea)$/i.test(event.target.tagName)) return;
    const deed = { s: () => step(true), d: () => step(false), l: () => step(null), u: back }[event.key.toLowerCase()];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    step(event.submitter.value === "true");
  });
  window.addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
  told();
  show();
})();
