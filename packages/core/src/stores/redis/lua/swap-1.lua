-- Puts a partition that is a string in place of the one that is known: what a commit does, worked out by whoever asks.
-- It begins by itself, without the prelude, which says what the bytes are.
-- KEYS  1 partition
-- ARGV  nonce, clock, revision that is known, channel to publish on ('' none), expiry ('' keep, 'clear', 'set'),
--       expires in ms, remove in ms, MAGIC and the head up to its revision, then what follows its removeAt, cut where
--       the new revision stands
-- Reply nonce, what ('done', or 'changed' when there is another revision, or none), now, revision, expiresAt, removeAt
local text = redis.pcall('GET', KEYS[1])
local known = tonumber(ARGV[3])
if type(text) ~= 'string' or string.sub(text, 8, 17) ~= '\0\1\0' .. struct.pack('>I7', known) then
  return { ARGV[1], 'changed' }
end
local us = tonumber(ARGV[2])
if us then
  us = us * 1000
else
  local time = redis.call('TIME')
  us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now = math.floor(us / 1000)
local expires, remove = struct.unpack('>I6I6', text, 18)
if remove > 0 and remove <= now then return { ARGV[1], 'changed' } end

local rev, expiry = math.max(us, known + 1), ARGV[5]
if expiry == 'set' then
  expires, remove = now + tonumber(ARGV[6]), now + tonumber(ARGV[7])
elseif expiry == 'clear' then
  expires, remove = 0, 0
end
local packed_rev = struct.pack('>I7', rev)
local new = ARGV[8] .. packed_rev .. struct.pack('>I6I6', expires, remove) .. table.concat(ARGV, packed_rev, 9)
local function digits(number)
  return string.format('%.0f', number)
end
-- A test's clock says nothing of when the server may forget.
if remove > 0 and ARGV[2] == '' then
  redis.call('SET', KEYS[1], new, 'PXAT', digits(remove))
elseif expiry == 'clear' then
  redis.call('SET', KEYS[1], new)
else
  redis.call('SET', KEYS[1], new, 'KEEPTTL')
end
-- A hint only: a user without the channel's permission still commits.
if ARGV[4] ~= '' then redis.pcall('PUBLISH', ARGV[4], '') end
return { ARGV[1], 'done', digits(now), digits(rev), digits(expires), digits(remove) }
