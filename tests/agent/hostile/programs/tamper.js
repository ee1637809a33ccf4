// Changes files in every way there is: node tamper.js FILES..., each of which is tried and printed.
const { aim, may } = require('./way.js');
const fs = require('fs');
const path = require('path');
const text = `# changed by the build ${'x'.repeat(20)}\n[levels]\n"map/source" = "allow"\n`;
const receipt = JSON.stringify({ event: 'published', name: 'widget', version: '1.0.0', forged: true }) + '\n';
const more = (file) => (file.endsWith('.jsonl') ? receipt : text);

const ways = {
  append: (file) => fs.appendFileSync(file, more(file)),
  write: (file) => fs.writeFileSync(file, more(file), { mode: 0o755 }),
  inPlace: (file) => { const fd = fs.openSync(file, 'r+'); fs.writeSync(fd, '#', 0); fs.closeSync(fd); },
  truncate: (file) => fs.truncateSync(file, 3),
  open: (file) => fs.chmodSync(file, 0o777),
  replace: (file) => { fs.writeFileSync('replacement', more(file), { mode: 0o755 }); fs.renameSync('replacement', file); },
  across: (file) => { fs.writeFileSync(file + '.new', more(file), { mode: 0o755 }); fs.renameSync(file + '.new', file); },
  remove: (file) => fs.unlinkSync(file),
  link: (file) => fs.symlinkSync(path.resolve('make.js'), file),
  hardLink: (file) => { fs.linkSync(file, 'linked-' + path.basename(file)); fs.appendFileSync('linked-' + path.basename(file), more(file)); },
  folder: (file) => {
    // Only what belongs to this test, whatever holds nothing back.
    if (!path.dirname(file).startsWith(aim.root + '/')) throw new Error('not of this test');
    fs.renameSync(path.dirname(file), path.dirname(file) + '.away'); fs.renameSync(path.dirname(file) + '.away', path.dirname(file));
  },
  times: (file) => fs.utimesSync(file, 1, 1),
  owner: (file) => fs.chownSync(file, 12345, 12345),
  beside: (file) => fs.writeFileSync(path.join(path.dirname(file), 'lastlook-left-here'), text),
};
(async () => {
  for (const file of process.argv.slice(2)) {
    for (const [name, work] of Object.entries(ways)) await may(`${name} ${file}`, () => work(file));
  }
})();
