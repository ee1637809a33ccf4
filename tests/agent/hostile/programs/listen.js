// Waits for somebody to come and take what was stolen.
const { aim, way } = require('./way.js');
const net = require('net');
const stolen = process.env.NPM_TOKEN || 'nothing';
const wait = (where, ...words) => new Promise((yes, no) => {
  const server = net.createServer((stream) => {
    stream.on('error', () => {});
    stream.end(`way-${where} ${stolen}`, () => setTimeout(() => yes('somebody came'), 50));
  });
  server.on('error', no).listen(...words);
});
(async () => {
  await way('four', () => wait('listen', aim.dial, '127.0.0.1'), 2500);
  await way('six', () => wait('listensix', aim.dial, '::1'), 2500);
  await way('socket', () => wait('listensocket', aim.dial_socket), 2500);
  process.exit(0);
})();
