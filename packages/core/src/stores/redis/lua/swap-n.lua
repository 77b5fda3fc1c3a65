-- Puts rows into partitions that are strings, or takes them out, where whoever asks knows how all stands in them: what a
-- commit does to each. It begins by itself, without the prelude, which says what the bytes are.
-- KEYS  partitions
-- ARGV  nonce, clock, for each partition: revision that is known, channel to publish on ('' none), digest of the commit's
--       id, expires in ms ('' keep, 'clear'), remove in ms, number of parts, for each: a stretch that stays, from and to
--       in bytes behind the head and the blocks of commits, and key and value of the row behind it ('' none)
-- Reply nonce, now, for each partition: the new revision; or 0: this is for commit-1, as there is another revision, or
--       none, or the commit is known, or it makes too much for a string; or -1: among others it cannot be done, ask for
--       it alone
local PACKED_BYTES, COMMITS_AT, BLOCK_BYTES = 16384, 48, 152
local us = tonumber(ARGV[2])
if us then
  us = us * 1000
else
  local time = redis.call('TIME')
  us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now = math.floor(us / 1000)
local pack, unpack, sub = struct.pack, struct.unpack, string.sub

-- What one of several fails by is not for the others.
local write = #KEYS == 1 and redis.call or redis.pcall

local function swap(key, at)
  local text, known, id = redis.pcall('GET', key), tonumber(ARGV[at]), ARGV[at + 2]
  if type(text) ~= 'string' or sub(text, 8, 17) ~= '\0\1\0' .. pack('>I7', known) then return 0 end
  local times, remove = sub(text, 18, 29), unpack('>I6', text, 24)
  if (remove > 0 and remove <= now) or string.find(text, id, 1, true) then return 0 end

  local rev, expiry = math.max(us, known + 1), ARGV[at + 3]
  if expiry == 'clear' then
    times, remove = pack('>I6I6', 0, 0), 0
  elseif expiry ~= '' then
    remove = now + tonumber(ARGV[at + 4])
    times = pack('>I6I6', now + tonumber(expiry), remove)
  end
  local packed_rev = pack('>I7', rev)
  local commits_end = 7 + unpack('>I3', text, 5)
  local commits = sub(text, COMMITS_AT + 1, commits_end) .. id .. packed_rev
  local base, blocks, full_block = commits_end, 0, ''
  while string.byte(text, base + 4) == 1 do
    base = base + 3 + unpack('>I3', text, base + 1)
    blocks = blocks + 1
  end
  if #commits >= BLOCK_BYTES then
    full_block = pack('>I3', 8 + #commits) .. '\1' .. packed_rev .. commits
    commits = ''
  end
  -- The oldest of eight blocks goes when a new one comes.
  local blocks_from = commits_end + 1
  if full_block ~= '' and blocks >= 8 then blocks_from = blocks_from + 3 + unpack('>I3', text, blocks_from) end
  local parts = {
    sub(text, 1, 4), pack('>I3', COMMITS_AT - 7 + #commits), '\0\1\0', packed_rev, times,
    sub(text, 30, COMMITS_AT), commits, sub(text, blocks_from, base), full_block,
  }
  for part = at + 6, at + 2 + 4 * tonumber(ARGV[at + 5]), 4 do
    local from, to, name, value = tonumber(ARGV[part]), tonumber(ARGV[part + 1]), ARGV[part + 2], ARGV[part + 3]
    if to > from then parts[#parts + 1] = sub(text, base + from + 1, base + to) end
    if name ~= '' then
      parts[#parts + 1] = pack('>I3', #name + 14 + #value) .. name .. '\0' .. packed_rev .. '\0\0\0\0\0\0' .. value
    end
  end
  local new = table.concat(parts)
  if #new > PACKED_BYTES then return 0 end
  local written
  -- A test's clock says nothing of when the server may forget.
  if remove > 0 and ARGV[2] == '' then
    written = write('SET', key, new, 'PXAT', string.format('%.0f', remove))
  elseif expiry == 'clear' then
    written = write('SET', key, new)
  else
    written = write('SET', key, new, 'KEEPTTL')
  end
  if written.err then return -1 end
  -- A hint only: a user without the channel's permission still commits.
  if ARGV[at + 1] ~= '' then redis.pcall('PUBLISH', ARGV[at + 1], '') end
  return rev
end

local reply, at = { ARGV[1], now }, 3
for place, key in ipairs(KEYS) do
  reply[place + 2] = swap(key, at)
  at = at + 6 + 4 * tonumber(ARGV[at + 5])
end
return reply
