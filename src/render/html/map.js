// Folders and files → the map, and how it is walked through.

const MOST_CELLS = 200;
const LEAST_AREA = 160; // square pixels: smaller cells can't be hit, and have no label anyway

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
