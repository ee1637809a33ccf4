'use strict';
// Draws what could be recovered, from the JSON in #data (src/render/html/data.rs says how it is laid out).
// Every name in it is hostile: it is only ever set as text, never as markup.
(() => {
  const MOST_CELLS = 200;
  const LEAST_AREA = 160; // square pixels: smaller cells can't be hit, and have no label anyway
  const MOST_ROWS = 200;
  const data = JSON.parse(document.getElementById('data').textContent);

  const grouped = (number) => number.toLocaleString('en-US');
  const counted = (number, one, many) => `${grouped(number)} ${number === 1 ? one : many}`;
  const tenth = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const sized = (bytes) => {
    for (const [unit, size] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]]) {
      if (bytes >= size) return `${tenth.format(Math.floor(bytes * 10 / size) / 10)} ${unit}`;
    }
    return counted(bytes, 'byte', 'bytes');
  };

  /** An element with a class, a text and children. */
  const make = (tag, className, text, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined && text !== null) element.textContent = text;
    element.append(...children);
    return element;
  };

  // ---- The tree in memory -------------------------------------------------------------------------------------

  // A node counts files, lines and bytes: the project's own, then those of others.
  const FILES = 0, LINES = 1, BYTES = 2;
  const node = (name, parent, kids) => ({ name, parent, kids, sum: [0, 0, 0, 0, 0, 0] });
  const add = (sum, more) => more.forEach((value, at) => { sum[at] += value; });
  const amount = (one, what, party) =>
    (party === 'third' ? 0 : one.sum[what]) + (party === 'own' ? 0 : one.sum[what + 3]);

  const pathOf = (one) => {
    const parts = [];
    for (let at = one; at && at.parent; at = at.parent) parts.unshift(at.name);
    return parts.join('/');
  };

  const decode = (artifact) => {
    const child = (row, parent) => {
      if (typeof row[0] === 'number') {
        const more = node(`${counted(row[0] + row[3], 'small file', 'small files')}, folded`, parent, null);
        more.folded = true;
        more.sum = row;
        return more;
      }
      if (Array.isArray(row[1])) {
        const folder = node(row[0], parent, []);
        folder.kids = row[1].map((inner) => child(inner, folder));
        folder.kids.forEach((kid) => add(folder.sum, kid.sum));
        return folder;
      }
      const [name, bytes, lines, kind, raw, excerpt] = row;
      const [carrier, form, third, before] = artifact.kinds[kind];
      const file = node(name === '' ? '(no name)' : name, parent, null);
      file.sum = third ? [0, 0, 0, 1, lines, bytes] : [1, lines, bytes, 0, 0, 0];
      Object.assign(file, { third: third === 1, carrier, form, excerpt, empty: name === '', before, raw: raw || null });
      return file;
    };
    const root = node('All', null, []);
    root.kids = artifact.tree.map((row) => child(row, root));
    root.kids.forEach((kid) => add(root.sum, kid.sum));
    return root;
  };

  /** The name as the carrier gives it. */
  const rawOf = (file) => {
    const whole = file.raw || (file.before + (file.empty ? pathOf(file.parent) : pathOf(file)));
    return whole === '' ? '(an empty name)' : whole;
  };

  const eachLeaf = (one, visit) => {
    if (one.kids) one.kids.forEach((kid) => eachLeaf(kid, visit));
    else visit(one);
  };

  /** The same leaves below the npm package that their path names; the project's own stand together. */
  const byPackage = (root) => {
    const top = node('All', null, []);
    const index = new Map([[top, new Map()]]);
    const folder = (parent, name) => {
      const known = index.get(parent);
      if (!known.has(name)) {
        const made = node(name, parent, []);
        parent.kids.push(made);
        known.set(name, made);
        index.set(made, new Map());
      }
      return known.get(name);
    };
    const put = (leaf, sum, group, folders) => {
      let at = folder(top, group);
      folders.forEach((name) => { at = folder(at, name); });
      at.kids.push({ ...leaf, sum, parent: at, of: leaf.of || leaf });
      for (let up = at; up; up = up.parent) add(up.sum, sum);
    };
    eachLeaf(root, (leaf) => {
      const folders = pathOf(leaf.parent).split('/').filter(Boolean);
      if (leaf.sum[FILES] > 0) put(leaf, [...leaf.sum.slice(0, 3), 0, 0, 0], 'your own code', folders);
      if (leaf.sum[FILES + 3] === 0) return;
      const at = folders.lastIndexOf('node_modules') + 1;
      const words = at > 0 && folders[at] ? (folders[at].startsWith('@') && folders[at + 1] ? 2 : 1) : 0;
      const name = words ? folders.slice(at, at + words).join('/') : 'other third-party code';
      put(leaf, [0, 0, 0, ...leaf.sum.slice(3)], name, words ? folders.slice(at + words) : folders);
    });
    return top;
  };

  // ---- The map ------------------------------------------------------------------------------------------------

  /** Rectangles for `weights` (sorted, the largest first) that are as square as can be (Bruls, Huizing, van Wijk). */
  const squarify = (weights, x, y, width, height) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const scale = total > 0 ? width * height / total : 0;
    const boxes = [];
    let at = 0;
    while (at < weights.length) {
      const side = Math.max(Math.min(width, height), 1e-6);
      let area = 0, end = at, worst = Infinity;
      while (end < weights.length) {
        const next = area + weights[end] * scale;
        const ratio = Math.max(side * side * weights[at] * scale / (next * next),
          next * next / (side * side * Math.max(weights[end] * scale, 1e-9)));
        if (ratio > worst) break;
        worst = ratio;
        area = next;
        end += 1;
      }
      const deep = area / side;
      let along = 0;
      for (; at < end; at += 1) {
        const length = area > 0 ? weights[at] * scale / deep : 0;
        boxes.push(width >= height ? [x, y + along, deep, length] : [x + along, y, length, deep]);
        along += length;
      }
      if (width >= height) { x += deep; width -= deep; } else { y += deep; height -= deep; }
    }
    return boxes;
  };

  /** What is drawn of a level: the largest, and one cell for the rest, which is never larger than half of those. */
  const cellsOf = (kids, weigh, area) => {
    const sorted = kids.filter((kid) => weigh(kid) > 0).sort((a, b) => weigh(b) - weigh(a));
    const total = sorted.reduce((sum, kid) => sum + weigh(kid), 0);
    let shown = Math.min(sorted.length, MOST_CELLS);
    let drawn = sorted.slice(0, shown).reduce((sum, kid) => sum + weigh(kid), 0);
    const smallest = () => weigh(sorted[shown - 1]) / Math.min(total, drawn * 1.5) * area;
    while (shown > 12 && smallest() < LEAST_AREA) {
      shown -= 1;
      drawn -= weigh(sorted[shown]);
    }
    const cells = sorted.slice(0, shown);
    const weights = cells.map(weigh);
    const rest = sorted.slice(shown);
    if (rest.length > 0) {
      const more = node(`${grouped(rest.length)} more`, cells[0].parent, rest);
      more.rest = true;
      rest.forEach((kid) => add(more.sum, kid.sum));
      cells.push(more);
      weights.push(Math.max(Math.min(total - drawn, drawn / 2), drawn / 60));
    }
    const order = cells.map((cell, at) => [cell, weights[at]]).sort((a, b) => b[1] - a[1]);
    return [order.map((pair) => pair[0]), order.map((pair) => pair[1])];
  };

  let made = 0;

  /** Everything that is drawn of one artifact. */
  const explore = (host) => {
    const root = decode(data.artifacts[Number(host.dataset.artifact)]);
    const id = `x${made += 1}`;
    const state = { by: 'folder', party: 'all', what: BYTES, trail: [root] };
    let packages = null;
    const weigh = (one) => amount(one, state.what, state.party);
    const here = () => state.trail[state.trail.length - 1];

    const map = make('div', 'map');
    map.setAttribute('role', 'group');
    map.setAttribute('aria-label', 'Map of what could be recovered. Arrow keys move, Enter opens, Escape goes up.');
    const crumbs = make('nav', 'crumbs');
    crumbs.setAttribute('aria-label', 'Folder that is shown in the map');
    const readout = make('p', 'readout');
    const shown = new Map(); // button → node

    // The measure that is drawn comes first.
    const said = (one) => {
      const lines = counted(amount(one, LINES, state.party), 'line', 'lines');
      const bytes = sized(amount(one, BYTES, state.party));
      const sums = state.what === BYTES ? [bytes, lines] : [lines, bytes];
      if (one.kids || one.folded) sums.push(counted(amount(one, FILES, state.party), 'file', 'files'));
      const own = amount(one, state.what, 'own'), all = amount(one, state.what, 'all');
      const whose = own === 0 ? 'third party' : own === all ? 'yours' : `${Math.round(own / all * 100)}% yours`;
      return [...sums, whose];
    };
    const tell = (one) => {
      const path = one.rest ? `${one.name} in ${here().parent ? pathOf(here()) : 'all'}` : pathOf(one) || 'Everything';
      const parts = [make('b', '', path), ` ${said(one).join(', ')}`];
      if (!one.kids && one.carrier !== undefined) parts.push(`, from ${one.carrier} (${one.form})`);
      readout.replaceChildren(...parts);
    };

    const draw = () => {
      const width = map.clientWidth || host.clientWidth;
      if (width === 0) return;
      const height = Math.round(Math.max(300, Math.min(480, width * 0.42)));
      map.style.height = `${height}px`;
      const [cells, weights] = cellsOf(here().kids, weigh, width * height);
      const boxes = squarify(weights, 0, 0, width - 2, height - 2);
      shown.clear();
      map.replaceChildren(...cells.map((one, at) => cell(one, boxes[at], at === 0)));
      if (cells.length === 0) map.append(make('p', 'folded', 'Nothing of this kind here.'));
      remainder.hidden = !cells.some((one) => one.rest);
      tell(here());
    };

    const cell = (one, [x, y, width, height], first) => {
      const third = amount(one, state.what, 'own') * 2 < amount(one, state.what, 'all');
      const kind = one.rest ? 'rest' : one.kids ? 'folder' : 'file';
      const button = make('button', `cell ${kind}${third ? ' third' : ''}`);
      button.type = 'button';
      button.tabIndex = first ? 0 : -1;
      Object.assign(button.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
      // What is too small to be written is still what the button is called.
      const label = (tag, room, text) => make(tag, room ? '' : 'unseen', text);
      const [value, ...rest] = said(one);
      button.append(label('b', width > 44 && height > 22, one.name || '(no name)'), ' ',
        label('i', width > 60 && height > 42, value),
        label('span', false, `, ${rest.join(', ')}${one.kids ? ', folder' : ''}`));
      if (kind === 'folder' && width > 90 && height > 84) inner(button, one, [4, 42, width - 10, height - 48], 1);
      shown.set(button, one);
      return button;
    };

    // The outlines of what lies in a folder, two deep: a hint at its grain, not something to hit.
    const inner = (button, folder, [left, top, width, height], depth) => {
      const kids = folder.kids.filter((kid) => weigh(kid) > 0).sort((a, b) => weigh(b) - weigh(a)).slice(0, 60);
      squarify(kids.map(weigh), left, top, width, height).forEach(([x, y, wide, high], at) => {
        if (wide < 5 || high < 5) return;
        const line = make('u');
        line.setAttribute('aria-hidden', 'true');
        const labelled = wide > 54 && high > 24;
        if (labelled) line.dataset.name = kids[at].name;
        Object.assign(line.style, { left: `${x}px`, top: `${y}px`, width: `${wide - 2}px`, height: `${high - 2}px` });
        button.append(line);
        if (kids[at].kids && depth < 2 && labelled && high > 64) {
          inner(button, kids[at], [x + 4, y + 22, wide - 10, high - 28], depth + 1);
        }
      });
    };

    const way = () => {
      const list = make('ol');
      state.trail.forEach((one, at) => {
        const last = at === state.trail.length - 1;
        const step = make(last ? 'span' : 'button', '', one.name || '(no name)');
        if (last) step.setAttribute('aria-current', 'location');
        else {
          step.type = 'button';
          step.addEventListener('click', () => climb(at));
        }
        list.append(make('li', '', null, step));
      });
      crumbs.replaceChildren(list);
    };

    const focusOn = (one) => {
      const buttons = [...shown];
      const found = buttons.find(([, other]) => other === one || (one && one.rest && other.rest)) || buttons[0];
      if (found) focus(found[0]);
    };
    const focus = (button) => {
      for (const other of shown.keys()) other.tabIndex = other === button ? 0 : -1;
      button.focus();
    };
    const enter = (one) => {
      state.trail.push(one);
      way();
      draw();
      focusOn(null);
    };
    const climb = (at) => {
      const left = state.trail[at + 1];
      state.trail.length = at + 1;
      way();
      draw();
      focusOn(left);
    };

    map.addEventListener('click', (event) => {
      const one = shown.get(event.target.closest('.cell'));
      if (!one) return;
      if (one.kids) enter(one);
      else tree.reveal(one.of || one);
    });
    for (const kind of ['pointerover', 'focusin']) {
      map.addEventListener(kind, (event) => {
        const one = shown.get(event.target.closest('.cell'));
        if (one) tell(one);
      });
    }
    map.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && state.trail.length > 1) climb(state.trail.length - 2);
      else if (event.key === 'Home') focusOn(null);
      else if (event.key.startsWith('Arrow')) step(event.key, event.target);
      else return;
      event.preventDefault();
    });
    // The nearest cell that way; what lies aside counts twice.
    const step = (key, from) => {
      const centre = (button) => [button.offsetLeft + button.offsetWidth / 2, button.offsetTop + button.offsetHeight / 2];
      const [x, y] = centre(from);
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
      let best = null, least = Infinity;
      for (const button of shown.keys()) {
        const [u, v] = centre(button);
        const ahead = (u - x) * dx + (v - y) * dy;
        if (ahead < 1) continue;
        const far = ahead + 2 * Math.abs((u - x) * dy + (v - y) * dx);
        if (far < least) [best, least] = [button, far];
      }
      if (best) focus(best);
    };

    const choose = (title, name, choices, chosen) => {
      const set = make('fieldset', '', null, make('legend', '', title));
      for (const [value, label] of choices) {
        const input = make('input');
        Object.assign(input, { type: 'radio', name: `${id}-${name}`, value, checked: value === choices[0][0] });
        input.addEventListener('change', () => chosen(value));
        set.append(make('label', 'choice', null, input, make('span', '', label)));
      }
      return set;
    };
    const again = () => { way(); draw(); };
    const controls = make('div', 'controls', null,
      choose('Group by', 'by', [['folder', 'Folder'], ['package', 'Package']], (value) => {
        packages = packages || byPackage(root);
        state.trail = [value === 'folder' ? root : packages];
        again();
      }),
      choose('Show', 'party', [['all', 'All'], ['own', 'Yours'], ['third', 'Third party']], (value) => {
        state.party = value;
        again();
        tree.narrow();
      }),
      choose('Size', 'what', [['bytes', 'Bytes'], ['lines', 'Lines']], (value) => {
        state.what = value === 'bytes' ? BYTES : LINES;
        again();
      }));
    const key = (className, text) => make('li', '', null, make('span', `cell ${className}`), text);
    const remainder = key('rest', 'the rest, not to scale: opens further');
    const legend = make('ul', 'legend', null, key('', 'yours'), key('third', 'third party'), remainder);

    const tree = branches(id, root, state);
    host.append(controls, crumbs, map, legend, readout, tree.element);
    again();
    let drawn = map.clientWidth;
    new ResizeObserver(() => {
      if (map.clientWidth === drawn) return;
      drawn = map.clientWidth;
      draw();
    }).observe(map);
    performance.mark('lastlook-drawn');
  };

  // ---- The tree on the page -----------------------------------------------------------------------------------

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

  // ---- The page -----------------------------------------------------------------------------------------------

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
})();
