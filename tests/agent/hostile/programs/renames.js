// Changes the name and version once the build is done, and what else of package.json is read after that.
const fs = require('fs');
const { aim } = require('./way.js');
const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'));
Object.assign(manifest, {
  name: 'victim', version: '6.6.6', publishConfig: { registry: `http://127.0.0.1:${aim.other}/way-renamed/` },
  files: ['dist', '../../../home/.npmrc', aim.token], directories: { bin: '../../..' }, main: aim.token,
});
fs.writeFileSync('package.json', JSON.stringify(manifest));
fs.writeFileSync('.npmrc', `registry=http://127.0.0.1:${aim.other}/way-rewritten/\npack-destination=${aim.home}\n`);
console.log('renamed');
