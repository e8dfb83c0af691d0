import type { Role } from '../../store/users/roles.ts'

export interface Session {
  readonly user: Role
  readonly exchanges: readonly { readonly command: string; readonly reply: string }[]
}

/** The blocks of a page that begin with `$ redis-cli ... --user NAME`: lines with `> ` are typed, what follows each is answered. */
export function sessionsOf(markdown: string): Session[] {
  return [...markdown.matchAll(/^```\n\$ redis-cli [^\n]*--user (\w+)[^\n]*\n([^]*?)^```$/gm)].map(
    ([, user, text]) => ({
      user: user as Role,
      exchanges: text!
        .split(/^> /m)
        .slice(1)
        .map((part) => {
          const [command, ...reply] = part.trimEnd().split('\n')
          return { command: command!, reply: reply.join('\n') }
        }),
    }),
  )
}
