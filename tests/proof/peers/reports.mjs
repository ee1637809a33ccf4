// Reads reports with what others wrote, and prints what they hold: one line of JSON for each of those in the file named.
import { readFileSync, writeSync } from 'node:fs'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { parse, parseFragment } from 'parse5'
import { SaxesParser } from 'saxes'

/** The elements below a node, in order. */
function* elements(node) {
  for (const child of node.childNodes ?? []) {
    if (child.tagName) yield child
    yield* elements(child.content ?? child)
  }
}
const text = (node) => (node.nodeName === '#text' ? node.value : (node.childNodes ?? []).map(text).join(''))
const attr = (node, name) => node.attrs.find((one) => one.name === name)?.value
const named = (node, name) => [...elements(node)].filter((one) => one.tagName === name)
/** Every element and attribute that is there. */
function marks(root) {
  const all = new Set()
  for (const one of elements(root)) {
    all.add(one.tagName)
    for (const { name } of one.attrs) all.add(`${one.tagName} ${name}`)
  }
  return [...all].sort()
}

/** As a change on GitHub shows it, before anything is taken out of it. */
function markdown(source) {
  const options = { allowDangerousHtml: true, allowDangerousProtocol: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }
  const root = parseFragment(micromark(source, options))
  const rows = []
  let group = null
  for (const one of elements(root)) {
    if (one.tagName === 'strong' || one.tagName === 'summary') group = text(one).replace(/ \(.*/, '')
    if (one.tagName !== 'table') continue
    const [head, ...body] = named(one, 'tr').map((row) => named(row, row.childNodes.some((c) => c.tagName === 'th') ? 'th' : 'td').map(text))
    if (head.join() === 'rule,where,what') rows.push(...body.map((cells) => [group, ...cells]))
  }
  return { marks: marks(root), rows }
}

/** As a browser sees it. */
function html(source) {
  const root = parse(source)
  const rows = named(root, 'li').filter((one) => attr(one, 'class') === 'finding').map((one) => {
    const parts = named(one, 'p')
    const [place] = parts[0].childNodes
    return {
      rule: attr(one, 'data-rule'),
      level: attr(one, 'data-level'),
      fingerprint: attr(one, 'data-fingerprint'),
      waived: attr(one, 'data-waived') !== undefined,
      place: place.tagName === 'em' ? '' : text(place),
      message: text(parts[1].childNodes[0]),
      unread: named(parts[1], 'span').length === 1,
    }
  })
  const scripts = named(root, 'script').map((one) => attr(one, 'type') ?? 'script')
  const links = [...elements(root)].flatMap((one) => one.attrs.filter(({ name }) => name === 'href').map(({ value }) => value))
  return { marks: marks(root), rows, links, scripts, data: JSON.parse(text(named(root, 'script')[0])).artifacts.length }
}

/** As strictly as XML is read. */
function junit(source) {
  const cases = []
  const suites = []
  const parser = new SaxesParser()
  parser.on('error', (error) => { throw error })
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testsuite') suites.push({ name: attributes.name, counts: ['tests', 'failures', 'errors', 'skipped'].map((key) => Number(attributes[key])) })
    else if (name === 'testcase') cases.push({ suite: suites.length - 1, ...attributes, own: {}, text: '' })
    else if (name === 'property') cases.at(-1).own[attributes.name] = attributes.value
    else if (['failure', 'error', 'skipped', 'system-out'].includes(name)) Object.assign(cases.at(-1), { ended: name, message: attributes.message })
    else if (!['testsuites', 'properties'].includes(name)) throw new Error(`an element ${name}`)
  })
  parser.on('text', (part) => { if (cases.length) cases.at(-1).text += part })
  parser.write(source).close()
  return { suites, cases }
}

const readers = { markdown, html, junit }
for (const [format, source] of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const line = Buffer.from(JSON.stringify(readers[format](source)) + '\n')
  for (let at = 0; at < line.length; ) at += writeSync(1, line, at)
}
