// Connects to everything there is on loopback, by every name of it.
const { aim, way } = require('./way.js');
const net = require('net');
const dial = (name, options) => way(name, () => new Promise((yes, no) => {
  const stream = net.connect(options, () => stream.write(`GET /way-tcp-${name} HTTP/1.1\r\nhost: x\r\n\r\n`));
  stream.on('error', no).on('data', (data) => { yes(data.toString().split('\r')[0]); stream.destroy(); });
}));
(async () => {
  await dial('registry', { port: aim.registry, host: '127.0.0.1' });
  await dial('other', { port: aim.other, host: '127.0.0.1' });
  await dial('gate', { port: aim.gate, host: '127.0.0.1' });
  await dial('git', { port: aim.git, host: '127.0.0.1' });
  await dial('six', { port: aim.six, host: '::1' });
  await dial('mapped', { port: aim.registry, host: '::ffff:127.0.0.1' });
  await dial('zero', { port: aim.registry, host: '0.0.0.0' });
  await dial('named', { port: aim.registry, host: 'localhost', family: 4 });
  await dial('from', { port: aim.registry, host: '127.0.0.1', localAddress: '127.0.0.1' });
  process.exit(0);
})();
