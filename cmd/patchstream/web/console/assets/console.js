// What makes the console handier. Nothing needs it: each page reads and works without.
'use strict';

document.documentElement.classList.add('js');

const all = (what, within = document) => Array.from(within.querySelectorAll(what));
const kept = {
  get(name, otherwise) { try { return localStorage.getItem(name) ?? otherwise; } catch { return otherwise; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* then it is not kept */ } },
};

// ready runs for the page as it came, and for each part that is put into it later.
const ready = [];
const prepare = (within) => ready.forEach((each) => each(within));

// Colours: the choice acts at once, and the page stays as it is.
ready.push((within) => all('.theme select', within).forEach((s) => s.addEventListener('change', () => {
  document.documentElement.dataset.theme = s.value;
  fetch(s.form.action, { method: 'POST', body: new URLSearchParams(new FormData(s.form)), redirect: 'manual' }).catch(() => { /* then it holds for this page */ });
})));

// Commands: copy them.
ready.push((within) => all('[data-copy]', within).forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
    const before = button.textContent;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}));

// On a small screen the choices wait until they are asked for.
if (matchMedia('(max-width: 44rem)').matches) all('details.more').forEach((d) => { d.open = all('select', d).some((s) => s.value !== ''); });

// Times: how long ago, as it goes on.
const span = (seconds) => {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
};
const tick = () => all('time[datetime]').forEach((t) => {
  const seconds = Math.floor((Date.now() - Date.parse(t.dateTime)) / 1000);
  const words = seconds < -60 ? `in ${span(-seconds)}` : seconds < 1 ? 'now' : `${span(seconds)} ago`;
  if (t.textContent !== words) t.textContent = words;
});
setInterval(tick, 10000);

// What is explained on demand is read into the page in its place.
ready.push((within) => all('a[data-into]', within).forEach((a) => {
  a.setAttribute('aria-expanded', 'false');
  a.addEventListener('click', async (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    const row = a.closest('tr');
    if (a.getAttribute('aria-expanded') === 'true') {
      row.nextElementSibling.remove();
      a.setAttribute('aria-expanded', 'false');
      return;
    }
    const part = await partOf(a.href, a.dataset.into);
    if (!part) { location.assign(a.href); return; }
    const under = document.createElement('tr');
    under.className = 'under';
    const cell = under.insertCell();
    cell.colSpan = row.cells.length;
    cell.append(part);
    row.after(under);
    a.setAttribute('aria-expanded', 'true');
    prepare(under);
  });
}));

const page = async (address) => {
  const answer = await fetch(address, { credentials: 'same-origin', redirect: 'error' });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
};
const partOf = async (address, what) => {
  try { return document.adoptNode((await page(address)).querySelector(what)); } catch { return null; }
};

// What somebody opened is being read.
ready.push((within) => all('summary', within).forEach((s) => s.addEventListener('click', () => s.parentElement.toggleAttribute('data-read', !s.parentElement.open))));

// A page that says so is shown anew every few seconds, unless somebody reads or writes in it, or does not look.
const main = document.getElementById('main');
const every = Number(main.dataset.refresh) * 1000;
let paused = kept.get('paused') === 'yes';
const busy = () => document.hidden || paused || all('details[open][data-read], tr.under', main).length > 0 || !getSelection().isCollapsed ||
  (main.contains(document.activeElement) && document.activeElement !== main);
const renew = async () => {
  soon = 0;
  if (busy()) return;
  try {
    const came = await page(location.href);
    if (busy()) return;
    all('[data-live]').forEach((part) => {
      const fresh = came.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh && fresh.innerHTML !== part.innerHTML) { part.replaceWith(document.adoptNode(fresh)); prepare(fresh); }
    });
    stale(null);
  } catch { stale(new Date()); }
};
const stale = (since) => {
  const banner = document.getElementById('stale');
  if (!since) { banner?.remove(); return; }
  if (banner) return;
  const p = document.createElement('p');
  p.id = 'stale';
  p.className = 'banner';
  p.setAttribute('role', 'status');
  p.textContent = `No answer since ${since.toLocaleTimeString()}: what is shown may be old. It is tried again.`;
  main.prepend(p);
};
// What is still being read is asked for sooner.
let soon = 0;
ready.push((within) => { if (every > 0 && !soon && within.querySelector('[aria-busy="true"]')) soon = setTimeout(renew, 2000); });
if (every > 0) {
  const b = document.createElement('button');
  b.type = 'button';
  b.className = 'plain';
  const say = () => { b.textContent = paused ? 'Go on' : 'Pause'; b.title = paused ? 'Updates are paused' : `Updates every ${every / 1000} seconds`; };
  b.addEventListener('click', () => { paused = !paused; kept.set('paused', paused ? 'yes' : 'no'); say(); if (!paused) renew(); });
  b.id = 'pause';
  say();
  document.querySelector('footer').append(b);
  setInterval(renew, every);
}

// Keys.
const on = () => kept.get('shortcuts', 'on') === 'on';
ready.push((within) => all('[data-shortcuts]', within).forEach((box) => {
  box.checked = on();
  box.addEventListener('change', () => kept.set('shortcuts', box.checked ? 'on' : 'off'));
}));
const rows = () => all('tbody th[scope="row"] a, .changes .host', main);
const move = (by) => {
  const list = rows();
  const at = list.indexOf(document.activeElement);
  list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)]?.focus();
};
let before = '';
const keys = {
  '?': () => location.assign('/help'),
  '/': () => document.querySelector('input[type="search"]')?.focus(),
  j: () => move(1),
  k: () => move(-1),
  n: () => document.querySelector('a[rel="next"]')?.click(),
  p: () => document.getElementById('pause')?.click(),
};
document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === 'Escape') { document.activeElement?.blur(); return; }
  if (!on() || e.target.closest('input:not([type="checkbox"]), select, textarea')) return;
  const to = before === 'g' && document.querySelector(`nav a[data-key="${CSS.escape(e.key)}"]`);
  before = e.key;
  if (to) { e.preventDefault(); to.click(); } else if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
});

prepare(document);
