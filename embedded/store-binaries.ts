import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

export interface StoreBinaries {
  readonly server: string
  /** The tool that mends append-only files; null where the server came without it. */
  readonly checkAof: string | null
}

const FAMILIES = ['valkey', 'redis'] as const

/**
 * Looks for a store server and its check tool in `extraDirs` and then in `path` (folders as in PATH). Valkey is preferred over
 * Redis, an earlier folder over a later one. A link `redis-server` to `redis-check-rdb` will do: they are one program, which
 * does what its name says. null = there is none.
 */
export function findStoreBinaries(
  extraDirs: readonly string[],
  path: readonly string[] = [],
): StoreBinaries | null {
  const dirs = [...extraDirs, ...path]
  for (const family of FAMILIES) {
    const server = firstProgram(dirs, `${family}-server`)
    if (server !== null) return { server, checkAof: companionOf(server, path) }
  }
  return null
}

/** The check tool of a server: beside it, else of the same family in `path`. */
export function companionOf(server: string, path: readonly string[] = []): string | null {
  const family = FAMILIES.find((name) => server.includes(`${name}-server`)) ?? 'redis'
  return firstProgram([dirname(server), ...path], `${family}-check-aof`)
}

/** Whole paths: the check tool runs in another folder than ours. */
function firstProgram(dirs: readonly string[], name: string): string | null {
  return (
    dirs
      .filter((dir) => dir !== '')
      .map((dir) => resolve(dir, name))
      .find(isProgram) ?? null
  )
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
