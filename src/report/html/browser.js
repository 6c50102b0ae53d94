/**
 * The page's script: filters, copying, keys, theme, printing. It reads the page and shows or hides parts of it; it
 * never makes markup out of text.
 */

const root = document.documentElement;
root.classList.add('js');

const all = selector => [...document.querySelectorAll(selector)];
const articles = all('.findings > article');
const search = document.getElementById('search');
const selects = all('select[data-filter]');
const words = new Map();

function filter() {
  const wanted = search?.value.trim().toLowerCase() ?? '';
  let shown = 0;
  for (const article of articles) {
    if (!words.has(article)) words.set(article, article.textContent.toLowerCase());
    const fits =
      words.get(article).includes(wanted) &&
      selects.every(
        ({ value, dataset }) => value === '' || article.dataset[dataset.filter].split('\n').includes(value),
      );
    article.hidden = !fits;
    if (fits) shown++;
  }
  const count = document.getElementById('count');
  if (count !== null) count.textContent = `${shown} of ${articles.length} findings`;
  const none = document.getElementById('no-match');
  if (none !== null) none.hidden = shown > 0 || articles.length === 0;
}

function clear() {
  if (search !== null) search.value = '';
  for (const select of selects) select.value = '';
  filter();
}

search?.addEventListener('input', filter);
for (const select of selects) select.addEventListener('change', filter);

for (const link of all('a[data-show-target]')) {
  link.addEventListener('click', () => {
    clear();
    for (const select of selects) {
      if (select.dataset.filter === 'target') select.value = link.dataset.showTarget;
      if (select.dataset.filter === 'claim') select.value = link.dataset.showClaim;
    }
    filter();
  });
}

for (const button of all('button[data-copy]')) {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    button.textContent = (await copied(source)) ? 'Copied' : 'Selected: copy with Ctrl+C';
    setTimeout(() => {
      button.textContent = label;
    }, 2_000);
  });
}

/** Where the clipboard is out of reach, the text is selected instead. */
async function copied(source) {
  try {
    await navigator.clipboard.writeText(source.textContent.trimEnd());
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}

const THEMES = ['system', 'light', 'dark'];
const themeButton = document.getElementById('theme');

function setTheme(theme) {
  root.dataset.theme = theme;
  themeButton.textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem('afresh-theme', theme);
  } catch {
    // Pages without storage forget it.
  }
}

function nextTheme() {
  setTheme(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]);
}

themeButton.addEventListener('click', nextTheme);
root.dataset.theme = 'system';
try {
  const kept = localStorage.getItem('afresh-theme');
  if (THEMES.includes(kept)) setTheme(kept);
} catch {
  // As above.
}

const help = document.getElementById('help');
document.getElementById('keys').addEventListener('click', () => help.showModal());

function step(by) {
  const shown = articles.filter(({ hidden }) => !hidden);
  const at = shown.findIndex(article => article.contains(document.activeElement));
  const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by];
  if (next === undefined) return;
  next.querySelector('summary').focus();
  next.scrollIntoView({ block: 'start' });
}

function openAll(open) {
  for (const article of articles) article.firstElementChild.open = open;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => openAll(true),
  c: () => openAll(false),
  t: nextTheme,
  '?': () => help.showModal(),
  '/': () => search?.focus(),
};

document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && !help.open) clear();
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.closest('input, select, textarea') !== null) return;
  const action = KEYS[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
});

/** A link to a finding opens it. */
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches('article')) target.firstElementChild.open = true;
}
addEventListener('hashchange', openTarget);
openTarget();

/** On paper everything that is not too long stands open. */
let opened = [];
addEventListener('beforeprint', () => {
  opened = all(':is(article > details, details.target, .notes > details):not([open])');
  for (const details of opened) details.open = true;
});
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
});
