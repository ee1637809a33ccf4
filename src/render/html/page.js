// Starts what the page needs.

const theme = () => {
  const select = make('select');
  select.id = 'theme';
  for (const [value, text] of [['', 'system'], ['light', 'light'], ['dark', 'dark']]) {
    const option = make('option', '', text);
    option.value = value;
    select.append(option);
  }
  select.addEventListener('change', () => {
    if (select.value) document.documentElement.dataset.theme = select.value;
    else delete document.documentElement.dataset.theme;
  });
  const label = make('label', '', 'Colours');
  label.htmlFor = select.id;
  document.querySelector('.top').append(make('span', 'theme', null, label, select));
};

// A link from the overview leads to a section that may be closed.
const arrive = () => {
  const target = /^#a\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.tagName === 'DETAILS') target.open = true;
  target.scrollIntoView();
};

theme();
// With hundreds of artifacts only those that come into sight are drawn.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    seen.unobserve(entry.target);
    explore(entry.target);
  }
}, { rootMargin: '400px' });
document.querySelectorAll('.explorer').forEach((host, at) => {
  if (at === 0 && host.closest('details:not([open])') === null) explore(host);
  else seen.observe(host);
});
addEventListener('hashchange', arrive);
arrive();

// On paper nothing can be opened: what holds findings is open there, and as it was afterwards.
const closed = [];
addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('details:not([open])')) {
    if (part.closest('.explorer')) continue;
    part.open = true;
    closed.push(part);
  }
});
addEventListener('afterprint', () => closed.splice(0).forEach((part) => { part.open = false; }));
