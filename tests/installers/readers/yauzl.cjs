// What yauzl gives of each member.
'use strict'
const fs = require('node:fs')
const { serve } = require('./desk.cjs')
const yauzl = require(process.argv[2])

function member (zip, entry, found) {
  return new Promise(resolve => zip.openReadStream(entry, (fault, stream) => {
    if (fault) {
      found.error = fault.message
      return resolve()
    }
    const chunks = []
    const end = fault => {
      if (fault) found.error = fault.message
      found.files.push([entry.fileName, Buffer.concat(chunks).toString('base64')])
      resolve()
    }
    stream.on('data', chunk => chunks.push(chunk)).on('end', () => end()).on('error', end)
  }))
}

serve(file => new Promise(resolve => {
  const found = { files: [], links: [], error: null }
  const fail = fault => {
    found.error = fault.message
    resolve(found)
  }
  yauzl.fromBuffer(fs.readFileSync(file), { lazyEntries: true }, (fault, zip) => {
    if (fault) return fail(fault)
    zip.on('error', fail).on('end', () => resolve(found))
    zip.on('entry', async entry => {
      if (!entry.fileName.endsWith('/')) await member(zip, entry, found)
      zip.readEntry()
    })
    zip.readEntry()
  })
}))
