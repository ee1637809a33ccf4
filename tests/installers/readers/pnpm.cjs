// What pnpm would link into place: the worker of the pnpm in argv[2], which unpacks into a store.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { Worker } = require('node:worker_threads')
const { serve } = require('./desk.cjs')
const [pnpm, scratch] = process.argv.slice(2)
const storeDir = path.join(scratch, 'store')
const worker = new Worker(path.join(pnpm, 'dist/worker.js'))

function ask (message) {
  return new Promise((resolve, reject) => {
    worker.once('message', answer => answer.status === 'success'
      ? resolve(answer.value)
      : reject(new Error(answer.error && answer.error.message || JSON.stringify(answer))))
    worker.postMessage(message)
  })
}

const ready = ask({ type: 'init-store', storeDir })
let number = 0
serve(async file => {
  await ready
  const buffer = fs.readFileSync(file)
  const filesIndexFile = path.join(storeDir, `index/00/${number++}.json`)
  const { filesIndex } = await ask({ type: 'extract', buffer, storeDir, filesIndexFile })
  const rows = filesIndex instanceof Map ? [...filesIndex] : Object.entries(filesIndex)
  const files = rows.map(([name, at]) => [name, fs.readFileSync(at).toString('base64')])
  return { files, links: [], error: null }
})
