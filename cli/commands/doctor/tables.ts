/** What about topics that fields are looked up in, and about the journals of their changes, costs rows or numbers. */
import type { LogAdmin } from '../../../log/log.ts'
import type { Source } from '../../../model/definition.ts'
import { journalTopic } from '../../../model/joins/journal.ts'
import { alterTopic, type TopicFinding } from './kafka.ts'

/** What was asked about one table. */
export interface TableFacts {
  readonly name: string
  readonly topic: string
  readonly journal: string
  readonly isThere: boolean
  readonly hasJournal: boolean
  /** `cleanup.policy` as it is set; null = it may not be asked for. */
  readonly cleanup: string | null
  readonly journalCleanup: string | null
  readonly journalIsForEver: boolean
}

type Asked = Pick<LogAdmin, 'partitionCounts' | 'cleanupSetting' | 'retention'>

export async function examineTables(admin: Asked, source: Source): Promise<readonly TopicFinding[]> {
  const findings: TopicFinding[] = []
  for (const { name, topic } of source.joins ?? []) {
    const journal = journalTopic(source.topic, topic)!
    const counts = await admin.partitionCounts([topic, journal])
    const [isThere, hasJournal] = [counts.has(topic), counts.has(journal)]
    const retention = hasJournal ? await admin.retention(journal) : null
    findings.push(
      ...diagnoseTable({
        name,
        topic,
        journal,
        isThere,
        hasJournal,
        cleanup: isThere ? await admin.cleanupSetting(topic) : null,
        journalCleanup: hasJournal ? await admin.cleanupSetting(journal) : null,
        journalIsForEver: retention === null || (retention.ms === null && retention.bytes === null),
      }),
    )
  }
  return findings
}

/** Pure. */
export function diagnoseTable(facts: TableFacts): readonly TopicFinding[] {
  const { name, topic, journal, isThere, hasJournal, cleanup, journalCleanup, journalIsForEver } = facts
  const found = (
    node: string,
    verdict: TopicFinding['verdict'],
    says: string,
    todo: string | null = null,
  ): TopicFinding => ({ node, check: 'table', verdict, says, todo })
  if (!isThere)
    return [
      found(
        topic,
        'warning',
        `table ${name}: there is no such topic`,
        'ingest makes it at its start, of one partition',
      ),
    ]
  const findings = [
    cleanup === null
      ? found(topic, 'unknown', 'cleanup.policy may not be asked for')
      : cleanup === 'compact'
        ? found(topic, 'ok', `table ${name}: each row stays until it is changed or taken away`)
        : found(
            topic,
            'warning',
            `table ${name}: cleanup.policy is ${cleanup}: a row goes when its record grows old, though nobody took it away`,
            alterTopic(topic, 'cleanup.policy=compact'),
          ),
  ]
  if (!hasJournal)
    findings.push(found(journal, 'warning', `table ${name}: not read yet`, 'ingest makes it at its start'))
  else if (journalCleanup !== null && (journalCleanup !== 'delete' || !journalIsForEver))
    findings.push(
      found(
        journal,
        'fault',
        `table ${name}: its changes are deleted while events are there that they hold for: those cannot be counted again`,
        alterTopic(journal, 'cleanup.policy=delete,retention.ms=-1,retention.bytes=-1'),
      ),
    )
  else findings.push(found(journal, 'ok', `table ${name}: its changes are kept for ever`))
  return findings
}
