// The page of changes as they come. The stream of events is only the bell: what is shown is read by its sequence in the stream of changes, from
// the last one that is shown on, so that nothing is missed after a sleep, a break or a pause.
'use strict';

(() => {
  const live = document.querySelector('[data-changes]');
  const list = document.getElementById('changes');
  const state = live.querySelector('[data-state]');
  const pause = live.querySelector('[data-pause]');
  const most = 500; // rows that are kept on the page
  let last = Number(live.dataset.last);
  let waiting = 0; // that came while it was paused
  let stopped = false;
  let reading = null;
  let bell = null;

  const say = (words, tone) => {
    if (state.textContent !== words) state.textContent = words;
    live.dataset.tone = tone;
  };
  const standing = () => {
    if (stopped) say(waiting ? `Paused: ${waiting} more` : 'Paused', 'warn');
    else if (bell && bell.readyState === EventSource.OPEN) say('Live', 'good');
    else say('No answer: what is shown may be old. It is tried again.', 'unknown');
    pause.textContent = stopped ? 'Go on' : 'Pause';
    pause.setAttribute('aria-pressed', String(stopped));
  };

  // read puts what came since before what is shown; while it does, a further call has it look once more.
  let again = false;
  const read = async () => {
    if (reading) { again = true; return reading; }
    reading = (async () => {
      do {
        again = false;
        const answer = await fetch(live.dataset.rows + last, { credentials: 'same-origin', redirect: 'error' });
        if (answer.status === 205) { location.reload(); return; }
        if (answer.status === 401) { location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        put(await answer.text());
        last = Math.max(last, Number(answer.headers.get('X-Patchstream-Last')));
      } while (again);
    })();
    try { await reading; } finally { reading = null; }
  };
  const put = (text) => {
    const came = new DOMParser().parseFromString(text, 'text/html');
    const rows = Array.from(came.querySelectorAll('[data-sequence]')).map((row) => document.adoptNode(row));
    if (rows.length === 0) return;
    rows.forEach((row) => row.classList.add('fresh'));
    list.prepend(...rows);
    while (list.children.length > most) list.lastElementChild.remove();
    document.querySelector('[data-none]')?.remove();
    older();
    tick();
  };
  // older keeps the way to what is no more on the page.
  const older = () => {
    const next = document.querySelector('a[rel="next"]');
    if (!next || list.children.length < most) return;
    const at = new URL(next.href);
    at.searchParams.set('before', list.lastElementChild.dataset.sequence);
    next.href = at.pathname + at.search;
  };

  const ring = () => {
    if (stopped) { waiting++; standing(); return; }
    read().catch(() => {}); // the bell is heard again
  };
  const listen = () => {
    const at = new URL(live.dataset.changes, location.origin);
    if (last > 0) at.searchParams.set('after', String(last));
    bell = new EventSource(at);
    bell.addEventListener('open', () => { standing(); if (!stopped) read().catch(() => {}); });
    bell.addEventListener('change', ring);
    bell.addEventListener('gap', () => location.reload());
    bell.addEventListener('error', () => {
      standing();
      if (bell.readyState !== EventSource.CLOSED) return; // it comes again by itself
      setTimeout(() => { read().catch(() => {}); listen(); }, 5000);
    });
  };

  pause.hidden = false;
  pause.id = 'pause';
  pause.addEventListener('click', () => {
    stopped = !stopped;
    if (!stopped) { waiting = 0; read().catch(() => {}); }
    standing();
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !stopped) read().catch(() => {}); });
  addEventListener('pageshow', (e) => { if (e.persisted && !stopped) read().catch(() => {}); });
  standing();
  listen();
})();
