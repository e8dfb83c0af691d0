/** `tidemark doctor`: what about the store and the topics costs numbers, writes or nights, and what to do about each. */
import { LogError } from '../../log/errors.ts'
import { openAdmin } from '../../log/kafka.ts'
import { parseStoreAddress } from '../../store/connection/address.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { examine, type Finding } from '../../store/doctor.ts'
import { StoreError } from '../../store/errors.ts'
import { examineReplicas } from '../../store/topology/replica-files.ts'
import { findDefinition, readSources } from '../args/definition.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag, type FlagValues } from '../args/flags.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess } from '../args/kafka-access.ts'
import { readStoreSettings, STORE_HELP, storeFlags } from '../args/store-access.ts'
import { readBrokers } from '../args/values.ts'
import { examineTables } from './doctor/tables.ts'
import { examineTopic, type TopicFinding } from './doctor/kafka.ts'

const flags = {
  ...storeFlags,
  kafka: { argument: 'HOST:PORT,...', description: 'the Kafka brokers; without it topics are not looked at' },
  definition: {
    argument: 'FILE',
    description: 'the sources whose topics are looked at (tidemark.yaml here, else the shipped ones)',
  },
  ...accessFlags,
  json: { description: 'the same as JSON' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark doctor: looks at the servers of the store and at the topics of Kafka, and says what to do

usage: tidemark doctor [flags]

${describeFlags(flags)}
${STORE_HELP}${ACCESS_HELP}
exit codes: 0 no fault (there may be warnings), 1 a fault, or the store or Kafka did not answer, 2 wrong usage, 78 a setting that cannot work
`

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('doctor', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const settings = readStoreSettings(values, process.env)
  const store = await openStore({ ...settings })
  try {
    const { isTls } = parseStoreAddress(settings.url)
    // What does not answer, or is refused, must not hide what the rest says.
    const findings: AnyFinding[] = [
      ...(await asked('store', async () => examine(store))),
      ...(await asked('replicas', async () => examineReplicas(store, settings.access ?? {}, isTls))),
      ...(await asked('kafka', async () => examineTopics(values, store))),
    ]
    const silent = findings.find(({ check }) => check === 'reach')
    if (silent !== undefined && findings.every(({ check }) => check === 'reach'))
      throw new CommandError(silent.says)
    process.stdout.write(
      values['json'] === true ? `${JSON.stringify({ findings }, null, 2)}\n` : findings.map(line).join(''),
    )
    return findings.some(({ verdict }) => verdict === 'fault') ? exitCodes.failed : exitCodes.ok
  } finally {
    await store.close()
  }
}

interface Silence {
  readonly node: string
  readonly check: 'reach'
  readonly verdict: 'fault'
  readonly says: string
  readonly todo: null
}
type AnyFinding = Finding | TopicFinding | Silence

async function asked(
  node: string,
  work: () => Promise<readonly AnyFinding[]>,
): Promise<readonly AnyFinding[]> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof LogError)) throw error
    return [{ node, check: 'reach', verdict: 'fault', says: error.message, todo: null }]
  }
}

async function examineTopics(values: FlagValues, store: Store): Promise<readonly TopicFinding[]> {
  const kafka = values['kafka'] ?? (process.env['TIDEMARK_KAFKA'] || undefined)
  if (kafka === undefined) return []
  const sources = readSources(findDefinition(values['definition'] as string | undefined))
  const admin = await openAdmin({
    brokers: readBrokers(String(kafka)),
    ...readKafkaAccess(values, process.env),
    clientId: 'tidemark-doctor',
  })
  try {
    const findings: TopicFinding[] = []
    for (const source of sources)
      findings.push(...(await examineTopic(admin, store, source)), ...(await examineTables(admin, source)))
    return findings
  } finally {
    await admin.close()
  }
}

const line = ({ node, check, verdict, says, todo }: AnyFinding): string =>
  `${verdict.padEnd(7)}  ${node}  ${check.padEnd(10)}  ${says}${todo === null ? '' : `\n${' '.repeat(9)}${todo}`}\n`
