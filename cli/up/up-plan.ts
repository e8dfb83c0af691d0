import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEMO, SHIPPED } from '../args/definition.ts'
import { choosePort } from './ports.ts'
import { planStore } from './up-store.ts'
import { showStore } from '../args/store-access.ts'
import type { ChildSpec } from './supervise.ts'
import type { UpConfig } from './up-config.ts'

/** Made-up records a second. Each click counts for visits, a funnel, journeys and cohorts too: of half as many the demo takes what it took without them. */
const DEMO_RATE = '60'

const standardPorts = { page: 4400, kafka: 4492 } as const

/** What runs where. `stages` start one after the other, the children of one stage together; they stop in exactly the reverse order. */
export interface UpPlan {
  url: string
  kafka: string
  store: string
  /** The flags by which a command typed by hand finds both. */
  reach: string
  stages: ChildSpec[][]
  /** Sentences about defaults that had to move. */
  moved: string[]
  logFolder: string
}

const script = fileURLToPath(new URL('../main.js', import.meta.url))

/** Chooses the ports and writes down every child's flags. Throws CommandError when a given port is busy. */
export async function planChildren(config: UpConfig): Promise<UpPlan> {
  const moved: string[] = []
  const taken = new Set<number>()
  const choose = async (
    flag: string,
    what: string,
    given: number | undefined,
    standard: number,
  ): Promise<number> => {
    const port = await choosePort(flag, given, standard, taken)
    taken.add(port)
    if (given === undefined && port !== standard) moved.push(`port ${standard} is busy: ${what} uses ${port}`)
    return port
  }
  const page = await choose('--port', 'the page', config.port, standardPorts.page)
  const kafkaPort =
    config.kafka === undefined
      ? await choose('--kafka-port', 'the embedded broker', config.kafkaPort, standardPorts.kafka)
      : undefined
  const kafka = config.kafka ?? `127.0.0.1:${kafkaPort}`
  const embedded = config.store === undefined ? await planStore(config, choose, taken) : null
  const store = config.store ?? embedded!.url
  // Not as flags: they may hold a password, and everyone on the machine can read the flags of a process.
  const env: NodeJS.ProcessEnv = {
    ...config.environment,
    TIDEMARK_STORE: store,
    ...(embedded !== null && {
      TIDEMARK_STORE_PASSWORD_FILE: embedded.passwordFile,
      TIDEMARK_STORE_PASSWORD: '',
      TIDEMARK_STORE_USER: '',
      TIDEMARK_STORE_CA: embedded.caFile ?? '',
      TIDEMARK_STORE_CERT: '',
      TIDEMARK_STORE_KEY: '',
      TIDEMARK_SENTINEL_USER: '',
      TIDEMARK_SENTINEL_PASSWORD_FILE: '',
    }),
  }
  const toKafka = ['--kafka', kafka, ...config.kafkaArguments]
  const logFolder = join(config.data, 'logs')
  const child = (name: string, ...flags: string[]): ChildSpec => ({
    name,
    args: [script, name, ...flags],
    logFile: join(logFolder, `${name}.log`),
    env,
  })

  const engines = [
    ...(kafkaPort === undefined
      ? []
      : [child('broker', '--port', String(kafkaPort), '--data', join(config.data, 'broker'))]),
    ...(embedded === null ? [] : [child(embedded.name, ...embedded.flags)]),
  ]
  const definition = ['--definition', config.definition ?? (config.demo ? DEMO : SHIPPED)]
  // A killed worker's partitions go to its successor after this long; over a network it would be too short.
  const session = config.kafka === undefined ? ['--session-timeout-ms', '6000'] : []
  // In this order, so that stopping in reverse drains ingest before the page goes.
  const workers = [
    child(
      'serve',
      ...toKafka,
      ...config.storeArguments,
      '--port',
      String(page),
      '--host',
      '127.0.0.1',
      ...config.httpAccessArguments,
      ...definition,
    ),
    // In a store of its own nobody else's definition is in force: the one that `up` was given is.
    child(
      'ingest',
      ...toKafka,
      ...config.storeArguments,
      ...session,
      ...definition,
      ...(config.store === undefined ? ['--take-over'] : []),
    ),
  ]
  const demo = config.demo ? [child('simulate', ...toKafka, '--live', '--rate', DEMO_RATE)] : []
  const passwordFile = embedded === null ? '' : ` --store-password-file ${embedded.passwordFile}`
  const ca = embedded?.caFile ? ` --store-ca ${embedded.caFile}` : ''
  const reach = `--kafka ${kafka} --store ${showStore(store)}${passwordFile}${ca}`
  return {
    url: `http://127.0.0.1:${page}`,
    kafka,
    store,
    reach,
    stages: [engines, workers, demo],
    moved,
    logFolder,
  }
}
