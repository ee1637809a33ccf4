// What npm lays down: pacote as it lies in the npm of argv[2], with the options that npm itself gives it.
'use strict'
const path = require('node:path')
const { onDisk } = require('./desk.cjs')
const [npm, scratch] = process.argv.slice(2)
const pacote = require(require.resolve('pacote', { paths: [npm] }))
const { version } = require(path.join(npm, 'package.json'))
process.env.npm_config_user_agent = `npm/${version}`

onDisk(scratch, (file, folder) => pacote.extract(`file:${file}`, folder, { cache: path.join(scratch, 'cache') }))
