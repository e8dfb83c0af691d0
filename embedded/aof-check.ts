import { spawn } from 'node:child_process'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UnusableDataFolder } from './data-folder.ts'

/** Where the server keeps its append-only files, below its data folder. */
const AOF_DIR = 'appendonlydir'
/** How a snapshot of Valkey 9 begins; all before began with REDIS. */
const SNAPSHOT_MAGIC = 'VALKEY'

/**
 * Lets the engine's own tool check the append-only file before a server reads it, and cut off what a crash left half written.
 * Some engines start happily on a torn transaction and lose data at the *next* start; a checked file has no such tail.
 * Answers a sentence for each file that was cut. Throws when the tool finds damage it cannot mend.
 */
export async function mendAof(checkBinary: string, dataDir: string): Promise<readonly string[]> {
  const dir = join(dataDir, AOF_DIR)
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const manifest = names.find((name) => name.endsWith('.manifest'))
  if (manifest === undefined) return []
  const file = (await unknownToTool(dir, manifest)) ?? manifest
  if (file === '') return []
  const { code, said } = await run(checkBinary, ['--fix', file], dir)
  if (code !== 0) {
    const reason = said.trim().split('\n').slice(-3).join(' / ')
    throw new UnusableDataFolder(
      `${dir} is damaged and ${checkBinary} cannot mend it (${reason}); remove the folder ${dataDir} and the log will fill a new one`,
    )
  }
  return cuts(said)
}

/**
 * The tool of Valkey 9 takes the snapshot at the begin of its own file for commands, as it does not know the new word that it begins with, and refuses the whole. Then the last file of
 * commands is checked alone: only that one can be torn, and the snapshot has a checksum of its own. Answers its name ('' = there is none); null = the tool knows what is there.
 */
async function unknownToTool(dir: string, manifest: string): Promise<string | null> {
  const lines = [...(await readFile(join(dir, manifest), 'utf8')).matchAll(/^file (\S+) seq \d+ type (\w)/gm)]
  const base = lines.find(([, , type]) => type === 'b')?.[1]
  if (base === undefined) return null
  const file = await open(join(dir, base)).catch(() => null)
  if (file === null) return null
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(SNAPSHOT_MAGIC.length),
      0,
      SNAPSHOT_MAGIC.length,
      0,
    )
    if (buffer.toString('latin1', 0, bytesRead) !== SNAPSHOT_MAGIC) return null
  } finally {
    await file.close()
  }
  return lines.findLast(([, , type]) => type === 'i')?.[1] ?? ''
}

/** `This will shrink the AOF <file> from <size> bytes, with <cut> bytes, to <rest> bytes`: what the tool says as it cuts. */
function cuts(said: string): readonly string[] {
  const found = said.matchAll(/shrink the AOF (\S+) from (\d+) bytes, with (\d+) bytes, to (\d+) bytes/g)
  return [...found].map(([, file, , cut, rest]) => `cut ${cut} bytes off the end of ${file}, ${rest} remain`)
}

function run(binary: string, args: readonly string[], cwd: string): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    // Only the end matters; a tool that lists a million commands shall not fill the memory.
    const hear = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-65_536))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.stdin.on('error', () => {}) // it did not want to know
    child.stdin.end('y\n')
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, said }))
  })
}
