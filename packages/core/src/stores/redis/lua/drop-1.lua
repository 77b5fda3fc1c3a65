-- Removes a partition and leaves its stamp for a while, so that what was on its way to it comes too late.
-- KEYS  1 partition
-- ARGV  nonce, clock, lifetime of the stamp in ms, channel to publish on ('' none)
-- Reply nonce, revision of the stamp ('0': nothing was there), then index and sort of each index entry
local nonce = take()
local us = clock(take())
local stamp_ms, channel = take(), take()
local head = load_head(KEYS[1], math.floor(us / 1000))
if not head.member then return { nonce, '0' } end

head.rev = math.max(us, head.rev + 1)
head.index_rev, head.digest, head.expires, head.remove, head.commits = head.rev, NO_INDEX, 0, 0, ''
-- As in a commit: deleting works when the database is full, and the key never vanishes in between.
begin_deleting()
add(pack_head(head, 1))
remove(head.member)
remove_between('[\1', '(\2')
remove_between('[\3', '+')
save()
redis.call('PEXPIRE', partition, stamp_ms)

-- The index entries stay beside the stamp: the reply may be lost, and then a second drop asks again.
local reply = { nonce, digits(head.rev) }
for _, entry in ipairs(between('[\2', '(\3')) do
  local index_end = string.find(entry, '\0', 1, true)
  reply[#reply + 1] = string.sub(entry, 2, index_end - 1)
  reply[#reply + 1] = string.sub(entry, index_end + 1, string.find(entry, '\0', index_end + 1, true) - 1)
end
if channel ~= '' then redis.pcall('PUBLISH', channel, '') end
return reply
