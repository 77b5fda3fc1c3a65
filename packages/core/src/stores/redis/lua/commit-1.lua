-- Applies a commit whole, or not at all.
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
