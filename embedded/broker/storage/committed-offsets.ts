import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppendFile } from './append-file.ts'
import { syncFolder } from './durable-json.ts'

const FILE = 'committed-offsets.jsonl'
/** The file is rewritten while open once it is larger than this and mostly history. */
const COMPACT_ABOVE_BYTES = 16 * 1024 * 1024
const CHUNK_LINES = 10_000

/** How far a group has read in one partition. */
export interface CommittedOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

/** A file of lines, one commit a line; the last line of a (group, topic, partition) counts. Rewritten at start. */
export class CommittedOffsets {
  readonly #path: string
  readonly #groups: Map<string, Map<string, CommittedOffset>>
  #file: AppendFile
  #compactedBytes: number
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(path: string, groups: Map<string, Map<string, CommittedOffset>>, file: AppendFile) {
    this.#path = path
    this.#groups = groups
    this.#file = file
    this.#compactedBytes = file.sizeBytes
  }

  /** Reads the file; a torn last line is cut, and said. */
  static async open(dir: string, log: (line: string) => void): Promise<CommittedOffsets> {
    const path = join(dir, FILE)
    const file = await AppendFile.open(path)
    const groups = await readAll(file, log)
    await file.close()
    return new CommittedOffsets(path, groups, await rewrite(path, groups))
  }

  groups(): readonly string[] {
    return [...this.#groups.keys()]
  }

  has(group: string): boolean {
    return this.#groups.has(group)
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(placeOf(topic, partition))
  }

  allOf(group: string): readonly CommittedOffset[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  /** Notes commits; resolves when the operating system has them. They are seen only then. */
  commit(commits: readonly CommittedOffset[]): Promise<void> {
    const work = this.#tail
      .catch(() => {})
      .then(async () => {
        await this.#file.append([Buffer.from(commits.map(line).join(''))])
        for (const commit of commits) remember(this.#groups, commit)
        if (this.#file.sizeBytes > COMPACT_ABOVE_BYTES + 2 * this.#compactedBytes) await this.#compact()
      })
    this.#tail = work
    return work
  }

  /** Forgets places (of all partitions a group knows when `places` is null); resolves when the operating system has it. */
  remove(
    group: string,
    places: readonly { readonly topic: string; readonly partition: number }[] | null,
  ): Promise<void> {
    const work = this.#tail
      .catch(() => {})
      .then(async () => {
        const gone = (places ?? this.allOf(group)).filter(
          ({ topic, partition }) => this.get(group, topic, partition) !== undefined,
        )
        if (gone.length === 0) return
        await this.#file.append([Buffer.from(gone.map((place) => removalLine(group, place)).join(''))])
        for (const { topic, partition } of gone) forget(this.#groups, group, topic, partition)
      })
    this.#tail = work
    return work
  }

  async #compact(): Promise<void> {
    await this.#file.close()
    this.#file = await rewrite(this.#path, this.#groups)
    this.#compactedBytes = this.#file.sizeBytes
  }

  /** Makes the commits survive the machine. */
  sync(): Promise<void> {
    return this.#tail.catch(() => {}).then(() => this.#file.sync())
  }

  async close(): Promise<void> {
    await this.#tail.catch(() => {})
    await this.#file.sync()
    await this.#file.close()
  }
}

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`

const line = (c: CommittedOffset): string =>
  `${JSON.stringify([c.group, c.topic, c.partition, c.offset, c.leaderEpoch, c.metadata])}\n`

/** A line of three: how far the group had read there counts no more. */
const removalLine = (group: string, { topic, partition }: { topic: string; partition: number }): string =>
  `${JSON.stringify([group, topic, partition])}\n`

function forget(
  groups: Map<string, Map<string, CommittedOffset>>,
  group: string,
  topic: string,
  partition: number,
): void {
  groups.get(group)?.delete(placeOf(topic, partition))
  if (groups.get(group)?.size === 0) groups.delete(group)
}

function remember(groups: Map<string, Map<string, CommittedOffset>>, commit: CommittedOffset): void {
  const places = groups.get(commit.group) ?? new Map<string, CommittedOffset>()
  groups.set(commit.group, places.set(placeOf(commit.topic, commit.partition), commit))
}

async function readAll(
  file: AppendFile,
  log: (line: string) => void,
): Promise<Map<string, Map<string, CommittedOffset>>> {
  const groups = new Map<string, Map<string, CommittedOffset>>()
  const text = (await file.read(0, file.sizeBytes)).toString('utf8')
  const lines = text.split('\n')
  const torn = lines.pop() ?? ''
  for (const [i, raw] of lines.entries()) {
    const commit = parse(raw)
    if (commit === null) log(`${file.path}: line ${i + 1} is damaged and was dropped: ${raw.slice(0, 100)}`)
    else if ('offset' in commit) remember(groups, commit)
    else forget(groups, commit.group, commit.topic, commit.partition)
  }
  if (torn !== '')
    log(`${file.path}: cut ${Buffer.byteLength(torn)} bytes of a commit that was never acknowledged`)
  return groups
}

/** A commit, or the removal of one; null = neither. */
function parse(raw: string): CommittedOffset | Pick<CommittedOffset, 'group' | 'topic' | 'partition'> | null {
  try {
    const value: unknown = JSON.parse(raw)
    if (!Array.isArray(value) || (value.length !== 6 && value.length !== 3)) return null
    const [group, topic, partition, offset, leaderEpoch, metadata] = value as unknown[]
    if (typeof group !== 'string' || typeof topic !== 'string' || typeof partition !== 'number') return null
    if (value.length === 3) return { group, topic, partition }
    if (typeof offset !== 'number' || typeof leaderEpoch !== 'number' || typeof metadata !== 'string')
      return null
    return { group, topic, partition, offset, leaderEpoch, metadata }
  } catch {
    return null
  }
}

/** Replaces the file by one that holds only what counts. */
async function rewrite(path: string, groups: Map<string, Map<string, CommittedOffset>>): Promise<AppendFile> {
  const next = `${path}.next`
  await rm(next, { force: true })
  const file = await AppendFile.open(next)
  const lines = [...groups.values()].flatMap((places) => [...places.values()].map(line))
  for (let i = 0; i < lines.length; i += CHUNK_LINES)
    await file.append([Buffer.from(lines.slice(i, i + CHUNK_LINES).join(''))])
  await file.sync()
  await rename(next, path)
  await syncFolder(dirname(path))
  return file
}
