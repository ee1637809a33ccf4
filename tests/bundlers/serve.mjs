// Serves a folder, or misbehaves: echo '{"root": …}' | node serve.mjs. Prints its port, then one line for each request, once it ended.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const ask = JSON.parse(readFileSync(0, 'utf8'));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json', '.wasm': 'application/wasm' };
const isFile = (path) => { try { return statSync(path).isFile(); } catch { return false; } };
let asked = 0;

const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  const before = request.socket.bytesWritten;
  response.on('close', () => console.log(`${request.method} ${request.url} ${request.socket.bytesWritten - before} ${request.headers['user-agent']}`));
  asked += 1;
  const given = ask.answers?.[request.url] ?? ask.answers?.[path];
  if (given) {
    const [status, headers, body, encoding] = given;
    response.writeHead(status, headers);
    return response.end(Buffer.from(body, encoding ?? 'utf8'));
  }
  if (ask.tired?.[path] > 0) {
    ask.tired[path] -= 1;
    response.writeHead(503, { 'retry-after': '1' });
    return response.end();
  }
  if (path === ask.endless) {
    response.writeHead(200, { 'content-type': 'text/javascript' });
    const more = () => { while (!response.destroyed && response.write('x();'.repeat(4096))); };
    response.on('drain', more);
    return more();
  }
  if (path === ask.slow) {
    response.writeHead(200, { 'content-type': 'text/javascript' });
    const timer = setInterval(() => response.write(';'), 200);
    return response.on('close', () => clearInterval(timer));
  }
  if (path === ask.silent) return undefined;
  if (path === ask.cut) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': 1000 });
    response.write('x();');
    return setTimeout(() => request.socket.destroy(), 50);
  }
  if (ask.forever && !/\.(js|map)$/.test(path)) {
    response.writeHead(200, { 'content-type': 'text/html' });
    const links = [1, 2, 3].map((n) => `<a href="${path.replace(/\/$/, '')}/${n}">on</a><script src="/s${asked}${n}.js"></script>`);
    return response.end(`<!doctype html>${links.join('')}`);
  }
  let file = join(ask.root ?? '/nonexistent', normalize(path));
  if (path.endsWith('/')) file = join(file, 'index.html');
  const there = isFile(file);
  if (!there && !ask.fallback) {
    response.writeHead(404, { 'content-type': 'text/html' });
    return response.end('<!doctype html><title>not found</title>');
  }
  if (!there) file = join(ask.root, 'index.html');
  const headers = { 'content-type': types[extname(file)] ?? 'application/octet-stream' };
  if (ask.header && isFile(join(ask.header, `${path}.map`))) headers[ask.headerName ?? 'SourceMap'] = `/maps${path}.map`;
  response.writeHead(200, headers);
  createReadStream(file).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
