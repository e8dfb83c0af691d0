-- Unlinks keys that a lost partition left behind, and only while it is lost: with `pos` present nothing is touched.
-- KEYS   1 pos   2.. leftovers
-- ARGV   none
-- REPLY  number of keys unlinked | -1 the partition stands, nothing moved
local function sweep(keys)
  if redis.call('HEXISTS', keys[1], 'next') == 1 then return -1 end
  local gone = 0
  -- law L7: leftovers are unlinked
  for k = 2, #keys do gone = gone + redis.call('UNLINK', keys[k]) end
  return gone
end
