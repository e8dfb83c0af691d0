import type { JoinGroupRequest } from '../messages/join-group.ts'
import type { Member } from './member.ts'

const offers = (member: Member, name: string): boolean => member.protocols.some((p) => p.name === name)

/** Whether somebody can join `others`: it offers a protocol, and one that all of them offer too. */
export function fits(request: JoinGroupRequest, others: readonly Member[], protocolType: string): boolean {
  if (request.protocolType === '' || request.protocols.length === 0) return false
  if (others.length === 0) return true
  return (
    request.protocolType === protocolType &&
    request.protocols.some(({ name }) => others.every((member) => offers(member, name)))
  )
}

/** Every member votes for its favourite of the protocols that all offer; the first member's order decides between equals. */
export function elect(members: readonly Member[]): string {
  const shared = (members[0]?.protocols ?? [])
    .map(({ name }) => name)
    .filter((name) => members.every((member) => offers(member, name)))
  const votes = new Map(shared.map((name) => [name, 0]))
  for (const member of members) {
    const vote = member.protocols.find((p) => votes.has(p.name))
    if (vote !== undefined) votes.set(vote.name, votes.get(vote.name)! + 1)
  }
  return [...votes].reduce((best, next) => (next[1] > best[1] ? next : best), ['', -1])[0]
}
