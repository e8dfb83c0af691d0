import { readFile } from 'node:fs/promises'

/** Of the package: two steps up from cli/args/ in the sources, three from dist/cli/args/. */
export async function readVersion(): Promise<string> {
  for (const place of ['../../package.json', '../../../package.json']) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  return 'unknown'
}
