/** Path from the repository's root -> text. All rules are pure functions over it. */
export type Tree = ReadonlyMap<string, string>

export interface Import {
  from: string
  /** A path of ours from the root, or a package's bare name (`kafkajs`, `@scope/name`, `node:fs`). */
  to: string
  ours: boolean
  typeOnly: boolean
}

const forms = [
  /^[ \t]*(?:import|export)\b(?<clause>[^'"`;]*?)\bfrom\s*['"](?<to>[^'"]+)['"]/gm,
  /^[ \t]*import\s*['"](?<to>[^'"]+)['"]/gm,
  /\bimport\(\s*['"](?<to>[^'"]+)['"]\s*\)/g,
  /\brequire(?:\.resolve)?\(\s*['"](?<to>[^'"]+)['"]\s*\)/g,
]

/** `a/b/../c` -> `a/c`. */
function normal(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  return parts.join('/')
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Every import of one file: static, re-export, dynamic, require; comments left out. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return forms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => {
      const specifier = match.groups?.['to'] ?? ''
      const ours = specifier.startsWith('.')
      return {
        from: file,
        to: ours ? normal(`${file.slice(0, file.lastIndexOf('/') + 1)}${specifier}`) : packageOf(specifier),
        ours,
        typeOnly: /^\s*type\b/.test(match.groups?.['clause'] ?? ''),
      }
    }),
  )
}

export const isCode = (file: string): boolean => /\.(ts|tsx|mts|mjs)$/.test(file)

/** All imports of the tree. */
export const allImports = (tree: Tree): Import[] =>
  [...tree].filter(([file]) => isCode(file)).flatMap(([file, text]) => importsOf(file, text))
