import { codesAreMade } from './codes.ts'
import { constantNames } from './constants.ts'
import { folderArrows, folderCircles } from './folders.ts'
import { allImports, importsOf, isCode, type Import, type Tree } from './imports.ts'

/** A rule answers one sentence a fault; no sentence = the tree is tidy. */
export type Rule = (tree: Tree) => string[]

const layers: Record<string, readonly string[]> = {
  model: [],
  log: [],
  store: ['model'],
  ingest: ['store', 'log', 'model'],
  'query-api': ['store', 'log', 'model'],
  client: [],
  dashboard: ['client'],
  embedded: ['store', 'log', 'model'],
  cli: ['embedded', 'client', 'query-api', 'ingest', 'store', 'log', 'model'],
}
const production = Object.keys(layers)
const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')
const isProduction = (file: string): boolean => isCode(file) && production.includes(folderOf(file))
const isConfig = (file: string): boolean => /(^|[/.-])config\.(ts|mts)$/.test(file)

/** Text without comments and without the insides of strings, so that words in prose do not count as code. */
function codeOnly(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replace(/`(?:[^`\\$]|\\.|\$(?!\{))*`/g, '``')
    .replace(/\/\/.*$/gm, '')
}

/** Faults of every production file whose code matches `pattern`, but for files that `except` lets through. */
const codeRule =
  (
    pattern: RegExp,
    fault: string,
    scope = isProduction,
    except: (file: string) => boolean = () => false,
  ): Rule =>
  (tree) =>
    [...tree].flatMap(([file, text]) =>
      scope(file) && !except(file) && pattern.test(codeOnly(text)) ? [`${file}: ${fault}`] : [],
    )

const importArrows: Rule = (tree) =>
  allImports(tree).flatMap(({ from, to, ours, typeOnly }) => {
    if (!ours || !isProduction(from)) return []
    const [own, other] = [folderOf(from), folderOf(to)]
    if (own === other || (layers[own] ?? []).includes(other)) return []
    if ((own === 'dashboard' || own === 'client') && /^query-api\/wire[\w-]*\.ts$/.test(to))
      return typeOnly ? [] : [`${from}: imports more than types from ${to}`]
    return [`${from}: ${own} must not import ${to}`]
  })

/** Names every circle once, by the path that closes it; a type import counts like any other. */
const noCircles: Rule = (tree) => {
  const next = new Map<string, string[]>()
  for (const { from, to, ours } of allImports(tree)) if (ours) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const faults: string[] = []
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) faults.push(`circle: ${[...path.slice(at), file].join(' -> ')}`)
    if (at >= 0 || done.has(file)) return
    for (const other of next.get(file) ?? []) visit(other, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return faults
}

/** Where a dependency may be imported. `files` = in at most one file of the scope. */
const importers: readonly { name: string; inside: (file: string) => boolean; oneFile?: true }[] = [
  { name: 'kafkajs', inside: (file) => file.startsWith('log/') },
  { name: 'ioredis', inside: (file) => file === 'store/connection/client.ts' },
  { name: 'prom-client', inside: (file) => file === 'cli/telemetry/registry.ts' },
  { name: 'pino', inside: (file) => file === 'cli/telemetry/log.ts' },
  { name: '@prometheus-io/lezer-promql', inside: (file) => file === 'query-api/prometheus/promql.ts' },
  { name: '@modelcontextprotocol/server', inside: (file) => file === 'query-api/mcp/server.ts' },
  { name: 'uplot', inside: (file) => file.startsWith('dashboard/'), oneFile: true },
]

const oneImporter: Rule = (tree) => {
  const outside = (found: Import): boolean => isProduction(found.from)
  return importers.flatMap(({ name, inside, oneFile }) => {
    const users = allImports(tree).filter((found) => !found.ours && found.to === name && outside(found))
    const files = [...new Set(users.map((found) => found.from))]
    const strays = files
      .filter((file) => !inside(file))
      .map((file) => `${file}: ${name} is imported elsewhere`)
    return oneFile && files.length > 1
      ? [...strays, `${name} enters through ${files.join(' and ')}, not through one file`]
      : strays
  })
}

const testCode = (file: string): boolean => isCode(file) && folderOf(file) === 'test'
const anyCode = (file: string): boolean => isProduction(file) || testCode(file)

const noEscapeHatches: Rule = (tree) =>
  [...tree].flatMap(([file, text]) =>
    anyCode(file) && /@ts-(ignore|nocheck)\b/.test(text) ? [`${file}: silences the compiler`] : [],
  )

const luaContracts: Rule = (tree) =>
  [...tree].flatMap(([file, text]) => {
    const name = /^store\/lua\/(.+)\.lua$/.exec(file)?.[1]
    if (name === undefined) return []
    const header = text.slice(0, text.search(/^(?!--|\s*$)/m) >>> 0)
    const lacking = ['KEYS', 'ARGV', 'REPLY'].filter(
      (word) => !new RegExp(`^-- ${word}\\b`, 'm').test(header),
    )
    const faults = lacking.map((word) => `${file}: its contract lacks "-- ${word}"`)
    return tree.has(`store/calls/${name}.ts`)
      ? faults
      : [...faults, `${file}: has no twin store/calls/${name}.ts`]
  })

const LINES_MAX = 300
const smallFiles: Rule = (tree) =>
  [...tree].flatMap(([file, text]) => {
    const lines = text.split('\n').length - 1
    return lines > LINES_MAX && (anyCode(file) || /^[^/]+\.mjs$|^(bootstrap|store\/lua|audit)\//.test(file))
      ? [`${file}: ${lines} lines, over ${LINES_MAX}`]
      : []
  })

/** Files that somebody starts by name; every other production file must be imported by one. */
const isEntry = (file: string): boolean =>
  file === 'cli/main.ts' ||
  file === 'client/index.ts' ||
  isConfig(file) ||
  /^dashboard\/(src\/)?(main|index)\.tsx?$/.test(file) ||
  file.endsWith('.d.ts')

const noOrphans: Rule = (tree) => {
  const files = [...tree.keys()].filter((file) => isProduction(file) && /\.tsx?$/.test(file))
  const pages = [...tree]
    .filter(([file]) => file.endsWith('.html'))
    .map(([, text]) => text)
    .join('\n')
  const used = new Set(
    files.flatMap((file) => importsOf(file, tree.get(file) ?? '')).map((found) => found.to),
  )
  return files
    .filter((file) => !isEntry(file) && !used.has(file) && !pages.includes(file.slice(file.indexOf('/'))))
    .map((file) => `${file}: nobody imports it`)
}

const places = /\/(?:work|root)\/|\/home\/[a-z]+\//
const hosts =
  /registry\.(?:npmjs|yarnpkg)\.|(?:files\.)?pypi(?:\.python)?\.org|pythonhosted\.org|deb\.debian\.org|snapshot\.debian\.org|archive\.ubuntu\.com|repo1?\.maven\.|proxy\.golang\.org|\bartifactory\b/i
const noWorkplace: Rule = (tree) =>
  [...tree].flatMap(([file, text]) => {
    const found = places.exec(text) ?? hosts.exec(text)
    return found === null ? [] : [`${file}: names ${found[0]}, which exists on somebody's machine only`]
  })

