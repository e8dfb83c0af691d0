/** What a backup says of itself: where every partition stood, by which definitions, in which files, and that it was restored once. Signed with the key. */
import { z } from 'zod'
import { BackupError } from './fault.ts'
import type { BackupKey } from './key.ts'

export const MANIFEST_FILE = 'manifest.json'
const FORMAT = 1
const count = z.int().nonnegative()

const position = z.object({
  source: z.string(),
  partition: count,
  generation: count,
  first: count,
  next: count,
  def: z.string(),
  cluster: z.string(),
  topic: z.string(),
  counted: count,
})
const part = z.object({
  file: z.string(),
  /** Which node of the store it is from; each node was copied at a moment of its own. */
  node: count,
  keys: count,
  /** Keys of these that expire by a time of their own: they may be gone when it is put back. */
  expiring: count,
  /** Before compression. */
  plainBytes: count,
  bytes: count,
  /** Of the file, as it lies there. */
  sha256: z.string(),
})
const source = z.object({
  source: z.string(),
  active: count,
  generations: z.array(
    z.object({ generation: count, def: z.string(), state: z.string(), topic: z.string() }),
  ),
})
const manifest = z.object({
  format: z.literal(FORMAT),
  name: z.string(),
  /** By the clock of the store, before the first node was copied. */
  takenAtMs: z.number(),
  tookMs: z.number(),
  tidemark: z.string(),
  engine: z.string(),
  keyId: z.string(),
  keys: count,
  sources: z.array(source),
  positions: z.array(position),
  parts: z.array(part),
  /** The rehearsal: a server that was empty held all of it. */
  verified: z.object({ atMs: z.number(), tookMs: z.number(), engine: z.string() }),
})

export type Manifest = z.infer<typeof manifest>
export type BackedPosition = z.infer<typeof position>
export type BackedPart = z.infer<typeof part>
export type BackedSource = z.infer<typeof source>

export function writeManifest(key: BackupKey, said: Omit<Manifest, 'format' | 'keyId'>): string {
  const text = JSON.stringify({ format: FORMAT, keyId: key.id, ...said }, null, 1)
  return `${text}\n${key.sign(text)}\n`
}

/** Of a backup that lies under `name`. Without a key nothing is proved. Throws BackupError. */
export function readManifest(text: string, name: string, key: BackupKey | null): Manifest {
  const changed = (what: string): BackupError =>
    new BackupError(
      'MANIFEST_CHANGED',
      `the manifest of backup ${name} was changed since it was written: ${what}`,
    )
  const end = text.trimEnd().lastIndexOf('\n')
  const said = text.slice(0, Math.max(end, 0))
  let json: unknown
  try {
    json = JSON.parse(said)
  } catch {
    throw changed('it cannot be read')
  }
  const { success, data } = manifest.safeParse(json)
  const { format, keyId } = (json ?? {}) as { format?: unknown; keyId?: unknown }
  if (!success)
    throw typeof format === 'number' && format > FORMAT
      ? new BackupError(
          'NONE',
          `backup ${name} was made by a newer Tidemark (format ${format}); restore it with that`,
        )
      : changed('it lacks what every manifest has')
  if (key === null) return data
  if (key.id !== keyId)
    throw new BackupError(
      'WRONG_KEY',
      `backup ${name} was made with another key (${data.keyId}) than the one that was given (${key.id}): name the file of that one by --key-file`,
    )
  if (key.sign(said) !== text.slice(end).trim()) throw changed('it does not bear the seal of its key')
  if (data.name !== name) throw changed(`it is the manifest of backup ${data.name}`)
  return data
}
