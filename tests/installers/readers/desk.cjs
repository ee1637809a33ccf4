// Cases come in as lines of standard input, and what was laid down of each goes out as a line of JSON.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const readline = require('node:readline')

// What lies below `root`: regular files with their bytes, links with their targets; paths as they are below `root`.
function walk (root, base = root, found = { files: [], links: [] }) {
  for (const name of fs.readdirSync(root, { encoding: 'buffer' })) {
    const at = Buffer.concat([Buffer.from(root), Buffer.from('/'), name])
    const stat = fs.lstatSync(at)
    const shown = at.subarray(Buffer.byteLength(base) + 1).toString('utf8')
    if (stat.isDirectory()) {
      const folder = at.toString('utf8')
      // A folder whose name is no UTF-8 is walked by its bytes.
      if (Buffer.from(folder).equals(at)) walk(folder, base, found)
      else found.files.push(...bytewise(at, Buffer.byteLength(base) + 1))
    } else if (stat.isSymbolicLink()) {
      found.links.push([shown, fs.readlinkSync(at)])
    } else if (stat.isFile()) {
      found.files.push([shown, fs.readFileSync(at).toString('base64')])
    }
  }
  return found
}

function bytewise (root, cut) {
  const files = []
  for (const name of fs.readdirSync(root, { encoding: 'buffer' })) {
    const at = Buffer.concat([root, Buffer.from('/'), name])
    const stat = fs.lstatSync(at)
    if (stat.isDirectory()) files.push(...bytewise(at, cut))
    else if (stat.isFile()) files.push([at.subarray(cut).toString('utf8'), fs.readFileSync(at).toString('base64')])
  }
  return files
}

// Runs `read(file, folder)` for each case in a folder of its own, deep below `scratch`, and says what lies there then.
async function onDisk (scratch, read) {
  let number = 0
  await serve(async file => {
    const top = path.join(scratch, `case-${process.pid}-${number++}`)
    const folder = path.join(top, 'out/of/reach/package')
    fs.mkdirSync(folder, { recursive: true })
    let error = null
    try {
      await Promise.race([read(file, folder), new Promise((resolve, reject) => { escaped = reject })])
    } catch (fault) {
      error = String(fault && fault.message || fault)
    }
    const found = walk(top)
    fs.rmSync(top, { recursive: true, force: true })
    const inside = 'out/of/reach/package/'
    const bare = rows => rows.map(([name, rest]) =>
      [name.startsWith(inside) ? name.slice(inside.length) : `(outside)/${name}`, rest])
    return { files: bare(found.files), links: bare(found.links), error }
  })
}

async function serve (read) {
  fs.writeSync(1, 'ready\n')
  for await (const file of readline.createInterface({ input: process.stdin })) {
    let answer
    try {
      answer = await read(file)
    } catch (fault) {
      answer = { files: [], links: [], error: String(fault && fault.message || fault) }
    }
    fs.writeSync(1, JSON.stringify(answer) + '\n')
  }
  process.exit(0)
}

// What nobody catches ends a client; here it ends the case.
let escaped = () => {}
process.on('uncaughtException', fault => escaped(fault))
process.on('unhandledRejection', fault => escaped(fault))

module.exports = { onDisk, serve, walk }
