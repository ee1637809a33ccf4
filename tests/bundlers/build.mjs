// Builds one small site with lazy chunks: node build.mjs BUNDLER MAPS OUT, where MAPS is linked, hidden, inline or none.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [bundler, maps, to] = process.argv.slice(2);
const out = resolve(to);
const src = join(out, '..', `${bundler}-${maps}-src`);
mkdirSync(src, { recursive: true });
mkdirSync(out, { recursive: true });
const put = (name, text) => (writeFileSync(join(src, name), text), join(src, name));

// Long enough that no bundler puts a chunk into another, different enough that none is shared.
const body = (name) => `// original words of ${name}\nexport function ${name}(list) {\n` +
  Array.from({ length: 60 }, (_, i) => `  list.push('${name} ${i}'.toUpperCase());\n`).join('') + '  return list;\n}\n';
put('lazy.js', `import { deep } from './deeper.js';\n${body('lazy')}export const more = () => import('./third.js');\nexport { deep };\n`);
put('deeper.js', body('deep'));
put('third.js', body('third'));
const main = put('main.js', `${body('main')}const list = main([]);\nimport('./lazy.js').then((own) => (document.body.append(own.lazy(list).length + own.deep(list).length), own.more()));\n`);
put('style.css', '/* original words of style */\nbody { color: red; }\n');

const page = (script) => writeFileSync(join(out, 'index.html'),
  `<!doctype html><title>site</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>\n`);

const makers = {
  async webpack() {
    const { default: webpack } = await import('webpack');
    const devtool = { linked: 'source-map', hidden: 'hidden-source-map', inline: 'inline-source-map', none: false }[maps];
    const config = {
      mode: 'production', devtool, entry: main, context: src,
      output: { path: out, filename: 'static/[name].[contenthash].js', chunkFilename: 'static/js/[name].[contenthash].js', publicPath: '/' },
    };
    const stats = await new Promise((done, fail) => webpack(config, (error, own) => (error ? fail(error) : done(own))));
    if (stats.hasErrors()) throw new Error(stats.toString());
    page('/' + stats.toJson().assetsByChunkName.main[0]);
  },
  async vite() {
    const { build } = await import('vite');
    put('index.html', '<!doctype html><title>site</title><link rel="stylesheet" href="/style.css"><script type="module" src="/main.js"></script>\n');
    const sourcemap = { linked: true, hidden: 'hidden', inline: 'inline', none: false }[maps];
    await build({ root: src, logLevel: 'error', configFile: false, build: { outDir: out, emptyOutDir: true, sourcemap } });
  },
  async esbuild() {
    const { build } = await import('esbuild');
    const sourcemap = { linked: 'linked', hidden: 'external', inline: 'inline', none: false }[maps];
    await build({
      entryPoints: [main, join(src, 'style.css')], bundle: true, splitting: true, minify: true, format: 'esm',
      outdir: join(out, 'app'), sourcemap, logLevel: 'error',
    });
    page('app/main.js');
    writeFileSync(join(out, 'index.html'), '<!doctype html><link rel=stylesheet href=app/style.css><script type=module src=app/main.js></script>\n');
  },
  async rollup() {
    const { rollup } = await import('rollup');
    const bundle = await rollup({ input: main });
    const sourcemap = { linked: true, hidden: 'hidden', inline: 'inline', none: false }[maps];
    await bundle.write({ dir: join(out, 'js'), format: 'es', sourcemap, compact: true });
    page('./js/main.js');
  },
};
await makers[bundler]();
