// Reads the source maps of a folder with what others wrote, and prints one line of JSON for each.
// places.json in it holds, by name of the file, the places that are asked for: lines and columns from zero.
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AnyMap, originalPositionFor } from '@jridgewell/trace-mapping'
import * as now from 'source-map'
import * as before from 'source-map-07'

const folder = process.argv[2]
const places = JSON.parse(readFileSync(join(folder, 'places.json'), 'utf8'))

/** Bytes and lines of a text. */
const size = (text) => [Buffer.byteLength(text), text.split('\n').length - (text === '' || text.endsWith('\n') ? 1 : 0)]
const place = ({ source, line }) => (source == null || line == null ? null : [source, line])

/** What JavaScript itself sees: sources and the texts beside them, in sections of any depth. */
function plain(map, seen = { sources: [], texts: [] }) {
  if (map.sections) for (const { map: inner } of map.sections) plain(inner, seen)
  else {
    seen.sources.push(...map.sources)
    seen.texts.push(...(map.sourcesContent ?? []).filter((text) => typeof text === 'string').map(size))
  }
  return seen
}

function traced(map, spots) {
  const trace = new AnyMap(map)
  const texts = (trace.sourcesContent ?? []).filter((text) => typeof text === 'string').map(size)
  const places = spots.map(([line, column]) => place(originalPositionFor(trace, { line: line + 1, column })))
  return { sources: trace.resolvedSources, texts, places }
}

async function consumed({ SourceMapConsumer }, map, spots) {
  const consumer = await new SourceMapConsumer(map)
  try {
    const { sources } = consumer
    const texts = sources.map((source) => (source == null ? null : consumer.sourceContentFor(source, true)))
    const places = spots.map(([line, column]) => place(consumer.originalPositionFor({ line: line + 1, column })))
    return { sources, texts: texts.map((text) => (typeof text === 'string' ? size(text) : null)), places }
  } finally {
    consumer.destroy()
  }
}

async function tried(reader) {
  try {
    return await reader()
  } catch (error) {
    return { error: String(error?.message ?? error) }
  }
}

for (const [name, spots] of Object.entries(places)) {
  const text = readFileSync(join(folder, name), 'utf8').replace(/^\ufeff/, '').replace(/^\)\]\}'[^\r\n{]*/, '')
  const map = await tried(() => JSON.parse(text))
  const row = { name }
  if (map.error) row.error = map.error
  else {
    row.plain = await tried(() => plain(map))
    row.trace = await tried(() => traced(map, spots))
    row.now = await tried(() => consumed(now, map, spots))
    row.before = await tried(() => consumed(before, map, spots))
  }
  const line = Buffer.from(JSON.stringify(row) + '\n')
  for (let at = 0; at < line.length; ) at += writeSync(1, line, at)
}
