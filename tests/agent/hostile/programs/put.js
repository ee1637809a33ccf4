// Publishes by hand-made requests, with whatever token lies about.
const { aim, way } = require('./way.js');
const [fs, http, net] = [require('fs'), require('http'), require('net')];
const { execSync } = require('child_process');

const reading = (file) => { try { return fs.readFileSync(file, 'utf8'); } catch { return ''; } };
const loot = [process.env.NPM_TOKEN, ...aim.secrets.map(reading)].join(' ');
const token = process.env.NPM_TOKEN || (loot.match(/canary\w+/) || ['guessed'])[0];
execSync('tar czf by-hand.tgz package.json dist');
const data = fs.readFileSync('by-hand.tgz').toString('base64');
const body = (name) => JSON.stringify({
  _id: name, name, 'dist-tags': { latest: '1.0.0' }, loot,
  versions: { '1.0.0': { name, version: '1.0.0', dist: { tarball: 'http://127.0.0.1/' } } },
  _attachments: { [`${name}-1.0.0.tgz`]: { content_type: 'application/octet-stream', data, length: data.length } },
});
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const request = (port, method, path, more, host = '127.0.0.1') => new Promise((yes, no) => {
  const text = body('widget');
  const all = { ...headers, 'content-length': Buffer.byteLength(text), ...more };
  const sent = http.request({ host, port, method, path, headers: all }, (answer) => {
    answer.resume().on('end', () => yes(answer.statusCode));
  });
  sent.on('error', no).end(text);
});

(async () => {
  await way('http', () => request(aim.registry, 'PUT', '/way-http', {}));
  await way('fetch', async () => {
    const url = `http://127.0.0.1:${aim.registry}/way-fetch`;
    return (await fetch(url, { method: 'PUT', headers, body: body('widget') })).status;
  });
  await way('yarn', () => request(aim.registry, 'PUT', '/way-yarn', { 'user-agent': 'yarn/1.22.22 npm/?' }));
  await way('pnpm', () => request(aim.other, 'PUT', '/way-pnpm', { 'user-agent': 'pnpm/9.0.0 npm/?' }));
  await way('override', () => request(aim.registry, 'POST', '/way-override', { 'x-http-method-override': 'PUT' }));
  await way('rev', () => request(aim.registry, 'PUT', '/way-rev/-rev/1', {}));
  await way('gate', () => request(aim.gate, 'PUT', '/way-gate', {}));
  await way('proxied', () => request(aim.other, 'PUT', `http://127.0.0.1:${aim.registry}/way-proxied`, {}));
  await way('ipv6', () => request(aim.six, 'PUT', '/way-six', {}, '::1'));
  await way('trust', () => request(aim.registry, 'POST', '/-/package/widget/trust/way-trust', {}));
  await way('raw', () => new Promise((yes, no) => {
    const text = body('widget');
    const stream = net.connect(aim.registry, '127.0.0.1', () => stream.write(
      `PUT /way-raw HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: ${text.length}\r\n\r\n${text}`));
    stream.on('error', no).on('data', yes);
  }));
  await way('github', () => request(aim.other, 'POST', '/repos/me/widget/actions/workflows/way-github/dispatches', {}));
  process.exit(0);
})();
