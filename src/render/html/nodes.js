'use strict';
// The JSON in #data → folders and files in memory (data.rs says how it is laid out).
// Every name in it is hostile: it is only ever set as text, never as markup.
// The scripts are put one behind the other, in the order of the table in mod.rs.

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
