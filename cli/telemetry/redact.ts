/** Secrets out of text that is going to be read: logs, closing messages. What looks like a secret is one. */

const rules: readonly [pattern: RegExp, instead: string][] = [
  // scheme://user:password@host; the host stays readable.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi, '$1***@'],
  [/\btm_(pub|sec)_[\w-]+/g, 'tm_$1_***'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 ***'],
  [/\b([\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|requirepass|masterauth))(["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s"',;&}\]]+)/gi, '$1$2***'],
]

export function redact(text: string): string {
  return rules.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)
}
