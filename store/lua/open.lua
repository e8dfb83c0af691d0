-- Begins a partition, or answers where it stands. Creates `pos` only where it is absent: nothing that stands is ever reset.
-- KEYS   1 pos
-- ARGV   1 first offset   2 def   3 cluster id   4 topic
-- REPLY  {1} created | {0} it stood already | {-1, type} the key holds something else
local function open(keys, argv)
  local kind = redis.call('TYPE', keys[1]).ok
  if kind == 'hash' then
    -- law L2: open keeps what is there
    if redis.call('HEXISTS', keys[1], 'next') == 1 then return { 0 } end
  elseif kind ~= 'none' then
    return { -1, kind }
  end
  redis.call('HSET', keys[1], 'first', argv[1], 'next', argv[1], 'def', argv[2], 'rev', '1', 'cluster', argv[3], 'topic', argv[4])
  return { 1 }
end
