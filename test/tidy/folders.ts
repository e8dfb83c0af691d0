import { allImports, type Tree } from './imports.ts'

/** Which inner folders, with what lies in them, the files of a folder may import, beside files that lie above them. A folder that is not here has no place yet. */
const arrows: Record<string, readonly string[]> = {
  'model/numbers': [],
  'model/time': ['model/numbers'],
  'model/measures': ['model/numbers'],
  'model/joins': ['model/numbers'],
  'model/decode': ['measures', 'numbers', 'time'].map((name) => `model/${name}`),
  'model/retention': ['measures', 'numbers', 'time'].map((name) => `model/${name}`),
  'model/sessions': ['model/measures', 'model/numbers'],
  'model/funnels': ['model/measures', 'model/numbers'],
  'model/journeys': ['model/measures', 'model/numbers'],
  'model/definition': ['decode', 'joins', 'measures', 'numbers', 'retention', 'time'].map(
    (name) => `model/${name}`,
  ),
  'model/columns': ['decode', 'definition', 'joins', 'measures'].map((name) => `model/${name}`),
  'model/fields': ['columns', 'decode', 'joins', 'measures', 'numbers', 'time'].map(
    (name) => `model/${name}`,
  ),
  'model/scan': ['columns', 'decode', 'fields', 'joins', 'measures', 'numbers', 'time'].map(
    (name) => `model/${name}`,
  ),
  'model/cells': ['columns', 'decode', 'measures'].map((name) => `model/${name}`),
  'log/codecs': [],
  'log/kafka': [],
  'store/connection': [],
  'store/layout': ['store/connection'],
  'store/calls': ['store/connection', 'store/layout'],
  'store/mirror': ['calls', 'connection', 'layout'].map((name) => `store/${name}`),
  'store/endpoint': ['store/connection'],
  'store/backup': ['store/calls', 'store/connection'],
  'store/import': ['store/backup', 'store/connection'], // its connection that hears of changes
  'store/users': ['store/connection'],
  'store/keeper': ['calls', 'connection', 'mirror'].map((name) => `store/${name}`),
  'store/topology': ['store/connection'],
  'ingest/collector': [],
  'ingest/outputs': [],
  'ingest/replay': ['ingest/simulate'],
  'ingest/simulate': [],
  'ingest/tables': [],
  'ingest/worker': ['ingest/outputs'],
  'query-api/answers': [],
  'query-api/language': [],
  'query-api/sources': [],
  'query-api/engine': ['language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/engine/plan': ['language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/engine/rows': ['engine/plan', 'language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/engine/series': ['engine/plan', 'engine/rows', 'language', 'sources'].map(
    (name) => `query-api/${name}`,
  ),
  'query-api/engine/ranking': ['engine/plan', 'engine/rows', 'language', 'sources'].map(
    (name) => `query-api/${name}`,
  ),
  'query-api/engine/facts': [
    'engine/plan',
    'engine/ranking',
    'engine/rows',
    'engine/series',
    'language',
    'sources',
  ].map((name) => `query-api/${name}`),
  'query-api/scan': ['engine', 'language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/entities': ['engine', 'language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/service': ['scan', 'entities', 'engine', 'language', 'sources'].map(
    (name) => `query-api/${name}`,
  ),
  'query-api/endpoints': ['answers', 'service', 'scan', 'entities', 'engine', 'language', 'sources'].map(
    (name) => `query-api/${name}`,
  ),
  'query-api/live': ['endpoints', 'service', 'scan', 'engine', 'language'].map((name) => `query-api/${name}`),
  'query-api/prometheus': ['service', 'engine', 'language', 'sources'].map((name) => `query-api/${name}`),
  'query-api/docs': ['answers', 'endpoints'].map((name) => `query-api/${name}`),
  'query-api/mcp': ['docs', 'endpoints'].map((name) => `query-api/${name}`),
  'query-api/http': [
    'mcp',
    'prometheus',
    'docs',
    'live',
    'endpoints',
    'service',
    'scan',
    'engine',
    'language',
    'sources',
  ].map((name) => `query-api/${name}`),
  'embedded/broker': ['protocol', 'messages', 'storage', 'groups', 'handlers'].map(
    (name) => `embedded/broker/${name}`,
  ),
  'embedded/broker/protocol': [],
  'embedded/broker/messages': ['embedded/broker/protocol'],
  'embedded/broker/storage': ['embedded/broker/protocol'],
  'embedded/broker/groups': ['protocol', 'messages', 'storage'].map((name) => `embedded/broker/${name}`),
  'embedded/broker/handlers': ['protocol', 'messages', 'storage'].map((name) => `embedded/broker/${name}`),
  'cli/args': [],
  'cli/telemetry': ['cli/args'],
  'cli/commands': ['cli/args', 'cli/telemetry'],
  'cli/commands/check': ['cli/args', 'cli/commands/query'],
  'cli/commands/doctor': [],
  'cli/commands/query': ['cli/args'],
  'cli/commands/store': ['cli/args', 'cli/telemetry'],
  'cli/up': ['cli/args'],
  'dashboard/format': [],
  'dashboard/view': ['dashboard/format'],
  'dashboard/stream': [],
  'dashboard/ui': ['dashboard/format'],
  'dashboard/series': ['dashboard/format'],
  'dashboard/plan': ['dashboard/format', 'dashboard/view'],
  'dashboard/state': ['plan', 'stream', 'view'].map((name) => `dashboard/${name}`),
  'dashboard/freshness': ['format', 'plan', 'state', 'stream', 'ui'].map((name) => `dashboard/${name}`),
  'dashboard/chart': ['format', 'series', 'state', 'ui'].map((name) => `dashboard/${name}`),
  'dashboard/panels': ['chart', 'format', 'freshness', 'plan', 'series', 'state', 'ui', 'view'].map(
    (name) => `dashboard/${name}`,
  ),
  'dashboard/scope': ['format', 'freshness', 'plan', 'series', 'state', 'ui', 'view'].map(
    (name) => `dashboard/${name}`,
  ),
  'dashboard/overview': ['format', 'freshness', 'panels', 'plan', 'state', 'ui'].map(
    (name) => `dashboard/${name}`,
  ),
  'dashboard/explore': [
    'chart',
    'format',
    'freshness',
    'panels',
    'plan',
    'scope',
    'series',
    'state',
    'ui',
    'view',
  ].map((name) => `dashboard/${name}`),
  'dashboard/visitors': [
    'chart',
    'format',
    'freshness',
    'panels',
    'plan',
    'series',
    'state',
    'ui',
    'view',
  ].map((name) => `dashboard/${name}`),
  'dashboard/pipeline': ['format', 'state', 'stream', 'ui'].map((name) => `dashboard/${name}`),
  'dashboard/store': ['format', 'panels', 'state', 'ui'].map((name) => `dashboard/${name}`),
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)
const roomOf = (path: string): string => path.slice(0, path.indexOf('/'))
const rooms = new Set(Object.keys(arrows).map(roomOf))

const inner = (tree: Tree): { from: string; to: string }[] =>
  allImports(tree).filter(
    ({ from, to, ours }) =>
      ours && /\.tsx?$/.test(to) && rooms.has(roomOf(from)) && roomOf(from) === roomOf(to),
  )

/** Files that lie beside folders are the room's own: below may use them, and they may compose what is below. */
export const folderArrows = (tree: Tree): string[] =>
  inner(tree).flatMap(({ from, to }) => {
    const [own, other] = [folderOf(from), folderOf(to)]
    if (own === other || own.indexOf('/') < 0 || isIn(own, other) || isIn(other, own)) return []
    const allowed = arrows[own]
    if (allowed === undefined)
      return [`${from}: the folder ${own} has no arrows yet; give it some in test/tidy/folders.ts`]
    return allowed.some((folder) => other === folder || isIn(other, folder))
      ? []
      : [`${from}: ${own} must not import ${to}`]
  })

/** A folder without folders in it is one node; a file that lies beside folders is one of its own. */
export function folderCircles(tree: Tree): string[] {
  const holders = new Set(
    [...tree.keys()].map(folderOf).flatMap((folder) => (folder === '' ? [] : [folderOf(folder)])),
  )
  const nodeOf = (file: string): string => (holders.has(folderOf(file)) ? file : folderOf(file))
  const next = new Map<string, Set<string>>()
  for (const { from, to } of inner(tree)) {
    const [a, b] = [nodeOf(from), nodeOf(to)]
    if (a !== b) next.set(a, (next.get(a) ?? new Set()).add(b))
  }
  const done = new Set<string>()
  const faults: string[] = []
  const visit = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node)
    if (at >= 0) faults.push(`circle of folders: ${[...path.slice(at), node].join(' -> ')}`)
    if (at >= 0 || done.has(node)) return
    for (const other of next.get(node) ?? []) visit(other, [...path, node])
    done.add(node)
  }
  for (const node of next.keys()) visit(node, [])
  return faults
}
