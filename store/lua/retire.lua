-- Frees what the log clock has passed when the server is at maxmemory and refuses every apply: flagged allow-oom for that one purpose.
-- FLAGS  allow-oom
-- KEYS   1 pos   2 due   3.. what is due
-- ARGV   1 def   2 rev   3.. members of due that stand for it
-- REPLY  {1, new rev} freed | {0, '', why} refused, nothing moved; why = LOST, DEF, REV
local function retire(keys, argv)
  local stored = redis.call('HMGET', keys[1], 'next', 'def', 'rev')
  if not stored[1] then return { 0, '', 'LOST' } end
  if stored[2] ~= argv[1] then return { 0, stored[1], 'DEF' } end
  if stored[3] ~= argv[2] then return { 0, stored[1], 'REV' } end
  for k = 3, #keys do redis.call('UNLINK', keys[k]) end
  for a = 3, #argv do redis.call('ZREM', keys[2], argv[a]) end
  local rev = tostring(tonumber(stored[3]) + 1)
  redis.call('HSET', keys[1], 'rev', rev)
  return { 1, rev }
end
