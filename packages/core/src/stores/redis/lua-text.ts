/** The text of lua/*.lua. Made by this package's test "scripts": run it with `-u` after a change. */
export const luaText: Record<
  | 'check-1'
  | 'commit-1'
  | 'drop-1'
  | 'list-1'
  | 'prelude'
  | 'probe-1'
  | 'read-n'
  | 'stage-1'
  | 'swap-n'
  | 'unchanged'
  | 'unstage-1',
  string
> = {
  'check-1': String.raw`-- Whether a partition has an index entry: what an index says is only where to look.
-- KEYS  1 partition
-- ARGV  nonce, clock, index, sort
-- Reply nonce, index revision, and when it has the entry: '1' and its value, or '0' when it has no value
local nonce = take()
local head = load_head(KEYS[1], math.floor(clock(take()) / 1000))
local place = '\2' .. take() .. '\0' .. take()
if not head.live then return { nonce, digits(head.index_rev) } end
local entry = between('[' .. place .. '\0', '(' .. place .. '\1', 1)[1]
return { nonce, digits(head.index_rev), entry and string.sub(entry, #place + 2) or nil }
`,
  'commit-1': String.raw`-- Applies a commit whole, or not at all.
-- KEYS  1 partition
-- ARGV  nonce, clock, digest of the commit's id, age of a retry in ms ('' on the first try), channel to publish on ('' none),
--       '1' when the partition is to be told, if it is a string,
--       expires in ms ('' keep, 'clear'), remove in ms,
--       index digest ('' keep), index revision staged under ('' not staged), staged at in us, staging's lifetime in ms,
--       number of index entries, for each: index, sort, value with a leading '1', or '0' for none
--       fence's key ('' none), fence's revision,
--       number of expectations, for each: 'key', key, revision, or 'first', prefix, key ('' none)
--       '1' when there are puts, number of ops, for each: 'put', key, ttl ms or '', value; 'touch', key, ttl ms;
--       'del', key, or 'range', low, high
-- Reply nonce, what ('done', 'known', 'fence', 'expect', 'stage', 'forgotten'), now, revision, the one before, index revision, index digest,
--       then: done: the partition as a string ('' when that was not asked for, or is none), index and sort of the entries that it removed; fence and expect: the current rows
local nonce = take()
local us = clock(take())
local now = math.floor(us / 1000)
local head = load_head(KEYS[1], now)
local before = head.live and head.rev or 0
local id, age, channel, wants_text = take(), take(), take(), take() == '1'

local function answer(what, rest)
  local reply = { nonce, what, digits(now), digits(head.rev), digits(before), digits(head.index_rev), head.digest }
  for _, item in ipairs(rest or {}) do reply[#reply + 1] = item end
  return reply
end

local function revision_in(commits)
  local from = 1
  while true do
    local found = string.find(commits, id, from, true)
    if not found then return nil end
    if (found - 1) % COMMIT_BYTES == 0 then return (struct.unpack('>I7', commits, found + 12)) end
    from = found + 1
  end
end

local older = {}
if head.live then
  local known = revision_in(head.commits)
  older = between('[\1', '(\2')
  for _, block in ipairs(older) do known = known or revision_in(string.sub(block, 9)) end
  if known then
    head.rev = known
    return answer('known')
  end
  -- A first try may have come and been forgotten when all that is remembered is younger than it.
  if age ~= '' and #older >= 8 and struct.unpack('>I7', older[1], 21) > us - tonumber(age) * 1000 then
    return answer('forgotten')
  end
end

local expiry, remove_in = take(), tonumber(take())
local digest, staged_under, staged_at, staging_ms = take(), take(), take(), tonumber(take())
local entries, is_entry = {}, {}
for _ = 1, tonumber(take()) do
  local place = '\2' .. take() .. '\0' .. take() .. '\0'
  entries[#entries + 1] = place .. take()
  is_entry[place] = true
end

local function current(key)
  return head.live and live_row(key, now) or nil
end

local seen, current_rows = {}, {}
local function note(row)
  if not row or seen[row] then return end
  seen[row] = true
  current_rows[#current_rows + 1] = row
end

local fence, fence_rev = take(), tonumber(take())
local failed
if fence ~= '' then
  local row = current(fence)
  note(row)
  if (row and rev_of(row) or 0) ~= fence_rev then failed = 'fence' end
end
for _ = 1, tonumber(take()) do
  local kind, name, wanted = take(), take(), take()
  local row
  if kind == 'key' then
    row = current(name)
    if (row and rev_of(row) or 0) ~= tonumber(wanted) then failed = failed or 'expect' end
  else
    row = head.live and first_row(name, now) or nil
    if (row and key_of(row) or '') ~= wanted then failed = failed or 'expect' end
  end
  note(row)
end
if failed then return answer(failed, current_rows) end

local reindexed = digest ~= '' and digest ~= head.digest
if reindexed and #entries > 0 then
  local stale = staged_under == '' or tonumber(staged_under) ~= head.index_rev
  if stale or us - tonumber(staged_at) > staging_ms * 1000 then return answer('stage') end
end

-- From here on everything happens.
local has_puts = take() == '1'
head.rev = math.max(us, head.rev + 1)
if expiry == 'clear' then
  head.expires, head.remove = 0, 0
elseif expiry ~= '' then
  head.expires, head.remove = now + tonumber(expiry), now + remove_in
end
if reindexed then head.index_rev, head.digest = head.rev, digest end
head.commits = head.commits .. id .. struct.pack('>I7', head.rev)
local full_block
if #head.commits >= 8 * COMMIT_BYTES then
  full_block = '\1' .. struct.pack('>I7', head.rev) .. head.commits
  head.commits = ''
end

-- A full database refuses the first command that needs room, so that is the first one; but a commit that only deletes
-- must pass, so there a command that needs none comes first and changes nothing. The new head comes before the old one
-- goes: a key that vanished in between could not be made anew in a slot that is on the move.
if not has_puts then begin_deleting() end
add(pack_head(head, 0))
if head.member then remove(head.member) end
if head.member and not head.live then remove_between('[\1', '+') end
if full_block then
  add(full_block)
  if #older >= 8 then remove(older[1]) end
end

local removed = {}
if reindexed then
  for _, entry in ipairs(between('[\2', '(\3')) do
    local index_end = string.find(entry, '\0', 1, true)
    local sort_end = string.find(entry, '\0', index_end + 1, true)
    remove(entry)
    if not is_entry[string.sub(entry, 1, sort_end)] then
      removed[#removed + 1] = string.sub(entry, 2, index_end - 1)
      removed[#removed + 1] = string.sub(entry, index_end + 1, sort_end - 1)
    end
  end
  for _, entry in ipairs(entries) do add(entry) end
end

local function ending(ends, key)
  return '\3' .. struct.pack('>I6', ends) .. key
end

local has_endings = between('[\3', '(\4', 1)[1] ~= nil

local function remove_ending(row, key)
  local ends = row and until_of(row) or 0
  if ends > 0 then remove(ending(ends, key)) end
end

local function remove_row(key)
  if has_endings then remove_ending(stored_row(key), key) end
  remove_between('[' .. key .. '\0', '(' .. key .. '\1')
end

local function write_row(key, ttl, value)
  local ends = ttl and now + ttl or 0
  add(key .. '\0' .. struct.pack('>I7I6', head.rev, ends) .. value)
  if ends > 0 then
    add(ending(ends, key))
    has_endings = true
  end
end

for _ = 1, tonumber(take()) do
  local op = take()
  if op == 'put' then
    local key = take()
    remove_row(key)
    write_row(key, tonumber(take()), take())
  elseif op == 'touch' then
    local key, ttl = take(), tonumber(take())
    local row = live_row(key, now)
    if row then
      remove_ending(row, key)
      remove(row)
      write_row(key, ttl, string.sub(row, #key + 15))
    end
  elseif op == 'del' then
    remove_row(take())
  else
    remove_between(take(), take())
  end
end

if has_endings then
  local due = between('[\3', '[\3' .. struct.pack('>I6', now) .. '\255', 32)
  for _, mark in ipairs(due) do
    local key = string.sub(mark, 8)
    local row = stored_row(key)
    if row and not is_alive(row, now) then remove(row) end
    remove(mark)
  end
end

local text = save()
-- A test's clock says nothing of when the server may forget.
if head.remove > 0 and ARGV[2] == '' then redis.call('PEXPIREAT', partition, digits(head.remove))
elseif expiry == 'clear' or not head.live then redis.call('PERSIST', partition) end
-- A hint only: a user without the channel's permission still commits.
if channel ~= '' then redis.pcall('PUBLISH', channel, '') end
table.insert(removed, 1, wants_text and text or '')
return answer('done', removed)
`,
  'drop-1': String.raw`-- Removes a partition and leaves its stamp for a while, so that what was on its way to it comes too late.
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
`,
  'list-1': String.raw`-- A stretch of an index.
-- KEYS  1 index
-- ARGV  nonce, low, high, '1' for reverse, limit
-- Reply nonce, members: sort \0 partition id \0 stamp
local nonce, low, high, reverse, limit = take(), take(), take(), take() == '1', take()
local members
if reverse then members = redis.call('ZREVRANGEBYLEX', KEYS[1], high, low, 'LIMIT', 0, limit)
else members = redis.call('ZRANGEBYLEX', KEYS[1], low, high, 'LIMIT', 0, limit) end
table.insert(members, 1, nonce)
return members
`,
  prelude: String.raw`-- Put before every script. A partition is an ordered set of members in one key, so that they live, expire and are
-- evicted together. While it is small it is a string: MAGIC, then each member behind its length; after that a sorted
-- set whose members all score 0, so that they stand in bytewise order. The first byte of a member says what it is:
--   \0  the head: version, dead, revision, expiresAt, removeAt, index revision, index digest, newest commits
--   \1  revision and 8 older commits, each a digest of its id and its revision
--   \2  an index entry: index \0 sort \0 and whether it has a value, and the value
--   \3  when a row with a ttl ends, and its key
--   >   a row: key \0 revision, until (0: none) and value; keys hold no control characters
local HEAD = '>I1I1I7I6I6I7c12'
local COMMIT_BYTES = 19
local NO_INDEX = string.rep('\0', 12)
local MAGIC = '\0ET1'
-- A commit writes a string anew, and reads all of it.
local PACKED_BYTES, PACKED_MEMBERS = 16384, 64

local given, taken = ARGV, 0
local function take()
  taken = taken + 1
  return given[taken]
end

-- From here on what is taken comes out of one argument: parts, each behind its length.
local function take_from(text)
  local at = 1
  given, taken = {}, 0
  while at <= #text do given[#given + 1], at = struct.unpack('>I3c0', text, at) end
end

-- tostring() would round revisions: they have 16 digits.
local function digits(number)
  return string.format('%.0f', number)
end

-- Microseconds since the epoch: the server's, or a test's clock in milliseconds.
local function clock(given)
  if given ~= '' then return tonumber(given) * 1000 end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local partition
-- The members in bytewise order when the partition is a string, or nothing yet; nil when it is a sorted set.
local packed

local function open(key)
  partition, packed = key, nil
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then return end
  packed = {}
  if kind == 'none' then return end
  local text = kind == 'string' and redis.call('GET', key) or ''
  if string.sub(text, 1, #MAGIC) ~= MAGIC then error('WRONGTYPE what holds the key is no partition') end
  local at = #MAGIC + 1
  while at <= #text do
    local member
    member, at = struct.unpack('>I3c0', text, at)
    packed[#packed + 1] = member
  end
end

-- Bytewise, which a comparison by Lua is not: it would follow the server's locale.
local function is_before(a, b)
  if a == b then return false end
  local at, shorter = 1, math.min(#a, #b)
  while at + 15 <= shorter and string.sub(a, at, at + 15) == string.sub(b, at, at + 15) do at = at + 16 end
  while at <= shorter do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then return x < y end
    at = at + 1
  end
  return #a < #b
end

-- How many members stand before the text, or up to and including it.
local function count_to(text, including)
  local low, high = 0, #packed
  while low < high do
    local middle = math.floor((low + high) / 2) + 1
    local member = packed[middle]
    if is_before(member, text) or (including and member == text) then low = middle else high = middle - 1 end
  end
  return low
end

local function stretch(low, high)
  local to = high == '+' and #packed or count_to(string.sub(high, 2), string.sub(high, 1, 1) == '[')
  return count_to(string.sub(low, 2), string.sub(low, 1, 1) == '(') + 1, to
end

-- The members between two bounds, each '[' or '(' and a text, or '+'; the first ones when there is a limit.
local function between(low, high, limit, reverse)
  if not packed then
    local command, first, second = 'ZRANGEBYLEX', low, high
    if reverse then command, first, second = 'ZREVRANGEBYLEX', high, low end
    if limit then return redis.call(command, partition, first, second, 'LIMIT', 0, limit) end
    return redis.call(command, partition, first, second)
  end
  local found, from, to = {}, stretch(low, high)
  local step = 1
  if reverse then from, to, step = to, from, -1 end
  for at = from, to, step do
    if #found == limit then break end
    found[#found + 1] = packed[at]
  end
  return found
end

local function add(member)
  if not packed then return redis.call('ZADD', partition, 0, member) end
  local at = count_to(member) + 1
  if packed[at] ~= member then table.insert(packed, at, member) end
end

local function remove(member)
  if not packed then return redis.call('ZREM', partition, member) end
  local at = count_to(member) + 1
  if packed[at] == member then table.remove(packed, at) end
end

local function remove_between(low, high)
  if not packed then return redis.call('ZREMRANGEBYLEX', partition, low, high) end
  local from, to = stretch(low, high)
  for at = to, from, -1 do table.remove(packed, at) end
end

-- A full database refuses the first command that needs room, unless one that needs none came before it. This one
-- changes nothing that is not set again by save.
local function begin_deleting()
  if packed then redis.call('PERSIST', partition) else redis.call('ZREM', partition, '') end
end

-- Makes a sorted set of a partition that has outgrown its string. Beside it, as a key that vanished in between could
-- not be made anew in a slot that is on the move; where that refuses a new key the string stays for now.
local function unpack_members()
  local beside = partition .. '~'
  for _, member in ipairs(packed) do
    local made = redis.pcall('ZADD', beside, 0, member)
    if type(made) == 'table' and made.err then return false end
  end
  redis.call('RENAME', beside, partition)
  packed = nil
  return true
end

-- Writes what has changed, of a partition that is a string, and gives that. Takes away when the key ends.
local function save()
  if not packed then return end
  local size, parts = #MAGIC, { MAGIC }
  for at, member in ipairs(packed) do
    parts[at + 1] = struct.pack('>I3', #member) .. member
    size = size + #member + 3
  end
  if (size > PACKED_BYTES or #packed > PACKED_MEMBERS) and unpack_members() then return end
  local text = table.concat(parts)
  redis.call('SET', partition, text)
  return text
end

local function load_head(key, now)
  open(key)
  local member = between('[\0', '(\1', 1)[1]
  if not member then
    if redis.call('EXISTS', key) == 1 then error('WRONGTYPE a sorted set that is no partition holds the key') end
    return { live = false, rev = 0, expires = 0, remove = 0, index_rev = 0, digest = NO_INDEX, commits = '' }
  end
  if string.byte(member, 2) ~= 1 then error('EVERTHREADFORMAT ' .. string.byte(member, 2)) end
  local _, dead, rev, expires, remove, index_rev, digest, rest = struct.unpack(HEAD, member, 2)
  if dead == 1 or (remove > 0 and remove <= now) then
    return { member = member, live = false, rev = rev, expires = 0, remove = 0, index_rev = index_rev, digest = NO_INDEX, commits = '' }
  end
  return {
    member = member, live = true, rev = rev, expires = expires, remove = remove,
    index_rev = index_rev, digest = digest, commits = string.sub(member, rest),
  }
end

local function pack_head(head, dead)
  return '\0' .. struct.pack(HEAD, 1, dead, head.rev, head.expires, head.remove, head.index_rev, head.digest) .. head.commits
end

local function key_of(row)
  return string.sub(row, 1, string.find(row, '\0', 1, true) - 1)
end

local function rev_of(row)
  return (struct.unpack('>I7', row, string.find(row, '\0', 1, true) + 1))
end

local function until_of(row)
  return (struct.unpack('>I6', row, string.find(row, '\0', 1, true) + 8))
end

local function is_alive(row, now)
  local ends = until_of(row)
  return ends == 0 or ends > now
end

local function stored_row(key)
  return between('[' .. key .. '\0', '(' .. key .. '\1', 1)[1]
end

local function live_row(key, now)
  local row = stored_row(key)
  if row and is_alive(row, now) then return row end
end

-- Shows the live rows between two bounds to visit until it returns true. In batches, so that a wide range is not
-- copied for the few rows at its beginning.
local function walk(low, high, reverse, now, batch, visit)
  while true do
    local rows = between(low, high, batch, reverse)
    for _, row in ipairs(rows) do
      if is_alive(row, now) and visit(row) then return end
    end
    if #rows < batch then return end
    if reverse then high = '(' .. rows[#rows] else low = '(' .. rows[#rows] end
    batch = math.min(batch * 2, 256)
  end
end

local function first_row(prefix, now)
  local found
  walk('[' .. prefix, '(' .. prefix .. '\255', false, now, 2, function(row)
    found = row
    return true
  end)
  return found
end
`,
  'probe-1': `-- Runs every command that the other scripts use, so that a missing permission shows before anything is half done.
-- KEYS  1 a key of its own, empty again afterwards
-- ARGV  nonce
-- Reply nonce, the time in us
local nonce = take()
redis.call('ZADD', KEYS[1], 0, 'probe')
redis.call('EXISTS', KEYS[1])
redis.call('ZRANGEBYLEX', KEYS[1], '-', '+', 'LIMIT', 0, 1)
redis.call('ZREVRANGEBYLEX', KEYS[1], '+', '-', 'LIMIT', 0, 1)
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('PEXPIREAT', KEYS[1], digits(clock('') / 1000 + 60000))
redis.call('PERSIST', KEYS[1])
redis.call('ZREMRANGEBYLEX', KEYS[1], '[a', '(b')
redis.call('RENAME', KEYS[1], KEYS[1] .. '~')
redis.call('ZREM', KEYS[1] .. '~', 'probe')
redis.call('SET', KEYS[1], '')
redis.call('GET', KEYS[1])
redis.call('GETRANGE', KEYS[1], 0, 1)
redis.call('TYPE', KEYS[1])
redis.call('PEXPIREAT', KEYS[1], 1)
return { nonce, digits(clock('')) }
`,
  'read-n': String.raw`-- One consistent moment of each of some partitions, or what is unchanged of it (unchanged.lua).
-- KEYS  partitions
-- ARGV  nonce, clock (ms, or '' for the server's), for each partition the revision that is known (or ''), then for each
--       what to read as one, each part behind its length:
--       number of reads, then for each read
--         'get', number of keys, keys
--         'range', low, high, floor (highest bound to look down from, or ''), floor's low, '1' for reverse, limit, max bytes or ''
--         'below', position of the earlier read (from 0), prefix, limit
-- Reply nonce, now, for each partition: expiresAt and removeAt (6 bytes each) when the revision is the known one; or a
--       list: revision, expiresAt, removeAt, index revision, index digest, then for each read: cut (0 or 1), rows; or
--       0: among others it cannot be answered, ask for it alone

-- What is read of several partitions is bounded, in bytes of rows.
local MANY_BYTES = 1048576
local head
local bytes_read = 0

-- Collects rows until the limit or the bytes are used up.
local function collector(limit, max_bytes)
  local rows, bytes = { 0 }, 0
  return rows, function(row)
    -- What a row weighs is its value: key, NUL, 7 bytes of revision and 6 of until come before it.
    bytes = bytes + #row - string.find(row, '\0', 1, true) - 13
    if #rows > limit or (max_bytes and #rows > 1 and bytes > max_bytes) then
      rows[1] = 1
      return true
    end
    rows[#rows + 1] = row
    bytes_read = bytes_read + #row
  end
end

local function get()
  local rows = { 0 }
  for _ = 1, tonumber(take()) do
    local key = take()
    rows[#rows + 1] = head.live and live_row(key, now) or nil
  end
  return rows
end

local function range()
  local low, high, floor, floor_low = take(), take(), take(), take()
  local reverse, limit, max_bytes = take() == '1', tonumber(take()), tonumber(take())
  local rows, collect = collector(limit, max_bytes)
  if not head.live then return rows end
  if floor ~= '' then
    walk(floor_low, floor, true, now, 2, function(row)
      low = '[' .. row
      return true
    end)
  end
  walk(low, high, reverse, now, math.min(limit + 1, max_bytes and 4 or 256), collect)
  return rows
end

local function below(reads)
  local earlier, prefix, limit = reads[tonumber(take()) + 1], take(), tonumber(take())
  local rows, collect = collector(limit)
  if not earlier[2] then return rows end
  local key = prefix .. string.match(key_of(earlier[2]), '[^/]*$')
  local own = live_row(key, now)
  if own then collect(own) end
  walk('[' .. key .. '/', '(' .. key .. '0', false, now, math.min(limit + 1, 256), collect)
  return rows
end

local function read(key, what)
  take_from(what)
  head = load_head(key, now)
  local answer = {
    head.live and digits(head.rev) or '0', digits(head.expires), digits(head.remove), digits(head.index_rev), head.digest,
  }
  local reads = {}
  for position = 1, tonumber(take()) do
    local kind = take()
    if kind == 'get' then reads[position] = get()
    elseif kind == 'range' then reads[position] = range()
    else reads[position] = below(reads) end
    answer[#answer + 1] = reads[position]
  end
  return answer
end

if #KEYS == 1 then
  answers[3] = read(KEYS[1], ARGV[4])
  return answers
end
for at, key in ipairs(KEYS) do
  if answers[at + 2] == 0 and bytes_read < MANY_BYTES then
    -- What one of them fails by is not for the others.
    local is_read, answer = pcall(read, key, ARGV[2 + #KEYS + at])
    if is_read then answers[at + 2] = answer end
  end
end
return answers
`,
  'stage-1': String.raw`-- Adds a partition's entries to an index before the commit that will name them, each with a stamp: the time, and at
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
`,
  'swap-n': String.raw`-- Puts rows into partitions that are strings, or takes them out, where whoever asks knows how all stands in them: what a
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
`,
  unchanged: String.raw`-- Put before the prelude of read-n: most readers know what they ask for, and need not wait for the rest to be set up.
-- The head's member begins with \0, version, dead, revision (7 bytes), expiresAt (6) and removeAt (6).
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = math.floor((tonumber(time[1]) * 1000000 + tonumber(time[2])) / 1000)
end
local answers, missing = { ARGV[1], now }, 0
for at, key in ipairs(KEYS) do
  local known, times = ARGV[at + 2], nil
  if known ~= '' then
    local kind, head = redis.call('TYPE', key).ok, nil
    -- A string is MAGIC, 4 bytes, and the members, each behind a length of 3 bytes.
    if kind == 'string' then head = redis.call('GETRANGE', key, 7, 28)
    elseif kind == 'zset' then head = redis.call('ZRANGEBYLEX', key, '[\0', '(\1', 'LIMIT', 0, 1)[1] end
    if head and #head >= 22 and string.sub(head, 1, 10) == '\0\1\0' .. struct.pack('>I7', tonumber(known)) then
      local remove = struct.unpack('>I6', head, 17)
      if remove == 0 or remove > now then times = string.sub(head, 11, 22) end
    end
  end
  if not times then missing = missing + 1 end
  -- To be replaced by what is read.
  answers[at + 2] = times or 0
end
if missing == 0 then return answers end
`,
  'unstage-1': String.raw`-- Removes from an index what its partitions no longer have, unless it was staged again since.
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
`,
}
