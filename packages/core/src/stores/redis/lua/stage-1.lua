-- Adds a partition's entries to an index before the commit that will name them, each with a stamp: the time, and at
-- least the partition's index revision. A removal decided before that stamp then comes too late.
-- KEYS  1 index
-- ARGV  nonce, clock, index revision, number of entries, for each: sort \0 partition id
-- Reply nonce, the time in us
local nonce = take()
local us = clock(take())
local least = math.max(us, tonumber(take()))
for _ = 1, tonumber(take()) do
  local place = take()
  local found = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. place .. '\0', '(' .. place .. '\1', 'LIMIT', 0, 1)[1]
  local stamp = math.max(least, found and struct.unpack('>I7', found, #place + 2) or 0)
  local member = place .. '\0' .. struct.pack('>I7', stamp)
  redis.call('ZADD', KEYS[1], 0, member)
  if found and found ~= member then redis.call('ZREM', KEYS[1], found) end
end
return { nonce, digits(us) }
