-- Removes from an index what its partitions no longer have, unless it was staged again since.
-- KEYS  1 index
-- ARGV  nonce, clock, number of entries, for each: sort \0 partition id, the partition's index revision when it did not
--       have the entry, age in ms from which a stamp is void ('' never)
-- Reply nonce, number removed
local nonce = take()
local us = clock(take())
local removed = 0
for _ = 1, tonumber(take()) do
  local place, least, void_ms = take(), tonumber(take()), tonumber(take())
  if void_ms then least = math.max(least, us - void_ms * 1000) end
  local found = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. place .. '\0', '(' .. place .. '\1', 'LIMIT', 0, 1)[1]
  if found and struct.unpack('>I7', found, #place + 2) < least then
    removed = removed + redis.call('ZREM', KEYS[1], found)
  end
end
return { nonce, removed }
