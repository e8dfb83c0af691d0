/** Rows of docs/bad-input.md: an input, our verdict in words, the code it ends with, and the deed that shows it. */

export interface Row {
  readonly input: string
  readonly verdict: string
  /** `400 bad_request`, `exit 78`, or what the connection hears. */
  readonly code: string
  /** Does it, and answers the code that came. */
  readonly does: () => Promise<string>
}

export interface Section {
  readonly title: string
  readonly says: string
  readonly rows: readonly Row[]
}

export const row = (input: string, verdict: string, code: string, does: Row['does']): Row => ({
  input,
  verdict,
  code,
  does,
})

const cell = (text: string): string => text.replaceAll('|', '\\|')

export function render(sections: readonly Section[]): string {
  const tables = sections.map(({ title, says, rows }) =>
    [
      `## ${title}`,
      '',
      says,
      '',
      '| Input | Verdict | Code |',
      '|---|---|---|',
      ...rows.map(({ input, verdict, code }) => `| ${cell(input)} | ${cell(verdict)} | ${code} |`),
      '',
    ].join('\n'),
  )
  return `# Bad input

What becomes of everything that is wrong. No input ends a process, holds up other readers, or moves another source's numbers.
A test does every row of these tables and fails where table and behaviour differ (\`test/query-api/http/bad-input.test.ts\`, which writes this page with \`-u\`).
The rules for records, word for word: [store.md](store.md), "Rules a recount needs".

${tables.join('\n')}`
}
