import { randomBytes, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, writeJson } from './durable-json.ts'
import { checkConfig, type TopicConfig } from './topic-config.ts'
import { UnusableDataFolder } from '../../data-folder.ts'

const FILE = 'registry.json'
/** Producer ids set aside at once: one write to the disk gives so many. */
const PRODUCER_ID_BLOCK = 1000

export interface TopicEntry {
  /** Of this topic alone: one of the same name made later has another. In the form in which Kafka prints it, 22 letters. */
  readonly id: string
  readonly partitions: number
  readonly config: TopicConfig
}

interface Saved {
  readonly clusterId: string
  readonly nextProducerId: number
  readonly topics: Readonly<Record<string, TopicEntry>>
}

/** What the broker knows about itself: its cluster id (made once), its topics, and which producer ids were given out. One file. */
export class Registry {
  readonly clusterId: string
  readonly topics: Map<string, TopicEntry>
  readonly #path: string
  #nextProducerId: number
  #reservedProducerIds: number
  #saving: Promise<void> = Promise.resolve()

  private constructor(path: string, saved: Saved) {
    this.#path = path
    this.clusterId = saved.clusterId
    this.topics = new Map(Object.entries(saved.topics))
    this.#nextProducerId = saved.nextProducerId
    this.#reservedProducerIds = saved.nextProducerId
  }

  static async open(dir: string): Promise<Registry> {
    const path = join(dir, FILE)
    const found = await readJson(path)
    if (found !== undefined) return Registry.#known(path, parse(found, path))
    // Without its registry a log has no identity: making a new one would pass old records off as a new log's.
    const orphans = (await readdir(dir, { withFileTypes: true })).filter(
      (e) => e.isDirectory() && /-\d+$/.test(e.name),
    )
    if (orphans.length > 0)
      throw new UnusableDataFolder(
        `${path} is missing, but ${dir} holds partitions (${orphans[0]!.name}, ...); restore it from a copy, or choose another folder by --data DIR`,
      )
    const registry = new Registry(path, {
      clusterId: randomBytes(16).toString('base64url'),
      nextProducerId: 1,
      topics: {},
    })
    await registry.save()
    return registry
  }

  /** A folder from before topics had ids gives them theirs now, once. */
  static async #known(path: string, saved: Saved): Promise<Registry> {
    const registry = new Registry(path, saved)
    const withoutId = [...registry.topics].filter(([, entry]) => entry.id === undefined)
    for (const [name, entry] of withoutId) registry.topics.set(name, { ...entry, id: newTopicId() })
    if (withoutId.length > 0) await registry.save()
    return registry
  }

  /** Writes everything down; resolves when it is on the disk. Saves follow one another. */
  save(): Promise<void> {
    this.#saving = this.#saving
      .catch(() => {})
      .then(() => {
        const saved: Saved = {
          clusterId: this.clusterId,
          nextProducerId: this.#reservedProducerIds,
          topics: Object.fromEntries(this.topics),
        }
        return writeJson(this.#path, saved)
      })
    return this.#saving
  }

  /** An id no producer ever had. After a restart the rest of a block is skipped. */
  async takeProducerId(): Promise<number> {
    const id = this.#nextProducerId++
    if (id >= this.#reservedProducerIds) {
      this.#reservedProducerIds = id + PRODUCER_ID_BLOCK
      await this.save()
    } else {
      await this.#saving // an id of a block may leave only once the block is on the disk
    }
    return id
  }
}

/** Never one that begins with a dash: Kafka's tools would take it for a flag. */
export function newTopicId(): string {
  for (;;) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

function parse(value: unknown, path: string): Saved {
  const saved = value as Partial<Saved> | null
  const isEntry = (entry: TopicEntry): boolean =>
    Number.isInteger(entry?.partitions) &&
    entry.partitions > 0 &&
    typeof entry.config === 'object' &&
    (entry.id === undefined || /^[\w-]{22}$/.test(entry.id))
  if (
    typeof saved?.clusterId !== 'string' ||
    !Number.isSafeInteger(saved.nextProducerId) ||
    typeof saved.topics !== 'object' ||
    saved.topics === null ||
    !Object.values(saved.topics).every(isEntry)
  ) {
    throw new UnusableDataFolder(
      `${path} is not a registry that this version of the broker knows; restore it from a copy, or choose another folder by --data DIR`,
    )
  }
  for (const entry of Object.values(saved.topics)) {
    checkConfig(Object.entries(entry.config).map(([name, text]) => ({ name, value: text })))
  }
  return saved as Saved
}
