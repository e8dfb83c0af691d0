/** Our Lua functions as one library. Its name carries the hash of its source, so that two versions can live side by side during a rollout. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const NAMES = ['apply', 'open', 'sweep', 'retire', 'catalog', 'lease'] as const
export type FunctionName = (typeof NAMES)[number]

export interface FunctionLibrary {
  readonly name: string
  readonly source: string
  /** Of its functions, without its version. */
  readonly names: readonly string[]
  /** The name to call. */
  functionName(name: FunctionName): string
}

let library: FunctionLibrary | null = null

/** The name to call. */
export function functionName(name: FunctionName): string {
  return readLibrary().functionName(name)
}

export function readLibrary(): FunctionLibrary {
  return (library ??= build())
}

function build(): FunctionLibrary {
  const bodies = NAMES.map((name) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'))
  const version = createHash('sha256').update(bodies.join('\0')).digest('hex').slice(0, 12)
  const names = new Map(NAMES.map((name) => [name, `tm_${name}_${version}`]))
  const functionName = (name: FunctionName): string => names.get(name)!
  const registered = NAMES.map((name, at) => {
    const flags = (/^-- FLAGS +(.+)$/m.exec(bodies[at]!)?.[1] ?? '').split(/[ ,]+/).filter(Boolean)
    return `redis.register_function{ function_name = '${functionName(name)}', callback = ${name}, flags = { ${flags.map((flag) => `'${flag}'`).join(', ')} } }`
  })
  return {
    name: `tidemark_${version}`,
    names: NAMES,
    source: `#!lua name=tidemark_${version}\n${bodies.join('\n')}\n${registered.join('\n')}\n`,
    functionName,
  }
}
