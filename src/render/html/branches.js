// Folders and files → a tree to open and to search.

// As many rows of a folder are shown at a time, and as many does a search open.
const MOST_ROWS = 200;

const branches = (id, root, state) => {
  const list = make('div', 'tree');
  const input = make('input');
  Object.assign(input, { type: 'search', id: `${id}-search`, autocomplete: 'off', spellcheck: false });
  const label = make('label', '', 'Find a file');
  label.htmlFor = input.id;
  const status = make('span', 'soft status');
  status.setAttribute('role', 'status');
  status.setAttribute('aria-live', 'polite');
  let query = '';
  let rows = 0;

  // How many files below a node match what is asked for; folded ones have no names to ask.
  const count = (one) => {
    if (one.kids) one.match = one.kids.reduce((sum, kid) => sum + count(kid), 0);
    else if (one.folded) one.match = query === '' ? amount(one, FILES, state.party) : 0;
    else {
      const party = state.party === 'all' || (state.party === 'third') === one.third;
      if (query !== '' && one.text === undefined) one.text = `${pathOf(one)}\n${rawOf(one)}`.toLowerCase();
      one.match = party && (query === '' || one.text.includes(query)) ? 1 : 0;
    }
    return one.match;
  };

  const meta = (one) => [counted(amount(one, LINES, state.party), 'line', 'lines'),
    sized(amount(one, BYTES, state.party))].join(' · ');

  const leaf = (file) => {
    const row = make('div', 'leaf', null, make('code', '', file.name),
      make('span', 'size', meta(file)));
    row.tabIndex = -1;
    const from = make('div', 'from', null, make('span', file.third ? '' : 'yours', file.third ? 'third party' : 'yours'),
      ' · named ', make('code', '', rawOf(file)), ' · from ', make('code', '', file.carrier), ` (${file.form})`);
    row.append(from);
    if (file.excerpt !== undefined) {
      row.append(make('details', '', null, make('summary', '', 'First lines'),
        make('pre', '', data.excerpts[file.excerpt])));
    }
    file.row = row;
    return make('li', '', null, row);
  };

  const folder = (one) => {
    const button = make('button', 'branch', null, make('b', '', one.name || '(no name)'));
    button.type = 'button';
    const all = amount(one, FILES, 'all');
    const files = one.match === all ? counted(all, 'file', 'files') : `${grouped(one.match)} of ${counted(all, 'file', 'files')}`;
    button.append(make('span', '', `${files} · ${meta(one)}`));
    const item = make('li', '', null, button);
    const open = () => {
      button.setAttribute('aria-expanded', 'true');
      if (item.children.length === 1) item.append(level(one));
      else item.children[1].hidden = false;
    };
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-expanded') === 'false') return open();
      button.setAttribute('aria-expanded', 'false');
      item.children[1].hidden = true;
    });
    one.open = open;
    // A search opens what it finds, as far as that stays a page to read.
    if (query !== '' && rows < MOST_ROWS) open();
    return item;
  };

  const level = (one) => {
    const kids = one.kids.filter((kid) => kid.match > 0);
    const items = make('ul');
    let at = 0;
    const further = make('button', 'further');
    further.type = 'button';
    const extend = () => {
      further.remove();
      for (const end = Math.min(at + MOST_ROWS, kids.length); at < end; at += 1) {
        const kid = kids[at];
        rows += 1;
        if (kid.kids) items.append(folder(kid));
        else items.append(kid.folded ? make('li', 'folded', `… ${kid.name} (${meta(kid)})`) : leaf(kid));
      }
      if (at < kids.length) {
        further.textContent = `Show ${grouped(Math.min(MOST_ROWS, kids.length - at))} of ${grouped(kids.length - at)} more`;
        items.append(make('li', '', null, further));
      }
    };
    further.addEventListener('click', () => {
      const item = further.parentElement;
      extend();
      const next = item.nextElementSibling;
      item.remove();
      if (next) (next.querySelector('button, .leaf') || next).focus();
    });
    one.extend = (kid) => { while (at <= kids.indexOf(kid)) { const item = further.parentElement; extend(); if (item) item.remove(); } };
    extend();
    return items;
  };

  const narrow = () => {
    query = input.value.trim().toLowerCase();
    rows = 0;
    const found = count(root);
    const all = amount(root, FILES, 'all');
    let text = found === all && query === '' ? counted(all, 'file', 'files') : `${grouped(found)} of ${counted(all, 'file', 'files')}`;
    if (query !== '') {
      let folded = 0;
      eachLeaf(root, (one) => { if (one.folded) folded += amount(one, FILES, 'all'); });
      text += ' match';
      if (folded > 0) text += `; ${grouped(folded)} folded ones have no names here`;
    }
    status.textContent = text;
    list.replaceChildren(level(root));
  };

  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(narrow, 60);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || input.value === '') return;
    input.value = '';
    narrow();
    event.preventDefault();
  });

  /** Opens the folders around a file, and goes to its row. */
  const reveal = (file) => {
    input.value = '';
    narrow();
    const above = [];
    for (let up = file; up; up = up.parent) above.unshift(up);
    above.forEach((one, at) => {
      if (at > 0 && above[at - 1].extend) above[at - 1].extend(one);
      if (one.open) one.open();
    });
    if (!file.row) return;
    file.row.focus({ preventScroll: true });
    file.row.scrollIntoView({ block: 'center' });
  };

  narrow();
  const search = make('div', 'search', null, label, input, status);
  return { element: make('div', '', null, search, list), narrow, reveal };
};