/** Keys of the table of commands in a file: `name: { description`. */
const commandsOf = (text: string): Set<string> =>
  new Set([...text.matchAll(/^ {2}'?([a-z][a-z-]*)'?: \{/gm)].map(([, name]) => name!))

/** Typed or told: at the beginning of a line, or of code in one. `tidemark store` has acts of its own. */
const namedCommands: Rule = (tree) => {
  const commands = commandsOf(tree.get('cli/main.ts') ?? '')
  const acts = commandsOf(tree.get('cli/commands/store.ts') ?? '')
  return [...tree].flatMap(([file, text]) =>
    file.endsWith('.md') && file !== 'CHANGELOG.md'
      ? [...text.matchAll(/(?:^\$? ?|`|-- )tidemark ([a-z][a-z-]*)(?: ([a-z][a-z|-]*))?/gm)].flatMap(
          ([, name = '', act]) => [
            ...(commands.has(name) ? [] : [`${file}: names tidemark ${name}, which is no command`]),
            ...(name === 'store' && act !== undefined
              ? act
                  .split('|')
                  .filter((one) => !acts.has(one))
                  .map((one) => `${file}: names tidemark store ${one}, which is no act`)
              : []),
          ],
        )
      : [],
  )
}

/** A test, a campaign or a bench that a page names can be run. */
const namedTests: Rule = (tree) => {
  const files = [...tree.keys()]
  return [...tree].flatMap(([file, text]) =>
    /^(docs\/.*|README)\.md$/.test(file)
      ? [...text.matchAll(/`(?:node )?((?:test|bench)\/[\w./-]+)[^`]*`/g)]
          .map(([, named]) => named!.replace(/\/$/, ''))
          .filter((named) => !files.some((one) => one === named || one.startsWith(`${named}/`)))
          .map((named) => `${file}: names ${named}, which is not there`)
      : [],
  )
}

const CONNECTION = /\bnew (?:Redis|Cluster)\(|\.duplicate\(/g
const LISTENER = /\.on\('error',/
/** Far enough for settings in between, and no further. */
const LISTENS_WITHIN_CHARS = 1200

/** The client library writes what nobody listens to on the error output. */
const connectionsListen: Rule = (tree) =>
  [...tree].flatMap(([file, text]) =>
    isCode(file) && importsOf(file, text).some(({ to, typeOnly }) => to === 'ioredis' && !typeOnly)
      ? [...text.matchAll(CONNECTION)]
          .filter(({ index }) => !LISTENER.test(text.slice(index, index + LISTENS_WITHIN_CHARS)))
          .map(({ 0: made }) => `${file}: nobody listens to the errors of ${made}...)`)
      : [],
  )

/** Every rule of the tree, by the sentence that it enforces. */
export const rules: Record<string, Rule> = {
  'imports run only downwards': importArrows,
  'no circles, type imports included': noCircles,
  'inner folders import by the table': folderArrows,
  'no circles of folders': folderCircles,
  'each dependency is imported in one place': oneImporter,
  'no any': codeRule(/(?::|\bas|[<,|&(=]|\bextends)\s*any\b(?!\w|\s*[:(])|\bany\[\]/, 'says any', anyCode),
  'nobody silences the compiler': noEscapeHatches,
  'no stray console': codeRule(/\bconsole\s*\./, 'writes to the console'),
  'the environment is read in config files': codeRule(
    /\bprocess\s*\.\s*env\b/,
    "reads process.env; that is a config file's job",
    isProduction,
    isConfig,
  ),
  'every connection to a store has a listener for its errors': connectionsListen,
  'every Lua function has its contract and its twin': luaContracts,
  'files are small': smallFiles,
  'fixed values are named in capitals': constantNames,
  'a test makes every code that users see': (tree) => codesAreMade(tree),
  'no orphans': noOrphans,
  'nothing names a workplace': noWorkplace,
  'tests that docs name are there': namedTests,
  'commands that docs name are there': namedCommands,
}
