// What Yarn 1 lays down: its fetcher of local tarballs, taken out of the bundle in argv[2].
'use strict'
const fs = require('node:fs')
const Module = require('node:module')
const { onDisk } = require('./desk.cjs')
const [bundle, scratch] = process.argv.slice(2)

// The bundle runs the command line when it is loaded; here it hands over its modules instead.
const text = fs.readFileSync(bundle, 'utf8').replace(/^#!.*\n/, '\n')
const start = /return __webpack_require__\(__webpack_require__\.s = \d+\);/
if (!start.test(text)) throw new Error('this bundle of Yarn is put together in another way')
const yarn = new Module(bundle)
yarn.filename = bundle
yarn.paths = Module._nodeModulePaths(bundle)
yarn._compile(text.replace(start, 'return __webpack_require__;'), bundle)
const modules = yarn.exports.m
const number = Object.keys(modules).find(key => /exports\.LocalTarballFetcher = /.test(String(modules[key])))
const { LocalTarballFetcher } = yarn.exports(number)

const reporter = { lang: (...words) => words.join(' ') }
const config = { cwd: scratch, registries: {}, reporter, updateChecksums: false, getOfflineMirrorPath: () => null }
onDisk(scratch, (file, folder) => {
  const remote = { reference: file, registry: 'npm', type: 'tarball', hash: null }
  return new LocalTarballFetcher(folder, remote, config).fetchFromLocal(file)
})
