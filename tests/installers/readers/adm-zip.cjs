// What adm-zip gives of each member.
'use strict'
const fs = require('node:fs')
const { serve } = require('./desk.cjs')
const AdmZip = require(process.argv[2])

serve(async file => {
  const found = { files: [], links: [], error: null }
  for (const entry of new AdmZip(fs.readFileSync(file)).getEntries()) {
    if (entry.isDirectory) continue
    try {
      found.files.push([entry.entryName, entry.getData().toString('base64')])
    } catch (fault) {
      found.error = String(fault && fault.message || fault)
    }
  }
  return found
})
