// Finds an anchored statement and changes it. An anchor is a comment of its own line, `// law L2: fence by offset` (Lua: `--`),
// and names the statement, property or Lua line that follows it, wherever that stands.
import { parseSync } from 'vite'

const anchorLine = /^[ \t]*(?:\/\/|--) law (L\d+: .+)$/gm

/** Every anchor of one text, with the place where its comment ends. */
export const anchorsOf = (text) =>
  [...text.matchAll(anchorLine)].map((found) => ({
    anchor: found[1].trim(),
    end: found.index + found[0].length,
  }))

/** The changed text. Throws where the change does not fit what is there now. */
export function mutate(file, text, end, change) {
  const place = file.endsWith('.lua') ? luaPlace(text, end) : scriptPlace(file, text, end)
  const [from, to, becomes] = edit(place, text.slice(place.start, place.end), change)
  const changed = text.slice(0, from) + becomes + text.slice(to)
  if (changed === text) throw new Error('the change changes nothing')
  if (!file.endsWith('.lua')) parse(file, changed)
  return changed
}

function edit(place, text, change) {
  if ('if' in change) {
    if (!place.condition) throw new Error('the anchor is not at an `if`')
    return [...place.condition, change.if]
  }
  if ('value' in change) {
    if (!place.value) throw new Error('the anchor is not at something with a value')
    return [...place.value, change.value]
  }
  if ('drop' in change) return [place.start, place.end, place.isStatement ? '{}' : '']
  const [from, to] = change.swap
  const found = [...text.matchAll(new RegExp(loose(from), 'g'))]
  if (found.length !== 1)
    throw new Error(`what follows the anchor holds \`${from}\` ${found.length} times, not once`)
  const at = place.start + found[0].index
  return [at, at + found[0][0].length, to]
}

/** A pattern for `text` however its lines are broken. */
const loose = (text) =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s+')

function luaPlace(text, end) {
  const start = text.indexOf('\n', end) + 1
  const stop = text.indexOf('\n', start)
  const line = text.slice(start, stop)
  const condition = /^(\s*if )(.+?) then\b/.exec(line)
  const at = condition && start + condition[1].length
  const range = condition && [at, at + condition[2].length]
  return { start, end: stop, condition: range, value: null, isStatement: false }
}

function scriptPlace(file, text, end) {
  const node = firstAfter(parse(file, text), end)
  if (!node) throw new Error('nothing follows the anchor')
  const range = (part) => part && [part.start, part.end]
  const valueOf = {
    VariableDeclaration: () => node.declarations[0].init,
    ReturnStatement: () => node.argument,
    ExpressionStatement: () => node.expression.right,
    Property: () => node.value,
    PropertyDefinition: () => node.value,
  }[node.type]
  return {
    start: node.start,
    end: node.end,
    condition: node.type === 'IfStatement' ? range(node.test) : null,
    value: range(valueOf?.()),
    isStatement: node.type.endsWith('Statement'),
  }
}

function parse(file, text) {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0].message}`)
  return program
}

/** The first node that begins after `end`; of several with one beginning the widest. */
function firstAfter(node, end) {
  let best = null
  const visit = (part) => {
    if (part === null || typeof part !== 'object') return
    if (Array.isArray(part)) return part.forEach(visit)
    if (typeof part.start === 'number' && part.start >= end) {
      const wins =
        best === null || part.start < best.start || (part.start === best.start && part.end > best.end)
      if (wins) best = part
      return
    }
    if (typeof part.end === 'number' && part.end <= end) return
    Object.values(part).forEach(visit)
  }
  visit(node)
  return best
}
